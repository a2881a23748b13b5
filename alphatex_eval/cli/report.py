"""`alphatex report`: the one-file HTML report on run folders."""

from __future__ import annotations

from pathlib import Path

import click

from alphatex_eval.cli.harness import (
    confidence_option,
    different_option,
    folders_and_rubrics,
    one_line_errors,
    rubric_option,
    runs_argument,
)
from alphatex_eval.harness.early_stopping import EarlyStopping, evaluations, replay
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.samples import read_lines_made_elsewhere
from alphatex_eval.reports.html import TrainingPoint, write_report


@click.command()
@runs_argument
@rubric_option
@confidence_option
@different_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default="report.html", show_default=True)
@click.option("--title", default="alphaTex evaluation", show_default=True)
@click.option(
    "--training",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A training log: JSON lines with step, loss, bits_per_byte.",
)
@click.option("--patience", type=click.IntRange(min=1), default=5, show_default=True, help="Of early stopping.")
@one_line_errors
def report(
    runs: tuple[Path, ...],
    rubrics: tuple[str, ...],
    confidence: float,
    allow_different: bool,
    out: Path,
    title: str,
    training: Path | None,
    patience: int,
) -> None:
    """Write an HTML report on run folders RUNS, or the run folders inside them."""
    folders, names = folders_and_rubrics(runs, rubrics)
    rankings = [rank_runs(folders, name, confidence=confidence, allow_different=allow_different) for name in names]
    log = list(read_lines_made_elsewhere(training, TrainingPoint)) if training else []
    series = {run.series for run in rankings[0].runs if run.step is not None}
    looks = evaluations(folders, names[0], _bits(log, *series)) if len(series) == 1 else []
    decisions = replay(EarlyStopping(patience=patience, confidence=confidence), looks)
    click.echo(write_report(out, rankings, training=log, decisions=decisions, title=title))


def _bits(log: list[TrainingPoint], series: str) -> dict[int, float]:
    """Bits per byte by step, as measured in the training of `series`; lines without a series are about any."""
    return {
        point.step: point.bits_per_byte
        for point in log
        if point.bits_per_byte is not None and point.series in ("", series)
    }
