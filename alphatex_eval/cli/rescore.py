"""`alphatex rescore`: score samples again, without generating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from alphatex_eval.cli.harness import load_rubrics, one_line_errors, processes_option, runs_argument, tell_missing
from alphatex_eval.harness.folders import run_folders
from alphatex_eval.harness.runs import rescore as score_again
from alphatex_eval.reports.terminal import ProgressBars
from alphatex_eval.reports.wording import percent_interval

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@runs_argument
@click.option("--rubric", "rubrics", multiple=True, help="A rubric's name or TOML file; repeatable.  [default: strict]")
@processes_option
@click.pass_context
@one_line_errors
def rescore(ctx: click.Context, runs: tuple[Path, ...], rubrics: tuple[str, ...], processes: int | None) -> None:
    """Score the samples of run folders RUNS under other rubrics or newer scorers.

    Exit status 1 where no sample has a score.
    """
    judges = load_rubrics(rubrics)
    with ProgressBars() as progress:
        summaries = score_again(run_folders(runs), judges, progress, processes=processes)
    for summary in summaries:
        for judge in judges:
            click.echo(f"{summary.name}  {judge.name}  {percent_interval(summary.rubrics[judge.name].score)}")
    if not tell_missing(summaries, judges):
        ctx.exit(1)
