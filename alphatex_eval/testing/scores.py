"""The music-driven strategies for whole pieces: tracks with their heads, over bars that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alphatex_eval.language.nodes import Bar, Document, Tag
from alphatex_eval.testing.fretboard import STANDARD
from alphatex_eval.testing.music import (
    COMMON,
    METERS,
    MOST_FIGURES,
    Feature,
    Instrument,
    Meter,
    Style,
    choose,
    draw_bar,
    now_and_then,
    pick,
    several,
)
from alphatex_eval.testing.writing import prop, tag, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis import strategies as st

PROGRAMS = {
    Instrument.GUITAR: ("acousticguitarsteel", "acousticguitarnylon", "electricguitarclean", "distortionguitar"),
    Instrument.PIANO: ("acousticgrandpiano", "violin", "flute"),
    Instrument.DRUMS: ("percussion",),
}
TITLES = ("Morning Walk", "Étude", "Am Brunnen", 'The Road to "Somewhere"')
TEMPI = (120, 60, 90, 144, 200)
LONGEST_REPEAT = 4
DROP_TRACK_ONE_IN = 32
MOST_FIGURES_IN_ALL = 96
"""Beyond this, bars get simpler: Hypothesis gives up on examples that take too many choices."""


@dataclass(slots=True)
class _Piece:
    """A piece in the making: its meters so far, the bars of each track, and the tags that hold for all of them."""

    styles: Sequence[Style]
    most_figures: int
    changing: bool
    meters: list[Meter]
    bars: list[list[Bar]]
    tags: list[list[Tag]]

    def add_measure(self, draw: st.DrawFn) -> None:
        """One bar of every track, and the tags before it."""
        style, tags = self.styles[0], list[Tag]()
        if self.changing and now_and_then(draw, Feature.METERS, style, 4):
            self.meters.append(choose(draw, METERS))
            tags.append(tag("ts", *self.meters[-1]))
        if now_and_then(draw, Feature.TEMPO, style, 6):
            tags.append(tag("tempo", choose(draw, TEMPI)))
        if now_and_then(draw, Feature.SECTIONS, style, 6):
            tags.append(tag("section", "Verse", parenthesised=True))
        self.tags.append(tags)
        for part, bars in zip(self.styles, self.bars, strict=True):
            before = bars[-1].beats[-1] if bars else None
            bars.append(draw_bar(draw, part, self.meters[-1], most=self.most_figures, before=before))


def draw_document(
    draw: st.DrawFn,
    styles: Sequence[Style],
    bar_count: tuple[int, int],
    meter: Meter | None,
    *,
    fewest_tracks: int = 1,
    named: bool = False,
) -> Document:
    """Tracks over the same bars; the first one carries title, key, meters, tempi, sections and repeats.

    `bar_count`: fewest and most; `meter`: of all bars, None where it may change; `named`: whether a track says what it
    is even where it is the only one.
    """
    check_range("bars", bar_count)
    most = min(MOST_FIGURES, 1 + MOST_FIGURES_IN_ALL // (bar_count[1] * len(styles)))
    piece = _Piece(styles, most, meter is None, [COMMON if meter is None else meter], [[] for _ in styles], [])
    several(draw, bar_count[1], piece.add_measure)
    while len(piece.tags) < bar_count[0]:
        piece.add_measure(draw)
    kept = _kept(draw, len(styles), fewest_tracks)
    first = [_tagged(bar, *tags) for tags, bar in zip(piece.tags, piece.bars[kept[0]], strict=True)]
    first = _repeated(draw, first, styles[0])
    named = named or len(kept) > 1
    style = styles[kept[0]]
    head = [*_titles(draw, style), *_head(draw, style, named=named), *_frame(style, meter)]
    others = [_headed(piece.bars[track], _head(draw, styles[track], named=True)) for track in kept[1:]]
    return Document(tuple(bar for part in [_headed(first, head), *others] for bar in part))


def _kept(draw: st.DrawFn, count: int, fewest: int) -> list[int]:
    """Which of the tracks to keep, all but a few: any can go alone when an example shrinks, since all are drawn."""
    kept = list(range(count))
    for track in range(count):
        if len(kept) > fewest and not pick(draw, DROP_TRACK_ONE_IN):
            kept.remove(track)
    return kept


def check_range(name: str, given: tuple[int, int]) -> None:
    """Raise ValueError unless `given` is the fewest and the most of something, of which there is at least one."""
    fewest, most = given
    if not 1 <= fewest <= most:
        raise ValueError(f"{name}={given} must be the fewest and the most, two numbers from 1 on, as in {name}=(1, 4)")


def _headed(bars: list[Bar], head: list[Tag]) -> list[Bar]:
    return [_tagged(bars[0], *head), *bars[1:]]


def _repeated(draw: st.DrawFn, bars: list[Bar], style: Style) -> list[Bar]:
    if now_and_then(draw, Feature.REPEATS, style, 3):
        first = pick(draw, len(bars))
        last = min(first + pick(draw, LONGEST_REPEAT), len(bars) - 1)
        bars[last] = _tagged(bars[last], tag("rc", 2 + pick(draw, 3)))
        bars[first] = _tagged(bars[first], tag("ro"))
    return bars


def _tagged(bar: Bar, *tags: Tag) -> Bar:
    return replace(bar, tags=(*tags, *bar.tags))


def _titles(draw: st.DrawFn, style: Style) -> list[Tag]:
    return [tag("title", choose(draw, TITLES))] if now_and_then(draw, Feature.TITLES, style, 3) else []


def _frame(style: Style, meter: Meter | None) -> list[Tag]:
    """The meter where it is given and not 4/4, and the key."""
    found = [tag("ts", *meter)] if meter and meter != COMMON else []
    return found if style.key is None else [*found, tag("ks", word(style.key))]


def _head(draw: st.DrawFn, style: Style, *, named: bool) -> list[Tag]:
    """Name, instrument, staff and tuning, as far as they are needed."""
    guitar = style.instrument is Instrument.GUITAR
    found: list[Tag] = []
    if named or not guitar:
        block = [prop("instrument", word(choose(draw, PROGRAMS[style.instrument])))]
        staff = tag("staff", block=[prop("tabs" if guitar else "score")])
        found += [tag("track", style.instrument.capitalize(), block=block), staff]
    if guitar and (named or style.tuning != STANDARD):
        found.append(tag("tuning", *map(word, style.tuning), parenthesised=True))
    if style.instrument is Instrument.DRUMS:
        found.append(tag("articulation", word("defaults"), parenthesised=True))
    return found
