"""What a lint is: a function from a piece to problems, with a code, a name, a severity and two examples.

The docstring of the function is its page for people: the first line says what is wrong, the rest why that is bad.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.lints.piece import Piece

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Span

ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where a lint applies: what is wrong there and, if it can be said, what to write instead."""

    span: Span
    message: str
    help: str | None = None


Find = Callable[[Piece], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A lint. `bad` is a text that it objects to, `good` one that it leaves alone."""

    code: str
    name: str
    severity: Severity
    bad: str
    good: str
    find: Find

    @property
    def what(self) -> str:
        """What is wrong, in one line."""
        return _page(self).partition("\n")[0]

    @property
    def why(self) -> str:
        """Why that is bad, in a few lines."""
        return _page(self).partition("\n")[2].strip()


RULES: dict[str, Rule] = {}
"""All lints by code; filled by the decorator when the themed modules are imported."""


def rule(code: str, name: str, severity: Severity, *, bad: str, good: str) -> Callable[[Find], Find]:
    """Register the function below as a lint. ValueError if its code or name is taken."""

    def register(find: Find) -> Find:
        if any(code == other.code or name == other.name for other in RULES.values()):
            raise ValueError(f"there is a lint {code} or {name} already")
        RULES[code] = Rule(code, name, severity, bad, good, find)
        return find

    return register


def _page(found: Rule) -> str:
    return inspect.getdoc(found.find) or ""
