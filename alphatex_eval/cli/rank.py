"""`alphatex rank`: which runs score higher, and which cannot be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from alphatex_eval.cli.harness import (
    confidence_option,
    different_option,
    folders_and_rubrics,
    one_line_errors,
    rubric_option,
    runs_argument,
)
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.reports import tables
from alphatex_eval.reports.terminal import ranking_table

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@runs_argument
@rubric_option
@confidence_option
@different_option
@click.option("--format", "output", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@one_line_errors
def rank(
    runs: tuple[Path, ...], rubrics: tuple[str, ...], confidence: float, allow_different: bool, output: str
) -> None:
    """Rank run folders RUNS, or the run folders inside them, with groups that cannot be told apart."""
    folders, names = folders_and_rubrics(runs, rubrics)
    rankings = [rank_runs(folders, name, confidence=confidence, allow_different=allow_different) for name in names]
    if output == "csv":
        click.echo(tables.csv_text(tables.ranking_table(rankings)), nl=False)
    for ranking in rankings:
        if output == "json":
            click.echo(ranking.model_dump_json())
        elif output == "table":
            Console().print(Text(ranking.rubric, style="bold"))
            Console().print(ranking_table(ranking))
