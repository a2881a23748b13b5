"""The music-driven strategies for whole pieces: tracks with their heads, over bars that they share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alphatex_eval.language.nodes import Bar, Document, Tag
from alphatex_eval.testing.fretboard import STANDARD
from alphatex_eval.testing.music import (
    COMMON,
    METERS,
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


def draw_document(
    draw: st.DrawFn, styles: Sequence[Style], bar_count: tuple[int, int], meter: Meter | None, *, named: bool
) -> Document:
    """Tracks over the same bars; the first one carries title, key, meters, tempi, sections and repeats.

    `bar_count`: fewest and most; `meter`: of all bars, None where it may change; `named`: whether the first track says
    what it is (others always do).
    """
    meters = [COMMON if meter is None else meter]
    changing = meter is None
    measures = several(draw, bar_count[1], lambda draw: _draw_measure(draw, styles, meters, changing=changing))
    while len(measures) < bar_count[0]:
        measures.append(_draw_measure(draw, styles, meters, changing=changing))
    first, *others = (list(bars) for bars in zip(*measures, strict=True))
    first = _repeated(draw, first, styles[0])
    head = [*_titles(draw, styles[0]), *_head(draw, styles[0], named=named), *_frame(styles[0], meter)]
    parts = [
        _headed(first, head),
        *(_headed(bars, _head(draw, style, named=True)) for style, bars in zip(styles[1:], others, strict=True)),
    ]
    return Document(tuple(bar for part in parts for bar in part))


def _headed(bars: list[Bar], head: list[Tag]) -> list[Bar]:
    return [_tagged(bars[0], *head), *bars[1:]]


def _draw_measure(draw: st.DrawFn, styles: Sequence[Style], meters: list[Meter], *, changing: bool) -> list[Bar]:
    """One bar of every track; the first has the tags that hold for all. `meters` has those so far."""
    tags: list[Tag] = []
    if changing and now_and_then(draw, Feature.METERS, styles[0], 4):
        meters.append(choose(draw, METERS))
        tags.append(tag("ts", *meters[-1]))
    if now_and_then(draw, Feature.TEMPO, styles[0], 6):
        tags.append(tag("tempo", choose(draw, TEMPI)))
    if now_and_then(draw, Feature.SECTIONS, styles[0], 6):
        tags.append(tag("section", "Verse", parenthesised=True))
    first, *others = [draw_bar(draw, style, meters[-1]) for style in styles]
    return [_tagged(first, *tags), *others]


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
