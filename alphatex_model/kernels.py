"""What a GPU's compiler does not find by itself: three kernels in Triton, which comes with PyTorch for GPUs.

All keep what they work on in registers from the first read to the last write: memory sees each number once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl

if TYPE_CHECKING:
    from torch import Tensor

FULL = 1024
"""From so many heads of rows on a GPU is full: then a program is small, and with fewer it does more at once."""


def capped_losses_(logits: Tensor, targets: Tensor, cap: float) -> Tensor:
    """Cross-entropy under logits squashed into (-cap, cap); `logits` become its gradient.

    Args:
        logits: (n, vocabulary), contiguous. On return the gradient of the losses' sum by the logits before the cap.
        targets: (n,), ids.
        cap: see `soft_cap`.

    Returns:
        (n,), nats, float32.
    """
    losses = torch.empty(len(logits), device=logits.device)
    block = 1 << (logits.size(1) - 1).bit_length()
    _capped_losses[(len(logits),)](
        logits, targets, losses, logits.size(1), CAP=cap, BLOCK=block, num_warps=max(4, min(16, block // 512))
    )
    return losses


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _capped_losses(logits, targets, losses, vocabulary, CAP: tl.constexpr, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def] # noqa: N803
    """One row a program. No maximum is taken off before exp: capped logits are small."""
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    inside = columns < vocabulary
    raw = tl.load(logits + row * vocabulary + columns, mask=inside, other=0.0).to(tl.float32)
    squashed = 1 - 2 / (tl.exp(raw * (2 / CAP)) + 1)  # tanh(raw / cap)
    exponentials = tl.where(inside, tl.exp(squashed * CAP), 0.0)
    total = tl.sum(exponentials, 0)
    hit = columns == tl.load(targets + row)
    tl.store(losses + row, tl.log(total) - tl.sum(tl.where(hit, squashed * CAP, 0.0), 0))
    gradient = (exponentials * (1 / total) - tl.where(hit, 1.0, 0.0)) * (1 - squashed * squashed)
    tl.store(logits + row * vocabulary + columns, gradient.to(logits.dtype.element_ty), mask=inside)


def attend_cached(query: Tensor, key: Tensor, value: Tensor, places: Tensor) -> Tensor:
    """Attention of one new token a row to all that a cache holds of the row up to it; no more is read.

    Args:
        query: (rows, heads, size); size is a power of two.
        key: (rows, positions, groups, size); `groups` divides `heads`.
        value: as `key`, with the same strides.
        places: (rows,), the position of each row's query.

    Returns:
        (rows, heads, size).
    """
    rows, heads, size = query.shape
    mixed = torch.empty((rows, heads, size), device=query.device, dtype=query.dtype)
    positions_at_once, warps = (32, 1) if rows * heads >= FULL else (256, 8)
    _attend_cached[(rows, heads)](
        query, key, value, places, mixed, query.stride(0), query.stride(1), *key.stride()[:3],
        heads // key.size(2), SCALE=size**-0.5, SIZE=size, BLOCK=positions_at_once, num_warps=warps,
    )  # fmt: skip
    return mixed


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _attend_cached(  # type: ignore[no-untyped-def]
    query, key, value, places, mixed, query_row, query_head, cache_row, cache_position, cache_group,
    heads_a_group, SCALE: tl.constexpr, SIZE: tl.constexpr, BLOCK: tl.constexpr,  # noqa: N803
):  # fmt: skip
    """One head of one row a program: softmax over blocks of positions, rescaled when a larger score turns up."""
    row, head = tl.program_id(0).to(tl.int64), tl.program_id(1)
    channels, steps = tl.arange(0, SIZE), tl.arange(0, BLOCK)
    asked = tl.load(query + row * query_row + head * query_head + channels).to(tl.float32) * SCALE
    start = row * cache_row + (head // heads_a_group) * cache_group
    length = tl.load(places + row) + 1
    largest, total = -float("inf"), 0.0
    gathered = tl.zeros([SIZE], tl.float32)
    for first in range(0, length, BLOCK):
        positions = first + steps
        inside = positions < length
        at = start + positions[:, None] * cache_position + channels[None, :]
        keys = tl.load(key + at, mask=inside[:, None], other=0.0).to(tl.float32)
        values = tl.load(value + at, mask=inside[:, None], other=0.0).to(tl.float32)
        scores = tl.where(inside, tl.sum(keys * asked[None, :], 1), -float("inf"))
        new = tl.maximum(largest, tl.max(scores, 0))
        shares = tl.exp(scores - new)
        keep = tl.exp(largest - new)
        total = total * keep + tl.sum(shares, 0)
        gathered = gathered * keep + tl.sum(shares[:, None] * values, 0)
        largest = new
    out = mixed + (row * tl.num_programs(1) + head) * SIZE + channels
    tl.store(out, (gathered / total).to(mixed.dtype.element_ty))


def draw_kept(logits: Tensor, uniform: Tensor, temperature: float, top_k: int, top_p: float, cap: float) -> Tensor:
    """As `sampling.draw`, for a temperature above zero.

    Args:
        logits: (rows, vocabulary); rows may lie apart; -inf forbids a token.
        uniform: (rows,), float32.
        temperature: divides the logits.
        top_k: how many tokens to keep, 0 for all; of equal ones all or none.
        top_p: keep the likeliest tokens that together reach this probability.
        cap: squash the logits into (-cap, cap).

    Returns:
        (rows,), int64.
    """
    rows, vocabulary = logits.shape
    drawn = torch.empty(rows, device=logits.device, dtype=torch.long)
    block = 1 << (vocabulary - 1).bit_length()
    _draw_kept[(rows,)](
        logits, uniform, drawn, logits.stride(0), vocabulary, min(top_k, vocabulary), top_p, 1 / temperature,
        CAP=cap if cap < math.inf else 0.0, BITS=8 * logits.element_size(), USE_K=top_k > 0, USE_P=top_p < 1,
        BLOCK=block, num_warps=max(4, min(16, block // 512)),
    )  # fmt: skip
    return drawn


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _draw_kept(  # type: ignore[no-untyped-def]
    logits, uniform, drawn, stride, vocabulary, top_k, top_p, coldness,
    CAP: tl.constexpr, BITS: tl.constexpr, USE_K: tl.constexpr, USE_P: tl.constexpr, BLOCK: tl.constexpr,  # noqa: N803
):  # fmt: skip
    """One row a program. Limits are found bit by bit, among integers in the order of the logits."""
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    raw = tl.load(logits + row * stride + columns, mask=columns < vocabulary, other=-float("inf")).to(tl.float32)
    bits = raw.to(tl.int32, bitcast=True)
    ranks = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    squashed = CAP - 2 * CAP / (tl.exp(raw * (2 / CAP)) + 1) if CAP > 0.0 else raw  # CAP * tanh(raw / CAP)
    weights = tl.where(raw > -float("inf"), tl.exp((squashed - tl.max(squashed, 0)) * coldness), 0.0)
    if USE_K:
        weights = tl.where(ranks >= _limit(ranks, tl.full([BLOCK], 1.0, tl.float32), top_k, BITS), weights, 0.0)
    if USE_P:
        weights = tl.where(ranks >= _limit(ranks, weights, top_p * tl.sum(weights, 0), BITS), weights, 0.0)
    ends = tl.cumsum(weights, 0)
    point = tl.load(uniform + row) * tl.max(ends, 0)
    last = tl.max(tl.where(weights > 0, columns, 0), 0)
    pick = tl.min(tl.where((weights > 0) & (ends > point), columns, last), 0)
    tl.store(drawn + row, pick.to(tl.int64))


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _limit(ranks, weights, least, BITS: tl.constexpr):  # type: ignore[no-untyped-def] # noqa: N803
    """The highest rank from which on the weights are together at least `least`; its last 32 - BITS bits are zero."""
    found = tl.full([], -0x80000000, tl.int32)
    for bit in tl.static_range(BITS):
        tried = found ^ (tl.full([], 1, tl.int32) << (31 - bit))
        total = tl.sum(tl.where(ranks >= tried, weights, 0.0), 0)
        found = tl.where(total >= least, tried, found)
    return found
