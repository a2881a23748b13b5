"""Whether what comes next is what a listener expects: of durations in their bar, and of intervals in their line."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.melody import held_again, line_steps
from alphatex_eval.scorers.melody_model import END, REST, START, interval_of
from alphatex_eval.scorers.passage import own_span, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.melody_model import Step
    from alphatex_eval.scorers.passage import Line
    from alphatex_eval.scorers.results import Score, Subject

DURATIONS, INTERVALS = "human_durations.json", "human_continuations.json"
DIFFERENT_DURATIONS, DIFFERENT_INTERVALS = 200, 27
LEAST_COUNT = 20
"""How often people must have written a context for it to be worth a place in the tables, which stay small so."""

MEMORY = 4
"""How often a passage must have gone on from two intervals for its own habit to weigh as much as the tables."""

MOST_HEARD = 12
"""A habit of so many times weighs three times as much as the tables, an older one no more."""

HELD = -0.7
"""The log-probability of a note that is held once more instead of moving on."""

DOUBT = 8
"""So many events of doubt, all as expected: a few notes prove little."""

HALF, SCALE = -4.5, 0.8
"""The sum of both means that is worth a half, and how fast the value changes there."""

STILL = {REST, END}

USUAL_DURATIONS, USUAL_INTERVALS = -2.0, -2.8

Pattern = tuple[str, ...]
"""The beats of a bar as durations, `r` after a rest and `t` after a held note."""


class Move(NamedTuple):
    """A note of a line: the interval that leads to it, the degree of the scale where that starts, and its place.

    `position` is its place in the bar, `first` to `third` are the intervals before, the last one first.
    """

    interval: str
    degree: str
    position: str
    first: str
    second: str
    third: str


@scorer("alphatex/expectation", version="1")
def expectation(subject: Subject) -> Score:
    """How much of what the model wrote a listener expects, who knows people's music and remembers this piece.

    Durations: the log-probability of each beat's duration, and of its being a note or a rest, given the meter, its
    place in the bar, the durations before it in the bar, and the bar before, under a table of human music.

    Intervals: the log-probability of each interval of the highest notes, given the degree of the scale where it starts,
    its place in the bar and up to three intervals before, under a table of human music, together with how the piece
    went on so far (the prompt too) from the same degree after the same two intervals, which counts as much as the table
    when it has been heard four times, and three times as much at most. A note that is held once more counts as an
    interval of −0.7.

    Checks (warnings): usual_durations, usual_intervals, each of which shows the least expected place. Value:
    1 ÷ (1 + exp((−4.5 − durations − intervals) ÷ 0.8)), each the mean natural log-probability with 8 more events of 0;
    near 0.95 for people. It falls with every surprise, if little near the top. 0 where nothing sounds; skipped for
    percussion. Loops are expected too: `alphatex/repetition` sees those. Meant as a ceiling. Metrics: durations,
    intervals (nats). Source: the long- and the short-term model of Pearce 2005; the measures are ours.
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.staff.kind != "percussion"]
    own = [line for line in lines if line.own]
    if not own:
        return skipped("no pitches") if found.own else scored(0.0, [])
    timed = [item for line in own for item in _timed(line)]
    heard: dict[tuple[str, ...], int] = {}
    ways = {"declared": found.declares_key, "ended": not found.cut_off}
    moved = [item for line in lines for item in _moved(line, heard, **ways)]
    moved += [(HELD, event.span) for line in own for event in held_again(line)]
    if not any(event.traits.is_struck for line in own for event in line.own):
        return scored(0.0, [])
    whole = own_span(own)
    durations, rare = _mean(timed, whole)
    intervals, far = _mean(moved, whole)
    what = "mean log-probability of the"
    checks = [
        within(
            "usual_durations", durations, USUAL_DURATIONS, 0.0, rare, f"{what} durations, of which this is the rarest"
        ),
        within(
            "usual_intervals", intervals, USUAL_INTERVALS, 0.0, far, f"{what} intervals, of which this is the rarest"
        ),
    ]
    value = 1.0 / (1.0 + math.exp((HALF - durations - intervals) / SCALE))
    return scored(value, checks, {"durations": durations, "intervals": intervals})


def _mean(items: Sequence[tuple[float, Span]], otherwise: Span) -> tuple[float, Span]:
    """The mean with its doubt, and the place of the least one."""
    total = sum([chance for chance, _ in items])
    return total / (len(items) + DOUBT), min(items, default=(0.0, otherwise))[1]


