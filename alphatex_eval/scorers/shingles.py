"""What two texts share: runs of eight beats, transposed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.melody import line_steps
from alphatex_eval.scorers.melody_model import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.scorers.passage import Event, Line, Passage

LENGTH = 8
TUNEFUL = 4
"""Different pitches that make a run a tune, recognised in any key; one with fewer is the same only at its own pitch."""


class Token(NamedTuple):
    """A beat as runs see it: how it continues the line, with its duration; its pitch; whether the model wrote it."""

    text: str
    pitch: str
    own: bool


def tokens(found: Passage, lines: Sequence[Line]) -> Iterator[list[Token]]:
    """The beats of some voices: `interval,duration` with the intervals of a chord, or the drums that are hit."""
    for line in lines:
        if line.staff.kind == "percussion":
            yield [Token(_hits(event), "", event.own) for event in line.events]
        else:
            yield _melodic(line, declared=found.declares_key, ended=not found.cut_off)


def _melodic(line: Line, *, declared: bool, ended: bool) -> list[Token]:
    events, walk = line_steps(line, declared=declared, ended=ended)
    return [
        Token(step.event + event.traits.chord, event.traits.first_pitch, event.own)
        for event, step in zip(events, walk, strict=True)
        if step.event != END
    ]


def _hits(event: Event) -> str:
    hit = " ".join(sorted([str(note.percussion) for note in event.beat.notes]))
    return f"{hit},{event.beat.duration.numerator}/{event.beat.duration.denominator}"


def own_runs(found: Passage) -> list[list[str]]:
    """The runs of each voice that the model wrote, in order; voices in which it wrote nothing are left out."""
    return _own(tokens(found, found.lines))


def new_and_given_runs(found: Passage) -> tuple[set[str], set[str]]:
    """The runs that the model wrote and those that the prompt wrote; drums that the prompt began are neither.

    What a drummer beats under a tune is common property.
    """
    lines = [line for line in found.lines if line.staff.kind != "percussion" or line.events[0].own]
    voices = list(tokens(found, lines))
    given = {run for voice in voices for run in runs_of([token for token in voice if not token.own])}
    return {run for voice in _own(voices) for run in voice}, given


def _own(voices: Iterable[list[Token]]) -> list[list[str]]:
    written = ([token for token in voice if token.own] for voice in voices)
    return [runs_of(voice) for voice in written if voice]


def runs_of(voice: Sequence[Token]) -> list[str]:
    """The runs of eight beats; one shorter run where there are fewer, none where there is nothing.

    Intervals make a transposed copy equal to its original. The first interval of a run is left out: it leads there.
    """
    texts, pitches = [token.text for token in voice], [token.pitch for token in voice]
    firsts = [text.partition(",")[2] for text in texts]
    return [
        " ".join(
            [
                pitches[start] if len(set(pitches[start : start + LENGTH])) < TUNEFUL else "",
                firsts[start],
                *texts[start + 1 : start + LENGTH],
            ]
        )
        for start in (range(max(1, len(voice) - LENGTH + 1)) if voice else ())
    ]
