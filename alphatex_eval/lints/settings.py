"""AE42x: whether tempo, volume, instruments, chords and positions are such as exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alphatex_eval.language.context import PERCUSSION
from alphatex_eval.language.messages import did_you_mean
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.lints.piece import Piece, arguments_of, decimal, items_of, numbers_of
from alphatex_eval.lints.rule import ERROR, WARNING, Problem, rule
from alphatex_eval.music.ranges import FASTEST, LOUDEST, SLOWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.language.nodes import Literal, Property, Tag

COLOUR = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|rgba?\s*\(.*\)", re.IGNORECASE | re.DOTALL)
POSITIONS = {"spd": 0, "sph": 0, "spu": 0, "tempo": 1, "sync": 3}
"""Tags with the number of arguments before the one that is a share of the bar."""


@rule("AE421", "tempo-not-positive", ERROR, bad=r"\tempo 0 3.3", good=r"\tempo 120 3.3")
def tempo_not_positive(piece: Piece) -> Iterator[Problem]:
    """A tempo is 0 or less.

    Time would stand still or run backwards.
    """
    for item in _tempos(piece):
        for bpm, span in numbers_of(item)[:1]:
            if bpm <= 0:
                yield Problem(span, f"{decimal(bpm)} is no tempo", "write beats a minute: 120")


@rule("AE422", "tempo-out-of-reason", WARNING, bad=r"\tempo 4000 3.3", good=r"\tempo 140 3.3")
def tempo_out_of_reason(piece: Piece) -> Iterator[Problem]:
    """A tempo is slower than 20 or faster than 400 quarter notes a minute.

    Nobody plays that; mostly a digit is missing or too many.
    """
    for item in _tempos(piece):
        for bpm, span in numbers_of(item)[:1]:
            if 0 < bpm < SLOWEST or bpm > FASTEST:
                yield Problem(span, f"nobody plays {decimal(bpm)} beats a minute", f"write {SLOWEST} to {FASTEST}")


@rule("AE423", "volume-out-of-range", WARNING, bad=r'\track "A" {volume 100} 3.3', good=r'\track "A" {volume 12} 3.3')
def volume_out_of_range(piece: Piece) -> Iterator[Problem]:
    """A volume or balance is outside 0 to 16.

    alphaTab counts both in sixteenths: volume 16 is full, balance 8 is the middle. Percentages and MIDI values are
    far too loud.
    """
    names = "volume", "balance"
    for item in (*piece.tag_properties(*names), *piece.properties(*names)):
        for value, span in numbers_of(item)[:1]:
            if not 0 <= value <= LOUDEST:
                message = f"{item.key} {decimal(value)} is outside 0 to {LOUDEST}"
                yield Problem(span, message, "16 is full volume, balance 8 the middle")


@rule(
    "AE424",
    "instrument-unknown",
    WARNING,
    bad=r'\track "A" {instrument gitar} c4',
    good=r'\track "A" {instrument acousticguitarsteel} 3.3',
)
def instrument_unknown(piece: Piece) -> Iterator[Problem]:
    """The name of an instrument is not known.

    alphaTab takes a grand piano for it without a word.
    """
    known = vocabulary().data["instruments"]
    for value, at_beat in _instruments(piece):
        name = (value.text or "").lower().replace(" ", "")
        if name not in known and (at_beat or name != PERCUSSION):
            help_ = did_you_mean(name, known) or "write a General MIDI name as one word, or its number from 0 to 127"
            yield Problem(value.span, f"there is no instrument `{value.text}`: it sounds as a piano", help_)


@rule(
    "AE425",
    "chord-undefined",
    WARNING,
    bad=r'\chord ("Am" 0 1 2 2 0 x) 3.3 {ch "An"}',
    good=r'\chord ("Am" 0 1 2 2 0 x) 3.3 {ch "Am"}',
)
def chord_undefined(piece: Piece) -> Iterator[Problem]:
    r"""A beat names a chord for which its staff has no `\chord`, although it defines others.

    The name is shown without a diagram; mostly it is misspelt. Where a staff defines no chords, names are just names.
    """
    for line in piece.lines:
        defined = [chord.name for chord in line.staff.chords]
        known = {name.lower() for name in defined}
        for moment in line.moments if defined else ():
            for item in items_of(moment.node.properties, *(note.properties for note in moment.node.notes)):
                name = (arguments_of(item)[0].text or "") if item.key == "ch" else None
                if name is not None and name.lower() not in known:
                    yield Problem(item.span, f"there is no chord `{name}`", did_you_mean(name, defined))


@rule("AE426", "colour-unknown", WARNING, bad=r'\track "A" {color "red"} 3.3', good=r'\track "A" {color "#cc0000"} 3.3')
def colour_unknown(piece: Piece) -> Iterator[Problem]:
    """A colour is written in a way that alphaTab does not read.

    It knows `#rgb`, `#rrggbb` and `rgb(…)`. For any other text the track has no colour, and alphaTab cannot export it.
    """
    for item in piece.tag_properties("color"):
        text = arguments_of(item)[0].text or ""
        if not COLOUR.fullmatch(text.strip()):
            yield Problem(item.span, f"`{text}` is no colour", 'write `"#rrggbb"`')


@rule("AE427", "position-out-of-bar", WARNING, bad=r'\tempo (90 "Slow" 1.5) 3.3', good=r'\tempo (90 "Slow" 0.5) 3.3')
def position_out_of_bar(piece: Piece) -> Iterator[Problem]:
    """A place within the bar is outside 0 to 1.

    Tempo changes, pedal marks and sync points stand at a share of their bar: 0 is its start, 0.5 its middle.
    """
    for tag in piece.tags:
        if tag.key in POSITIONS:
            for value in arguments_of(tag)[POSITIONS[tag.key] :]:
                if value.number is not None and not 0 <= value.number <= 1:
                    yield Problem(value.span, f"{decimal(value.number)} is not within the bar", "write 0 to 1")


@rule("AE428", "lyrics-beyond-end", WARNING, bad=r'\lyrics (9 "la la") 3.3 5.3', good=r'\lyrics (0 "la la") 3.3 5.3')
def lyrics_beyond_end(piece: Piece) -> Iterator[Problem]:
    """Lyrics start at a bar that the score does not have.

    Bars count from 0. Such lyrics belong to no beat.
    """
    last = len(piece.score.master_bars) - 1
    for tag in piece.tags:
        if tag.key == "lyrics":
            for number, span in numbers_of(tag)[:1]:
                if not 0 <= number <= last:
                    yield Problem(span, f"there is no bar {number}: the last one is {last}", "bars count from 0")


def _tempos(piece: Piece) -> Iterator[Tag | Property]:
    yield from (tag for tag in piece.tags if tag.key == "tempo")
    yield from piece.properties("tempo")


def _instruments(piece: Piece) -> Iterator[tuple[Literal, bool]]:
    """Every instrument that is written as a name, and whether it is a change at a beat."""
    owners: list[tuple[Tag | Property, bool]] = []
    owners += [(tag, False) for tag in piece.tags if tag.key == "instrument"]
    owners += [(item, False) for item in piece.tag_properties("instrument")]
    owners += [(item, True) for item in piece.properties("instrument")]
    for owner, at_beat in owners:
        for value in arguments_of(owner)[:1]:
            if value.text is not None:
                yield value, at_beat
