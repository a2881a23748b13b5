"""Music for more than a hand to what one hand can hold: pitches folded into the range, chords thinned.

Only tunes with chords are reduced. The highest note stays the highest, since it carries the melody; the lowest goes
last among the others, since it carries the harmony.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import can_hold

if TYPE_CHECKING:
    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.tunes import Event, Tune


def reduce(tune: Tune, instrument: Instrument) -> Tune:
    """The tune with every chord playable on the instrument."""
    if all(len(event.pitches) < 2 for event in tune.events):
        return tune
    sounding = frozenset[int]()
    bars = []
    for bar in tune.bars:
        events = []
        for event in bar.events:
            events.append(_reduced(event, sounding, instrument))
            sounding = frozenset(events[-1].pitches)
        bars.append(replace(bar, events=tuple(events)))
    return replace(tune, bars=tuple(bars))


def _reduced(event: Event, sounding: frozenset[int], instrument: Instrument) -> Event:
    pitches = playable(event.pitches, instrument)
    held = frozenset(fold(pitch, instrument) for pitch in event.tied)
    return replace(event, pitches=pitches, tied=held & sounding & frozenset(pitches))


def fold(pitch: int, instrument: Instrument) -> int:
    """The pitch moved by octaves into the instrument's range."""
    while pitch < instrument.lowest:
        pitch += 12
    while pitch > instrument.highest:
        pitch -= 12
    return pitch


@lru_cache(maxsize=1 << 15)
def playable(pitches: tuple[int, ...], instrument: Instrument) -> tuple[int, ...]:
    """The most of a chord that a hand can hold: inner notes go first, from below."""
    chord = sorted({fold(pitch, instrument) for pitch in pitches})
    while len(chord) > 1:
        if len(chord) <= len(instrument.strings) and can_hold(tuple(chord), instrument):
            break
        del chord[1 if len(chord) > 2 else 0]
    return tuple(chord)
