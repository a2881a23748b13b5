"""`parse(text)`: the syntax tree of a text that lexer and parser find no fault with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.builder import BarLine, Separator
from alphatex_eval.language.findings import diagnostics
from alphatex_eval.language.nodes import Bar, Beat, Comment, Document, Tag
from alphatex_eval.language.parser import Item, Parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alphatex_eval.language.diagnostics import Diagnostic


class AlphaTexError(ValueError):
    """A text that is not alphaTex. `diagnostics` tell everything that is wrong with it, the message the first error."""

    def __init__(self, found: tuple[Diagnostic, ...]) -> None:
        first = next(item for item in found if item.severity == "error")
        super().__init__(f"line {first.line}, column {first.column}: {first.code} {first.message}")
        self.diagnostics = found


def parse(text: str) -> Document:
    r"""The document that `text` spells; its meaning (strings, kinds of notes, ranges) is not judged here.

    Raises AlphaTexError where lexer or parser find an error.

    >>> document = parse("\\\\tempo 90 3.3.4 r | 5.5")
    >>> len(document.bars), document.bars[0].tags[0].name
    (2, 'tempo')
    """
    parser = Parser(text)
    items = list(parser.items())
    if parser.failed:
        raise AlphaTexError(diagnostics(parser.tokens.findings.items + parser.findings.items, text))
    return Document(tuple(group_bars(items)), tuple(_comment(text, *span) for span in parser.tokens.comments))


def group_bars(items: Iterable[Item]) -> Iterable[Bar]:
    """Items as bars: a bar line ends one, and so does a tag or separator after beats."""
    tags: list[Tag] = []
    beats: list[Beat] = []
    start = end = 0
    for item in items:
        if beats and not isinstance(item, Beat | BarLine):
            yield Bar(tuple(tags), tuple(beats), False, (start, end))
            tags, beats = [], []
        if not tags and not beats:
            start = item.span[0]
        end = item.span[1]
        if isinstance(item, BarLine):
            yield Bar(tuple(tags), tuple(beats), True, (start, end))
            tags, beats = [], []
        elif isinstance(item, Beat):
            beats.append(item)
        elif not isinstance(item, Separator):
            tags.append(item)
    if tags or beats:
        yield Bar(tuple(tags), tuple(beats), False, (start, end))


def _comment(text: str, start: int, end: int) -> Comment:
    block = text.startswith("/*", start)
    content = text[start + 2 : end]
    if block:
        content = "" if content == "/" else content.removesuffix("*/")
    return Comment(content, block, (start, end))
