"""So many beats in a row, wherever they begin: windows over the bars of a voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Sized

Bar = TypeVar("Bar", bound="Sized")


def bars_of_windows(bars: Sequence[Bar], length: int) -> Iterator[tuple[Bar, ...]]:
    """For each bar in which windows of `length` beats begin: it, and those behind it up to where the last one ends.

    What depends on nothing else can be remembered: most bars have been met before, and most pairs of bars.
    """
    left = sum(map(len, bars))
    for number, bar in enumerate(bars):
        if left < length:
            return
        left -= len(bar)
        behind, end = 1, number + 1
        while behind < length and end < len(bars):
            behind += len(bars[end])
            end += 1
        yield tuple(bars[number:end])
