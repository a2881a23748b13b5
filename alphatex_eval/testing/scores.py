"""The music-driven strategies for whole pieces: tracks with their heads, and documents of tracks that agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Master:
    """What holds for a bar of all tracks: its meter and the tags that say so."""

    meter: Meter
    tags: tuple[Tag, ...] = ()


def draw_master_bars(draw: st.DrawFn, count: int, style: Style, meter: Meter | None = None) -> list[Master]:
    """The bars that all tracks share; all of one `meter` where it is given."""
    meters = [meter] * count if meter else _meters(draw, count, style)
    tags = [_bar_tags(draw, number, style) for number in range(count)]
    if style.key is not None:
        tags[0].insert(0, tag("ks", word(style.key)))
    for before, here, found in zip([COMMON, *meters], meters, tags, strict=False):
        if here != before:
            found.insert(0, tag("ts", *here))
    _repeat(draw, tags, style)
    return [Master(here, tuple(found)) for here, found in zip(meters, tags, strict=True)]


def _meters(draw: st.DrawFn, count: int, style: Style) -> list[Meter]:
    if not style.has(Feature.METERS):
        return [COMMON] * count
    found = [choose(draw, METERS)]
    while len(found) < count:
        found.append(choose(draw, METERS) if now_and_then(draw, Feature.METERS, style, 6) else found[-1])
    return found


def _bar_tags(draw: st.DrawFn, number: int, style: Style) -> list[Tag]:
    found: list[Tag] = []
    if now_and_then(draw, Feature.TEMPO, style, 6):
        found.append(tag("tempo", choose(draw, TEMPI)))
    if now_and_then(draw, Feature.SECTIONS, style, 6):
        found.append(tag("section", f"Part {number + 1}", parenthesised=True))
    return found


def _repeat(draw: st.DrawFn, tags: list[list[Tag]], style: Style) -> None:
    if now_and_then(draw, Feature.REPEATS, style, 3):
        first = pick(draw, len(tags))
        last = min(first + pick(draw, LONGEST_REPEAT), len(tags) - 1)
        tags[first].append(tag("ro"))
        tags[last].append(tag("rc", 2 + pick(draw, 3)))


def draw_track(draw: st.DrawFn, style: Style, masters: Sequence[Master], *, named: bool = True) -> tuple[Bar, ...]:
    """The bars of one track. The first one carries the head: name, instrument, staff, tuning."""
    heads = [tuple(_head(draw, style, named=named)), *[()] * (len(masters) - 1)]
    return tuple(
        draw_bar(draw, style, master.meter, (*head, *master.tags)) for head, master in zip(heads, masters, strict=True)
    )


def _head(draw: st.DrawFn, style: Style, *, named: bool) -> list[Tag]:
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


def draw_document(draw: st.DrawFn, styles: Sequence[Style], bar_count: int, meter: Meter | None) -> Document:
    """Tracks over the same bars; the first one carries title, meters, tempi, sections and repeats."""
    masters = draw_master_bars(draw, bar_count, styles[0], meter)
    silent = [Master(master.meter) for master in masters]
    first, *others = draw_track(draw, styles[0], masters, named=len(styles) > 1)
    if now_and_then(draw, Feature.TITLES, styles[0], 3):
        first = replace(first, tags=(tag("title", choose(draw, TITLES)), *first.tags))
    return Document((first, *others, *(bar for style in styles[1:] for bar in draw_track(draw, style, silent))))
