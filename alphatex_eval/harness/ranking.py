"""Ranking: which runs score higher, and which cannot be told apart.

Every pair of runs is compared prompt by prompt and the p-values are adjusted for all pairs at once (step-down max-T
over sign flips, see `sign_flips`). Runs share a letter when no test tells them apart (compact letter display; Gramm et
al., "Algorithms for Compact Letter Displays: Comparison and Evaluation", 2007).
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import Summary, read_summary, rubric_summary
from alphatex_eval.harness.sign_flips import prompts_to_tell
from alphatex_eval.harness.statistics import (
    Estimate,
    PairedTest,
    clustered_mean,
    difference_of,
    mean,
    minimum_detectable_effect,
    paired_test,
    paired_tests,
    prompts_needed,
)
from alphatex_eval.harness.summaries import UNIT, RubricSummary, identity_differences
from alphatex_eval.scorers.results import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alphatex_eval.harness.sign_flips import Family
    from alphatex_eval.harness.summaries import PromptScores

SLACK = 1e-12


class RankedRun(Record):
    """A run's place. `place` is shared by equal scores; `groups` are the letters of the groups it belongs to.

    Without letters it shares no scored prompt with any other run.
    `failed` counts samples without a value, `missing` those that its suite asks for and it does not have.
    """

    name: str
    folder: str
    place: int
    score: Estimate
    kinds: dict[str, Estimate]
    groups: str
    step: int | None
    series: str
    failed: int
    missing: int = 0


class PairedComparison(Record):
    """Two runs, `first` ranked higher; `adjusted_p` holds for all pairs of the ranking at once.

    `prompts_needed` is how many prompts would show the observed difference with 80 % power among these pairs.
    """

    first: str
    second: str
    test: PairedTest
    adjusted_p: float | None
    told_apart: bool
    prompts_needed: int | None

    @property
    def compared(self) -> bool:
        """Whether the two share a scored prompt; nothing can be said of two that do not."""
        return self.test.p_value is not None


class Ranking(Record):
    """Runs by score, highest first, and every pair's comparison.

    `detectable` is the smallest difference between two runs that this suite could have seen with 80 % power beside all
    other pairs, given the median spread of the pairs; None where nothing differs, or where no difference could be seen.
    `differing` counts the prompts on which any two runs differ: with fewer than six nothing is told apart at 95 %.
    `winner_remeasured` is the first run's score on fresh samples: the highest of several noisy ones is biased upwards.
    """

    rubric: str
    identity: dict[str, Any]
    confidence: float
    prompts: int
    runs: tuple[RankedRun, ...]
    pairs: tuple[PairedComparison, ...]
    detectable: float | None
    differing: int
    winner_remeasured: Estimate | None = None

    def tied_with_first(self) -> list[str]:
        """The names of the runs that cannot be told apart from the first, the first included."""
        first = self.runs[0].name
        out = {pair.second for pair in self.pairs if pair.first == first and (pair.told_apart or not pair.compared)}
        return [run.name for run in self.runs if run.name not in out and run.score.value is not None]

    def ahead_of_first(self) -> list[str]:
        """The names of the runs that beat the first on the prompts that both have, whatever they score on others."""
        return [
            pair.second
            for pair in self.pairs
            if pair.first == self.runs[0].name and pair.told_apart and (pair.test.difference.value or 0.0) < 0
        ]

    def not_compared(self) -> list[tuple[str, str]]:
        """The pairs of runs with a score that share no scored prompt, by name."""
        out = set(self.without_score())
        pairs = [(pair.first, pair.second) for pair in self.pairs if not pair.compared]
        return [pair for pair in pairs if out.isdisjoint(pair)]

    def without_score(self) -> list[str]:
        """The names of the runs that have no score."""
        return [run.name for run in self.runs if run.score.value is None]

    def scored_alike(self) -> bool:
        """Whether all runs with a score have it from the same prompts."""
        out = set(self.without_score())
        counts = {run.score.n for run in self.runs if run.name not in out}
        counts |= {pair.test.difference.n for pair in self.pairs if not {pair.first, pair.second} & out}
        return len(counts) <= 1


def rank_runs(
    folders: Sequence[Path | str],
    rubric: str,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    allow_different: bool = False,
) -> Ranking:
    """Rank run folders under a rubric, from their summaries alone.

    Raises HarnessError when a folder holds no such run, when nothing could be proven at this confidence, and, unless
    `allow_different`, when two runs were not asked or judged the same, naming the part that differs. Runs are compared
    on the prompts they share.
    """
    if not folders:
        raise HarnessError("Nothing to rank: name at least one run folder.")
    prompts_to_tell(confidence)
    summaries = [read_summary(Path(folder)) for folder in folders]
    judged = [rubric_summary(summary, rubric) for summary in summaries]
    _refuse_doubles(summaries)
    if not allow_different:
        _refuse_differences(summaries, judged)
    scores = [_score(found, confidence) for found in judged]
    order = sorted(range(len(folders)), key=lambda i: (-_value(scores[i]), summaries[i].name))
    names = [summaries[i].name for i in order]
    pairs, family = _compare_all(names, [judged[i] for i in order], confidence, seed)
    groups = _letters(names, pairs)
    return Ranking(
        rubric=rubric,
        identity=judged[0].identity,
        confidence=confidence,
        prompts=len(judged[0].prompts),
        runs=tuple(
            _ranked(summaries[i], judged[i], folders[i], scores[i], _place(scores, i), groups[summaries[i].name])
            for i in order
        ),
        pairs=pairs,
        detectable=_detectable(pairs, family.critical),
        differing=family.differing,
    )


def compare_prompts(first: RubricSummary, second: RubricSummary) -> list[tuple[str, float]]:
    """Each shared prompt's difference of means, first minus second, from the worst to the best."""
    other = _by_prompt(second)
    shared = [(p.id, p.values, other[p.id].values) for p in first.prompts if p.id in other]
    found = [(name, difference_of(mean(a), mean(b))) for name, a, b in shared if a and b]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def compare(first: RubricSummary, second: RubricSummary, *, confidence: float = 0.95, seed: int = 0) -> PairedTest:
    """The paired test of two runs over the prompts they share, first minus second."""
    other = _by_prompt(second)
    shared = [prompt for prompt in first.prompts if prompt.id in other]
    return paired_test(
        [prompt.values for prompt in shared],
        [other[prompt.id].values for prompt in shared],
        [prompt.weight for prompt in shared],
        confidence=confidence,
        seed=seed,
    )


