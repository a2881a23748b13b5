"""Whether drums are beaten as drummers beat them: a groove that stays, with drums where people put them."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.passage import own_span, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.scorers.passage import Line
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

TABLE = "human_drums.json"

KINDS = {
    "kick": (35, 36),
    "snare": (31, 37, 38, 39, 40, 91),
    "cymbal": (29, 42, 46, 51, 53, 59, 92, 93, 94, 126, 127),
    "pedal": (44,),
    "tom": (41, 43, 45, 47, 48, 50),
    "crash": (30, 49, 52, 55, 57, 95, 96, 97, 98),
}
"""Drums that play the same part, by their numbers in alphaTab, which are those of General MIDI and some more.

Cymbals are those that keep time, hi-hat and ride; the pedal is the hi-hat that the foot closes.
"""
KIND_OF = {number: kind for kind, numbers in KINDS.items() for number in numbers}
OTHER = "other"

FIRST, MIDDLE, BEAT, BETWEEN, OFF_GRID = "first", "middle", "beat", "between", "off the grid"
GRID = (2, 3, 4, 6)
"""The parts of a beat at which people hit."""

LEAST_USUAL = -2.0
"""The least that a hit on the grid is worth."""
STRAY = -3.0
"""What a hit off the grid is worth."""

NEIGHBOURS = 8
"""Bars on each side among which a groove returns: a phrase, so that the fill at its end may be like the next one."""
CREDIT = 3
"""Bars that are taken to return before the first is heard: a bar or two prove little."""
RETURNS = 3.0
HALF, SCALE = 2.4, 0.25
LONE = 0.2
"""What is left of the value where one kind of drum plays alone."""
UNUSUAL = -0.5
USUAL_RETURNS = 0.6


class Hit(NamedTuple):
    """A drum that is struck: what kind of place in the bar, what kind of drum."""

    place: str
    drum: str


Stroke = tuple[tuple[int, int], tuple[str, ...]]
"""When something is struck, as numerator and denominator, and which kinds of drums."""


class Bar(NamedTuple):
    """A bar of a line of drums: its number from 0, all its strokes, those of the model, and what these hit."""

    number: int
    strokes: frozenset[Stroke]
    own: frozenset[Stroke]
    hits: list[Hit]


def hits_of(line: Line) -> list[Hit]:
    """The drums that are struck in a line, grace notes left out."""
    return [hit for bar in line.bars for hit in _hits(bar.traits, bar.master.time_signature)]


def _bars(line: Line) -> list[Bar]:
    """The bars of a line in which something is struck."""
    return [
        Bar(bar.number, strokes, _strokes(bar.own_traits), _hits(bar.own_traits, bar.master.time_signature))
        for bar in line.bars
        if (strokes := _strokes(bar.traits))
    ]


@lru_cache(maxsize=BARS)
def _hits(bar: BarTraits, meter: tuple[int, int]) -> list[Hit]:
    return [Hit(_place(onset, meter), drum) for onset, drums in _strokes(bar) for drum in drums]


@lru_cache(maxsize=BARS)
def _strokes(bar: BarTraits) -> frozenset[Stroke]:
    beats = [beat for beat in bar.beats if beat.hit]
    return frozenset([_stroke(beat.times[0], tuple([note.percussion for note in beat.beat.notes])) for beat in beats])


@lru_cache(maxsize=1024)
def _stroke(onset: tuple[int, int], drums: tuple[int | None, ...]) -> Stroke:
    """What is struck, each kind once; one object for all strokes that are alike, so that they are compared fast."""
    return onset, tuple(sorted({OTHER if drum is None else KIND_OF.get(drum, OTHER) for drum in drums}))


@lru_cache(maxsize=1024)
def _place(onset: tuple[int, int], meter: tuple[int, int]) -> str:
    """What kind of place in the bar an onset is; a beat is three eighths in 6/8, 9/8 and 12/8.

    The second of two beats is no middle: snares stand there as on the second of four.
    """
    top, bottom = meter
    size = 3 if bottom >= 8 and top > 3 and top % 3 == 0 else 1
    beats = Fraction(onset[0] * bottom, onset[1] * size)
    if not beats:
        return FIRST
    if beats.denominator == 1 and beats > 1 and 2 * beats * size == top:
        return MIDDLE
    if beats.denominator == 1:
        return BEAT
    return BETWEEN if beats.denominator in GRID else OFF_GRID


def contexts_of(hit: Hit) -> Contexts:
    """What a hit is conditional on: nothing, and its kind of place."""
    return "", hit.place


def learn(lines: Iterable[Sequence[Hit]]) -> ContextModel:
    """The table of some lines of drums."""
    return ContextModel.learn(((contexts_of(hit), hit.drum) for line in lines for hit in line), len(KINDS) + 1)


@scorer("alphatex/drums", version="2")
def drums(subject: Subject) -> Score:
    """Whether the drums keep a groove of several drums, each where people put it.

    Drums are told apart by their kind: kick, snare, cymbals that keep time, pedal hi-hat, toms, crashes, others. Usual:
    the mean over kinds of the mean over what the model hits of log (p(kind | place) ÷ p(kind)), under a table of
    grooves; places are the first beat, the middle of the bar, other beats, and between beats. A hit is worth −2 at
    least, 0 where the table does not know the drum, −3 where it is no half, third, quarter or sixth of a beat. Returns:
    the mean share of the model's strokes in a bar that also stand in one other bar, of the eight on each side the one
    that has most of them; a groove gets 0.9, drums at random 0.3. Mixed: the share of the model's bars in which drums
    of two kinds are struck, by whatever voice.

    Checks (warnings): usual_hits, groove. Value: (0.2 + 0.8 × mixed²) ÷ (1 + exp((2.4 − usual − 3 × returns) ÷ 0.25)),
    with three more bars that return; near 1 for people, 0.2 at most for one drum alone, near 0 for hits at random. 0
    where drums never play; skipped where the model writes none, or only a pause of those in the prompt. Meant as a
    ceiling. Metrics: usual (nats), returns (0 to 1), mixed (0 to 1).
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_percussion]
    played = [_bars(line) for line in lines]
    own = [bar for bar in _all(played) if bar.own]
    if not any(line.is_own for line in lines):
        return skipped("no drums")
    if not own:
        return skipped("drums that pause") if any(played) else scored(0.0, [])
    usual, mixed = _usual(hit for bar in own for hit in bar.hits), _mixed(played)
    returning = [share for bars in played for share in _returning(bars)]
    returns = fmean(returning)
    span = own_span([line for line in lines if line.is_own])
    checks = [
        within("usual_hits", usual, UNUSUAL, 2.0, span, "mean logarithm of how usual drums are where they are hit"),
        within("groove", returns, USUAL_RETURNS, 1.0, span, "share of strokes that keep the groove"),
    ]
    credited = fmean([*returning, *[1.0] * CREDIT])
    value = (LONE + (1.0 - LONE) * mixed**2) / (1.0 + math.exp((HALF - usual - RETURNS * credited) / SCALE))
    return scored(value, checks, {"usual": usual, "returns": returns, "mixed": mixed})


