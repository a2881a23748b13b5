"""Whether a guitarist's hand can play it, and how much easier it could be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from alphatex_eval.music.fretboard import HAND_MM
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share, within
from alphatex_eval.scorers.fretboard import BARS, Effort, Hand, effort, fault_of
from alphatex_eval.scorers.passage import Event, JudgedBar, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

HandSpan = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]

USUAL_SHIFT = 2.0
USUAL_GAP = 1.5
UNTOLD = 0.5
"""What it is worth where only harmonics and tapped notes are played, of which no hand can be told."""


@dataclass(frozen=True, slots=True)
class Played:
    """What the model wrote on one staff: the bars in which the hand takes shapes."""

    tuning: tuple[int, ...]
    bars: list[JudgedBar]

    def efforts(self) -> list[Effort]:
        """What each bar costs the hand."""
        found, hand = [], Hand()
        for bar in self.bars:
            cost, hand = _effort(bar.own_traits, self.tuning, hand)
            found.append(cost)
        return found


@lru_cache(maxsize=BARS)
def _effort(bar: BarTraits, tuning: tuple[int, ...], hand: Hand) -> tuple[Effort, Hand]:
    """What a bar costs, coming from `hand`, and where the hand is then; most bars have been met before."""
    return effort(bar.shapes, tuning, hand)


@scorer("alphatex/playability", version="4")
def playability(subject: Subject, *, hand: HandSpan = HAND_MM) -> Score:
    """Whether a hand can hold what the model wrote, how far it moves, and how near the fingering is to the easiest.

    Checks: playable (error: strings distinct, at most four fingers, a barre counting one, span within `hand` mm, of all
    that the voices of a staff strike together; a note that two of them share is one);
    shifts (warning: the hand moves more than two frets an onset on average); fingering (warning: the effort is more
    than 1.5 times that of the easiest fingering of the same pitches, found by Viterbi).

    Value: half for shapes without fault (0.75 × their share, plus 0.25 when there is none), a quarter for staying in
    place, 1 ÷ (1 + mean shift), a quarter for the easiest effort ÷ the written one. Beats with tapped notes or
    harmonics are not asked: 0.5 where there are no others, and for staves without strings. 0 where nothing sounds;
    skipped for drums alone.
    Frets count from the capo, so that it changes nothing. Metrics: span_mm (widest), shift (frets an onset), crossing
    (strings an onset), gap (≥ 1). Sources: Sayegh 1989; Radicioni & Lombardo 2005.
    """
    found = passage(subject)
    written = [line for line in found.lines if line.is_own]
    lines = [line for line in written if line.staff.kind not in ("percussion", "pitched")]
    if written and all(line.is_percussion for line in written):
        return skipped("drums alone")
    hands = [played for line in lines if (played := _played(line)).bars]
    if hands:
        return _judge(hands, list(_clashes(found.lines, hand)), hand)
    sounds = any(bar.own_traits.notes for line in written for bar in line.bars if not line.is_percussion)
    return scored(UNTOLD if sounds else 0.0, [])


def _played(line: Line) -> Played:
    return Played(line.staff.tuning, [bar for bar in line.bars if bar.own_traits.shapes])


def _judge(hands: list[Played], clashes: list[Fault], hand: float) -> Score:
    bars = [bar for played in hands for bar in played.bars]
    faults = [fault for bar in bars if bar.own_traits.has_chords for fault in _faults(bar, hand)] + clashes
    efforts = [played.efforts() for played in hands]
    costs = [cost for found in efforts for cost in found]
    shapes = sum([len(bar.own_traits.shapes) for bar in bars])
    shift = sum([cost.shift for cost in costs]) / shapes
    crossing = sum([cost.crossing for cost in costs]) / max(1, shapes - len(hands))
    gap = _gap(costs)
    span = _places(bars[0])[0][0], _places(bars[-1])[-1][1]
    checks = [
        asked("playable", faults, shapes),
        within("shifts", shift, 0.0, USUAL_SHIFT, span, "frets moved an onset"),
        within("fingering", gap, 1.0, USUAL_GAP, span, "effort ÷ easiest effort"),
    ]
    widest = max([bar.own_traits.widest for bar in bars])
    value = 0.5 * strict_share(len(faults), shapes) + 0.25 / (1.0 + shift) + 0.25 / gap
    return scored(value, checks, {"span_mm": widest, "shift": shift, "crossing": crossing, "gap": gap})


def _places(bar: JudgedBar) -> list[Span]:
    """Where the beats stand at which the hand takes a shape that the model wrote."""
    return bar.own_spans([bool(beat.shape) for beat in bar.traits.beats])


def _faults(bar: JudgedBar, hand: float) -> Iterator[Fault]:
    """What is wrong with the chords that the model wrote in a bar."""
    for event in bar.events:
        shape = event.traits.shape
        if event.own and len(shape) > 1 and (fault := fault_of(shape, hand)):
            yield Fault(fault, event.span)


def _clashes(lines: Sequence[Line], hand: float) -> Iterator[Fault]:
    """What no hand can hold of what several voices of a staff strike together, where each of them could be held."""
    by_staff: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_staff[id(line.staff)].append(line)
    for voices in by_staff.values():
        if len(voices) > 1 and voices[0].staff.kind == "fretted":
            yield from _clashes_of(voices, hand)


def _clashes_of(voices: Sequence[Line], hand: float) -> Iterator[Fault]:
    struck: defaultdict[tuple[int, tuple[int, int]], list[Event]] = defaultdict(list)
    for event in [event for line in voices for event in line.events]:
        if event.traits.is_struck and event.traits.shape and not event.beat.grace:
            struck[event.bar, event.traits.times[0]].append(event)
    for events in struck.values():
        own = [event for event in events if event.own]
        if len(events) > 1 and own and not any(fault_of(event.traits.shape, hand) for event in events):
            together = dict.fromkeys([place for event in events for place in event.traits.shape])
            if fault := fault_of(tuple(sorted(together)), hand):
                yield Fault(f"with the other voices {fault}", own[-1].span)


def _gap(costs: Sequence[Effort]) -> float:
    """Effort of the top notes as fingered ÷ of the easiest fingering, over all staves; 1 where nothing moves."""
    best = sum([cost.best for cost in costs])
    return max(1.0, sum([cost.written for cost in costs]) / best) if best else 1.0
