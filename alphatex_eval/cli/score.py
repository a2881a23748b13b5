"""`alphatex score`: judge texts under a rubric and show every lost point with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from alphatex_eval.cli.texts import InputError, read_text
from alphatex_eval.rubrics import RubricError, load_rubric
from alphatex_eval.scorers.results import Check, FinishReason, Result, Score, Subject, first_complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alphatex_eval.rubrics import Rubric


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--rubric", default="strict", show_default=True, help="A rubric's name, or a TOML or JSON file.")
@click.option("--prompt", default="", help="What the text continues; earns nothing.")
@click.option("--kind", default=None, help="The prompt's kind, where the rubric asks for it.")
@click.option("--finish-reason", type=click.Choice(["stop", "length"]), default="stop", show_default=True)
@click.option(
    "--jsonl", is_flag=True, help="FILE holds one JSON object a line: completion, prompt, finish_reason, kind."
)
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--processes", type=click.IntRange(min=1), default=None, help="Worker processes.  [default: all cores]")
@click.pass_context
def score(
    ctx: click.Context,
    source: Path,
    rubric: str,
    prompt: str,
    kind: str | None,
    finish_reason: str,
    jsonl: bool,
    output: str,
    processes: int | None,
) -> None:
    """Judge the text in FILE (- reads standard input).

    Exit status 1 where no text has a score.
    """
    text = read_text(str(source))
    try:
        chosen = load_rubric(rubric)
    except RubricError as error:
        raise InputError(str(error)) from None
    if kind is not None:
        _refuse_unjudged(chosen, kind)
    if jsonl:
        subjects = list(_subjects(text, str(source)))
        if not subjects:
            click.echo(f"warning: {source} holds no texts", err=True)
        results = chosen.score_many(subjects, processes)
        _print_many(chosen, results, output)
    else:
        subject = Subject(prompt=prompt, completion=text, finish_reason=FinishReason(finish_reason), kind=kind)
        results = [chosen.score(subject)]
        _print_one(chosen, subject, results[0], output)
    if not _tell_missing(results, str(source), chosen.name):
        ctx.exit(1)


def _refuse_unjudged(rubric: Rubric, kind: str) -> None:
    uses = rubric.data.scorers.values()
    if all(use.kinds and kind not in use.kinds for use in uses):
        known = ", ".join(sorted({name for use in uses for name in use.kinds}))
        raise InputError(f"rubric {rubric.name} judges no prompts of kind {kind!r}. Known: {known}.")


def _subjects(text: str, source: str) -> Iterator[Subject]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{source}, line {number}"
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON: {error}") from None
        if not isinstance(fields, dict) or not isinstance(fields.get("completion"), str):
            raise InputError(f"{where}: needs an object with the text 'completion'")
        try:
            yield Subject.model_validate({name: fields[name] for name in Subject.model_fields if name in fields})
        except ValidationError as error:
            raise InputError(f"{where}: {first_complaint(error)}, not {error.errors()[0]['input']!r}") from None


def _tell_missing(results: list[Result], source: str, rubric: str) -> bool:
    """One line where texts have no score, with the first reason; whether any has one, or there is none to judge."""
    missing = [result.message for result in results if result.value is None]
    if missing:
        count = f"{len(missing)} of {len(results)}"
        click.echo(f"{source}: {count} texts have no score under {rubric}; the first: {missing[0]}", err=True)
    return not results or len(missing) < len(results)


def _print_one(rubric: Rubric, subject: Subject, result: Result, output: str) -> None:
    if output == "json":
        click.echo(result.model_dump_json(indent=1))
        return
    console = Console(markup=False, emoji=False)
    console.print(_table(rubric, result))
    for line in lost_points(result, subject.text):
        console.print(line, highlight=False, soft_wrap=True)


def _print_many(rubric: Rubric, results: list[Result], output: str) -> None:
    if output == "json":
        for result in results:
            click.echo(result.model_dump_json())
        return
    Console(markup=False, emoji=False).print(_summary(rubric, results))


def _table(rubric: Rubric, result: Result) -> Table:
    table = Table(title=f"{_figure(result.value)}  {rubric.name}", caption=result.message or None, title_justify="left")
    table.add_column("scorer")
    table.add_column("value", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("checks", justify="right")
    for name, found in result.scores.items():
        table.add_row(name, _figure(found.value), _role(rubric, name), _checks(found))
    return table


def _role(rubric: Rubric, name: str) -> str:
    """A scorer's weight; one without weight is a ceiling for the value, or is only reported."""
    weight = rubric.data.scorers[name].weight
    if weight:
        return f"{weight:g}"
    return "ceiling" if any(gate.scorer == name for gate in rubric.data.gates) else "report"


def _checks(found: Score) -> str:
    if found.value is None:
        return f"{found.status}: {found.message}"
    asked = [check for check in found.checks if check.passed is not None]
    return f"{sum(bool(check.passed) for check in asked)}/{len(asked)}"


def _summary(rubric: Rubric, results: list[Result]) -> Table:
    table = Table(title=f"{len(results)} texts, {rubric.name}", title_justify="left")
    table.add_column("scorer")
    table.add_column("mean value", justify="right")
    table.add_column("texts", justify="right")
    table.add_row("all", *_mean(result.value for result in results))
    for name in rubric.data.scorers:
        table.add_row(name, *_mean(result.scores[name].value for result in results if name in result.scores))
    return table


def _mean(values: Iterable[float | None]) -> tuple[str, str]:
    known = [value for value in values if value is not None]
    return (_figure(sum(known) / len(known)) if known else "-", str(len(known)))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def lost_points(result: Result, text: str) -> Iterator[str]:
    """One line for each thing that costs points: `row:column: level scorer check: message`, both from 1.

    These are the failed checks; where a scorer takes points although none failed, the figures that it went by.
    """
    for name, found in result.scores.items():
        failed = [check for check in found.checks if check.passed is False]
        figures = [check for check in found.checks if check.message] if (found.value or 0.0) < 1.0 else []
        for check in failed or figures:
            level = check.severity if check.passed is False else "note"
            yield f"{_place(check, text)}: {level} {name} {check.name}: {check.message}"


def _place(check: Check, text: str) -> str:
    start = check.span[0] if check.span else 0
    before = text[:start]
    return f"{before.count(chr(10)) + 1}:{start - before.rfind(chr(10))}"
