"""Matrix products, and matrices packed for few rows at a time, as generation on a CPU has them.

Such products wait for the weights from memory. PyTorch's FBGEMM (x86) takes weights in float16, in its own order, and
multiplies and sums in float32; elsewhere weights by columns are faster than by rows.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Matrix = Tensor | torch.ScriptObject
"""Weights (out, in), or the same packed by FBGEMM."""

_ops: Any = torch.ops.quantized


def pack_matrix(weights: Tensor) -> Matrix:
    """`weights` (out, in), float32, ready for products with few rows."""
    if torch.backends.quantized.engine in ("x86", "fbgemm"):
        packed: torch.ScriptObject = _ops.linear_prepack_fp16(weights.contiguous(), None)
        return packed
    return weights.mT.contiguous().mT


def product(hidden: Tensor, matrix: Matrix) -> Tensor:
    """`hidden` (…, in) times the transposed matrix: (…, out)."""
    if isinstance(matrix, Tensor):
        return F.linear(hidden, matrix)
    result: Tensor = _ops.linear_dynamic_fp16(hidden, matrix)
    return result
