"""Rhythm measures over bars. Onsets are positions in the bar, in whole notes."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def groove_similarity(bars: Sequence[frozenset[int]], positions: int) -> float:
    """1 − the mean Hamming distance of the bars' onset vectors over all pairs of bars, 0 to 1. Wu & Yang 2020.

    A bar is the set of those of its `positions` grid positions where something sounds. Alike bars give 1, also when
    every position sounds; fewer than two bars give 1.
    """
    total = len(bars)
    if total < 2:
        return 1.0
    sounding = Counter(chain.from_iterable(bars))
    unlike = sum(count * (total - count) for count in sounding.values())
    return 1.0 - unlike / (positions * (total * (total - 1) // 2))


def empty_beat_rate(sounding: Sequence[bool]) -> float:
    """The share of beats in which nothing begins to sound, 0 to 1; 0 for no beats. Dong et al. 2018."""
    return sounding.count(False) / len(sounding) if sounding else 0.0
