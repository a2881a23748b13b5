"""How usual an event is where it stands: counts of human music, learnt once and shipped as tables.

An event has contexts, from none to the most telling one. Witten-Bell smoothing leads from long contexts, which know
much of few events, to short ones.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_COUNT = 3
MEMORY = 200_000

Contexts = tuple[str, ...]


class ContextModel:
    """Counts of events by context, `counts[context][event]`; `vocabulary` is how many events there may be at all."""

    def __init__(self, counts: dict[str, dict[str, int]], vocabulary: int) -> None:
        self.counts = counts
        self._vocabulary = vocabulary
        self._totals = {context: sum(events.values()) for context, events in counts.items()}
        self._known: dict[tuple[Contexts, str], float] = {}

    @classmethod
    def learn(cls, items: Iterable[tuple[Contexts, str]], vocabulary: int, least: int = LEAST_COUNT) -> ContextModel:
        """The model of some events with their contexts; contexts seen fewer than `least` times are left out."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for contexts, event in items:
            for context in contexts:
                counts[context][event] += 1
        kept = {context: dict(events) for context, events in counts.items() if events.total() >= least}
        return cls(kept, vocabulary)

    def log_probability(self, contexts: Contexts, event: str) -> float:
        """The natural logarithm of the probability of an event where it stands, below 0."""
        chance = self._known.get((contexts, event))
        if chance is None:
            chance = math.log(self.probability(contexts, event))
            if len(self._known) < MEMORY:
                self._known[contexts, event] = chance
        return chance

    def probability(self, contexts: Contexts, event: str) -> float:
        """Witten-Bell: a context seen n times with t different events trusts the shorter one t in n + t times."""
        probability = 1.0 / self._vocabulary
        for context in contexts:
            probability = self.refined(probability, context, event)
        return probability

    def refined(self, probability: float, context: str, event: str) -> float:
        """The probability of an event in a context, given the one in the context that is shorter by a word."""
        events = self.counts.get(context)
        if events is None:
            return probability
        kinds = len(events)
        return (events.get(event, 0) + kinds * probability) / (self._totals[context] + kinds)


@cache
def shipped(table: str, vocabulary: int) -> ContextModel:
    """The model of a table that ships with the package: see its `about` entry for the tunes it was learnt from."""
    text = files("alphatex_eval.scorers").joinpath(table).read_text(encoding="utf-8")
    return ContextModel(json.loads(text)["counts"], vocabulary)
