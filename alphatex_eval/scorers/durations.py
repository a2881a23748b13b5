"""Whether durations stand where a listener expects them: in their meter, their bar, and after the bar before."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

from alphatex_eval.scorers.context_model import ContextModel, Contexts, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
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


@lru_cache(maxsize=1 << 15)
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
    model = shipped(TABLE, DIFFERENT_DURATIONS)
    return tuple([_sounding_or_held(model, *item) for item in _items(rhythm)])


def _sounding_or_held(model: ContextModel, contexts: Contexts, beat: str) -> float:
    """The log-probability of a rest, or of a note of some duration, be it struck or held."""
    if beat.endswith("r"):
        return model.log_probability(contexts, beat)
    duration = beat.rstrip("t")
    return math.log(sum(math.exp(model.log_probability(contexts, kind)) for kind in (duration, f"{duration}t")))


def _items(rhythm: Rhythm) -> Iterator[tuple[Contexts, str]]:
    """Each beat of a bar with what it is conditional on: place, the beat before, the bar so far, the bar before."""
    (count, unit), pattern, before = rhythm
    meter = f"{count}/{unit}"
    place, last, gone = Fraction(0), START, meter
    for beat in pattern:
        here = f"{meter} {place}"
        yield (here, f"{here} {last}", f"{gone}:", f"{gone}: {' '.join(before)}"), beat
        place += Fraction(beat.rstrip("rt"))
        last, gone = beat, f"{gone} {beat}"


def learn(bars: Iterable[Rhythm]) -> ContextModel:
    """The table of some bars."""
    return ContextModel.learn((item for bar in bars for item in _items(bar)), DIFFERENT_DURATIONS, LEAST_COUNT)
