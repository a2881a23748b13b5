"""What score-level and bar-level tags set. Tags that only concern the page (widths, headers, styles) set nothing."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.nodes import Kind
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.score import ChordDiagram, Section, Tempo
from alphatex_eval.music.words import enum_word, values_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from alphatex_eval.language.nodes import Arguments, Literal, Tag
    from alphatex_eval.music.drafts import BarDraft, MasterDraft, ScoreDraft, StaffDraft, TrackDraft
    from alphatex_eval.music.score import Value

    Values = tuple[Literal, ...]
    BarSetter = Callable[[MasterDraft, BarDraft, Values], None]

HIDE = "hide"
MINOR = "minor"
COMMON = "common"
AUTOMATIC_LINE = "automatic"

INFORMATION = {
    **{name: name for name in ("title", "subtitle", "artist", "album", "words", "music", "copyright")},
    **{name: name for name in ("instructions", "notices")},
    "tab": "transcriber",
}
"""Tags with the field of `Score` that their first argument sets."""


def set_information(score: ScoreDraft, tag: Tag) -> None:
    """A score-level tag."""
    if tag.key in INFORMATION:
        score.information[INFORMATION[tag.key]] = text_at(values_of(tag.arguments), 0)


def set_bar(master: MasterDraft, bar: BarDraft, tag: Tag) -> None:
    """A bar-level tag."""
    setter = _BAR_TAGS.get(tag.key)
    if setter is not None:
        setter(master, bar, values_of(tag.arguments))


def set_staff(staff: StaffDraft, tag: Tag) -> None:
    """A staff-level tag that does not concern strings and note kinds, which are the context's."""
    values = values_of(tag.arguments)
    if tag.key == "capo":
        staff.capo = number_at(values, 0)
    elif tag.key == "transpose":
        staff.transposition = number_at(values, 0)
    elif tag.key == "chord":
        chord = _chord(tag, values)
        staff.chords[chord.name.lower()] = chord


def set_track(track: TrackDraft, tag: Tag) -> None:
    r"""The names, volume and balance of `\track`; its instrument is the context's."""
    values = values_of(tag.arguments)
    if values:
        track.name = text_at(values, 0)
        track.short_name = text_at(values, 1) or track.short_name
    for item in tag.properties.items if tag.properties else ():
        if item.key == "volume":
            track.volume = number_at(values_of(item.arguments), 0)
        elif item.key == "balance":
            track.balance = number_at(values_of(item.arguments), 0)


def beat_tempo(arguments: Arguments | None) -> Tempo:
    """The tempo of `{tempo …}`, at the start of the bar until the onset of its beat is known."""
    values = values_of(arguments)
    label = text_at(values, 1)
    hidden = HIDE in (label, text_at(values, 2))
    shown_label = "" if len(values) == 2 and label == HIDE else label
    return Tempo(number_at(values, 0), label=shown_label, visible=not hidden)


def text_at(values: Values, index: int) -> str:
    """The text of an argument, empty where there is none."""
    return (values[index].text or "") if index < len(values) else ""


def number_at(values: Values, index: int) -> Value:
    """The number of an argument, 0 where there is none."""
    number = values[index].number if index < len(values) else None
    return 0 if number is None else number


def _chord(tag: Tag, values: Values) -> ChordDiagram:
    played = [value for value in values[1:] if value.kind is not Kind.STRING]
    frets = tuple(value.value if isinstance(value.value, int) else None for value in played)
    firsts = [item for item in (tag.properties.items if tag.properties else ()) if item.key == "firstfret"]
    first_fret = number_at(values_of(firsts[-1].arguments), 0) if firsts else 1
    return ChordDiagram(text_at(values, 0), frets, int(first_fret))


def _time_signature(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    if text_at(values, 0).lower() == COMMON:
        master.common_time, master.time_signature = True, (4, 4)
        return
    numerator, denominator = int(number_at(values, 0)), int(number_at(values, 1))
    if numerator > 0 and denominator in _denominators():
        master.time_signature = numerator, denominator


@cache
def _denominators() -> frozenset[int]:
    return frozenset(vocabulary().data["ranges"]["time_signature_denominator"])


def _endings(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    master.endings |= {int(value.value) for value in values if value.number is not None}


def _key(_master: MasterDraft, bar: BarDraft, values: Values) -> None:
    word = text_at(values, 0).lower()
    key = vocabulary().enums["keySignature"].get(word)
    if key is not None:
        bar.key, bar.minor = key, word.endswith(MINOR)


def _tempo(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    texts = [value.text for value in values[1:] if value.text is not None]
    numbers = [value.number for value in values[1:] if value.number is not None]
    labels = [text for text in texts if text != HIDE]
    position = Fraction(numbers[-1]) if numbers else Fraction(0)
    label = labels[-1] if labels else ""
    tempo = Tempo(number_at(values, 0), position, label, HIDE not in texts)
    master.tempos = {**master.tempos, position: tempo}


def _section(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    texts = [text_at(values, index) for index in range(2)]
    master.section = Section(text=texts[0]) if len(values) == 1 else Section(*texts)


def _flag(name: str) -> BarSetter:
    """A tag that sets a flag of the master bar."""
    return lambda master, _bar, _values: setattr(master, name, True)


def _word(enum: str, name: str) -> BarSetter:
    """A tag that sets a word of the bar."""
    return lambda _master, bar, values: setattr(bar, name, enum_word(enum, values) or getattr(bar, name))


def _line(_master: MasterDraft, bar: BarDraft, values: Values) -> None:
    bar.styled_lines = bar.styled_lines or not values or text_at(values, 0).lower() != AUTOMATIC_LINE


def _pedal(kind: str) -> BarSetter:
    def mark(_master: MasterDraft, bar: BarDraft, values: Values) -> None:
        bar.pedals += ((kind, float(number_at(values, 0))),)

    return mark


def _repeat_count(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    master.repeat_count = number_at(values, 0)


def _triplet_feel(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    master.triplet_feel = enum_word("tripletFeel", values) or master.triplet_feel


def _jump(master: MasterDraft, _bar: BarDraft, values: Values) -> None:
    word = enum_word("direction", values)
    if word is not None and word not in master.jumps:
        master.jumps += (word,)


_BAR_TAGS: dict[str, BarSetter] = {
    "ac": _flag("anacrusis"),
    "ae": _endings,
    "barlineleft": _line,
    "barlineright": _line,
    "clef": _word("clef", "clef"),
    "db": _line,
    "ft": _flag("free_time"),
    "jump": _jump,
    "ks": _key,
    "ottava": _word("ottavia", "ottava"),
    "rc": _repeat_count,
    "ro": _flag("repeat_start"),
    "section": _section,
    "simile": _word("simileMark", "simile"),
    **{kind: _pedal(kind) for kind in ("spd", "sph", "spu")},
    "tempo": _tempo,
    "tf": _triplet_feel,
    "ts": _time_signature,
}
