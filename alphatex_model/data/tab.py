"""A tab: notes with strings, frets and techniques in notated values; what the arranger makes and the writer writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.rhythm import Value
    from alphatex_model.data.tunes import Bar


@dataclass(frozen=True, slots=True)
class TabNote:
    """A note at a place on the neck. `effects` are note properties as alphaTex writes them (`h`, `b (0 4)`)."""

    string: int
    fret: int
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TabBeat:
    """One notated beat: a rest without notes. `effects` are beat properties as alphaTex writes them."""

    value: Value
    notes: tuple[TabNote, ...] = ()
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TabBar:
    """One bar: what `frame` prints at its edges (its events are not used), and its beats."""

    frame: Bar
    beats: tuple[TabBeat, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One instrument's bars."""

    instrument: Instrument
    bars: tuple[TabBar, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A whole piece, ready to be written."""

    title: str
    composer: str
    tempo: int
    tracks: tuple[Track, ...]
