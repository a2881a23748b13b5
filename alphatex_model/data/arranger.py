"""Tunes to tabs: into the range of the instrument, onto its strings, into notated values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import Place, finger
from alphatex_model.data.instruments import GUITAR, Instrument
from alphatex_model.data.rhythm import beat_of, spell
from alphatex_model.data.tab import Tab, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Tune

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEMPO = 120
"""Quarter notes a minute where the source does not say."""
COMFORTABLE = 17
"""Semitones above the lowest string where a melody sits best: the middle of the first position on a guitar."""


def arrange(tune: Tune, instrument: Instrument = GUITAR) -> Tab:
    """The tune as a one-track tab. Pitches keep their order and intervals; the whole tune may move by octaves."""
    tune = transpose(tune, octave_shift(tune, instrument))
    bars = tuple(place_bars(tune.bars, instrument))
    tempo = tune.bars[0].tempo or TEMPO
    return Tab(tune.title, tune.composer, tempo, (Track(instrument, bars),))


def octave_shift(tune: Tune, instrument: Instrument) -> int:
    """Semitones (a multiple of 12) that put the tune in range, its middle pitch near where the hand is at home."""
    pitches = sorted(pitch for event in tune.events for pitch in event.pitches)
    low, middle, high = pitches[0], pitches[len(pitches) // 2], pitches[-1]
    fitting = [
        shift for shift in range(-60, 61, 12) if instrument.lowest <= low + shift and high + shift <= instrument.highest
    ]
    if not fitting:
        raise BrokenTuneError(f"a range of {high - low} semitones, more than the {instrument.track.lower()} has")
    home = instrument.lowest + COMFORTABLE
    return min(fitting, key=lambda shift: (abs(middle + shift - home), shift))


def transpose(tune: Tune, semitones: int) -> Tune:
    """The tune with every pitch moved; the key signature stays, so this is for octaves."""
    if not semitones:
        return tune
    return replace(tune, bars=tuple(replace(bar, events=_moved(bar.events, semitones)) for bar in tune.bars))


def _moved(events: Sequence[Event], semitones: int) -> tuple[Event, ...]:
    return tuple(
        Event(
            event.duration,
            tuple(pitch + semitones for pitch in event.pitches),
            frozenset(pitch + semitones for pitch in event.tied),
            event.symbol,
        )
        for event in events
    )


def place_bars(bars: Sequence[Bar], instrument: Instrument) -> Iterator[TabBar]:
    """Bars with every note on a string, fingered as one passage."""
    places = iter(_fingered([event for bar in bars for event in bar.events], instrument))
    for bar in bars:
        beat = beat_of(bar.meter)
        onset = bar.capacity - bar.length if bar.pickup else Fraction(0)
        beats: list[TabBeat] = []
        for event in bar.events:
            beats.extend(notate(event, next(places), onset, beat))
            onset += event.duration
        yield TabBar(bar, tuple(beats))


def _fingered(events: Sequence[Event], instrument: Instrument) -> Iterator[tuple[Place, ...]]:
    """Places for every event, none for rests. A tie does not reach across a rest."""
    sounding = [event for event in events if event.pitches]
    path = iter(finger([event.pitches for event in sounding], [event.tied for event in sounding], instrument))
    for event in events:
        yield next(path).places if event.pitches else ()


def notate(event: Event, places: tuple[Place, ...], onset: Fraction, beat: Fraction) -> Iterator[TabBeat]:
    """The beat or tied beats that last as long as the event, starting at `onset` in its bar."""
    tied = event.tied
    for value in spell(event.duration, onset, beat):
        notes = (
            TabNote(string, fret, ("t",) if pitch in tied else ())
            for pitch, (string, fret) in zip(event.pitches, places, strict=True)
        )
        yield TabBeat(value, tuple(sorted(notes, key=lambda note: note.string)))
        tied = frozenset(event.pitches)
