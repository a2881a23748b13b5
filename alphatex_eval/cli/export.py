"""`alphatex export`: results as tables for other programs."""

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
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.reports.tables import (
    checks_table,
    pairs_table,
    ranking_table,
    samples_table,
    write_csv,
    write_parquet,
)

WRITERS = {"csv": write_csv, "parquet": write_parquet}


@click.command()
@runs_argument
@rubric_option
@confidence_option
@different_option
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the tables go.")
@click.option("--format", "kind", type=click.Choice(sorted(WRITERS)), default="csv", show_default=True)
@one_line_errors
def export(
    runs: tuple[Path, ...], rubrics: tuple[str, ...], confidence: float, allow_different: bool, out: Path, kind: str
) -> None:
    """Write the results of run folders RUNS, or the run folders inside them, as tables.

    Four of them: ranking, pairs (of runs), samples (texts and values), checks (every question and its answer).
    """
    if out.suffix.removeprefix(".") in WRITERS:
        raise HarnessError(f"--out {out} is a folder for several tables: leave out {out.suffix} and say --format.")
    folders, names = folders_and_rubrics(runs, rubrics)
    rankings = [rank_runs(folders, name, confidence=confidence, allow_different=allow_different) for name in names]
    tables = (
        ranking_table(rankings),
        pairs_table(rankings),
        samples_table(folders, names),
        checks_table(folders, names),
    )
    for table in tables:
        click.echo(WRITERS[kind](out, table))
