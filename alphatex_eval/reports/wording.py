"""Figures and verdicts in words, the same in every report."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from alphatex_eval.harness.sign_flips import prompts_to_tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.harness.ranking import Ranking
    from alphatex_eval.harness.statistics import Estimate


def percent_interval(score: Estimate) -> str:
    """`71.2 % [68.0, 74.1]`, without brackets where there is no interval, `–` without a value."""
    if score.value is None:
        return "–"
    value = f"{100 * score.value:.1f} %"
    if score.low is None or score.high is None:
        return value
    return f"{value} [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def points(share: float) -> str:
    """A signed share in percentage points: `+3.2`, `−0.5`."""
    return f"{100 * share:+.1f}".replace("-", "−")


def points_interval(difference: Estimate) -> str:
    """A difference in percentage points, `+3.2 [−0.5, +6.9]`, without brackets where there is no interval."""
    if difference.value is None:
        return "–"
    if difference.low is None or difference.high is None:
        return points(difference.value)
    return f"{points(difference.value)} [{points(difference.low)}, {points(difference.high)}]"


def letters(groups: str) -> str:
    """The letters of a run's groups, with neighbours as `b–f` where that is shorter."""
    found = re.findall(r"[a-z]|\(\d+\)", groups)
    starts = {letter: _letter_number(letter) - place for place, letter in enumerate(found)}
    rows = [list(row) for _, row in groupby(found, key=starts.__getitem__)]
    return "".join(min("".join(row), f"{row[0]}–{row[-1]}", key=len) for row in rows)


def verdict(ranking: Ranking) -> str:
    """The ranking in a few sentences: who is first, and what to be careful about."""
    if ranking.runs[0].score.value is None:
        return "No run has a score."
    return " ".join([_first_place(ranking), *_cautions(ranking)])


def resolution(ranking: Ranking) -> str:
    """What these prompts can show of so many pairs: the smallest difference, or that they can show none."""
    needed = prompts_to_tell(ranking.confidence)
    compared = sum(pair.compared for pair in ranking.pairs)
    if compared and ranking.differing < needed:
        return (
            f"{_differing(ranking.differing)} between these runs: no difference, however large, can be proven "
            f"at {100 * ranking.confidence:g} % with fewer than {needed}."
        )
    if ranking.detectable is None:
        return ""
    return (
        f"Runs that share a letter cannot be told apart; {ranking.prompts} prompts would show "
        f"{100 * ranking.detectable:.1f} points with 80 % power (pairs compared: {compared})."
    )


def _first_place(ranking: Ranking) -> str:
    first, tied = ranking.runs[0], ranking.tied_with_first()[1:]
    against_all = not any(first.name in pair for pair in ranking.not_compared())
    leads = "ranks first with" if against_all else "has the highest score,"
    score = f"{first.name} {leads} {percent_interval(first.score)}"
    if tied:
        return f"{score}, but cannot be told apart from {_listed(tied)}."
    told_apart = any(pair.told_apart for pair in ranking.pairs if pair.first == first.name)
    if not told_apart or ranking.ahead_of_first():
        return f"{score}."
    scope = " with a score" if ranking.without_score() else ""
    return f"{score}, told apart from every other run{' that shares its prompts' if ranking.not_compared() else scope}."


def _cautions(ranking: Ranking) -> Iterator[str]:
    if ahead := ranking.ahead_of_first():
        yield f"On the prompts that both have, {_listed(ahead)} did better than {ranking.runs[0].name}."
    if unscored := ranking.without_score():
        yield f"Without a score: {_listed(unscored)}."
    if apart := [" and ".join(pair) for pair in ranking.not_compared()]:
        yield f"Nothing can be said of runs that share no scored prompt: {_listed(apart, '; ')}."
    if not ranking.scored_alike():
        yield "Scores are not all of the same prompts; two runs are compared on those that both have."
    if unfinished := [f"{run.name} (samples missing: {run.missing})" for run in ranking.runs if run.missing]:
        yield f"Unfinished: {_listed(unfinished)}."


def _differing(prompts: int) -> str:
    few = f"Only {prompts} prompts differ" if prompts > 1 else "Only 1 prompt differs"
    return few if prompts else "No prompt differs"


def _listed(names: Sequence[str], separator: str = ", ", shown: int = 3) -> str:
    return separator.join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def _letter_number(letter: str) -> int:
    return int(letter[1:-1]) if letter[0] == "(" else ord(letter) - ord("a") + 1
