"""Fretboard measures: what a hand can hold, how far it moves, and how much easier the same notes could be.

A position is (string, fret), string 1 the highest. Frets count from the capo, as tablature writes them, so that a capo
changes no measure.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise, starmap
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.music.fretboard import FINGERS, FRETS, HAND_FRETS, HAND_MM, fingers, span_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

Position = tuple[int, int]
Shape = tuple[Position, ...]
Costs = tuple[int, ...]

MEMORY = 1 << 16
"""How many shapes and moves are remembered: tabs use few different ones."""

BARS = 1 << 13
"""How many bars are remembered, here and by all who work bar by bar: most of them never come back."""

LINES = 1 << 14
"""How many beginnings of lines are."""

SHIFT_COST = 20
CROSSING_COST = 10
ONSET_COST = 20
FRET_COST = 1
"""Units of effort: whole numbers, so that sums are exact."""


@lru_cache(maxsize=MEMORY)
def fretted(shape: Shape) -> tuple[int, ...]:
    """The frets pressed down, open strings left out, in order of the shape."""
    return tuple(fret for _, fret in shape if fret > 0)


@lru_cache(maxsize=MEMORY)
def shape_span(shape: Shape) -> float:
    """The width of the shape in millimetres, 0 where fewer than two frets are pressed."""
    frets = fretted(shape)
    return span_mm(min(frets), max(frets)) if frets else 0.0


@lru_cache(maxsize=MEMORY)
def fault_of(shape: Shape, hand: float = HAND_MM) -> str:
    """Why no hand can hold the shape, empty where one can. Frets beyond the neck are another question."""
    strings = [string for string, _ in shape]
    if len(set(strings)) < len(strings):
        twice = next(string for string in strings if strings.count(string) > 1)
        return f"two notes on string {twice}"
    if fingers(shape) > FINGERS:
        return f"needs {fingers(shape)} fingers"
    width = shape_span(shape)
    if width > hand:
        frets = fretted(shape)
        return f"frets {min(frets)} to {max(frets)} span {width:.0f} mm, a hand {hand:.0f} mm"
    return ""


@lru_cache(maxsize=MEMORY)
def _move(low: int | None, shape: Shape) -> tuple[int, int | None]:
    """How many frets the hand moves from `low` for a shape, and where it is then.

    It stays while all frets lie under its four fingers. Open strings move no hand. The first fretted shape is free.
    """
    stretch = reach(shape)
    target = _nearest_place(low, *stretch) if stretch else low
    return abs(target - low) if target is not None and low is not None else 0, target


@lru_cache(maxsize=MEMORY)
def reach(shape: Shape) -> tuple[int, int] | None:
    """The lowest and the highest fret pressed down, None where all strings are open."""
    frets = fretted(shape)
    return (min(frets), max(frets)) if frets else None


def _nearest_place(low: int | None, lowest: int, highest: int) -> int:
    """The index finger's fret nearest to `low` from which the frets can be reached."""
    if low is None or lowest < low:
        return lowest
    return min(lowest, max(low, highest - HAND_FRETS + 1))


class Hand(NamedTuple):
    """Where the hand is behind some shapes: its lowest fret, its highest string, and what Viterbi knows there."""

    low: int | None = None
    top: Position | None = None
    pitch: int | None = None
    costs: Costs = (0,)


class Effort(NamedTuple):
    """What some shapes cost: frets moved, strings crossed, the effort as written and that of the easiest fingering."""

    shift: int
    crossing: int
    written: int
    best: int


