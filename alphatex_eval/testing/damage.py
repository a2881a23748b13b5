"""Small faults planted into good texts, each with the diagnostic that it must give."""

from __future__ import annotations

from dataclasses import dataclass

from alphatex_eval.language import AlphaTexError, parse


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of text that cannot stand anywhere. `offset` is where in the line alphaTab sees the error."""

    code: str
    line: str
    offset: int
    last: bool = False
    """Whether it is a fault only at the end of a text."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A text with one fault: the code of the diagnostic to expect, and its start in code points."""

    text: str
    code: str
    start: int
    fault: Fault


FAULTS = (
    Fault("AT204", "\\nosuchtag r", 0),
    Fault("AT205", "r {nosuch}", 3),
    Fault("AT202", "}", 0),
    Fault("AT001", "/ r", 0),
    Fault("AT002", "\\ r", 0),
    Fault("AT004", '\\title "\\uzzzz"', 7),
    Fault("AT005", '\\title "\\q"', 7),
    Fault("AT200", "r * r", 2),
    Fault("AT201", ":x", 0),
    Fault("AT209", ":3 r", 1),
    Fault("AT209", "r.5", 2),
    Fault("AT209", "r {tu 4}", 6),
    Fault("AT209", "\\clef 44", 6),
    Fault("AT211", "\\ts (33 4)", 5),
    Fault("AT211", "\\ts (4 3)", 5),
    Fault("AT211", "\\ae (0)", 5),
    Fault("AT212", "r {nosuch (1)}", 3),
    Fault("AT213", '\\track {color "rgb"}', 14),
    Fault("AT219", "\\capo ()", 6),
    Fault("AT219", "\\ks h", 4),
    Fault("AT220", "r {f 3}", 5),
    Fault("AT006", '\\title "Walk', 7, last=True),
    Fault("AT203", "\\title", 6, last=True),
    Fault("AT206", "r {f", 4, last=True),
)


def damage(text: str, fault: Fault, line: int) -> Damaged:
    """The text with the fault as a line of its own before line number `line` (from 0), or at its end.

    Where that line goes on with a comment, string or item of an earlier one, the fault comes before the earlier one.
    """
    rows = [f"{row}\n" for row in text.removesuffix("\n").split("\n")] if text else []
    place = len(rows) if fault.last else min(line, len(rows))
    while not fault.last and not _is_between_items("".join(rows[:place])):
        place -= 1
    before = "".join(rows[:place])
    after = "".join(rows[place:])
    planted = fault.line if fault.last else fault.line + "\n"
    return Damaged(before + planted + after, fault.code, len(before) + fault.offset, fault)


def _is_between_items(text: str) -> bool:
    """Whether the next item may begin after a text: nothing in it is open, not even a comment."""
    try:
        comments = parse(text).comments
    except AlphaTexError:
        return False
    return not comments or comments[-1].span[1] < len(text)
