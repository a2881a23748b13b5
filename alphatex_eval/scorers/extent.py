"""Whether there is enough to judge: a short good passage is no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject


TIMES_OF_BAR = 2


@scorer("alphatex/extent", version="2")
def extent(subject: Subject, *, onsets: int = 12) -> Score:
    """How much music the model wrote: times at which something sounds, up to `onsets` (about two bars).

    Check (warning): enough_music. Value: times at which a beat of the completion sounds ÷ `onsets`, at most 1; 0 for an
    empty or unreadable completion. Notes at one time count once, in whatever voices and tracks; a bar in which
    something sounds counts as two times at least, since basses and hymns move slowly. Meant as a ceiling: what the
    prompt contains earns nothing, and three perfect notes are no perfect tune.
    """
    sounding: dict[int, frozenset[tuple[int, int]]] = {}
    for bar in [bar for line in passage(subject).lines for bar in line.bars]:
        if onsets_of_bar := bar.own_traits.onsets:
            sounding[bar.number] = sounding.get(bar.number, onsets_of_bar) | onsets_of_bar
    times = sum(map(len, sounding.values()))
    bars = len(sounding)
    value = max(times / onsets, bars * TIMES_OF_BAR / onsets)
    end = len(subject.text)
    faults = [] if value >= 1.0 else [Fault(f"something sounds {times} times, too little to judge", (end, end))]
    return scored(value, [asked("enough_music", faults, 1, Severity.WARNING)], {"onsets": float(times)})
