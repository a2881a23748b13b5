"""Whether a text repeats itself as music does, or is stuck in a loop."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import lru_cache
from itertools import chain, compress, pairwise
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import scored
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.loops import (
    LONGEST_PERIOD,
    TIMES,
    are_alike,
    equality,
    in_loops,
    likeness,
    longest_run,
    sameness,
)
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Check
from alphatex_eval.scorers.shingles import new_and_given_runs
from alphatex_eval.scorers.traits import NO_TRAITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.loops import Figured, Unlike
    from alphatex_eval.scorers.passage import JudgedBar, Passage
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

STUCK_SHARE = 0.5
USUAL_IMMEDIATE = 0.3
USUAL_LOOPED = 0.2
USUAL_COPIED = 0.5
USUAL_STATIC = 0.4
USUAL_STUCK = 0.5
"""In one piece of people's in forty an accompaniment stays longer on one bar."""

STUCK_COST = 0.15
"""Little, since damage to a voice that people wrote so frees it."""

USUAL_GROOVE = 8
"""Drummers without a band play so many equal bars in a row."""

LONG_LOOPS = ((1, 8), (2, 16))
"""How many hits of each bar may be other ones in loops of so many bars."""

LONGEST_PHRASE, VERSES = 16, 5
"""A pattern of so many bars at most is a loop where it stands so many times in a row."""

USUAL_QUOTED = 0.6
"""The greatest share of runs of eight beats that pieces of people's have in common with their beginning."""

CHORD, STRUMMED = 3, 0.5
"""What a bar counts as static in which one chord of three notes or more is struck over and over, as accompanists do."""

LEAST_RUNS = 8
LEAST_BARS = 4
BEND = 0.05
"""How near to 0 the value begins to bend."""

LONGEST_FIGURE = 16
LEAST_BEATS = 24


@scorer("alphatex/repetition", version="7")
def repetition(subject: Subject) -> Score:
    """Whether bars repeat as in human tunes: phrases return after four or eight bars, loops return at once.

    Bars in which something is struck are compared with all that sounds in them, whoever wrote it: a strummed figure
    that stays while the melody goes on is no loop. What counts is which pitches are struck when, on whatever strings
    and however it is written. A bar is in a loop when it and its neighbours are one pattern of one to four bars written
    three times or more in a row, or one of up to sixteen five times, the beats of a bar with four different sounds at
    most in whatever order; in a long loop, of eight bars, one hit of four or more in each may be another one, in one of
    sixteen two of eight. Beats are in a loop, whatever the bar lines say, when one to sixteen of them stand three times
    or more in a row and for 24 beats or more, in every voice. A voice is stuck while it plays one bar over and over,
    whatever the others do. Drums may, and hide no loop of others; drums alone are in a loop behind eight equal bars in
    a row.

    Checks (warnings): no_loop, failed when more than half of the model's music is in loops; no_stuck_voice, failed when
    a voice is stuck for more than half of its bars; new_bars, failed when more than half of its bars stand in the
    prompt; new_runs, failed when more than 0.6 of its runs of eight beats do, on whatever pitch and beat.

    Value: 1 − 0.7 × the share in loops as far as it exceeds a fifth (0.7 where all is)
    − 0.5 × the share of bars that equal one of the two before or lie in a long loop, as far as it exceeds 0.3
    − 0.6 × the share of bars in which every voice strikes one thing and nothing else, chords of three notes counting
    half, as far as it exceeds 0.4
    − 0.15 × the longest time that a voice is stuck, as a share of its bars, as far as it exceeds a half
    − twice the share of bars that the prompt has, be it in another voice or with one hit of four or more another one,
    as far as it exceeds a half, or the share of runs that the prompt has, as far as it exceeds 0.6 (1 where all are).
    Near 0 that line bends, 0.05 × log(1 + exp(line ÷ 0.05)), so that the worst can still get worse; 0 where nothing is
    struck. Metrics: distinct (distinct bars ÷ bars), looped, immediate, static, stuck, copied, quoted (shares),
    longest_run (equal bars in a row).
    """
    found = passage(subject)
    drums = tuple([line.is_percussion for line in found.lines])
    bars = _bars(found.voices, drums)
    own = [bar for bar in bars if bar.mine]
    if not own:
        return scored(0.0, [])
    played, count = [bar.played for bar in own], len(own)
    unlike = sameness(played)
    run, copied = longest_run(unlike(1, 1)), _copied(bars)
    stuck, voice = _most_stuck(own, drums)
    metrics = {
        "distinct": len({bar.figure for bar in played}) / count,
        "looped": max(0, run - USUAL_GROOVE) / count,
        "immediate": 0.0,
        "static": 0.0,
        "stuck": stuck,
        "copied": len(copied) / count,
        "quoted": _quoted(found),
        "longest_run": float(run),
    }
    looped = [True] * count
    if not all(drums):
        long = _in_long_loops(played)
        looped = list(map(or_, _in_exact_loops(count, unlike), long))
        beats = min(map(_looped_beats, zip(*[bar.voices for bar in played], strict=True)))
        metrics["looped"] = max(sum(looped) / count, beats)
        metrics["immediate"] = sum(map(or_, _like_near(unlike), long)) / count
        metrics["static"] = sum([bar.static for bar in played]) / count
    places = {
        "no_loop": list(compress(own, looped)),
        "no_stuck_voice": [bar for bar in own if voice in bar.mine],
        "new_bars": copied,
    }
    return scored(_value(metrics), _checks(metrics, places, own), metrics)


