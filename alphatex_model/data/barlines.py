"""Bars as printed in tune books to bars that add up: split bars joined, pick-ups marked, repeats closed.

Tune books leave a lot to the reader: a repeat sign in the middle of a bar, strains that begin with an up-beat, a repeat
that is never opened. The functions here say what is meant, or raise `BrokenTuneError`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_model.data.tunes import Bar, BrokenTuneError

if TYPE_CHECKING:
    from collections.abc import Sequence


def regularise(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """The same music in bars that fill their time signature or are marked as pick-ups, with well-formed repeats."""
    joined = join_split_bars(trim_endings(without_empty(bars)))
    return close_repeats(mark_pickups(joined))


def trim_endings(bars: Sequence[Bar]) -> list[Bar]:
    """A second ending is no longer than the first: tune books rarely say where it ends, and readers let it go on."""
    trimmed: list[Bar] = []
    lengths = {1: 0, 2: 0}
    for bar in bars:
        if bar.ending == 1 and lengths[2]:
            lengths = {1: 0, 2: 0}
        lengths[bar.ending] = lengths.get(bar.ending, 0) + 1
        beyond = bar.ending == 2 and lengths[2] > lengths[1]
        trimmed.append(replace(bar, ending=0) if beyond else bar)
    return trimmed


def without_empty(bars: Sequence[Bar]) -> list[Bar]:
    """The bars that hold anything; raises when none does."""
    kept = [bar for bar in bars if bar.events]
    if not any(event.pitches for bar in kept for event in bar.events):
        raise BrokenTuneError("no note in it")
    return kept


def boundary(left: Bar, right: Bar) -> bool:
    """Whether a strain ends between two neighbouring bars."""
    return bool(
        left.strain_end
        or left.repeat_close
        or right.repeat_open
        or left.ending != right.ending
        or left.meter != right.meter
    )


def join_split_bars(bars: Sequence[Bar]) -> list[Bar]:
    """Two short neighbours that make one full bar become that bar, unless playing turns back between them."""
    joined: list[Bar] = []
    for bar in bars:
        if joined and _makes_one_bar(joined[-1], bar):
            last = joined.pop()
            bar = replace(
                last, events=last.events + bar.events, repeat_close=bar.repeat_close, strain_end=bar.strain_end
            )
        joined.append(bar)
    return joined


def _makes_one_bar(left: Bar, right: Bar) -> bool:
    turns = left.repeat_close or right.repeat_open or left.ending != right.ending
    changes = left.meter != right.meter or left.key != right.key or right.tempo
    return not turns and not changes and left.length + right.length == left.capacity


def mark_pickups(bars: Sequence[Bar]) -> list[Bar]:
    """Short bars at the edge of a strain are marked; a bar that is too long, or short for no reason, is an error."""
    cuts = [True, *(boundary(left, right) for left, right in pairwise(bars)), True]
    return [_judged(bar, number, cuts[number - 1] or cuts[number]) for number, bar in enumerate(bars, start=1)]


def _judged(bar: Bar, number: int, at_edge: bool) -> Bar:
    if bar.length == bar.capacity:
        return bar
    if bar.length > bar.capacity or not at_edge:
        raise BrokenTuneError(f"bar {number} holds {bar.length} of a whole note in {bar.meter[0]}/{bar.meter[1]}")
    return replace(bar, pickup=True)


def close_repeats(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Every repeat has both its signs: one that was never opened starts where its strain does, an unclosed one goes."""
    opens: set[int] = set()
    closes: set[int] = set()
    start, opened = 0, None
    for index, bar in enumerate(bars):
        if bar.repeat_open:
            opened = index
        if bar.repeat_close and bar.ending < 2:
            opens.add(start if opened is None else opened)
            closes.add(index)
        if _strain_ends(bars, index):
            start, opened = index + 1, None
    _check_endings(bars, closes)
    return tuple(
        replace(bar, repeat_open=index in opens, repeat_close=2 if index in closes else 0)
        for index, bar in enumerate(bars)
    )


def _strain_ends(bars: Sequence[Bar], index: int) -> bool:
    """Whether nothing after bar `index` can belong to the repeat it is in."""
    bar = bars[index]
    following = bars[index + 1].ending if index + 1 < len(bars) else 0
    if bar.ending:
        return following in (0, 1) and following != bar.ending
    return bool(bar.repeat_close) or bar.strain_end


def _check_endings(bars: Sequence[Bar], closes: set[int]) -> None:
    """Endings come as 1, closed by a repeat, then 2; anything else cannot be played as written."""
    for index, (left, right) in enumerate(pairwise([Bar(()), *bars, Bar(())])):
        if left.ending == right.ending:
            continue
        leaves_first = left.ending == 1
        if leaves_first != (right.ending == 2) or (leaves_first and index - 1 not in closes):
            raise BrokenTuneError(f"the alternate ending at bar {max(index, 1)} does not belong to a repeat")