def _refuse_doubles(summaries: Sequence[Summary]) -> None:
    names = [summary.name for summary in summaries]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise HarnessError(f"Two runs are called {twice[0]!r}; a ranking needs different names.")


def _refuse_differences(summaries: Sequence[Summary], judged: Sequence[RubricSummary]) -> None:
    for summary, found in zip(summaries[1:], judged[1:], strict=True):
        differences = identity_differences(judged[0].identity, found.identity)
        if differences:
            raise HarnessError(
                f"{summaries[0].name} and {summary.name} cannot be compared: {'; '.join(differences[:3])}. "
                "Score both again (alphatex rescore), or allow it with --allow-different."
            )


def _by_prompt(found: RubricSummary) -> Mapping[str, PromptScores]:
    return {prompt.id: prompt for prompt in found.prompts}


def _score(found: RubricSummary, confidence: float) -> Estimate:
    values, weights = [p.values for p in found.prompts], [p.weight for p in found.prompts]
    return clustered_mean(values, weights, confidence=confidence, limits=UNIT)


def _value(score: Estimate) -> float:
    """What runs are sorted by: scores that differ only by rounding are equal."""
    return -1.0 if score.value is None else round(score.value, 12)


def _place(scores: Sequence[Estimate], i: int) -> int:
    return 1 + sum(_value(score) > _value(scores[i]) for score in scores)


def _ranked(
    summary: Summary, found: RubricSummary, folder: Path | str, score: Estimate, place: int, groups: str
) -> RankedRun:
    return RankedRun(
        name=summary.name,
        folder=str(folder),
        place=place,
        score=score,
        kinds=found.kinds,
        groups=groups,
        step=summary.step,
        series=summary.series,
        failed=len(found.unscored),
        missing=_missing(summary, found),
    )


