"""One guitar for tune and bass: the melody above, the roots of the harmony under the thumb, as two voices.

Where a bass note is struck, both notes are fingered as one chord, so that a hand can hold them. The bass sounds as long
as the melody note it is struck with, and on to the next bass where it is an open string that the melody leaves alone.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from alphatex_model.data.arranger import Fingered, fingered, notated
from alphatex_model.data.fingering import can_hold
from alphatex_model.data.rhythm import beat_of
from alphatex_model.data.tab import TabBar, Track
from alphatex_model.data.tunes import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_model.data.fingering import Place
    from alphatex_model.data.harmony import Chord
    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.tunes import Bar

OVER_A_BASS = 25
"""Semitones above the lowest string where the middle of a melody leaves room for a bass: the first string's first frets
on a guitar."""
DISTANCE = 7
"""Semitones at least between bass and melody."""
TENOR = 15
"""Semitones above the lowest string up to which the thumb plays."""


def fingerstyle(bars: Sequence[Bar], chords: Sequence[Chord], instrument: Instrument) -> Track:
    """A melody in one voice, set with a bass in a second one."""
    basses = [basses_under(bar, chord, instrument) for bar, chord in zip(bars, chords, strict=True)]
    joined = [with_basses(bar, roots) for bar, roots in zip(bars, basses, strict=True)]
    path = fingered([event for events in joined for event in events], instrument)
    played = (
        in_voices(bar, roots, list(islice(path, len(events))))
        for bar, roots, events in zip(bars, basses, joined, strict=True)
    )
    return Track(instrument, tuple(played))


def basses_under(bar: Bar, chord: Chord, instrument: Instrument) -> list[int | None]:
    """For every event of a bar the bass pitch struck with it: the chord's root under the notes on a beat."""
    beat, onset = beat_of(bar.meter), Fraction(0)
    roots: list[int | None] = []
    for event in bar.events:
        roots.append(bass_under(event, chord, instrument) if onset % beat == 0 and not bar.pickup else None)
        onset += event.duration
    return roots


def bass_under(event: Event, chord: Chord, instrument: Instrument) -> int | None:
    """The lowest root that a hand can hold under a freshly struck note; None where there is none."""
    if len(event.pitches) != 1 or event.tied:
        return None
    lowest = instrument.lowest + (chord.root - instrument.lowest) % 12
    highest = min(instrument.lowest + TENOR, event.pitches[0] - DISTANCE)
    roots = range(lowest, highest + 1, 12)
    return next((root for root in roots if can_hold((root, event.pitches[0]), instrument)), None)


def with_basses(bar: Bar, roots: Sequence[int | None]) -> list[Event]:
    """The bar's events, each with the bass struck under it."""
    return [
        event if root is None else replace(event, pitches=(root, *event.pitches))
        for event, root in zip(bar.events, roots, strict=True)
    ]


def in_voices(bar: Bar, roots: Sequence[int | None], path: Sequence[Fingered]) -> TabBar:
    """Melody and bass of a bar from the events of both together, the bass first where there is one."""
    upper: list[Fingered] = []
    lower: list[Fingered] = []
    for root, held in zip(roots, path, strict=True):
        sung, duration = 0 if root is None else 1, held.event.duration
        melody = replace(held.event, pitches=held.event.pitches[sung:])
        upper.append(replace(held, event=melody, places=held.places[sung:]))
        if root is not None:
            lower.append(Fingered(Event(duration, (root,)), held.places[:1]))
        elif lower and _goes_on(lower[-1].places, held.places):
            last = lower[-1]
            lower[-1] = replace(last, event=replace(last.event, duration=last.event.duration + duration))
        else:
            lower.append(Fingered(Event(duration)))
    return TabBar(bar, notated(bar, upper), notated(bar, lower))


def _goes_on(ringing: tuple[Place, ...], held: tuple[Place, ...]) -> bool:
    """Whether a bass rings on (an open string that is not needed), or a rest goes on, while the hand holds `held`."""
    return all(fret == 0 and string not in dict(held) for string, fret in ringing)
