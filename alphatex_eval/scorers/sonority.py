"""Whether what sounds together is what people let sound together."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.context_model import ContextModel, shipped
from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.harmony import FIFTH, best_tonic, pitch_classes
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.passage import Passage
    from alphatex_eval.scorers.results import Score, Subject

TABLE = "human_sonority.json"
VOCABULARY_SIZE = 2048
UNUSUAL = -7.0
WORST, BEST = -17.0, -1.0
"""Mean log-probabilities that would get 0 and 1; chords drawn at random get about 0.6."""

DEGREES = tuple(map(str, range(12)))


class Sonority(NamedTuple):
    """Pitches struck together: `pattern` are the pitch classes above the lowest pitch, `degree` that pitch in its key.

    `own` if the model wrote one of them; `place` is where the first of those stands.
    """

    pattern: str
    degree: str
    own: bool
    place: Span


Struck = list[tuple[int, bool, "Span"]]
"""Notes of one time: pitch, whether the model wrote it, and where."""


def sonorities(found: Passage) -> list[Sonority]:
    """All pairs and chords of different pitches that are struck together, in whatever voices, staves and tracks."""
    lines = [line for line in found.lines if not line.is_percussion]
    groups: defaultdict[tuple[int, int, int], Struck] = defaultdict(list)
    keys: dict[int, int] = {}
    for line in lines:
        bars = line.bars if len(lines) > 1 else [bar for bar in line.bars if bar.traits.has_chords]
        for event in [event for bar in bars for event in bar.events]:
            notes = event.beat.notes
            if len(notes) > 1 or (notes and len(lines) > 1):
                group = groups[event.bar, *event.traits.times[0]]
                group += [(n.pitch, event.own, event.span) for n in notes if n.pitch is not None and not n.dead]
                keys[event.bar] = line.staff.bars[event.bar].key
    pitches = [pitch for group in groups.values() for pitch, _, _ in group]
    usual = None if found.declares_key else best_tonic(pitch_classes(pitches))
    chords = [(place[0], group) for place, group in groups.items() if len(group) > 1]
    return [_sonority(group, keys[bar] * FIFTH % 12 if usual is None else usual) for bar, group in chords]


def _sonority(group: Struck, tonic: int) -> Sonority:
    lowest = min(group)[0]
    above = sorted({(pitch - lowest) % 12 for pitch, _, _ in group})
    place = next((place for _, own, place in group if own), group[0][2])
    own = any(own for _, own, _ in group)
    return Sonority(" ".join(map(DEGREES.__getitem__, above)), DEGREES[(lowest - tonic) % 12], own, place)


def contexts_of(item: Sonority) -> tuple[str, ...]:
    """What a pattern is conditional on: nothing, how many pitch classes there are, and on which degree they stand."""
    size = str(item.pattern.count(" "))
    return "", size, f"{size} {item.degree}"


def learn(items: Iterable[Sonority]) -> ContextModel:
    """The model of some sonorities."""
    return ContextModel.learn(((contexts_of(item), item.pattern) for item in items), VOCABULARY_SIZE)


@scorer("alphatex/sonority", version="1")
def sonority(subject: Subject) -> Score:
    """How usual the intervals and chords are that are struck together, under a table of human music.

    A sonority is the set of intervals above the lowest pitch, octaves left out, of all notes struck at one time, in
    whatever voices and tracks; its probability is conditional on how many there are and on the degree of the scale
    (of the declared key, else of the one that fits best) of the lowest. Clusters, wrong notes inside a chord and
    parts in different keys are sonorities that people rarely write.

    Check (warning): usual_chords, which shows the least likely one. Value: the mean natural log-probability of those
    in which a note is the model's, from 0 at −17 to 1 at −1 in a straight line; skipped where nothing is struck
    together. Meant as a ceiling. Metric: log_probability (mean, in nats).
    """
    model = shipped(TABLE, VOCABULARY_SIZE)
    own = [item for item in sonorities(passage(subject)) if item.own]
    if not own:
        return skipped("nothing is struck together")
    chances = [model.log_probability(contexts_of(item), item.pattern) for item in own]
    mean, worst = fmean(chances), own[chances.index(min(chances))]
    what = f"least likely chord {worst.pattern} on degree {worst.degree}; mean log-probability"
    check = within("usual_chords", mean, UNUSUAL, 0.0, worst.place, what)
    return scored((mean - WORST) / (BEST - WORST), [check], {"log_probability": mean})
