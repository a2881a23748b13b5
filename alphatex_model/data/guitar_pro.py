"""Guitar Pro 3 to 5 files to tabs: strings, frets, grace notes and techniques as their editor wrote them.

Fretted tracks are kept with two voices; percussion tracks are left out. Like every tune, a file whose bars do not add
up is a `BrokenTuneError`.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version
from struct import error as StructError
from typing import TYPE_CHECKING, Any

from alphatex_model.data.instruments import Instrument
from alphatex_model.data.native import Head, Part, endings_of, finished, signature_of, sound_of
from alphatex_model.data.notation import clean_text
from alphatex_model.data.rhythm import Value
from alphatex_model.data.tab import GRACE, ON_BEAT_GRACE, DeadNote, Note, TabBeat, TabNote
from alphatex_model.data.tunes import Bar, BrokenTuneError, Finished, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLIDES = {
    "shiftSlideTo": "ss",
    "legatoSlideTo": "sl",
    "outDownwards": "sod",
    "outUpwards": "sou",
    "intoFromAbove": "sia",
    "intoFromBelow": "sib",
}
FLAGS = {
    "vibrato": "v",
    "hammer": "h",
    "ghostNote": "g",
    "accentuatedNote": "ac",
    "heavyAccentuatedNote": "hac",
    "palmMute": "pm",
    "staccato": "st",
    "letRing": "lr",
}
"""PyGuitarPro's names of techniques that are either there or not, and alphaTex's."""
TAPS = {"tapping": "tt", "slapping": "s", "popping": "p"}
STROKES = {"up": "u", "down": "d"}
GRACE_VALUE = Value(8)
GRACE_TRANSITIONS = {"hammer": ("h",), "slide": ("sl",)}
TREMOLO_MARKS = {8: 1, 16: 2, 32: 3}
TRILL_SPEEDS = (16, 32, 64)
BEND_STEP = 5
"""Guitar Pro has 12 places along a bend, alphaTex 60."""


def read_guitar_pro(path: Path, origin: Provenance, name: str) -> Finished:
    """The file as alphaTex, all fretted tracks of it, under the id `name`.

    Raises `BrokenTuneError` for a file that cannot be read, that has no fretted track, or whose bars do not add up.
    """
    try:
        import guitarpro
    except ImportError:
        raise BrokenTuneError("Guitar Pro files need PyGuitarPro: pip install 'alphatex-eval[data]'") from None
    try:
        song = guitarpro.parse(str(path))
    except (guitarpro.GPException, StructError, OSError, ValueError, IndexError, EOFError) as error:
        raise BrokenTuneError(f"no Guitar Pro 3 to 5 file: {error}") from None
    parts = [partial(_part, track) for track in song.tracks if track.strings and not track.isPercussionTrack]
    frames = [_frame(header, _tempo(song, index)) for index, header in enumerate(song.measureHeaders)]
    tempo = frames[0].tempo or int(song.tempo)
    head = Head(song.title, clean_text(song.music) or song.artist, tempo, (song.copyright, song.tab))
    return finished(name, origin, head, frames, parts)


def pyguitarpro_version() -> str:
    """The version of PyGuitarPro that would read; empty where there is none."""
    try:
        return version("PyGuitarPro")
    except PackageNotFoundError:
        return ""


def _tempo(song: Any, index: int) -> int | None:
    """The first tempo that any track sets in a bar."""
    voices = (voice for track in song.tracks for voice in track.measures[index].voices)
    changes = (beat.effect.mixTableChange for voice in voices for beat in voice.beats)
    return next((int(change.tempo.value) for change in changes if change and change.tempo), None)


def _frame(header: Any, tempo: int | None) -> Bar:
    """What a bar's header says, and the tempo that it sets."""
    fifths, minor = header.keySignature.value
    ending, *further_endings = endings_of(header.repeatAlternative)
    return Bar(
        (),
        meter=(header.timeSignature.numerator, header.timeSignature.denominator.value),
        key=signature_of(fifths, minor=bool(minor)),
        tempo=tempo,
        repeat_open=bool(header.isRepeatOpen),
        repeat_close=header.repeatClose + 1 if header.repeatClose > 0 else 0,
        ending=ending,
        further_endings=tuple(further_endings),
        section=clean_text(header.marker.title) if header.marker else "",
        strain_end=bool(header.hasDoubleBar),
    )


