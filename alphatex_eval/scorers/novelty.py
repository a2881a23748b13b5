"""Whether the music is new, or copied from the training set."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped
from alphatex_eval.scorers.passage import Passage, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Score, Subject
from alphatex_eval.scorers.shingles import LENGTH, own_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alphatex_eval.scorers.shingles import Run

DIGEST_BYTES = 8
HEX_DIGITS = 2 * DIGEST_BYTES
HASH = re.compile(f"[0-9a-f]{{{HEX_DIGITS}}}")

LONGEST_QUOTE = 32
"""Notes that may be quoted in a row before the text is called a near copy: about four bars."""

MAGIC = "alphatex-eval novelty index 2"


class NoveltyIndex:
    """The runs of eight notes of a training set, as eight-byte hashes; transposition does not matter."""

    def __init__(self, hashes: frozenset[bytes]) -> None:
        self.hashes = hashes

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> NoveltyIndex:
        """The index of some alphaTex texts."""
        subjects = (Subject(completion=text) for text in texts)
        runs = (run for subject in subjects for voice in own_runs(Passage(subject)) for run in voice)
        return cls(frozenset(map(_hashed, runs)))

    def save(self, path: Path) -> None:
        """Write the index as JSON."""
        path.write_text(json.dumps({"format": MAGIC, "runs": sorted(run.hex() for run in self.hashes)}))

    @classmethod
    def load(cls, path: Path) -> NoveltyIndex:
        """Read an index; raises `ValueError` in one line for a file that is none."""
        try:
            data = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError) as error:
            raise ValueError(f"novelty index {path} cannot be read: {error}") from None
        if not isinstance(data, dict) or data.get("format") != MAGIC:
            raise ValueError(f"{path} is no novelty index; make one with NoveltyIndex.of_texts(texts).save(path)")
        runs = data.get("runs")
        if not isinstance(runs, list) or not all(isinstance(run, str) and HASH.fullmatch(run) for run in runs):
            raise ValueError(f"novelty index {path} is damaged: its runs must be hashes of {HEX_DIGITS} hex digits")
        return cls(frozenset(map(bytes.fromhex, runs)))

    def known(self, runs: list[Run]) -> list[bool]:
        """For each run whether the training set has it."""
        return [_hashed(run) in self.hashes for run in runs]


def _hashed(run: Run) -> bytes:
    return hashlib.blake2b(run.encode(), digest_size=DIGEST_BYTES).digest()


@lru_cache(maxsize=4)
def _loaded(path: str) -> NoveltyIndex:
    return NoveltyIndex.load(Path(path))


@scorer("alphatex/novelty", version="2")
def novelty(subject: Subject, *, index: str = "") -> Score:
    """How much of the music is not in the training set, and whether a long stretch is copied.

    `index` is the path of a file that `NoveltyIndex.of_texts(training texts).save(path)` writes; without one the
    scorer is skipped. Compared are runs of eight notes as intervals and durations: a transposed training tune is
    training data.

    Check (warning): no_near_copy, failed when more than 32 notes in a row are quoted. Value: 1 − (runs found in the
    training set ÷ runs); 0 where nothing sounds. Short runs are common property of a style, so that human tunes do
    not reach 1 either. Metric: longest_quote (notes in a row).
    """
    if not index:
        return skipped("no index of a training set is given")
    found = passage(subject)
    known = [_loaded(index).known(voice) for voice in own_runs(found)]
    runs = [run for line in known for run in line]
    if not runs:
        return scored(0.0, [])
    quote = max((length + LENGTH - 1 for line in known for length in _stretches(line)), default=0)
    span = (found.own[0].span[0], found.own[-1].span[1])
    copied = [Fault(f"{quote} notes in a row are in the training set", span)] if quote > LONGEST_QUOTE else []
    check = asked("no_near_copy", copied, 1, Severity.WARNING)
    return scored(1.0 - sum(runs) / len(runs), [check], {"longest_quote": float(quote)})


def _stretches(known: Iterable[bool]) -> Iterator[int]:
    """The lengths of the stretches of runs that the training set has."""
    length = 0
    for item in [*known, False]:
        if not item and length:
            yield length
        length = length + 1 if item else 0
