"""The assertion that a text is alphaTex, with our diagnostics as the message of its failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alphatex_eval.language.diagnostics import Diagnostic

MOST_SHOWN = 5
"""How many errors a failure message shows: the first ones cause the others."""

DEFAULT_RUBRIC = "strict"
CUT = "length"
"""The finish reason of a text that was cut off at a token limit."""


def assert_alphatex(
    text: str,
    *,
    rubric: str | None = None,
    minimum: float | None = None,
    prompt: str = "",
    finish_reason: str = "stop",
) -> None:
    """Fail unless alphaTab accepts `prompt + text` and, where asked, a rubric gives `text` at least `minimum`.

    `minimum` is in [0, 1]; the rubric is "strict" unless named. With the finish reason "length", a text that was cut
    off, the beginning of alphaTex is enough. A rubric without a minimum and a minimum out of range raise ValueError, a
    text that is no `str` raises TypeError.
    """
    __tracebackhide__ = True
    if not isinstance(text, str):
        raise TypeError(f"alphaTex is a str, not {type(text).__name__}: {text!r:.60}")
    if rubric is not None and minimum is None:
        raise ValueError(f"the rubric {rubric!r} needs a minimum: say minimum=0.6, for example")
    if minimum is not None and not is_share(minimum):
        raise ValueError(f"minimum is a number from 0 to 1, not {minimum!r}")
    complaint = explain(prompt + text, cut=finish_reason == CUT)
    if complaint:
        raise AssertionError(complaint)
    if minimum is not None:
        _assert_score(text, rubric or DEFAULT_RUBRIC, minimum, prompt, finish_reason)


def is_share(value: object) -> bool:
    """Whether a value is a number from 0 to 1."""
    return isinstance(value, int | float) and 0 <= value <= 1


def _assert_score(text: str, rubric: str, minimum: float, prompt: str, finish_reason: str) -> None:
    from alphatex_eval.rubrics import score

    __tracebackhide__ = True
    result = score(text, rubric=rubric, prompt=prompt, finish_reason=finish_reason)
    if result.value is None:
        raise AssertionError(f"the rubric {rubric!r} gives no score ({result.status}): {result.message}")
    if result.value < minimum:
        parts = ", ".join(f"{name} {part.value:.2f}" for name, part in result.scores.items() if part.value is not None)
        raise AssertionError(f"the rubric {rubric!r} gives {result.value:.3f}, less than {minimum}: {parts}")


def explain(text: str, *, cut: bool = False) -> str:
    """What is wrong with a text, with the lines it is wrong in; empty where alphaTab accepts it.

    A text that was `cut` off may be unfinished.
    """
    from alphatex_eval.language import check
    from alphatex_eval.language.diagnostics import Severity, Verdict

    report = check(text)
    if report.accepted or (cut and report.verdict is Verdict.TRUNCATED):
        return ""
    errors = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity is Severity.ERROR]
    what = "unfinished alphaTex" if report.verdict is Verdict.TRUNCATED else "not alphaTex"
    rows = [f"{what}: {len(errors)} {'error' if len(errors) == 1 else 'errors'}"]
    for error in errors[:MOST_SHOWN]:
        rows += _framed(error, text)
    return "\n".join(rows)


def _framed(error: Diagnostic, text: str) -> list[str]:
    """An error in ruff's manner: place, code and message, the line with carets, the help."""
    lines = text.split("\n")
    line = lines[error.line - 1] if error.line <= len(lines) else ""
    width = max(1, min(error.end - error.start, len(line) - error.column + 1))
    margin = " " * len(str(error.line))
    frame = [
        f"{error.line}:{error.column} {error.code} {error.message}",
        f"{error.line} | {line}",
        f"{margin} | {' ' * (error.column - 1)}{'^' * width}",
    ]
    return [*frame, f"{margin} = help: {error.help}"] if error.help else frame
