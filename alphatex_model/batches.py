"""Batches of token windows: which tokens each training step reads is a pure function of the seed and the step.

So a resumed run reads what the unbroken one would have read, and the whole plan can lie on the device, where a step
finds its batch without asking the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor


def window_starts(n_tokens: int, length: int, n_windows: int, seed: int) -> NDArray[np.int64]:
    """Where the windows of `length` tokens (and the token after) start, in the order of training: (n_windows,).

    Every pass over the corpus shifts the windows' edges by a random offset, then visits all windows in random order.
    Raises `ModelError` when the corpus is shorter than two windows.
    """
    if n_tokens <= 2 * length:
        raise ModelError(f"{n_tokens} tokens are too few for windows of {length}: use a larger corpus")
    random = np.random.default_rng(seed)
    passes: list[NDArray[np.int64]] = []
    found = 0
    while found < n_windows:
        offset = int(random.integers(length))
        starts = np.arange(offset, n_tokens - length, length, dtype=np.int64)
        passes.append(random.permutation(starts))
        found += len(starts)
    return np.concatenate(passes)[:n_windows]


def parts_of(rows: int, most: int) -> int:
    """The fewest equal parts of `rows` windows that hold at most `most` windows each."""
    return next(parts for parts in range(-(-rows // most), rows + 1) if rows % parts == 0)


class Batches:
    """The batches of a whole run: `tokens` and the plan of window starts, both on the device.

    `starts` is (steps, parts, rows): a step's batch comes in `parts` of `rows` windows each.
    """

    def __init__(
        self, tokens: NDArray[np.uint16], starts: NDArray[np.int64], length: int, device: torch.device
    ) -> None:
        self._tokens = torch.from_numpy(tokens.astype(np.int32)).to(device)
        self._starts = torch.from_numpy(starts).to(device)
        self._offsets = torch.arange(length + 1, device=device)

    @property
    def parts(self) -> int:
        """How many parts a step's batch comes in."""
        return self._starts.size(1)

    def part(self, step: Tensor, part: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets (rows, length), int64, of one part of the batch after `step` (scalar) finished steps."""
        starts = self._starts.select(1, part).index_select(0, step.long().view(1)).squeeze(0)
        windows = self._tokens[starts[:, None] + self._offsets].long()
        return windows[:, :-1], windows[:, 1:]


def consecutive_windows(tokens: NDArray[np.uint16], length: int, rows: int) -> Iterator[tuple[Tensor, Tensor]]:
    """All `tokens` in order: inputs and targets (up to `rows`, length), int64. The last, short window is left out."""
    count = (len(tokens) - 1) // length
    inputs = torch.from_numpy(tokens[: count * length].astype(np.int64)).view(count, length)
    targets = torch.from_numpy(tokens[1 : count * length + 1].astype(np.int64)).view(count, length)
    for start in range(0, count, rows):
        yield inputs[start : start + rows], targets[start : start + rows]
