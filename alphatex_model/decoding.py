"""The inner loop of generation: read the last token of every row, draw the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from alphatex_model.gpt import GPT, KVCache, soft_cap
from alphatex_model.sampling import Sampling, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

LIVE_STEP = 64
"""Attention looks at the cache up to the longest row, rounded up to a multiple of this many positions."""


class Decoder:
    """A batch of rows, each continued from its prompt.

    Args:
        model: on any device.
        prompts: ids of each row, at least one.
        uniforms: random numbers (rows, longest completion).
        sampling: how to draw.
        n_ids: ids from this number on are never drawn: the tokenizer does not use them.
    """

    def __init__(
        self, model: GPT, prompts: Sequence[Sequence[int]], uniforms: Tensor, sampling: Sampling, n_ids: int
    ) -> None:
        device = model.embedding.device
        self._model, self._sampling, self._n_ids = model, sampling, n_ids
        self._longest = max(map(len, prompts))
        capacity = min(_rounded(self._longest + uniforms.size(1)), model.config.max_positions)
        self._cache = KVCache(model.config, len(prompts), capacity, device, model.dtype)
        self._uniforms = uniforms.to(device)
        self._last = torch.tensor([row[-1] for row in prompts], device=device)
        self._drawn = 0
        self._read(prompts)

    @torch.inference_mode()
    def draw(self, allowed: Tensor | None = None) -> list[list[int]]:
        """The next tokens of every row; where `allowed` (rows, n_ids) is given, just one, and only an allowed one."""
        live = min(_rounded(self._longest + self._drawn), self._cache.capacity)
        logits = soft_cap(self._model(self._last[:, None], self._cache, live)[:, 0, : self._n_ids])
        self._cache.lengths.add_(1)
        if allowed is not None:
            logits = logits.masked_fill(~allowed.to(logits.device), float("-inf"))
        self._last = draw(logits, self._uniforms[:, self._drawn], self._sampling)
        self._drawn += 1
        return self._last[:, None].tolist()

    @torch.inference_mode()
    def keep(self, rows: list[int]) -> None:
        """Go on with `rows` only."""
        index = torch.tensor(rows, dtype=torch.long, device=self._last.device)
        self._last, self._uniforms = self._last[index], self._uniforms[index]
        self._cache.keep_rows(index)

    @torch.inference_mode()
    def _read(self, prompts: Sequence[Sequence[int]]) -> None:
        """Read all but the last token of every prompt. Shorter ones are padded: what the padding writes is overwritten."""
        lengths = [len(row) - 1 for row in prompts]
        if longest := max(lengths):
            padded = [[*row[:-1], *[0] * (longest - length)] for row, length in zip(prompts, lengths, strict=True)]
            self._model(torch.tensor(padded, device=self._last.device), self._cache, longest)
        self._cache.lengths.copy_(torch.tensor(lengths))


def _rounded(length: int) -> int:
    return -(-length // LIVE_STEP) * LIVE_STEP
