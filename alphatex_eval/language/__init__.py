"""The alphaTex front end: check any text, parse valid ones into typed nodes, write them in canonical form."""

from alphatex_eval.language.check import check
from alphatex_eval.language.diagnostics import Diagnostic, Report, Severity, Stage, Verdict
from alphatex_eval.language.document import AlphaTexError, parse

__all__ = ["AlphaTexError", "Diagnostic", "Report", "Severity", "Stage", "Verdict", "check", "parse"]
