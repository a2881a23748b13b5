"""What two texts share: runs of eight beats, transposed or not."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.melody import line_steps, struck

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alphatex_eval.scorers.passage import Event, Line, Passage

LENGTH = 8
TUNEFUL = 4
"""Different pitches that make a run a tune, recognised in any key; one with fewer is the same only at its own pitch."""


class Voice(NamedTuple):
    """Beats as runs see them: how each continues the line, with its duration; its pitch; whether the model wrote it."""

    texts: list[str]
    pitches: list[str]
    own: list[bool]

    def written(self, *, own: bool) -> Voice:
        """The beats that the model wrote, or those that the prompt wrote."""
        if self.own.count(own) == len(self.own):
            return self
        chosen = [one is own for one in self.own]
        return Voice(
            list(compress(self.texts, chosen)), list(compress(self.pitches, chosen)), [own] * chosen.count(True)
        )


def voices(found: Passage, lines: Sequence[Line]) -> list[Voice]:
    """The beats of some voices: `interval,duration` with the intervals of a chord, or the drums that are hit."""
    declared, ended = found.declares_key, not found.cut_off
    return [
        _drums(line) if line.staff.kind == "percussion" else _melodic(line, declared=declared, ended=ended)
        for line in lines
    ]


def _melodic(line: Line, *, declared: bool, ended: bool) -> Voice:
    beats = [beat for bar in line.bars for beat in bar.traits.steps]
    walk = line_steps(line, declared=declared, ended=ended)
    texts = [step.event + beat.chord for step, beat in zip(walk, beats, strict=False)]
    return Voice(texts, [beat.first_pitch for beat in beats], struck(line)[0])


def _drums(line: Line) -> Voice:
    texts = [_hits(event) for event in line.events]
    return Voice(texts, [""] * len(texts), [event.own for event in line.events])


def _hits(event: Event) -> str:
    hit = " ".join(sorted([str(note.percussion) for note in event.beat.notes]))
    return f"{hit},{event.beat.duration.numerator}/{event.beat.duration.denominator}"


def own_runs(found: Passage) -> list[list[str]]:
    """The runs of each voice that the model wrote, in order; voices in which it wrote nothing are left out."""
    return _own(voices(found, found.lines))


def new_and_given_runs(found: Passage) -> tuple[set[str], set[str]]:
    """The runs that the model wrote and those that the prompt wrote; drums that the prompt began are neither.

    What a drummer beats under a tune is common property.
    """
    lines = [line for line in found.lines if line.staff.kind != "percussion" or line.bars[0].events[0].own]
    found_voices = voices(found, lines)
    given = {run for voice in found_voices for run in runs_of(voice.written(own=False))}
    return {run for voice in _own(found_voices) for run in voice}, given


def _own(found: Iterable[Voice]) -> list[list[str]]:
    written = [voice.written(own=True) for voice in found]
    return [runs_of(voice) for voice in written if voice.texts]


def runs_of(voice: Voice) -> list[str]:
    """The runs of eight beats; one shorter run where there are fewer, none where there is nothing.

    Intervals make a transposed copy equal to its original. The first interval of a run is left out: it leads there.
    """
    texts, pitches, _ = voice
    firsts = [text.partition(",")[2] for text in texts]
    return [
        " ".join(
            [
                pitches[start] if len(set(pitches[start : start + LENGTH])) < TUNEFUL else "",
                firsts[start],
                *texts[start + 1 : start + LENGTH],
            ]
        )
        for start in (range(max(1, len(texts) - LENGTH + 1)) if texts else ())
    ]
