"""Readers of single files, by the end of their name. A broken file gives a fault, never an exception."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from alphatex_model.data.notation import tunes_of
from alphatex_model.data.tunes import BrokenTuneError, Fault, Provenance, Tune

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UNEXPECTED = (KeyError, IndexError, TypeError, ValueError)
"""What a score of a shape we do not know raises."""


def _abc(path: Path) -> list[Any]:
    """All tunes of an ABC file. Bytes that are not UTF-8 are read as Latin-1, as old files are."""
    import lytk

    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return list(lytk.from_abc_tunes_string(text))


def _musicxml(path: Path) -> list[Any]:
    import lytk

    return [lytk.from_musicxml_bytes(path.read_bytes())]


def _humdrum(path: Path) -> list[Any]:
    import lytk

    return [lytk.from_humdrum(str(path))]


def _lilypond(path: Path) -> list[Any]:
    import lytk

    return list(lytk.from_lilypond_movements(str(path)))


def _midi(path: Path) -> list[Any]:
    import lytk

    return [lytk.from_midi(str(path))]


READERS: dict[str, Callable[[Path], list[Any]]] = {
    ".abc": _abc,
    ".krn": _humdrum,
    ".ly": _lilypond,
    ".mid": _midi,
    ".midi": _midi,
    ".musicxml": _musicxml,
    ".mxl": _musicxml,
    ".xml": _musicxml,
}
"""Functions from a path to `lytk` scores."""


def read_file(path: Path, origin: Provenance) -> Iterator[Tune | Fault]:
    """The tunes of a file, one a part of each of its scores."""
    import lytk

    try:
        scores = READERS[path.suffix.lower()](path)
    except (OSError, lytk.LytkError) as error:
        yield Fault(f"{origin.source}/{path.name}", str(error))
        return
    for score, number in zip(scores, count(1)):
        name = f"{path.stem}/{number}" if len(scores) > 1 else path.stem
        yield from _tunes(score, name, origin)


def _tunes(score: Any, name: str, origin: Provenance) -> Iterator[Tune | Fault]:
    try:
        yield from tunes_of(score.to_dict(), name, origin)
    except BrokenTuneError as error:
        yield Fault(f"{origin.source}/{name}", str(error))
    except UNEXPECTED as error:
        yield Fault(f"{origin.source}/{name}", f"a score of unexpected shape: {error!r}")
