"""AE1xx: whether the time adds up. All arithmetic is exact, in fractions of a whole note."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from alphatex_eval.lints.piece import decimal, numbers_of, similes
from alphatex_eval.lints.rule import ERROR, HINT, WARNING, Problem, rule
from alphatex_eval.music.lines import at_seam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.lints.piece import Piece
    from alphatex_eval.music.lines import Moment, VoiceBar
    from alphatex_eval.music.score import Value

NO_TUPLET = (-1, -1)
"""How alphaTab writes that a beat has no tuplet."""


@rule(
    "AE101", "bar-overfull", ERROR, bad=r"\ts (3 4) 3.3.4 5.3 7.3 8.3 |", good=r"\ts (3 4) 3.3.4 5.3 7.3 | 8.3.2 {d} |"
)
def bar_overfull(piece: Piece) -> Iterator[Problem]:
    r"""A voice of a bar holds more time than the time signature gives it.

    The surplus has no place: voices and tracks no longer meet at the bar line, and no reader can count it.
    Tuplets, dots and multipliers count, grace notes take no time. Bars in free time (`\ft`) are not judged.
    """
    for bar in _judged(piece):
        if bar.filled > bar.nominal:
            yield Problem(bar.span, _length(bar, "too long"), _difference("take away", bar.filled - bar.nominal))


@rule(
    "AE102",
    "bar-underfull",
    WARNING,
    bad="3.3.1 | 5.3.2 7.3.4 | 8.3.1 |",
    good=r"\ac 3.3.4 | 5.3.4 7.3 8.3 10.3 | 7.3.2 {d} |",
)
def bar_underfull(piece: Piece) -> Iterator[Problem]:
    r"""The longest voice of a bar holds less time than the time signature gives it.

    Either a note or rest is missing or the time signature is wrong. A pick-up is not judged: one marked with `\ac`, a
    short first bar, and two short bars at a seam (repeat, section, end) or next to each other that make up a whole one.
    """
    for voices in _staves(piece):
        longest = _longest(voices)
        short = [bar for bar in longest if bar.filled < bar.nominal]
        excused = _needs_no_more(short, piece)
        for bar in short:
            if bar.place.bar not in excused:
                help_ = _difference("add a note or rest of", bar.nominal - bar.filled)
                yield Problem(bar.span, _length(bar, "too short"), help_)


@rule(
    "AE103",
    "voice-short",
    HINT,
    bad=r"\voice 0.6.1 | 3.6.1 \voice 3.3.2 | 5.1.1",
    good=r"\voice 0.6.1 \voice 3.3.2 r.2",
)
def voice_short(piece: Piece) -> Iterator[Problem]:
    """A voice of a bar ends before another voice of the same bar.

    Readers expect rests where a voice is silent; without them it is not clear where its notes stand.
    """
    for voices in _staves(piece):
        longest = {bar.place.bar: bar.filled for bar in _longest(voices)}
        for bar in voices:
            if bar.filled < longest[bar.place.bar]:
                missing = longest[bar.place.bar] - bar.filled
                message = f"voice {bar.place.voice + 1} of bar {bar.place.bar + 1} ends before the others"
                yield Problem(bar.span, message, _difference("add rests of", missing))


@rule("AE104", "tuplet-incomplete", WARNING, bad=":8 {tu 3} 3.3 5.3 :8 7.3", good=":8 {tu 3} 3.3 5.3 7.3 :8 5.3 3.3")
def tuplet_incomplete(piece: Piece) -> Iterator[Problem]:
    """A run of tuplet notes does not add up to a plain note value.

    Three eighths of a triplet make a quarter; two of them leave every later note between the beats.
    """
    for line in piece.lines:
        for bar in line.bars:
            timed = [moment for moment in bar.moments if moment.beat.duration]
            for ratio, group in groupby(timed, lambda moment: moment.beat.tuplet):
                run = list(group)
                total = sum((moment.beat.duration for moment in run), Fraction(0))
                if ratio is not None and not _is_plain(total):
                    yield Problem(_span(run), f"tuplet {_ratio(ratio)} stays incomplete at {_shown(total)}")


@rule(
    "AE105", "tuplet-ratio", ERROR, bad="3.3 {tu (0 2)}", good="3.3.8 {tu (3 2)} 5.3 {tu (3 2)} 7.3 {tu (3 2)} r.2 {d}"
)
def tuplet_ratio(piece: Piece) -> Iterator[Problem]:
    """A tuplet says a number of notes that is no positive whole number.

    `tu (3 2)` plays 3 notes in the time of 2. alphaTab takes any two numbers and then plays no time or forgets them.
    """
    for item in piece.properties("tu"):
        ratio = tuple(number for number, _ in numbers_of(item))
        if ratio != NO_TUPLET and any(number <= 0 or number.denominator != 1 for number in ratio):
            yield Problem(item.span, f"{_ratio(ratio)} is no tuplet", "write `tu (3 2)`: 3 notes in the time of 2")


@rule("AE106", "bar-empty", HINT, bad="3.3.1 | | 5.3.1", good="3.3.1 | r.1 | 5.3.1")
def bar_empty(piece: Piece) -> Iterator[Problem]:
    r"""No voice of no track has anything in a bar, not even a rest.

    alphaTab counts the bar and leaves it blank. A doubled bar line is mostly a slip; silence is written as a rest.
    Bars with a simile mark (`\simile`) are blank by right.
    """
    filled = {bar.place.bar for line in piece.lines for bar in line.bars}
    filled |= {number for _, staff in piece.score.staves() for number in similes(staff)}
    seen: set[int] = set()
    for place, node in piece.origins.bars:
        if place.bar not in filled and place.bar < len(piece.score.master_bars) - 1 and place.bar not in seen:
            seen.add(place.bar)
            yield Problem(node.span, f"bar {place.bar + 1} is empty", "write a rest, `r.1`, or take the bar line away")


def _judged(piece: Piece) -> Iterator[VoiceBar]:
    return (bar for line in piece.lines for bar in line.bars if not bar.master.free_time)


def _staves(piece: Piece) -> Iterator[list[VoiceBar]]:
    """The bars of all voices, staff by staff."""
    for _, group in groupby(_judged(piece), lambda bar: (bar.place.track, bar.place.staff)):
        yield list(group)


def _longest(voices: list[VoiceBar]) -> list[VoiceBar]:
    """The longest voice of each bar, in order of the bars."""
    found: dict[int, VoiceBar] = {}
    for bar in voices:
        other = found.setdefault(bar.place.bar, bar)
        if bar.filled > other.filled:
            found[bar.place.bar] = bar
    return [found[number] for number in sorted(found)]


def _needs_no_more(short: list[VoiceBar], piece: Piece) -> set[int]:
    """The short bars that are pick-ups or are made whole by another short one."""
    fills = {bar.place.bar: bar.filled for bar in short}
    counts = Counter(fills.values())
    whole = set()
    for bar in short:
        number, missing = bar.place.bar, bar.nominal - bar.filled
        beside = missing in (fills.get(number - 1), fills.get(number + 1))
        elsewhere = counts[missing] > (missing == bar.filled)
        if number == 0 or bar.master.anacrusis or beside or (elsewhere and at_seam(piece.score.master_bars, number)):
            whole.add(number)
    return whole


def _length(bar: VoiceBar, fault: str) -> str:
    top, bottom = bar.master.time_signature
    return f"bar {bar.place.bar + 1} is {fault}: {_as_meter(bar.filled, bottom)} in {top}/{bottom}"


def _difference(what: str, time: Fraction) -> str:
    return f"{what} {_shown(time)} of a whole note"


def _as_meter(time: Fraction, bottom: int) -> str:
    """A time counted in the unit of the meter where that is possible: 3/4 of a whole note in 6/8 is 6/8."""
    units = time * bottom
    return f"{units}/{bottom}" if units.denominator == 1 else _shown(time)


def _shown(time: Fraction) -> str:
    return f"{time.numerator}/{time.denominator}"


def _ratio(numbers: tuple[Value, ...]) -> str:
    return ":".join(map(decimal, numbers))


def _is_plain(time: Fraction) -> bool:
    return time.denominator & (time.denominator - 1) == 0


def _span(run: list[Moment]) -> tuple[int, int]:
    return run[0].node.span[0], run[-1].node.span[1]
