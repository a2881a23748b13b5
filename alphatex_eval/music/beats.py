"""One beat of the syntax tree as a draft: running values, notes and their properties."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.context import NoteKind, pitch_of
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.drafts import BeatDraft, NoteDraft
from alphatex_eval.music.pitch import harmonic_interval, natural_harmonic_node
from alphatex_eval.music.tags import beat_tempo, number_at
from alphatex_eval.music.words import effect_values, first_spellings, values_of

if TYPE_CHECKING:
    from alphatex_eval.language.context import Context
    from alphatex_eval.language.nodes import Arguments, Beat, DurationChange, Literal, Note, Property
    from alphatex_eval.music.drafts import BarDraft
    from alphatex_eval.music.score import Value

DEAD = "x"
TIE = "-"
DOTS = {"d": 1, "dd": 2}
TIE_PROPERTIES = frozenset({"t", "-"})
HARMONICS = frozenset({"ah", "th", "ph", "sh", "fh"})
PEDALS = {"spd": "spd", "sph": "sph", "spu": "spu", "spe": "spu"}
PEDAL_STEP = 0.001
NO_TUPLET = (None, (1, 1), (-1, -1))


def read_beat(context: Context, bar: BarDraft, node: Beat) -> BeatDraft | None:
    """The draft of a beat, None for a lone duration change; the running values of the context move on."""
    if node.duration_change is not None:
        _change_duration(context, node.duration_change)
    if node.content is None:
        return None
    running = context.running
    beat = BeatDraft()
    for note in node.notes:
        _read_note(context, bar, beat, note)
    if node.duration is not None:
        running.duration = _note_value(node.duration, running.duration)
    beat.value, beat.dynamics = running.duration, running.dynamics
    if running.tuplet is not None and beat.tuplet in NO_TUPLET:
        beat.tuplet = running.tuplet
    if node.properties is not None:
        for item in node.properties.items:
            _set_beat(context, bar, beat, item)
    return beat


def _change_duration(context: Context, change: DurationChange) -> None:
    running = context.running
    running.duration = _note_value(change.duration, running.duration)
    running.tuplet = None
    for item in change.properties.items if change.properties else ():
        running.tuplet = _tuplet(item.arguments)


def _note_value(literal: Literal, running: int) -> int:
    return literal.value if isinstance(literal.value, int) and literal.value in _note_values() else running


def _read_note(context: Context, bar: BarDraft, beat: BeatDraft, node: Note) -> None:
    note = _struck_note(context, node)
    if note is None:
        return
    beat.notes.append(note)
    for item in node.properties.items if node.properties else ():
        if item.key in vocabulary().note_properties:
            _set_note(note, item)
        else:
            _set_beat(context, bar, beat, item)


def _struck_note(context: Context, node: Note) -> NoteDraft | None:
    """The note without its properties, None where the reference drops it with an error."""
    text = node.value.text
    note = NoteDraft(dead=text == DEAD, tie=text == TIE)
    kind = _kind_of(context, node, note)
    if context.settle(kind) is not kind and kind is not None:
        return None
    kind = context.current_staff.kind
    if kind is NoteKind.FRETTED:
        note.line = _line(context, node)
        note.fret = 0 if isinstance(node.value.value, str) else int(node.value.value)
        return None if note.line is None else note
    note.is_percussion = kind is NoteKind.PERCUSSION
    return None if note.is_percussion and text is not None and note.percussion is None and not _is_mark(text) else note


def _is_mark(text: str) -> bool:
    return text in (DEAD, TIE)


def _kind_of(context: Context, node: Note, note: NoteDraft) -> NoteKind | None:
    """The kind that the spelling shows; pitch or articulation number go into the note."""
    text, number = node.value.text, node.value.number
    if node.string is not None:
        return NoteKind.FRETTED
    if text is None:
        note.percussion = int(number or 0) if number in _articulations() else None
        return NoteKind.PERCUSSION
    if _is_mark(text):
        return None
    note.pitch = pitch_of(text)
    if note.pitch is not None:
        return NoteKind.PITCHED
    note.percussion = context.percussion_number(text)
    return NoteKind.PERCUSSION


def _line(context: Context, node: Note) -> int | None:
    """The string counted from the last one, None where there is no such string."""
    strings = len(context.current_staff.strings)
    number = node.string.number if node.string is not None else None
    return strings - int(number) + 1 if number is not None and 1 <= number <= strings else None


def _set_note(note: NoteDraft, item: Property) -> None:
    key = item.key
    if key == "x":
        note.dead = True
    elif key in TIE_PROPERTIES:
        note.tie = True
    else:
        if key == "nh":
            note.natural, note.interval = True, harmonic_interval(natural_harmonic_node(note.fret))
        elif key in HARMONICS:
            note.natural = False
            if values_of(item.arguments):
                note.interval = harmonic_interval(_float_at(item.arguments))
        note.effects = {**note.effects, key: effect_values(item)}


def _float_at(arguments: Arguments | None) -> float:
    return float(number_at(values_of(arguments), 0))


def _set_beat(context: Context, bar: BarDraft, beat: BeatDraft, item: Property) -> None:
    key = item.key
    if key in DOTS:
        beat.dots = DOTS[key]
    elif key == "tu":
        beat.tuplet = _tuplet(item.arguments)
    elif key == "gr":
        beat.grace = _grace(item.arguments)
    elif key == "dy":
        beat.dynamics = context.running.dynamics = first_spellings("dynamicValue")[_word(item.arguments)]
    elif key == "tempo":
        beat.tempos.append(beat_tempo(item.arguments))
    else:
        _set_effect(bar, beat, item)


def _set_effect(bar: BarDraft, beat: BeatDraft, item: Property) -> None:
    if item.key == "ds" and len(beat.notes) == 1 and beat.notes[0].dead:
        beat.notes.clear()
    if item.key in PEDALS:
        share = 1.0 if item.key == "spe" else PEDAL_STEP * len(bar.pedals)
        bar.pedals.append((PEDALS[item.key], share))
    beat.effects = {**beat.effects, item.key: effect_values(item)}


def _tuplet(arguments: Arguments | None) -> tuple[Value, Value] | None:
    values = values_of(arguments)
    numerator = number_at(values, 0)
    if len(values) == 2:
        return numerator, number_at(values, 1)
    denominator = vocabulary().data["tuplets"].get(str(numerator))
    return None if denominator is None else (numerator, denominator)


def _grace(arguments: Arguments | None) -> str:
    return first_spellings("graceType")[_word(arguments)] if values_of(arguments) else "beforebeat"


def _word(arguments: Arguments | None) -> str:
    return (values_of(arguments)[0].text or "").lower()


@cache
def _note_values() -> frozenset[int]:
    return frozenset(vocabulary().data["durations"]["allowed"])


@cache
def _articulations() -> frozenset[int]:
    return frozenset(vocabulary().data["percussion"]["articulation_ids"])