def _in_exact_loops(count: int, unlike: Unlike) -> list[bool]:
    """For each bar, whether it lies in a loop of equal bars or phrases."""
    found = in_loops(count, unlike)
    if count > VERSES * LONGEST_PERIOD:
        found = list(map(or_, found, in_loops(count, unlike, LONGEST_PHRASE, times=VERSES)))
    return found


def _in_long_loops(bars: Sequence[Together]) -> list[bool]:
    """For each bar, whether it lies in a long loop, in which some hits are other ones."""
    count, found = len(bars), [False] * len(bars)
    for most, least in LONG_LOOPS:
        if count >= least:
            found = list(map(or_, found, in_loops(count, likeness(bars, most), least=least)))
    return found


def _like_near(unlike: Unlike) -> list[bool]:
    """For each bar, whether it is like one of the two before."""
    pairs = zip(b"\1" + unlike(1, 1), b"\1\1" + unlike(2, 1), strict=False)
    return [not (near and far) for near, far in pairs]


def _value(shares: dict[str, float]) -> float:
    looped = max(0.0, shares["looped"] - USUAL_LOOPED) / (1.0 - USUAL_LOOPED)
    immediate = max(0.0, shares["immediate"] - USUAL_IMMEDIATE)
    static = max(0.0, shares["static"] - USUAL_STATIC)
    stuck = max(0.0, shares["stuck"] - USUAL_STUCK)
    copied = max(0.0, shares["copied"] - USUAL_COPIED) / (1.0 - USUAL_COPIED)
    quoted = max(0.0, shares["quoted"] - USUAL_QUOTED) / (1.0 - USUAL_QUOTED)
    line = 1.0 - 0.7 * looped - 0.5 * immediate - 0.6 * static - STUCK_COST * stuck - max(copied, quoted)
    return BEND * math.log1p(math.exp(line / BEND))


def _checks(shares: dict[str, float], places: dict[str, list[SoundingBar]], own: Sequence[SoundingBar]) -> list[Check]:
    """The checks with the places of the bars that fail them, of all bars where none does."""
    loops = f"{shares['looped']:.2f} of the music in a loop, {shares['immediate']:.2f} of the bars repeat a neighbour"
    stuck = f"{shares['stuck']:.2f} of a voice is one bar over and over"
    copies = f"{shares['copied']:.2f} of the bars stand in the prompt"
    quotes = f"{shares['quoted']:.2f} of the runs of eight beats stand in the prompt, on whatever pitch and beat"
    found = (
        ("no_loop", loops, shares["looped"] > STUCK_SHARE),
        ("no_stuck_voice", stuck, shares["stuck"] > USUAL_STUCK),
        ("new_bars", copies, shares["copied"] > USUAL_COPIED),
        ("new_runs", quotes, shares["quoted"] > USUAL_QUOTED),
    )
    whole = _span([own[0], own[-1]])
    return [
        Check.trusted(
            name=name,
            passed=not failed,
            severity=Severity.WARNING,
            message=message,
            span=_span(places.get(name) or own) if failed else whole,
        )
        for name, message, failed in found
    ]


def _span(bars: Sequence[SoundingBar]) -> Span:
    """From the first beat that the model wrote in some bars to the last."""
    spans = [bar.own_span for bar in bars]
    return min(spans)[0], max([end for _, end in spans])


class Together:
    """What the voices of a piece play in a bar, nothing in those that are silent.

    What drums play counts where they play alone.
    """

    def __init__(self, voices: tuple[BarTraits, ...], drums: tuple[bool, ...]) -> None:
        self.voices = voices
        self.is_struck = any(voice.is_struck for voice in voices)
        heard = [voice for voice, is_drums in zip(voices, drums, strict=True) if not is_drums]
        if not any(voice.is_struck for voice in heard):
            heard = list(voices)
        self.figure = tuple([voice.figure for voice in heard])
        self.hits: frozenset[Any] = heard[0].hits if len(heard) == 1 else _hits_of(heard)
        self.static = 0.0
        if all(voice.is_static for voice in heard if voice.beats):
            notes = max([len(beat.beat.notes) for voice in heard for beat in voice.beats], default=0)
            self.static = 1.0 if notes < CHORD else STRUMMED


