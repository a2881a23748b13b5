"""What scorers ask of a beat or of the beats of a bar, worked out once for each object.

Beats that are alike, and bars of one voice that are alike, are mostly one object. Nearly all of it is asked of every
beat, so that it is worked out at once.
"""

from __future__ import annotations

from itertools import chain, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from alphatex_eval.music.fretboard import TWO_HANDED
from alphatex_eval.scorers.fretboard import BARS, shape_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.music.score import Beat, Note

IS_STRUCK, HAS_USES, TUPLET = attrgetter("is_struck"), attrgetter("has_uses"), attrgetter("beat.tuplet")
MEMORY = 16_384
FEW_SOUNDS = 4
"""A bar of more different sounds is another one in another order."""


class Traits:
    """The traits of a beat.

    Time: `times` are onset and duration, each as numerator and denominator; `pulse` is the duration, with `r` for a
    rest and `t` for a held note. A beat `is_held` if all its notes are held over from the one before, `is_struck` if a
    note is not, and `is_step` of a line if it is neither held nor a grace beat; it `holds_voice` if some of several
    notes are held. `has_uses` tells of chords, ties, grace notes and effects of notes.

    Pitch: `pitches` are those of all notes, `classes` the pitch classes of those that sound, dead ones left out, `top`
    the highest of these, None for a rest; `first_pitch` is that of the first note as text, nothing for a rest, `chord`
    the intervals of a chord above it, nothing for a single note.

    Hand: `shape` has string and fret of each note that has them; nothing where the other hand or the string itself
    makes a note, so that neither span nor shift can be told.

    As a whole: `sound` is what sounds, on whatever strings: the pitches, or the drums. `content` adds the duration,
    however it is spelt, `hit` the onset, nothing where nothing is struck. All are text, which knows its own hash.
    """

    __slots__ = (
        "beat",
        "chord",
        "classes",
        "content",
        "first_pitch",
        "has_uses",
        "hit",
        "holds_voice",
        "is_held",
        "is_step",
        "is_struck",
        "pitches",
        "pulse",
        "shape",
        "sound",
        "times",
        "top",
    )

    def __init__(self, beat: Beat) -> None:
        notes = beat.notes
        tied = [note.tied for note in notes]
        self.beat = beat
        self.is_held = bool(notes) and all(tied)
        self.is_struck = bool(notes) and not self.is_held
        self.is_step = not beat.grace and not self.is_held
        self.holds_voice = len(notes) > 1 and any(tied)
        several = len(notes) > 1 or bool(beat.grace)
        self.has_uses = several or any(note.tied or note.loose_tie or note.effects for note in notes)
        self.times = beat.onset.as_integer_ratio(), beat.duration.as_integer_ratio()
        top, bottom = self.times[1]
        duration = str(top) if bottom == 1 else f"{top}/{bottom}"
        self.pulse = duration if self.is_struck else f"{duration}t" if notes else f"{duration}r"

        struck = [note.pitch for note in notes if note.pitch is not None and not note.dead]
        self.pitches = [note.pitch for note in notes if note.pitch is not None]
        self.classes = [pitch % 12 for pitch in struck]
        self.top = max(struck, default=None)
        self.first_pitch = str(notes[0].pitch) if notes else ""
        self.chord = _above([note.pitch or 0 for note in notes]) if len(notes) > 1 else ""

        places = [(note.string, note.fret) for note in notes]
        self.shape = tuple([(string, fret) for string, fret in places if string is not None and fret is not None])
        named = [beat.effects, *[note.effects for note in notes]]
        if any(TWO_HANDED & effects.keys() for effects in named if effects):
            self.shape = ()

        self.sound = " ".join(sorted([_name(note) for note in notes])) if len(notes) > 1 else _name(*notes)
        self.content = f"{duration} {self.sound}"
        onset, of = self.times[0]
        self.hit = f"{onset}/{of} {self.sound}" if self.is_struck and not beat.grace else ""


def _name(note: Note | None = None) -> str:
    """What sounds: a pitch, a drum, `x` for neither; nothing for no note."""
    if note is None:
        return ""
    return "x" if note.dead else str(note.pitch if note.percussion is None else -note.percussion)


def _above(pitches: Sequence[int]) -> str:
    """The intervals of a chord above its first note."""
    return "+" + " ".join([str(pitch - pitches[0]) for pitch in pitches[1:]])


