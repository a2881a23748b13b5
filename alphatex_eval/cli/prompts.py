"""`alphatex prompts`: what a suite asks, for models that answer elsewhere."""

from __future__ import annotations

import json

import click

from alphatex_eval.cli.harness import one_line_errors
from alphatex_eval.harness.suites import load_suite


@click.command()
@click.argument("suite", default="strict")
@one_line_errors
def prompts(suite: str) -> None:
    """Write the prompts of SUITE, a name or a file (strict without one), as JSON lines.

    Each has id, kind, prompt, and the suite's sampling settings; `samples` is how many answers to give to it.
    """
    asked = load_suite(suite)
    settings = asked.sampling.model_dump()
    for prompt in asked.prompts:
        row = {"id": prompt.id, "kind": prompt.kind, "prompt": prompt.text, **settings}
        click.echo(json.dumps(row, ensure_ascii=False))
