"""Tunes to tabs: into the range of the instrument, onto its strings, into notated values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import Place, finger
from alphatex_model.data.instruments import GUITAR
from alphatex_model.data.keys import transposed
from alphatex_model.data.reduction import reduce
from alphatex_model.data.rhythm import beat_of, spell
from alphatex_model.data.tab import Tab, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Tune

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_model.data.instruments import Instrument

Fingered = tuple[Event, tuple[Place, ...]]
"""An event and a place for each of its pitches."""
TEMPO = 120
"""Quarter notes a minute where the source does not say."""
OCTAVES = range(-60, 61, 12)
COMFORTABLE = 17
"""Semitones above the lowest string where a melody sits best: the middle of the first position on a guitar."""


def arrange(tune: Tune, instrument: Instrument = GUITAR) -> Tab:
    """The tune as a one-track tab. Raises `BrokenTuneError` for a melody wider than the instrument."""
    bars = tuple(place_bars(fitted(tune, instrument).bars, instrument))
    return Tab(tune.title, tune.composer, tune.bars[0].tempo or TEMPO, (Track(instrument, bars),))


def fitted(tune: Tune, instrument: Instrument) -> Tune:
    """The tune moved by octaves into the instrument's range, its chords without the notes that no hand reaches."""
    moved = octaves_moved(tune.bars, octave_shift(tune, instrument))
    return reduce(replace(tune, bars=moved), instrument)


def octave_shift(tune: Tune, instrument: Instrument) -> int:
    """Semitones (a multiple of 12) that put the melody in range, its middle near where the hand is at home.

    Music in chords may be wider than the instrument, since it is reduced; a single line may not (`BrokenTuneError`).
    """
    pitches = sorted(pitch for event in tune.events for pitch in event.pitches)
    low, middle, high = pitches[0], pitches[len(pitches) // 2], pitches[-1]
    fitting = [shift for shift in OCTAVES if instrument.lowest <= low + shift and high + shift <= instrument.highest]
    if not fitting and any(len(event.pitches) > 1 for event in tune.events):
        fitting = list(OCTAVES)
    if not fitting:
        raise BrokenTuneError(f"a range of {high - low} semitones, more than the {instrument.track.lower()} has")
    home = instrument.lowest + COMFORTABLE
    return min(fitting, key=lambda shift: (abs(middle + shift - home), shift))


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
        Event(
            event.duration,
            tuple(pitch + semitones for pitch in event.pitches),
            frozenset(pitch + semitones for pitch in event.tied),
            event.symbol if semitones % 12 == 0 else "",
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
    sounding = [event for event in events if event.pitches]
    path = iter(finger([event.pitches for event in sounding], [event.tied for event in sounding], instrument))
    before: dict[int, Place] = {}
    for event in events:
        places = next(path).places if event.pitches else ()
        held = dict(zip(event.pitches, places, strict=True))
        kept = frozenset(pitch for pitch in event.tied if before.get(pitch) == held[pitch])
        yield event if kept == event.tied else replace(event, tied=kept), places
        before = held


def notated(bar: Bar, path: Iterable[Fingered]) -> tuple[TabBeat, ...]:
    """Events that fill a bar as beats; a pick-up is counted from where its bar would end."""
    beat = beat_of(bar.meter)
    onset = bar.capacity - bar.length if bar.pickup else Fraction(0)
    beats: list[TabBeat] = []
    for event, places in path:
        beats.extend(notate(event, places, onset, beat))
        onset += event.duration
    return tuple(beats)


def notate(event: Event, places: tuple[Place, ...], onset: Fraction, beat: Fraction) -> Iterator[TabBeat]:
    """The beat or tied beats that last as long as the event, starting at `onset` in its bar."""
    tied = event.tied
    for value in spell(event.duration, onset, beat):
        notes = (
            TabNote(string, fret, ("t",) if pitch in tied else ())
            for (string, fret), pitch in sorted(zip(places, event.pitches, strict=True))
        )
        yield TabBeat(value, tuple(notes))
        tied = frozenset(event.pitches)
