"""Chords on the neck: for any tuning the easiest shape with the root in the bass, no hole and no unison."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import FINGERS, Place, fingers_needed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_model.data.harmony import Chord
    from alphatex_model.data.instruments import Instrument

HIGHEST = 9
"""The highest position chords are looked for in."""
REACH = 3
"""Frets beyond the position that a finger may press."""


@lru_cache(maxsize=1 << 12)
def voicing(chord: Chord, instrument: Instrument) -> tuple[Place, ...]:
    """(string, fret) from the bass string to the highest; empty when the neck has no shape for the chord."""
    for position in range(1, HIGHEST + 1):
        shapes = [shape for shape in _shapes(chord, instrument, position) if _playable(shape, chord, instrument)]
        if shapes:
            return min(shapes, key=_preference)
    return ()


def _shapes(chord: Chord, instrument: Instrument, position: int) -> Iterator[tuple[Place, ...]]:
    """Every way to sound the strings from some bass string upwards with chord tones."""
    order = sorted(range(1, len(instrument.strings) + 1), key=lambda string: -string)
    choices = [_places(chord, instrument, string, position) for string in order]
    least = min(4, len(order))
    for muted in range(len(order) - least + 1):
        yield from product(*choices[muted:])


def _places(chord: Chord, instrument: Instrument, string: int, position: int) -> list[Place]:
    reach = range(position, position + REACH + 1)
    frets = (0, *reach) if position == 1 else reach
    opened = instrument.strings[string - 1]
    return [(string, fret) for fret in frets if (opened + fret) % 12 in chord.tones]


def _playable(shape: tuple[Place, ...], chord: Chord, instrument: Instrument) -> bool:
    pitches = [instrument.strings[string - 1] + fret for string, fret in shape]
    rooted = min(pitches) % 12 == chord.root or len(instrument.strings) < 5
    complete = {pitch % 12 for pitch in pitches} == set(chord.tones)
    distinct = len(set(pitches)) == len(pitches)
    return rooted and complete and distinct and fingers_needed(shape) <= FINGERS


def _preference(shape: tuple[Place, ...]) -> tuple[int, int, int]:
    """More strings first, then fewer fingers, then lower frets."""
    return -len(shape), fingers_needed(shape), sum(fret for _, fret in shape)


def power_chords(root: int, instrument: Instrument) -> list[tuple[Place, ...]]:
    """Root, fifth and octave from each of the two lowest strings, where the hand can hold them."""
    lowest = len(instrument.strings)
    roots = [(bass, (root - instrument.strings[bass - 1]) % 12) for bass in (lowest, lowest - 1) if bass >= 3]
    stacked = [_stacked(bass, fret, instrument) for bass, fret in roots if fret <= HIGHEST]
    return [shape for shape in stacked if shape]


def _stacked(bass: int, fret: int, instrument: Instrument) -> tuple[Place, ...]:
    root = instrument.strings[bass - 1] + fret
    frets = [root + interval - instrument.strings[bass - 2 - index] for index, interval in enumerate((7, 12))]
    shape = ((bass, fret), *((bass - 1 - index, above) for index, above in enumerate(frets)))
    fretted = [place[1] for place in shape if place[1]]
    in_reach = min(frets) >= 0 and (not fretted or max(fretted) - min(fretted) <= REACH)
    return shape if in_reach else ()
