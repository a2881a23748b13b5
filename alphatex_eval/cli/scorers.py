"""`alphatex scorers`: the scorers that rubrics can use."""

from __future__ import annotations

import inspect

import click

from alphatex_eval.scorers.registry import get_scorer, scorer_names


@click.command()
def scorers() -> None:
    """List all scorers, our own and those of installed packages."""
    names = scorer_names()
    width = max(map(len, names))
    for name in names:
        summary = (inspect.getdoc(get_scorer(name).target) or "").partition("\n")[0]
        click.echo(f"{name:<{width}}  {summary}".rstrip())
