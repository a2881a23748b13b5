"""The benchmark's work: corpus, training, samples, scores, ranking, report. Every part resumes where it was.

A run folder holds

* `training/` – checkpoints and `metrics.jsonl`;
* `runs/<name>/` – samples, scores and figures of each checkpoint and baseline;
* `fresh/<name>/` – the best checkpoint on fresh samples;
* `summary.json` and `report.html` – what it amounts to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.early_stopping import Decision, EarlyStopping, evaluations, replay
from alphatex_eval.harness.folders import folder_name
from alphatex_eval.harness.generators import load_generator
from alphatex_eval.harness.ranking import Ranking, rank_runs
from alphatex_eval.harness.runs import remeasure, run_suite
from alphatex_eval.harness.samples import exclusive, write_atomically
from alphatex_eval.harness.statistics import Estimate
from alphatex_eval.reports.html import TrainingPoint, write_report
from alphatex_eval.reports.terminal import ProgressBars
from alphatex_eval.scorers.results import Record
from alphatex_model import checkpoints, shipped
from alphatex_model.data import corpus
from alphatex_model.data.cli import DEFAULT_RECIPE, progress_bar
from alphatex_model.data.recipe import load_recipe
from alphatex_model.data.shards import prepare
from alphatex_model.distributed import Processes, find_device
from alphatex_model.harness_generator import CheckpointGenerator
from alphatex_model.metrics import read_metrics
from alphatex_model.progress import TrainingBar
from alphatex_model.training import METRICS, train

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from alphatex_eval.harness.generators import Generator
    from alphatex_eval.harness.runs import Progress
    from alphatex_eval.harness.suites import Suite
    from alphatex_eval.rubrics import Rubric
    from alphatex_model.recipes import Recipe

BASELINES = ("echo", "constant", "monkey", "ngram:{tunes}", "human:{tunes}")
"""Who is ranked beside the checkpoints: four that know little or nothing, and people."""

SUMMARY, REPORT = "summary.json", "report.html"


@dataclass(frozen=True)
class Plan:
    """What to do: train `recipe` on `data`, ask `suite`, judge by `rubrics`, of which the first decides.

    `others` are ranked beside the checkpoints and the baselines; `device` is "cpu", "cuda" or "auto".
    """

    recipe: Recipe
    suite: Suite
    rubrics: tuple[Rubric, ...]
    others: tuple[Generator, ...]
    stopping: EarlyStopping
    data: Path
    out: Path
    device: str = "cpu"


class Best(Record):
    """The best checkpoint by early stopping's rule, and its score on fresh samples."""

    name: str
    step: int
    checkpoint: str
    fresh_score: Estimate


class BenchSummary(Record):
    """What a benchmark amounts to: summary.json. The first ranking is the one that `decisions` and `best` look at."""

    recipe: dict[str, Any]
    corpus: str
    rankings: tuple[Ranking, ...]
    decisions: tuple[Decision, ...]
    best: Best


def run(plan: Plan) -> BenchSummary:
    """Do what `plan` says, going on where an earlier attempt was, and write everything to its folder.

    Raises ModelError, HarnessError or RubricError, each in one line; what was written stays.
    """
    with exclusive(plan.out):
        data_hash, trained = _train(plan)
        with ProgressBars() as bars:
            contestants = [*_checkpoints(plan, trained), *_shipped(plan), *_baselines(plan), *plan.others]
            progress = summed(bars, len(contestants))
            folders = run_suite(plan.suite, contestants, plan.rubrics, plan.out / "runs", progress, processes=None)
        return _conclude(plan, data_hash, folders, trained)


def summed(progress: Progress, runs: int) -> Progress:
    """Progress over all runs: one bar for generating and one for each rubric, instead of one for each run."""
    done: dict[str, dict[str, int]] = {}

    def update(task: str, count: int, total: int) -> None:
        kind, _, name = task.partition(" ")
        name, _, rubric = name.partition(" ")
        title = f"{kind} {rubric}".strip()
        done.setdefault(title, {})[name] = count
        progress(title, sum(done[title].values()), runs * total)

    return update


