"""Drawing the next token: temperature, top-k, top-p, and a random stream of its own for every sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from alphatex_model.attention import HAS_TRITON
from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def draw(logits: Tensor, uniform: Tensor, sampling: Sampling, cap: float = math.inf) -> Tensor:
    """One id per row: the tokens that are kept, in the order of their ids, share [0, 1) by their probabilities.

    On a GPU a kernel of ours does the same, except that it keeps all of several equal logits where top-k would cut
    between them.

    Args:
        logits: (rows, vocabulary); -inf forbids a token.
        uniform: (rows,), in [0, 1), float32; where in that interval to draw.
        sampling: temperature, top-k and top-p.
        cap: squash all other logits smoothly into (-cap, cap) before anything else.

    Returns:
        (rows,), int64.
    """
    if sampling.temperature < COLD:
        return logits.argmax(-1)
    if logits.is_cuda and HAS_TRITON:
        from alphatex_model.kernels import draw_kept

        return draw_kept(logits, uniform, sampling.temperature, sampling.top_k, sampling.top_p, cap)
    kept, ids = logits.float(), None
    if sampling.top_k or sampling.top_p < 1:
        kept, ids = kept.topk(min(sampling.top_k or kept.size(-1), kept.size(-1)))
    if cap < math.inf:
        kept = torch.where(kept.isneginf(), kept, cap * torch.tanh(kept / cap))
    probabilities = (kept / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        beyond = probabilities.cumsum(-1) - probabilities >= sampling.top_p
        probabilities = probabilities.masked_fill(beyond, 0.0)
    if ids is not None:
        ids, order = ids.sort()
        probabilities = probabilities.gather(-1, order)
    ends = probabilities.cumsum(-1)
    total = ends[:, -1:]
    point = (uniform[:, None] * total).minimum(total.nextafter(torch.zeros_like(total)))
    pick = (ends <= point).sum(-1)
    return pick if ids is None else ids.gather(-1, pick[:, None]).squeeze(-1)
