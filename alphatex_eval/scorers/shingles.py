"""What two texts share: runs of eight beats, transposed or not."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, compress
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.walks import walks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alphatex_eval.scorers.passage import Event, Line, Passage

LENGTH = 8
TUNEFUL = 4
"""Different pitches that make a run a tune, recognised in any key; one with fewer is the same only at its own pitch."""


Run = tuple[str, ...]
"""The first beat without the interval that leads to it, with its pitch where there are few, and those that follow."""


class Voice(NamedTuple):
    """Beats as runs see them: how each continues the line, with its duration; its pitch; whether the model wrote it."""

    texts: list[str]
    pitches: list[str]
    own: list[bool]

    def written(self, *, own: bool) -> Voice:
        """The beats that the model wrote, or those that the prompt wrote."""
        if self.own.count(own) == len(self.own):
            return self
        if not self.own.count(own):
            return NOBODY
        chosen = [one is own for one in self.own]
        return Voice(
            list(compress(self.texts, chosen)), list(compress(self.pitches, chosen)), [own] * chosen.count(True)
        )


NOBODY = Voice([], [], [])


def voices(found: Passage, lines: Sequence[Line]) -> list[Voice]:
    """The beats of some voices: `interval,duration` with the intervals of a chord, or the drums that are hit."""
    declared, ended = found.declares_key, not found.cut_off
    return [
        _drums(line) if line.staff.kind == "percussion" else _melodic(line, declared=declared, ended=ended)
        for line in lines
    ]


def _melodic(line: Line, *, declared: bool, ended: bool) -> Voice:
    walks = walks_of(line, declared=declared, ended=ended)
    texts = list(chain.from_iterable([walk.texts for walk in walks[: len(line.bars)]]))
    pitches = list(chain.from_iterable([bar.traits.first_pitches for bar in line.bars]))
    own = [True] * len(texts) if line.is_all_own else [own for bar in line.bars for own in bar.owned_steps]
    return Voice(texts, pitches, own)


def _drums(line: Line) -> Voice:
    texts = [_hits(event) for event in line.events]
    return Voice(texts, [""] * len(texts), [event.own for event in line.events])


def _hits(event: Event) -> str:
    hit = " ".join(sorted([str(note.percussion) for note in event.beat.notes]))
    return f"{hit},{event.beat.duration.numerator}/{event.beat.duration.denominator}"


def own_runs(found: Passage) -> list[list[Run]]:
    """The runs of each voice that the model wrote, in order; voices in which it wrote nothing are left out."""
    return _own(voices(found, found.lines))


def new_and_given_runs(found: Passage) -> tuple[set[Run], set[Run]]:
    """The runs that the model wrote and those that the prompt wrote; drums that the prompt began are neither.

    What a drummer beats under a tune is common property.
    """
    lines = [line for line in found.lines if line.staff.kind != "percussion" or line.bars[0].events[0].own]
    found_voices = voices(found, lines)
    given = {run for voice in found_voices for run in runs_of(voice.written(own=False))}
    return {run for voice in _own(found_voices) for run in voice}, given


def _own(found: Iterable[Voice]) -> list[list[Run]]:
    written = [voice.written(own=True) for voice in found]
    return [runs_of(voice) for voice in written if voice.texts]


def runs_of(voice: Voice) -> list[Run]:
    """The runs of eight beats; one shorter run where there are fewer, none where there is nothing.

    Intervals make a transposed copy equal to its original. The first interval of a run is left out: it leads there.
    """
    texts, pitches, _ = voice
    length = min(LENGTH, len(texts))
    tuneful = [len(set(window)) >= TUNEFUL for window in zip(*_shifted(pitches, length), strict=False)]
    firsts = [
        _without_interval(text) if in_any_key else f"{pitch}{_without_interval(text)}"
        for in_any_key, pitch, text in zip(tuneful, pitches, texts, strict=False)
    ]
    return list(zip(firsts, *_shifted(texts, length)[1:], strict=False))


@lru_cache(maxsize=1 << 14)
def _without_interval(text: str) -> str:
    return f" {text.partition(',')[2]}"


def _shifted(items: Sequence[str], times: int) -> list[Sequence[str]]:
    """Items from the first on, from the second on, and so on."""
    return [items[place:] for place in range(times)]
