"""Small helpers with which scorers say what they found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.results import Check, Score, Status, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.language.nodes import Span


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at one place of `Subject.text`."""

    message: str
    span: Span


def asked(name: str, faults: Sequence[Fault], total: int, severity: Severity = Severity.ERROR) -> Check:
    """The check that none of `total` things has a fault; it does not apply where there are none."""
    if not total or not faults:
        return _without_fault(name, True if total else None, severity)
    more = f" ({len(faults)} of {total})" if total > 1 else ""
    message = printable(faults[0].message + more)
    return Check.trusted(name=name, passed=False, severity=severity, message=message, span=faults[0].span)


@lru_cache(maxsize=1024)
def _without_fault(name: str, passed: bool | None, severity: Severity) -> Check:
    """One object for all texts: most checks are passed, and checks do not change."""
    return Check(name=name, passed=passed, severity=severity)


def within(name: str, value: float, low: float, high: float, span: Span, what: str) -> Check:
    """The warning that a figure lies outside what is usual in human music; it tells the figure in any case."""
    message = f"{what} {value:.2f}, in human music {low:.2f} to {high:.2f}"
    passed = low <= value <= high
    return Check.trusted(name=name, passed=passed, severity=Severity.WARNING, message=message, span=span)


def scored(value: float, checks: Sequence[Check], metrics: dict[str, float] | None = None) -> Score:
    """A score with a value, kept in [0, 1] against rounding."""
    return Score.trusted(
        status=Status.SCORED,
        value=min(1.0, max(0.0, value)),
        version="",
        checks=tuple(checks),
        metrics=metrics or {},
        message="",
    )


def skipped(reason: str) -> Score:
    """A score without value: the question does not apply to this text."""
    return Score.trusted(status=Status.SKIPPED, value=None, version="", checks=(), metrics={}, message=reason)


def share(part: int, whole: int) -> float:
    """`part` ÷ `whole`, 1 where there is nothing."""
    return part / whole if whole else 1.0


def strict_share(faults: int, total: int, bonus: float = 0.25) -> float:
    """The share of things without fault; `bonus` of it is kept back unless all are, so that one mistake is felt."""
    return (1.0 - bonus) * share(total - faults, total) + (bonus if not faults else 0.0)
