"""Whether notes follow each other in an order that people give them, and whether figures come back."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.melody_model import END, REST, START, WIDEST, Step, interval_of
from alphatex_eval.scorers.passage import Line, own_span, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.walks import Walk, walks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.scorers.results import Score, Subject

TABLE = "human_intervals.json"
VOCABULARY_SIZE = 32
LEAST_COUNT = 300
"""How often people must have written a context for it to be worth a place in the table, which stays small so."""

RETURNS = 3.0
"""How much figures that return weigh against the order of the notes, in nats."""

HALF, SCALE = -1.05, 0.33
"""Between random notes (−1.2) and people (0): the sum that is worth a half, and how fast the value changes there."""

DOUBT = 16
"""So many notes of doubt, all as people write them: a few notes prove little."""

RICH, FEW, MANY = 3.0, 16, 64
MARGIN, MOST_ASKED = 0.05, 0.45
"""Below what is asked by these lie one in fifty lines of people, see `motives`: the fewer different beats, the more
returns."""

LACK, LEAST = 4.0, 0.25
UNUSUAL = -0.8

Figure = tuple[str, str, str, str]
"""Three beats in a row as intervals and durations, and where in the bar the first of them stands."""


STILL = {"0", REST, END}
WIDE = {str(WIDEST), str(-WIDEST)}
LEAP = math.log(4)
"""All leaps of more than an octave are one event of the table, which leads to one of several pitches."""


class Part(NamedTuple):
    """What the model wrote of a line: its notes, the probability of their order, and figures, its own and the prompt's.

    `order` is the sum of the natural log-probabilities of the intervals, `spread` the entropy of the pitches times
    their number, both in nats.
    """

    notes: int
    order: float
    spread: float
    own: list[Figure]
    given: list[Figure]


@scorer("alphatex/motives", version="1")
def motives(subject: Subject) -> Score:
    """Whether the notes stand in an order that people give them, and whether figures come back as motives do.

    Order: the log-probability of an interval, given the degree of the scale and the two intervals before it, under a
    table of human music, plus the entropy of the passage's own pitches (with the correction of Miller & Madow 1955):
    by how much the notes are better foretold by what people play than by drawing them from a hat with the same notes.
    It is the mean over the notes that move, as if 16 more had 0; a leap of more than an octave costs log 4 more. People
    get about 0, random notes of a scale −1.2.

    Returns: the share of figures of three beats (intervals and durations, at one place of the bar) that stood before,
    in the prompt too. People get about 0.25, random notes 0. The fewer different beats a passage has, the more returns:
    of n figures people have about (3 − e)² ÷ 4, e the entropy of the beats in nats, and 0.05 less, but no more
    than 0.45, times (n − 16) ÷ 64 up to 1, is asked.

    Checks (warnings): order, returns. Value: 1 ÷ (1 + exp((−1.05 − order − 3 × returns) ÷ 0.33)), times 1 − 4 × what
    is lacking in returns (0.25 at least). Near 1 for people, 0.2 for random notes. Loops return too:
    `alphatex/repetition` sees those. 0 where nothing sounds; skipped for percussion. Meant as a ceiling. Metrics:
    order (nats), returns (0 to 1). Source: the long and the short memory of Pearce 2005; the measures are ours.
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and not line.is_percussion]
    if not lines:
        return skipped("no pitches") if found.own_beats else scored(0.0, [])
    parts = [_part(line, declared=found.declares_key, ended=not found.cut_off) for line in lines]
    notes = sum(part.notes for part in parts)
    if not notes and not any(part.own for part in parts):
        return scored(0.0, [])
    order = sum(part.order + part.spread for part in parts) / (notes + DOUBT)
    returns, needed = _returns(parts)
    span = own_span(lines)
    checks = [
        within("order", order, UNUSUAL, math.inf, span, "how much better than by chance the notes follow each other"),
        within("returns", returns, needed, 1.0, span, "share of figures that stood before"),
    ]
    value = 1.0 / (1.0 + math.exp((HALF - order - RETURNS * returns) / SCALE))
    returning = max(LEAST, 1.0 - LACK * max(0.0, needed - returns))
    return scored(value * returning, checks, {"order": order, "returns": returns})


