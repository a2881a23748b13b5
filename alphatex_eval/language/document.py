"""`parse(text)`: the syntax tree of a text that lexer and parser find no fault with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.builder import BarLine
from alphatex_eval.language.findings import diagnostics
from alphatex_eval.language.nodes import Comment, Document
from alphatex_eval.language.outline import Collector, bar_of
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.shortcuts import walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alphatex_eval.language.diagnostics import Diagnostic
    from alphatex_eval.language.nodes import Span
    from alphatex_eval.language.outline import Outline


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
    bars, comments = outlines_of(text)
    return document_of(bars, text, comments)


def outlines_of(text: str) -> tuple[list[Outline], list[Span]]:
    """The bars that `text` spells and the places of its comments; raises as `parse` does."""
    collector = Collector()
    parser = Parser(text, walk(text, 0, collector))
    for item in parser.items():
        collector.take(item)
        if isinstance(item, BarLine):
            parser.tokens.position = walk(text, item.span[1], collector)
    if parser.failed:
        raise AlphaTexError(diagnostics(parser.tokens.findings.items + parser.findings.items, text))
    return collector.bars(), parser.tokens.comments


def document_of(bars: Iterable[Outline], text: str, comments: Iterable[Span]) -> Document:
    """The document of some bars and the places of the comments."""
    return Document(tuple(map(bar_of, bars)), tuple(_comment(text, *span) for span in comments))


def _comment(text: str, start: int, end: int) -> Comment:
    block = text.startswith("/*", start)
    content = text[start + 2 : end]
    if block:
        content = "" if content == "/" else content.removesuffix("*/")
    return Comment(content, block, (start, end))
