from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.harness.early_stopping import EarlyStopping
from alphatex_eval.harness.folders import read_summary
from alphatex_eval.harness.hooks import EarlyStoppingHook
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric
from alphatex_model import checkpoints
from alphatex_model.early_stopping import judge_checkpoints
from alphatex_model.harness_generator import CheckpointGenerator
from alphatex_model.training import train
from tests.model.conftest import recipe

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_model.data.shards import Shards


def test_our_trainer_stops_early_and_knows_its_best_checkpoint(
    shards: Shards, run_folder: Path, tmp_path: Path
) -> None:
    suite = load_suite("seed-2026-02").resampled(max_tokens=8, samples=1)
    rule = EarlyStopping(patience=1, min_bits=9.0)  # nothing that happens in twelve steps is progress
    hook = EarlyStoppingHook(suite, load_rubric("seed-2026-02"), tmp_path / "looks", rule)
    outcome = train(recipe(), shards, run_folder, on_checkpoint=judge_checkpoints(hook, "cpu"))
    assert (outcome.stopped, outcome.step) == (True, 8)
    assert [(found.step, found.best_step, found.stop) for found in hook.decisions] == [(4, 4, False), (8, 4, True)]
    best = tmp_path / "looks/model_best"
    assert best.resolve() == checkpoints.list_checkpoints(run_folder)[0].resolve()
    assert CheckpointGenerator(best).identity()["step"] == 4
    assert read_summary(tmp_path / "looks/run_4").step == 4
