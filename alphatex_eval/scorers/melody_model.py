"""How usual a melody is: a small Markov model of human tunes, learnt once and shipped as a table of counts.

A step is what a beat adds to a line: the interval in semitones from the note before (the highest where several sound),
or a rest, and the duration. Its probability is conditional on the position in the bar, on the degree of the scale from
which it starts, and on the step before, with Witten-Bell smoothing from long contexts to short ones. Bars in another
order, half a bar transposed, or durations changed at random are steps that people rarely write.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction


TABLE = "human_melody.json"
WIDEST = 13
VOCABULARY_SIZE = 2000
REST = "r"
START = "^"
END = "end"
DEGREES = tuple(map(str, range(12)))


Beat = tuple["Fraction", "Fraction", int | None, int]
"""What a line needs to know of a beat: its position in the bar and its duration in whole notes, the highest MIDI pitch
or None for a rest, and the pitch class of the tonic of the major scale in force."""


class Step(NamedTuple):
    """One beat of a line: `event` is `interval,duration` or `r,duration` or `end`, `position` where it stands.

    `degree` is the pitch class of the note before, counted from the tonic. A piece that ends has a last step `end` at
    the position up to which its last bar is filled.
    """

    event: str
    position: str
    degree: str


def steps(
    line: Iterable[Beat | tuple[Fraction, Fraction, int | None, int]], filled: Fraction | None = None
) -> list[Step]:
    """The steps of a line; with an end where the piece ends after `filled` of its last bar."""
    found = []
    before: int | None = None
    degree = START
    for position, duration, pitch, tonic in line:
        move = None if pitch is None else pitch - before if before is not None else 0
        event = _event(move, duration.numerator, duration.denominator)
        found.append(Step(event, _ratio(position.numerator, position.denominator), degree))
        if pitch is not None:
            before, degree = pitch, DEGREES[(pitch - tonic) % 12]
    return found if filled is None else [*found, Step(END, _ratio(filled.numerator, filled.denominator), degree)]


@lru_cache(maxsize=1 << 16)
def _event(move: int | None, numerator: int, denominator: int) -> str:
    interval = REST if move is None else max(-WIDEST, min(WIDEST, move))
    return f"{interval},{_ratio(numerator, denominator)}"


@lru_cache(maxsize=4096)
def _ratio(numerator: int, denominator: int) -> str:
    return f"{numerator}/{denominator}"


def contexts_of(line: Sequence[Step]) -> list[tuple[Contexts, str]]:
    """Each step with what it is conditional on, from nothing to most."""
    events = [step.event for step in line]
    befores = [START, *events[:-1]]
    return [
        (_contexts(step.position, step.degree, before), step.event) for step, before in zip(line, befores, strict=True)
    ]


@lru_cache(maxsize=1 << 16)
def _contexts(position: str, degree: str, before: str) -> Contexts:
    place = f"{position} {degree}"
    return "", position, place, f"{place} {before}"


def learn(lines: Iterable[Sequence[Step]]) -> ContextModel:
    """The model of some lines."""
    return ContextModel.learn((item for line in lines for item in contexts_of(line)), VOCABULARY_SIZE)


def log_probabilities(model: ContextModel, line: Sequence[Step]) -> list[float]:
    """The natural logarithm of the probability of each step."""
    return [model.log_probability(contexts, event) for contexts, event in contexts_of(line)]


def human_melody() -> ContextModel:
    """The model of human melodies that ships with the package."""
    return shipped(TABLE, VOCABULARY_SIZE)
