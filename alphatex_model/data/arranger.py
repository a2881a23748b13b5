"""Tunes to tabs: into the range of the instrument, onto its strings, into notated values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import FINGERS, Place, finger
from alphatex_model.data.instruments import GUITAR
from alphatex_model.data.keys import transposed
from alphatex_model.data.reduction import reduce
from alphatex_model.data.rhythm import Value, beat_of, spell
from alphatex_model.data.tab import GRACE, Tab, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Tune

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_model.data.instruments import Instrument

TEMPO = 120
"""Quarter notes a minute where the source does not say."""
GRACE_BASE = 8
"""Grace notes are written as eighths."""
OCTAVES = range(-60, 61, 12)
COMFORTABLE = 17
"""Semitones above the lowest string where a melody sits best: the middle of the first position on a guitar."""


@dataclass(frozen=True, slots=True)
class Fingered:
    """An event with a place for each of its pitches and grace notes; `leads_on` by the left hand alone to the next."""

    event: Event
    places: tuple[Place, ...] = ()
    graces: tuple[Place, ...] = ()
    leads_on: bool = False


def arrange(tune: Tune, instrument: Instrument = GUITAR) -> Tab:
    """The tune as a one-track tab. Raises `BrokenTuneError` for a melody wider than the instrument."""
    bars = tuple(place_bars(fitted(tune, instrument).bars, instrument))
    return Tab(tune.title, tune.composer, tune.bars[0].tempo or TEMPO, (Track(instrument, bars),))


def fitted(tune: Tune, instrument: Instrument, home: int = COMFORTABLE) -> Tune:
    """The tune moved by octaves into the instrument's range, its chords without the notes that no hand reaches.

    Of several octaves it takes the one whose middle is nearest to `home` semitones above the lowest string.
    """
    moved = octaves_moved(tune.bars, octave_shift(tune, instrument, home))
    return reduce(replace(tune, bars=moved), instrument)


def octave_shift(tune: Tune, instrument: Instrument, home: int = COMFORTABLE) -> int:
    """Semitones (a multiple of 12) that put the melody in range, its middle near `home` above the lowest string.

    Music in chords may be wider than the instrument, since it is reduced; a single line may not (`BrokenTuneError`).
    """
    pitches = sorted(pitch for event in tune.events for pitch in event.pitches)
    low, middle, high = pitches[0], pitches[len(pitches) // 2], pitches[-1]
    fitting = [shift for shift in OCTAVES if instrument.lowest <= low + shift and high + shift <= instrument.highest]
    if not fitting and any(len(event.pitches) > 1 for event in tune.events):
        fitting = list(OCTAVES)
    if not fitting:
        raise BrokenTuneError(f"a range of {high - low} semitones, more than the {instrument.track.lower()} has")
    return min(fitting, key=lambda shift: (abs(middle + shift - instrument.lowest - home), shift))


def fits(tune: Tune, instrument: Instrument) -> bool:
    """Whether the instrument has the range of the tune."""
    try:
        octave_shift(tune, instrument)
    except BrokenTuneError:
        return False
    return True


def transpose(tune: Tune, semitones: int) -> Tune:
    """The tune in another key. Chord symbols are dropped, since harmony is found again from the notes."""
    bars = octaves_moved(tune.bars, semitones)
    return replace(tune, bars=tuple(replace(bar, key=transposed(bar.key, semitones)) for bar in bars))


def octaves_moved(bars: Sequence[Bar], semitones: int) -> tuple[Bar, ...]:
    """The bars with every pitch moved; the key signature stays, so that this alone is for octaves."""
    if not semitones:
        return tuple(bars)
    return tuple(replace(bar, events=_moved(bar.events, semitones)) for bar in bars)


def _moved(events: Sequence[Event], semitones: int) -> tuple[Event, ...]:
    return tuple(
        replace(
            event,
            pitches=tuple(pitch + semitones for pitch in event.pitches),
            tied=frozenset(pitch + semitones for pitch in event.tied),
            symbol=event.symbol if semitones % 12 == 0 else "",
            graces=tuple(pitch + semitones for pitch in event.graces),
        )
        for event in events
    )


def place_bars(bars: Sequence[Bar], instrument: Instrument) -> Iterator[TabBar]:
    """Bars with every note on a string, fingered as one passage."""
    path = fingered([event for bar in bars for event in bar.events], instrument)
    for bar in bars:
        yield TabBar(bar, notated(bar, islice(path, len(bar.events))))


def fingered(events: Sequence[Event], instrument: Instrument) -> Iterator[Fingered]:
    """Every event with its places, none for rests. A tie that would change its string is struck again instead."""
    held = list(_held(events, instrument))
    before = Fingered(Event(Fraction(0)))
    for one, other in pairwise([*held, before]):
        kept = frozenset(pitch for pitch in one.event.tied if place_of(before, pitch) == place_of(one, pitch))
        struck = one if kept == one.event.tied else replace(one, event=replace(one.event, tied=kept))
        before = replace(struck, leads_on=one.event.slurred and not other.event.tied and in_reach(one, other))
        yield before


def _held(events: Sequence[Event], instrument: Instrument) -> Iterator[Fingered]:
    """The hand's path through the events and their grace notes, those that the neck has."""
    playable = [graces_of(event, instrument) for event in events]
    beats = [
        beat
        for event, graces in zip(events, playable, strict=True)
        for beat in (*(((grace,), frozenset[int]()) for grace in graces), (event.pitches, event.tied))
        if beat[0]
    ]
    path = iter(finger([pitches for pitches, _ in beats], [tied for _, tied in beats], instrument))
    for event, graces in zip(events, playable, strict=True):
        before = tuple(next(path).places[0] for _ in graces)
        yield Fingered(event, next(path).places if event.pitches else (), before)


