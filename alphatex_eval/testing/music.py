"""The music-driven strategies: nodes of a score in which every bar is full and every chord can be gripped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from alphatex_eval.language.nodes import Bar, Beat, Chord, DurationChange, Kind, Note, Properties, Property, Rest
from alphatex_eval.testing import fretboard
from alphatex_eval.testing.effects import beat_effects, note_effects
from alphatex_eval.testing.fretboard import STANDARD, Tuning
from alphatex_eval.testing.rhythm import SHORTEST, Figure, Step, fitting
from alphatex_eval.testing.writing import beat, note, prop, word

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

T = TypeVar("T")

Meter = tuple[int, int]
COMMON: Meter = (4, 4)
METERS: tuple[Meter, ...] = (COMMON, (3, 4), (2, 4), (6, 8), (5, 4), (7, 8), (12, 8), (2, 2), (3, 8))
PITCHES = tuple(
    f"{letter}{octave}" for octave in (4, 5, 3) for letter in ("c", "d", "e", "f", "g", "a", "b", "f#", "bb")
)
FINGERS = 4
MOST_FIGURES = 8
DROP_ONE_IN = 24
WHERE_EFFECTS_GO = ("", "", "", "", "", "note", "beat", "note beat")
DRUMS = ("kickhit", "snarehit", "hihatclosed", "hihatopen", "ridemiddle", "crashhighhit", "lowtomhit", "hightomhit")


class Feature(StrEnum):
    """What music may contain besides single notes of plain values."""

    CHORDS = "chords"
    RESTS = "rests"
    DEAD_NOTES = "dead notes"
    TIES = "ties"
    DOTS = "dots"
    TUPLETS = "tuplets"
    GRACE_NOTES = "grace notes"
    EFFECTS = "effects"
    RUNNING_VALUES = "running values"
    METERS = "meters"
    REPEATS = "repeats"
    SECTIONS = "sections"
    TEMPO = "tempo"
    TITLES = "titles"


ALL_FEATURES = frozenset(Feature)
SORTS = {Feature.CHORDS: 3, Feature.RESTS: 1, Feature.TIES: 1, Feature.DEAD_NOTES: 1}
"""How likely a beat is to be of these sorts, against eight for a single note."""


class Instrument(StrEnum):
    """What a track is written for."""

    GUITAR = "guitar"
    PIANO = "piano"
    DRUMS = "drums"


@dataclass(frozen=True, slots=True)
class Style:
    """How the beats of a track are to be. `key` is a key signature ("d"), None for no key."""

    instrument: Instrument = Instrument.GUITAR
    tuning: Tuning = STANDARD
    key: str | None = None
    playable: bool = True
    features: Collection[Feature] = ALL_FEATURES

    @property
    def last_fret(self) -> int:
        """The highest fret used."""
        return fretboard.LAST_FRET if self.playable else fretboard.WILD_LAST_FRET

    def frets(self, string: int, first: int, last: int) -> tuple[int, ...]:
        """The frets of a string, counted from 0, that are in key."""
        return fretboard.frets(self.tuning[string], self.key, first, last)

    def has(self, feature: Feature) -> bool:
        """Whether the music may contain it."""
        return feature in self.features


def pick(draw: st.DrawFn, count: int) -> int:
    """A number below `count` that shrinks to 0."""
    return draw(_below(count)) if count > 1 else 0


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def choose(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of the options; shrinks to the first."""
    return options[pick(draw, len(options))]


def now_and_then(draw: st.DrawFn, feature: Feature, style: Style, one_in: int) -> bool:
    """Whether the feature shows here; shrinks to no."""
    return style.has(feature) and pick(draw, one_in) == one_in - 1


def several(draw: st.DrawFn, most: int, item: Callable[[st.DrawFn], T]) -> list[T]:
    """Up to `most` items. Each has a number of its own that drops it when it shrinks, so that any can go alone."""
    return [draw(_alone(item)) for _ in range(pick(draw, most + 1)) if pick(draw, DROP_ONE_IN)]


@st.composite
def _alone(draw: st.DrawFn, item: Callable[[st.DrawFn], T]) -> T:
    return item(draw)


# ---- notes ---------------------------------------------------------------------------------------------------------


def draw_note(draw: st.DrawFn, style: Style) -> Note:
    """A single note without properties."""
    if style.instrument is not Instrument.GUITAR:
        return note(word(choose(draw, _names(style))))
    string = pick(draw, len(style.tuning))
    return note(choose(draw, style.frets(string, 0, style.last_fret)), string + 1)


def _names(style: Style) -> tuple[str, ...]:
    return DRUMS if style.instrument is Instrument.DRUMS else _pitches(style.key)


@cache
def _pitches(key: str | None) -> tuple[str, ...]:
    return tuple(name for name in PITCHES if fretboard.pitch(name) % 12 in fretboard.scale(key))


def draw_chord(draw: st.DrawFn, style: Style) -> Chord:
    """Two notes or more if there are strings for them; playable ones are for one hand in one position."""
    if style.instrument is not Instrument.GUITAR:
        left = list(_names(style))
        return Chord(tuple(note(word(left.pop(pick(draw, len(left))))) for _ in range(2 + pick(draw, 3))))
    size = min(2 + pick(draw, len(style.tuning) - 1), len(style.tuning))
    first = pick(draw, len(style.tuning) - size + 1)
    if style.playable:
        return _shape(draw, style, range(first, first + size))
    whole_neck = (0, style.last_fret)
    return Chord(
        tuple(note(choose(draw, style.frets(string, *whole_neck)), string + 1) for string in range(first, first + size))
    )


