"""How usual a melody is: a small Markov model of human tunes, learnt once and shipped as a table of counts.

A step is what a beat adds to a line: the interval in semitones from the note before (the highest where several sound),
or a rest, and the duration. Its probability is conditional on the position in the bar, on the degree of the scale from
which it starts, and on the step before, with Witten-Bell smoothing from long contexts to short ones. Bars in another
order, half a bar transposed, or durations changed at random are steps that people rarely write.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TABLE = "human_melody.json"
WIDEST = 13
VOCABULARY_SIZE = 2000
REST = "r"
START = "^"
END = "end"
DEGREES = tuple(map(str, range(12)))


Ratio = tuple[int, int]
Beat = tuple[Ratio, Ratio, int | None, int]
"""What a line needs to know of a beat: its position in the bar and its duration in whole notes, each as numerator and
denominator, the highest MIDI pitch or None for a rest, and the pitch class of the tonic of the major scale in force."""


class Step(NamedTuple):
    """One beat of a line: `event` is `interval,duration` or `r,duration` or `end`, `position` where it stands.

    `degree` is the pitch class of the note before, counted from the tonic. A piece that ends has a last step `end` at
    the position up to which its last bar is filled.
    """

    event: str
    position: str
    degree: str


def steps(line: Iterable[Beat], before: int | None = None, degree: str = START) -> list[Step]:
    """The steps of a line, or of a part of one that comes from the pitch `before` on a degree of the scale."""
    found = []
    for position, duration, pitch, tonic in line:
        move = None if pitch is None else pitch - before if before is not None else 0
        found.append(_step(move, duration, position, degree))
        if pitch is not None:
            before, degree = pitch, degree_of(pitch, tonic)
    return found


def degree_of(pitch: int, tonic: int) -> str:
    """The degree of a pitch in the scale on a tonic, a pitch class."""
    return DEGREES[(pitch - tonic) % 12]


@lru_cache(maxsize=1 << 16)
def interval_of(event: str) -> str:
    """The interval of a step, `r` for a rest or `end`."""
    return event.partition(",")[0]


def end_step(filled: Ratio, degree: str) -> Step:
    """The step of a piece that ends after `filled` of its last bar."""
    return Step(END, _text(filled), degree)


@lru_cache(maxsize=1 << 16)
def _step(move: int | None, duration: Ratio, position: Ratio, degree: str) -> Step:
    interval = REST if move is None else max(-WIDEST, min(WIDEST, move))
    return Step(f"{interval},{_text(duration)}", _text(position), degree)


def _text(ratio: Ratio) -> str:
    return f"{ratio[0]}/{ratio[1]}"


def contexts_of(step: Step, before: str) -> Contexts:
    """What a step is conditional on, from nothing to most; `before` is the event of the step before."""
    place = f"{step.position} {step.degree}"
    return "", step.position, place, f"{place} {before}"


def _with_befores(line: Sequence[Step], before: str = START) -> Iterable[tuple[Step, str]]:
    return zip(line, [before, *[step.event for step in line[:-1]]], strict=True) if line else ()


def learn(lines: Iterable[Sequence[Step]]) -> ContextModel:
    """The model of some lines."""
    pairs = (pair for line in lines for pair in _with_befores(line))
    return ContextModel.learn(((contexts_of(step, before), step.event) for step, before in pairs), VOCABULARY_SIZE)


def log_probabilities(model: ContextModel, line: Sequence[Step], before: str = START) -> list[float]:
    """The natural logarithm of the probability of each step, the first of which follows an event."""
    found = []
    for step in line:
        found.append(_log_probability(model, step, before))
        before = step.event
    return found


@lru_cache(maxsize=1 << 16)
def _log_probability(model: ContextModel, step: Step, before: str) -> float:
    place, probability = _at_place(model, step)
    return log(model.refined(probability, f"{place} {before}", step.event))


@lru_cache(maxsize=1 << 16)
def _at_place(model: ContextModel, step: Step) -> tuple[str, float]:
    """The place of a step, and its probability there whatever came before: places are few, what comes before is not."""
    *shorter, place, _ = contexts_of(step, "")
    return place, model.probability((*shorter, place), step.event)


def human_melody() -> ContextModel:
    """The model of human melodies that ships with the package."""
    return shipped(TABLE, VOCABULARY_SIZE)
