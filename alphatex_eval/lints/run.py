"""Runs lints over a text, and finds them by code, prefix or name."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING

from alphatex_eval.language import check
from alphatex_eval.language.diagnostics import Diagnostic, Report, Stage
from alphatex_eval.language.findings import Lines
from alphatex_eval.lints.piece import Piece
from alphatex_eval.lints.rule import RULES, Problem, Rule
from alphatex_eval.music import TooManyBeatsError

if TYPE_CHECKING:
    from collections.abc import Sequence

THEMES = ("rhythm", "fretboard", "effects", "repeats", "structure", "settings", "arguments")
"""The modules that hold the lints."""

LONGEST_LIST = 1000
"""How many problems of one lint a text gets at most: nobody reads more."""


class UnknownRuleError(ValueError):
    """A selector that fits no lint."""


@cache
def rules() -> tuple[Rule, ...]:
    """All lints in order of their codes."""
    for theme in THEMES:
        import_module(f"alphatex_eval.lints.{theme}")
    return tuple(RULES[code] for code in sorted(RULES))


def lint(
    text: str, *, select: Sequence[str] = ("AE",), ignore: Sequence[str] = (), report: Report | None = None
) -> tuple[Diagnostic, ...]:
    r"""What the chosen lints say of a text, in order of place; nothing for a text that alphaTab rejects.

    A selector is a code (`AE101`), the beginning of codes (`AE1`) or a name (`bar-overfull`); UnknownRuleError for any
    other. `report` is what `check` said of the text, if that is known already. No text makes it raise.

    >>> [found.message for found in lint(r"\ts (2 4) 3.3.4 5.3 7.3")]
    ['bar 1 is too long: 3/4 in 2/4']
    """
    chosen = selected(select, ignore)
    if not chosen or not (report or check(text)).accepted:
        return ()
    piece, lines = Piece(text), Lines(text)
    found = [_diagnostic(rule, problem, lines) for rule in chosen for problem in _problems(rule, piece)]
    return tuple(sorted(found, key=lambda item: (item.start, item.code)))


def selected(select: Sequence[str], ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The lints that `select` names, without those that `ignore` names. UnknownRuleError for an unknown selector."""
    chosen = {rule.code for selector in select for rule in _matching(selector)}
    chosen -= {rule.code for selector in ignore for rule in _matching(selector)}
    return tuple(rule for rule in rules() if rule.code in chosen)


def _matching(selector: str) -> tuple[Rule, ...]:
    wanted = selector.strip()
    if not wanted:
        return ()
    matching = tuple(rule for rule in rules() if rule.name == wanted.lower() or rule.code.startswith(wanted.upper()))
    if matching:
        return matching
    names = [name for rule in rules() for name in (rule.code, rule.name)]
    close = difflib.get_close_matches(wanted, names, n=1) or difflib.get_close_matches(wanted.upper(), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else " Write a code (AE101), the beginning of codes (AE1) or a name."
    raise UnknownRuleError(f"There is no lint {selector!r}.{hint}")


def _problems(rule: Rule, piece: Piece) -> list[Problem]:
    """The problems of one lint; none where `*` asks for more beats than can be judged: that is a lint of its own."""
    try:
        return list(islice(rule.find(piece), LONGEST_LIST))
    except TooManyBeatsError:
        return []


def _diagnostic(rule: Rule, problem: Problem, lines: Lines) -> Diagnostic:
    start, end = problem.span
    place = lines.place(start)
    return Diagnostic(rule.code, rule.severity, Stage.LINT, problem.message, start, end, *place, problem.help)
