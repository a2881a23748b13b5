"""A tab: notes with strings, frets and techniques in notated values; what the arranger makes and the writer writes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.rhythm import Value
    from alphatex_model.data.tunes import Bar


GRACE = "gr"
"""The property of a beat that takes no time of its own: it is played just before the next one."""
ON_BEAT_GRACE = f"{GRACE} onbeat"
"""The same, played when the next beat begins."""


@dataclass(frozen=True, slots=True)
class TabNote:
    """A note at a place on the neck. `effects` are note properties as alphaTex writes them (`h`, `b (0 4)`)."""

    string: int
    fret: int
    effects: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`fret.string` without properties."""
        return f"{self.fret}.{self.string}"


@dataclass(frozen=True, slots=True)
class DeadNote:
    """A damped string, struck without pitch."""

    string: int
    effects: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`x.string`."""
        return f"x.{self.string}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke on a drum or cymbal, by alphaTab's short name of the articulation."""

    name: str
    effects: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The name."""
        return self.name


Note = TabNote | DeadNote | Hit


@dataclass(frozen=True, slots=True)
class TabBeat:
    """One notated beat: a rest without notes. `effects` are beat properties as alphaTex writes them."""

    value: Value
    notes: tuple[Note, ...] = ()
    effects: tuple[str, ...] = ()

    @property
    def duration(self) -> Fraction:
        """The time it takes in its bar, in whole notes: none for a grace note."""
        grace = any(effect.split()[0] == GRACE for effect in self.effects)
        return Fraction(0) if grace else self.value.duration


@dataclass(frozen=True, slots=True)
class TabBar:
    """One bar: what `frame` prints at its edges (its events are not used), its beats, and a second voice if any."""

    frame: Bar
    beats: tuple[TabBeat, ...]
    second: tuple[TabBeat, ...] = ()


@dataclass(frozen=True, slots=True)
class ChordDiagram:
    """A chord by name: one fret a string, string 1 first, None for a string that is not played."""

    name: str
    frets: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One instrument's bars. `name` is what the track is called when not after its instrument."""

    instrument: Instrument
    bars: tuple[TabBar, ...]
    name: str = ""
    chords: tuple[ChordDiagram, ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """A whole piece, ready to be written."""

    title: str
    composer: str
    tempo: int
    tracks: tuple[Track, ...]
