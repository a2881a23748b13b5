"""The inner loop of generation: read the last token of every row, draw the next.

All state lies in tensors that never move. On a GPU the loop body is therefore compiled and captured as a CUDA graph,
one for all lengths, and the host sees the drawn tokens in chunks.
"""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import torch

from alphatex_model.gpt import GPT, KVCache, soft_cap
from alphatex_model.graphs import Captured
from alphatex_model.sampling import Sampling, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

LIVE_STEP = 32
"""On the CPU attention looks back to the beginning of the longest row, rounded up to a multiple of this many positions,
so that all rows are summed in one order. A GPU's kernel knows the length of each row.
"""

CAPACITY_STEP = 128
"""Room for texts is made in multiples of this many positions, so that a decoder, compiled once, serves many prompts."""

CROWDED = 0.75
"""Rows that have ended are dropped when at most this share goes on: each time, the whole cache is copied."""

GPU_CHUNK = 32
"""Tokens of each row drawn on a GPU before the host looks at them."""


class Decoder:
    """A batch of rows, each continued from its prompt.

    Args:
        model: on any device.
        rows: size of the batch.
        capacity: longest text in tokens, prompt included.
        sampling: how to draw.
        n_ids: ids from this number on are never drawn: the tokenizer does not use them.
    """

    def __init__(self, model: GPT, rows: int, capacity: int, sampling: Sampling, n_ids: int) -> None:
        device = model.embedding.device
        self._model, self._sampling, self._n_ids = model, sampling, n_ids
        self._on_gpu = device.type == "cuda"
        self._cache = KVCache(model.config, rows, capacity, device, model.dtype)
        self._uniforms = torch.zeros(rows, sampling.max_tokens, device=device)
        self._drawn = torch.zeros(rows, sampling.max_tokens, dtype=torch.long, device=device)
        self._last = torch.zeros(rows, dtype=torch.long, device=device)
        self._number = torch.zeros(1, dtype=torch.long, device=device)
        self._captured = Captured(partial(_compiled(), self, capacity), plain_runs=1) if self._on_gpu else None

    @torch.inference_mode()
    def start(self, prompts: Sequence[Sequence[int]], uniforms: Tensor) -> None:
        """Read all but the last token of every prompt (ids, at least one); `uniforms` (rows, max_tokens) are the dice.

        Shorter prompts are padded; what the padding leaves in the cache is overwritten before anything looks at it.
        """
        self._going, self._count = list(range(len(prompts))), 0
        self._longest = max(map(len, prompts))
        self._uniforms.copy_(uniforms)
        self._number.zero_()
        self._cache.lengths.zero_()
        if self._longest > 1:
            padded = [[*row[:-1], *[0] * (self._longest - len(row))] for row in prompts]
            self._model.read(torch.tensor(padded, device=self._last.device), self._cache, self._longest - 1)
        self._last.copy_(torch.tensor([row[-1] for row in prompts]))
        self._cache.lengths.copy_(torch.tensor([len(row) - 1 for row in prompts]))

    @torch.inference_mode()
    def draw(self, allowed: Tensor | None = None) -> list[list[int]]:
        """The next tokens of every row that goes on; with `allowed` (rows, n_ids) just one, and only an allowed one."""
        chunk = GPU_CHUNK if self._on_gpu and allowed is None else 1
        before = self._count
        for _ in range(min(chunk, self._sampling.max_tokens - before)):
            self._step(allowed)
            self._count += 1
        drawn: list[list[int]] = self._drawn[:, before : self._count].tolist()
        return [drawn[row] for row in self._going]

    @torch.inference_mode()
    def keep(self, rows: list[int]) -> None:
        """Go on with these of the going rows only. The CPU drops the others, many at once; a GPU's graphs need them."""
        self._going = [self._going[row] for row in rows]
        if not self._on_gpu and len(rows) <= CROWDED * len(self._last):
            index = torch.tensor(self._going)
            self._last, self._uniforms, self._drawn = self._last[index], self._uniforms[index], self._drawn[index]
            self._cache.keep_rows(index)
            self._going = list(range(len(rows)))

    def _step(self, allowed: Tensor | None) -> None:
        if self._captured is not None and allowed is None:
            self._captured()
        else:
            live = _rounded(self._longest + self._count, LIVE_STEP)
            self._advance(min(live, self._cache.capacity), allowed)

    def _advance(self, live: int, allowed: Tensor | None = None) -> None:
        """Read the last tokens, draw the next into `_drawn`."""
        logits = self._model(self._last[:, None], self._cache, live)[:, 0, : self._n_ids].float()
        if allowed is not None:
            forbidden = torch.zeros_like(logits, dtype=torch.bool)
            forbidden[self._going] = ~allowed.to(logits.device)
            logits = logits.masked_fill(forbidden, float("-inf"))
        tokens = draw(logits, self._uniforms.index_select(1, self._number).squeeze(1), self._sampling, squash=soft_cap)
        self._drawn.index_copy_(1, self._number, tokens[:, None])
        self._last.copy_(tokens)
        self._number.add_(1)
        self._cache.lengths.add_(1).clamp_(max=self._cache.capacity - 1)


def decoder_for(model: GPT, rows: int, longest: int, sampling: Sampling, n_ids: int) -> Decoder:
    """A decoder for prompts of up to `longest` tokens. On a GPU the last one is kept: its graphs are worth it."""
    capacity = min(_rounded(longest + sampling.max_tokens, CAPACITY_STEP), model.config.max_positions)
    make = _kept_decoder if model.embedding.is_cuda else Decoder
    return make(model, rows, capacity, sampling, n_ids)


_kept_decoder = lru_cache(maxsize=1)(Decoder)


@cache
def _compiled() -> Callable[[Decoder, int], None]:
    return torch.compile(Decoder._advance)


def _rounded(length: int, step: int) -> int:
    return -(-length // step) * step
