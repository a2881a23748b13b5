"""`parse(text)`: the syntax tree of a text that lexer and parser find no fault with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.builder import BarLine, Separator
from alphatex_eval.language.findings import diagnostics
from alphatex_eval.language.moving import moved_beat, moved_tag
from alphatex_eval.language.nodes import Arguments, Bar, Beat, Comment, Document, Kind, Literal, Tag
from alphatex_eval.language.parser import Item, Parser
from alphatex_eval.language.shortcuts import CREDIT, beats_of, parsed_beat, walk

if TYPE_CHECKING:
    import re
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
    collector = _Collector()
    parser = Parser(text, walk(text, 0, collector))
    for item in parser.items():
        collector.items.append(item)
        if isinstance(item, BarLine):
            parser.tokens.position = walk(text, item.span[1], collector)
    if parser.failed:
        raise AlphaTexError(diagnostics(parser.tokens.findings.items + parser.findings.items, text))
    return Document(tuple(group_bars(collector.items)), tuple(_comment(text, *span) for span in parser.tokens.comments))


class _Collector:
    """The items of a text: those that are known, moved to their place, and those of the parser."""

    goes_on = True

    def __init__(self) -> None:
        self.items: list[Item] = []

    def take_tags(self, tags: tuple[Tag, ...], line: str, start: int) -> None:
        credit = CREDIT.fullmatch(line)
        if credit is None:
            self.items += [moved_tag(tag, start) for tag in tags]
        else:
            self.items.append(_credit(credit, start))

    def take_beats(self, bar: str, start: int) -> bool:
        beats = [(place, parsed_beat(text)) for place, text in beats_of(bar)]
        nodes = [moved_beat(beat, start + place) for place, beat in beats if beat is not None]
        if not nodes or len(nodes) < len(beats):
            return False
        self.items += nodes
        return True

    def take_bar_line(self, start: int) -> None:
        self.items.append(BarLine((start, start + 1)))


def _credit(match: re.Match[str], start: int) -> Tag:
    """A tag with one string, such as a title, whose line starts at `start`."""
    span = (start + match.start(2), start + match.end(2))
    words = Literal(Kind.STRING, match[2][1:-1], span)
    return Tag(match[1], Arguments((words,), False, span), span=(start, start + match.end()))


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
