"""What two texts share: runs of eight notes, transposed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.melody import line_steps
from alphatex_eval.scorers.melody_model import END

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.scorers.passage import Passage

LENGTH = 8


def note_runs(found: Passage) -> list[str]:
    """Every run of eight steps (interval and duration) of each voice that the model wrote.

    Intervals make a transposed copy equal to its original. The first interval of a run is left out: it leads there.
    """
    return [run for events in own_steps(found) for run in runs_of(events)]


def own_steps(found: Passage) -> Iterator[list[str]]:
    """The steps `interval,duration` of each voice that the model wrote."""
    for line in found.lines:
        events, walk = line_steps(line, declared=found.declares_key, ended=not found.cut_off)
        written = [step.event for step, event in zip(walk, events, strict=True) if event.own and step.event != END]
        if written:
            yield written


def runs_of(events: Sequence[str], length: int = LENGTH) -> list[str]:
    """The runs of `length` events; one shorter run where there are fewer, none where there is nothing."""
    last = max(1, len(events) - length + 1) if events else 0
    return [" ".join([events[start].partition(",")[2], *events[start + 1 : start + length]]) for start in range(last)]
