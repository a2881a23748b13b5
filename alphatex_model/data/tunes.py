"""What a tune is before it is a tab: bars of pitches with exact durations, free of any instrument.

Durations are fractions of a whole note, pitches MIDI numbers (middle C = 60). Every reader produces these types and the
arranger knows no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class BrokenTuneError(ValueError):
    """A tune that cannot be written as music that adds up; the message says what is wrong and in which bar."""


def total(durations: Iterable[Fraction]) -> Fraction:
    """The sum, over one common denominator: several times faster than adding fractions one by one."""
    parts = [(duration.numerator, duration.denominator) for duration in durations]
    whole = lcm(*(denominator for _, denominator in parts))
    return Fraction(sum(numerator * (whole // denominator) for numerator, denominator in parts), whole)


@dataclass(frozen=True, slots=True)
class Event:
    """One beat: a note, a chord, or a rest when `pitches` is empty.

    `pitches` ascend. `tied` are those of them that are held over from the event before. `symbol` is the chord symbol
    written above the beat ("Am7"), empty when there is none. `graces` are the pitches of the grace notes before it, one
    after the other; `slurred` says that a slur leads on to the next event.
    """

    duration: Fraction
    pitches: tuple[int, ...] = ()
    tied: frozenset[int] = frozenset()
    symbol: str = ""
    graces: tuple[int, ...] = ()
    slurred: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of one voice, with what the staff shows at its two bar lines.

    `meter` is (numerator, denominator), `key` an alphaTex key signature, `tempo` quarter notes a minute where the bar
    sets one. `repeat_close` is how often the repeat that ends here is played, 0 for none. `section` names the part that
    begins here. `strain_end` says that the bar ends at a double bar line. A bar with `pickup` holds less than its meter
    on purpose. `ending` is the first time through on which an alternate ending is played, 0 for a bar that is in none,
    `further_endings` are the other times.
    """

    events: tuple[Event, ...]
    meter: tuple[int, int] = (4, 4)
    key: str = "c"
    tempo: int | None = None
    pickup: bool = False
    repeat_open: bool = False
    repeat_close: int = 0
    ending: int = 0
    further_endings: tuple[int, ...] = ()
    section: str = ""
    strain_end: bool = False

    @property
    def length(self) -> Fraction:
        """What the bar holds, in whole notes."""
        return total(event.duration for event in self.events)

    @property
    def capacity(self) -> Fraction:
        """What the time signature asks for, in whole notes."""
        return Fraction(*self.meter)


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody or one part of a larger work, with where it comes from and on which terms.

    `id` is unique within a corpus and stable between builds; `source` names the collection, `work` the piece that the
    tune is a part or passage of (its parts belong together), empty when it is a piece of its own.
    """

    id: str
    source: str
    title: str
    composer: str
    licence: str
    attribution: str
    bars: tuple[Bar, ...]
    work: str = ""

    @property
    def events(self) -> list[Event]:
        """Every beat of the tune in order."""
        return [event for bar in self.bars for event in bar.events]


@dataclass(frozen=True, slots=True)
class Finished:
    """A piece that comes with its strings and frets: `text` is its alphaTex, `tune` the music of its first voice."""

    tune: Tune
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was left out, and why."""

    where: str
    reason: str


UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a score of a shape we do not know raises; `BrokenTuneError` is one of them."""


def fault_of(where: str, error: Exception) -> Fault:
    """What is said of something that was left out because of `error`."""
    known = isinstance(error, BrokenTuneError)
    return Fault(where, str(error) if known else f"a score of unexpected shape: {error!r}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a reader knows of a collection before it opens a file."""

    source: str
    licence: str
    attribution: str = field(default="")
