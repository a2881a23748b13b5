"""Readers of single files, by the end of their name. A broken file gives a fault, never an exception."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from alphatex_model.data.alphatex import read_alphatex
from alphatex_model.data.guitar_pro import read_guitar_pro
from alphatex_model.data.native import checked
from alphatex_model.data.newer_guitar_pro import read_newer_guitar_pro
from alphatex_model.data.notation import tunes_of
from alphatex_model.data.tunes import UNEXPECTED, BrokenTuneError, Fault, Finished, Provenance, Tune, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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


GUITAR_PRO = (".gp3", ".gp4", ".gp5")
NEWER_GUITAR_PRO = (".gpx", ".gp")
ALPHATEX = (".alphatex", ".atex", ".tex")
SUFFIXES = (*READERS, *GUITAR_PRO, *NEWER_GUITAR_PRO, *ALPHATEX)
"""Files that `read_file` reads."""


def read_file(path: Path, origin: Provenance, name: str) -> Iterator[Tune | Finished | Fault]:
    """What a file holds: tunes, one a part of each of its scores, or a finished piece with strings and frets.

    Their ids are the source and `name`, with numbers where there are several.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in GUITAR_PRO:
            yield checked(read_guitar_pro(path, origin, name))
        elif suffix in NEWER_GUITAR_PRO:
            yield checked(read_newer_guitar_pro(path, origin, name))
        elif suffix in ALPHATEX:
            yield checked(read_alphatex(path, origin, name))
        else:
            yield from _notated(path, origin, name)
    except UNEXPECTED as error:
        yield fault_of(f"{origin.source}/{name}{path.suffix}", error)


def _notated(path: Path, origin: Provenance, name: str) -> Iterator[Tune | Fault]:
    import lytk

    try:
        scores = READERS[path.suffix.lower()](path)
    except (OSError, lytk.LytkError) as error:
        raise BrokenTuneError(str(error)) from None
    for score, number in zip(scores, count(1)):
        own = f"{name}/{number}" if len(scores) > 1 else name
        try:
            yield from tunes_of(score.to_dict(), own, origin)
        except UNEXPECTED as error:
            yield fault_of(f"{origin.source}/{own}", error)
