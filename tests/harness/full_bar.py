"""A rubric that counts notes; in a module of its own, so that worker processes find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.scorers.results import Check, FinishReason, Result, Score, Status, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence


class FullBarRubric:
    """The share of a bar's four quarter notes that a completion holds; fails on the word `crash`."""

    def __init__(self, name: str = "full-bar", version: str = "1") -> None:
        self.name = name
        self.version = version
        self.judged = 0

    def identity(self) -> dict[str, object]:
        return {"name": self.name, "version": self.version}

    def prompt_weights(self, kinds: Sequence[str | None]) -> list[float]:
        return [1 / len(kinds)] * len(kinds)

    def score_many(self, subjects: Sequence[Subject], processes: int | None = 1) -> list[Result]:
        self.judged += len(subjects)
        return [self._result(subject) for subject in subjects]

    def _result(self, subject: Subject) -> Result:
        if subject.finish_reason is FinishReason.ERROR:
            return Result(rubric=self.name, status=Status.UNSCORED, message="the generator failed")
        if "crash" in subject.completion:
            return Result(rubric=self.name, status=Status.ERROR, message="the scorer failed")
        value = min(4, subject.completion.count(".")) / 4
        end = len(subject.text)
        check = Check(name="bar_is_full", passed=value == 1, message="the bar is not full", span=(end - 1, end))
        score = Score(status=Status.SCORED, value=value, version=self.version, checks=(check,))
        return Result(rubric=self.name, status=Status.SCORED, value=value, scores={"test/rhythm": score})
