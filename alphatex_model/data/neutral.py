"""The neutral Parquet of tunes: one row a part, its music as text.

Columns used: id, source, name, composer, licence, attribution, ir. `ir` joins bars by ` | ` and segments by ` || ` (a
segment ends where the part is silent). A bar is a row of tokens: `T3/4` time signature, `KAminor` key, `[:` and `:]`
repeats, `E1` ending, `A` pick-up, `"Am"` chord symbol of the next beat, `r@1/4` rest, `62+65@3/8` pitches and duration
in whole notes, `62~@1/4` a pitch held over from the beat before.

Parts are long; what is read are *passages*: runs of bars that add up, cut to a length that fits a model's context.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alphatex_model.data.barlines import close_repeats
from alphatex_model.data.keys import KEYS
from alphatex_model.data.notation import clean_text
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Fault, Tune

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LEAST_BARS = 4
LEAST_NOTES = 8
"""Passages with fewer notes (long rests, a drone) are left out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a part is taken: passages of at most so many bars, and how many of them."""

    bars: int = 32
    passages: int = 1_000


def read_row(row: Mapping[str, Any], limits: Limits) -> Iterator[Tune | Fault]:
    """The passages of one row as tunes; a fault when it has none."""
    try:
        passages = [passage for segment in segments(row["ir"]) for passage in cut(segment, limits.bars)]
    except (ValueError, AttributeError, ZeroDivisionError) as error:
        yield Fault(row["id"], f"cannot be read: {error}")
        return
    if not passages:
        yield Fault(row["id"], f"no {LEAST_BARS} bars in a row that add up")
    for number, bars in enumerate(passages[: limits.passages], start=1):
        yield Tune(
            id=f"{row['id']}/{number}",
            source=row["source"],
            title=clean_text(row["name"] or "") or "Untitled",
            composer=clean_text(row["composer"] or ""),
            licence=row["licence"],
            attribution=row["attribution"] or "",
            bars=bars,
            work=row["id"].split("#")[0],
        )


def segments(text: str) -> Iterator[list[Bar]]:
    """The bars of each segment; time and key signature are carried on within it."""
    for segment in text.split(" || "):
        bars: list[Bar] = []
        frame = Bar(())
        for tokens in segment.split(" | "):
            bar = read_bar(tokens.split(), frame)
            frame = Bar((), meter=bar.meter, key=bar.key)
            bars.append(bar)
        yield bars


def read_bar(tokens: Sequence[str], frame: Bar) -> Bar:
    """One bar; `frame` has the time and key signature in force."""
    bar, events, symbol = frame, [], ""
    for token in tokens:
        if "@" in token:
            events.append(read_event(token, symbol))
            symbol = ""
        elif token.startswith('"'):
            symbol = token.strip('"')
        else:
            bar = _marked(bar, token)
    return replace(bar, events=tuple(events))


def _marked(bar: Bar, token: str) -> Bar:
    match token[0], token[1:]:
        case "T", meter:
            numerator, denominator = meter.split("/")
            return replace(bar, meter=(int(numerator), int(denominator)))
        case "K", key if key.lower() in KEYS:
            return replace(bar, key=key.lower())
        case "E", ending:
            return replace(bar, ending=int(ending))
        case "A", "":
            return replace(bar, pickup=True)
        case "[", ":":
            return replace(bar, repeat_open=True)
        case ":", "]":
            return replace(bar, repeat_close=2)
    raise BrokenTuneError(f"unknown token {token!r}")


@lru_cache(maxsize=1 << 14)
def read_event(token: str, symbol: str = "") -> Event:
    """One beat: `62+65~@3/8` or `r@1/2`."""
    content, duration = token.split("@")
    if content == "r":
        return Event(Fraction(duration), symbol=symbol)
    written = content.split("+")
    pitches = {int(pitch.rstrip("~")) for pitch in written}
    held = frozenset(int(pitch[:-1]) for pitch in written if pitch.endswith("~"))
    return Event(Fraction(duration), tuple(sorted(pitches)), held, symbol)


def cut(bars: Sequence[Bar], longest: int) -> Iterator[tuple[Bar, ...]]:
    """Runs of bars that fill their time signature (a pick-up may come first), at most `longest` bars each."""
    run: list[Bar] = []
    for bar in bars:
        opens = not run and bar.pickup and bar.length < bar.capacity
        if bar.length != bar.capacity and not opens:
            yield from _passage(run)
            run = []
            continue
        if len(run) == longest or (bar.repeat_open and 2 * len(run) >= longest):
            yield from _passage(run)
            run = []
        run.append(replace(bar, pickup=opens))
    yield from _passage(run)


def _passage(run: list[Bar]) -> Iterator[tuple[Bar, ...]]:
    """The run as a tune of its own, if there is enough in it."""
    notes = sum(bool(event.pitches) for bar in run for event in bar.events)
    if len(run) < LEAST_BARS or notes < max(LEAST_NOTES, len(run)):
        return
    try:
        yield close_repeats(without_loose_ties(run))
    except BrokenTuneError:
        yield close_repeats(without_loose_ties([replace(bar, ending=0, repeat_close=0) for bar in run]))


def without_loose_ties(bars: Sequence[Bar]) -> list[Bar]:
    """Bars in which every tie continues a pitch of the beat before."""
    sounding = frozenset[int]()
    tied: list[Bar] = []
    for bar in bars:
        events = []
        for event in bar.events:
            kept = event.tied & sounding
            events.append(event if kept == event.tied else replace(event, tied=kept))
            sounding = frozenset(event.pitches)
        tied.append(replace(bar, events=tuple(events)))
    return tied
