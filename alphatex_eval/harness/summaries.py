"""What a run amounts to: pure functions from scored samples to figures with error bars."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import Field

from alphatex_eval.harness.statistics import Estimate, clustered_mean
from alphatex_eval.harness.suites import plain
from alphatex_eval.scorers.results import Finite, Record, Result, Status, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alphatex_eval.harness.samples import Sample
    from alphatex_eval.harness.suites import Suite

UNIT = (0.0, 1.0)


class Judge(Protocol):
    """What the harness needs of a rubric."""

    @property
    def name(self) -> str:
        """The name under which its scores are kept."""
        ...

    def identity(self) -> dict[str, object]:
        """What a value depends on: version, scorers, weights."""
        ...

    def score_many(self, subjects: Sequence[Subject], processes: int | None = 1) -> list[Result]:
        """One result per subject, whatever the number of processes."""
        ...

    def prompt_weights(self, kinds: Sequence[str | None]) -> list[float]:
        """How much each prompt counts, summing to 1."""
        ...


class ScoredSample(Record):
    """A line of scores.jsonl: the sample's id and its judgement."""

    id: str
    result: Result


class Missing(Record):
    """A sample without a value, and why: `failed` in generation, or not scored."""

    id: str
    prompt_id: str
    index: int
    reason: str


class PromptScores(Record):
    """The values of one prompt's samples, in sample order; empty when none was scored."""

    id: str
    kind: str
    weight: Annotated[Finite, Field(ge=0)]
    values: tuple[Finite, ...]


class CheckRate(Record):
    """How often a check failed where it applied; `rate` is the share with its interval."""

    scorer: str
    check: str
    failed: int
    asked: int
    rate: Estimate


class RubricSummary(Record):
    """A run under one rubric.

    `identity` is everything two runs must share to be compared; `samples` is the hash of the samples that were scored.
    `checks` are sorted by failure rate, highest first.
    """

    identity: dict[str, Any]
    samples: str
    score: Estimate
    kinds: dict[str, Estimate]
    scorers: dict[str, Estimate]
    checks: tuple[CheckRate, ...]
    prompts: tuple[PromptScores, ...]
    unscored: tuple[Missing, ...]


def scoring_identity(suite: Suite, judge: Judge) -> dict[str, Any]:
    """The parts two runs must share: suite, sampling, rubric with its scorers, grammar, library."""
    return plain(
        {
            "suite": suite.identity(),
            "sampling": suite.sampling.model_dump(),
            "rubric": judge.identity(),
            "grammar": grammar_hash(),
            "library": version("alphatex-eval"),
        }
    )


def grammar_hash() -> str:
    """Twelve hex digits over the grammar files and the vocabulary."""
    found = hashlib.sha256()
    for file in sorted(files("alphatex_eval.grammars").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith((".lark", ".json")):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:12]


def identity_differences(first: Mapping[str, Any], second: Mapping[str, Any], path: str = "") -> list[str]:
    """Where two identities differ, as `part.of.it: this → that`, in sorted order; empty when they agree."""
    found: list[str] = []
    for key in sorted({*first, *second}):
        left, right, where = first.get(key), second.get(key), f"{path}{key}"
        if isinstance(left, dict) and isinstance(right, dict):
            found += identity_differences(left, right, f"{where}.")
        elif left != right:
            found.append(f"{where}: {_brief(left)} → {_brief(right)}")
    return found


def summarise(
    suite: Suite, judge: Judge, samples: Sequence[Sample], results: Sequence[Result], digest: str
) -> RubricSummary:
    """The figures of one run under one rubric; `results[i]` judges `samples[i]`."""
    values: dict[str, list[float]] = defaultdict(list)
    for sample, result in zip(samples, results, strict=True):
        if result.value is not None:
            values[sample.prompt_id].append(result.value)
    weights = judge.prompt_weights([prompt.kind for prompt in suite.prompts])
    prompts = tuple(
        PromptScores(id=prompt.id, kind=prompt.kind, weight=weight, values=tuple(values[prompt.id]))
        for prompt, weight in zip(suite.prompts, weights, strict=True)
    )
    return RubricSummary(
        identity=scoring_identity(suite, judge),
        samples=digest,
        score=clustered_mean([p.values for p in prompts], [p.weight for p in prompts], limits=UNIT),
        kinds={kind: _kind_score(prompts, kind) for kind in sorted({p.kind for p in prompts})},
        scorers=_scorer_means(samples, results),
        checks=_check_rates(samples, results),
        prompts=prompts,
        unscored=tuple(_unscored(samples, results)),
    )


def _kind_score(prompts: Sequence[PromptScores], kind: str) -> Estimate:
    return clustered_mean([p.values for p in prompts if p.kind == kind], limits=UNIT)


def _scorer_means(samples: Sequence[Sample], results: Sequence[Result]) -> dict[str, Estimate]:
    by_scorer: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample, result in zip(samples, results, strict=True):
        for name, score in result.scores.items():
            if score.value is not None:
                by_scorer[name][sample.prompt_id].append(score.value)
    return {name: clustered_mean(list(groups.values()), limits=UNIT) for name, groups in by_scorer.items()}


def _check_rates(samples: Sequence[Sample], results: Sequence[Result]) -> tuple[CheckRate, ...]:
    failures: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample, result in zip(samples, results, strict=True):
        for scorer, name, passed in _answers(result):
            failures[scorer, name][sample.prompt_id].append(0.0 if passed else 1.0)
    rates = [_check_rate(scorer, check, list(groups.values())) for (scorer, check), groups in failures.items()]
    return tuple(sorted(rates, key=lambda rate: (-(rate.rate.value or 0.0), rate.scorer, rate.check)))


def _answers(result: Result) -> Iterable[tuple[str, str, bool]]:
    """Each check that applied, once: a check reported at several places passed if it passed at all of them."""
    for scorer, score in result.scores.items():
        passed: dict[str, bool] = {}
        for check in score.checks:
            if check.passed is not None:
                passed[check.name] = check.passed and passed.get(check.name, True)
        yield from ((scorer, name, answer) for name, answer in passed.items())


def _check_rate(scorer: str, check: str, groups: Sequence[Sequence[float]]) -> CheckRate:
    return CheckRate(
        scorer=scorer,
        check=check,
        failed=round(sum(map(sum, groups))),
        asked=sum(map(len, groups)),
        rate=clustered_mean(groups, limits=UNIT),
    )


def _unscored(samples: Sequence[Sample], results: Sequence[Result]) -> Iterable[Missing]:
    for sample, result in zip(samples, results, strict=True):
        if result.status is not Status.SCORED:
            reason = sample.error if sample.failed else result.message or result.status.value
            yield Missing(id=sample.id, prompt_id=sample.prompt_id, index=sample.index, reason=reason)


def _brief(value: object) -> str:
    text = "(none)" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "…"
