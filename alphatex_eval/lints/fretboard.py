"""AE2xx: whether hands, strings and instruments can do what is written."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_eval.language.context import NoteKind, pitch_of
from alphatex_eval.lints.piece import Piece, arguments_of, decimal, numbers_of
from alphatex_eval.lints.rule import ERROR, WARNING, Problem, rule
from alphatex_eval.music.fretboard import FINGERS, FRETS, HAND_MM, HIGHEST_PITCH, TWO_HANDED, fingers, span_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from alphatex_eval.language import nodes
    from alphatex_eval.music import Note, Staff
    from alphatex_eval.music.lines import Moment

    Shape = list[tuple[int, int]]
    """Strings with frets on the neck, counted from the nut; 0 for an open string."""

HIGHEST_CAPO = 12


@rule("AE201", "string-twice", ERROR, bad="(3.1 5.1)", good="(3.1 5.2)")
def string_twice(piece: Piece) -> Iterator[Problem]:
    """Two notes of a beat stand on the same string.

    A string sounds one note at a time, so one of the two cannot be played; alphaTab draws them over each other.
    """
    for _, moment in _fretted(piece):
        counts = Counter(note.string for note in moment.beat.notes)
        for string, count in counts.items():
            if string is not None and count > 1:
                yield Problem(moment.node.span, f"{count} notes on string {string}", "move one to another string")


@rule("AE202", "fret-negative", ERROR, bad="-1.3", good="0.3")
def fret_negative(piece: Piece) -> Iterator[Problem]:
    """A fret is below 0, the open string.

    There is nothing to press behind the nut. The note itself may be meant for a lower string or another tuning.
    """
    for _, note, node in _fretted_notes(piece):
        if note.fret is not None and note.fret < 0:
            yield Problem(node.span, f"there is no fret {note.fret}", "0 is the open string; try a lower string")


@rule("AE203", "fret-beyond-neck", ERROR, bad="27.1", good="24.1")
def fret_beyond_neck(piece: Piece) -> Iterator[Problem]:
    r"""A fret, counted from the nut, is above the 24 of the longest usual neck.

    With a capo, frets are written from the capo: `\capo 5 20.1` is fret 25.
    """
    for staff, note, node in _fretted_notes(piece):
        capo = int(staff.capo)
        if note.fret is not None and note.fret + capo > FRETS:
            where = f"fret {note.fret} above the capo at {capo}" if capo else f"fret {note.fret}"
            yield Problem(node.span, f"{where} is beyond the neck", f"a neck has {FRETS} frets; try a higher string")


@rule("AE204", "span-too-wide", WARNING, bad="(1.6 9.1)", good="(3.6 5.4 3.1)")
def span_too_wide(piece: Piece) -> Iterator[Problem]:
    """The frets of a beat, or of voices that strike together, lie further apart than a hand reaches.

    On a full-size guitar a hand spans about 145 mm: five frets near the nut, more up the neck. Open strings need no
    finger; tapped notes and harmonics are not judged.
    """
    return _beyond_a_hand(piece, _too_wide, "move a note to another string or leave it out")


@rule("AE205", "fingers-too-many", WARNING, bad="(1.6 2.5 3.4 4.3 5.2)", good="(1.6 3.5 3.4 2.3 1.2 1.1)")
def fingers_too_many(piece: Piece) -> Iterator[Problem]:
    """A beat, or voices that strike together, need more than four fingers, even with barres.

    One finger may press all strings at a fret unless a string between them sounds at a lower fret or open.
    """
    return _beyond_a_hand(piece, _too_many, "leave a note out or move it to an open string")


@rule("AE206", "capo-out-of-range", WARNING, bad=r"\capo 20 3.3", good=r"\capo 2 3.3")
def capo_out_of_range(piece: Piece) -> Iterator[Problem]:
    """A capo sits below fret 0, between frets or beyond fret 12.

    Nobody clamps a capo there; mostly a fret or a transposition is meant.
    """
    for tag in piece.tags:
        if tag.key == "capo":
            for number, span in numbers_of(tag)[:1]:
                if not 0 <= number <= HIGHEST_CAPO or number.denominator != 1:
                    message = f"no capo sits at fret {decimal(number)}"
                    yield Problem(span, message, f"write a fret from 0 to {HIGHEST_CAPO}")


@rule("AE207", "chord-strings", WARNING, bad=r'\chord ("E5" x x 2 2 0) 3.3', good=r'\chord ("E5" x x x 2 2 0) 3.3')
def chord_strings(piece: Piece) -> Iterator[Problem]:
    """A chord diagram has more or fewer frets than the staff has strings.

    The first fret belongs to string 1, the highest; strings without a fret still need an `x`.
    """
    for (track, number), tag in piece.origins.staff_tags:
        strings = len(piece.score.tracks[track].staves[number].tuning)
        frets = arguments_of(tag)[1:]
        if tag.key == "chord" and frets and strings and len(frets) != strings:
            message = f"{len(frets)} frets for {strings} strings"
            yield Problem(tag.span, message, "write a fret or `x` for every string, string 1 first")


@rule("AE208", "pitch-out-of-range", ERROR, bad="c12", good="c5")
def pitch_out_of_range(piece: Piece) -> Iterator[Problem]:
    """A note sounds outside MIDI's keys 0 to 127, which is more than any instrument has.

    Middle C is `c4`. Octaves count from 0; transposition, capo and harmonics are included.
    """
    for line in piece.lines:
        for moment in line.moments:
            for note, node in moment.notes:
                if note.pitch is not None and not 0 <= note.pitch <= HIGHEST_PITCH:
                    yield Problem(node.span, f"MIDI has no key {note.pitch}", "middle C is `c4`; check the octave")


@rule(
    "AE209",
    "tuning-upside-down",
    WARNING,
    bad=r"\tuning (E2 A2 D3 G3 B3 E4) 3.3",
    good=r"\tuning (E4 B3 G3 D3 A2 E2) 3.3",
)
def tuning_upside_down(piece: Piece) -> Iterator[Problem]:
    """A tuning names its strings from low to high.

    alphaTex counts strings from the highest: the first note of the tuning is string 1. Upside down every note of the
    tab sounds on the wrong string.
    """
    for tag in piece.tags:
        if tag.key == "tuning":
            pitches = [pitch for value in arguments_of(tag) if (pitch := pitch_of(value.text or "")) is not None]
            if len(pitches) >= FINGERS and all(low < high for low, high in pairwise(pitches)):
                yield Problem(tag.span, "this tuning runs from the lowest string up", "write the highest string first")


@rule("AE210", "percussion-silent", WARNING, bad=r"\instrument percussion 200 38", good=r"\instrument percussion 36 38")
def percussion_silent(piece: Piece) -> Iterator[Problem]:
    """A number on a percussion staff belongs to no articulation.

    alphaTab draws and plays nothing for it. A fret without its string (`3` for `3.3`) also reads as percussion.
    """
    for line in piece.lines:
        for moment in line.moments:
            for note, node in moment.notes:
                unknown = note.percussion is None and node.value.number is not None
                if unknown and line.staff.kind is NoteKind.PERCUSSION:
                    yield Problem(node.span, f"percussion number {node.value.value} is silent")


@rule(
    "AE211",
    "voices-on-one-string",
    WARNING,
    bad=r"\voice 5.1.1 \voice 3.1.1",
    good=r"\voice 5.1.1 \voice 8.2.1",
)
def voices_on_one_string(piece: Piece) -> Iterator[Problem]:
    """Two voices strike different frets of one string at the same time.

    They share the strings of one instrument, and a string sounds one note at a time. The same fret in both is one note
    that belongs to both; ties are not judged.
    """
    for _, moments in _together(piece):
        taken: dict[int | None, int | None] = {}
        for moment in moments:
            struck = [(note, node) for note, node in moment.notes if not note.tied]
            for note, node in struck:
                if taken.get(note.string, note.fret) != note.fret:
                    message = f"another voice strikes fret {taken[note.string]} of string {note.string}"
                    yield Problem(node.span, message, "move one of the notes to another string")
            taken |= {note.string: note.fret for note, _ in struck}


def _fretted(piece: Piece) -> Iterator[tuple[Staff, Moment]]:
    """The beats of staves with frets."""
    for line in piece.lines:
        if line.staff.kind is NoteKind.FRETTED:
            for moment in line.moments:
                yield line.staff, moment


def _fretted_notes(piece: Piece) -> Iterator[tuple[Staff, Note, nodes.Note]]:
    return ((staff, note, node) for staff, moment in _fretted(piece) for note, node in moment.notes if not note.tied)


def _together(piece: Piece) -> Iterator[tuple[Staff, list[Moment]]]:
    """The beats of staves with frets that strike something, those of several voices at the same time together."""
    found: dict[Hashable, tuple[Staff, list[Moment]]] = {}
    for line in piece.lines:
        if line.staff.kind is NoteKind.FRETTED:
            for bar in line.bars:
                for number, moment in enumerate(bar.moments):
                    beat, place = moment.beat, bar.place
                    time = (place[:3], beat.onset) if beat.duration else (place, number)
                    if beat.notes:
                        found.setdefault(time, (line.staff, []))[1].append(moment)
    return iter(found.values())


def _beyond_a_hand(piece: Piece, fault: Callable[[Shape], str | None], help_: str) -> Iterator[Problem]:
    """The beats with which one hand has too much to hold, those of earlier voices that strike with them included."""
    for staff, moments in _together(piece):
        held: Shape = []
        for moment in moments:
            shape = _shape(moment, int(staff.capo))
            held = [*held, *shape]
            message = fault(held)
            if message is not None:
                where = "with the other voices " if len(held) > len(shape) else ""
                yield Problem(moment.node.span, where + message, help_)
                break


def _shape(moment: Moment, capo: int) -> Shape:
    """What the fingers of one hand do in a beat; nothing can be told of tapped notes and harmonics."""
    notes = moment.beat.notes
    if TWO_HANDED & {*moment.beat.effects, *(name for note in notes for name in note.effects)}:
        return []
    written = [(note.string, note.fret) for note in notes if note.string is not None and note.fret is not None]
    frets = [(string, fret + capo if fret else 0) for string, fret in written if fret >= 0]
    return [(string, fret) for string, fret in frets if 0 <= fret <= FRETS]


def _too_wide(shape: Shape) -> str | None:
    frets = [fret for _, fret in shape if fret > 0]
    width = span_mm(min(frets), max(frets)) if frets else 0
    if width <= HAND_MM:
        return None
    return f"frets {min(frets)} and {max(frets)} are {width:.0f} mm apart, a hand spans {HAND_MM:.0f} mm"


def _too_many(shape: Shape) -> str | None:
    needed = fingers(shape)
    return f"this needs {needed} fingers" if needed > FINGERS else None
