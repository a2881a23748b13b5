"""The way of a line through its bars: its steps, how likely they are, and what they are worth.

A bar is walked through once for every state in which it is entered, as long as it is remembered.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.harmony import FIFTH, best_tonic, pitch_classes
from alphatex_eval.scorers.melody_model import (
    END,
    START,
    Step,
    degree_of,
    end_step,
    human_melody,
    interval_of,
    log_probabilities,
    steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.passage import JudgedBar, Line
    from alphatex_eval.scorers.traits import BarTraits, Traits

WORST, BEST = -9.0, -1.8
"""Log-probabilities that get 0 and 1: about what letters picked at random reach, and a step that one would guess."""

RANGE = BEST - WORST

AT_MOST = {"r": 0.35, "0": 0.45}
"""What a rest and a repeated note earn at most, however usual: they are easily written and say little."""

HOLDING = 0.1
"""What it is worth that one voice of a chord is held while others move."""


class Walk:
    """A part of a line: its steps, the beats that make them, and the natural log-probability of each step.

    `names` are the events of the steps, `positions` where in the bar and `degrees` on which degree of the scale each
    starts, `intervals` its interval, `r` for a rest or `end`, `texts` the events with the intervals of chords.
    `chance` is the log-probability of all steps, `least` that of the least likely one, `worth` what they are worth, 0
    to 1 each. `pitch`, `degree` and `event` are the last pitch, its degree and the last event, which what follows
    depends on.
    """

    __slots__ = (
        "beats",
        "chance",
        "chances",
        "degree",
        "degrees",
        "event",
        "intervals",
        "least",
        "names",
        "pitch",
        "positions",
        "steps",
        "texts",
        "worth",
    )

    def __init__(
        self,
        steps: Sequence[Step],
        beats: Sequence[Traits],
        chances: Sequence[float],
        pitch: int | None,
        degree: str,
        event: str,
    ) -> None:
        self.steps = steps
        self.beats = beats
        self.chances = chances
        self.pitch = pitch
        self.degree = degree
        self.event = event
        self.names = [step.event for step in steps]
        self.positions = [step.position for step in steps]
        self.degrees = [step.degree for step in steps]
        self.intervals = list(map(interval_of, self.names))
        self.texts = [name + beat.chord for name, beat in zip(self.names, beats, strict=True)]
        self.chance = sum(chances)
        self.least = min(chances, default=0.0)
        self.worth = sum(
            [
                max(0.0, min((chance - WORST) / RANGE + HOLDING * beat.holds_voice, AT_MOST.get(interval, 1.0)))
                for chance, interval, beat in zip(chances, self.intervals, beats, strict=True)
            ]
        )

    def only(self, chosen: Sequence[bool]) -> Walk:
        """Some of its steps."""
        steps, beats = list(compress(self.steps, chosen)), list(compress(self.beats, chosen))
        return Walk(steps, beats, list(compress(self.chances, chosen)), self.pitch, self.degree, self.event)


BEGINNING = Walk((), (), (), None, START, START)


def own_walks(line: Line, *, declared: bool, ended: bool) -> Iterator[tuple[Walk, JudgedBar]]:
    """What the model wrote of each bar and, where the piece has ended, of its end; bars without steps left out."""
    walks = walks_of(line, declared=declared, ended=ended)
    for bar, walk in zip(line.bars, walks, strict=False):
        if bar.own_traits is bar.traits:
            if walk.steps:
                yield walk, bar
        elif bar.own_traits.steps:
            yield walk.only(bar.owned_steps), bar
    if ended and line.bars[-1].own:
        yield walks[-1], line.bars[-1]


def least_likely(walk: Walk, bar: JudgedBar) -> tuple[Step, Span]:
    """The least likely step of what the model wrote of a bar, or of the end behind it, and its place."""
    index = walk.chances.index(walk.least)
    step = walk.steps[index]
    if step.event == END:
        return step, bar.events[-1].span
    return step, bar.own_spans([beat.is_step for beat in bar.traits.beats])[index]


@lru_cache(maxsize=16)
def walks_of(line: Line, *, declared: bool, ended: bool) -> tuple[Walk, ...]:
    """The walk through each bar of a line, and one more for its end where the piece has ended.

    `declared`: whether the key signatures of the text were written and are to be believed. Remembered, since several
    scorers ask for the same.
    """
    bars = [bar.traits for bar in line.bars]
    if declared:
        tonics = [line.staff.bars[bar.number].key * FIFTH % 12 for bar in line.bars]
    else:
        tonics = [best_tonic(pitch_classes([pitch for bar in bars for pitch in bar.top_pitches]))] * len(bars)
    walk, found = BEGINNING, []
    for bar, tonic in zip(bars, tonics, strict=True):
        walk = _walk(bar, tonic, walk.pitch, walk.degree, walk.event)
        found.append(walk)
    if ended:
        found.append(_ending(bars[-1].beats[-1], walk.pitch, walk.degree, walk.event))
    return tuple(found)


@lru_cache(maxsize=BARS)
def _walk(bar: BarTraits, tonic: int, pitch: int | None, degree: str, event: str) -> Walk:
    """The walk through a bar that comes from a pitch on a degree of the scale, and from an event."""
    found = steps([(*beat.times, beat.top, tonic) for beat in bar.steps], pitch, degree)
    if bar.top_pitches:
        last = bar.top_pitches[-1]
        return _walked(found, bar.steps, last, degree_of(last, tonic), event)
    return _walked(found, bar.steps, pitch, degree, event)


@lru_cache(maxsize=4096)
def _ending(last: Traits, pitch: int | None, degree: str, event: str) -> Walk:
    """The end of a line behind its last beat."""
    return _walked([end_step(last.beat.end.as_integer_ratio(), degree)], [last], pitch, degree, event)


def _walked(found: list[Step], beats: Sequence[Traits], pitch: int | None, degree: str, event: str) -> Walk:
    """The walk of some steps, which come from an event and lead to a pitch on a degree."""
    chances = log_probabilities(human_melody(), found, event)
    return Walk(found, beats, chances, pitch, degree, found[-1].event if found else event)


def line_steps(line: Line, *, declared: bool, ended: bool) -> list[Step]:
    """The steps of a line, the last of them its end where the piece has ended.

    `declared`: whether the key signatures of the text were written and are to be believed.
    """
    return [step for walk in walks_of(line, declared=declared, ended=ended) for step in walk.steps]
