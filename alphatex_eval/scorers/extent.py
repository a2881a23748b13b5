"""Whether there is enough to judge: a short good passage is no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject


@scorer("alphatex/extent", version="2")
def extent(subject: Subject, *, onsets: int = 12) -> Score:
    """How much music the model wrote: times at which something sounds, up to `onsets` (about two bars).

    Value: times at which a beat of the completion sounds ÷ `onsets`, at most 1; 0 for an empty or unreadable
    completion. Notes at one time count once, in whatever voices and tracks. Meant as a ceiling: what the prompt
    contains earns nothing, and three perfect notes are no perfect tune.
    """
    found = passage(subject)
    written = len({(event.bar, *event.beat.onset.as_integer_ratio()) for event in found.own if event.beat.notes})
    end = len(subject.text)
    faults = [] if written >= onsets else [Fault(f"{written} times something sounds, too few to judge", (end, end))]
    return scored(written / onsets, [asked("enough_music", faults, 1)], {"onsets": float(written)})
