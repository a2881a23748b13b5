"""Loops: patterns of beats or bars that stand over and over."""

from __future__ import annotations

import re
from operator import ne
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    Unlike = Callable[[int], bytes]

LIKE = re.compile(b"\0*")
TIMES = 3
LONGEST_PERIOD = 4
BYTE = 255

ONE_IN = 4
"""Bars are alike when one hit is another one, of so many or more: two differ then, one of each bar."""

MANY = 1000
"""More hits than a bar has: no limit beside the share."""


class Figured(Protocol):
    """A bar that can be compared: of one voice, or of several together."""

    @property
    def figure(self) -> Hashable:
        """What is played, the same for bars that are alike in any case."""

    @property
    def hits(self) -> frozenset[Any]:
        """What is struck and when."""


def are_alike(one: Figured, other: Figured) -> bool:
    """Whether the same is struck at the same times, but for one hit of four or more."""
    return len(one.hits ^ other.hits) <= (2 if len(one.hits) >= ONE_IN else 0)


class Distances:
    """How many hits differ between bars and those up to four places before; none where their figures are the same."""

    def __init__(self, bars: Sequence[Figured]) -> None:
        self._quarters = [len(bar.hits) // ONE_IN for bar in bars]
        self._of_period = [_distances(bars, period) for period in range(1, LONGEST_PERIOD + 1)]

    def unlike(self, most: int) -> Unlike:
        """Compares bars: alike are those in which one hit in four is another one, and no more than `most`."""
        allowed = [2 * min(most, quarter) for quarter in self._quarters]
        found = [b""]
        for period, distances in enumerate(self._of_period, start=1):
            found.append(bytes([apart > limit for apart, limit in zip(distances, allowed[period:], strict=True)]))
        return found.__getitem__


def _distances(bars: Sequence[Figured], period: int) -> list[int]:
    pairs = zip(bars[period:], bars, strict=False)
    return [0 if one is other or one.figure == other.figure else len(one.hits ^ other.hits) for one, other in pairs]


def in_loops(count: int, unlike: Unlike, longest: int = LONGEST_PERIOD, least: int = 0) -> list[bool]:
    """For each of some items, whether it lies in a pattern that stands three times or more in a row.

    `unlike` compares each item but the first ones with the one so many places before: 0 where they are alike. The
    pattern has at most `longest` items, and all of its repetitions together have at least `least`.
    """
    found = [False] * count
    for period in range(1, min(longest, count - 1) + 1):
        enough = max((TIMES - 1) * period, least - period)
        different = unlike(period)
        if different.count(0) >= enough:
            for run in re.finditer(b"\0{%d,}" % enough, different):
                first, end = run.start(), run.end() + period
                found[first:end] = [True] * (end - first)
    return found


def equality(items: Sequence[Hashable]) -> Unlike:
    """Compares items for `in_loops`: alike are equal ones.

    Up to 256 different ones are compared all at once, as the bytes of one large number.
    """
    known = {item: number for number, item in enumerate(dict.fromkeys(items))}
    numbers = list(map(known.__getitem__, items))
    if len(known) > BYTE:
        return lambda places: bytes(map(ne, numbers[places:], numbers))
    whole, count = int.from_bytes(bytes(numbers), "big"), len(numbers)
    return lambda places: (whole ^ whole >> 8 * places).to_bytes(count, "big")[places:]


def longest_run(different: bytes) -> int:
    """The length of the longest run of like neighbours, of one item at least; `different` compares neighbours."""
    return max(map(len, LIKE.findall(different))) + 1
