"""A hook for training loops: judge each checkpoint on a suite, remember the best, say when to stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.early_stopping import Decision, EarlyStopping, Evaluation
from alphatex_eval.harness.folders import RUN, folder_name, read_run, read_summary
from alphatex_eval.harness.runs import Progress, run_suite, silent
from alphatex_eval.harness.samples import read_lines, write_atomically
from alphatex_eval.harness.suites import plain

if TYPE_CHECKING:
    from alphatex_eval.harness.generators import Generator
    from alphatex_eval.harness.suites import Suite
    from alphatex_eval.harness.summaries import Judge

DECISIONS, REPLACED = "early_stopping.jsonl", "replaced"


class EarlyStoppingHook:
    """Call it with each checkpoint; it keeps run folders and its decisions in `out` and resumes from them.

    hook = EarlyStoppingHook(load_suite("strict"), load_rubric("strict"), Path("runs/tiny"), EarlyStopping())
    decision = hook(generator, step=500, bits_per_byte=0.91)
    if decision.stop: ...
    best = decision.best_step

    The settings of `rule` hold for what comes, also when it resumes with others than before.
    """

    def __init__(
        self, suite: Suite, rubric: Judge, out: Path | str, rule: EarlyStopping, progress: Progress = silent
    ) -> None:
        self.out = Path(out)
        self._suite = suite
        self._rubric = rubric
        self._rule = rule
        self._progress = progress
        self.decisions = list(read_lines(self.out / DECISIONS, Decision))

    @property
    def decision(self) -> Decision | None:
        """The last decision, None before the first look."""
        return self.decisions[-1] if self.decisions else None

    def resume(self, decision: Decision) -> None:
        """Take up the memory that a trainer's own checkpoint kept, in place of what came after it in `out`."""
        self._keep([*self._before(decision.step), decision])

    def __call__(self, generator: Generator, *, step: int, bits_per_byte: float | None = None) -> Decision:
        """Run the suite on the checkpoint of `step` and decide.

        Looks at this step or later ones are forgotten: training went back and comes by again. Asked again about the
        same weights, it says the same, without generating again. Raises HarnessError when the run cannot be made.
        """
        self._make_room(generator)
        (folder,) = run_suite(self._suite, [generator], [self._rubric], self.out, self._progress)
        prompts = read_summary(folder).rubrics[self._rubric.name].prompts
        before = self._before(step)
        rule = before[-1].state.with_settings_of(self._rule) if before else self._rule
        decision = rule.update(Evaluation(step=step, prompts=prompts, bits_per_byte=bits_per_byte))
        self._keep([*before, decision])
        return decision

    def _before(self, step: int) -> list[Decision]:
        return [decision for decision in self.decisions if decision.step < step]

    def _keep(self, decisions: list[Decision]) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        write_atomically(self.out / DECISIONS, "".join(f"{found.model_dump_json()}\n" for found in decisions))
        self.decisions = decisions

    def _make_room(self, generator: Generator) -> None:
        """Put aside the run of other weights that had this name before training went back."""
        folder = self.out / folder_name(generator.name)
        if not (folder / RUN).exists() or read_run(folder).generator == plain(generator.identity()):
            return
        aside = self.out / REPLACED
        aside.mkdir(exist_ok=True)
        folder.rename(aside / f"{folder.name}.{sum(1 for _ in aside.iterdir())}")