class BarTraits:
    """The traits of some beats of a voice in one bar.

    Time: `steps` are the beats that are steps of a line; `holds` tells for each beat whether it is held over from the
    one before, grace notes left out, and `new_holds` how many behind the first are and follow one that is not; `pulses`
    are those of beats that are no grace beats; `onsets` are when something is struck, `filled` is where the last beat
    ends, as numerators and denominators; `time` is how long all last, in whole notes; `sounding` tells for each beat
    whether it has notes. A bar `is_struck` if a note is not tied; `has_tuplets` and `has_uses` as a beat has.

    Pitch: `pitches`, `classes` and `notes` are those of all beats in order, `class_set` the classes once, and
    `top_pitches` the highest pitch of each step that is no rest.

    Hand: `shapes` are those of beats with strings and frets, `widest` is the width of the widest in millimetres;
    `has_chords` tells whether a beat has several notes.

    As a whole: `contents` are those of the beats, grace notes left out; `hits` are what is struck and when, so that
    bars which sound alike, however they are written, have the same. `figure` is the same as text, of a few different
    sounds in whatever order. A bar `is_static` if one thing is struck, once or over and over.
    """

    __slots__ = (
        "beats",
        "class_set",
        "classes",
        "contents",
        "figure",
        "filled",
        "has_chords",
        "has_tuplets",
        "has_uses",
        "hits",
        "holds",
        "is_static",
        "is_struck",
        "new_holds",
        "notes",
        "onsets",
        "pitches",
        "pulses",
        "shapes",
        "sounding",
        "steps",
        "time",
        "top_pitches",
        "widest",
    )

    def __init__(self, beats: Sequence[Traits]) -> None:
        self.beats = beats
        self.steps = [beat for beat in beats if beat.is_step]
        self.holds = [beat.is_held and not beat.beat.grace for beat in beats]
        self.new_holds = sum([one and not before for before, one in pairwise(self.holds)]) if any(self.holds) else 0
        self.pulses = tuple([beat.pulse for beat in beats if not beat.beat.grace])
        self.onsets = frozenset([beat.times[0] for beat in beats if beat.is_struck])
        self.filled = beats[-1].beat.end.as_integer_ratio() if beats else (0, 1)
        self.time = sum([top / bottom for _, (top, bottom) in [beat.times for beat in beats]])
        self.sounding = [bool(beat.beat.notes) for beat in beats]
        self.is_struck = any(map(IS_STRUCK, beats))
        self.has_tuplets = any(map(TUPLET, beats))
        self.has_uses = any(map(HAS_USES, beats))

        self.pitches = list(chain.from_iterable([beat.pitches for beat in beats]))
        self.classes = list(chain.from_iterable([beat.classes for beat in beats]))
        self.class_set = frozenset(self.classes)
        self.top_pitches = [beat.top for beat in self.steps if beat.top is not None]
        self.notes: list[Note] = list(chain.from_iterable([beat.beat.notes for beat in beats]))

        self.shapes = tuple([beat.shape for beat in beats if beat.shape])
        self.widest = max(map(shape_span, self.shapes), default=0.0)
        self.has_chords = max([len(beat.beat.notes) for beat in beats], default=0) > 1

        self.contents = tuple([beat.content for beat in beats if not beat.beat.grace])
        self.hits = frozenset([beat.hit for beat in beats if beat.hit])
        sounds = {beat.sound for beat in beats if not beat.beat.grace}
        self.figure = "\n".join(sorted(self.hits if len(sounds) > FEW_SOUNDS else set(self.contents)))
        self.is_static = len(sounds) == 1


NO_TRAITS = BarTraits(())

_known: dict[int, Traits] = {}
"""By identity: traits keep their beat, so that no other one gets its number while it is known."""


_known_bars: dict[int, tuple[Sequence[Beat], BarTraits]] = {}
"""By the identity of their beats, which are kept for the same reason."""


def traits_of(beats: Sequence[Beat]) -> BarTraits:
    """The traits of the beats of a bar."""
    known = _known_bars.get(id(beats))
    if known is None:
        if len(_known_bars) > BARS:
            _known_bars.clear()
        known = _known_bars[id(beats)] = beats, BarTraits(_traits_of_beats(beats))
    return known[1]


def _traits_of_beats(beats: Sequence[Beat]) -> list[Traits]:
    known = _known
    if len(known) > MEMORY:
        known.clear()
    found = []
    for beat in beats:
        traits = known.get(id(beat))
        if traits is None:
            traits = known[id(beat)] = Traits(beat)
        found.append(traits)
    return found
