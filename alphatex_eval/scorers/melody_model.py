"""How usual a melody is: a small Markov model of human tunes, learnt once and shipped as a table of counts.

A step is what a beat adds to a line: the interval in semitones from the note before (the highest where several sound),
or a rest, and the duration. Its probability is conditional on the position in the bar, on the degree of the scale from
which it starts, and on the step before, with Witten-Bell smoothing from long contexts to short ones. Bars in another
order, half a bar transposed, or durations changed at random are steps that people rarely write.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

TABLE = "human_melody.json"
WIDEST = 13
VOCABULARY_SIZE = 2000
LEAST_COUNT = 3
REST = "r"
START = "^"
END = "end"
MEMORY = 200_000
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


def _contexts(step: Step, before: str) -> tuple[str, str, str, str]:
    """What a step is conditional on, from nothing to most."""
    place = f"{step.position} {step.degree}"
    return "", step.position, place, f"{place} {before}"


class MelodyModel:
    """Counts of events by context: `counts[context][event]`."""

    def __init__(self, counts: dict[str, dict[str, int]]) -> None:
        self.counts = counts
        self._totals = {context: sum(events.values()) for context, events in counts.items()}
        self._known: dict[tuple[str, Step], float] = {}

    @classmethod
    def learn(cls, lines: Iterable[Sequence[Step]]) -> MelodyModel:
        """The model of some lines; rare contexts are left out."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for line in lines:
            for before, step in zip([START, *(step.event for step in line)], line, strict=False):
                for context in _contexts(step, before):
                    counts[context][step.event] += 1
        return cls({key: dict(events) for key, events in counts.items() if events.total() >= LEAST_COUNT})

    def log_probabilities(self, line: Sequence[Step]) -> list[float]:
        """The natural logarithm of the probability of each step."""
        chances = []
        before = START
        for step in line:
            chance = self._known.get((before, step))
            if chance is None:
                chance = self._remember(before, step)
            chances.append(chance)
            before = step.event
        return chances

    def _remember(self, before: str, step: Step) -> float:
        chance = math.log(self._probability(before, step))
        if len(self._known) < MEMORY:
            self._known[before, step] = chance
        return chance

    def _probability(self, before: str, step: Step) -> float:
        """Witten-Bell: a context seen n times with t different events trusts the shorter one t in n + t times."""
        probability = 1.0 / VOCABULARY_SIZE
        for context in _contexts(step, before):
            events = self.counts.get(context)
            if events is None:
                break
            kinds = len(events)
            probability = (events.get(step.event, 0) + kinds * probability) / (self._totals[context] + kinds)
        return probability


@cache
def human_melody() -> MelodyModel:
    """The model that ships with the package: see its `about` entry for the tunes it was learnt from."""
    text = files("alphatex_eval.scorers").joinpath(TABLE).read_text(encoding="utf-8")
    return MelodyModel(json.loads(text)["counts"])
