"""Whether the bars add up."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.music.lines import at_seam
from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import JudgedBar, Passage, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.music.score import MasterBar
    from alphatex_eval.scorers.results import Check, Score, Subject

ALL_EXACT = 0.25
"""The part of the value that the first wrong bar costs."""

HALF = 0.5
"""What a loose or doubtful bar counts."""

MOST_SHORT, FEW = 0.6, 2
"""Of the bars of a voice this share is short at most, where there are more than a few: of 4,747 pieces of people's
none has more than 0.54."""


class Filling(Enum):
    """How a bar relates to its time signature."""

    EXACT = "exact"
    LOOSE = "loose"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


@scorer("alphatex/rhythm", version="5")
def rhythm(subject: Subject) -> Score:
    r"""Whether every bar is filled exactly as its time signature says, in rational arithmetic.

    Judged are the bars that the model wrote or finished, each voice by itself, without one cut off by the token
    limit. A bar that is too short as the first one is no question. A later one is exact when it is marked as a pick-up
    (`\ac`) or comes last, and another short bar, marked likewise, completes it; an unmarked last one that a marked one
    completes is loose, and so is a bar in free time that is not exact. It is doubtful when nothing completes a marked
    one, or when an unmarked one is completed by its neighbour or, where a repeat, a section or the piece ends or
    begins, by any bar. Where more than 0.6 of the bars of a voice are short, and more than two, each of them is wrong,
    and so is a bar that is too long. A bar that is ended by its bar line before anybody plays
    or rests in it is doubtful, unless it says that the one before is played again (`\simile`).

    Checks: bars_filled (error), pickups_complete (warning), no_empty_bars (warning), no_short_part (warning, meant for
    a gate: no staff ends at an earlier bar than one that is written after it; the last one may break off). Value: 0.75
    × exact bars ÷ bars, loose and doubtful ones counting half, plus 0.25 when none is wrong; 0 where no bar is written.
    Metrics: bars, exact_share.
    """
    found = passage(subject)
    masters = found.score.master_bars if found.score else ()
    judged = [item for bars in found.voices for item in _judged(bars, masters, cut_off=found.cut_off)]
    if not judged:
        return scored(0.0, [])
    wrong = [_fault(bar) for bar, filling in judged if filling is Filling.WRONG]
    doubtful = [_fault(bar) for bar, filling in judged if filling is Filling.DOUBTFUL]
    empty = [Fault("nothing is written in this bar, not even a rest", span) for span in found.empty_bars]
    total = len(judged) + len(empty)
    checks = [
        asked("bars_filled", wrong, len(judged)),
        asked("pickups_complete", doubtful, len(judged), Severity.WARNING),
        asked("no_empty_bars", empty, total, Severity.WARNING),
        _no_short_part(found),
    ]
    half = len(doubtful) + sum([filling is Filling.LOOSE for _, filling in judged])
    full = len(judged) - len(wrong) - (1.0 - HALF) * half + HALF * len(empty)
    metrics = {"bars": float(total), "exact_share": full / total}
    return scored((1.0 - ALL_EXACT) * full / total + ALL_EXACT * (not wrong), checks, metrics)


def _no_short_part(found: Passage) -> Check:
    """Whether every staff lasts as long as those written after it: no question in a text of one staff."""
    ends: dict[int, JudgedBar] = {}
    for line in found.lines:
        bar, other_voice = line.bars[-1], ends.get(id(line.staff))
        if other_voice is None or other_voice.number < bar.number:
            ends[id(line.staff)] = bar
    short: list[Fault] = []
    last, is_own = -1, False
    for bar in reversed(ends.values()):
        if bar.number < last and (is_own or bar.own):
            short.append(Fault(f"this part ends with bar {bar.number + 1}, a later one with bar {last + 1}", bar.span))
        if bar.number > last:
            last, is_own = bar.number, bar.own
    return asked("no_short_part", short[::-1], len(ends) if len(ends) > 1 else 0, Severity.WARNING)


class Short:
    """The short bars of a voice: what can make another one whole."""

    def __init__(self, bars: Sequence[JudgedBar], masters: Sequence[MasterBar]) -> None:
        short = [bar for bar in bars if bar.excess < 0]
        later = sum([bar.number > 0 and not bar.master.free_time for bar in short])
        self.too_many = later > max(FEW, MOST_SHORT * len(bars))
        self._fills = {bar.number: bar.filled for bar in short}
        self._counts = Counter((bar.filled, bar.master.anacrusis) for bar in short)
        self._masters = masters

    def completes(self, bar: JudgedBar, *, marked: bool) -> bool:
        """Whether some other bar, marked as a pick-up or not, holds what this one lacks."""
        lacking = bar.nominal - bar.filled
        itself = lacking == bar.filled and marked == bar.master.anacrusis
        return self._counts[lacking, marked] > itself

    def may_complete(self, bar: JudgedBar) -> bool:
        """Whether a neighbour does, or, where a part of the piece ends or begins, any bar."""
        lacking = bar.nominal - bar.filled
        beside = lacking in (self._fills.get(bar.number - 1), self._fills.get(bar.number + 1))
        anywhere = self.completes(bar, marked=True) or self.completes(bar, marked=False)
        return beside or (anywhere and at_seam(self._masters, bar.number))


def _judged(
    bars: Sequence[JudgedBar], masters: Sequence[MasterBar], *, cut_off: bool
) -> Iterator[tuple[JudgedBar, Filling]]:
    """The bars of a voice that the model wrote or finished, with how they are filled."""
    short: Short | None = None
    for bar in bars:
        if bar.own:
            excess = bar.excess
            if not excess:
                yield bar, Filling.EXACT
            elif bar.master.free_time:
                yield bar, Filling.LOOSE
            elif excess > 0:
                yield bar, Filling.WRONG
            elif bar.number:
                short = short or Short(bars, masters)
                yield bar, _filling(bar, short, cut_off=cut_off)


def _filling(bar: JudgedBar, short: Short, *, cut_off: bool) -> Filling:
    """How a bar that is too short and not the first is filled."""
    if short.too_many:
        return Filling.WRONG
    marked = bar.master.anacrusis
    if (marked or bar.last) and (short.completes(bar, marked=marked) or (marked and cut_off)):
        return Filling.EXACT
    if marked or not short.may_complete(bar):
        return Filling.DOUBTFUL if marked else Filling.WRONG
    return Filling.LOOSE if bar.last and short.completes(bar, marked=True) else Filling.DOUBTFUL


def _fault(bar: JudgedBar) -> Fault:
    kind = "overfull" if bar.excess > 0 else "short"
    top, bottom = bar.master.time_signature
    return Fault(f"bar {bar.number + 1} is {kind}: {bar.filled} of a whole note in {top}/{bottom}", bar.span)
