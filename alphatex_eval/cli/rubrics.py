"""`alphatex rubrics`: the rubrics that ship with the package."""

from __future__ import annotations

import click

from alphatex_eval.rubrics import load_rubric, rubric_names


@click.command()
def rubrics() -> None:
    """List the rubrics; `--rubric` also takes a TOML or JSON file and NAME@WEIGHTING."""
    for name in rubric_names():
        data = load_rubric(name).data
        click.echo(f"{name}: {data.description}")
        click.echo(f"  scorers: {', '.join(data.scorers)}")
        click.echo(f"  weightings: {', '.join(data.weightings)}")