def _hits_of(voices: Sequence[BarTraits]) -> frozenset[Any]:
    return frozenset([(number, hit) for number, voice in enumerate(voices) for hit in voice.hits])


@lru_cache(maxsize=BARS)
def _together(voices: tuple[BarTraits, ...], drums: tuple[bool, ...]) -> Together:
    return Together(voices, drums)


class SoundingBar(NamedTuple):
    """A bar in which something is struck: what is played, its voices, and the numbers of those that the model wrote."""

    played: Together
    bars: Sequence[JudgedBar | None]
    mine: tuple[int, ...]

    @property
    def own_span(self) -> Span:
        """From the first beat that the model wrote to the last."""
        spans = [bar.own_span for voice, bar in enumerate(self.bars) if bar and voice in self.mine]
        return min(spans)[0], max([end for _, end in spans])


def _most_stuck(bars: Sequence[SoundingBar], drums: Sequence[bool]) -> tuple[float, int]:
    """For how long the voice that is stuck most plays one bar, and its number; drums may."""
    voices = [voice for voice, is_drums in enumerate(drums) if not is_drums]
    return max([(_stuck(bars, voice), voice) for voice in voices], default=(0.0, 0))


def _stuck(bars: Sequence[SoundingBar], voice: int) -> float:
    """The longest time for which a voice plays one bar over and over, as a share of its bars that the model wrote."""
    voiced = [bar.played.voices[voice] for bar in bars if voice in bar.mine]
    struck = [played for played in voiced if played.is_struck]
    if len(struck) < LEAST_BARS:
        return 0.0
    run = longest_run(bytes([one.hits != other.hits for one, other in pairwise(struck)]))
    return run / len(struck) if run >= TIMES else 0.0


def _copied(bars: Sequence[SoundingBar]) -> list[SoundingBar]:
    """The model's bars that the prompt has, as they are or, voice for voice, in another voice."""
    given = [bar.played for bar in bars if not bar.mine]
    holders: defaultdict[int, list[BarTraits]] = defaultdict(list)
    for bar in bars:
        if len(bar.mine) < len(bar.bars):
            for voice, played in enumerate(bar.played.voices):
                if played.is_struck and voice not in bar.mine:
                    holders[voice].append(played)
    if not holders:
        return []
    return [bar for bar in bars if bar.mine and (_stands_in(bar.played, given) or _is_borrowed(bar, holders))]


def _quoted(found: Passage) -> float:
    """The share of the runs of eight beats that the model wrote which the prompt has, on whatever pitch."""
    if not found.has_given_beats:
        return 0.0
    own, given = new_and_given_runs(found)
    return len(own & given) / len(own) if len(own) >= LEAST_RUNS else 0.0


def _stands_in(bar: Figured, given: Iterable[Figured]) -> bool:
    return any(are_alike(bar, other) for other in given)


def _is_borrowed(bar: SoundingBar, holders: Mapping[int, Sequence[BarTraits]]) -> bool:
    """Whether other voices of the prompt hold all that the model's voices strike in a bar."""
    struck = [voice for voice in bar.mine if bar.played.voices[voice].is_struck]
    return bool(struck) and all(
        any(_stands_in(bar.played.voices[voice], held) for other, held in holders.items() if other != voice)
        for voice in struck
    )


def _bars(voices: Sequence[Sequence[JudgedBar]], drums: tuple[bool, ...]) -> list[SoundingBar]:
    found = []
    for together in [[bar] for bar in voices[0]] if len(voices) == 1 else _aligned(voices):
        played = _together(tuple([bar.traits if bar else NO_TRAITS for bar in together]), drums)
        if played.is_struck:
            mine = tuple([voice for voice, bar in enumerate(together) if bar and bar.own])
            found.append(SoundingBar(played, together, mine))
    return found


def _aligned(voices: Sequence[Sequence[JudgedBar]]) -> list[list[JudgedBar | None]]:
    """The bars that sound together, None for a voice that is silent."""
    by_number: defaultdict[int, list[JudgedBar | None]] = defaultdict(lambda: [None] * len(voices))
    for voice, bars in enumerate(voices):
        for bar in bars:
            by_number[bar.number][voice] = bar
    return [together for _, together in sorted(by_number.items())]


def _looped_beats(bars: Sequence[BarTraits]) -> float:
    """The share of a voice's beats that is in a loop; 1 where it is silent, since silence hides no loop."""
    beats = list(chain.from_iterable([bar.contents for bar in bars]))
    looped = in_loops(len(beats), equality(beats), LONGEST_FIGURE, LEAST_BEATS)
    return sum(looped) / len(beats) if beats else 1.0
