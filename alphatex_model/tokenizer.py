r"""Byte-level BPE for alphaTex: text to token ids and back, without loss.

Splitting before merging decides most of what a model can learn. A bar is ``:8 2.1{h} 5.1 (0.1 2.2).4 |`` and a line
break; a piece here is a note with its string, a duration, an effect, a word or a bracket, with the blank before it and
the line break after it: `` 2.1``, ``{h}``, `` (0.1``, ``.4`` and ``" |\n"`` can each become one token. GPT-style
splitting cuts at every digit and dot and needs two and a half times as many; pieces that reach from blank to blank make
longer tokens, and models that learn less from the same compute (measured in ``benchmarks/tokenizers``).
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from alphatex_model.errors import CorruptFileError, MissingFileError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SPLIT = r" ?\(?\w+\.\w+|\.\w+|\{\w*\}?|[().}]| ?[^\s{}().]+\n?|\s"
"""One piece. Blanks stand only at the beginning of pieces, line breaks only at their end."""

UNFINISHED = r" ?\S*\Z"
"""The end of a prompt that may go on: from its last blank or line break."""

BOS = "<|bos|>"
"""Begins every text; seen again, it says that the text before it has ended."""

N_SPECIAL = 1
N_BYTES = 256


class BpeTokenizer:
    """A trained tokenizer. Any text that UTF-8 can encode survives `encode` then `decode` unchanged.

    The special token has the last id and no spelling: the characters ``<|bos|>`` in a text are ordinary characters.
    """

    def __init__(self, bpe: Tokenizer) -> None:
        self._bpe = bpe
        self._spellings: dict[bytes, list[int]] = {}

    @property
    def vocab_size(self) -> int:
        """Number of ids in use, the special one included. At most the size asked for in `train`."""
        return int(self._bpe.get_vocab_size()) + N_SPECIAL

    @property
    def bos_id(self) -> int:
        """The id of `BOS`."""
        return self.vocab_size - 1

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the tokenizer's definition: equal hashes, equal tokens."""
        return hashlib.sha256(self._definition().encode()).hexdigest()

    @cached_property
    def token_bytes(self) -> tuple[int, ...]:
        """UTF-8 length of each id's text; 0 for the special token. Turns loss a token into bits a byte."""
        return tuple(len(piece) for piece in self._pieces)

    @cached_property
    def _pieces(self) -> tuple[bytes, ...]:
        ids: dict[str, int] = self._bpe.get_vocab()
        spelled = sorted(ids, key=lambda token: ids[token])
        to_byte = {letter: value for value, letter in _byte_alphabet().items()}
        return (*(bytes(to_byte[letter] for letter in token) for token in spelled), b"")

    def encode(self, text: str) -> list[int]:
        """Ids of `text` without the special token. Raises `UnicodeEncodeError` for lone surrogates."""
        text.encode()
        return list(self._bpe.encode(text, add_special_tokens=False).ids)

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """As `encode`, for many texts on all cores."""
        return [encoding.ids for encoding in self._bpe.encode_batch_fast(list(texts), add_special_tokens=False)]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of `ids`; the special token is nothing, half a character U+FFFD. Raises `IndexError` for an alien id."""
        return self.decode_bytes(ids).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """UTF-8 bytes of `ids`, also where a character is still incomplete (for streaming)."""
        return b"".join(self._pieces[index] for index in ids)

    def encode_prompt(self, prompt: str) -> tuple[list[int], bytes]:
        """Ids of the whole pieces of `prompt`, and the bytes at its end that may be the beginning of longer pieces."""
        last = re.search(UNFINISHED, prompt)
        start = last.start() if last else len(prompt)
        return self.encode(prompt[:start]), prompt[start:].encode()

    def spelling(self, text: bytes) -> list[int]:
        """Ids whose bytes begin `text` or begin with it: what may come first where `text` has to be spelled."""
        if text not in self._spellings:
            pieces = enumerate(self._pieces[: self.bos_id])
            self._spellings[text] = [n for n, piece in pieces if piece.startswith(text) or text.startswith(piece)]
        return self._spellings[text]

    def save(self, path: Path) -> None:
        """Write the definition as JSON; the same tokenizer always gives the same bytes."""
        path.write_text(self._definition(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> BpeTokenizer:
        """Read what `save` wrote. Raises `MissingFileError` or `CorruptFileError`."""
        if not path.is_file():
            raise MissingFileError(f"{path}: no such tokenizer file")
        try:
            return cls(Tokenizer.from_str(path.read_text(encoding="utf-8")))
        except Exception as error:  # the library raises bare Exception
            raise CorruptFileError(f"{path}: not a tokenizer file ({error})") from error

    def _definition(self) -> str:
        return json.dumps(json.loads(self._bpe.to_str()), ensure_ascii=False, sort_keys=True, indent=0)


def train_tokenizer(texts: Iterable[str], vocab_size: int, split: str = SPLIT) -> BpeTokenizer:
    """Learn merges from `texts` until there are `vocab_size` ids, the bytes and the special token included.

    No merge crosses the pieces that the regular expression `split` finds.

    The same texts in the same order give the same tokenizer. A small corpus may give fewer ids than asked for.
    Raises `ModelError` when `vocab_size` has no room for the 256 bytes.
    """
    if vocab_size < N_BYTES + N_SPECIAL:
        raise ModelError(f"vocabulary of {vocab_size} is too small: {N_BYTES + N_SPECIAL} is the least")
    bpe = Tokenizer(models.BPE())
    bytes_of_pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bpe.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(split), "isolated"), bytes_of_pieces])
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - N_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return BpeTokenizer(bpe)


def _byte_alphabet() -> dict[int, str]:
    """GPT-2's printable letter for each byte: visible Latin-1 as itself, the others from U+0100 on, in order."""
    visible = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    hidden = [value for value in range(N_BYTES) if value not in visible]
    return {value: chr(value) for value in visible} | {value: chr(0x100 + n) for n, value in enumerate(hidden)}
