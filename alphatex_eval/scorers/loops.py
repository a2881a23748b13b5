"""Loops: patterns of beats or bars that stand over and over."""

from __future__ import annotations

import re
from operator import ne
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    Unlike = Callable[[int, int], bytes]
    """Compares each item but the first ones with the one so many places before: 0 where they are alike.

    It may say that none are where fewer than so many neighbours are.
    """

LIKE = re.compile(b"\0*")
TIMES = 3
LONGEST_PERIOD = 4
BYTE = 255

ONE_IN = 4
"""Of so many hits one may be another one."""


class Figured(Protocol):
    """A bar that can be compared: of one voice, or of several together."""

    @property
    def figure(self) -> Hashable:
        """What is played, the same for bars that are alike in any case."""

    @property
    def hits(self) -> frozenset[Any]:
        """What is struck and when."""


def are_alike(one: Figured, other: Figured, most: int = 1) -> bool:
    """Whether the same is struck at the same times, but for `most` hits, one in four: two differ then, one of each."""
    return len(one.hits ^ other.hits) <= 2 * min(most, len(one.hits) // ONE_IN)


def in_loops(
    count: int, unlike: Unlike, longest: int = LONGEST_PERIOD, least: int = 0, times: int = TIMES
) -> list[bool]:
    """For each of some items, whether it lies in a pattern that stands so many times or more in a row.

    The pattern has at most `longest` items, and all of its repetitions together have at least `least`.
    """
    found = [False] * count
    for period in range(1, min(longest, count // times) + 1):
        enough = max((times - 1) * period, least - period)
        different = unlike(period, enough)
        if different.count(0) >= enough:
            for run in re.finditer(b"\0{%d,}" % enough, different):
                first, end = run.start(), run.end() + period
                found[first:end] = [True] * (end - first)
    return found


def likeness(bars: Sequence[Figured], most: int) -> Unlike:
    """Compares bars for `in_loops`: alike are those of one figure, and those in which `most` hits are other ones."""

    def differ(one: Figured, other: Figured) -> bool:
        return one.figure != other.figure and not are_alike(one, other, most)

    def unlike(places: int, enough: int) -> bytes:
        later, earlier = bars[places:], bars[: len(bars) - places]
        met_by_any_run = slice(enough - 1, None, enough)
        if all(map(differ, later[met_by_any_run], earlier[met_by_any_run])):
            return b"\1" * len(later)
        return bytes(map(differ, later, earlier))

    return unlike


def sameness(bars: Sequence[Figured]) -> Unlike:
    """Compares bars for `in_loops`: alike are those of one figure, and those in which the same is struck."""
    known: dict[object, int] = {}
    numbers = []
    for bar in bars:
        number = known.get(bar.figure)
        if number is None:
            number = known[bar.figure] = known.setdefault(bar.hits, len(known))
        numbers.append(number)
    return equality(numbers)


def equality(items: Sequence[Hashable]) -> Unlike:
    """Compares items for `in_loops`: alike are equal ones.

    Up to 256 different ones are compared all at once, as the bytes of one large number.
    """
    known: dict[Hashable, int] = {}
    numbers = [known.setdefault(item, len(known)) for item in items]
    if len(known) > BYTE:
        return lambda places, _: bytes(map(ne, numbers[places:], numbers))
    whole, count = int.from_bytes(bytes(numbers), "big"), len(numbers)
    return lambda places, _: (whole ^ whole >> 8 * places).to_bytes(count, "big")[places:]


def longest_run(different: bytes) -> int:
    """The length of the longest run of like neighbours, of one item at least; `different` compares neighbours."""
    return max(map(len, LIKE.findall(different))) + 1
