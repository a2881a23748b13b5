"""What a text holds, bar by bar, before the nodes of known tags and beats are moved to where they stand.

Those who need no more of a node than what it says and where it stands, as the scorers, are spared making one for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from alphatex_eval.language.builder import BarLine
from alphatex_eval.language.moving import moved_beat, moved_tag
from alphatex_eval.language.nodes import Bar, Beat, Span, Tag
from alphatex_eval.language.shortcuts import KnownBar, known_bar

if TYPE_CHECKING:
    from alphatex_eval.language.parser import Item


class MovedSpans(Sequence[Span]):
    """Spans that count from elsewhere, each moved by as many characters when it is asked for."""

    __slots__ = ("_by", "_spans")

    def __init__(self, spans: Sequence[Span], by: int) -> None:
        self._spans = spans
        self._by = by

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, index: int) -> Span: ...
    @overload
    def __getitem__(self, index: slice) -> list[Span]: ...
    def __getitem__(self, index: int | slice) -> Span | list[Span]:
        if isinstance(index, slice):
            return list(self)[index]
        start, end = self._spans[index]
        return start + self._by, end + self._by

    def __iter__(self) -> Iterator[Span]:
        by = self._by
        return iter([(start + by, end + by) for start, end in self._spans])


class Outline(NamedTuple):
    """A bar: as `nodes.Bar`, but where its tags and beats stand is told beside them.

    A tag stands as many characters behind its own span as `shifts` tells, a beat at its span in `spans`. `known` is the
    bar that its beats were looked up in, None where the parser read them; the spans of the nodes of known beats count
    from the start of each.
    """

    tags: tuple[Tag, ...]
    shifts: tuple[int, ...]
    beats: Sequence[Beat]
    spans: Sequence[Span]
    known: KnownBar | None
    bar_line: bool
    span: Span


class Collector:
    """Makes bars of what it takes in order: items of the parser, and what `walk` passes over.

    A bar line ends a bar, and so does a tag or separator after beats.
    """

    goes_on = True

    def __init__(self) -> None:
        self._bars: list[Outline] = []
        self._tags: list[Tag] = []
        self._shifts: list[int] = []
        self._beats: list[Beat] = []
        self._known: KnownBar | None = None
        self._known_start = 0
        self._start: int | None = None
        self._end = 0

    def take_tags(self, tags: tuple[Tag, ...], start: int) -> None:
        """The tags of a line that starts at `start`; their spans count from there."""
        self._end_behind_beats()
        if self._start is None:
            self._start = tags[0].span[0] + start
        self._tags += tags
        self._shifts += [start] * len(tags)
        self._end = tags[-1].span[1] + start

    def take_beats(self, bar: str, start: int) -> bool:
        """The beats of a bar; False if they are not all known."""
        known = known_bar(bar)
        if known is None:
            return False
        spans = known.spans
        if self._start is None:
            self._start = spans[0][0] + start
        self._known, self._known_start = known, start
        self._end = spans[-1][1] + start
        return True

    def take_bar_line(self, start: int) -> None:
        """The bar line at `start`."""
        self._bars.append(self._outline((start if self._start is None else self._start, start + 1), bar_line=True))
        self._begin()

    def take(self, item: Item) -> None:
        """The next item of the parser."""
        start, end = item.span
        if isinstance(item, BarLine):
            self.take_bar_line(start)
            return
        if not isinstance(item, Beat):
            self._end_behind_beats()
        if self._start is None and isinstance(item, Beat | Tag):
            self._start = start
        self._end = end
        if isinstance(item, Tag):
            self._tags.append(item)
            self._shifts.append(0)
        elif isinstance(item, Beat):
            self._make_known_beats()
            self._beats.append(item)

    def bars(self) -> list[Outline]:
        """The bars so far, the one that has no end yet included."""
        if self._start is None:
            return self._bars.copy()
        return [*self._bars, self._outline((self._start, self._end), bar_line=False)]

    def bars_to(self, end: int) -> list[Outline] | None:
        """The bars up to a bar line that ends at `end`; None if there is none among what was taken."""
        last = next((n for n in range(len(self._bars) - 1, -1, -1) if self._bars[n].span[1] <= end), None)
        if last is None or self._bars[last].span[1] < end or not self._bars[last].bar_line:
            return None
        return self._bars[: last + 1]

    def _begin(self) -> None:
        self._tags, self._shifts, self._beats, self._known, self._start = [], [], [], None, None

    def _end_behind_beats(self) -> None:
        if (self._beats or self._known is not None) and self._start is not None:
            self._bars.append(self._outline((self._start, self._end), bar_line=False))
            self._begin()

    def _make_known_beats(self) -> None:
        """Known beats as nodes at their places: others follow in their bar."""
        if self._known is not None:
            self._beats, self._known = _moved_beats(self._known.beats, self._spans_of(self._known)), None

    def _spans_of(self, known: KnownBar) -> Sequence[Span]:
        return MovedSpans(known.spans, self._known_start)

    def _outline(self, span: Span, *, bar_line: bool) -> Outline:
        """The bar that is being read as one from and to a place."""
        tags, shifts, known = tuple(self._tags), tuple(self._shifts), self._known
        if known is not None:
            return Outline(tags, shifts, known.beats, self._spans_of(known), known, bar_line, span)
        spans = [beat.span for beat in self._beats]
        return Outline(tags, shifts, self._beats, spans, None, bar_line, span)


def bar_of(outline: Outline) -> Bar:
    """The bar with its nodes where they stand."""
    tags = [moved_tag(tag, by) if by else tag for tag, by in zip(outline.tags, outline.shifts, strict=True)]
    beats = outline.beats
    if outline.known is not None:
        beats = _moved_beats(beats, outline.spans)
    return Bar(tuple(tags), tuple(beats), outline.bar_line, outline.span)


def _moved_beats(beats: Sequence[Beat], spans: Sequence[Span]) -> list[Beat]:
    return [moved_beat(beat, start - beat.span[0]) for beat, (start, _) in zip(beats, spans, strict=True)]
