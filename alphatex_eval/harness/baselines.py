"""Null baselines: generators that know little or nothing, beside which a model's score means something.

`constant` answers every prompt with one text, `monkey` types at random under the grammar, `ngram` continues
characters by their frequencies in training tunes. `human` is the other end: held-out tunes that people wrote.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.errors import HarnessError, extra
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.harness.generators import Completion, Request

CONSTANT = (
    r'\title "Constant" \track "Guitar" {instrument acousticguitarsteel volume 12} '
    r"3.2.8 2.3 (3.2{h} 2.3).8 r.4 | (0.1 2.2).2 r"
)
"""One string that passes all nineteen checks of the report, alone and after each of its prompts."""

ORDER = 5
CHARACTERS_PER_TOKEN = 4.5
"""What a token limit is worth in characters of alphaTex, as measured with a tokenizer that splits on blanks."""

END = "\x03"


class CharacterModel:
    """An n-gram model of characters: the next one depends on the `order` − 1 before, or fewer where those are new.

    Raises HarnessError where no text has that many characters.
    """

    def __init__(self, texts: Iterable[str], order: int = ORDER) -> None:
        self.order = order
        followers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for gram, count in _grams(texts, order).items():
            for start in range(order):
                followers[gram[start:-1]][gram[-1]] += count
        if not followers:
            raise HarnessError(f"An n-gram model of order {order} needs a text of at least {order - 1} characters.")
        self._followers = {context: _cumulative(counts) for context, counts in followers.items()}

    def sample(self, prompt: str, length: int, rng: random.Random) -> tuple[str, bool]:
        """At most `length` characters after `prompt`, and whether the text came to its end."""
        written = prompt
        while len(written) < len(prompt) + length:
            character = self._next(written, rng)
            if character == END:
                return written[len(prompt) :], True
            written += character
        return written[len(prompt) :], False

    def _next(self, written: str, rng: random.Random) -> str:
        context = written[-(self.order - 1) :]
        while context not in self._followers:
            context = context[1:]
        characters, weights = self._followers[context]
        return rng.choices(characters, cum_weights=weights)[0]


def _grams(texts: Iterable[str], order: int) -> Counter[str]:
    grams: Counter[str] = Counter()
    for text in texts:
        ended = text + END
        grams.update(ended[index : index + order] for index in range(len(ended) - order + 1))
    return grams


def _cumulative(counts: Counter[str]) -> tuple[list[str], list[int]]:
    ordered = sorted(counts.items())
    return [character for character, _ in ordered], list(accumulate(count for _, count in ordered))


class Ngram:
    """The order-5 n-gram model of the training tunes in a file, as a generator."""

    name = "ngram"

    def __init__(self, path: Path) -> None:
        texts = list(read_tunes(path, "train"))
        self._model = CharacterModel(texts)
        self._digest = digest(texts)

    def identity(self) -> dict[str, object]:
        """The order and a hash of the training texts."""
        return {"generator": "ngram", "order": self._model.order, "tunes": self._digest}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion for each request, as long as its token limit allows."""
        return (self._complete(request) for request in requests)

    def _complete(self, request: Request) -> Completion:
        length = round(request.sampling.max_tokens * CHARACTERS_PER_TOKEN)
        text, ended = self._model.sample(request.prompt.text, length, random.Random(request.seed))
        return completion(request, text, ended=ended)


def ngram(path: str) -> Ngram:
    """The n-gram baseline of a tunes file: `ngram:data/tune_books/tunes.parquet`."""
    return Ngram(Path(path))


def completion(request: Request, text: str, *, ended: bool) -> Completion:
    """The answer to a request: `ended` says whether the text came to its end before the token limit."""
    from alphatex_eval.harness.generators import Completion

    return Completion(id=request.id, text=text, finish_reason=FinishReason.STOP if ended else FinishReason.LENGTH)


def digest(texts: Iterable[str]) -> str:
    """A hash of some texts."""
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()


def read_tunes(path: Path, split: str) -> list[str]:
    """The texts of one split in a tunes file: Parquet, or JSON Lines, with columns `text` and `split`.

    Raises HarnessError in one line for a file that is missing, not of that form, or without the split.
    """
    try:
        rows = _parquet_rows(path) if path.suffix == ".parquet" else _json_rows(path)
        texts = [str(text) for text, its_split in rows if its_split == split]
    except HarnessError:
        raise
    except Exception as error:
        raise HarnessError(f"{path} is no tunes file: {type(error).__name__}: {error}.") from None
    if not texts:
        raise HarnessError(f"{path} has no tunes of the split {split!r}.")
    return texts


def _parquet_rows(path: Path) -> list[tuple[str, str]]:
    with extra("data"):
        from pyarrow import parquet
    table = parquet.read_table(path, columns=["text", "split"])
    return list(zip(table["text"].to_pylist(), table["split"].to_pylist(), strict=True))


def _json_rows(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    return [(row["text"], row["split"]) for row in map(json.loads, filter(str.strip, lines))]
