"""`alphatex bench`: train a small model on real tunes, judge its checkpoints beside baselines, rank them.

Everything heavy is imported when the command runs, so that `alphatex --help` stays light.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alphatex_model.cli import DEVICES, FOLDER, UsageFailure, one_line_errors
from alphatex_model.recipes import adjusted, load_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path("data/tune_books")
RUBRICS = ("strict", "seed-2026-02")


@click.command()
@click.option("--out", type=FOLDER, default=Path("runs/bench"), show_default=True, help="Folder of the whole run.")
@click.option("--recipe", default="tiny", show_default=True, help="What to train: a name from `alphatex recipes`.")
@click.option("--suite", default="seed-2026-02", show_default=True, help="What to ask: a suite's name or file.")
@click.option(
    "--rubric",
    "rubrics",
    multiple=True,
    default=RUBRICS,
    show_default=True,
    help="How to judge: a rubric's name or TOML file; repeatable, the first decides on early stopping.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    help="Rank this too: NAME, NAME:ARGUMENT or module:attribute, say checkpoint:FOLDER; repeatable.",
)
@click.option(
    "--data",
    type=FOLDER,
    default=CORPUS,
    show_default=True,
    help="Folder with tunes.parquet; where there is none, the tune books are built there.",
)
@click.option("--samples", type=click.IntRange(min=1), help="Samples of each prompt.  [default: the suite's]")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps.  [default: the recipe's]")
@click.option("--patience", type=click.IntRange(min=1), default=2, show_default=True, help="Of early stopping.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of training and sampling.")
@click.option("--device", type=DEVICES, default="auto", show_default=True)
def bench(
    out: Path,
    recipe: str,
    suite: str,
    rubrics: tuple[str, ...],
    models: tuple[str, ...],
    data: Path,
    samples: int | None,
    steps: int | None,
    patience: int,
    seed: int,
    device: str,
) -> None:
    """Train a recipe, judge its checkpoints beside null baselines and human tunes, and rank them all.

    Whatever is already in --out is kept: the same command goes on after an interruption.
    """
    with one_line_errors("bench"), _more_one_line_errors():
        from alphatex_eval.harness.early_stopping import EarlyStopping
        from alphatex_eval.harness.generators import load_generator
        from alphatex_eval.harness.suites import load_suite
        from alphatex_eval.rubrics import load_rubric
        from alphatex_model.bench_report import print_summary
        from alphatex_model.bench_run import Plan, run

        settings = {"seed": seed} if samples is None else {"seed": seed, "samples": samples}
        plan = Plan(
            recipe=adjusted(load_recipe(recipe), steps=steps, seed=seed),
            suite=load_suite(suite).resampled(**settings),
            rubrics=tuple(load_rubric(name) for name in rubrics),
            others=tuple(load_generator(name) for name in models),
            stopping=EarlyStopping(patience=patience),
            data=data,
            out=out,
            device=device,
        )
        print_summary(run(plan), plan)


@contextmanager
def _more_one_line_errors() -> Iterator[None]:
    """What the rubrics call the user's to put right, in one line."""
    from alphatex_eval.rubrics import RubricError

    try:
        yield
    except RubricError as error:
        raise UsageFailure(str(error)) from None
