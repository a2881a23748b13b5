"""The inner loop of generation: read the last token of every row, draw the next.

All state lies in tensors that never move. On a GPU the loop body is therefore compiled and captured as a CUDA graph,
one for all lengths, and the host sees the drawn tokens in chunks.
"""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from alphatex_model.gpt import GPT, SOFT_CAP, KVCache
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
        self._rows = _Rows(
            KVCache(model.config, rows, capacity, device, model.dtype),
            torch.zeros(rows, sampling.max_tokens, device=device),
            torch.zeros(rows, sampling.max_tokens, dtype=torch.long, device=device),
            torch.zeros(rows, dtype=torch.long, device=device),
        )
        self._number = torch.zeros(1, dtype=torch.long, device=device)
        self._captured = Captured(partial(_compiled(), self, capacity), plain_runs=1) if device.type == "cuda" else None

    @torch.inference_mode()
    def start(self, prompts: Sequence[Sequence[int]], uniforms: Tensor) -> None:
        """Read all but the last token of every prompt (ids, at least one); `uniforms` (rows, max_tokens) are the dice.

        Shorter prompts are padded; what the padding leaves in the cache is overwritten before anything looks at it.
        """
        self._going, self._count = list(range(len(prompts))), 0
        self._ahead: _Coming | None = None
        self._longest = max(map(len, prompts))
        self._number.zero_()
        cache, device = self._rows.cache, self._number.device
        cache.lengths.zero_()
        if self._longest > 1:
            padded = [[*row[:-1], *[0] * (self._longest - len(row))] for row in prompts]
            self._model.read(torch.tensor(padded, device=device), cache, self._longest - 1)
        cache.lengths.copy_(torch.tensor([len(row) - 1 for row in prompts]))
        self._rows.uniforms.copy_(uniforms)
        self._rows.last.copy_(torch.tensor([row[-1] for row in prompts]))

    @torch.inference_mode()
    def draw(self, allowed: Tensor | None = None) -> list[list[int]]:
        """The next tokens of every row that goes on; with `allowed` (rows, n_ids) just one, and only an allowed one."""
        if self._captured is None or allowed is not None:
            coming = self._draw(1, allowed)
        else:
            coming = self._ahead or self._draw(GPU_CHUNK)
            self._ahead = self._draw(GPU_CHUNK)  # the GPU works on while the host reads
        drawn = coming.wait()
        return [drawn[row] for row in self._going]

    @torch.inference_mode()
    def keep(self, rows: list[int]) -> None:
        """Go on with these of the going rows only. The CPU drops the others, many at once; a GPU's graphs need them."""
        self._going = [self._going[row] for row in rows]
        if self._captured is None and len(rows) <= CROWDED * len(self._rows.last):
            self._rows = self._rows.keep(torch.tensor(self._going))
            self._going = list(range(len(rows)))

    def _draw(self, most: int, allowed: Tensor | None = None) -> _Coming:
        """Take up to `most` steps, as many as the texts may still grow."""
        before = self._count
        self._count = min(before + most, self._sampling.max_tokens)
        for step in range(before, self._count):
            if self._captured is not None and allowed is None:
                self._captured()
            else:
                live = _rounded(self._longest + step, LIVE_STEP)
                self._advance(min(live, self._rows.cache.capacity), allowed)
        return _Coming.send(self._rows.drawn[:, before : self._count])

    def _advance(self, live: int, allowed: Tensor | None = None) -> None:
        """Read the last tokens, draw the next into `drawn`."""
        rows, number = self._rows, self._number
        logits = self._model(rows.last[:, None], rows.cache, live)[:, 0, : self._n_ids]
        if allowed is not None:
            forbidden = torch.zeros_like(logits, dtype=torch.bool)
            forbidden[self._going] = ~allowed.to(logits.device)
            logits = logits.masked_fill(forbidden, float("-inf"))
        tokens = draw(logits, rows.uniforms.index_select(1, number).squeeze(1), self._sampling, SOFT_CAP)
        rows.drawn.index_copy_(1, number, tokens[:, None])
        rows.last.copy_(tokens)
        rows.cache.lengths.add_(1).clamp_(max=rows.cache.capacity - 1)
        number.add_(1)


class _Rows(NamedTuple):
    """What a decoder knows of its rows: tensors with the row first.

    Attributes:
        cache: of the tokens read.
        uniforms: (rows, max_tokens), the dice.
        drawn: (rows, max_tokens), the ids drawn so far.
        last: (rows,), the ids to read next.
    """

    cache: KVCache
    uniforms: Tensor
    drawn: Tensor
    last: Tensor

    def keep(self, rows: Tensor) -> _Rows:
        """These rows only."""
        self.cache.keep_rows(rows)
        return _Rows(self.cache, self.uniforms[rows], self.drawn[rows], self.last[rows])


class _Coming(NamedTuple):
    """Drawn ids (rows, tokens) on their way to the host."""

    ids: Tensor
    arrived: torch.cuda.Event | None

    @classmethod
    def send(cls, drawn: Tensor) -> _Coming:
        """Copy them behind the work that the GPU has been given, without waiting for it."""
        ids = drawn.to("cpu", non_blocking=True)
        if not drawn.is_cuda:
            return cls(ids, None)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrived.record()
        return cls(ids, arrived)

    def wait(self) -> list[list[int]]:
        """The ids of each row."""
        if self.arrived is not None:
            self.arrived.synchronize()
        ids: list[list[int]] = self.ids.tolist()
        return ids


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
