"""Drawing the next token: temperature, top-k, top-p, and a random stream of its own for every sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


COLD = 1e-5
"""At temperatures below this one only the likeliest token is left, and dividing by them would overflow."""


@dataclass(frozen=True)
class Sampling:
    """How texts are drawn.

    Attributes:
        max_tokens: longest completion.
        temperature: divides the logits; 0 takes the likeliest token.
        top_k: keep only the k likeliest tokens; 0 keeps all.
        top_p: keep only the likeliest tokens that together reach this probability, in (0, 1]; 1 keeps all.
    """

    max_tokens: int = 256
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        warm = 0 <= self.temperature < math.inf
        if self.max_tokens < 1 or not warm or self.top_k < 0 or not 0 < self.top_p <= 1:
            raise ModelError(f"{self}: needs max_tokens ≥ 1, temperature ≥ 0, top_k ≥ 0 and 0 < top_p ≤ 1")


def random_streams(seeds: Sequence[int], length: int) -> Tensor:
    """Uniform numbers in [0, 1), (seeds, length): each row depends on its seed alone, not on batch or device."""
    rows = [np.random.Generator(np.random.Philox(seed)).random(length, dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(rows))


def draw(
    logits: Tensor, uniform: Tensor, sampling: Sampling, *, squash: Callable[[Tensor], Tensor] = lambda kept: kept
) -> Tensor:
    """One id per row by inverting the cumulative distribution at `uniform`.

    Args:
        logits: (rows, vocabulary), float32.
        uniform: (rows,), in [0, 1).
        sampling: temperature, top-k and top-p.
        squash: what to do with the logits before anything else. It must keep their order: then doing it with those that
            top-k keeps gives the same, sooner.

    Returns:
        (rows,), int64.
    """
    if sampling.temperature < COLD:
        return logits.argmax(-1)
    order = None
    if sampling.top_k or sampling.top_p < 1:
        logits, order = logits.topk(min(sampling.top_k or logits.size(-1), logits.size(-1)))
    probabilities = (squash(logits) / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        beyond = probabilities.cumsum(-1) - probabilities >= sampling.top_p
        probabilities = probabilities.masked_fill(beyond, 0.0)
    cumulative = probabilities.cumsum(-1)
    pick = (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(-1).clamp(max=logits.size(-1) - 1)
    return pick if order is None else order.gather(-1, pick[:, None]).squeeze(-1)
