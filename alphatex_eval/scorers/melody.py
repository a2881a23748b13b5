"""Whether the line runs as people's tunes run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.passage import Line, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.walks import OwnPart, own_parts

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject

UNUSUAL = -7.0
"""Mean log-probability below which lie few tunes, those far from the tune books that the table was learnt from."""

HELD = 0.75
"""What a note is worth that is held once more: it moves nothing, and yet somebody thought of it."""


@scorer("alphatex/melody", version="3")
def melody(subject: Subject) -> Score:
    """How usual the melody and its rhythm are, under a Markov model of human tunes that ships with the package.

    A step is an interval (of the highest notes) or a rest, with its duration; its probability is conditional on the
    position in the bar, on the degree of the scale (that of the declared key, else the one that fits the notes best)
    and on the step before. Bars in another order, a transposed half bar, random durations and frets
    are steps that people rarely write; so is an end where no tune ends. Held (tied) notes and grace notes are no steps,
    dead notes are rests.

    Check (warning): usual_steps, which shows the least likely step. Value: the mean over the steps that the model wrote
    of their natural log-probability, from 0 at −9 to 1 at −1.8 in a straight line, 0.1 more where a voice of a chord is
    held meanwhile, at most 0.45 for a repeated note and 0.35 for a rest; a note that is held once more counts as a step
    worth 0.75. Human tunes reach about 0.8, random ones 0.1. 0 where nothing sounds; skipped for percussion. Loops
    are likely too: `alphatex/repetition` sees those, and `alphatex/motives` notes at random in tidy rhythm. Metric:
    log_probability (mean, in nats).
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and line.staff.kind != "percussion"]
    if not lines:
        return skipped("no pitches") if found.own_beats else scored(0.0, [])
    ended = not found.cut_off
    parts = [part for line in lines for part in own_parts(line, declared=found.declares_key, ended=ended)]
    if not parts:
        return scored(0.0, [])
    count = sum([len(part.walk.steps) for part in parts])
    mean = sum([part.walk.chance for part in parts]) / count
    worst, place = min(parts, key=_least).least_likely()
    what = f"least likely step {worst.event} at {worst.position}; mean log-probability"
    check = within("usual_steps", mean, UNUSUAL, 0.0, place, what)
    held = sum([_held(line) for line in lines])
    value = (sum([part.walk.worth for part in parts]) + HELD * held) / (count + held)
    return scored(value, [check], {"log_probability": mean})


def _least(part: OwnPart) -> float:
    return part.walk.least


def _held(line: Line) -> int:
    """How many of the model's notes are held once more."""
    if all(bar.traits.has_steps_alone for bar in line.bars):
        return 0
    held = [event.traits.is_held and not event.beat.grace for event in line.events]
    following = zip(held, held[1:], line.events[1:], strict=False)
    return sum(one and not before and event.own for before, one, event in following)
