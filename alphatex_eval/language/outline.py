"""What a text holds, bar by bar, before the nodes of known beats are moved to where they stand.

Those who need no more of a beat than what it says and where it stands, as the scorers, are spared making a node for
each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language.builder import BarLine
from alphatex_eval.language.moving import moved_beat, moved_tag
from alphatex_eval.language.nodes import Arguments, Bar, Beat, Kind, Literal, Tag
from alphatex_eval.language.shortcuts import CREDIT, KnownBar, known_bar

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.language.parser import Item


class KnownBeats(NamedTuple):
    """Beats that were looked up, from `start` on: all that a bar has, or its first ones."""

    bar: KnownBar
    start: int
    span: Span

    @classmethod
    def at(cls, bar: KnownBar, start: int) -> KnownBeats:
        """The beats of a bar that stands from `start` on."""
        spans = bar.spans
        return cls(bar, start, (spans[0][0] + start, spans[-1][1] + start))

    def nodes(self) -> list[Beat]:
        """The beats where they stand."""
        bar = self.bar
        pairs = zip(bar.beats, bar.spans, strict=True)
        return [moved_beat(beat, self.start + start - beat.span[0]) for beat, (start, _) in pairs]


class Outline(NamedTuple):
    """A bar: as `nodes.Bar`, but where its beats stand is told by `spans`, one for each.

    `known` is the bar that its beats were looked up in, None where the parser read them; the spans of the nodes of
    known beats count from the start of each.
    """

    tags: tuple[Tag, ...]
    beats: Sequence[Beat]
    spans: Sequence[Span]
    known: KnownBar | None
    bar_line: bool
    span: Span


class Collector:
    """The items of a text in order: takes those of the parser, and those that `walk` passes over."""

    goes_on = True

    def __init__(self) -> None:
        self.items: list[Item | KnownBeats] = []

    def take_tags(self, tags: tuple[Tag, ...], line: str, start: int) -> None:
        """The tags of a line, moved to where they stand."""
        credit = CREDIT.fullmatch(line)
        if credit is None:
            self.items += [moved_tag(tag, start) for tag in tags]
        else:
            self.items.append(_credit(credit, start))

    def take_beats(self, bar: str, start: int) -> bool:
        """The beats of a bar; False if they are not all known."""
        known = known_bar(bar)
        if known is None:
            return False
        self.items.append(KnownBeats.at(known, start))
        return True

    def take_bar_line(self, start: int) -> None:
        """The bar line at `start`."""
        self.items.append(BarLine((start, start + 1)))


def _credit(match: re.Match[str], start: int) -> Tag:
    """A tag with one string, such as a title, whose line starts at `start`."""
    span = (start + match.start(2), start + match.end(2))
    words = Literal(Kind.STRING, match[2][1:-1], span)
    return Tag(match[1], Arguments((words,), False, span), span=(start, start + match.end()))


def outlines(items: Iterable[Item | KnownBeats]) -> Iterator[Outline]:
    """Items as bars: a bar line ends one, and so does a tag or separator after beats."""
    tags: list[Tag] = []
    beats: list[Beat] = []
    known: KnownBeats | None = None
    start = end = 0
    for item in items:
        kind = type(item)
        if (beats or known) and kind is not BarLine and kind is not Beat:
            yield _outline(tags, beats, known, False, (start, end))
            tags, beats, known = [], [], None
        if not tags and not beats and known is None:
            start = item.span[0]
        end = item.span[1]
        if isinstance(item, BarLine):
            yield _outline(tags, beats, known, True, (start, end))
            tags, beats, known = [], [], None
        elif isinstance(item, KnownBeats):
            known = item
        elif isinstance(item, Beat):
            if known is not None:
                beats, known = known.nodes(), None
            beats.append(item)
        elif isinstance(item, Tag):
            tags.append(item)
    if tags or beats or known:
        yield _outline(tags, beats, known, False, (start, end))


def _outline(tags: list[Tag], beats: list[Beat], known: KnownBeats | None, bar_line: bool, span: Span) -> Outline:
    if known is None:
        return Outline(tuple(tags), beats, [beat.span for beat in beats], None, bar_line, span)
    bar, by = known.bar, known.start
    spans = [(start + by, end + by) for start, end in bar.spans]
    return Outline(tuple(tags), bar.beats, spans, bar, bar_line, span)


def bar_of(outline: Outline) -> Bar:
    """The bar with its nodes where they stand."""
    beats = outline.beats
    if outline.known is not None:
        pairs = zip(beats, outline.spans, strict=True)
        beats = [moved_beat(beat, start - beat.span[0]) for beat, (start, _) in pairs]
    return Bar(outline.tags, tuple(beats), outline.bar_line, outline.span)
