"""What the front end says about a text: severities, stages, verdicts, diagnostics and the report that holds them.

Offsets count Unicode code points from 0, ends are exclusive; lines and columns start at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: only an error makes alphaTab reject a text."""

    HINT = "hint"
    WARNING = "warning"
    ERROR = "error"


class Stage(StrEnum):
    """The part of the pipeline that made a finding."""

    LEXER = "lexer"
    PARSER = "parser"
    SEMANTIC = "semantic"
    LINT = "lint"


class Verdict(StrEnum):
    """What a text is: a whole tab, the beginning of one, or neither."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong, where, and what to write instead.

    `code` is alphaTab's (AT001 to AT400) or ours; `help` is a suggestion or None.
    """

    code: str
    severity: Severity
    stage: Stage
    message: str
    start: int
    end: int
    line: int
    column: int
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The judgement of one text.

    `accepted` is alphaTab's yes or no. `stage` is the stage of the first error, None when there is none. `valid_prefix`
    is the number of code points before the first error: the whole length for an accepted or truncated text.
    """

    accepted: bool
    verdict: Verdict
    stage: Stage | None
    valid_prefix: int
    diagnostics: tuple[Diagnostic, ...] = ()
