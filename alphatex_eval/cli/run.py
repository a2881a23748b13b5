"""`alphatex run`: ask generators the prompts of a suite, score what they answer, rank them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from alphatex_eval.cli.harness import load_rubrics, one_line_errors, processes_option, tell_missing
from alphatex_eval.harness.folders import read_summary
from alphatex_eval.harness.generators import Generator, load_generator
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.runs import remeasure, require_fresh_samples, run_suite
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.reports.terminal import ProgressBars, ranking_table

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@click.option("--suite", default="strict", show_default=True, help="A suite's name or file.")
@click.option(
    "--model",
    "models",
    multiple=True,
    required=True,
    help="NAME, NAME:ARGUMENT or module:attribute, say echo, samples:made.jsonl, checkpoint:FOLDER; "
    "LABEL=NAME:ARGUMENT to call it otherwise; repeatable.",
)
@click.option("--rubric", "rubrics", multiple=True, help="A rubric's name or TOML file; repeatable.  [default: strict]")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where run folders go.")
@click.option("--samples", type=click.IntRange(min=1), help="Samples of each prompt.  [default: the suite's]")
@click.option("--temperature", type=click.FloatRange(min=0), help="Sampling temperature.  [default: the suite's]")
@click.option("--top-k", type=click.IntRange(min=0), help="Sample among so many tokens.  [default: the suite's]")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Tokens of a completion.  [default: the suite's]")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the samples.  [default: the suite's]")
@click.option("--retry-failed", is_flag=True, help="Ask again for samples that failed.")
@click.option(
    "--remeasure", "fresh", is_flag=True, help="Score the first on fresh samples, without the luck of the draw."
)
@processes_option
@click.pass_context
@one_line_errors
def run(
    ctx: click.Context,
    /,
    suite: str,
    models: tuple[str, ...],
    rubrics: tuple[str, ...],
    out: Path,
    retry_failed: bool,
    fresh: bool,
    processes: int | None,
    **settings: float | None,
) -> None:
    """Ask models the prompts of a suite, score their answers and rank them.

    Samples are kept as they come: the same command goes on after an interruption. Exit status 1 where no sample has a
    score.
    """
    asked = load_suite(suite).resampled(**{name: value for name, value in settings.items() if value is not None})
    generators = [load_generator(model) for model in models]
    judges = load_rubrics(rubrics)
    if fresh:
        require_fresh_samples(generators)
    _tell_unused(generators, asked)
    with ProgressBars() as progress:
        folders = run_suite(asked, generators, judges, out, progress, retry_failed=retry_failed, processes=processes)
        rankings = [rank_runs(folders, judge.name) for judge in judges]
        if fresh:
            winner = next(generator for generator in generators if generator.name == rankings[0].runs[0].name)
            score = remeasure(asked, winner, judges[0], out / "fresh", progress, processes=processes)
            rankings[0] = rankings[0].model_copy(update={"winner_remeasured": score})
    for ranking in rankings:
        Console().print(ranking_table(ranking))
    if not tell_missing(map(read_summary, folders), judges):
        ctx.exit(1)


def _tell_unused(generators: Iterable[Generator], suite: Suite) -> None:
    """One line for each file of samples with lines that answer nothing."""
    for generator in generators:
        unused = getattr(generator, "unused", None)
        if unused is not None and (told := unused(suite)):
            click.echo(f"warning: {told}", err=True)