def graces_of(event: Event, instrument: Instrument) -> tuple[int, ...]:
    """The grace notes that are played: those in range, before a note that is struck."""
    if not event.pitches or event.tied:
        return ()
    return tuple(grace for grace in event.graces if instrument.lowest <= grace <= instrument.highest)


def place_of(held: Fingered, pitch: int) -> Place | None:
    """Where a pitch of the event is played."""
    return dict(zip(held.event.pitches, held.places, strict=True)).get(pitch)


def in_reach(one: Fingered, other: Fingered) -> bool:
    """Whether the left hand alone gets from one note to the other: the same string, another fret within its span."""
    if len(one.places) != 1 or len(other.places) != 1:
        return False
    return hammers(one.places[0], other.graces[0] if other.graces else other.places[0])


def hammers(one: Place, other: Place) -> bool:
    """Whether a hammer-on or pull-off leads from one place to another."""
    return one[0] == other[0] and 0 < abs(one[1] - other[1]) <= FINGERS


def notated(bar: Bar, path: Iterable[Fingered]) -> tuple[TabBeat, ...]:
    """Events that fill a bar as beats; a pick-up is counted from where its bar would end."""
    beat = beat_of(bar.meter)
    onset = bar.capacity - bar.length if bar.pickup else Fraction(0)
    beats: list[TabBeat] = []
    for held in path:
        beats.extend(notate(held, onset, beat))
        onset += held.event.duration
    return tuple(beats)


def notate(held: Fingered, onset: Fraction, beat: Fraction) -> Iterator[TabBeat]:
    """The grace notes of an event, then the beat or tied beats that last as long as it, from `onset` in its bar."""
    event, tied = held.event, held.event.tied
    values = spell(event.duration, onset, beat)
    yield from grace_beats(held, Value(GRACE_BASE, 0, values[0].tuplet))
    for number, value in enumerate(values, start=1):
        leads = ("h",) * (held.leads_on and number == len(values))
        notes = (
            TabNote(string, fret, (*("t",) * (pitch in tied), *leads))
            for (string, fret), pitch in sorted(zip(held.places, event.pitches, strict=True))
        )
        yield TabBeat(value, tuple(notes))
        tied = frozenset(event.pitches)


def grace_beats(held: Fingered, value: Value) -> Iterator[TabBeat]:
    """The grace notes, each leading on by the left hand where that is possible."""
    line = [*held.graces, *held.places[:1]] if len(held.places) == 1 else [*held.graces, (0, 0)]
    for one, other in pairwise(line):
        yield TabBeat(value, (TabNote(*one, ("h",) * hammers(one, other)),), (GRACE,))
