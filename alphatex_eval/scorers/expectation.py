"""Whether what comes next is what a listener expects: of durations in their bar, and of intervals in their line."""

from __future__ import annotations

import math
from collections import defaultdict
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
    from alphatex_eval.scorers.passage import Event, Line
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
ALL = ""
"""The entry of a memory that counts whatever came."""

USUAL_DURATIONS, USUAL_INTERVALS = -2.0, -2.8

Pattern = tuple[str, ...]
"""The beats of a bar as durations, `r` after a rest and `t` after a held note."""

Memory = defaultdict[tuple[str, str, str], dict[str, int]]
"""After a degree and two intervals: how often which interval came."""


class Surprise(NamedTuple):
    """Some events: how many, the sum of their natural log-probabilities, the least of these, and where it stands."""

    events: int
    total: float
    least: float
    place: Span


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
    if not any(event.traits.is_struck for line in own for event in line.own):
        return scored(0.0, [])
    heard: Memory = defaultdict(dict)
    ways = {"declared": found.declares_key, "ended": not found.cut_off}
    durations, rare = _mean([item for line in own for item in _timed(line)], own)
    intervals, far = _mean([item for line in lines for item in _moved(line, heard, **ways)], own)
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


def _mean(parts: Sequence[Surprise], lines: Sequence[Line]) -> tuple[float, Span]:
    """The mean with its doubt, and the place of the least one."""
    events = sum([part.events for part in parts])
    worst = min([(part.least, part.place) for part in parts], default=(0.0, own_span(lines)))
    return sum([part.total for part in parts]) / (events + DOUBT), worst[1]


def _summed(chances: Sequence[float], events: Sequence[Event]) -> Iterator[Surprise]:
    """The sum of some events; nothing for none."""
    if chances:
        least = min(chances)
        yield Surprise(len(chances), sum(chances), least, events[chances.index(least)].span)


def patterns_of(line: Line) -> list[tuple[str, Pattern, Pattern]]:
    """For each bar of a line its meter, its pattern, grace notes left out, and the pattern of the bar before."""
    meters = ["{}/{}".format(*bar.master.time_signature) for bar in line.bars]
    patterns = [tuple([event.traits.pulse for event in bar.events if not event.beat.grace]) for bar in line.bars]
    return list(zip(meters, patterns, [(), *patterns], strict=False))


def _timed(line: Line) -> Iterator[Surprise]:
    """The durations that the model wrote, bar by bar."""
    for bar, written in zip(line.bars, patterns_of(line), strict=True):
        if bar.own:
            chances = _pattern_chances(*written)
            events: Sequence[Event] = bar.events
            if len(chances) < len(events) or not events[0].own:
                events = [event for event in events if not event.beat.grace]
                own = [place for place, event in enumerate(events) if event.own]
                chances, events = [chances[place] for place in own], [events[place] for place in own]
            yield from _summed(chances, events)


@lru_cache(maxsize=1 << 16)
def _pattern_chances(meter: str, pattern: Pattern, before: Pattern) -> list[float]:
    model = shipped(DURATIONS, DIFFERENT_DURATIONS)
    return [_sounding_or_held(model, *item) for item in pattern_items(meter, pattern, before)]


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


def _moved(line: Line, heard: Memory, *, declared: bool, ended: bool) -> Iterator[Surprise]:
    """The intervals that the model wrote; `heard` is the memory of the piece so far."""
    events, steps = line_steps(line, declared=declared, ended=ended)
    chances, moved = [], []
    third, second, first = START, START, START
    for event, (name, position, degree) in zip(events, steps, strict=True):
        interval = interval_of(name)
        if interval in STILL or degree == START:
            continue
        habit = heard[degree, first, second]
        alike, times = habit.get(interval, 0), habit.get(ALL, 0)
        if event.own:
            chance = _chance(interval, degree, position, first, second, third)
            chances.append(_with_habit(chance, alike, times) if times else chance)
            moved.append(event)
        habit[interval], habit[ALL] = alike + 1, times + 1
        third, second, first = second, first, interval
    held = held_again(line)
    return _summed(chances + [HELD] * len(held), moved + held)


@lru_cache(maxsize=1 << 16)
def _with_habit(chance: float, alike: int, times: int) -> float:
    """The log-probability of an interval that was heard `alike` of `times` times where it stands."""
    known = min(times, MOST_HEARD)
    return math.log((known * alike / times + MEMORY * math.exp(chance)) / (known + MEMORY))


@lru_cache(maxsize=1 << 16)
def _chance(interval: str, *before: str) -> float:
    return shipped(INTERVALS, DIFFERENT_INTERVALS).log_probability(contexts_of(*before), interval)


def contexts_of(degree: str, position: str, first: str, second: str, third: str) -> Contexts:
    """What an interval is conditional on: the degree where it starts, its place in the bar, the intervals before.

    `first` is the last interval, `third` the third last.
    """
    place = f"{degree} {position}"
    return degree, place, f"{place} {first}", f"{degree}: {first} {second} {third}"


def learn_durations(bars: Iterable[tuple[str, Pattern, Pattern]]) -> ContextModel:
    """The table of the durations of some bars: meter, pattern, and the pattern before."""
    return ContextModel.learn((item for bar in bars for item in pattern_items(*bar)), DIFFERENT_DURATIONS, LEAST_COUNT)


def learn_intervals(lines: Iterable[Sequence[Step]]) -> ContextModel:
    """The table of the intervals of some lines."""
    return ContextModel.learn((item for line in lines for item in _items(line)), DIFFERENT_INTERVALS, LEAST_COUNT)


def _items(line: Sequence[Step]) -> Iterator[tuple[Contexts, str]]:
    third, second, first = START, START, START
    for name, position, degree in line:
        interval = interval_of(name)
        if interval not in STILL and degree != START:
            yield contexts_of(degree, position, first, second, third), interval
            third, second, first = second, first, interval
