"""Whether the line runs as people's tunes run."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from statistics import fmean
from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.harmony import FIFTH, best_tonic, pitch_classes
from alphatex_eval.scorers.melody_model import Step, human_melody, log_probabilities, steps
from alphatex_eval.scorers.passage import Event, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject

UNUSUAL = -7.0
"""Mean log-probability below which lie few tunes, those far from the tune books that the table was learnt from."""

WORST, BEST = -9.0, -1.8
"""Log-probabilities that get 0 and 1: about what letters picked at random reach, and a step that one would guess."""

AT_MOST = {"r": 0.35, "0": 0.45}
"""What a rest and a repeated note earn at most, however usual: they are easily written and say little."""

HELD = 0.75
"""What a note is worth that is held once more: it moves nothing, and yet somebody thought of it."""

HOLDING = 0.1
"""What it is worth that one voice of a chord is held while others move."""


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
    lines = [line for line in found.lines if line.own and line.staff.kind != "percussion"]
    if not lines:
        return skipped("no pitches") if found.own else scored(0.0, [])
    ended = not found.cut_off
    judged = [item for line in lines for item in _own_steps(line, declared=found.declares_key, ended=ended)]
    if not judged:
        return scored(0.0, [])
    mean = fmean([chance for chance, _, _, _ in judged])
    _, worst, place, _ = min(judged, key=itemgetter(0))
    what = f"least likely step {worst.event} at {worst.position}; mean log-probability"
    check = within("usual_steps", mean, UNUSUAL, 0.0, place, what)
    worths = [_earned(chance, step.event, holding) for chance, step, _, holding in judged]
    held = sum(_held(line) for line in lines)
    value = (sum(worths) + HELD * held) / (len(worths) + held)
    return scored(value, [check], {"log_probability": mean})


def _held(line: Line) -> int:
    """How many of the model's notes are held once more."""
    if len(struck(line)[0]) == len(line.events):
        return 0
    held = [_is_held(event) for event in line.events]
    following = zip(held, held[1:], line.events[1:], strict=False)
    return sum(one and not before and event.own for before, one, event in following)


@lru_cache(maxsize=1 << 16)
def _earned(chance: float, event: str, holding: bool) -> float:
    """What a step is worth, 0 to 1."""
    worth = (chance - WORST) / (BEST - WORST) + HOLDING * holding
    return max(0.0, min(worth, AT_MOST.get(event.partition(",")[0], 1.0)))


def _own_steps(line: Line, *, declared: bool, ended: bool) -> Iterator[tuple[float, Step, Span, bool]]:
    """Log-probability, step and place of each step that the model wrote."""
    events, walk = line_steps(line, declared=declared, ended=ended)
    chances = log_probabilities(human_melody(), walk)
    for chance, step, event in zip(chances, walk, events, strict=True):
        if event.own:
            yield chance, step, event.span, len(event.beat.notes) > 1 and _holds(event)


@lru_cache(maxsize=16)
def line_steps(line: Line, *, declared: bool, ended: bool) -> tuple[list[Event], list[Step]]:
    """The events of a line that are struck or rest, and their steps, the last event twice where the piece has ended.

    `declared`: whether the key signatures of the text were written and are to be believed. Remembered, since several
    scorers ask for the same.
    """
    events, pitches = struck(line)
    if declared:
        tonics = {bar: _tonic(line, bar) for bar in {event.bar for event in events}}
        usual = [tonics[event.bar] for event in events]
    else:
        usual = [best_tonic(pitch_classes(pitch for pitch in pitches if pitch is not None))] * len(events)
    beats = [(*event.traits.times, pitch, tonic) for event, pitch, tonic in zip(events, pitches, usual, strict=True)]
    end = line.events[-1]
    return [*events, *[end] * ended], steps(beats, end.beat.end.as_integer_ratio() if ended else None)


def _tonic(line: Line, bar: int) -> int:
    return line.staff.bars[bar].key * FIFTH % 12


def _holds(event: Event) -> bool:
    """Whether some of the notes are held from the beat before."""
    return any(note.tied for note in event.beat.notes)


def _is_held(event: Event) -> bool:
    return not event.traits.is_step and not event.beat.grace


@lru_cache(maxsize=16)
def struck(line: Line) -> tuple[list[Event], list[int | None]]:
    """The events of a line that are struck or rest, with the highest pitch of each, None for a rest."""
    events = [event for event in line.events if event.traits.is_step]
    return events, [event.traits.top for event in events]
