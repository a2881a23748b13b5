"""Scaled dot-product attention: one function, four interchangeable kernels.

`plain` is the definition, `sdpa` PyTorch's kernels (everywhere), `flash3` Flash Attention 3 (Hopper, bfloat16, causal,
when the package `flash_attn_interface` is installed), `cached` our own for one new token a row on a GPU. `using_kernel`
overrides the choice, so that tests and benchmarks compare them.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]

KernelName = Literal["plain", "sdpa", "flash3", "cached"]

FASTEST_FIRST = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
"""PyTorch's kernels for whole windows on a GPU, whose length never changes: cuDNN plans anew for every length."""

HAS_TRITON = find_spec("triton") is not None
"""Whether our own kernels can be compiled; PyTorch for GPUs brings what that takes."""

_flash3 = import_module("flash_attn_interface").flash_attn_func if find_spec("flash_attn_interface") else None
_forced: KernelName | None = None  # a plain global, because torch.compile reads through it


def attend(query: Tensor, key: Tensor, value: Tensor, places: Tensor | None = None) -> Tensor:
    """What each query position reads from the values, weighted by its similarity to the keys.

    Args:
        query: (batch, queries, heads, size).
        key: (batch, positions, groups, size); `groups` divides `heads`, and head h reads group h // (heads / groups).
        value: as `key`.
        places: (batch, queries), the position of each query, which sees all positions up to its own; None for causal
            self-attention, where queries and positions are the same tokens.

    Returns:
        (batch, queries, heads, size).
    """
    return _KERNELS[_choose(query, places)](query, key, value, places)


@contextmanager
def using_kernel(name: KernelName) -> Iterator[None]:
    """Within the block every `attend` of the process uses the kernel `name`."""
    global _forced
    before, _forced = _forced, name
    try:
        yield
    finally:
        _forced = before


def _choose(query: Tensor, places: Tensor | None) -> KernelName:
    if _forced is not None:
        return _forced
    if not query.is_cuda:
        return "sdpa"
    if places is None:
        return "flash3" if _flash3 is not None and query.dtype == torch.bfloat16 else "sdpa"
    return "cached" if HAS_TRITON and query.size(1) == 1 else "sdpa"


def _visible(places: Tensor, positions: int) -> Tensor:
    """Whether a query may look: (batch, 1, queries, positions)."""
    return torch.arange(positions, device=places.device) <= places[:, None, :, None]


def _plain(query: Tensor, key: Tensor, value: Tensor, places: Tensor | None) -> Tensor:
    repeats = query.size(2) // key.size(2)
    key, value = key.repeat_interleave(repeats, 2), value.repeat_interleave(repeats, 2)
    scores = torch.einsum("bqhd,bphd->bhqp", query, key) * query.size(-1) ** -0.5
    if places is None:
        places = torch.arange(query.size(1), device=query.device)[None]
    weights = scores.masked_fill(~_visible(places, key.size(1)), float("-inf")).softmax(-1)
    return torch.einsum("bhqp,bphd->bqhd", weights, value)


def _sdpa(query: Tensor, key: Tensor, value: Tensor, places: Tensor | None) -> Tensor:
    heads = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    grouped = key.size(2) != query.size(2)
    if places is not None:
        mask = _visible(places, key.size(1))
        return F.scaled_dot_product_attention(*heads, attn_mask=mask, enable_gqa=grouped).transpose(1, 2)
    with sdpa_kernel(FASTEST_FIRST, set_priority=True) if query.is_cuda else nullcontext():
        return F.scaled_dot_product_attention(*heads, is_causal=True, enable_gqa=grouped).transpose(1, 2)


def _flash(query: Tensor, key: Tensor, value: Tensor, places: Tensor | None) -> Tensor:
    if places is not None or _flash3 is None:
        return _sdpa(query, key, value, places)
    mixed = _flash3(query, key, value, causal=True)
    attended: Tensor = mixed[0] if isinstance(mixed, tuple) else mixed  # some of its versions add what else they know
    return attended


def _cached(query: Tensor, key: Tensor, value: Tensor, places: Tensor | None) -> Tensor:
    if places is None or query.size(1) != 1:
        return _sdpa(query, key, value, places)
    from alphatex_model.kernels import attend_cached

    return attend_cached(query.squeeze(1), key, value, places.squeeze(1))[:, None]


_KERNELS: dict[KernelName, Kernel] = {"plain": _plain, "sdpa": _sdpa, "flash3": _flash, "cached": _cached}
