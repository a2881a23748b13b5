"""Whether a text repeats itself as music does, or is stuck in a loop."""

from __future__ import annotations

import re
from operator import eq
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import scored
from alphatex_eval.scorers.passage import JudgedBar, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Check

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from alphatex_eval.scorers.results import Score, Subject

LONGEST_PERIOD = 4
TIMES = 3
STUCK_SHARE = 0.5
USUAL_IMMEDIATE = 0.25
LONGEST_FIGURE = 8
LEAST_BEATS = 24


@scorer("alphatex/repetition", version="1")
def repetition(subject: Subject) -> Score:
    """Whether bars repeat as in human tunes: phrases return after four or eight bars, loops return at once.

    A bar is in a loop when it and its neighbours are one pattern of one to four bars written three times or more in a
    row; beats are in a loop, whatever the bar lines say, when one to eight of them are repeated for 24 beats or more.
    Check (warning): no_loop, failed when more than half of the model's music is in loops. Value: 1 − 0.7 × the
    share in loops − 0.4 × the share of bars that equal the one or two before, as far as it exceeds a quarter; 1 for a
    single bar, 0 where no bar is written. Rests are music here. Metrics: distinct (distinct bars ÷ bars), looped,
    immediate (shares), longest_run (equal bars in a row).
    """
    bars = [bar for voice in passage(subject).voices for bar in voice if bar.own]
    if not bars:
        return scored(0.0, [])
    contents = [_content(bar) for bar in bars]
    looped = in_loops(contents)
    beats = in_loops([beat for content in contents for beat in content], LONGEST_FIGURE, LEAST_BEATS)
    loop_share = max(sum(looped) / len(bars), sum(beats) / len(beats))
    immediate = _immediate_share(contents)
    place = looped.index(True) if any(looped) else 0
    message = f"{loop_share:.2f} of the music in a loop, {immediate:.2f} of the bars repeat one of the two before"
    metrics = {
        "distinct": len(set(contents)) / len(bars),
        "looped": loop_share,
        "immediate": immediate,
        "longest_run": float(longest_run(contents)),
    }
    value = 1.0 - 0.7 * loop_share - 0.4 * max(0.0, immediate - USUAL_IMMEDIATE)
    span = bars[place].span[0], bars[-1].span[1]
    stuck = loop_share > STUCK_SHARE
    check = Check(name="no_loop", passed=not stuck, severity=Severity.WARNING, message=message, span=span)
    return scored(value, [check], metrics)


def _immediate_share(contents: Sequence[Hashable]) -> float:
    """The share of bars that equal one of the two before."""
    repeats = [bar in contents[max(0, index - 2) : index] for index, bar in enumerate(contents)]
    return repeats.count(True) / len(contents)


def _content(bar: JudgedBar) -> tuple[Hashable, ...]:
    """What sounds when in a bar, whatever it is called."""
    beats = [event.beat for event in bar.events]
    return tuple(
        [(beat.value, beat.dots, beat.tuplet, *[(note.string, note.pitch) for note in beat.notes]) for beat in beats]
    )


def in_loops(items: Sequence[Hashable], longest: int = LONGEST_PERIOD, least: int = 0) -> list[bool]:
    """For each item, whether it lies in a pattern that stands three times or more in a row.

    The pattern has at most `longest` items, and all of its repetitions together have at least `least`.
    """
    found = [False] * len(items)
    for period in range(1, longest + 1):
        enough = max((TIMES - 1) * period, least - period)
        same = bytes(map(eq, items[period:], items))
        for run in re.finditer(b"\1{%d,}" % enough, same):
            first, end = run.start(), run.end() + period
            found[first:end] = [True] * (end - first)
    return found


def longest_run(items: Sequence[Hashable]) -> int:
    """The length of the longest run of equal neighbours; 0 for no items."""
    longest = run = 0
    for index, item in enumerate(items):
        run = run + 1 if index and item == items[index - 1] else 1
        longest = max(longest, run)
    return longest
