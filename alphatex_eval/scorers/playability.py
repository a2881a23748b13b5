"""Whether a guitarist's hand can play it, and how much easier it could be."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from alphatex_eval.music.fretboard import HAND_MM
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share, within
from alphatex_eval.scorers.fretboard import (
    Shape,
    best_line_cost,
    crossings,
    fault_of,
    line_cost,
    shape_span,
    shifts,
)
from alphatex_eval.scorers.passage import Event, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject

USUAL_SHIFT = 2.0
USUAL_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Played:
    """What the model wrote on one staff: the shapes that the hand takes and the beats they belong to."""

    tuning: tuple[int, ...]
    shapes: list[Shape]
    events: list[Event]


@scorer("alphatex/playability", version="2")
def playability(subject: Subject, *, hand: float = HAND_MM) -> Score:
    """Whether a hand can hold what the model wrote, how far it moves, and how near the fingering is to the easiest.

    Checks: playable (error: strings distinct, at most four fingers, a barre counting one, span within `hand` mm; beats
    with tapped notes or harmonics are not asked);
    shifts (warning: the hand moves more than two frets an onset on average); fingering (warning: the effort is more
    than 1.5 times that of the easiest fingering of the same pitches, found by Viterbi).

    Value: half for shapes without fault (0.75 × their share, plus 0.25 when there is none), a quarter for staying in
    place, 1 ÷ (1 + mean shift), a quarter for the easiest effort ÷ the written one. 0 where nothing is fretted;
    skipped for staves without strings. Frets count from the capo, so that it changes nothing. Metrics: span_mm
    (widest), shift (frets an onset), crossing (strings an onset), gap (≥ 1). Sources: Sayegh 1989; Radicioni &
    Lombardo 2005.
    """
    written = [line for line in passage(subject).lines if line.own]
    lines = [line for line in written if line.staff.kind not in ("percussion", "pitched")]
    if written and not lines:
        return skipped("no staff with strings")
    hands = [played for line in lines if (played := _played(line)).shapes]
    return _judge(hands, hand) if hands else scored(0.0, [])


def _played(line: Line) -> Played:
    fretted = [(event.traits.shape, event) for event in line.own if event.traits.shape]
    return Played(line.staff.tuning, [shape for shape, _ in fretted], [event for _, event in fretted])


def _judge(hands: list[Played], hand: float) -> Score:
    held = [pair for played in hands for pair in zip(played.shapes, played.events, strict=True)]
    chords = [(shape, event) for shape, event in held if len(shape) > 1]
    judged = [(shape, event) for shape, event in chords if not event.traits.is_two_handed]
    faults = [Fault(fault, event.span) for shape, event in judged if (fault := fault_of(shape, hand))]
    shift = fmean([move for played in hands for move in shifts(played.shapes)])
    crossing = fmean([step for played in hands for step in crossings(played.shapes)] or [0])
    gap = _gap(hands)
    span = (held[0][1].span[0], held[-1][1].span[1])
    checks = [
        asked("playable", faults, len(held)),
        within("shifts", shift, 0.0, USUAL_SHIFT, span, "frets moved an onset"),
        within("fingering", gap, 1.0, USUAL_GAP, span, "effort ÷ easiest effort"),
    ]
    widest = max(map(shape_span, {shape for shape, _ in held}))
    value = 0.5 * strict_share(len(faults), len(held)) + 0.25 / (1.0 + shift) + 0.25 / gap
    return scored(value, checks, {"span_mm": widest, "shift": shift, "crossing": crossing, "gap": gap})


def _gap(hands: list[Played]) -> float:
    """Effort of the top notes as fingered ÷ of the easiest fingering, over all staves; 1 where nothing moves."""
    written = best = 0
    for played in hands:
        top = [shape[0] if len(shape) == 1 else min(shape) for shape in played.shapes]
        written += line_cost(top)
        best += best_line_cost([played.tuning[string - 1] + fret for string, fret in top], played.tuning)
    return max(1.0, written / best) if best else 1.0
