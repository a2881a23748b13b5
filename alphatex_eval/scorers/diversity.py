"""Whether different prompts get different music."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.shingles import note_runs, runs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject

COPY = 0.8
"""The Dice coefficient of the runs of eight notes from which two completions are copies."""

ALLOWED = 3

Runs = frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion as text and as a set of runs, its place, and the prompt that it answers."""

    prompt: str
    text: str
    runs: Runs
    span: Span


def answer(subject: Subject) -> Answer:
    """What is compared: runs of notes that the model wrote, or of words where there is no music."""
    runs = note_runs(passage(subject)) or runs_of(subject.completion.split())
    return Answer(subject.prompt, subject.completion.strip(), frozenset(runs), (len(subject.prompt), len(subject.text)))


@scorer("alphatex/diversity", version="1", digest=answer)
def diversity(answers: Sequence[Answer]) -> list[Score]:
    """Whether the model answers different prompts with different music; the same text for every prompt earns nothing.

    Compared are the runs of eight notes that the model wrote, as intervals and durations, so that a transposed copy
    is a copy; words where there is no music. Two completions are copies when they are the same text, or when the Dice
    coefficient of their runs, 2 × common ÷ (one + other), is at least 0.8. Samples of one prompt may be alike.

    Check: new_music. Value: 1 − (other prompts answered with a copy of this) ÷ 3, at least 0; where the set has fewer
    than three other prompts, ÷ their number; 1 in a set with a single prompt. Meant as a ceiling. Metric: copies
    (prompts).
    """
    by_runs: defaultdict[Runs, set[str]] = defaultdict(set)
    by_text: defaultdict[str, set[str]] = defaultdict(set)
    for item in answers:
        by_runs[item.runs].add(item.prompt)
        by_text[item.text].add(item.prompt)
    allowed = min(ALLOWED, len({item.prompt for item in answers}) - 1)
    copied = _prompts_with_copies(by_runs)
    return [_score(item, len((copied[item.runs] | by_text[item.text]) - {item.prompt}), allowed) for item in answers]


def _prompts_with_copies(prompts: dict[Runs, set[str]]) -> dict[Runs, set[str]]:
    """For each set of runs all prompts that got it or a copy of it. Only sets with a common run are compared."""
    holders: defaultdict[str, list[Runs]] = defaultdict(list)
    for runs in prompts:
        for run in runs:
            holders[run].append(runs)
    return {runs: prompts[runs].union(*(prompts[copy] for copy in _copies(runs, holders))) for runs in prompts}


def _copies(runs: Runs, holders: dict[str, list[Runs]]) -> list[Runs]:
    common = Counter(other for run in runs for other in holders[run])
    return [other for other, count in common.items() if 2 * count >= COPY * (len(runs) + len(other))]


def _score(item: Answer, copies: int, allowed: int) -> Score:
    faults = [Fault(f"{copies} other prompts get a copy of this", item.span)] if copies else []
    value = 1.0 - copies / allowed if allowed else 1.0
    return scored(value, [asked("new_music", faults, 1)], {"copies": float(copies)})
