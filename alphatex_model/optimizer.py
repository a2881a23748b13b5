"""Muon for the matrices, AdamW for everything else, and the schedule of both.

All that changes from step to step (step number, learning rates, momentum) is computed on the device from one step
counter: an update never waits for the host and can be captured in a CUDA graph. Its parts, AdamW and Muon for each
shape of matrix, touch different tensors: a GPU works on them side by side.

Muon: K. Jordan et al., https://kellerjordan.github.io/posts/muon/. Its polar factor: N. Amsel et al., "The Polar
Express", arXiv:2505.16932, coefficients for five iterations. Row-wise step sizes: Z. Li et al., "NorMuon",
arXiv:2510.05491. Learning rates and schedule: nanochat, January 2026.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch

from alphatex_model.graphs import in_turn, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from alphatex_model.gpt import GPT
    from alphatex_model.recipes import TrainingPlan

TUNED_WIDTH = 768
"""AdamW's rates hold for this model width and scale with 1/sqrt(width)."""

ADAM_BETAS = (0.8, 0.95)
ADAM_EPSILON = 1e-10
MUON_SECOND_BETA = 0.95
MUON_MOMENTUM = (0.85, 0.95)
MUON_MOMENTUM_STEPS = 300

POLAR_EXPRESS = (
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
    (2.3465413258596377, -1.7097828382687081, 0.42323551169305323),
)


class Optimizer:
    """Updates a model in place from its gradients. The state is tensors only: `state` names them for checkpoints."""

    def __init__(self, model: GPT, plan: TrainingPlan) -> None:
        self.plan = plan
        self.step_count = torch.zeros((), device=model.embedding.device)
        width_scale = (model.config.n_embd / TUNED_WIDTH) ** -0.5
        self._adam = [
            _Adam("embedding", model.embedding, plan.embedding_lr * width_scale),
            _Adam("value_embedding", model.value_embedding, plan.embedding_lr * width_scale),
            _Adam("unembedding", model.unembedding, plan.unembedding_lr * width_scale),
            _Adam("value_gate", model.value_gate, plan.unembedding_lr * width_scale),
        ]
        self._muon = [_Muon(f"matrices.{name}", blocks, plan) for name, blocks in _blocks_by_shape(model).items()]
        self._advance = self._next_step
        self._parts: list[Callable[[_Now], None]] = [self._update_embeddings, *(muon.update for muon in self._muon)]
        self._make = in_turn

    @property
    def state(self) -> dict[str, Tensor]:
        """Every tensor that a later step depends on, by name; write into them to restore."""
        tensors = {"step": self.step_count}
        for adam in self._adam:
            tensors |= adam.state
        for muon in self._muon:
            tensors |= muon.state
        return tensors

    def compile(self) -> None:
        """From now on each part of a step is compiled, and all are made at the same time (on a GPU)."""
        self._advance = torch.compile(self._advance)
        self._parts = [torch.compile(part, dynamic=False) for part in self._parts]
        self._make = side_by_side

    @torch.no_grad()
    def step(self) -> None:
        """Apply the gradients once and advance the schedule. Gradients are left as they are."""
        now = self._advance()
        self._make([partial(part, now) for part in self._parts])

    def _next_step(self) -> _Now:
        plan, low, high = self.plan, *MUON_MOMENTUM
        now = _Now(
            rate=learning_rate_factor(self.step_count, plan),
            momentum=low + (high - low) * (self.step_count / MUON_MOMENTUM_STEPS).clamp(max=1),
            decay=plan.weight_decay * (1 - self.step_count / plan.steps),
            step=self.step_count + 1,
        )
        self.step_count += 1
        return now

    def _update_embeddings(self, now: _Now) -> None:
        for adam in self._adam:
            adam.update(now)


class _Now(NamedTuple):
    """What a step goes by, scalars on the device: factor of the learning rates, Muon's momentum, decay, step number."""

    rate: Tensor
    momentum: Tensor
    decay: Tensor
    step: Tensor


def learning_rate_factor(step: Tensor, plan: TrainingPlan) -> Tensor:
    """Share of the peak rate, in [0, 1], for the step after `step` finished ones (float scalar)."""
    up = (step + 1) / max(plan.warmup_steps, 1)
    down = (plan.steps - step) / max(plan.warmdown_ratio * plan.steps, 1)
    return torch.minimum(up, down).clamp(max=1) if plan.warmup_steps else down.clamp(max=1)


