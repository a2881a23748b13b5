"""Whether the line runs as people's tunes run."""

from __future__ import annotations

from functools import lru_cache
from itertools import compress
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.harmony import FIFTH, best_tonic, pitch_classes
from alphatex_eval.scorers.melody_model import (
    END,
    START,
    Step,
    degree_of,
    end_step,
    human_melody,
    log_probabilities,
    steps,
)
from alphatex_eval.scorers.passage import JudgedBar, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits, Traits

UNUSUAL = -7.0
"""Mean log-probability below which lie few tunes, those far from the tune books that the table was learnt from."""

WORST, BEST = -9.0, -1.8
"""Log-probabilities that get 0 and 1: about what letters picked at random reach, and a step that one would guess."""

AT_MOST = {"r": 0.35, "0": 0.45}
"""What a rest and a repeated note earn at most, however usual: they are easily written and say little."""

HELD = 0.75
"""What a note is worth that is held once more: it moves nothing, and yet somebody thought of it."""

HOLDING = 0.1
"""What it is worth that one voice of a chord is held while others move."""


@scorer("alphatex/melody", version="3")
def melody(subject: Subject) -> Score:
    """How usual the melody and its rhythm are, under a Markov model of human tunes that ships with the package.

    A step is an interval (of the highest notes) or a rest, with its duration; its probability is conditional on the
    position in the bar, on the degree of the scale (that of the declared key, else the one that fits the notes best)
    and on the step before. Bars in another order, a transposed half bar, random durations and frets
    are steps that people rarely write; so is an end where no tune ends. Held (tied) notes and grace notes are no steps,
    dead notes are rests.

    Check (warning): usual_steps, which shows the least likely step. Value: the mean over the steps that the model wrote
    of their natural log-probability, from 0 at −9 to 1 at −1.8 in a straight line, 0.1 more where a voice of a chord is
    held meanwhile, at most 0.45 for a repeated note and 0.35 for a rest; a note that is held once more counts as a step
    worth 0.75. Human tunes reach about 0.8, random ones 0.1. 0 where nothing sounds; skipped for percussion. Loops
    are likely too: `alphatex/repetition` sees those, and `alphatex/motives` notes at random in tidy rhythm. Metric:
    log_probability (mean, in nats).
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and line.staff.kind != "percussion"]
    if not lines:
        return skipped("no pitches") if found.own_beats else scored(0.0, [])
    ended = not found.cut_off
    judged = [item for line in lines for item in _own_parts(line, declared=found.declares_key, ended=ended)]
    chances = [chance for part in judged for chance in part.chances]
    if not chances:
        return scored(0.0, [])
    mean, least = fmean(chances), min(chances)
    worst, place = next(part for part in judged if least in part.chances).step_of(least)
    what = f"least likely step {worst.event} at {worst.position}; mean log-probability"
    check = within("usual_steps", mean, UNUSUAL, 0.0, place, what)
    worths = [worth for part in judged for worth in part.worths]
    held = sum(_held(line) for line in lines)
    value = (sum(worths) + HELD * held) / (len(worths) + held)
    return scored(value, [check], {"log_probability": mean})


class Walk(NamedTuple):
    """A part of a line: its steps, their log-probabilities and what they are worth.

    `pitch`, `degree` and `event` are the last pitch, its degree and the last event, which what follows depends on.
    """

    steps: list[Step]
    chances: list[float]
    worths: list[float]
    pitch: int | None
    degree: str
    event: str


BEGINNING = Walk([], [], [], None, START, START)


class OwnPart(NamedTuple):
    """What the model wrote of a part of a line."""

    chances: list[float]
    worths: list[float]
    steps: list[Step]
    bar: JudgedBar

    def step_of(self, chance: float) -> tuple[Step, Span]:
        """The first step of a log-probability, and its place."""
        index = self.chances.index(chance)
        step = self.steps[index]
        if step.event == END:
            return step, self.bar.events[-1].span
        return step, [event for event in self.bar.events if event.own and event.traits.is_step][index].span


def _held(line: Line) -> int:
    """How many of the model's notes are held once more."""
    if all(bar.traits.has_steps_alone for bar in line.bars):
        return 0
    held = [event.traits.is_held and not event.beat.grace for event in line.events]
    following = zip(held, held[1:], line.events[1:], strict=False)
    return sum(one and not before and event.own for before, one, event in following)


def _own_parts(line: Line, *, declared: bool, ended: bool) -> Iterator[OwnPart]:
    """What the model wrote of each bar and, where the piece has ended, of its end."""
    walks = _walks(line, declared=declared, ended=ended)
    for bar, walk in zip(line.bars, walks, strict=False):
        if bar.own_traits is bar.traits:
            yield OwnPart(walk.chances, walk.worths, walk.steps, bar)
        elif bar.own_traits.steps:
            own = bar.owned_steps
            chances, worths = list(compress(walk.chances, own)), list(compress(walk.worths, own))
            yield OwnPart(chances, worths, list(compress(walk.steps, own)), bar)
    if ended and line.bars[-1].own:
        yield OwnPart(walks[-1].chances, walks[-1].worths, walks[-1].steps, line.bars[-1])


@lru_cache(maxsize=16)
def _walks(line: Line, *, declared: bool, ended: bool) -> list[Walk]:
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
        beat = bars[-1].beats[-1]
        end = end_step(beat.beat.end.as_integer_ratio(), walk.degree)
        found.append(_judged([end], [beat], walk.pitch, walk.degree, walk.event))
    return found


@lru_cache(maxsize=1 << 14)
def _walk(bar: BarTraits, tonic: int, pitch: int | None, degree: str, event: str) -> Walk:
    """The walk through a bar that comes from a pitch on a degree of the scale, and from an event."""
    found = steps([(*beat.times, beat.top, tonic) for beat in bar.steps], pitch, degree)
    if bar.top_pitches:
        last = bar.top_pitches[-1]
        return _judged(found, bar.steps, last, degree_of(last, tonic), event)
    return _judged(found, bar.steps, pitch, degree, event)


def _judged(found: list[Step], beats: Sequence[Traits], pitch: int | None, degree: str, event: str) -> Walk:
    """Steps with what they are worth, which come from an event and lead to a pitch on a degree."""
    chances = log_probabilities(human_melody(), found, event)
    pairs = zip(chances, found, beats, strict=True)
    worths = [_earned(chance, step.event, beat.holds_voice) for chance, step, beat in pairs]
    return Walk(found, chances, worths, pitch, degree, found[-1].event if found else event)


def _earned(chance: float, event: str, holding: bool) -> float:
    """What a step is worth, 0 to 1."""
    worth = (chance - WORST) / (BEST - WORST) + HOLDING * holding
    return max(0.0, min(worth, _most(event)))


@lru_cache(maxsize=4096)
def _most(event: str) -> float:
    """What a step is worth at most."""
    return AT_MOST.get(event.partition(",")[0], 1.0)


def line_steps(line: Line, *, declared: bool, ended: bool) -> list[Step]:
    """The steps of a line, the last of them its end where the piece has ended.

    `declared`: whether the key signatures of the text were written and are to be believed.
    """
    return [step for walk in _walks(line, declared=declared, ended=ended) for step in walk.steps]


def struck(line: Line) -> tuple[list[bool], list[int | None]]:
    """For each beat of a line that is struck or rests, whether the model wrote it, and its highest pitch if any."""
    owned = [own for bar in line.bars for own in bar.owned_steps]
    return owned, [pitch for bar in line.bars for pitch in bar.traits.tops]
