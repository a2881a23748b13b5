"""`check(text)`: what alphaTab says of a text, and whether a text that it rejects is only unfinished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.language.builder import BarLine
from alphatex_eval.language.completion import can_be_completed
from alphatex_eval.language.diagnostics import Report, Verdict
from alphatex_eval.language.findings import Finding, diagnostics
from alphatex_eval.language.flawless import pass_over, pass_over_beats
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.semantics import Semantics

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Span
    from alphatex_eval.language.outline import Collector


@dataclass(frozen=True, slots=True)
class Judgement:
    """One pass over a text: its findings in alphaTab's order, and how far it is flawless.

    Before the first error `last_bar_line` is where the last bar line ends, `last_item` where the last tag, beat or bar
    line does (0: there is none). `first_fault` is where the first semantic fault stands, if any: alphaTab does
    not look for them in a text with syntax errors. `at_bar_line` is the state of the semantic pass at `last_bar_line`,
    `comments` the places of the comments.
    """

    findings: list[Finding]
    last_bar_line: int
    last_item: int
    first_fault: int | None
    at_bar_line: Semantics
    comments: list[Span]

    @property
    def first_error(self) -> Finding | None:
        """The error that stands first in the text."""
        return min((item for item in self.findings if item.is_error), key=lambda error: error.start, default=None)

    @property
    def may_go_on(self) -> bool:
        """Whether nothing speaks against a continuation: no whole tag or beat before the first error has a fault."""
        error = self.first_error
        return error is None or self.first_fault is None or self.first_fault >= error.start


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
    return report_of(text, judge(text))


def report_of(text: str, judgement: Judgement) -> Report:
    """The report of a judged text."""
    found = diagnostics(judgement.findings, text)
    verdict, error = verdict_of(text, judgement), judgement.first_error
    if error is None:
        return Report(True, verdict, None, len(text), found)
    prefix = _valid_prefix(text, judgement, error) if verdict is Verdict.INVALID else len(text)
    return Report(False, verdict, error.stage, prefix, found)


def judge(text: str, before: Semantics | None = None, collector: Collector | None = None) -> Judgement:
    """Run lexer, parser and, up to the first syntax error, the semantic pass.

    `before` is the state before the text, which is left alone, None where the text is the whole. The items before the
    first syntax error go to the `collector`, if there is one.
    """
    semantics = Semantics() if before is None else before.copy()
    last_bar_line = pass_over(text, 0, semantics, collector)
    at_bar_line = semantics.copy()
    last_item = pass_over_beats(text, last_bar_line, semantics, collector)
    parser = Parser(text, last_item)
    for item in parser.items():
        if parser.failed:
            continue
        semantics.take(item)
        if collector is not None:
            collector.take(item)
        if semantics.first_fault is None:
            last_item = item.span[1]
            if isinstance(item, BarLine):
                last_bar_line = pass_over(text, last_item, semantics, collector)
                at_bar_line = semantics.copy()
                last_item = pass_over_beats(text, last_bar_line, semantics, collector)
                parser.tokens.position = last_item
    findings = parser.tokens.findings.items + parser.findings.items
    if not parser.failed:
        semantics.finish()
        findings += semantics.findings.items
    fault, comments = semantics.first_fault, parser.tokens.comments
    return Judgement(findings, last_bar_line, last_item, fault, at_bar_line, comments)


def verdict_of(text: str, judgement: Judgement) -> Verdict:
    """The verdict on a judged text."""
    error = judgement.first_error
    if error is None:
        return Verdict.COMPLETE
    if judgement.may_go_on and can_be_completed(text, judgement.last_bar_line, error, judgement.at_bar_line):
        return Verdict.TRUNCATED
    return Verdict.INVALID


def _valid_prefix(text: str, judgement: Judgement, error: Finding) -> int:
    """How far a text that nothing completes can be read as the beginning of one that is accepted.

    That is up to its first error, unless something in the same tag or beat was wrong already that only a whole tag or
    beat shows; then up to the end of the one before.
    """
    start = error.start if judgement.first_fault is None else min(error.start, judgement.first_fault)
    before = judge(text[:start])
    flaw = before.first_error
    if flaw is None or (start < len(text) and verdict_of(text[:start], before) is not Verdict.INVALID):
        return start
    return min(start, judgement.last_item, flaw.start)
