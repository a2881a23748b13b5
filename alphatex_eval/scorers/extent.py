"""Whether there is enough to judge: a short good passage is no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject


@scorer("alphatex/extent", version="1")
def extent(subject: Subject, *, onsets: int = 12) -> Score:
    """How much music the model wrote: beats that sound, up to `onsets` (about two bars).

    Value: sounding beats in the completion ÷ `onsets`, at most 1; 0 for an empty or unreadable completion. Meant as a
    ceiling: what the prompt contains earns nothing, and three perfect notes are no perfect tune.
    """
    found = passage(subject)
    written = sum(bool(event.beat.notes) for event in found.own)
    end = len(subject.text)
    faults = [] if written >= onsets else [Fault(f"{written} sounding beats, too few to judge", (end, end))]
    return scored(written / onsets, [asked("enough_music", faults, 1)], {"onsets": float(written)})
