"""One beat of the syntax tree as a draft: running values, notes and their properties."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.language.context import Context, NoteKind, Running, pitch_of
from alphatex_eval.language.nodes import Note
from alphatex_eval.language.shortcuts import beats_of, parsed_beat
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.drafts import BarDraft, BeatDraft, NoteDraft
from alphatex_eval.music.pitch import harmonic_interval, natural_harmonic_node
from alphatex_eval.music.tags import beat_tempo, number_at
from alphatex_eval.music.words import effect_values, enum_word, values_of

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Arguments, Beat, DurationChange, Literal, Property
    from alphatex_eval.language.shortcuts import KnownBar
    from alphatex_eval.music.score import Value

    State = tuple[int, tuple[Value, Value] | None, str]
    """Running values: duration, tuplet and dynamics."""

DEAD = "x"
TIE = "-"
MARKS = (DEAD, TIE)
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
    if node.duration is not None:
        running.duration = _note_value(node.duration, running.duration)
    if node.properties is None and isinstance(node.content, Note) and node.content.properties is None:
        return _plain_beat(context, node.content)
    beat = BeatDraft()
    for note in node.notes:
        _read_note(context, bar, beat, note)
    beat.value, beat.dynamics = running.duration, running.dynamics
    if running.tuplet is not None and beat.tuplet in NO_TUPLET:
        beat.tuplet = running.tuplet
    if node.properties is not None:
        for item in node.properties.items:
            _set_beat(context, bar, beat, item)
    return beat


def read_known_beats(context: Context, bar: KnownBar) -> tuple[BeatDraft, ...] | None:
    """The drafts of known beats, None where they must be read one by one: off frets, or where they do more."""
    staff, running = context.current_staff, context.running
    if staff.kind is not NoteKind.FRETTED:
        return None
    found = _bar_of_frets(bar.text, len(staff.strings), (running.duration, running.tuplet, running.dynamics))
    if found is None:
        return None
    drafts, (running.duration, running.tuplet, running.dynamics) = found
    return drafts


@lru_cache(maxsize=8192)
def _bar_of_frets(text: str, strings: int, state: State) -> tuple[tuple[BeatDraft, ...], State] | None:
    drafts = []
    for _, beat in beats_of(text):
        found = _beat_of_frets(beat, strings, state)
        if found is None:
            return None
        draft, state = found
        drafts.append(draft)
    return tuple(drafts), state


@lru_cache(maxsize=16384)
def _beat_of_frets(text: str, strings: int, state: State) -> tuple[BeatDraft, State] | None:
    """The draft of a beat on a staff with so many strings, and the running values after it.

    None for one that counts several times, and for one that marks a pedal or changes the tempo, which concerns its bar.
    """
    node = parsed_beat(text)
    if node is None or node.multiplier is not None:
        return None
    context, bar = Context(), BarDraft()
    staff, context.running = context.current_staff, Running(*state)
    staff.kind, staff.strings = NoteKind.FRETTED, (0,) * strings
    draft = read_beat(context, bar, node)
    if draft is None or bar.pedals or draft.tempos:
        return None
    running = context.running
    return draft, (running.duration, running.tuplet, running.dynamics)


def _plain_beat(context: Context, note: Note) -> BeatDraft:
    """A beat of one note, both without properties."""
    running, staff = context.running, context.current_staff
    if note.string is not None and staff.kind is NoteKind.FRETTED:
        struck = _fretted(len(staff.strings), note.value.value, note.string.number)
    else:
        struck = _struck_note(context, note)
    return _shared_beat(struck, running.duration, running.tuplet, running.dynamics)


@lru_cache(maxsize=8192)
def _shared_beat(note: NoteDraft | None, value: int, tuplet: tuple[Value, Value] | None, dynamics: str) -> BeatDraft:
    """Most beats are one plain note; those that are alike share one draft."""
    return BeatDraft(value, 0, tuplet, None, dynamics, [] if note is None else [note])


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
        if item.key not in vocabulary().note_properties:
            _set_beat(context, bar, beat, item)
        elif beat.notes:
            beat.notes[-1] = _with_property(beat.notes[-1], item)


def _struck_note(context: Context, node: Note) -> NoteDraft | None:
    """The note without its properties, None where it means nothing: alphaTab drops it with an error."""
    value = node.value.value
    if node.string is not None:
        fretted = context.settle(NoteKind.FRETTED) is NoteKind.FRETTED
        return _fretted(len(context.current_staff.strings), value, node.string.number) if fretted else None
    if not isinstance(value, str):
        number = int(value) if value in _articulations() else None
        return _percussion(number) if context.settle(NoteKind.PERCUSSION) is NoteKind.PERCUSSION else None
    if value in MARKS:
        return _mark(context, value)
    pitch = pitch_of(value)
    if pitch is not None:
        return _pitched(pitch) if context.settle(NoteKind.PITCHED) is NoteKind.PITCHED else None
    number = context.percussion_number(value)
    if number is None or context.settle(NoteKind.PERCUSSION) is not NoteKind.PERCUSSION:
        return None
    return _percussion(number)


def _mark(context: Context, mark: str) -> NoteDraft | None:
    """`x` or `-` without a string: it needs one on a staff of frets, elsewhere it has neither string nor pitch."""
    kind = context.current_staff.kind
    if kind is NoteKind.FRETTED:
        return None
    return NoteDraft(is_percussion=kind is NoteKind.PERCUSSION, dead=mark == DEAD, tie=mark == TIE)


@lru_cache(maxsize=4096)
def _fretted(strings: int, fret: Value, string: Value | None) -> NoteDraft | None:
    """A note on a string of so many, None where there is no such string."""
    if string is None or isinstance(string, str) or not 1 <= string <= strings:
        return None
    line = strings - int(string) + 1
    return NoteDraft(line=line, fret=0 if isinstance(fret, str) else int(fret), dead=fret == DEAD, tie=fret == TIE)


@lru_cache(maxsize=1024)
def _pitched(pitch: int) -> NoteDraft:
    return NoteDraft(pitch=pitch)


@lru_cache(maxsize=1024)
def _percussion(number: int | None) -> NoteDraft:
    return NoteDraft(is_percussion=True, percussion=number)


def _with_property(note: NoteDraft, item: Property) -> NoteDraft:
    key = item.key
    if key == DEAD:
        return replace(note, dead=True)
    if key in TIE_PROPERTIES:
        return replace(note, tie=True)
    effects = {**note.effects, key: effect_values(item)}
    if key == "nh":
        node = natural_harmonic_node(note.fret)
        return replace(note, natural=True, interval=harmonic_interval(node), effects=effects)
    if key not in HARMONICS:
        return replace(note, effects=effects)
    values = values_of(item.arguments)
    interval = harmonic_interval(float(number_at(values, 0))) if values else note.interval
    return replace(note, natural=False, interval=interval, effects=effects)


def _set_beat(context: Context, bar: BarDraft, beat: BeatDraft, item: Property) -> None:
    key = item.key
    if key in DOTS:
        beat.dots = DOTS[key]
    elif key == "tu":
        beat.tuplet = _tuplet(item.arguments)
    elif key == "gr":
        beat.grace = _grace(item.arguments)
    elif key == "dy":
        dynamics = enum_word("dynamicValue", values_of(item.arguments)) or context.running.dynamics
        beat.dynamics = context.running.dynamics = dynamics
    elif key == "tempo":
        beat.tempos.append(beat_tempo(item.arguments))
    else:
        _set_effect(bar, beat, item)


def _set_effect(bar: BarDraft, beat: BeatDraft, item: Property) -> None:
    if item.key == "ds" and len(beat.notes) == 1 and beat.notes[0].dead:
        beat.notes.clear()
    if item.key in PEDALS:
        share = 1.0 if item.key == "spe" else PEDAL_STEP * len(bar.pedals)
        bar.pedals += ((PEDALS[item.key], share),)
    beat.effects = {**beat.effects, item.key: effect_values(item)}


def _tuplet(arguments: Arguments | None) -> tuple[Value, Value] | None:
    values = values_of(arguments)
    numerator = number_at(values, 0)
    if len(values) == 2:
        return (0, 0) if values[0].number is None else (numerator, number_at(values, 1))
    denominator = vocabulary().data["tuplets"].get(str(numerator))
    return None if denominator is None else (numerator, denominator)


def _grace(arguments: Arguments | None) -> str | None:
    values = values_of(arguments)
    return enum_word("graceType", values) if values else "beforebeat"


@cache
def _note_values() -> frozenset[int]:
    return frozenset(vocabulary().data["durations"]["allowed"])


@cache
def _articulations() -> frozenset[int]:
    return frozenset(vocabulary().data["percussion"]["articulation_ids"])
