"""A rubric at work: which scorers judge a subject, how their values are weighed, and what caps the sum."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections import Counter
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.rubrics.data import Gate, RubricData, RubricError, ScorerUse, is_rubric_file, read_rubric
from alphatex_eval.rubrics.workers import collecting_seldom, worker_pool
from alphatex_eval.scorers.registry import OWN_PACKAGE, BoundScorer, ScorerError, get_scorer, suggestion
from alphatex_eval.scorers.results import SCHEMA_VERSION, FinishReason, Result, Score, Status, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHUNK = 64
SMALL_TUNE = (
    '\\title "A" \\track "G" \\ts (4 4) \\ks c :8 3.5 0.4 2.4{h} 3.4 (0.3 1.2) 2.3 :8{tu 3} 3.3 2.3 0.3 | 3.5.1'
    ' \\track "D" {instrument percussion} \\articulation defaults :4 KickHit SnareHit KickHit SnareHit | KickHit.1'
)
"""Enough music that every scorer of ours that judges texts one by one makes all its checks."""

Single = tuple[dict[str, Score], dict[str, Any]]
"""The scores of one subject by scorer name, and the digests for scorers of sets."""


class Rubric:
    """Scorers, weights and gates, ready to judge.

    The value of a subject is the weighted mean of the scorers that gave a value, times the ceiling of every gate: full
    marks become the ceiling, and whatever else is wrong still costs.
    Scorers restricted to kinds of prompt judge only those; a subject without a kind is judged by all.
    """

    def __init__(self, data: RubricData) -> None:
        self.data = data
        _import_modules(data)
        try:
            self._bound = {name: get_scorer(name).build(use.parameters) for name, use in data.scorers.items()}
        except ScorerError as error:
            raise RubricError(f"rubric {data.name}: {error}") from None
        self._of_set = [name for name, bound in self._bound.items() if bound.scorer.of_set]
        for gate in data.gates:
            _refuse_unknown_check(data.name, gate, self._bound[gate.scorer])

    def __reduce__(self) -> tuple[type[Rubric], tuple[RubricData]]:
        return (Rubric, (self.data,))

    @property
    def name(self) -> str:
        """The rubric's name; the weighting in use is in `identity`."""
        return self.data.name

    def identity(self) -> dict[str, object]:
        """What a value depends on: name, version, weighting, scorer versions, and a hash of the whole rubric."""
        versions = {name: bound.scorer.version for name, bound in self._bound.items()}
        text = json.dumps([self.data.model_dump(mode="json", exclude={"modules"}), versions], sort_keys=True)
        return {
            "name": self.data.name,
            "version": self.data.version,
            "weighting": self.data.weighting,
            "scorers": versions,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }

    def score(self, subject: Subject) -> Result:
        """The judgement of one subject; never raises. Scorers that compare a set of samples are skipped."""
        if subject.finish_reason is FinishReason.ERROR:
            return self._failed()
        return self._result(self._single(subject))

    def score_many(self, subjects: Sequence[Subject], processes: int | None = 1) -> list[Result]:
        """One judgement for each subject, set scorers included.

        Give it all samples of a run at once: a scorer of sets knows only what it sees together.

        `processes`: how many worker processes; None takes one for each core. Results do not depend on it.
        """
        good = [subject for subject in subjects if subject.finish_reason is not FinishReason.ERROR]
        singles = self._map_single(good, processes)
        for name in self._of_set:
            asked = [(scores, digests[name]) for scores, digests in singles if name in digests]
            found = self._bound[name].score_set([digest for _, digest in asked]) if asked else []
            for (scores, _), score in zip(asked, found, strict=True):
                scores[name] = score
        results = iter([self._result(scores) for scores, _ in singles])
        failed = self._failed()
        return [failed if item.finish_reason is FinishReason.ERROR else next(results) for item in subjects]

    def prompt_weights(self, kinds: Sequence[str | None]) -> list[float]:
        """How much each prompt counts in a run's value, given the prompts' kinds; sums to 1.

        Raises `RubricError` when there is no prompt, and when the weighting gives a kind no weight, or all of them
        the weight 0.
        """
        if not kinds:
            raise RubricError("there are no prompts to be weighed")
        weighting = self.data.weightings[self.data.weighting]
        if not weighting:
            return [1.0 / len(kinds)] * len(kinds)
        unknown = sorted({str(kind) for kind in kinds if kind not in weighting})
        if unknown:
            raise RubricError(
                f"weighting {self.data.weighting!r} gives no weight to prompts of kind {unknown[0]!r};"
                f" {self.name} has the weightings {', '.join(self.data.weightings)} (write {self.name}@WEIGHTING)"
            )
        counts = Counter(kinds)
        raw = [weighting[kind] / counts[kind] for kind in kinds if kind is not None]
        total = sum(raw)
        if not total:
            raise RubricError(f"weighting {self.data.weighting!r} gives all of these prompts the weight 0")
        return [weight / total for weight in raw]

    def _single(self, subject: Subject) -> dict[str, Score]:
        """The scores of one subject by scorer name, those of sets skipped."""
        uses = self.data.scorers
        chosen = [(name, bound) for name, bound in self._bound.items() if _applies(uses[name], subject.kind)]
        return {name: bound.score(subject) for name, bound in chosen}

    def _digested(self, subject: Subject) -> Single:
        """The scores of one subject, and what the scorers of sets need to know of it."""
        scores = self._single(subject)
        return scores, {name: self._bound[name].digest(subject) for name in self._of_set if name in scores}

    def _map_single(self, subjects: Sequence[Subject], processes: int | None) -> list[Single]:
        if processes == 1 or len(subjects) < 2 * CHUNK:
            with collecting_seldom():
                return [self._digested(subject) for subject in subjects]
        with worker_pool(processes) as pool:
            return list(pool.map(self._digested, subjects, chunksize=CHUNK))

    def _result(self, scores: dict[str, Score]) -> Result:
        errors = [score.message for score in scores.values() if score.status is Status.ERROR]
        if errors:
            return Result(rubric=self.name, status=Status.ERROR, scores=scores, message="; ".join(errors))
        mean = _weighted_mean(self.data.scorers, scores)
        if mean is None:
            return Result(rubric=self.name, status=Status.UNSCORED, scores=scores, message="no scorer gave a value")
        value, reason = _gated(mean, self.data.gates, scores)
        return Result.trusted(
            schema_version=SCHEMA_VERSION,
            rubric=self.name,
            status=Status.SCORED,
            value=value,
            scores=scores,
            message=reason,
        )

    def _failed(self) -> Result:
        return Result(rubric=self.name, status=Status.UNSCORED, message="the generator failed")


