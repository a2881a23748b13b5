"""Tabs to alphaTex text in the formatter's canonical form.

Every bar says the value of its first beat, so that it can be read, copied and repeated by itself; within it the running
duration is kept: `:N` opens a run of equal values, `.N` serves a single beat.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_model.data.instruments import note_name
from alphatex_model.data.rhythm import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_model.data.tab import Note, Tab, TabBeat, Track
    from alphatex_model.data.tunes import Bar

VOLUME = 12
DOTS: tuple[tuple[str, ...], ...] = ((), ("d",), ("dd",))
NO_BASE = 0
"""The running value at the start of a bar, which says its own."""
USUAL_TUPLETS = ((3, 2), (5, 4), (7, 4), (9, 8), (11, 8))
"""Tuplets that one number names."""


def write(tab: Tab) -> str:
    """The alphaTex text of a tab, ending with a line break."""
    lines = [f"\\title {quoted(tab.title)}"]
    if tab.composer:
        lines.append(f"\\music {quoted(tab.composer)}")
    for index, track in enumerate(tab.tracks):
        lines += _head(track)
        if index == 0:
            lines.append(f"\\tempo {tab.tempo}")
        lines += _body(track, leads=index == 0)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _head(track: Track) -> Iterator[str]:
    """What stands before a track's first bar."""
    instrument = track.instrument
    yield f"\\track {quoted(track.name or instrument.track)} {{instrument {instrument.sound} volume {VOLUME}}}"
    if not instrument.tuning:
        yield "\\staff {score}"
        yield "\\articulation (defaults)"
        return
    yield "\\staff {score tabs}"
    yield f"\\tuning ({' '.join(note_name(pitch) for pitch in instrument.tuning)})"
    if instrument.capo:
        yield f"\\capo {instrument.capo}"
    for chord in track.chords:
        frets = " ".join("x" if fret is None else str(fret) for fret in chord.frets)
        yield f"\\chord ({quoted(chord.name)} {frets})"


def _body(track: Track, *, leads: bool) -> Iterator[str]:
    """A track's bars, one voice after the other; what all tracks share is written where the first track `leads`."""
    two_voices = any(bar.second for bar in track.bars)
    yield from ["\\voice"] * two_voices
    before: Bar | None = None
    for bar, line in zip(track.bars, write_voice([bar.beats for bar in track.bars]), strict=True):
        yield from bar_tags(bar.frame, before, leads=leads, keyed=bool(track.instrument.tuning))
        yield line
        before = bar.frame
    if two_voices:
        yield "\\voice"
        yield from write_voice([bar.second for bar in track.bars])


def bar_tags(bar: Bar, before: Bar | None, *, leads: bool, keyed: bool) -> list[str]:
    """The tags of a bar after bar `before`: those all tracks share if its track `leads`, the key if it is `keyed`."""
    tags = (
        (leads and bar.section, f"\\section ({quoted(bar.section)})"),
        (leads and (before is None or bar.meter != before.meter), f"\\ts ({bar.meter[0]} {bar.meter[1]})"),
        (keyed and (before is None or bar.key != before.key), f"\\ks {bar.key}"),
        (leads and bar.tempo and before is not None, f"\\tempo {bar.tempo}"),
        (leads and bar.pickup, "\\ac"),
        (leads and bar.repeat_open, "\\ro"),
        (leads and bar.repeat_close, f"\\rc {bar.repeat_close}"),
        (leads and bar.ending, f"\\ae ({' '.join(map(str, (bar.ending, *bar.further_endings)))})"),
    )
    return [tag for wanted, tag in tags if wanted]


def write_voice(bars: Sequence[Sequence[TabBeat]]) -> Iterator[str]:
    """The bars of one voice, a line each. A tuplet lasts beyond the bar line until `:N` ends it."""
    tuplet = (1, 1)
    for number, beats in enumerate(bars, start=1):
        yield write_beats(beats, tuplet) + (" |" if number < len(bars) else "")
        tuplet = beats[-1].value.tuplet


def write_beats(beats: Sequence[TabBeat], tuplet: tuple[int, int] = (1, 1)) -> str:
    """The beats of one voice of a bar on one line; `tuplet` is the one in force at its start."""
    written = []
    running = Value(NO_BASE, 0, tuplet)
    for beat, following in pairwise([*beats, None]):
        assert beat is not None
        value = undotted(beat.value)
        prefix = value != running and _needs_change(beat, following, running)
        suffix = (value != running and not prefix) or _states_value(beat)
        written.append(write_beat(beat, prefix=prefix, suffix=suffix))
        running = value
    return " ".join(written)


def undotted(value: Value) -> Value:
    """What the running duration knows of a value: its base and tuplet."""
    return Value(value.base, 0, value.tuplet)


def _needs_change(beat: TabBeat, following: TabBeat | None, running: Value) -> bool:
    """Whether a new value is better said by `:N`: in and after tuplets, and for a run of equal values."""
    value = undotted(beat.value)
    if value.tuplet != running.tuplet:
        return True
    opens_run = following is not None and undotted(following.value) == value
    return opens_run and not _states_value(beat)


def _states_value(beat: TabBeat) -> bool:
    """Beat properties of a single note need a duration before them: a block after the note would be the note's."""
    return len(beat.notes) == 1 and bool(beat.effects or beat.value.dots)


def write_beat(beat: TabBeat, *, prefix: bool, suffix: bool) -> str:
    """One beat, with a duration change before it (`prefix`), a duration after it (`suffix`), or neither."""
    value = beat.value
    change = f":{value.base}{_tuplet(value.tuplet)} " if prefix else ""
    duration = f".{value.base}" if suffix else ""
    effects = [*DOTS[value.dots], *beat.effects]
    return change + write_notes(beat.notes) + duration + block(effects)


def block(properties: Sequence[str]) -> str:
    """Properties in braces; nothing without any."""
    return f"{{{' '.join(properties)}}}" if properties else ""


def _tuplet(ratio: tuple[int, int]) -> str:
    if ratio == (1, 1):
        return ""
    return f"{{tu {ratio[0]}}}" if ratio in USUAL_TUPLETS else f"{{tu ({ratio[0]} {ratio[1]})}}"


def write_notes(notes: Sequence[Note]) -> str:
    """`r`, a note, or a chord in parentheses."""
    if not notes:
        return "r"
    written = [write_note(note) for note in notes]
    return written[0] if len(written) == 1 else f"({' '.join(written)})"


def write_note(note: Note) -> str:
    """A note and its own properties."""
    return note.text + block(note.effects)
