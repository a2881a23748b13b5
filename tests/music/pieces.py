"""Real music for the tests, from packages that the tests install: nothing of it lives in this repository.

music21 brings choruses, quartets and songs as MusicXML and tune books as ABC. alphaTab turns the former into alphaTex
with many tracks, voices and tuplets; our arranger turns the latter into guitar tabs with strings, frets and techniques.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_model.data.recipe import Recipe
from alphatex_model.data.rows import Arranged, arrange_unit
from alphatex_model.data.sources import BOOKS, music21_corpus, tune_book_units

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reference.oracle import Oracle

MUSICXML = frozenset({".mxl", ".xml", ".musicxml"})
LARGEST_FILE = 14_000
"""Bytes. Whole symphonies take alphaTab's exporter many seconds each and show nothing new."""


def musicxml_paths() -> list[Path]:
    """The MusicXML files of music21's corpus, without the largest."""
    paths = (path for path in music21_corpus().rglob("*") if path.suffix in MUSICXML)
    return sorted(path for path in paths if path.stat().st_size <= LARGEST_FILE)


def exported(oracle: Oracle, paths: list[Path]) -> Iterator[tuple[str, str]]:
    """The name and the alphaTex of every file that alphaTab reads and whose text it accepts again."""
    texts = [(path.name, answer.text) for path, answer in zip(paths, oracle.convert_all(paths), strict=True)]
    return ((name, text) for name, text in texts if text is not None)


def guitar_tabs(chance: random.Random, count: int) -> list[tuple[str, str]]:
    """The id and text of some fiddle tunes, arranged for guitar."""
    units = chance.sample(tune_book_units(tuple(BOOKS)), 1 + count // 100)
    arranged = [item for unit in units for item in arrange_unit(Recipe(name="plain"), unit)]
    rows = [item.rows[0] for item in arranged if isinstance(item, Arranged)]
    return [(row.id, row.text) for row in chance.sample(rows, min(count, len(rows)))]
