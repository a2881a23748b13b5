"""Whether the line runs as people's tunes run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.passage import Line, passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.walks import least_likely, own_walks

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
    lines = [line for line in found.lines if line.is_own and not line.is_percussion]
    if not lines:
        return skipped("no pitches") if found.own_beats else scored(0.0, [])
    ended = not found.cut_off
    walked = [item for line in lines for item in own_walks(line, declared=found.declares_key, ended=ended)]
    if not walked:
        return scored(0.0, [])
    count, total, worth, lowest = 0, 0.0, 0.0, walked[0]
    for item in walked:
        walk = item[0]
        count += len(walk.steps)
        total += walk.chance
        worth += walk.worth
        if walk.least < lowest[0].least:
            lowest = item
    mean = total / count
    worst, place = least_likely(*lowest)
    what = f"least likely step {worst.event} at {worst.position}; mean log-probability"
    check = within("usual_steps", mean, UNUSUAL, 0.0, place, what)
    held = sum([_held(line) for line in lines])
    value = (worth + HELD * held) / (count + held)
    return scored(value, [check], {"log_probability": mean})


def _held(line: Line) -> int:
    """How many of the model's notes are held once more."""
    count, before = 0, True
    for bar in line.bars:
        holds = bar.traits.holds
        if bar.own_traits is bar.traits:
            count += bar.traits.new_holds + (holds[0] and not before)
        elif bar.own:
            following = zip([before, *holds], holds, bar.events, strict=False)
            count += sum(one and not earlier and event.own for earlier, one, event in following)
        before = holds[-1]
    return count
