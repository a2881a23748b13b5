"""Early stopping that looks at scores and at their noise.

A checkpoint is better than the best one so far only if the interval of their paired difference lies above `min_delta`;
a higher score alone is what noise does. Training has made progress when a checkpoint is better, or when validation
bits per byte fell and the score is not proven worse. It should stop after `patience` evaluations without progress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_summary, rubric_summary
from alphatex_eval.harness.statistics import Estimate, PairedTest, paired_test
from alphatex_eval.harness.summaries import PromptScores
from alphatex_eval.scorers.results import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Evaluation(Record):
    """A look at a checkpoint: its prompts' scores and, if measured, validation bits per byte."""

    step: int
    prompts: tuple[PromptScores, ...]
    bits_per_byte: float | None = None


class Decision(Record):
    """What an evaluation means: whether it is better than the best before, and whether to stop.

    `difference` is the paired difference to the best before, None at the first look. `reason` is one line.
    """

    step: int
    better: bool
    stop: bool
    best_step: int
    difference: Estimate | None = None
    reason: str
    state: EarlyStopping


class EarlyStopping(Record):
    """The rule and its memory; immutable, so that `model_dump_json` and `model_validate_json` resume it exactly.

    `patience` counts evaluations without progress; `min_delta` is the smallest improvement worth having, in score
    (0 to 1); `min_bits` the same for bits per byte; `confidence` is that of the paired interval.
    """

    patience: Annotated[int, Field(gt=0)] = 5
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    min_bits: Annotated[float, Field(ge=0)] = 0.0
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    best: Evaluation | None = None
    lowest_bits: float | None = None
    last_step: int | None = None
    waited: int = 0

    def update(self, evaluation: Evaluation) -> Decision:
        """Judge the next checkpoint; `Decision.state` takes the place of this object, which stays as it is.

        Raises HarnessError when the step is not after the last one or the prompts are others than the best's.
        """
        if self.last_step is not None and evaluation.step <= self.last_step:
            raise HarnessError(f"Step {evaluation.step} was evaluated after step {self.last_step}; steps must grow.")
        if self.best is None:
            return self._decide(evaluation, None, better=True, progress=True, reason="first evaluation")
        test = _paired(evaluation, self.best, self.confidence)
        better = _exceeds(test, self.min_delta, self.confidence)
        worse = _exceeds(_paired(self.best, evaluation, self.confidence), 0.0, self.confidence)
        lower_bits = self._lower_bits(evaluation.bits_per_byte)
        return self._decide(
            evaluation,
            test.difference,
            better=better,
            progress=better or (lower_bits and not worse),
            reason=_reason(self.best.step, better=better, worse=worse, lower_bits=lower_bits),
        )

    def _lower_bits(self, bits: float | None) -> bool:
        if bits is None:
            return False
        return self.lowest_bits is None or bits < self.lowest_bits - self.min_bits

    def _decide(
        self, evaluation: Evaluation, difference: Estimate | None, *, better: bool, progress: bool, reason: str
    ) -> Decision:
        best = evaluation if better or self.best is None else self.best
        waited = 0 if progress else self.waited + 1
        lowest = evaluation.bits_per_byte if self._lower_bits(evaluation.bits_per_byte) else self.lowest_bits
        state = self.model_copy(
            update={
                "best": best,
                "lowest_bits": lowest,
                "last_step": evaluation.step,
                "waited": waited,
            }
        )
        return Decision(
            step=evaluation.step,
            better=better,
            stop=waited >= self.patience,
            best_step=best.step,
            difference=difference,
            reason=reason,
            state=state,
        )


def replay(rule: EarlyStopping, evaluations: Sequence[Evaluation]) -> list[Decision]:
    """The decisions over a finished training run, up to and including the one that stops it."""
    decisions: list[Decision] = []
    for evaluation in sorted(evaluations, key=lambda found: found.step):
        decisions.append(rule.update(evaluation))
        rule = decisions[-1].state
        if decisions[-1].stop:
            break
    return decisions


def evaluations(
    folders: Sequence[Path], rubric: str, bits_per_byte: Mapping[int, float] | None = None
) -> list[Evaluation]:
    """The looks that run folders of checkpoints hold, by step; runs without a step are left out.

    `bits_per_byte` by step is the validation loss measured in training. Raises HarnessError for a folder that is no
    run, was not scored under the rubric, or repeats a step.
    """
    summaries = [summary for summary in map(read_summary, folders) if summary.step is not None]
    steps = [summary.step for summary in summaries]
    if len(set(steps)) < len(steps):
        raise HarnessError("Two runs have the same step; stopping looks at the checkpoints of one training run.")
    bits = bits_per_byte or {}
    found = [
        Evaluation(step=step, prompts=rubric_summary(summary, rubric).prompts, bits_per_byte=bits.get(step))
        for summary, step in zip(summaries, steps, strict=True)
        if step is not None
    ]
    return sorted(found, key=lambda evaluation: evaluation.step)


def _paired(first: Evaluation, second: Evaluation, confidence: float) -> PairedTest:
    if [prompt.id for prompt in first.prompts] != [prompt.id for prompt in second.prompts]:
        raise HarnessError(f"Steps {first.step} and {second.step} were asked different prompts.")
    return paired_test(
        [prompt.values for prompt in first.prompts],
        [prompt.values for prompt in second.prompts],
        [prompt.weight for prompt in first.prompts],
        confidence=confidence,
    )


def _exceeds(test: PairedTest, delta: float, confidence: float) -> bool:
    """Whether the difference is proven above `delta`; where all prompts differ alike, the sign-flip test decides."""
    difference = test.difference
    if difference.value is None or difference.value <= delta:
        return False
    if difference.low is not None:
        return difference.low > delta
    return test.p_value is not None and test.p_value <= 1 - confidence


def _reason(best_step: int, *, better: bool, worse: bool, lower_bits: bool) -> str:
    if better:
        return f"better than step {best_step}"
    score = f"worse than step {best_step}" if worse else f"cannot be told apart from step {best_step}"
    return f"{score}; validation bits per byte {'fell' if lower_bits else 'did not fall'}"


Decision.model_rebuild()