def _returns(parts: Sequence[Part]) -> tuple[float, float]:
    """The share of the model's figures that stood before, and the share that people do not stay below."""
    given = {figure for part in parts for figure in part.given}
    own = [figure for part in parts for figure in part.own]
    if not own:
        return 0.0, 0.0
    beats = Counter([figure[1] for figure in own])
    variety = entropy(beats)
    usual = min(MOST_ASKED, max(0.0, RICH - variety) ** 2 / 4 - MARGIN)
    return 1.0 - len(set(own) - given) / len(own), max(0.0, usual) * min(1.0, max(0, len(own) - FEW) / MANY)


def entropy(counts: Counter[Any]) -> float:
    """The entropy of a histogram in nats, 0 for nothing."""
    total = counts.total()
    return -sum([count / total * math.log(count / total) for count in counts.values()])


def _part(line: Line, *, declared: bool, ended: bool) -> Part:
    walks = walks_of(line, declared=declared, ended=ended)
    names = list(chain.from_iterable([walk.names for walk in walks]))
    positions = chain.from_iterable([walk.positions for walk in walks])
    figures = list(zip(positions, names, names[1:], names[2:], strict=False))
    first = left = _steps_before(line)
    begun = max(0, first - 2)
    before, last = START, START
    order = 0.0
    pitches: list[int | None] = []
    for walk in walks:
        if left:
            moves = _moves_behind(left, walk, before, last)
            left = max(0, left - len(walk.steps))
        else:
            moves = _moves(walk, before, last)
        order += moves.order
        pitches += moves.pitches
        before, last = moves.before, moves.last
    return Part(len(pitches), order, _spread(Counter(pitches)), figures[begun:], figures[:begun])


def _steps_before(line: Line) -> int:
    """How many steps of a line stand before the first that the model wrote."""
    if line.is_all_own:
        return 0
    owned = [own for bar in line.bars for own in bar.owned_steps]
    return owned.index(True) if True in owned else len(owned)


class Moves(NamedTuple):
    """The notes of a walk that move: how likely their intervals are, their pitches, and the last two intervals."""

    order: float
    pitches: list[int | None]
    before: str
    last: str


def _moves_behind(given: int, walk: Walk, before: str, last: str) -> Moves:
    """The moves of a walk without its first steps, which comes from two intervals."""
    intervals = walk.intervals
    chances = list(map(_chance, walk.degrees, [before, last, *intervals], [last, *intervals], intervals))[given:]
    pitches = [beat.top for beat, chance in zip(walk.beats[given:], chances, strict=True) if chance]
    *_, before, last = (before, last, *intervals)
    return Moves(sum(chances), pitches, before, last)


@lru_cache(maxsize=BARS)
def _moves(walk: Walk, before: str, last: str) -> Moves:
    return _moves_behind(0, walk, before, last)


@lru_cache(maxsize=1 << 16)
def _chance(degree: str, before: str, last: str, interval: str) -> float:
    """The log-probability of an interval, 0 where nothing moves."""
    if interval in STILL:
        return 0.0
    chance = math.log(shipped(TABLE, VOCABULARY_SIZE).probability(contexts_of(degree, before, last), interval))
    return chance - LEAP if interval in WIDE else chance


def contexts_of(degree: str, before: str, last: str) -> Contexts:
    """What an interval is conditional on: nothing, the degree where it starts, and the one or two intervals before."""
    return "", degree, f"{degree} {last}", f"{degree} {last} {before}"


def _spread(pitches: Counter[int | None]) -> float:
    """The number of notes times the entropy of their pitches in nats, corrected for small numbers."""
    total = pitches.total()
    return (len(pitches) - 1) / 2 + total * entropy(pitches) if total else 0.0


def learn(lines: Iterable[Sequence[Step]]) -> ContextModel:
    """The table of the intervals of some lines."""
    return ContextModel.learn((item for line in lines for item in _items(line)), VOCABULARY_SIZE, LEAST_COUNT)


def _items(line: Sequence[Step]) -> Iterator[tuple[Contexts, str]]:
    before, last = START, START
    for step in line:
        interval = interval_of(step.event)
        if interval != END:
            yield contexts_of(step.degree, before, last), interval
        before, last = last, interval
