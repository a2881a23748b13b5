"""One training step, as fast as the device allows.

A step (batch, forward, backward, average over processes, update) reads no host value that changes. On a GPU it is
compiled and captured in one CUDA graph: small models are bound by kernel launches, and a replay needs none. The
exchange of gradients between several GPUs is part of it. The CPU runs the same code eagerly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from alphatex_model import loss
from alphatex_model.attention import HAS_TRITON
from alphatex_model.gpt import GPT
from alphatex_model.graphs import Captured
from alphatex_model.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from alphatex_model.batches import Batches
    from alphatex_model.distributed import Processes
    from alphatex_model.recipes import Recipe

WARM_UP_STEPS = 3
"""Steps that a GPU takes before it captures one."""


class Trainer:
    """A model, its optimizer and its batches, stepping together. Recipe, tokens and seed determine everything."""

    def __init__(self, recipe: Recipe, batches: Batches, processes: Processes) -> None:
        on_gpu = processes.device.type == "cuda"
        self._batches, self._processes = batches, processes
        self.model = GPT(recipe.model, arithmetic(recipe.training.precision, processes.device))
        self.model.initialise(torch.Generator().manual_seed(recipe.training.seed))
        self.model.to(processes.device)
        self.optimizer = Optimizer(self.model, recipe.training)
        self.losses = torch.full((recipe.training.steps,), math.nan, device=processes.device)
        self._loss: Callable[[GPT, Tensor, Tensor], Tensor] = loss.chunked
        self._step: Callable[[], None] = self._eager_step
        if on_gpu:
            self._loss = torch.compile(loss.fused if HAS_TRITON else loss.plain)
            self.optimizer.compile()
            self._step = Captured(self._eager_step, WARM_UP_STEPS)

    def advance(self, steps: int) -> None:
        """Take `steps` more steps; each writes its loss, in nats a token, into `losses` at its number."""
        for _ in range(steps):
            self._step()

    def release(self) -> None:
        """Give back what a captured step holds: it would keep the processes from parting. A later step is eager."""
        self._step = self._eager_step

    def _eager_step(self) -> None:
        self.model.zero_grad(set_to_none=True)
        done = self.optimizer.step_count
        losses = [self._backward(*self._batches.part(done, part)) for part in range(self._batches.parts)]
        mean = torch.stack(losses).mean()
        self._processes.average([mean, *(weight.grad for weight in self.model.parameters() if weight.grad is not None)])
        self.losses.index_copy_(0, done.long().view(1), mean.view(1))
        self.optimizer.step()

    def _backward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        mean = self._loss(self.model, inputs, targets)
        (mean / self._batches.parts).backward()  # type: ignore[no-untyped-call]
        return mean.detach()


def arithmetic(precision: str, device: torch.device) -> torch.dtype:
    """What matrix products run in; "auto" is bfloat16 on a GPU and float32 on the CPU."""
    if precision == "auto":
        precision = "bfloat16" if device.type == "cuda" else "float32"
    dtype: torch.dtype = getattr(torch, precision)
    return dtype
