"""The alphaTex front end: check any text, parse valid ones into typed nodes, write them in canonical form."""

from alphatex_eval.language.check import check
from alphatex_eval.language.diagnostics import Diagnostic, Report, Severity, Stage, Verdict
from alphatex_eval.language.document import AlphaTexError, parse
from alphatex_eval.language.formatter import format_text
from alphatex_eval.language.stream import StreamChecker

__all__ = [
    "AlphaTexError",
    "Diagnostic",
    "Report",
    "Severity",
    "Stage",
    "StreamChecker",
    "Verdict",
    "check",
    "format_text",
    "parse",
]
