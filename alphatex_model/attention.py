"""Scaled dot-product attention: one function, three interchangeable kernels.

`plain` is the definition, `sdpa` PyTorch's kernels (everywhere), `flash3` Flash Attention 3 (Hopper, bfloat16, causal,
when the package `flash_attn_interface` is installed). `using_kernel` overrides the choice, so that tests and benchmarks
compare them.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]

KernelName = Literal["plain", "sdpa", "flash3"]

_flash3 = import_module("flash_attn_interface").flash_attn_func if find_spec("flash_attn_interface") else None
_forced: KernelName | None = None  # a plain global, because torch.compile reads through it


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """What each query position reads from the values, weighted by its similarity to the keys.

    Args:
        query: (batch, queries, heads, size).
        key: (batch, positions, groups, size); `groups` divides `heads`, and head h reads group h // (heads / groups).
        value: as `key`.
        mask: (batch or 1, 1, queries, positions), True where a query may look; None for causal self-attention, where
            queries and positions are the same tokens.

    Returns:
        (batch, queries, heads, size).
    """
    return _KERNELS[_choose(query, mask)](query, key, value, mask)


@contextmanager
def using_kernel(name: KernelName) -> Iterator[None]:
    """Within the block every `attend` of the process uses the kernel `name`."""
    global _forced
    before, _forced = _forced, name
    try:
        yield
    finally:
        _forced = before


def _choose(query: Tensor, mask: Tensor | None) -> KernelName:
    if _forced is not None:
        return _forced
    fits = _flash3 is not None and mask is None and query.is_cuda and query.dtype == torch.bfloat16
    return "flash3" if fits else "sdpa"


def _plain(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    repeats = query.size(2) // key.size(2)
    key, value = key.repeat_interleave(repeats, 2), value.repeat_interleave(repeats, 2)
    scores = torch.einsum("bqhd,bphd->bhqp", query, key) * query.size(-1) ** -0.5
    if mask is None:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
    return torch.einsum("bhqp,bphd->bqhd", weights, value)


def _sdpa(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    mixed = F.scaled_dot_product_attention(
        query.transpose(1, 2),
        key.transpose(1, 2),
        value.transpose(1, 2),
        attn_mask=mask,
        is_causal=mask is None,
        enable_gqa=key.size(2) != query.size(2),
    )
    return mixed.transpose(1, 2)


def _flash(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    if mask is not None or _flash3 is None:
        return _sdpa(query, key, value, mask)
    mixed = _flash3(query, key, value, causal=True)
    attended: Tensor = mixed[0] if isinstance(mixed, tuple) else mixed  # some of its versions add what else they know
    return attended


_KERNELS: dict[KernelName, Kernel] = {"plain": _plain, "sdpa": _sdpa, "flash3": _flash}