def _part(track: Any) -> Part:
    tuning = tuple(string.value for string in sorted(track.strings, key=lambda string: string.number))
    sound = sound_of(track.channel.instrument)
    instrument = Instrument(clean_text(track.name) or "Guitar", sound, tuning, track.fretCount, capo=track.offset)
    return Part(instrument, tuple((_voice(measure, 0), _voice(measure, 1)) for measure in track.measures))


def _voice(measure: Any, index: int) -> tuple[TabBeat, ...]:
    """The beats of a voice; none where nothing in it is played or rested."""
    beats: list[Any] = measure.voices[index].beats if index < len(measure.voices) else []
    if all(beat.status.name == "empty" for beat in beats):
        return ()
    return tuple(tab_beat for beat in beats for tab_beat in _beats(beat))


def _beats(beat: Any) -> Iterator[TabBeat]:
    """The beat, after its grace notes."""
    struck = sorted(beat.notes, key=lambda note: note.string)
    graces = tuple(_grace(note) for note in struck if note.effect.grace)
    if graces:
        on_beat = any(note.effect.grace.isOnBeat for note in struck if note.effect.grace)
        yield TabBeat(GRACE_VALUE, graces, (ON_BEAT_GRACE if on_beat else GRACE,))
    notes = tuple(map(_note, struck))
    tuplet = beat.duration.tuplet
    value = Value(beat.duration.value, int(beat.duration.isDotted), (tuplet.enters, tuplet.times))
    yield TabBeat(value, notes, tuple(_beat_effects(beat)) if notes else ())


def _grace(note: Any) -> Note:
    grace = note.effect.grace
    if grace.isDead:
        return DeadNote(note.string)
    return TabNote(note.string, grace.fret, GRACE_TRANSITIONS.get(grace.transition.name, ()))


def _beat_effects(beat: Any) -> list[str]:
    effect = beat.effect
    effects = ["f"] * bool(effect.fadeIn)
    if effect.chord and clean_text(effect.chord.name):
        effects.append(f'ch "{clean_text(effect.chord.name)}"')
    if effect.stroke.direction.name in STROKES:
        effects.append("b" + STROKES[effect.stroke.direction.name])
    if effect.pickStroke.name in STROKES:
        effects.append("s" + STROKES[effect.pickStroke.name])
    if effect.slapEffect.name in TAPS:
        effects.append(TAPS[effect.slapEffect.name])
    picked = [note.effect.tremoloPicking.duration.value for note in beat.notes if note.effect.tremoloPicking]
    return effects + [f"tp {TREMOLO_MARKS[value]}" for value in picked[:1] if value in TREMOLO_MARKS]


def _note(note: Any) -> Note:
    if note.type.name == "dead":
        return DeadNote(note.string)
    effect = note.effect
    effects = ["t"] * (note.type.name == "tie")
    if effect.bend and len(effect.bend.points) > 1:
        points = " ".join(f"{point.position * BEND_STEP} {point.value}" for point in effect.bend.points)
        effects.append(f"be ({points})")
    if effect.harmonic and type(effect.harmonic).__name__ == "NaturalHarmonic":
        effects.append("nh")
    if effect.trill and effect.trill.duration.value in TRILL_SPEEDS:
        effects.append(f"tr ({effect.trill.fret} {effect.trill.duration.value})")
    effects += [written for name, written in FLAGS.items() if getattr(effect, name)]
    effects += [SLIDES[slide.name] for slide in effect.slides if slide.name in SLIDES][:1]
    return TabNote(note.string, note.value, tuple(effects))
