"""`check(text)`: what alphaTab says of a text, and whether a text that it rejects is only unfinished."""

from __future__ import annotations

from dataclasses import dataclass

from alphatex_eval.language.builder import BarLine
from alphatex_eval.language.completion import can_be_completed
from alphatex_eval.language.diagnostics import Report, Verdict
from alphatex_eval.language.findings import Finding, diagnostics
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.semantics import Semantics


@dataclass(frozen=True, slots=True)
class Judgement:
    """One pass over a text: its findings in alphaTab's order, where the last bar line before an error ends (0: there is
    none), and where the first semantic fault stands, which alphaTab does not look for behind a syntax error."""

    findings: list[Finding]
    last_bar_line: int
    first_fault: int | None

    @property
    def first_error(self) -> Finding | None:
        """The error that stands first in the text."""
        return min((item for item in self.findings if item.is_error), key=lambda error: error.start, default=None)


def check(text: str) -> Report:
    """Judge any text; never raises, and takes time in proportion to the length of `text`.

    >>> check("3.3.4 5.5 |").accepted
    True
    >>> report = check("3.7")
    >>> report.verdict.value, report.diagnostics[0].code
    ('invalid', 'AT208')
    >>> check("3.3 (5.").verdict.value
    'truncated'
    """
    judgement = judge(text)
    found = diagnostics(judgement.findings, text)
    error = judgement.first_error
    if error is None:
        return Report(True, Verdict.COMPLETE, None, len(text), found)
    if can_be_completed(text, judgement.last_bar_line, error):
        return Report(False, Verdict.TRUNCATED, error.stage, len(text), found)
    return Report(False, Verdict.INVALID, error.stage, _valid_prefix(text, error, judgement.first_fault), found)


def judge(text: str) -> Judgement:
    """Run lexer, parser and, up to the first syntax error, the semantic pass."""
    parser, semantics = Parser(text), Semantics()
    last_bar_line = 0
    for item in parser.items():
        if parser.failed:
            continue
        semantics.take(item)
        if isinstance(item, BarLine):
            last_bar_line = item.span[1]
    syntax = parser.tokens.findings.items + parser.findings.items
    if parser.failed:
        return Judgement(syntax, last_bar_line, semantics.first_fault)
    semantics.finish()
    return Judgement(syntax + semantics.findings.items, last_bar_line, semantics.first_fault)


def _valid_prefix(text: str, error: Finding, fault: int | None) -> int:
    """How far a text that nothing completes can be read before it is one: the text before its first fault.

    What stands before a syntax error in the same beat or tag has not been judged yet; so the prefix itself is checked.
    """
    start = min(error.start, len(text) - 1) if fault is None else min(error.start, fault, len(text) - 1)
    return check(text[:start]).valid_prefix
