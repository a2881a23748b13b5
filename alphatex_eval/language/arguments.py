"""Judges argument lists by signature, as alphaTab's semantic pass does: tolerantly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.messages import misfit_help, signature_help
from alphatex_eval.language.nodes import Property, Span, Tag
from alphatex_eval.language.signatures import Candidates
from alphatex_eval.language.vocabulary import Entry, Mode

if TYPE_CHECKING:
    from alphatex_eval.language.findings import Findings


class CrashError(Exception):
    """A place where alphaTab fails without saying why; `late` if only when it finishes a text without errors."""

    def __init__(self, span: Span, message: str, help_: str | None = None, *, late: bool = False) -> None:
        super().__init__(span, message, help_)
        self.span = span
        self.message = message
        self.help = help_
        self.late = late


def check_arguments(owner: Tag | Property, entry: Entry, findings: Findings) -> bool:
    """Whether the arguments of `owner` fit a signature of `entry`; a list in parentheses may hold more than fits."""
    arguments = owner.arguments
    if entry.signatures is None:
        if arguments is not None and arguments.parenthesised and arguments.values:
            message = f"`{owner.name}` takes no arguments: these are ignored"
            findings.add("AT300", *arguments.span, message, signature_help(entry, isinstance(owner, Property)))
        return True
    if arguments is None:
        return _may_be_absent(owner, entry, findings)
    if not arguments.parenthesised:
        return True
    candidates = Candidates(entry.signatures)
    for value in arguments.values:
        candidates.feed(value.kind, value.text)
    candidates.drop_incomplete()
    if candidates:
        return True
    message = f"these arguments fit no form of `{owner.name}`"
    first = arguments.values[0].value if arguments.values else ""
    findings.add("AT219", *arguments.span, message, misfit_help(entry, isinstance(owner, Property), first))
    return False


def _may_be_absent(owner: Tag | Property, entry: Entry, findings: Findings) -> bool:
    needed = [
        any(parameter.mode.needed or parameter.mode is Mode.REQUIRED_LIST for parameter in signature.parameters)
        for signature in entry.signatures or ()
    ]
    if not all(needed):
        return True
    message = f"`{owner.name}` wants an argument"
    findings.add("AT219", *owner.span, message, signature_help(entry, isinstance(owner, Property)))
    return False
