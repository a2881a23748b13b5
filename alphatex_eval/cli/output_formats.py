"""What `alphatex check` prints: one function a format, from judged texts to lines.

`concise` and `full` are for people, `json` and `sarif` (2.1.0) for programs, `github` makes annotations in GitHub's
workflows. Rows and columns count code points from 1.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

import click

from alphatex_eval.language.diagnostics import Diagnostic, Report, Severity
from alphatex_eval.language.findings import Lines

WIDTH = 100
"""Characters of a source line that are shown: exporters write whole scores on one line."""

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}
GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}
SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with its path (`-` for standard input) and all that was found in it, in order of place."""

    path: str
    text: str
    report: Report


Format = Callable[[Iterable[Judged]], Iterator[str]]


def concise(texts: Iterable[Judged]) -> Iterator[str]:
    """One line a finding: `path:row:column: CODE message`."""
    return (_headline(judged, found) for judged in texts for found in judged.report.diagnostics)


def full(texts: Iterable[Judged]) -> Iterator[str]:
    """Each finding with its source line, carets below and a line of help."""
    for judged in texts:
        lines = judged.text.split("\n")
        for found in judged.report.diagnostics:
            yield _headline(judged, found)
            yield from _frame(found, lines)
            yield ""


def json_list(texts: Iterable[Judged]) -> Iterator[str]:
    """One JSON array of findings."""
    items = [{"path": judged.path, **item} for judged in texts for item in diagnostics_as_data(judged)]
    yield json.dumps(items, indent=2, ensure_ascii=False)


def github(texts: Iterable[Judged]) -> Iterator[str]:
    """Workflow commands that GitHub shows as annotations."""
    for judged in texts:
        lines = Lines(judged.text)
        for found in judged.report.diagnostics:
            row, column = lines.place(found.end)
            place = f"line={found.line},col={found.column},endLine={row},endColumn={column}"
            target = f"title=alphatex ({found.code}),file={_github(judged.path, ':,')},{place}"
            message = f"{judged.path}:{found.line}:{found.column}: {found.code} {found.message}"
            yield f"::{GITHUB_LEVELS[found.severity]} {target}::{_github(message)}"


def sarif(texts: Iterable[Judged]) -> Iterator[str]:
    """A SARIF log with one run."""
    from importlib.metadata import version

    rules: dict[str, int] = {}
    results = [_sarif_result(judged, item, rules) for judged in texts for item in diagnostics_as_data(judged)]
    driver = {
        "name": "alphatex",
        "version": version("alphatex-eval"),
        "rules": [_sarif_rule(code) for code in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    yield json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


FORMATS: dict[str, Format] = {"concise": concise, "full": full, "json": json_list, "github": github, "sarif": sarif}
FOR_PEOPLE = frozenset({"concise", "full"})


def diagnostics_as_data(judged: Judged) -> Iterator[dict[str, Any]]:
    """The findings of a text as plain data."""
    lines = Lines(judged.text)
    for found in judged.report.diagnostics:
        item = asdict(found)
        row, column = lines.place(found.end)
        item["location"] = {"row": item.pop("line"), "column": item.pop("column")}
        yield {**item, "end_location": {"row": row, "column": column}}


def report_as_data(judged: Judged) -> dict[str, Any]:
    """A whole report as plain data."""
    report = judged.report
    return {
        "accepted": report.accepted,
        "verdict": report.verdict,
        "stage": report.stage,
        "valid_prefix": report.valid_prefix,
        "diagnostics": list(diagnostics_as_data(judged)),
    }


def summary(counts: dict[Severity, int], texts: int) -> str:
    """How much was found, in one line."""
    files = "1 file" if texts == 1 else f"{texts} files"
    parts = [_count(counts[severity], severity) for severity in reversed(Severity) if counts.get(severity)]
    return f"Found {', '.join(parts)} in {files}." if parts else f"All checks passed: {files}."


def _count(number: int, severity: Severity) -> str:
    return f"{number} {severity}" if number == 1 else f"{number} {severity}s"


def _headline(judged: Judged, found: Diagnostic) -> str:
    place = f"{click.style(judged.path, bold=True)}:{found.line}:{found.column}:"
    return f"{place} {click.style(found.code, fg=COLOURS[found.severity], bold=True)} {found.message}"


def _frame(found: Diagnostic, lines: list[str]) -> Iterator[str]:
    number = str(found.line)
    margin = " " * len(number)
    source, start = _window(lines[found.line - 1].rstrip("\r"), found.column - 1)
    length = max(1, min(found.end - found.start, len(source) - start))
    carets = click.style("^" * length, fg=COLOURS[found.severity], bold=True)
    yield f"{margin} |"
    yield f"{number} | {source}".rstrip()
    yield f"{margin} | {' ' * start}{carets}"
    if found.help:
        yield f"{margin} = {click.style('help', bold=True)}: {found.help}"


def _window(line: str, start: int) -> tuple[str, int]:
    """The part of a line that is shown and where `start` lies in it; control characters take one column, too."""
    first = max(0, start - WIDTH // 2) if len(line) > WIDTH else 0
    part = line[first : first + WIDTH]
    shown = "".join(" " if unicodedata.category(character) in ("Cc", "Cf") else character for character in part)
    before = "…" if first else ""
    after = "…" if first + WIDTH < len(line) else ""
    return f"{before}{shown}{after}", start - first + len(before)


def _github(text: str, more: str = "") -> str:
    """Escapes of GitHub's workflow commands; `more` are the characters that also end a property."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped


def _sarif_result(judged: Judged, item: dict[str, Any], rules: dict[str, int]) -> dict[str, Any]:
    start, end = item["location"], item["end_location"]
    region = {
        "startLine": start["row"],
        "startColumn": start["column"],
        "endLine": end["row"],
        "endColumn": end["column"],
    }
    artifact = {"uri": quote(judged.path.replace("\\", "/"))}
    return {
        "ruleId": item["code"],
        "ruleIndex": rules.setdefault(item["code"], len(rules)),
        "level": SARIF_LEVELS[item["severity"]],
        "message": {"text": f"{item['message']}: {item['help']}" if item["help"] else item["message"]},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }


def _sarif_rule(code: str) -> dict[str, Any]:
    from alphatex_eval.cli.pages import page_of

    page = page_of(code)
    return {"id": code, "name": page.name, "shortDescription": {"text": page.what}}