def _import_modules(data: RubricData) -> None:
    """Import the modules of a rubric's scorers, also from the current folder."""
    if data.modules and "" not in sys.path:
        sys.path.insert(0, "")
    for module in data.modules:
        try:
            import_module(module)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise RubricError(f"rubric {data.name}: module {module!r} cannot be imported: {reason}") from error


def _refuse_unknown_check(rubric: str, gate: Gate, bound: BoundScorer) -> None:
    """Raise where a gate names a check that its scorer does not make of a small tune.

    Other people's scorers may make more checks of other tunes: there, only a name much like a known one is refused.
    """
    if gate.check is None:
        return
    names = sorted({check.name for check in _small_score(bound).checks})
    hint = suggestion(gate.check, names)
    if gate.scorer.startswith(f"{OWN_PACKAGE}/") and names:
        hint = hint or f" Known: {', '.join(names)}."
    if gate.check not in names and hint:
        raise RubricError(f"rubric {rubric}: {gate.scorer} makes no check {gate.check!r}.{hint}")


def _small_score(bound: BoundScorer) -> Score:
    subject = Subject(completion=SMALL_TUNE)
    return bound.score_set([bound.digest(subject)])[0] if bound.scorer.of_set else bound.score(subject)


def _applies(use: ScorerUse, kind: str | None) -> bool:
    return kind is None or not use.kinds or kind in use.kinds


def _weighted_mean(uses: dict[str, ScorerUse], scores: dict[str, Score]) -> float | None:
    parts = [(uses[name].weight, score.value) for name, score in scores.items() if score.value is not None]
    total = sum(weight for weight, _ in parts)
    return sum(weight * value for weight, value in parts) / total if total else None


def _gated(value: float, gates: Iterable[Gate], scores: dict[str, Score]) -> tuple[float, str]:
    """The value scaled so that full marks become the ceilings, and the reasons.

    Failed checks come first, since a text that does not parse has low values in much else; then the lowest ceiling.
    """
    ceilings = [(gate.check is None, _ceiling(gate, scores.get(gate.scorer)), gate.reason) for gate in gates]
    low = sorted(item for item in ceilings if item[1] < 1.0)
    reasons = "; ".join(f"× {ceiling:.2f}: {reason}" for _, ceiling, reason in low)
    return value * math.prod(sorted(ceiling for _, ceiling, _ in low)), reasons


def _ceiling(gate: Gate, score: Score | None) -> float:
    if score is None or score.value is None:
        return 1.0
    if gate.cap is None:
        return score.value
    failed = any(check.name == gate.check and check.passed is False for check in score.checks)
    return gate.cap if failed else 1.0


@lru_cache(maxsize=32)
def _own_rubric(name: str) -> Rubric:
    return Rubric(read_rubric(name))


def load_rubric(name_or_path: str | Path) -> Rubric:
    """The rubric `strict`, `seed-2026-02`, `NAME@WEIGHTING`, or of a TOML or JSON file; raises `RubricError`."""
    if isinstance(name_or_path, Path) or is_rubric_file(name_or_path):
        return Rubric(read_rubric(name_or_path))
    return _own_rubric(name_or_path)


def score(
    text: str,
    *,
    rubric: str | Path | Rubric = "strict",
    prompt: str = "",
    finish_reason: FinishReason | str = FinishReason.STOP,
    kind: str | None = None,
) -> Result:
    """Judge what a model wrote.

    `text` is the model's text and follows `prompt`; `finish_reason` is `stop` where the model ended it and `length`
    where it ran out of tokens; `kind` is the prompt's kind in its suite. The value is in [0, 1]. Bad text is never an
    error; an unknown rubric raises `RubricError`.
    """
    subject = Subject(prompt=prompt, completion=text, finish_reason=FinishReason(finish_reason), kind=kind)
    found = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    return found.score(subject)
