"""Which string and fret for every note: the cheapest path of the hand over the neck, found by dynamic programming.

A hand has a *position*, the fret under the index finger, and reaches the frets from there to `stretch` beyond. Playing
costs effort for moving the position, crossing strings, leaving the first finger's frets, and going up the neck; open
strings are free and leave the hand where it is. The path is the exact optimum of that cost (Viterbi over all ways to
finger each beat). After Sayegh, "Fingering for String Instruments with the Optimum Path Paradigm", 1989.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from alphatex_model.data.tunes import BrokenTuneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from alphatex_model.data.instruments import Instrument

SHIFT = 1
"""Cost of moving the hand at all."""
SHIFT_FRET = 8
"""Cost of each fret the hand moves."""
CROSSING = 8
"""Cost of each string crossed between the top notes of two beats."""
HEIGHT = 1
"""Cost of each fret the position lies above the first."""
STRETCH = 8
"""Cost of each fret reached beyond one finger a fret."""
WIDTH = 2
"""Cost of each fret between the lowest and highest finger of a chord."""
LET_GO = 1000
"""Cost of taking a tied note to another string: paid only where nothing else is possible."""
FINGERS = 4
MOST_SHAPES = 24
"""Ways to finger one chord that are looked at, best first."""

Pitches = tuple[int, ...]
Place = tuple[int, int]
"""(string, fret); strings count from 1."""
Ints: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to hold one beat.

    `places` are in the order of the beat's pitches, `position` is the fret under the index finger (at least 1),
    `top` the highest string, which carries the melody, `cost` the effort of holding it.
    """

    places: tuple[Place, ...]
    position: int
    top: int
    cost: int


def finger(beats: Sequence[Pitches], tied: Sequence[frozenset[int]], instrument: Instrument) -> list[Shape]:
    """The cheapest way to play `beats`, each a tuple of ascending pitches (none of them empty).

    `tied` names for every beat the pitches held over from the one before. Raises `BrokenTuneError` for a pitch out of
    range or a chord no hand can hold.
    """
    if not beats:
        return []
    _, _, best = hands(beats[0], instrument)
    arrivals: list[Ints] = []
    for before, after, held in zip(beats, beats[1:], tied[1:], strict=False):
        totals = best[:, None] + moves(before, after, held, instrument)
        arrivals.append(totals.argmin(axis=0))
        best = totals.min(axis=0)
    return _traced([shapes(pitches, instrument) for pitches in beats], arrivals, int(best.argmin()))


def _traced(layers: list[tuple[Shape, ...]], arrivals: list[Ints], last: int) -> list[Shape]:
    """The path that ends in shape `last` of the last layer, followed back to its start."""
    path = [layers[-1][last]]
    for layer, arrived in zip(reversed(layers[:-1]), reversed(arrivals), strict=True):
        last = int(arrived[last])
        path.append(layer[last])
    return path[::-1]


@lru_cache(maxsize=1 << 14)
def moves(before: Pitches, after: Pitches, held: frozenset[int], instrument: Instrument) -> Ints:
    """Costs of every step between two beats, (shapes before, shapes after), each with holding the later shape."""
    (old_positions, old_tops, _), (positions, tops, costs) = hands(before, instrument), hands(after, instrument)
    frets = np.abs(old_positions[:, None] - positions)
    crossed = np.abs(old_tops[:, None] - tops)
    steps: Ints = SHIFT * (frets > 0) + SHIFT_FRET * frets + CROSSING * crossed + costs
    if not held:
        return steps
    old, new = shapes(before, instrument), shapes(after, instrument)
    steps += np.array([[let_go(one, other, before, after, held) for other in new] for one in old])
    return steps


@lru_cache(maxsize=1 << 14)
def hands(pitches: Pitches, instrument: Instrument) -> tuple[Ints, Ints, Ints]:
    """Positions, top strings and costs of the shapes that hold the pitches."""
    found = shapes(pitches, instrument)
    rows = np.array([(shape.position, shape.top, shape.cost) for shape in found], dtype=np.int64)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def let_go(old: Shape, new: Shape, before: Pitches, after: Pitches, held: frozenset[int]) -> int:
    """The cost of tied pitches that would change their string between two beats."""
    was = dict(zip(before, old.places, strict=True))
    now = dict(zip(after, new.places, strict=True))
    return LET_GO * sum(was.get(pitch) != now.get(pitch) for pitch in held)


@lru_cache(maxsize=1 << 16)
def shapes(pitches: Pitches, instrument: Instrument) -> tuple[Shape, ...]:
    """Every way to hold the given pitches at once, cheapest first; at most `MOST_SHAPES` of a chord."""
    found = [shape for places in grips(pitches, instrument) for shape in _held(places, instrument)]
    if not found:
        raise BrokenTuneError(f"no hand on {len(instrument.strings)} strings can hold the pitches {pitches}")
    found.sort(key=lambda shape: (shape.cost, shape.position, shape.places))
    return tuple(found if len(pitches) == 1 else found[:MOST_SHAPES])


def can_hold(pitches: Pitches, instrument: Instrument) -> bool:
    """Whether a hand can hold the given pitches at once."""
    try:
        return bool(shapes(pitches, instrument))
    except BrokenTuneError:
        return False


def grips(pitches: Pitches, instrument: Instrument) -> list[tuple[Place, ...]]:
    """Places for all pitches on different strings, no two fingers further apart than the hand stretches."""
    found: list[tuple[Place, ...]] = [()]
    for pitch in pitches:
        places = _places(pitch, instrument)
        found = [(*grip, place) for grip in found for place in places if _joins(place, grip, instrument.stretch)]
    return found


def _joins(place: Place, grip: tuple[Place, ...], stretch: int) -> bool:
    string, fret = place
    return all(string != other and (not fret or not held or abs(fret - held) <= stretch) for other, held in grip)


def _places(pitch: int, instrument: Instrument) -> list[Place]:
    return [
        (string, pitch - opened)
        for string, opened in enumerate(instrument.strings, start=1)
        if 0 <= pitch - opened <= instrument.frets
    ]


def _held(places: tuple[Place, ...], instrument: Instrument) -> list[Shape]:
    """The positions from which the hand reaches these places."""
    fretted = [fret for _, fret in places if fret]
    top = min(string for string, _ in places)
    if not fretted:
        return [Shape(places, position, top, _height(position)) for position in range(1, instrument.frets - 2)]
    low, high = min(fretted), max(fretted)
    if fingers_needed(places) > FINGERS:
        return []
    positions = [low] if len(places) > 1 else range(max(1, high - FINGERS + 1), low + 1)
    held = STRETCH * max(0, high - low - FINGERS + 1) + WIDTH * (high - low)
    return [Shape(places, position, top, _height(position) + held) for position in positions]


def fingers_needed(places: Sequence[Place]) -> int:
    """Fingers for a chord: one a fretted string, but the index finger may lie flat across its fret (a barre)."""
    fretted = [fret for _, fret in places if fret]
    if not fretted:
        return 0
    low = min(fretted)
    can_barre = all(fret for _, fret in places)
    return len(fretted) - (fretted.count(low) - 1 if can_barre else 0)


def _height(position: int) -> int:
    return HEIGHT * (position - 1)
