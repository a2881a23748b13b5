"""Guitar Pro 3 to 5 files to tabs: strings, frets and techniques as their editor wrote them.

Fretted tracks are kept with two voices at most; percussion tracks and grace notes are left out. Like every tune, a file
whose bars do not add up is a `BrokenTuneError`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from alphatex_eval.language.vocabulary import raw
from alphatex_model.data.barlines import mark_pickups
from alphatex_model.data.instruments import Instrument
from alphatex_model.data.keys import key_name
from alphatex_model.data.notation import clean_text
from alphatex_model.data.rhythm import Value, spell
from alphatex_model.data.tab import DeadNote, Note, Tab, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Finished, Provenance, Tune
from alphatex_model.data.writer import write

if TYPE_CHECKING:
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
STROKES = {"up": "u", "down": "d"}
TREMOLO_MARKS = {8: 1, 16: 2, 32: 3}
BEND_STEP = 5
"""Guitar Pro has 12 places along a bend, alphaTex 60."""


def read_guitar_pro(path: Path, origin: Provenance) -> Finished:
    """The file as alphaTex, all fretted tracks of it.

    Raises `BrokenTuneError` for a file that cannot be read, that has no fretted track, or whose bars do not add up.
    """
    try:
        import guitarpro
    except ImportError:
        raise BrokenTuneError("Guitar Pro files need PyGuitarPro: pip install 'alphatex-eval[data]'") from None
    try:
        song = guitarpro.parse(str(path))
    except (guitarpro.GPException, OSError, ValueError, IndexError, EOFError) as error:
        raise BrokenTuneError(f"no Guitar Pro 3 to 5 file: {error}") from None
    fretted = [track for track in song.tracks if track.strings and not track.isPercussionTrack]
    if not fretted:
        raise BrokenTuneError("no fretted track in it")
    frames = mark_pickups([_frame(measure) for measure in fretted[0].measures])
    title = clean_text(song.title) or path.stem
    composer = clean_text(song.music) or clean_text(song.artist)
    attribution = "; ".join(filter(None, (clean_text(song.copyright), clean_text(song.tab), origin.attribution)))
    name = f"{origin.source}/{path.stem}"
    tune = Tune(name, origin.source, title, composer, origin.licence, attribution, tuple(frames))
    tab = Tab(title, composer, int(song.tempo), tuple(_track(track, frames) for track in fretted))
    return Finished(tune, write(tab))


def _frame(measure: Any) -> Bar:
    """A bar with the music of its first voice and what its header says."""
    header = measure.header
    fifths, minor = header.keySignature.value
    events: list[Event] = []
    for beat in _voice(measure, 0):
        pitches = tuple(sorted({note.realValue for note in beat.notes if note.type.name != "dead"}))
        tied = frozenset(note.realValue for note in beat.notes if note.type.name == "tie")
        events.append(Event(_value(beat).duration, pitches, tied))
    meter = (header.timeSignature.numerator, header.timeSignature.denominator.value)
    return Bar(
        tuple(events) or (Event(Fraction(*meter)),),
        meter=meter,
        key=key_name(fifths, minor=bool(minor)) if abs(fifths) <= 7 else "c",
        repeat_open=bool(header.isRepeatOpen),
        repeat_close=header.repeatClose + 1 if header.repeatClose > 0 else 0,
        ending=_lowest_bit(header.repeatAlternative),
        section=clean_text(header.marker.title) if header.marker else "",
        strain_end=bool(header.hasDoubleBar),
    )


def _lowest_bit(mask: int) -> int:
    """The first of the endings a bit mask stands for, 0 for none."""
    return (mask & -mask).bit_length() if mask > 0 else 0


def _voice(measure: Any, index: int) -> list[Any]:
    """The beats of a voice; none where nothing in it is played or rested."""
    beats: list[Any] = measure.voices[index].beats if index < len(measure.voices) else []
    return beats if any(beat.status.name != "empty" for beat in beats) else []


def _value(beat: Any) -> Value:
    duration = beat.duration
    return Value(duration.value, int(duration.isDotted), (duration.tuplet.enters, duration.tuplet.times))


def _track(track: Any, frames: list[Bar]) -> Track:
    tuning = tuple(string.value for string in sorted(track.strings, key=lambda string: string.number))
    sound = _sound(track.channel.instrument)
    instrument = Instrument(clean_text(track.name) or "Guitar", sound, tuning, track.fretCount, capo=track.offset)
    pairs = zip(track.measures, frames, strict=True)
    return Track(instrument, tuple(_bar(measure, frame) for measure, frame in pairs))


def _sound(program: int) -> str:
    names: dict[str, int] = raw()["instruments"]
    return next(name for name, number in names.items() if number == program)


def _bar(measure: Any, frame: Bar) -> TabBar:
    voices = [tuple(_beat(beat) for beat in _voice(measure, index)) for index in (0, 1)]
    silence = tuple(TabBeat(value) for value in spell(frame.length))
    for voice in filter(None, voices):
        if sum((beat.value.duration for beat in voice), Fraction(0)) != frame.length:
            raise BrokenTuneError(
                f"bar {measure.number} of {measure.track.name!r} is not as long as its time signature"
            )
    return TabBar(frame, voices[0] or silence, voices[1])


def _beat(beat: Any) -> TabBeat:
    notes = tuple(_note(note) for note in sorted(beat.notes, key=lambda note: note.string))
    return TabBeat(_value(beat), notes, tuple(_beat_effects(beat)) if notes else ())


def _beat_effects(beat: Any) -> list[str]:
    effect = beat.effect
    effects = ["f"] * bool(effect.fadeIn)
    if effect.chord and clean_text(effect.chord.name):
        effects.append(f'ch "{clean_text(effect.chord.name)}"')
    if effect.stroke.direction.name in STROKES:
        effects.append("b" + STROKES[effect.stroke.direction.name])
    if effect.pickStroke.name in STROKES:
        effects.append("s" + STROKES[effect.pickStroke.name])
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
    effects += [written for name, written in FLAGS.items() if getattr(effect, name)]
    effects += [SLIDES[slide.name] for slide in effect.slides if slide.name in SLIDES][:1]
    return TabNote(note.string, note.value, tuple(effects))
