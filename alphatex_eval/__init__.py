"""Strict, explainable evaluation of alphaTex guitar tabs.

    import alphatex_eval

    alphatex_eval.check(":4 3.3 5.3").verdict
    alphatex_eval.score(":4 3.3 5.3 2.2 3.2 |").value

The names below are imported from their modules when first used: importing the package alone costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alphatex_eval.harness.early_stopping import EarlyStopping
    from alphatex_eval.harness.errors import HarnessError
    from alphatex_eval.harness.generators import load_generator
    from alphatex_eval.harness.hooks import EarlyStoppingHook
    from alphatex_eval.harness.ranking import rank_runs
    from alphatex_eval.harness.runs import run_suite
    from alphatex_eval.harness.suites import load_suite
    from alphatex_eval.language import (
        AlphaTexError,
        Diagnostic,
        Report,
        Severity,
        Stage,
        StreamChecker,
        Verdict,
        check,
        format_text,
        parse,
    )
    from alphatex_eval.music import Score, load
    from alphatex_eval.rubrics import Rubric, RubricError, load_rubric, score
    from alphatex_eval.scorers.results import FinishReason, Result, Status, Subject

__all__ = [
    "AlphaTexError",
    "Diagnostic",
    "EarlyStopping",
    "EarlyStoppingHook",
    "FinishReason",
    "HarnessError",
    "Report",
    "Result",
    "Rubric",
    "RubricError",
    "Score",
    "Severity",
    "Stage",
    "Status",
    "StreamChecker",
    "Subject",
    "Verdict",
    "check",
    "format_text",
    "load",
    "load_generator",
    "load_rubric",
    "load_suite",
    "parse",
    "rank_runs",
    "run_suite",
    "score",
]

_NAMES = {
    "harness.early_stopping": ("EarlyStopping",),
    "harness.errors": ("HarnessError",),
    "harness.generators": ("load_generator",),
    "harness.hooks": ("EarlyStoppingHook",),
    "harness.ranking": ("rank_runs",),
    "harness.runs": ("run_suite",),
    "harness.suites": ("load_suite",),
    "language": (
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
    ),
    "music": ("Score", "load"),
    "rubrics": ("Rubric", "RubricError", "load_rubric", "score"),
    "scorers.results": ("FinishReason", "Result", "Status", "Subject"),
}
_HOMES = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
