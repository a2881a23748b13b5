"""Whether different prompts get different music."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.shingles import Run, new_and_given_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject

COPY = 0.8
"""The Dice coefficient of the runs of eight notes from which two completions are copies."""

ALLOWED = 3

Runs = frozenset[Run]


class Music(NamedTuple):
    """The runs of a completion that its prompt does not have, and how many it has in all."""

    new: Runs
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion as text and as music, its place, and the prompt that it answers."""

    prompt: str
    text: str
    music: Music
    span: Span


def answer(subject: Subject) -> Answer:
    """What is compared: runs of beats that the model wrote, or the words where there is no music."""
    found = passage(subject)
    written, given = new_and_given_runs(found)
    runs = written if found.own_beats else set(subject.completion.split())
    music = Music(frozenset(runs - given), max(1, len(runs)))
    return Answer(subject.prompt, subject.completion.strip(), music, (len(subject.prompt), len(subject.text)))


@scorer("alphatex/diversity", version="2", digest=answer)
def diversity(answers: Sequence[Answer]) -> list[Score]:
    """Whether the model answers different prompts with different music; the same text for every prompt earns nothing.

    Compared are the runs of eight beats that the model wrote, as intervals and durations, so that a transposed copy
    of a tune is a copy (a run of fewer than four pitches is one only at the same pitch); words where there is no music.
    Two completions are copies when they are the same text, or when the Dice coefficient of their runs, 2 × common ÷
    (one + other), is at least 0.8. Runs that a prompt has itself are not common to its completion and others, and one
    that consists of them for the most part is no copy; nor are drums that the prompt began, whose beats are common
    property. Samples of one prompt may be alike.

    Check: new_music. Value: 1 − (other prompts answered with a copy of this) ÷ 3, at least 0; where the set has fewer
    than three other prompts, ÷ their number; 1 in a set with a single prompt. Meant as a ceiling. Metric: copies
    (prompts). Give `score_many` all samples of a run at once: what it does not see cannot be a copy.
    """
    by_music: defaultdict[Music, set[str]] = defaultdict(set)
    by_text: defaultdict[str, set[str]] = defaultdict(set)
    for item in answers:
        by_music[item.music].add(item.prompt)
        if 2 * len(item.music.new) >= item.music.size:
            by_text[item.text].add(item.prompt)
    allowed = min(ALLOWED, len({item.prompt for item in answers}) - 1)
    copied = _prompts_with_copies(by_music) if allowed else {}
    return [
        _score(item, len((copied.get(item.music, set()) | by_text.get(item.text, set())) - {item.prompt}), allowed)
        for item in answers
    ]


def _prompts_with_copies(prompts: dict[Music, set[str]]) -> dict[Music, set[str]]:
    """For each completion all prompts that got it or a copy of it. Only those with a common run are compared."""
    holders: defaultdict[Run, list[Music]] = defaultdict(list)
    for music in prompts:
        for run in music.new:
            holders[run].append(music)
    return {music: set().union(*(prompts[copy] for copy in _copies(music, holders))) for music in prompts}


def _copies(music: Music, holders: dict[Run, list[Music]]) -> list[Music]:
    """The music itself, unless its prompt has it, and copies of it."""
    shared = [found for found in [holders[run] for run in music.new] if len(found) > 1]
    common = Counter([other for found in shared for other in found])
    common[music] = len(music.new)
    return [other for other, count in common.items() if 2 * count >= COPY * (music.size + other.size)]


def _score(item: Answer, copies: int, allowed: int) -> Score:
    faults = [Fault(f"{copies} other prompts get a copy of this", item.span)] if copies else []
    value = 1.0 - copies / allowed if allowed else 1.0
    return scored(value, [asked("new_music", faults, 1)], {"copies": float(copies)})
