"""The neck of a guitar and the hand on it: what a string sounds at a fret, how wide a stretch is, what fingers hold."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_eval.language.context import DEFAULT_PROGRAM, default_strings

if TYPE_CHECKING:
    from collections.abc import Collection

SCALE_LENGTH_MM = 648.0
"""Nut to bridge of a full-size guitar."""

FRETS = 24
"""Frets of a long neck."""

HIGHEST_PITCH = 127
"""The highest key of MIDI, the lowest being 0: more than any instrument has."""

FINGERS = 4
"""Fingers that press strings: the thumb stays behind the neck."""

HAND_FRETS = 4
"""Frets under the fingers of a hand that does not stretch."""

HAND_MM = 145.0
"""The widest span of fretted notes: frets 2 to 7 of a full-size guitar are within it, frets 1 to 6 are not."""

TWO_HANDED = frozenset({"tt", "lht", "th", "ah", "nh"})
"""Effects of notes that the other hand or the string itself makes: no span can be told."""

STANDARD_TUNING = default_strings(DEFAULT_PROGRAM)
"""E4 B3 G3 D3 A2 E2 as MIDI pitches, string 1 first."""


def fret_distance_mm(fret: float, scale_length: float = SCALE_LENGTH_MM) -> float:
    """The distance from the nut to a fret in millimetres, in equal temperament: L·(1 - 2^(-fret/12))."""
    return scale_length * (1.0 - math.exp2(-fret / 12.0))


def span_mm(one: float, other: float, scale_length: float = SCALE_LENGTH_MM) -> float:
    """The stretch between two frets in millimetres: L·|2^(-a/12) - 2^(-b/12)|, 0 for the same fret."""
    return abs(fret_distance_mm(one, scale_length) - fret_distance_mm(other, scale_length))


def fingers(shape: Collection[tuple[int, int]]) -> int:
    """The fewest fingers that hold (string, fret) positions: one for each barre or single note, none for open strings.

    One finger presses all strings at a fret unless a string between them sounds at a lower fret or open.
    """
    return sum(_barres(fret, shape) for fret in {fret for _, fret in shape if fret > 0})


def _barres(fret: int, shape: Collection[tuple[int, int]]) -> int:
    strings = sorted(string for string, other in shape if other == fret)
    lower = [string for string, other in shape if other < fret]
    return 1 + sum(any(one < string < two for string in lower) for one, two in pairwise(strings))