def _shape(draw: st.DrawFn, style: Style, strings: range) -> Chord:
    """Up to four fingers in one position; the strings beyond are open or, where that is out of key, silent."""
    position = 1 + pick(draw, style.last_fret - fretboard.SPAN)
    fingers = FINGERS
    found: list[Note] = []
    for string in strings:
        reach = style.frets(string, position, position + fretboard.SPAN - 1) if fingers else ()
        options = style.frets(string, 0, 0) + reach
        if options:
            fret = choose(draw, options)
            fingers -= fret > 0
            found.append(note(fret, string + 1))
    return Chord(tuple(found))


# ---- beats ---------------------------------------------------------------------------------------------------------


def draw_content(draw: st.DrawFn, style: Style, before: Beat | None = None) -> Note | Chord | Rest:
    """What a beat strikes: a note, now and then a chord, a rest, a dead note, or what is tied to the beat before."""
    match choose(draw, _sorts(frozenset(style.features))):
        case Feature.CHORDS:
            return draw_chord(draw, style)
        case Feature.RESTS:
            return Rest()
        case Feature.TIES if before is not None and _can_be_tied(before):
            return _tied(before)
        case Feature.DEAD_NOTES if style.instrument is Instrument.GUITAR:
            return replace(draw_note(draw, style), value=word("x"))
    return draw_note(draw, style)


@cache
def _sorts(features: frozenset[Feature]) -> tuple[Feature | None, ...]:
    """Each sort of content as often as it is likely; None is a single note."""
    return (None,) * 8 + tuple(sort for sort, weight in SORTS.items() for _ in range(weight) if sort in features)


def _can_be_tied(before: Beat) -> bool:
    grace = before.properties and before.properties.items[0].name == "gr"
    return (
        not grace
        and bool(before.notes)
        and all(item.string and item.value.kind is Kind.NUMBER for item in before.notes)
    )


def _tied(before: Beat) -> Note | Chord:
    tied = tuple(replace(item, value=word("-"), properties=None) for item in before.notes)
    return tied[0] if len(tied) == 1 else Chord(tied)


def draw_beat(draw: st.DrawFn, style: Style, step: Step, before: Beat | None = None) -> Beat:
    """A beat of the given rhythm, one in four with effects."""
    content = draw_content(draw, style, before)
    block = list(step.block)
    wanted = choose(draw, WHERE_EFFECTS_GO) if style.has(Feature.EFFECTS) else ""
    if "beat" in wanted:
        block.append(choose(draw, beat_effects()))
    if "note" in wanted and not isinstance(content, Rest):
        content = _with_effect(content, choose(draw, note_effects()))
    return beat(content, value=step.value, block=block)


def _with_effect(content: Note | Chord, effect: Property) -> Note | Chord:
    block = Properties((effect,))
    if isinstance(content, Note):
        return replace(content, properties=block)
    return Chord((replace(content.notes[0], properties=block), *content.notes[1:]))


def draw_grace_note(draw: st.DrawFn, style: Style) -> Beat:
    """A single note before the beat, which takes no time of its own."""
    kind = choose(draw, ("beforebeat", "onbeat"))
    return beat(draw_note(draw, style), value=8, block=[prop("gr", word(kind))])


# ---- bars ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Filling:
    """A bar in the making: the beats so far, the one `before` them, and the room that is left."""

    room: Fraction
    shortest: int
    before: Beat | None
    beats: list[Beat] = field(default_factory=list)

    def add(self, draw: st.DrawFn, style: Style, figure: Figure) -> None:
        for step in figure.steps:
            self.beats.append(draw_beat(draw, style, step, self.beats[-1] if self.beats else self.before))
        self.room -= figure.length

    def add_some(self, draw: st.DrawFn, style: Style) -> None:
        """Add a figure that fits, perhaps after a grace note."""
        dots = now_and_then(draw, Feature.DOTS, style, 8)
        tuplets = now_and_then(draw, Feature.TUPLETS, style, 8)
        options = fitting(self.room, self.shortest, dots=dots, tuplets=tuplets)
        if options:
            if now_and_then(draw, Feature.GRACE_NOTES, style, 20):
                self.beats.append(draw_grace_note(draw, style))
            self.add(draw, style, choose(draw, options))


def draw_bar(
    draw: st.DrawFn, style: Style, meter: Meter = COMMON, *, most: int = MOST_FIGURES, before: Beat | None = None
) -> Bar:
    """A full bar: up to `most` figures, then the longest plain values that fill what they leave.

    The first beat may be tied to the one `before` the bar.
    """
    filling = _Filling(Fraction(*meter), max(SHORTEST, meter[1]), before)
    several(draw, most, lambda draw: filling.add_some(draw, style))
    while filling.room:
        filling.add(draw, style, fitting(filling.room, filling.shortest, dots=False, tuplets=False)[0])
    explicit = filling.beats
    running = now_and_then(draw, Feature.RUNNING_VALUES, style, 3)
    return Bar((), tuple(_with_running_values(explicit) if running else explicit), bar_line=True)


def _with_running_values(explicit: list[Beat]) -> list[Beat]:
    """The same beats with `:8` where the value changes. A note without block needs its `.8` before a beat block."""
    running: int | None = None
    found: list[Beat] = []
    for item in explicit:
        value = int(item.duration.value) if item.duration else None
        change = DurationChange(item.duration) if item.duration and value != running else None
        running = value
        bare = item.properties and isinstance(item.content, Note) and not item.content.properties
        found.append(replace(item, duration_change=change, duration=item.duration if bare else None))
    return found