def _missing(summary: Summary, found: RubricSummary) -> int:
    of_each: int = found.identity.get("sampling", {}).get("samples", 0)
    return max(0, of_each * len(found.prompts) - summary.samples)


def _compare_all(
    names: Sequence[str], judged: Sequence[RubricSummary], confidence: float, seed: int
) -> tuple[tuple[PairedComparison, ...], Family]:
    weights = {prompt.id: prompt.weight for found in reversed(judged) for prompt in found.prompts}
    means = [_means(found, list(weights)) for found in judged]
    pairs = list(combinations(range(len(names)), 2))
    rows = [_differences(means[i], means[j]) for i, j in pairs]
    tests, family = paired_tests(rows, list(weights.values()), confidence=confidence, seed=seed)
    return tuple(
        _comparison(names[i], names[j], test, adjusted, family.critical, confidence)
        for (i, j), test, adjusted in zip(pairs, tests, family.adjusted, strict=True)
    ), family


def _means(found: RubricSummary, prompts: Sequence[str]) -> list[float | None]:
    """The mean of each prompt's samples, None without any."""
    values = {prompt.id: prompt.values for prompt in found.prompts}
    return [mean(scores) if (scores := values.get(name)) else None for name in prompts]


def _differences(first: Sequence[float | None], second: Sequence[float | None]) -> list[float | None]:
    return [None if a is None or b is None else difference_of(a, b) for a, b in zip(first, second, strict=True)]


def _comparison(
    first: str, second: str, test: PairedTest, adjusted: float, critical: float | None, confidence: float
) -> PairedComparison:
    tested = test.p_value is not None
    return PairedComparison(
        first=first,
        second=second,
        test=test,
        adjusted_p=adjusted if tested else None,
        told_apart=tested and adjusted <= 1 - confidence + SLACK,
        prompts_needed=_needed(test, critical),
    )


def _needed(test: PairedTest, critical: float | None) -> int | None:
    if test.difference.value is None or test.spread is None or critical is None:
        return None
    return prompts_needed(test.difference.value, test.spread, critical=critical)


def _detectable(pairs: Sequence[PairedComparison], critical: float | None) -> float | None:
    spreads = [pair.test.spread for pair in pairs if pair.test.spread is not None]
    prompts = [pair.test.difference.n for pair in pairs if pair.compared]
    if not spreads or critical is None:
        return None
    return minimum_detectable_effect(median(spreads), round(median(prompts)), critical=critical)


def _letters(names: Sequence[str], pairs: Sequence[PairedComparison]) -> dict[str, str]:
    """Letters by name, `a` first: two names share one exactly when they were compared and cannot be told apart.

    A name that was compared with no other has none.
    """
    compared = {name for pair in pairs if pair.compared for name in (pair.first, pair.second)}
    lettered = [name for name in names if name in compared or not pairs]
    alike = {name: set(lettered) for name in names}
    for pair in pairs:
        if pair.told_apart or not pair.compared:
            alike[pair.first].discard(pair.second)
            alike[pair.second].discard(pair.first)
    rank = {name: place for place, name in enumerate(names)}
    groups = sorted(_groups(lettered, alike), key=lambda group: sorted(rank[name] for name in group))
    return {name: "".join(_letter(i) for i, group in enumerate(groups) if name in group) for name in names}


def _groups(names: Sequence[str], alike: Mapping[str, set[str]]) -> list[set[str]]:
    """A few groups of names that are all alike: every two that are alike share one, and none lies within another."""
    groups: list[set[str]] = []
    together: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        while apart := alike[name] - together[name]:
            group = _group([*(other for other in names if other in apart), *names], alike, name)
            groups.append(group)
            for member in group:
                together[member] |= group
    return groups


def _group(order: Sequence[str], alike: Mapping[str, set[str]], first: str) -> set[str]:
    """`first` and as many others as are all alike, those that come early in `order` before the rest."""
    group, fitting = {first}, alike[first]
    for name in order:
        if name in fitting:
            group.add(name)
            fitting = fitting & alike[name]
    return group


def _letter(index: int) -> str:
    return chr(ord("a") + index) if index < 26 else f"({index + 1})"
