"""`alphatex explain`: what a code, lint or scorer means."""

from __future__ import annotations

import click

from alphatex_eval.cli.texts import InputError


@click.command()
@click.argument("name", metavar="[CODE|LINT|SCORER]", required=False)
@click.option("--all", "everything", is_flag=True, help="All lints as one Markdown document.")
def explain(name: str | None, everything: bool) -> None:
    """Say what a code (AT209, AE101), a lint (bar-overfull) or a scorer (alphatex/rhythm) means; list all lints."""
    from alphatex_eval.cli import pages

    if everything and name is not None:
        raise click.UsageError("Give a name or --all, not both.")
    if everything:
        click.echo(pages.reference())
        return
    text = pages.overview() if name is None else pages.explain(name)
    if text is None:
        raise InputError(f"There is no code, lint or scorer {name!r}.{pages.suggestion(str(name))}")
    click.echo(text)
