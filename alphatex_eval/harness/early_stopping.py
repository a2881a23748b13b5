"""Early stopping that looks at scores and at their noise.

A checkpoint is better than the best one so far only if the interval of their paired difference lies above `min_delta`;
a higher score alone is what noise does. Where the score cannot tell and is no lower, validation bits per byte decide
which is the best. Training has made progress when a checkpoint is better, or when bits per byte fell and the score is
not proven worse. It should stop after `patience` evaluations without progress. An evaluation in which no prompt has a
scored sample is never the best.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_summary, rubric_summary
from alphatex_eval.harness.statistics import Estimate, paired_difference
from alphatex_eval.harness.summaries import PromptScores
from alphatex_eval.scorers.results import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


Measured = Annotated[float | None, AfterValidator(_finite)]
"""A measured value; None where there is none, or where it is no finite number."""


class Evaluation(Record):
    """A look at a checkpoint: its prompts' scores and, if measured and finite, validation bits per byte."""

    step: int
    prompts: tuple[PromptScores, ...]
    bits_per_byte: Measured = None

    @property
    def scored(self) -> bool:
        """Whether any prompt has a scored sample."""
        return any(prompt.values for prompt in self.prompts)


class Decision(Record):
    """What an evaluation means: whether it is proven better than the best before, and whether to stop.

    `best_step` is the best so far, this one included: proven better, or a tie won by fewer bits per byte; this one as
    long as none has a score. `difference` is the paired difference to the best before, None where either is missing.
    `reason` is one line.
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
        if not evaluation.scored:
            lower_bits = self._lower_bits(evaluation.bits_per_byte)
            reason = f"no prompt has a scored sample{self._bits_told(evaluation, lower_bits)}"
            return self._decide(evaluation, None, better=False, best=False, progress=lower_bits, reason=reason)
        if self.best is None:
            reason = "first evaluation" if self.last_step is None else "first evaluation with a score"
            return self._decide(evaluation, None, better=True, best=True, progress=True, reason=reason)
        difference = _difference(evaluation, self.best, self.confidence)
        better, worse = _above(difference, self.min_delta), _below(difference)
        lower_bits = self._lower_bits(evaluation.bits_per_byte) and not worse
        return self._decide(
            evaluation,
            difference,
            better=better,
            best=better or (lower_bits and (difference.value or 0.0) >= 0),
            progress=better or lower_bits,
            reason=_reason(self.best.step, difference, better=better, bits=self._bits_told(evaluation, lower_bits)),
        )

    def with_settings_of(self, other: EarlyStopping) -> EarlyStopping:
        """The same memory under the settings of another rule."""
        settings = ("patience", "min_delta", "min_bits", "confidence")
        return self.model_copy(update={name: getattr(other, name) for name in settings})

    def _lower_bits(self, bits: float | None) -> bool:
        if bits is None:
            return False
        return self.lowest_bits is None or bits < self.lowest_bits - self.min_bits

    def _bits_told(self, evaluation: Evaluation, lower: bool) -> str:
        if evaluation.bits_per_byte is None:
            return ""
        return f"; validation bits per byte {'fell' if lower else 'did not fall'}"

    def _decide(
        self,
        evaluation: Evaluation,
        difference: Estimate | None,
        *,
        better: bool,
        best: bool,
        progress: bool,
        reason: str,
    ) -> Decision:
        kept = evaluation if best else self.best
        waited = 0 if progress else self.waited + 1
        lowest = evaluation.bits_per_byte if self._lower_bits(evaluation.bits_per_byte) else self.lowest_bits
        state = self.model_copy(
            update={
                "best": kept,
                "lowest_bits": lowest,
                "last_step": evaluation.step,
                "waited": waited,
            }
        )
        return Decision(
            step=evaluation.step,
            better=better,
            stop=waited >= self.patience,
            best_step=(kept or evaluation).step,
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
    folders: Sequence[Path | str], rubric: str, bits_per_byte: Mapping[int, float] | None = None
) -> list[Evaluation]:
    """The looks that run folders of checkpoints hold, by step; runs without a step are left out.

    `bits_per_byte` by step is the validation loss measured in training. Raises HarnessError for a folder that is no
    run, was not scored under the rubric, or repeats a step.
    """
    summaries = [summary for folder in folders if (summary := read_summary(Path(folder))).step is not None]
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


def _difference(first: Evaluation, second: Evaluation, confidence: float) -> Estimate:
    if [prompt.id for prompt in first.prompts] != [prompt.id for prompt in second.prompts]:
        raise HarnessError(f"Steps {first.step} and {second.step} were asked different prompts.")
    return paired_difference(
        [prompt.values for prompt in first.prompts],
        [prompt.values for prompt in second.prompts],
        [prompt.weight for prompt in first.prompts],
        confidence=confidence,
    )


def _above(difference: Estimate, delta: float) -> bool:
    """Whether the difference is proven greater than `delta`.

    Where all prompts differ alike there is no interval, and the sign-flip test decides: its p-value is 2^(1 − n).
    """
    if difference.value is None or difference.value <= delta:
        return False
    if difference.low is not None:
        return difference.low > delta
    return 2.0 ** (1 - difference.n) <= 1 - difference.confidence


def _below(difference: Estimate) -> bool:
    """Whether the difference is proven less than zero."""
    if difference.value is None or difference.value >= 0:
        return False
    if difference.high is not None:
        return difference.high < 0
    return 2.0 ** (1 - difference.n) <= 1 - difference.confidence


def _reason(best_step: int, difference: Estimate, *, better: bool, bits: str) -> str:
    if better:
        return f"better than step {best_step}"
    if _below(difference):
        return f"worse than step {best_step}"
    return f"cannot be told apart from step {best_step}{bits}"


Decision.model_rebuild()
