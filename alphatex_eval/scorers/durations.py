"""Whether durations stand where a listener expects them: in their meter, their bar, and after the bar before."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.melody_model import START
from alphatex_eval.scorers.passage import own_span, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.traits import NO_TRAITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.passage import JudgedBar, Line
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

TABLE = "human_durations.json"
DIFFERENT_DURATIONS = 200
LEAST_COUNT = 20
"""How often people must have written a context for it to be worth a place in the table, which stays small so."""

DOUBT = 8
"""So many beats of doubt, all as expected: a few notes prove little."""

GENTLE = 20.0
"""So many nats less divide the value by e: people keep about 0.96, random typing about 0.8."""

USUAL = -2.0
"""Mean log-probability below which lie few tunes."""

Meter = tuple[int, int]
Pattern = tuple[str, ...]
"""The beats of a bar as durations, `r` after a rest and `t` after a held note."""

Rhythm = tuple[Meter, Pattern, Pattern]
"""A bar: its meter, its pattern, grace notes left out, and the pattern of the bar before."""


@scorer("alphatex/durations", version="1")
def durations(subject: Subject) -> Score:
    """How much a listener who knows people's music expects the rhythm of what the model wrote, in every voice.

    The log-probability of each beat's duration, and of its being a note or a rest, given the meter, its place in the
    bar, the durations before it in the bar, and the bar before, under a table of human music.

    Check (warning): usual_durations, which shows the least expected place. Value: exp(mean ÷ 20), of the mean natural
    log-probability with 8 more beats of 0; near 0.96 for people. It falls with every surprise, and never to 0, which is
    for texts where nothing sounds; skipped for percussion. Loops are expected too: `alphatex/repetition` sees those.
    Meant as a ceiling. Metric: log_probability (mean, nats). Source: after the long-term model of Pearce 2005; the
    contexts are ours.
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and not line.is_percussion]
    if not lines:
        return skipped("no pitches") if found.own_beats else scored(0.0, [])
    if not any(bar.own_traits.is_struck for line in lines for bar in line.bars):
        return scored(0.0, [])
    judged = [item for line in lines for item in _judged(line)]
    mean = sum([chances.total for _, chances in judged]) / (sum([chances.count for _, chances in judged]) + DOUBT)
    place = _least_expected(*min(judged, key=_least)) if judged else own_span(lines)
    what = "mean log-probability of the durations, of which this is the least expected"
    check = within("usual_durations", mean, USUAL, 0.0, place, what)
    return scored(math.exp(mean / GENTLE), [check], {"log_probability": mean})


def rhythms(line: Line) -> list[Rhythm]:
    """The rhythm of each bar of a line."""
    meters = [bar.master.time_signature for bar in line.bars]
    patterns = [bar.traits.pulses for bar in line.bars]
    return list(zip(meters, patterns, [(), *patterns], strict=False))


class Chances:
    """The log-probabilities of the beats of a bar that the model wrote, grace notes left out; of one beat at least."""

    def __init__(self, of_beats: Sequence[float]) -> None:
        self.of_beats = of_beats
        self.total = sum(of_beats)
        self.count = len(of_beats)
        self.least = min(of_beats)


def _judged(line: Line) -> Iterator[tuple[JudgedBar, Chances]]:
    """The bars that the model wrote or finished."""
    before = NO_TRAITS
    for bar in line.bars:
        if bar.own and bar.own_traits.pulses:
            chances = _bar_chances(bar.master.time_signature, bar.traits, before)
            if bar.own_traits is not bar.traits:
                own = [event.own for event in bar.events if not event.beat.grace]
                chances = Chances(list(compress(chances.of_beats, own)))
            yield bar, chances
        before = bar.traits


@lru_cache(maxsize=BARS)
def _bar_chances(meter: Meter, bar: BarTraits, before: BarTraits) -> Chances:
    return Chances(_chances((meter, bar.pulses, before.pulses)))


def _least(judged: tuple[JudgedBar, Chances]) -> float:
    return judged[1].least


def _least_expected(bar: JudgedBar, chances: Chances) -> Span:
    """The place of the beat with the least of the log-probabilities."""
    places = bar.own_spans([not beat.beat.grace for beat in bar.traits.beats])
    return places[chances.of_beats.index(chances.least)]


@lru_cache(maxsize=1 << 16)
def _chances(rhythm: Rhythm) -> tuple[float, ...]:
    meter, pattern, before = rhythm
    behind = " ".join(before)
    return tuple([place.chance_behind(behind) for place in _places(meter, pattern)])


class Place(NamedTuple):
    """A beat in its bar: what stands before it there, and how likely it is whatever the bar before was.

    `kinds` are what it may be taken for, with their probabilities: a note of some duration is struck or held.
    """

    gone: str
    kinds: tuple[tuple[str, float], ...]
    chance: float

    def chance_behind(self, bar: str) -> float:
        """Its log-probability behind a bar."""
        model, context = shipped(TABLE, DIFFERENT_DURATIONS), _behind(self.gone, bar)
        if context not in model.counts:
            return self.chance
        return math.log(sum([model.refined(chance, context, kind) for kind, chance in self.kinds]))


@lru_cache(maxsize=1 << 14)
def _places(meter: Meter, pattern: Pattern) -> tuple[Place, ...]:
    """The beats of a bar; there are few rhythms."""
    model, found = shipped(TABLE, DIFFERENT_DURATIONS), []
    for contexts, gone, beat in _in_bar(meter, pattern):
        duration = beat.rstrip("t")
        kinds = (beat,) if beat.endswith("r") else (duration, f"{duration}t")
        likely = tuple([(kind, model.probability(contexts, kind)) for kind in kinds])
        found.append(Place(gone, likely, math.log(sum([chance for _, chance in likely]))))
    return tuple(found)


def _items(rhythm: Rhythm) -> Iterator[tuple[Contexts, str]]:
    """Each beat of a bar with what it is conditional on: place, the beat before, the bar so far, the bar before."""
    meter, pattern, before = rhythm
    for contexts, gone, beat in _in_bar(meter, pattern):
        yield (*contexts, _behind(gone, " ".join(before))), beat


def _behind(gone: str, bar: str) -> str:
    """The context of a beat behind others in its bar, and behind a bar."""
    return f"{gone}: {bar}"


def _in_bar(meter: Meter, pattern: Pattern) -> Iterator[tuple[Contexts, str, str]]:
    """Each beat of a bar with what it is conditional on there, and what stands before it."""
    count, unit = meter
    name = f"{count}/{unit}"
    place, last, gone = Fraction(0), START, name
    for beat in pattern:
        here = f"{name} {place}"
        yield (here, f"{here} {last}", f"{gone}:"), gone, beat
        place += Fraction(beat.rstrip("rt"))
        last, gone = beat, f"{gone} {beat}"


def learn(bars: Iterable[Rhythm]) -> ContextModel:
    """The table of some bars."""
    return ContextModel.learn((item for bar in bars for item in _items(bar)), DIFFERENT_DURATIONS, LEAST_COUNT)
