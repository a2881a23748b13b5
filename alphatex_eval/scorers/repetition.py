"""Whether a text repeats itself as music does, or is stuck in a loop."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from functools import lru_cache
from itertools import chain
from operator import ne
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import scored
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Check
from alphatex_eval.scorers.traits import NO_TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.passage import JudgedBar
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

LONGEST_PERIOD = 4
TIMES = 3
STUCK_SHARE = 0.5
USUAL_IMMEDIATE = 0.25
USUAL_LOOPED = 0.1
USUAL_COPIED = 0.5
USUAL_STATIC = 0.4
USUAL_STUCK = 0.5
"""In one piece of people's in forty an accompaniment stays longer on one bar."""

STUCK_COST = 0.1
"""Little, since damage to a voice that people wrote so frees it."""

LEAST_BARS = 4
BEND = 0.05
"""How near to 0 the value begins to bend."""

BYTE = 255
LONGEST_FIGURE = 8
LEAST_BEATS = 24


@scorer("alphatex/repetition", version="5")
def repetition(subject: Subject) -> Score:
    """Whether bars repeat as in human tunes: phrases return after four or eight bars, loops return at once.

    Bars in which something is struck are compared with all that sounds in them, whoever wrote it: a strummed figure
    that stays while the melody goes on is no loop. A bar is in a loop when it and its neighbours are one pattern of
    one to four bars written three times or more in a row, the beats of a bar in whatever order; beats are in a loop,
    whatever the bar lines say, when one to eight of them are repeated for 24 beats or more, in every voice. A voice is
    stuck while it plays one bar over and over, whatever the others do; drums may.

    Checks (warnings): no_loop, failed when more than half of the model's music is in loops; no_stuck_voice, failed when
    a voice is stuck for more than half of its bars; new_bars, failed when more
    than half of its bars stand in the prompt. Value: 1 − 0.7 × the share in loops as far as it exceeds a tenth
    (0.7 where all is) − 0.4 × the share of bars that equal the one or two before, as far as it exceeds a quarter
    − 0.6 × the share of bars in which every voice strikes one thing and nothing else, as far as it exceeds 0.4
    − 0.1 × the longest time that a voice is stuck, as a share of its bars, as far as it exceeds a half
    − the share of bars that the prompt has, be it in another voice, as far as it exceeds a half. Near 0 that line
    bends, 0.05 × log(1 + exp(line ÷ 0.05)), so that the worst can still get worse; 0 where nothing is struck. Metrics:
    distinct (distinct bars ÷ bars), looped, immediate, static, stuck, copied (shares), longest_run (equal bars in a
    row).
    """
    found = passage(subject)
    bars = _bars(found.voices)
    own = [bar for bar in bars if bar.mine]
    if not own:
        return scored(0.0, [])
    contents = [bar.played.content for bar in own]
    figures = [bar.played.figure for bar in own]
    looped = in_loops(figures)
    beats = min(map(_looped_beats, zip(*[bar.played.voices for bar in own], strict=True)))
    metrics = {
        "distinct": len(set(contents)) / len(own),
        "looped": max(sum(looped) / len(own), beats),
        "immediate": _immediate_share(figures),
        "static": sum([bar.played.is_static for bar in own]) / len(own),
        "stuck": max([_stuck(own, n) for n, line in enumerate(found.lines) if not line.is_percussion], default=0.0),
        "copied": _copied(bars) / len(own),
        "longest_run": float(longest_run(contents)),
    }
    first = looped.index(True) if any(looped) else 0
    return scored(_value(metrics), _checks(metrics, (own[first].own_span[0], own[-1].own_span[1])), metrics)


def _value(shares: dict[str, float]) -> float:
    looped = max(0.0, shares["looped"] - USUAL_LOOPED) / (1.0 - USUAL_LOOPED)
    immediate = max(0.0, shares["immediate"] - USUAL_IMMEDIATE)
    static = max(0.0, shares["static"] - USUAL_STATIC)
    stuck = max(0.0, shares["stuck"] - USUAL_STUCK)
    copied = max(0.0, shares["copied"] - USUAL_COPIED)
    line = 1.0 - 0.7 * looped - 0.4 * immediate - 0.6 * static - STUCK_COST * stuck - copied
    return BEND * math.log1p(math.exp(line / BEND))


def _checks(shares: dict[str, float], span: Span) -> list[Check]:
    loops = f"{shares['looped']:.2f} of the music in a loop, {shares['immediate']:.2f} of the bars repeat a neighbour"
    stuck = f"{shares['stuck']:.2f} of a voice is one bar over and over"
    copies = f"{shares['copied']:.2f} of the bars stand in the prompt"
    found = (
        ("no_loop", loops, shares["looped"] > STUCK_SHARE),
        ("no_stuck_voice", stuck, shares["stuck"] > USUAL_STUCK),
        ("new_bars", copies, shares["copied"] > USUAL_COPIED),
    )
    return [
        Check.trusted(name=name, passed=not failed, severity=Severity.WARNING, message=message, span=span)
        for name, message, failed in found
    ]