def patterns_of(line: Line) -> list[tuple[str, Pattern, Pattern]]:
    """For each bar of a line its meter, its pattern, grace notes left out, and the pattern of the bar before."""
    meters = ["{}/{}".format(*bar.master.time_signature) for bar in line.bars]
    patterns = [tuple([event.traits.pulse for event in bar.events if not event.beat.grace]) for bar in line.bars]
    return list(zip(meters, patterns, [(), *patterns], strict=False))


def _timed(line: Line) -> Iterator[tuple[float, Span]]:
    """Log-probability and place of each duration that the model wrote."""
    for bar, written in zip(line.bars, patterns_of(line), strict=True):
        if bar.own:
            events = [event for event in bar.events if not event.beat.grace]
            for chance, event in zip(_pattern_chances(*written), events, strict=True):
                if event.own:
                    yield chance, event.span


@lru_cache(maxsize=1 << 16)
def _pattern_chances(meter: str, pattern: Pattern, before: Pattern) -> tuple[float, ...]:
    model = shipped(DURATIONS, DIFFERENT_DURATIONS)
    return tuple([_sounding_or_held(model, *item) for item in pattern_items(meter, pattern, before)])


def _sounding_or_held(model: ContextModel, contexts: Contexts, beat: str) -> float:
    """The log-probability of a rest, or of a note of some duration, be it struck or held."""
    if beat.endswith("r"):
        return model.log_probability(contexts, beat)
    kinds = beat.rstrip("t"), beat.rstrip("t") + "t"
    return math.log(sum(math.exp(model.log_probability(contexts, kind)) for kind in kinds))


def pattern_items(meter: str, pattern: Pattern, before: Pattern) -> Iterator[tuple[Contexts, str]]:
    """Each beat of a bar with what it is conditional on: place, the beat before, the bar so far, the bar before."""
    place, last, gone = Fraction(0), START, meter
    for beat in pattern:
        here = f"{meter} {place}"
        yield (here, f"{here} {last}", f"{gone}:", f"{gone}: {' '.join(before)}"), beat
        place += Fraction(beat.rstrip("rt"))
        last, gone = beat, f"{gone} {beat}"


def moves_of(steps: Iterable[Step]) -> list[Move | None]:
    """For each step of a line the interval between notes, None for rests, the end, and the first note."""
    found: list[Move | None] = []
    third, second, first = START, START, START
    for event, position, degree in steps:
        interval = interval_of(event)
        if interval in STILL or degree == START:
            found.append(None)
        else:
            found.append(Move(interval, degree, position, first, second, third))
            third, second, first = second, first, interval
    return found


def _moved(
    line: Line, heard: dict[tuple[str, ...], int], *, declared: bool, ended: bool
) -> Iterator[tuple[float, Span]]:
    """Log-probability and place of each interval that the model wrote; `heard` is the memory of the piece so far."""
    events, steps = line_steps(line, declared=declared, ended=ended)
    for event, move in zip(events, moves_of(steps), strict=True):
        if move is not None:
            here = move.degree, move.first, move.second
            after = *here, move.interval
            times, alike = heard.get(here, 0), heard.get(after, 0)
            if event.own:
                known = min(times, MOST_HEARD)
                habit = known * alike / times if times else 0.0
                yield math.log((habit + MEMORY * _chance(move)) / (known + MEMORY)), event.span
            heard[here], heard[after] = times + 1, alike + 1


@lru_cache(maxsize=1 << 16)
def _chance(move: Move) -> float:
    return math.exp(shipped(INTERVALS, DIFFERENT_INTERVALS).log_probability(move_contexts(move), move.interval))


def move_contexts(move: Move) -> Contexts:
    """What an interval is conditional on: the degree where it starts, its place, the interval before, three of them."""
    degree, place = move.degree, f"{move.degree} {move.position}"
    return degree, place, f"{place} {move.first}", f"{degree}: {move.first} {move.second} {move.third}"


def learn_durations(bars: Iterable[tuple[str, Pattern, Pattern]]) -> ContextModel:
    """The table of the durations of some bars: meter, pattern, and the pattern before."""
    return ContextModel.learn((item for bar in bars for item in pattern_items(*bar)), DIFFERENT_DURATIONS, LEAST_COUNT)


def learn_intervals(lines: Iterable[Sequence[Step]]) -> ContextModel:
    """The table of the intervals of some lines."""
    moves = (move for steps in lines for move in moves_of(steps) if move is not None)
    return ContextModel.learn(
        ((move_contexts(move), move.interval) for move in moves), DIFFERENT_INTERVALS, LEAST_COUNT
    )
