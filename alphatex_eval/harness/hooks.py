"""A hook for training loops: judge each checkpoint on a suite, remember the best, say when to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from alphatex_eval.harness.early_stopping import Decision, EarlyStopping, Evaluation
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_summary
from alphatex_eval.harness.runs import Progress, run_suite, silent
from alphatex_eval.harness.samples import write_atomically
from alphatex_eval.harness.suites import first_complaint

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_eval.harness.generators import Generator
    from alphatex_eval.harness.suites import Suite
    from alphatex_eval.harness.summaries import Judge

DECISION = "early_stopping.json"


class EarlyStoppingHook:
    """Call it with each checkpoint; it keeps run folders and its last decision in `out` and resumes from them.

    hook = EarlyStoppingHook(load_suite("strict"), load_rubric("strict"), Path("runs/tiny"), EarlyStopping())
    decision = hook(generator, step=500, bits_per_byte=0.91)
    if decision.stop: ...
    best = decision.best_step
    """

    def __init__(
        self, suite: Suite, rubric: Judge, out: Path, rule: EarlyStopping, progress: Progress = silent
    ) -> None:
        self._suite = suite
        self._rubric = rubric
        self._out = out
        self._progress = progress
        self._rule = rule
        self.decision = self._saved()

    def __call__(self, generator: Generator, *, step: int, bits_per_byte: float | None = None) -> Decision:
        """Run the suite on the checkpoint of `step` and decide; asked again for the last step, it says the same.

        Raises HarnessError when the run cannot be made or the step lies before the last one.
        """
        if self.decision is not None and self.decision.step == step:
            return self.decision
        (folder,) = run_suite(self._suite, [generator], [self._rubric], self._out, self._progress)
        prompts = read_summary(folder).rubrics[self._rubric.name].prompts
        rule = self._rule if self.decision is None else self.decision.state
        self.decision = rule.update(Evaluation(step=step, prompts=prompts, bits_per_byte=bits_per_byte))
        write_atomically(self._out / DECISION, self.decision.model_dump_json(indent=1) + "\n")
        return self.decision

    def _saved(self) -> Decision | None:
        path = self._out / DECISION
        try:
            return Decision.model_validate_json(path.read_bytes()) if path.exists() else None
        except ValidationError as error:
            raise HarnessError(f"{path} cannot be read: {first_complaint(error)}.") from None
