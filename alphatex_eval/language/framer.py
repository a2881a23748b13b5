"""The argument framer: decides how far an argument list reaches and wraps it in opening and closing terminals.

Whether the tokens after a tag or property are its arguments depends on its signatures, which no context-free grammar
can know. The parser calls the framer after every tag that takes arguments and after every property; the framer takes
the arguments from the token stream, reports what is wrong with them and puts back a well-formed list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.language.messages import misfit_help, show, signature_help
from alphatex_eval.language.signatures import Candidates
from alphatex_eval.language.tokens import END, Token, TokenStream

if TYPE_CHECKING:
    from alphatex_eval.language.findings import Findings
    from alphatex_eval.language.vocabulary import Entry

WORD_KINDS = {"PROPERTY": "ident", "STRING": "string", "NUMBER": "number", "FLOAT": "float", "ARGUMENTS_OPEN": "list"}


@dataclass(frozen=True, slots=True)
class Owner:
    """The tag or property whose arguments are read; `entry` is None for an unknown property."""

    token: Token
    entry: Entry | None
    is_property: bool
    properties_first: bool = False


def frame(stream: TokenStream, owner: Owner, findings: Findings) -> None:
    """Wrap the arguments that follow `owner` in the stream; no arguments, nothing changes."""
    if stream.peek().kind == "ARGUMENTS_OPEN":
        opening = stream.take()
        items, closing = _read_list(stream, findings)
        stream.put_back([opening, *items, Token("ARGUMENTS_CLOSE", ")", closing, stream.position)])
        return
    items, end = _read_bare(stream, owner, findings)
    if items:
        start = items[0].start
        stream.put_back([Token("BARE_OPEN", "", start, start), *items, Token("BARE_CLOSE", "", end, end)])


def _read_list(stream: TokenStream, findings: Findings) -> tuple[list[Token], int]:
    """The items up to the closing parenthesis, and where it stands (or would)."""
    items: list[Token] = []
    while True:
        token = stream.extend_float(stream.take())
        kind = WORD_KINDS.get(token.kind)
        if token.kind == "ARGUMENTS_CLOSE":
            return items, token.start
        if token.kind == END:
            message = "the text ends inside an argument list"
            findings.add("AT206", token.start, token.end, message, "close the list with `)`")
            stream.put_back([token])
            return items, token.start
        if kind in ("ident", "string", "number", "float"):
            items.append(token)
        else:
            message = f"{show(token)} cannot be an argument"
            help_ = "write words, strings or numbers between the parentheses, separated by blanks"
            findings.add("AT202", token.start, token.end, message, help_)


def _read_bare(stream: TokenStream, owner: Owner, findings: Findings) -> tuple[list[Token], int]:
    """The items of a list without parentheses, and where it ends."""
    items: list[Token] = []
    swallowed, end = None, 0
    if owner.entry is not None and owner.entry.signatures is not None:
        candidates = Candidates(owner.entry.signatures)
        items, end = _take_matching(stream, owner, candidates, findings)
        candidates.drop_incomplete()
        if len(candidates) != 1:
            swallowed = _report_misfit(stream, owner, items, len(candidates), findings)
    if owner.is_property:
        _skip_superfluous(stream, owner, swallowed, findings)
    if len(items) > 1:
        _warn_of_bare_list(owner, items, end, findings)
    return items, end


def _take_matching(
    stream: TokenStream, owner: Owner, candidates: Candidates, findings: Findings
) -> tuple[list[Token], int]:
    """Take what the candidates take, and where that ends; the items of a nested list count as if they stood alone."""
    items: list[Token] = []
    end = 0
    while not candidates.settled:
        token = stream.peek()
        kind = WORD_KINDS.get(token.kind)
        if kind is None:
            break
        fractions = candidates.fractions_wanted()
        text = str(token.value) if kind in ("ident", "string") else None
        if not candidates.feed(kind, text, may_follow=owner.is_property and kind == "ident"):
            break
        stream.take()
        if kind == "list":
            items += _read_list(stream, findings)[0]
            end = stream.position
        else:
            items.append(stream.extend_float(token, fractions))
            end = items[-1].end
    return items, end


def _report_misfit(
    stream: TokenStream, owner: Owner, items: list[Token], left: int, findings: Findings
) -> Token | None:
    """The arguments taken complete no signature, or the text ended before they could: the token passed over, if any."""
    token = stream.peek()
    what = f"`{owner.token.value}`" if owner.is_property else f"`\\{owner.token.value}`"
    usage = misfit_help(owner.entry, owner.is_property, token.value)
    if token.kind == END:
        findings.add("AT203", token.start, token.end, f"the text ends where {what} wants an argument", usage)
    elif left == 0:
        if items:
            start, end, found = items[0].start, items[-1].end, "these do not suffice"
        else:
            start, end, found = token.start, token.end, f"found {show(token)}"
        findings.add("AT219", start, end, f"{what} wants other arguments; {found}", usage)
        if owner.is_property and not items and token.kind not in ("PROPERTY", "BLOCK_CLOSE"):
            return stream.take()
    return None


def _skip_superfluous(stream: TokenStream, owner: Owner, swallowed: Token | None, findings: Findings) -> None:
    """Skip what stands between a property's arguments and the next property."""
    skipped: list[Token] = []
    while stream.peek().kind in ("STRING", "NUMBER", "ARGUMENTS_OPEN"):
        skipped.append(stream.take())
    if skipped:
        start = swallowed.end if swallowed else skipped[0].start
        message = f"`{owner.token.value}` takes no further argument; {show(skipped[0])} is left over"
        help_ = signature_help(owner.entry, is_property=True)
        findings.add("AT220", start, skipped[-1].end, message, help_)


def skip_to_property(stream: TokenStream) -> None:
    """Pass over everything up to the next property name, the end of the block or of the text."""
    while stream.peek().kind not in ("PROPERTY", "BLOCK_CLOSE", END):
        stream.take()


def _warn_of_bare_list(owner: Owner, items: list[Token], end: int, findings: Findings) -> None:
    mark = "" if owner.is_property else "\\"
    code = "AT303" if owner.is_property else "AT301"
    message = f"several arguments of `{mark}{owner.token.value}` without parentheses: easy to misread"
    help_ = f"write `{mark}{owner.token.value} ({' '.join(show(item).strip('`') for item in items)})`"
    findings.add(code, items[0].start, end, message, help_)
    if owner.properties_first:
        message = f"the arguments of `\\{owner.token.value}` stand after its block"
        findings.add("AT302", items[0].start, end, message, "write the arguments first, then the block")
