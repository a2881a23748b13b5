"""`alphatex check`: what alphaTab says of a text, better said, and what a musician would add."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from alphatex_eval.cli.output_formats import FOR_PEOPLE, FORMATS, Judged, report_as_data, summary
from alphatex_eval.cli.texts import STANDARD_INPUT, InputError, decode, find_texts, read_text, standard_input
from alphatex_eval.language import Severity
from alphatex_eval.language import check as check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alphatex_eval.language import Diagnostic, Report

ALL_LINTS = ("AE",)
LANGUAGE = "AT"
FAILED = "error"
"""The finish reason of a sample that was not generated."""
NO_TEXT = "needs a JSON string, or an object with the text `text`, or `completion` and perhaps `prompt`"


class InternalError(click.ClickException):
    """Our fault: exit status 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lints are asked for, and which warnings and hints of alphaTab's are not shown."""

    select: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def report(self, text: str) -> Report:
        """What the checker and the chosen lints say of a text, in order of place."""
        report = check_text(text)
        found = [item for item in report.diagnostics if self._shows(item)]
        if report.accepted and self.select:
            from alphatex_eval.lints import lint

            found += lint(text, select=self.select, ignore=self.ignore, report=report)
        found.sort(key=lambda item: (item.start, item.code))
        return replace(report, diagnostics=tuple(found))

    def _shows(self, found: Diagnostic) -> bool:
        """Whether a finding of the checker is shown: errors always are."""
        return found.severity is Severity.ERROR or not found.code.startswith(self.hidden)


@click.command()
@click.argument("paths", metavar="PATH...|-", nargs=-1)
@click.option(
    "--output-format",
    "output",
    type=click.Choice(list(FORMATS)),
    default="full",
    show_default=True,
    help="What to print.",
)
@click.option("--select", multiple=True, metavar="LINTS", help="Lints to use: codes, prefixes or names, by comma.")
@click.option("--ignore", multiple=True, metavar="LINTS", help="Lints, warnings and hints (AT301) to leave out.")
@click.option("--no-lints", is_flag=True, help="Only what alphaTab says.")
@click.option("--jsonl", metavar="FILE", help="Check one JSON text a line, print one JSON report a line.")
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[str, ...],
    output: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_lints: bool,
    jsonl: str | None,
) -> None:
    """Check alphaTex files; folders are searched for .alphatex and .atex, - reads standard input.

    Exit status: 0 clean (hints may be shown), 1 errors or warnings found, 2 wrong usage, unreadable file or internal
    error.
    """
    choice = _choice(select, ignore, no_lints)
    if bool(paths) == (jsonl is not None):
        raise click.UsageError("Give paths (or -), or --jsonl FILE.")
    if jsonl is not None and ctx.get_parameter_source("output") is not ParameterSource.DEFAULT:
        raise click.UsageError("--jsonl has a format of its own: leave out --output-format.")
    texts = _Texts(choice)
    if jsonl is not None:
        for number, fields in _lines(jsonl):
            _echo(json.dumps({"line": number, **texts.report(f"{jsonl}:{number}", fields)}, ensure_ascii=False))
    else:
        for line in FORMATS[output](texts.files(paths)):
            _echo(line)
        if not texts.number and not texts.status:
            click.echo("warning: no alphaTex found; folders are searched for .alphatex and .atex", err=True)
        if output in FOR_PEOPLE and texts.number:
            _echo(summary(texts.counts, texts.number))
    ctx.exit(texts.status)


class _Texts:
    """Judges texts one after the other and counts what it finds."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._unreadable = False
        self.counts: Counter[Severity] = Counter()
        self.number = 0

    @property
    def status(self) -> int:
        """The exit status."""
        if self._unreadable:
            return 2
        return int(bool(self.counts[Severity.ERROR] or self.counts[Severity.WARNING]))

    def files(self, paths: Iterable[str]) -> Iterator[Judged]:
        """The judged texts of all files that can be read; the others are reported at once."""
        for path in find_texts(tuple(paths)):
            try:
                yield self.judge(path, read_text(path))
            except InputError as error:
                error.show()
                self._unreadable = True

    def report(self, where: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The report on one line of a data set, with the id of the line if it has one.

        A sample that was not generated has an error and no report.
        """
        known = {"id": fields["id"]} if "id" in fields else {}
        if fields.get("finish_reason") == FAILED:
            self.counts[Severity.ERROR] += 1
            return {**known, "error": fields.get("error") or "no reason is given"}
        return {**known, **report_as_data(self.judge(where, fields["text"]))}

    def judge(self, path: str, text: str) -> Judged:
        """One text with all that was found in it."""
        try:
            report = self._choice.report(text)
        except Exception as error:  # status 1 would say that the text is at fault
            raise InternalError(f"{path}: internal error: {type(error).__name__}: {error}; please report it") from error
        self.counts.update(item.severity for item in report.diagnostics)
        self.number += 1
        return Judged(path, text, report)


def _choice(select: tuple[str, ...], ignore: tuple[str, ...], no_lints: bool) -> Choice:
    """The options as a choice; an unknown lint is a usage error, found before any text is read."""
    if no_lints and select:
        raise click.UsageError("--no-lints and --select exclude each other.")
    chosen = _names(select) if select else ALL_LINTS
    ignored = _names(ignore)
    hidden = tuple(name.upper() for name in ignored if name.upper().startswith(LANGUAGE))
    lints = tuple(name for name in ignored if name.upper() not in hidden)
    _check_hidden(hidden)
    if select or lints:
        from alphatex_eval.lints import UnknownRuleError
        from alphatex_eval.lints.run import selected

        try:
            selected(chosen, lints)
        except UnknownRuleError as error:
            raise click.UsageError(str(error)) from None
    return Choice(() if no_lints else chosen, lints, hidden)


def _check_hidden(codes: tuple[str, ...]) -> None:
    from alphatex_eval.language.vocabulary import vocabulary

    known = vocabulary().data["diagnostics"]
    for code in codes:
        if not any(name.startswith(code) for name in known):
            raise click.UsageError(f"There is no code {code!r}.")
        if code in known and known[code]["severity"] == Severity.ERROR:
            raise click.UsageError(f"{code} is an error: alphaTab rejects the text, so it cannot be ignored.")


def _names(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for option in options for part in option.split(",") if (name := part.strip()))


def _lines(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a JSONL file with their numbers, from 1: objects with a `text`."""
    try:
        with standard_input() if path == STANDARD_INPUT else Path(path).open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _fields(decode(line, f"{path}:{number}"), f"{path}:{number}")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _fields(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON: {error}") from None
    fields = value if isinstance(value, dict) else {"text": value}
    if "text" not in fields and isinstance(fields.get("completion"), str) and isinstance(fields.get("prompt", ""), str):
        fields = {**fields, "text": fields.get("prompt", "") + fields["completion"]}
    if not isinstance(fields.get("text"), str):
        raise InputError(f"{where}: {NO_TEXT}")
    return fields


def _echo(line: str) -> None:
    """Print to standard output; colours only on a terminal that wants them."""
    click.echo(line, color=False if "NO_COLOR" in os.environ else None)
