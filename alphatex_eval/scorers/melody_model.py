"""How usual a melody is: a small Markov model of human tunes, learnt once and shipped as a table of counts.

A step is what a beat adds to a line: the interval in semitones from the note before (the highest where several sound),
or a rest, and the duration. Its probability is conditional on the position in the bar and on the step before, with
Witten-Bell smoothing from long contexts to short ones. Bars in another order, half a bar transposed, or durations
changed at random are steps that people rarely write.
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
LEAST_COUNT = 2
REST = "r"
START = "^"
END = "end"
MEMORY = 200_000


class Step(NamedTuple):
    """One beat of a line: `event` is `interval,duration` or `r,duration` or `end`, `position` where it stands.

    A piece that ends has a last step `end` at the position up to which its last bar is filled.
    """

    event: str
    position: str


def steps(line: Iterable[tuple[Fraction, Fraction, int | None]]) -> list[Step]:
    """The steps of a line of (position in the bar, duration, highest pitch or None for a rest)."""
    found = []
    before: int | None = None
    for position, duration, pitch in line:
        found.append(Step(f"{_move(before, pitch)},{_printed(duration)}", _printed(position)))
        before = before if pitch is None else pitch
    return found


def ending(filled: Fraction) -> Step:
    """The step that ends a piece whose last bar is filled up to `filled`."""
    return Step(END, _printed(filled))


def _move(before: int | None, pitch: int | None) -> str:
    if pitch is None:
        return REST
    return str(max(-WIDEST, min(WIDEST, pitch - before))) if before is not None else "0"


def _printed(time: Fraction) -> str:
    return _ratio(time.numerator, time.denominator)


@lru_cache(maxsize=4096)
def _ratio(numerator: int, denominator: int) -> str:
    return f"{numerator}/{denominator}"


def _contexts(position: str, before: str) -> tuple[str, str, str]:
    """What a step is conditional on, from nothing to most."""
    return "", position, f"{position} {before}"


class MelodyModel:
    """Counts of events by context: `counts[context][event]`."""

    def __init__(self, counts: dict[str, dict[str, int]]) -> None:
        self.counts = counts
        self._totals = {context: sum(events.values()) for context, events in counts.items()}
        self._known: dict[tuple[str, Step], float] = {}

    @classmethod
    def learn(cls, lines: Iterable[Sequence[Step]]) -> MelodyModel:
        """The model of some lines; contexts met only once are left out."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for line in lines:
            for before, step in zip([START, *(step.event for step in line)], line, strict=False):
                for context in _contexts(step.position, before):
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
        for context in _contexts(step.position, before):
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
