"""One training step, as fast as the device allows.

A step (batch, forward, backward, average over processes, update) reads no host value that changes. On a GPU it is
compiled and captured in one CUDA graph: small models are bound by kernel launches, and a replay needs none. The CPU
runs the same code eagerly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from alphatex_model.gpt import GPT, soft_cap
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
        self.model = GPT(recipe.model, torch.bfloat16 if on_gpu else torch.float32)
        self.model.initialise(torch.Generator().manual_seed(recipe.training.seed))
        self.model.to(processes.device)
        self.optimizer = Optimizer(self.model, recipe.training)
        self.losses = torch.full((recipe.training.steps,), math.nan, device=processes.device)
        self._loss: Callable[[GPT, Tensor, Tensor], Tensor] = next_token_loss
        self._update = self.optimizer.step
        self._step: Callable[[], None] = self._eager_step
        if on_gpu:
            self._loss, self._update = torch.compile(next_token_loss), torch.compile(self.optimizer.step)
            self._step = Captured(self._eager_step, WARM_UP_STEPS)

    @property
    def step(self) -> int:
        """Finished steps (waits for the device)."""
        return int(self.optimizer.step_count.item())

    def advance(self, steps: int) -> None:
        """Take `steps` more steps; each writes its loss, in nats a token, into `losses` at its number."""
        for _ in range(steps):
            self._step()

    def _eager_step(self) -> None:
        self.model.zero_grad(set_to_none=True)
        done = self.optimizer.step_count
        losses = [self._backward(*self._batches.part(done, part)) for part in range(self._batches.parts)]
        loss = torch.stack(losses).mean()
        self._processes.average([loss, *(weight.grad for weight in self.model.parameters() if weight.grad is not None)])
        self.losses.index_copy_(0, done.long().view(1), loss.view(1))
        self._update()

    def _backward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        loss = self._loss(self.model, inputs, targets)
        (loss / self._batches.parts).backward()  # type: ignore[no-untyped-call]
        return loss.detach()


def next_token_loss(model: GPT, inputs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Cross-entropy in nats of `targets` after `inputs`, both (rows, tokens)."""
    logits = soft_cap(model(inputs))
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)
