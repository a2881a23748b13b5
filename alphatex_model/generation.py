"""Generating texts: many prompts of different lengths in one batch, each sample with its own random stream.

A prompt often ends in the middle of what the tokenizer would read as one piece (`| (3.2 2.3).`, a quote just opened).
Its last piece is therefore taken back, and the first drawn tokens must spell it again, perhaps as the beginning of a
longer token: the model continues from a tokenisation that it has seen in training.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import starmap
from typing import TYPE_CHECKING

import torch

from alphatex_eval.scorers.results import FinishReason
from alphatex_model.decoding import decoder_for
from alphatex_model.errors import ModelError
from alphatex_model.processes import cores, map_forked
from alphatex_model.sampling import random_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from alphatex_model.checkpoints import Loaded
    from alphatex_model.sampling import Sampling
    from alphatex_model.tokenizer import BpeTokenizer

    OnText = Callable[[int, str], None]

BATCH_SIZE = {"cpu": 32, "cuda": 512}

WORTH_SHARING = 1024
"""Tokens to draw, at most, from which on a CPU starts a process for each core: about a second's work."""


@dataclass(frozen=True)
class Generation:
    """A completed prompt.

    `completion` is what comes after the prompt; `tokens` counts what was drawn, without the token that ends a text.
    """

    prompt: str
    completion: str
    finish_reason: FinishReason
    tokens: int


def generate(
    loaded: Loaded,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: Sampling,
    *,
    batch_size: int = 0,
    on_text: OnText | None = None,
) -> Iterator[Generation]:
    """Complete each prompt once, in order, many at a time.

    A prompt, its seed and the sampling settings decide its text: on the CPU in float32 neither the batch size nor the
    other prompts matter. On Linux the cores of a CPU share many prompts, each core in a process of its own, unless
    `on_text` is given.

    Args:
        loaded: the model and its tokenizer.
        prompts: texts, "" for a text from its beginning; repeat a prompt for several samples.
        seeds: one non-negative number per prompt.
        sampling: how to draw.
        batch_size: at most how many samples to draw side by side, in each process; 0 for what suits the device.
        on_text: called with a prompt's index and each new piece of its completion, as they come.

    Raises:
        ModelError: a prompt is longer than the model can read, or a process was killed.
    """
    if len(seeds) != len(prompts):
        raise ModelError(f"{len(prompts)} prompts need as many seeds, not {len(seeds)}")
    device = loaded.model.embedding.device
    alone = device.type != "cpu" or on_text is not None or len(prompts) * sampling.max_tokens < WORTH_SHARING
    workers = 1 if alone else min(cores(), len(prompts))
    batches = _batches(len(prompts), batch_size or BATCH_SIZE[device.type], workers)
    complete = partial(_complete_batch, loaded, sampling, on_text)
    work = [(range(len(prompts))[batch], prompts[batch], seeds[batch]) for batch in batches]
    for made in map_forked(complete, work, workers) if workers > 1 else starmap(complete, work):
        yield from made


def _batches(count: int, size: int, workers: int) -> Iterator[slice]:
    """Cut `count` into batches of at most `size`, as equal as can be, each worker as many."""
    if count:
        rounds = -(-count // (size * workers))
        size = -(-count // (rounds * workers))
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _complete_batch(
    loaded: Loaded,
    sampling: Sampling,
    on_text: OnText | None,
    indices: Sequence[int],
    prompts: Sequence[str],
    seeds: Sequence[int],
) -> list[Generation]:
    encode = cache(loaded.tokenizer.encode_prompt)
    rows = [
        _Row(loaded, prompt, encode(prompt), index, sampling.max_tokens, on_text)
        for index, prompt in zip(indices, prompts, strict=True)
    ]
    _complete(loaded, rows, random_streams(seeds, sampling.max_tokens), sampling)
    return [row.finish() for row in rows]


def _complete(loaded: Loaded, rows: list[_Row], uniforms: Tensor, sampling: Sampling) -> None:
    """Draw tokens for `rows` until each has ended."""
    longest, n_ids = max(len(row.ids) for row in rows), loaded.tokenizer.vocab_size
    decoder = decoder_for(loaded.model, len(rows), longest, sampling, n_ids)
    with _one_thread():
        decoder.start([row.ids for row in rows], uniforms)
        while rows:
            for row, tokens in zip(rows, decoder.draw(_allowed(rows, loaded.tokenizer)), strict=True):
                row.accept(tokens)
            going = [n for n, row in enumerate(rows) if row.reason is None]
            if going and len(going) < len(rows):
                decoder.keep(going)
            rows = [rows[n] for n in going]


@contextmanager
def _one_thread() -> Iterator[None]:
    """The products of one token are too small to share: on a busy machine two threads mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _allowed(rows: list[_Row], tokenizer: BpeTokenizer) -> Tensor | None:
    """Which ids (rows, vocabulary) may come next; None while no row has its prompt's last piece to spell again."""
    if not any(row.owed for row in rows):
        return None
    allowed = torch.ones(len(rows), tokenizer.vocab_size, dtype=torch.bool)
    for number, row in enumerate(rows):
        if row.owed:
            allowed[number] = False
            allowed[number, tokenizer.spelling(row.owed)] = True
    return allowed


class _Row:
    """One sample in the making. `owed` is what is left to spell of the prompt's last piece."""

    def __init__(
        self,
        loaded: Loaded,
        prompt: str,
        encoded: tuple[list[int], bytes],
        index: int,
        max_tokens: int,
        on_text: OnText | None,
    ) -> None:
        ids, self.owed = encoded
        self.ids = [loaded.tokenizer.bos_id, *ids]
        self.reason: FinishReason | None = None
        self._tokenizer, self._prompt, self._index, self._on_text = loaded.tokenizer, prompt, index, on_text
        self._limit = min(max_tokens, loaded.model.config.max_positions - len(self.ids))
        if self._limit < 1:
            raise ModelError(
                f"the prompt {prompt[:30]!r}… has {len(self.ids)} tokens; "
                f"this model reads less than {loaded.model.config.max_positions}"
            )
        self._drawn, self._text = 0, ""
        self._characters = getincrementaldecoder("utf-8")(errors="replace")

    def accept(self, tokens: list[int]) -> None:
        """Take the tokens drawn next, up to the end of the text or the limit."""
        tokens = tokens[: self._limit - self._drawn]
        if self._tokenizer.bos_id in tokens:
            tokens = tokens[: tokens.index(self._tokenizer.bos_id)]
            self.reason = FinishReason.STOP
        self._drawn += len(tokens)
        spelled = self._tokenizer.decode_bytes(tokens)
        new, self.owed = spelled[len(self.owed) :], self.owed[len(spelled) :]
        self._show(self._characters.decode(new))
        if self._drawn == self._limit:
            self.reason = FinishReason.LENGTH

    def finish(self) -> Generation:
        """The result, once a reason to end is known."""
        assert self.reason is not None
        self._show(self._characters.decode(b"", final=True))
        return Generation(self._prompt, self._text, self.reason, self._drawn)

    def _show(self, text: str) -> None:
        self._text += text
        if text and self._on_text is not None:
            self._on_text(self._index, text)
