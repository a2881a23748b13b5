"""Where tunes come from: readers that turn files into tunes and never fail on a broken one.

A reader is cut into *units*, small enough to be spread over processes; `read` turns one unit into tunes and faults.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_model.data.notation import tune_of
from alphatex_model.data.tunes import BrokenTuneError, Fault, Provenance, Tune

if TYPE_CHECKING:
    from collections.abc import Iterator


class SourceError(RuntimeError):
    """A source that is not there; the message is one line and says what to install or where to look."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Some files of one collection, read together."""

    origin: Provenance
    paths: tuple[Path, ...]


BOOKS = {
    "airdsAirs": "James Aird, A Selection of Scotch, English, Irish and Foreign Airs, 6 vols, Glasgow 1778-1801",
    "miscFolk": "Northumbrian Minstrelsy, Newcastle 1882, and American fife tunes of the 18th and 19th century",
    "oneills1850": "Francis O'Neill, O'Neill's Music of Ireland: 1850 Melodies, Chicago 1903",
    "ryansMammoth": "William Bradbury Ryan, Ryan's Mammoth Collection, Boston 1883",
}
"""Folders of music21's corpus whose music is in the public domain and whose files state no restriction.

Left out on purpose: the Essen folk songs (not for commercial use)."""
LICENCE = "Public domain"
PERMISSION = "transcription distributed with music21's corpus by permission of its encoders"
UNIT_BYTES = 60_000


def music21_corpus() -> Path:
    """The folder of music21's bundled scores, found without importing music21 (which takes seconds)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise SourceError("the tune books are part of music21: pip install 'alphatex-eval[data]'")
    return Path(spec.origin).parent / "corpus"


def tune_book_units(books: tuple[str, ...]) -> list[Unit]:
    """The ABC files of the named folders of music21's corpus, in units of about equal size."""
    corpus = music21_corpus()
    units: list[Unit] = []
    for book in books:
        if book not in BOOKS:
            raise SourceError(f"no tune book {book!r}; there are {', '.join(BOOKS)}")
        origin = Provenance(f"music21/{book}", LICENCE, f"{BOOKS[book]}; {PERMISSION}")
        units += [Unit(origin, paths) for paths in _batches(sorted((corpus / book).glob("*.abc")))]
    return units


def _batches(paths: list[Path]) -> Iterator[tuple[Path, ...]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += path.stat().st_size
        if size >= UNIT_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def read(unit: Unit) -> Iterator[Tune | Fault]:
    """Every tune of a unit, and a fault for each that is broken."""
    for path in unit.paths:
        yield from read_abc(path, unit.origin)


def read_abc(path: Path, origin: Provenance) -> Iterator[Tune | Fault]:
    """The tunes of an ABC file. Bytes that are not UTF-8 are read as Latin-1, as old files are."""
    import lytk

    try:
        scores = lytk.from_abc_tunes_string(_decoded(path.read_bytes()))
    except (OSError, lytk.LytkError) as error:
        yield Fault(path.name, str(error))
        return
    for score, number in zip(scores, count(1)):
        name = f"{path.stem}/{number}" if len(scores) > 1 else path.stem
        try:
            yield tune_of(score.to_dict(), name, origin)
        except BrokenTuneError as error:
            yield Fault(f"{origin.source}/{name}", str(error))


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
