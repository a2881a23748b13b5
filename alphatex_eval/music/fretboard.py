"""The neck of a guitar: what a string sounds at a fret, and how far apart frets lie."""

from __future__ import annotations

import math

from alphatex_eval.language.context import DEFAULT_PROGRAM, default_strings

SCALE_LENGTH_MM = 648.0
"""Nut to bridge of a full-size guitar."""

FRETS = 24
"""Frets of a long neck."""

STANDARD_TUNING = default_strings(DEFAULT_PROGRAM)
"""E4 B3 G3 D3 A2 E2 as MIDI pitches, string 1 first."""


def string_pitch(tuning: tuple[int, ...], string: int, fret: int, capo: int = 0) -> int:
    """The MIDI pitch of a fret counted from the capo, on a string counted from 1. IndexError beyond the strings."""
    if not 1 <= string <= len(tuning):
        raise IndexError(f"string {string} of a neck with {len(tuning)} strings: strings count from 1")
    return tuning[string - 1] + capo + fret


def fret_distance_mm(fret: float, scale_length: float = SCALE_LENGTH_MM) -> float:
    """The distance from the nut to a fret in millimetres, in equal temperament: L·(1 - 2^(-fret/12))."""
    return scale_length * (1.0 - math.exp2(-fret / 12.0))


def span_mm(one: float, other: float, scale_length: float = SCALE_LENGTH_MM) -> float:
    """The stretch between two frets in millimetres: L·|2^(-a/12) - 2^(-b/12)|, 0 for the same fret."""
    return abs(fret_distance_mm(one, scale_length) - fret_distance_mm(other, scale_length))
