"""Whether drums are beaten as drummers beat them: a groove that stays, with hits where people put them."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.passage import own_span, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alphatex_eval.scorers.passage import Event, Line
    from alphatex_eval.scorers.results import Score, Subject

TABLE = "human_drums.json"
VOCABULARY_SIZE = 256
LEAST_LIKELY = -6.0
"""The log-probability of a hit that the table does not know: there are more grooves than it was learnt from."""

RETURNS = 2.0
HALF, SCALE = -2.2, 0.8
UNUSUAL = -3.5
USUAL_RETURNS = 0.3
START = "^"


class Hit(NamedTuple):
    """A beat of a drummer: where in the bar, what is hit (nothing for a rest) and for how long, after what."""

    position: str
    event: str
    before: str


def hits_of(line: Line) -> list[Hit]:
    """The beats of a line of drums, grace notes left out."""
    found = []
    before = START
    for event in line.events:
        if not event.beat.grace:
            now = _name(event)
            found.append(Hit(str(event.beat.onset), now, before))
            before = now
    return found


def _name(event: Event) -> str:
    hit = " ".join(sorted([str(note.percussion) for note in event.beat.notes]))
    return f"{hit},{event.beat.duration}"


def contexts_of(hit: Hit) -> Contexts:
    """What a hit is conditional on: nothing, its place in the bar, and what was hit before."""
    return "", hit.position, f"{hit.position} {hit.before}"


def learn(lines: Iterable[Sequence[Hit]]) -> ContextModel:
    """The table of some lines of drums."""
    return ContextModel.learn(((contexts_of(hit), hit.event) for line in lines for hit in line), VOCABULARY_SIZE)


@scorer("alphatex/drums", version="1")
def drums(subject: Subject) -> Score:
    """Whether the drums keep a groove, and hit what people hit at that place of the bar.

    Usual: the mean natural log-probability of what the model's drums hit, given the place in the bar and the hit
    before, under a table of grooves, a hit at −6 at least. Returns: the share of hits that stood at their place of the
    bar, after the same hit, before, in the prompt too; a groove gets about 0.8, drums at random 0.1.

    Checks (warnings): usual_hits, groove. Value: 1 ÷ (1 + exp((−2.2 − usual − 2 × returns) ÷ 0.8)), so that a groove
    of its own that stays is worth more than a changing one; near 1 for people, near 0 for hits at random. Skipped where
    the model writes no drums. Meant as a ceiling. Metrics: log_probability (nats), returns (0 to 1).
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and line.is_percussion]
    if not lines:
        return skipped("no drums")
    model = shipped(TABLE, VOCABULARY_SIZE)
    own, given = _own_and_given(lines)
    if not own:
        return skipped("no drums")
    usual = fmean([max(LEAST_LIKELY, model.log_probability(contexts_of(hit), hit.event)) for hit in own])
    returns = 1.0 - len(set(own) - given) / len(own)
    span = own_span(lines)
    checks = [
        within("usual_hits", usual, UNUSUAL, 0.0, span, "mean log-probability of the hits"),
        within("groove", returns, USUAL_RETURNS, 1.0, span, "share of hits that keep the groove"),
    ]
    value = 1.0 / (1.0 + math.exp((HALF - usual - RETURNS * returns) / SCALE))
    return scored(value, checks, {"log_probability": usual, "returns": returns})


def _own_and_given(lines: Iterable[Line]) -> tuple[list[Hit], set[Hit]]:
    own: list[Hit] = []
    given: set[Hit] = set()
    for line in lines:
        hits = hits_of(line)
        begun = len(hits) - sum(not event.beat.grace for event in line.own)
        given.update(hits[:begun])
        own += hits[begun:]
    return own, given