def _usual(hits: Iterable[Hit]) -> float:
    """How usual the drums are where they are hit, each kind the same: cymbals are hit most and tell least."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for hit in hits:
        found[hit.drum].append(_worth(hit))
    return fmean(map(fmean, found.values()))


@lru_cache(maxsize=1024)
def _worth(hit: Hit) -> float:
    """How much more usual a drum is at a place than anywhere, as a logarithm."""
    model = shipped(TABLE, len(KINDS) + 1)
    if hit.place == OFF_GRID:
        return STRAY
    if hit.drum not in model.counts[""]:
        return 0.0
    anywhere = model.log_probability(("",), hit.drum)
    return max(LEAST_USUAL, model.log_probability(contexts_of(hit), hit.drum) - anywhere)


def _returning(bars: Sequence[Bar]) -> list[float]:
    """For each bar with strokes of the model, the share of them that the bar nearby has that has most of them."""
    return [_most(bars, place) / len(bar.own) for place, bar in enumerate(bars) if bar.own]


def _most(bars: Sequence[Bar], place: int) -> int:
    nearby = (*bars[max(0, place - NEIGHBOURS) : place], *bars[place + 1 : place + 1 + NEIGHBOURS])
    return max([len(bars[place].own & other.strokes) for other in nearby], default=0)


def _mixed(played: Sequence[Sequence[Bar]]) -> float:
    """The share of bars with strokes of the model in which drums of several kinds are struck, by whatever voice."""
    kinds: defaultdict[int, set[str]] = defaultdict(set)
    for bar in _all(played):
        for _, drums in bar.strokes:
            kinds[bar.number].update(drums)
    own = {bar.number for bar in _all(played) if bar.own}
    return fmean([len(kinds[number]) > 1 for number in own])


def _all(played: Sequence[Sequence[Bar]]) -> Iterator[Bar]:
    return (bar for bars in played for bar in bars)
