"""What a GPU's compiler does not find by itself: two kernels in Triton, which comes with PyTorch for GPUs.

Both keep what they work on in registers from the first read to the last write: memory sees each number once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl

if TYPE_CHECKING:
    from torch import Tensor

POSITIONS_AT_ONCE = 64


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
    _attend_cached[(rows, heads)](
        query, key, value, places, mixed, query.stride(0), query.stride(1), *key.stride()[:3],
        heads // key.size(2), SCALE=size**-0.5, SIZE=size, BLOCK=POSITIONS_AT_ONCE, num_warps=4,
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