def training_points(metrics: Path, series: str) -> list[TrainingPoint]:
    """The learning curve in a training run's `metrics.jsonl`."""
    return [
        TrainingPoint(
            series=series,
            step=row["step"],
            loss=row.get("loss"),
            bits_per_byte=row.get("validation_bits_per_byte"),
        )
        for row in read_metrics(metrics)
    ]


def _train(plan: Plan) -> tuple[str, tuple[Path, ...]]:
    """The corpus' hash and the checkpoints, oldest first."""
    if not (plan.data / corpus.TUNES).is_file():
        with progress_bar("Building the corpus") as advance:
            corpus.build(load_recipe(DEFAULT_RECIPE), plan.data, progress=advance)
    shards = prepare(plan.data, plan.recipe.model.vocab_size)
    with TrainingBar(plan.recipe) as bar:
        outcome = train(
            plan.recipe,
            shards,
            plan.out / "training",
            processes=Processes(find_device(plan.device)),
            resume=True,
            on_start=bar.on_start,
            on_report=bar.on_report,
            on_checkpoint=bar.on_checkpoint,
        )
    return shards.data_hash, outcome.checkpoints


def _checkpoints(plan: Plan, trained: Sequence[Path]) -> Iterator[Generator]:
    return (CheckpointGenerator(folder, _name(plan, folder), plan.device) for folder in trained)


def _shipped(plan: Plan) -> Iterator[Generator]:
    return (CheckpointGenerator(name, device=plan.device) for name in shipped.names())


def _baselines(plan: Plan) -> Iterator[Generator]:
    tunes = plan.data / corpus.TUNES
    return (load_generator(name.format(tunes=tunes)) for name in BASELINES)


def _name(plan: Plan, checkpoint: Path) -> str:
    return f"{plan.recipe.name}@{checkpoints.read_record(checkpoint).step}"


def _conclude(plan: Plan, data_hash: str, folders: Sequence[Path], trained: Sequence[Path]) -> BenchSummary:
    """Rank, replay early stopping, look at the best checkpoint once more, write summary and report."""
    first = plan.rubrics[0]
    curve = training_points(plan.out / "training" / METRICS, plan.recipe.name)
    own = [folder for folder in folders if folder.name in {folder_name(_name(plan, path)) for path in trained}]
    bits = {point.step: point.bits_per_byte for point in curve if point.bits_per_byte is not None}
    decisions = replay(plan.stopping, evaluations(own, first.name, bits))
    best = _best(plan, decisions[-1].best_step)
    rankings = [rank_runs(folders, rubric.name, confidence=plan.stopping.confidence) for rubric in plan.rubrics]
    if rankings[0].runs[0].name == best.name:
        rankings[0] = rankings[0].model_copy(update={"winner_remeasured": best.fresh_score})
    summary = BenchSummary(
        recipe=plan.recipe.to_json(),
        corpus=data_hash,
        rankings=tuple(rankings),
        decisions=tuple(decisions),
        best=best,
    )
    title = f"{plan.recipe.name} on {plan.suite.name}"
    write_report(plan.out / REPORT, rankings, training=curve, decisions=decisions, title=title)
    write_atomically(plan.out / SUMMARY, summary.model_dump_json(indent=1) + "\n")
    return summary


def _best(plan: Plan, step: int) -> Best:
    folder = checkpoints.checkpoint_folder(plan.out / "training", step)
    generator = CheckpointGenerator(folder, _name(plan, folder), plan.device)
    with ProgressBars() as bars:
        progress = summed(lambda task, done, total: bars(f"{task} afresh", done, total), 1)
        score = remeasure(plan.suite, generator, plan.rubrics[0], plan.out / "fresh", progress)
    return Best(name=generator.name, step=step, checkpoint=str(folder), fresh_score=score)