class Together:
    """What the voices of a piece play in a bar, nothing in those that are silent."""

    def __init__(self, voices: tuple[BarTraits, ...]) -> None:
        self.voices = voices
        self.content = tuple([voice.content for voice in voices])
        self.figure = tuple([voice.figure for voice in voices])
        self.is_struck = any(voice.is_struck for voice in voices)
        self.is_static = all(voice.is_static for voice in voices if voice.beats)


@lru_cache(maxsize=BARS)
def _together(voices: tuple[BarTraits, ...]) -> Together:
    return Together(voices)


class SoundingBar(NamedTuple):
    """A bar in which something is struck: what is played, its voices, and the numbers of those that the model wrote."""

    played: Together
    bars: Sequence[JudgedBar | None]
    mine: tuple[int, ...]

    @property
    def own_span(self) -> Span:
        """From the first beat to the last of the voices that the model wrote."""
        spans = [bar.span for voice, bar in enumerate(self.bars) if bar and voice in self.mine]
        return min(spans)[0], max(end for _, end in spans)


def _stuck(bars: Sequence[SoundingBar], voice: int) -> float:
    """The longest time for which a voice plays one bar over and over, as a share of its bars that the model wrote."""
    voiced = [bar.played.voices[voice] for bar in bars if voice in bar.mine]
    contents = [played.content for played in voiced if played.is_struck]
    run = longest_run(contents)
    return run / len(contents) if len(contents) >= LEAST_BARS and run >= TIMES else 0.0


def _copied(bars: Sequence[SoundingBar]) -> int:
    """How many of the model's bars the prompt has, as they are or, voice for voice, in another voice."""
    given = {bar.played.content for bar in bars if not bar.mine}
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for bar in bars:
        if len(bar.mine) < len(bar.bars):
            for voice, content in enumerate(bar.played.content):
                if content and voice not in bar.mine:
                    holders[content].add(voice)
    if not holders:
        return 0
    return sum(
        bar.played.content in given
        or all(holders.get(bar.played.content[voice], set()) - {voice} for voice in bar.mine)
        for bar in bars
        if bar.mine
    )


def _bars(voices: Sequence[Sequence[JudgedBar]]) -> list[SoundingBar]:
    found = []
    for together in [[bar] for bar in voices[0]] if len(voices) == 1 else _aligned(voices):
        played = _together(tuple([bar.traits if bar else NO_TRAITS for bar in together]))
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


def _numbered(items: Sequence[Hashable]) -> list[int]:
    """Items as numbers, equal ones alike: numbers are compared at once."""
    numbers = {item: number for number, item in enumerate(dict.fromkeys(items))}
    return list(map(numbers.__getitem__, items))


def _looped_beats(bars: Sequence[BarTraits]) -> float:
    """The share of a voice's beats that is in a loop; 1 where it is silent, since silence hides no loop."""
    beats = list(chain.from_iterable([bar.contents for bar in bars]))
    return sum(in_loops(beats, LONGEST_FIGURE, LEAST_BEATS)) / len(beats) if beats else 1.0


def _immediate_share(contents: Sequence[Hashable]) -> float:
    """The share of bars that equal one of the two before."""
    pairs = zip(contents, [None, *contents], [None, None, *contents], strict=False)
    return sum([bar in (before, earlier) for bar, before, earlier in pairs]) / len(contents)


def in_loops(items: Sequence[Hashable], longest: int = LONGEST_PERIOD, least: int = 0) -> list[bool]:
    """For each item, whether it lies in a pattern that stands three times or more in a row.

    The pattern has at most `longest` items, and all of its repetitions together have at least `least`.
    """
    found = [False] * len(items)
    unlike = _comparing(_numbered(items))
    for period in range(1, min(longest, len(items) - 1) + 1):
        enough = max((TIMES - 1) * period, least - period)
        different = unlike(period)
        if different.count(0) >= enough:
            for run in re.finditer(b"\0{%d,}" % enough, different):
                first, end = run.start(), run.end() + period
                found[first:end] = [True] * (end - first)
    return found


def _comparing(numbers: Sequence[int]) -> Callable[[int], bytes]:
    """A function that compares each number but the first ones with the one so many places before: 0 where equal.

    Up to 256 different numbers are compared all at once, as the bytes of one large number.
    """
    if max(numbers, default=0) > BYTE:
        return lambda places: bytes(map(ne, numbers[places:], numbers))
    whole, count = int.from_bytes(bytes(numbers), "big"), len(numbers)
    return lambda places: (whole ^ whole >> 8 * places).to_bytes(count, "big")[places:]


def longest_run(items: Sequence[Hashable]) -> int:
    """The length of the longest run of equal neighbours; 0 for no items."""
    longest = run = 0
    for index, item in enumerate(items):
        run = run + 1 if index and item == items[index - 1] else 1
        longest = max(longest, run)
    return longest
