"""Figures and verdicts in words, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.harness.sign_flips import prompts_to_tell

if TYPE_CHECKING:
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


def verdict(ranking: Ranking) -> str:
    """The ranking in one or two sentences."""
    first, tied = ranking.runs[0], ranking.tied_with_first()
    if first.score.value is None:
        return "No run has a score."
    score = f"{first.name} ranks first with {percent_interval(first.score)}"
    if len(tied) == 1:
        return f"{score}, told apart from every other run." if len(ranking.runs) > 1 else f"{score}."
    others = ", ".join(tied[1:4]) + (f" and {len(tied) - 4} more" if len(tied) > 4 else "")
    return f"{score}, but cannot be told apart from {others}."


def resolution(ranking: Ranking) -> str:
    """What these prompts can show of so many pairs: the smallest difference, or that they can show none."""
    needed = prompts_to_tell(ranking.confidence)
    if ranking.pairs and ranking.differing < needed:
        return (
            f"Only {ranking.differing} prompts differ between these runs: no difference, however large, can be proven "
            f"at {100 * ranking.confidence:g} % with fewer than {needed}."
        )
    if ranking.detectable is None:
        return ""
    return (
        f"Runs that share a letter cannot be told apart; {ranking.prompts} prompts would show "
        f"{100 * ranking.detectable:.1f} points with 80 % power (pairs compared: {len(ranking.pairs)})."
    )