def effort(shapes: tuple[Shape, ...], tuning: tuple[int, ...], hand: Hand) -> tuple[Effort, Hand]:
    """What the shapes of a bar cost, coming from `hand`, and where the hand is then."""
    shift, low = 0, hand.low
    for shape in shapes:
        move, low = _move(low, shape)
        shift += move
    tops = [shape[0] if len(shape) == 1 else min(shape) for shape in shapes]
    line = tops if hand.top is None else [hand.top, *tops]
    crossing = sum([abs(one - other) for (one, _), (other, _) in pairwise(line)])
    best, pitch, costs = 0, hand.pitch, hand.costs
    for string, fret in tops:
        paid, pitch, costs = _follow(pitch, costs, tuning[string - 1] + fret, tuning)
        best += paid
    return Effort(shift, crossing, line_cost(line), best), Hand(low, tops[-1] if tops else hand.top, pitch, costs)


@lru_cache(maxsize=MEMORY)
def places(pitch: int, tuning: tuple[int, ...], neck: int = FRETS) -> tuple[Position, ...]:
    """All positions of a MIDI pitch on strings tuned to the pitches `tuning`, string 1 first."""
    return tuple((number, pitch - low) for number, low in enumerate(tuning, start=1) if 0 <= pitch - low <= neck)


@lru_cache(maxsize=MEMORY)
def move_cost(one: Position, other: Position) -> int:
    """The effort of going from one position to the next: frets moved beyond the hand, and strings crossed.

    Two a fret that the hand must shift, one a string, two for any note and a tenth for each fret up the neck, all
    times ten. Open strings need no shift. After Radicioni & Lombardo 2005 in kind; the weights are ours.
    """
    reach = abs(one[1] - other[1]) if one[1] and other[1] else 0
    shift = max(0, reach - HAND_FRETS + 1)
    return SHIFT_COST * shift + CROSSING_COST * abs(one[0] - other[0]) + FRET_COST * other[1] + ONSET_COST


def line_cost(line: Sequence[Position]) -> int:
    """The effort of a melodic line as fingered."""
    return sum(starmap(move_cost, pairwise(line)))


def best_line_cost(pitches: Sequence[int], tuning: tuple[int, ...]) -> int:
    """The effort of the easiest fingering of the same pitches, by Viterbi over string assignments. Sayegh 1989.

    Pitches that lie on no string are left out.
    """
    total, before, costs = 0, Hand().pitch, Hand().costs
    for pitch in pitches:
        paid, before, costs = _follow(before, costs, pitch, tuning)
        total += paid
    return total


@lru_cache(maxsize=LINES)
def _follow(before: int | None, costs: Costs, pitch: int, tuning: tuple[int, ...]) -> tuple[int, int | None, Costs]:
    """What one more pitch costs, the pitch before the next one, and what each of its places costs beyond that.

    Remembered, since the differences between places are few however long the line.
    """
    if not places(pitch, tuning):
        return 0, before, costs
    if before is None:
        return 0, pitch, (0,) * len(places(pitch, tuning))
    paid, after = _advance(costs, before, pitch, tuning)
    return paid, pitch, after


def _advance(costs: Costs, one: int, other: int, tuning: tuple[int, ...]) -> tuple[int, Costs]:
    """A step of Viterbi: what every place of the second pitch costs at least, less the least of it, which is paid."""
    best = [min(map(add, costs, row)) for row in _move_costs(one, other, tuning)]
    paid = min(best)
    return paid, tuple([cost - paid for cost in best])


@lru_cache(maxsize=MEMORY)
def _move_costs(one: int, other: int, tuning: tuple[int, ...]) -> tuple[Costs, ...]:
    """For each place of the second pitch the effort of coming from each place of the first."""
    starts = places(one, tuning)
    return tuple([tuple([move_cost(start, place) for start in starts]) for place in places(other, tuning)])


def optimality_gap(line: Sequence[Position], tuning: tuple[int, ...]) -> float:
    """The effort of the written fingering ÷ that of the easiest one of the same pitches; 1 is best, and for one note.

    Positions on strings that the tuning lacks raise `IndexError`.
    """
    best = best_line_cost([tuning[string - 1] + fret for string, fret in line], tuning)
    return line_cost(line) / best if best else 1.0
