"""Collects what the front end finds while it reads, and turns it into diagnostics with lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from alphatex_eval.language.diagnostics import Diagnostic, Severity, Stage
from alphatex_eval.language.vocabulary import vocabulary

Help = str | Callable[[], str | None] | None

CRASH = "AE001"
FLOOD = "AE002"
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic without line and column. Offsets are code points, `end` is exclusive.

    `help` may be a function that makes the text, for one that is dear to make: most findings are never shown.
    """

    code: str
    stage: Stage
    start: int
    end: int
    message: str
    help: Help = None

    @property
    def is_error(self) -> bool:
        """Whether this finding makes alphaTab reject the text."""
        return severity_of(self.code) is Severity.ERROR


@cache
def severity_of(code: str) -> Severity:
    """The severity of a code of the reference; our own codes here are errors."""
    known = vocabulary().data["diagnostics"].get(code)
    return Severity(known["severity"]) if known else Severity.ERROR


class Findings:
    """Findings of one stage, in order of discovery; `first_error` is the error that stands first.

    After `LIMIT` findings one last says that the rest is not listed.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.items: list[Finding] = []
        self.first_error: Finding | None = None

    def add(self, code: str, start: int, end: int, message: str, help_: Help = None) -> None:
        """Record a finding."""
        if len(self.items) > LIMIT:
            return
        if len(self.items) == LIMIT:
            code, message, help_ = FLOOD, f"more than {LIMIT} findings; the rest is not listed", None
        finding = Finding(code, self.stage, start, max(start, end), message, help_)
        self.items.append(finding)
        if finding.is_error and (self.first_error is None or finding.start < self.first_error.start):
            self.first_error = finding

    def copy(self) -> Findings:
        """The same findings, to which others can be added."""
        twin = Findings(self.stage)
        twin.items, twin.first_error = self.items.copy(), self.first_error
        return twin


class Lines:
    """Line and column of offsets in a text; lines end with a line feed, both count from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def diagnostics(findings: list[Finding], text: str) -> tuple[Diagnostic, ...]:
    """Findings with their places in `text`, order kept."""
    if not findings:
        return ()
    lines = Lines(text)
    return tuple(_diagnostic(finding, lines) for finding in findings)


def _diagnostic(finding: Finding, lines: Lines) -> Diagnostic:
    line, column = lines.place(finding.start)
    return Diagnostic(
        finding.code,
        severity_of(finding.code),
        finding.stage,
        finding.message,
        finding.start,
        finding.end,
        line,
        column,
        finding.help() if callable(finding.help) else finding.help,
    )
