"""Pitch measures: which notes a piece uses. Pitches are MIDI numbers, pitch classes 0 (C) to 11 (B)."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FIFTH = 7
MAJOR = frozenset({0, 2, 4, 5, 7, 9, 11})
BLUES = frozenset({0, 3, 5, 6, 7, 10})
PENTATONIC = frozenset({0, 2, 4, 7, 9})


def pitch_classes(pitches: Iterable[int]) -> Counter[int]:
    """How often each pitch class sounds."""
    return Counter([pitch % 12 for pitch in pitches])


def pitch_class_entropy(classes: Mapping[int, int]) -> float:
    """Entropy of the pitch-class histogram, 0 to log2 12 = 3.585 bits; 0 for no notes. Wu & Yang 2020."""
    total = sum(classes.values())
    return -sum(n / total * math.log2(n / total) for n in classes.values() if n)


def best_scale_share(classes: Mapping[int, int], scales: Sequence[frozenset[int]]) -> float:
    """The largest share of notes inside one of `scales` on any tonic, 0 to 1."""
    total = sum(classes.values())
    counts = _counts(classes)
    return max([max(_inside(counts, scale)) for scale in scales]) / total if total else 0.0


def best_tonic(classes: Mapping[int, int]) -> int:
    """The tonic (pitch class) of the major scale that holds most notes, the lowest where several do."""
    counts = _inside(_counts(classes), MAJOR)
    return counts.index(max(counts))


def _counts(classes: Mapping[int, int]) -> tuple[int, ...]:
    return tuple([classes.get(pitch_class, 0) for pitch_class in range(12)])


@lru_cache(maxsize=256)
def _inside(counts: tuple[int, ...], scale: frozenset[int]) -> list[int]:
    """For each tonic how many notes lie inside the scale."""
    return [sum(members(counts)) for members in _on_tonics(scale)]


@cache
def _on_tonics(scale: frozenset[int]) -> tuple[itemgetter[tuple[int, ...]], ...]:
    """Functions that pick from twelve counts those of the scale on each tonic."""
    return tuple(itemgetter(*((tonic + step) % 12 for step in scale)) for tonic in range(12))


def scale_consistency(classes: Mapping[int, int]) -> float:
    """The best share of notes inside one of the 24 keys, major or natural minor, 0 to 1. Mogren 2016.

    A natural minor key has the notes of its relative major, so that twelve scales decide.
    """
    return best_scale_share(classes, [MAJOR])
