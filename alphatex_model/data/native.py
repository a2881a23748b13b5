"""Pieces that come with their strings and frets, from what their readers found to a finished tab."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language import check
from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.language.vocabulary import raw
from alphatex_eval.lints import lint, rules
from alphatex_model.data.barlines import mark_pickups
from alphatex_model.data.keys import key_name
from alphatex_model.data.notation import clean_text
from alphatex_model.data.rhythm import spell
from alphatex_model.data.tab import Tab, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Finished, Provenance, Tune, total
from alphatex_model.data.writer import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.tab import Note

Voices = tuple[tuple[TabBeat, ...], tuple[TabBeat, ...]]
"""The beats of a bar's two voices; a voice without beats is silent."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of its piece, as it is written there."""

    title: str
    composer: str
    tempo: int
    credits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A fretted track: its instrument and every bar's voices."""

    instrument: Instrument
    bars: tuple[Voices, ...]


def finished(
    name: str, origin: Provenance, head: Head, frames: Sequence[Bar], parts: Sequence[Callable[[], Part]]
) -> Finished:
    """The piece `name` with its parts in bars as `frames` print them (their events are found here).

    Parts that cannot be read, or whose bars do not add up, are left out. Raises `BrokenTuneError` where none is left
    with a note.
    """
    bars, tracks = _tracks(frames, parts)
    title, composer = clean_text(head.title) or name.rpartition("/")[2], clean_text(head.composer)
    attribution = "; ".join(filter(None, (*map(clean_text, head.credits), origin.attribution)))
    tune = Tune(f"{origin.source}/{name}", origin.source, title, composer, origin.licence, attribution, bars)
    return Finished(tune, write(Tab(title, composer, head.tempo, tracks)))


def _tracks(frames: Sequence[Bar], readers: Sequence[Callable[[], Part]]) -> tuple[tuple[Bar, ...], tuple[Track, ...]]:
    """The bars of the first part that sounds and adds up, and the tracks of all parts that are as long."""
    reason = "no fretted track in it"
    bars: tuple[Bar, ...] = ()
    parts: list[Part] = []
    for read in readers:
        try:
            parts.append(read())
            bars = bars or _leading(frames, parts[-1])
        except BrokenTuneError as error:
            reason = str(error)
    if not bars:
        raise BrokenTuneError(reason)
    tracks: list[Track] = []
    for part in parts:
        with suppress(BrokenTuneError):
            tracks.append(_track(part, bars))
    return bars, tuple(tracks)


def _leading(frames: Sequence[Bar], part: Part) -> tuple[Bar, ...]:
    """The bars with the part's music; raises `BrokenTuneError` if it is silent or does not add up."""
    bars = tuple(mark_pickups([_sounding(*pair, part) for pair in zip(frames, part.bars, strict=True)]))
    if not any(event.pitches for bar in bars for event in bar.events):
        raise BrokenTuneError("no note in the first voice of a fretted track")
    _track(part, bars)
    return bars


def _track(part: Part, bars: Sequence[Bar]) -> Track:
    """The part in these bars; raises `BrokenTuneError` if one of its voices is longer or shorter than they are."""
    voices = zip(*(_struck_ties(voice) for voice in zip(*part.bars, strict=True)), strict=True)
    return Track(part.instrument, _in_two_voices(list(map(_bar, bars, voices))))


def checked(piece: Finished) -> Finished:
    """The piece, if `alphatex check` finds nothing wrong with it; raises `BrokenTuneError` with the first error."""
    report = check(piece.text)
    errors = [found for found in report.diagnostics if found.severity is Severity.ERROR]
    if report.accepted:
        errors += lint(piece.text, select=_error_lints(), report=report)
    if errors or not report.accepted:
        first = min(errors, key=lambda found: found.start)
        raise BrokenTuneError(f"line {first.line}: {first.code} {first.message}")
    return piece


@cache
def _error_lints() -> tuple[str, ...]:
    return tuple(rule.code for rule in rules() if rule.severity is Severity.ERROR)


def sound_of(program: int) -> str:
    """AlphaTab's name of a General MIDI program; raises `BrokenTuneError` for a number that is none."""
    names: dict[str, int] = raw()["instruments"]
    for name, number in names.items():
        if number == program:
            return name
    raise BrokenTuneError(f"{program} is no MIDI program: they go from 0 to 127")


def signature_of(fifths: int, *, minor: bool) -> str:
    """The key signature; C major for what is none."""
    return key_name(fifths, minor=minor) if abs(fifths) <= 7 else "c"


def endings_of(mask: int) -> tuple[int, ...]:
    """The numbers of the alternate endings that a bit mask stands for; a lone 0 for none."""
    return tuple(number for number in range(1, max(mask, 0).bit_length() + 1) if mask >> (number - 1) & 1) or (0,)


def _sounding(frame: Bar, voices: Voices, part: Part) -> Bar:
    """The bar with the music of its first voice; silent as long as its time signature says where there is none."""
    events = tuple(_event(beat, part.instrument) for beat in voices[0] if beat.duration)
    return replace(frame, events=events or (Event(frame.capacity),))


def _event(beat: TabBeat, instrument: Instrument) -> Event:
    notes = {instrument.strings[n.string - 1] + n.fret: n for n in beat.notes if isinstance(n, TabNote)}
    tied = frozenset(pitch for pitch, note in notes.items() if "t" in note.effects)
    return Event(beat.value.duration, tuple(sorted(notes)), tied)


def _struck_ties(bars: Sequence[tuple[TabBeat, ...]]) -> Iterator[tuple[TabBeat, ...]]:
    """A voice's bars without the ties that continue no note of the beat before: such notes are struck again."""
    sounding: dict[int, int] = {}
    for beats in bars:
        struck = []
        for beat in beats:
            notes = tuple(_struck(note, sounding) for note in beat.notes)
            sounding = {note.string: note.fret for note in notes if isinstance(note, TabNote)}
            struck.append(replace(beat, notes=notes))
        yield tuple(struck)


def _struck(note: Note, sounding: Mapping[int, int]) -> Note:
    if not isinstance(note, TabNote) or sounding.get(note.string) == note.fret:
        return note
    return replace(note, effects=tuple(effect for effect in note.effects if effect != "t"))


def _bar(frame: Bar, voices: Voices) -> TabBar:
    for voice in filter(None, voices):
        length = total(beat.duration for beat in voice)
        if length != frame.length:
            raise BrokenTuneError(f"a bar holds {length} of a whole note instead of {frame.length}")
    return TabBar(frame, voices[0] or _silence(frame), voices[1])


def _in_two_voices(bars: Sequence[TabBar]) -> tuple[TabBar, ...]:
    """The bars with a second voice in all of them if there is one in any."""
    if not any(bar.second for bar in bars):
        return tuple(bars)
    return tuple(replace(bar, second=bar.second or _silence(bar.frame)) for bar in bars)


def _silence(frame: Bar) -> tuple[TabBeat, ...]:
    return tuple(TabBeat(value) for value in spell(frame.length))
