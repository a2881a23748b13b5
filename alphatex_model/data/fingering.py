"""Which string and fret for every note: the cheapest path of the hand over the neck, found by dynamic programming.

A hand has a *position*, the fret under the index finger, and reaches the frets from there to `stretch` beyond. Playing
costs effort for moving the position, crossing strings, leaving the first finger's frets, and going up the neck; open
strings are free and leave the hand where it is. The path is the exact optimum of `cost` (Viterbi over all ways to finger
each beat). After Sayegh, "Fingering for String Instruments with the Optimum Path Paradigm", 1989.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from alphatex_model.data.tunes import BrokenTuneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_model.data.instruments import Instrument

SHIFT = 3
"""Cost of moving the hand at all."""
SHIFT_FRET = 2
"""Cost of each fret the hand moves."""
CROSSING = 1
"""Cost of each string crossed between two beats."""
HEIGHT = 1
"""Cost of each fret the position lies above the first."""
STRETCH = 2
"""Cost of each fret reached beyond one finger a fret."""
WIDTH = 1
"""Cost of each fret between the lowest and highest finger of a chord."""
LET_GO = 1000
"""Cost of taking a tied note to another string: paid only where nothing else is possible."""
FINGERS = 4
MOST_SHAPES = 24
"""Ways to finger one chord that are looked at, best first."""

Place = tuple[int, int]
"""(string, fret); strings count from 1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to hold one beat: `places` in the order of the beat's pitches, and the hand's `position` (at least 1)."""

    places: tuple[Place, ...]
    position: int
    middle: int
    cost: int


def finger(beats: Sequence[tuple[int, ...]], tied: Sequence[frozenset[int]], instrument: Instrument) -> list[Shape]:
    """The cheapest way to play `beats`, each a tuple of ascending pitches (none of them empty).

    `tied` names for every beat the pitches held over from the one before. Raises `BrokenTuneError` for a pitch out of
    range or a chord no hand can hold.
    """
    if not beats:
        return []
    layers = [shapes(pitches, instrument) for pitches in beats]
    best = [shape.cost for shape in layers[0]]
    arrivals: list[list[int]] = []
    for index in range(1, len(layers)):
        best, arrived = _advance(best, layers[index - 1], layers[index], beats[index - 1 : index + 1], tied[index])
        arrivals.append(arrived)
    return _traced(layers, arrivals, best.index(min(best)))


def _traced(layers: list[tuple[Shape, ...]], arrivals: list[list[int]], last: int) -> list[Shape]:
    path = [layers[-1][last]]
    for layer, arrived in zip(reversed(layers[:-1]), reversed(arrivals), strict=True):
        last = arrived[last]
        path.append(layer[last])
    return path[::-1]


def _advance(
    best: list[int],
    before: tuple[Shape, ...],
    after: tuple[Shape, ...],
    pitches: Sequence[tuple[int, ...]],
    held: frozenset[int],
) -> tuple[list[int], list[int]]:
    """One Viterbi step: the cheapest cost of reaching each shape of `after`, and from which shape of `before`."""
    keys = [(total, MOVES[shape.position][shape.middle]) for total, shape in zip(best, before, strict=True)]
    reached, arrived = [], []
    for shape in after:
        totals = [total + row[shape.position][shape.middle] for total, row in keys]
        if held:
            totals = [t + let_go(b, shape, pitches, held) for t, b in zip(totals, before, strict=True)]
        cheapest = min(totals)
        reached.append(cheapest + shape.cost)
        arrived.append(totals.index(cheapest))
    return reached, arrived


def move(before: Shape, after: Shape) -> int:
    """The cost of going from one shape to the next: hand movement and strings crossed."""
    return MOVES[before.position][before.middle][after.position][after.middle]


def let_go(before: Shape, after: Shape, pitches: Sequence[tuple[int, ...]], held: frozenset[int]) -> int:
    """The cost of tied pitches that would change their string between two beats of the given pitches."""
    was, now = (dict(zip(p, s.places, strict=True)) for p, s in zip(pitches, (before, after), strict=True))
    return LET_GO * sum(was.get(pitch) != now.get(pitch) for pitch in held)


@lru_cache(maxsize=1 << 16)
def shapes(pitches: tuple[int, ...], instrument: Instrument) -> tuple[Shape, ...]:
    """Every way to hold the given pitches at once, cheapest first; at most `MOST_SHAPES` of a chord."""
    choices = [_places(pitch, instrument) for pitch in pitches]
    found = [
        shape
        for places in product(*choices)
        if len({string for string, _ in places}) == len(places)
        for shape in _held(places, instrument)
    ]
    if not found:
        raise BrokenTuneError(f"no hand on {len(instrument.strings)} strings can hold the pitches {pitches}")
    found.sort(key=lambda shape: (shape.cost, shape.position, shape.places))
    return tuple(found if len(pitches) == 1 else found[:MOST_SHAPES])


def _places(pitch: int, instrument: Instrument) -> list[Place]:
    return [
        (string, pitch - opened)
        for string, opened in enumerate(instrument.strings, start=1)
        if 0 <= pitch - opened <= instrument.frets
    ]


def _held(places: tuple[Place, ...], instrument: Instrument) -> list[Shape]:
    """The positions from which the hand reaches these places."""
    fretted = [fret for _, fret in places if fret]
    middle = sum(string for string, _ in places) * 2 // len(places)
    if not fretted:
        return [Shape(places, position, middle, _rest_cost(position)) for position in range(1, instrument.frets - 2)]
    low, high = min(fretted), max(fretted)
    if high - low > instrument.stretch or fingers_needed(places) > FINGERS:
        return []
    positions = [low] if len(places) > 1 else range(max(1, high - instrument.stretch), low + 1)
    return [Shape(places, position, middle, _cost(position, low, high)) for position in positions]


def fingers_needed(places: Sequence[Place]) -> int:
    """Fingers for a chord: one a fretted string, but the index finger may lie flat across its fret (a barre)."""
    fretted = [fret for _, fret in places if fret]
    if not fretted:
        return 0
    low = min(fretted)
    can_barre = all(fret for _, fret in places)
    return len(fretted) - (fretted.count(low) - 1 if can_barre else 0)


def _rest_cost(position: int) -> int:
    return HEIGHT * (position - 1)


def _cost(position: int, low: int, high: int) -> int:
    return _rest_cost(position) + STRETCH * max(0, high - position - 3) + WIDTH * (high - low)


def _moves(positions: int, middles: int) -> list[list[list[list[int]]]]:
    """`MOVES[p][m][q][n]`: from position p, string middle m (in half strings) to position q, middle n."""

    def cost(p: int, m: int, q: int, n: int) -> int:
        return (SHIFT + SHIFT_FRET * abs(p - q) if p != q else 0) + CROSSING * abs(m - n) // 2

    return [
        [[[cost(p, m, q, n) for n in range(middles)] for q in range(positions)] for m in range(middles)]
        for p in range(positions)
    ]


MOVES = _moves(positions=25, middles=17)