class _Adam:
    """AdamW without decay for one tensor."""

    def __init__(self, name: str, weight: Tensor, rate: float) -> None:
        self.weight, self.rate = weight, rate
        self.mean, self.square = torch.zeros_like(weight), torch.zeros_like(weight)
        self.state = {f"{name}.mean": self.mean, f"{name}.square": self.square}

    def update(self, now: _Now) -> None:
        gradient = _gradient(self.weight)
        first, second = ADAM_BETAS
        self.mean.lerp_(gradient, 1 - first)
        self.square.lerp_(gradient.square(), 1 - second)
        scale = (self.square / (1 - second**now.step)).sqrt() + ADAM_EPSILON
        self.weight.sub_(self.rate * now.rate / (1 - first**now.step) * self.mean / scale)


class _Block(NamedTuple):
    """Rows `start` to `stop` of every layer's matrix in a stack (layers, out, in): what Muon takes for one matrix."""

    weight: Tensor
    start: int
    stop: int

    @property
    def shape(self) -> tuple[int, int]:
        """Longer side, shorter side."""
        sides = self.stop - self.start, self.weight.size(-1)
        return max(sides), min(sides)

    @property
    def rate(self) -> float:
        """Share of the learning rate: matrices that widen their input take longer steps."""
        return math.sqrt(max(1.0, (self.stop - self.start) / self.weight.size(-1)))

    def upright(self, stack: Tensor) -> Tensor:
        """View of this block in `stack` (shaped as the weight), its longer side first: (layers, longer, shorter)."""
        view = stack[:, self.start : self.stop]
        return view if view.size(-2) >= view.size(-1) else view.mT


def _blocks_by_shape(model: GPT) -> dict[str, list[_Block]]:
    """Queries, keys and values are matrices of their own; those of equal sides share a group, lying or standing."""
    width, keys = model.config.n_embd, model.config.kv_dim
    edges = (0, width, width + keys, width + 2 * keys)
    blocks = [_Block(model.qkv, start, stop) for start, stop in pairwise(edges)]
    blocks += [_Block(weight, 0, weight.size(1)) for weight in (model.attention_out, model.mlp_in, model.mlp_out)]
    groups: dict[str, list[_Block]] = {}
    for block in blocks:
        groups.setdefault("x".join(map(str, block.shape)), []).append(block)
    return groups


class _Muon:
    """Muon for all matrices of one shape, whatever their role: one batched iteration for the whole group."""

    def __init__(self, name: str, blocks: list[_Block], plan: TrainingPlan) -> None:
        self._blocks, self._rate, self._decays = blocks, plan.matrix_lr, plan.weight_decay > 0
        count, device = sum(block.weight.size(0) for block in blocks), blocks[0].weight.device
        self._dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.momentum = torch.zeros((count, *blocks[0].shape), device=device)
        self.square = torch.zeros((count, blocks[0].shape[0], 1), device=device)
        self.state = {f"{name}.momentum": self.momentum, f"{name}.square": self.square}

    def update(self, now: _Now) -> None:
        gradient = torch.cat([block.upright(_gradient(block.weight)) for block in self._blocks])
        self.momentum.lerp_(gradient, 1 - now.momentum)
        direction = polar_factor(torch.lerp(gradient, self.momentum, now.momentum).to(self._dtype)).float()
        direction = self._even_rows(direction)
        sizes = [block.weight.size(0) for block in self._blocks]
        for block, part in zip(self._blocks, torch.split(direction, sizes), strict=True):
            weight = block.upright(block.weight)
            if self._decays:
                part = part + now.decay * (part * weight >= 0) * weight
            weight.sub_(self._rate * now.rate * block.rate * part)

    def _even_rows(self, direction: Tensor) -> Tensor:
        """Divide each row by its running size, then restore every matrix's norm."""
        energy = direction.square().mean(-1, keepdim=True)
        self.square.lerp_(energy, 1 - MUON_SECOND_BETA)
        step = self.square.clamp_min(1e-10).rsqrt()
        before = energy.sum(-2, keepdim=True).sqrt()
        after = (energy * step.square()).sum(-2, keepdim=True).sqrt()
        return direction * step * (before / after.clamp_min(1e-10))


def polar_factor(matrices: Tensor) -> Tensor:
    """The nearest matrices with orthonormal columns, roughly.

    In float32, singular values of a thousandth of a matrix's norm and more end up between 0.85 and 1.15, smaller ones
    below.

    Args:
        matrices: (count, rows, columns) with at least as many rows as columns.
    """
    result: Tensor = matrices / (matrices.norm(dim=(-2, -1), keepdim=True) * 1.02 + 1e-6)
    for a, b, c in POLAR_EXPRESS:
        gram = result.mT @ result
        result = a * result + result @ (b * gram + c * gram @ gram)
    return result


def _gradient(weight: Tensor) -> Tensor:
    assert weight.grad is not None
    return weight.grad
