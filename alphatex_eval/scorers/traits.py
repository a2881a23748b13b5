"""What scorers ask of a beat or of the beats of a bar, worked out once for each object.

Beats that are alike, and bars of one voice that are alike, are mostly one object.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_eval.music.fretboard import TWO_HANDED
from alphatex_eval.scorers.fretboard import shape_span
from alphatex_eval.scorers.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.music.score import Beat, Note
    from alphatex_eval.scorers.fretboard import Shape

MEMORY = 32_768
BARS = 16_384


class Traits:
    """The traits of a beat, each worked out when first asked for."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat

    @lazy
    def times(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Onset and duration, each as numerator and denominator."""
        return self.beat.onset.as_integer_ratio(), self.beat.duration.as_integer_ratio()

    @lazy
    def is_held(self) -> bool:
        """Whether all its notes are held over from the beat before."""
        notes = self.beat.notes
        return bool(notes) and all(note.tied for note in notes)

    @lazy
    def is_step(self) -> bool:
        """Whether it is a step of a line: no grace beat, and not held over from the one before."""
        return not self.beat.grace and not self.is_held

    @lazy
    def pulse(self) -> str:
        """Its duration, with `r` for a rest and `t` for a held note."""
        kind = "t" if self.is_held else "" if self.beat.notes else "r"
        return f"{self.beat.duration}{kind}"

    @lazy
    def top(self) -> int | None:
        """The highest pitch that is struck, None for a rest."""
        return max((note.pitch for note in self.beat.notes if note.pitch is not None and not note.dead), default=None)

    @lazy
    def pitches(self) -> list[int]:
        """All pitches, those of dead notes too."""
        return [note.pitch for note in self.beat.notes if note.pitch is not None]

    @lazy
    def classes(self) -> list[int]:
        """The pitch class of each note that sounds."""
        return [note.pitch % 12 for note in self.beat.notes if note.pitch is not None and not note.dead]

    @lazy
    def shape(self) -> Shape:
        """String and fret of each note that has them."""
        return tuple(
            [(note.string, note.fret) for note in self.beat.notes if note.string is not None and note.fret is not None]
        )

    @lazy
    def is_two_handed(self) -> bool:
        """Whether the other hand or the string itself makes a note, so that no span can be told."""
        notes = self.beat.notes
        return bool(TWO_HANDED & self.beat.effects.keys()) or any(TWO_HANDED & note.effects.keys() for note in notes)

    @lazy
    def is_struck(self) -> bool:
        """Whether a note is not tied."""
        return any(not note.tied for note in self.beat.notes)

    @lazy
    def holds_voice(self) -> bool:
        """Whether some of several notes are held from the beat before."""
        return len(self.beat.notes) > 1 and any(note.tied for note in self.beat.notes)

    @lazy
    def has_uses(self) -> bool:
        """Whether it is a chord, or has ties or effects of notes."""
        notes = self.beat.notes
        return len(notes) > 1 or any(note.tied or note.loose_tie or note.effects for note in notes)

    @lazy
    def sound(self) -> str:
        """What sounds, whatever it is called: the string and the pitch of each note. Text knows its own hash."""
        return str([(note.string, note.pitch) for note in self.beat.notes])

    @lazy
    def content(self) -> str:
        """How long it lasts and what sounds."""
        beat = self.beat
        return f"{beat.value} {beat.dots} {beat.tuplet} {self.sound}"

    @lazy
    def chord(self) -> str:
        """The intervals of a chord above its first note, nothing for a single note."""
        notes = self.beat.notes
        if len(notes) < 2:
            return ""
        first = notes[0].pitch or 0
        return "+" + " ".join([str((note.pitch or 0) - first) for note in notes[1:]])

    @lazy
    def first_pitch(self) -> str:
        """The pitch of the first note as text, nothing for a rest."""
        return str(self.beat.notes[0].pitch) if self.beat.notes else ""


class BarTraits:
    """The traits of some beats of a voice in one bar, each worked out when first asked for."""

    def __init__(self, beats: Sequence[Traits]) -> None:
        self.beats = beats

    @lazy
    def has_steps_alone(self) -> bool:
        """Whether every beat is a step of a line."""
        return all(beat.is_step for beat in self.beats)

    @lazy
    def steps(self) -> list[Traits]:
        """The beats that are steps of a line."""
        return [beat for beat in self.beats if beat.is_step]

    @lazy
    def holds(self) -> list[bool]:
        """Whether each beat is held over from the one before, grace notes left out."""
        return [beat.is_held and not beat.beat.grace for beat in self.beats]

    @lazy
    def new_holds(self) -> int:
        """How many beats behind the first are held and follow one that is not."""
        return sum(one and not before for before, one in pairwise(self.holds))

    @lazy
    def pulses(self) -> tuple[str, ...]:
        """The `pulse` of each beat that is no grace beat."""
        return tuple([beat.pulse for beat in self.beats if not beat.beat.grace])

    @lazy
    def tops(self) -> list[int | None]:
        """The highest pitch of each step, None for a rest."""
        return [beat.top for beat in self.steps]

    @lazy
    def top_pitches(self) -> list[int]:
        """The highest pitch of each step that is no rest."""
        return [pitch for pitch in self.tops if pitch is not None]

    @lazy
    def pitches(self) -> list[int]:
        """All pitches in order, those of dead notes too."""
        return [pitch for beat in self.beats for pitch in beat.pitches]

    @lazy
    def classes(self) -> list[int]:
        """The pitch class of each note that sounds, in order."""
        return [pitch_class for beat in self.beats for pitch_class in beat.classes]

    @lazy
    def class_set(self) -> frozenset[int]:
        """The pitch classes that sound."""
        return frozenset(self.classes)

    @lazy
    def shapes(self) -> tuple[Shape, ...]:
        """What the hand takes at each beat with strings and frets, in order."""
        return tuple([beat.shape for beat in self.beats if beat.shape])

    @lazy
    def has_chords(self) -> bool:
        """Whether a beat has several notes."""
        return any(len(beat.beat.notes) > 1 for beat in self.beats)

    @lazy
    def widest(self) -> float:
        """The width of the widest shape in millimetres."""
        return max(map(shape_span, self.shapes))

    @lazy
    def notes(self) -> list[Note]:
        """All notes in order."""
        return [note for beat in self.beats for note in beat.beat.notes]

    @lazy
    def onsets(self) -> frozenset[tuple[int, int]]:
        """When something sounds, as numerators and denominators."""
        return frozenset([beat.times[0] for beat in self.beats if beat.beat.notes])

    @lazy
    def filled(self) -> tuple[int, int]:
        """Where the last beat ends, as numerator and denominator."""
        return self.beats[-1].beat.end.as_integer_ratio()

    @lazy
    def time(self) -> float:
        """How long its beats last in all, in whole notes."""
        return sum([top / bottom for _, (top, bottom) in [beat.times for beat in self.beats]])

    @lazy
    def sounding(self) -> list[bool]:
        """Whether each beat has notes."""
        return [bool(beat.beat.notes) for beat in self.beats]

    @lazy
    def is_struck(self) -> bool:
        """Whether a note is not tied."""
        return any(beat.is_struck for beat in self.beats)

    @lazy
    def is_static(self) -> bool:
        """Whether one thing is struck, once or over and over."""
        return len({beat.sound for beat in self.beats}) == 1

    @lazy
    def contents(self) -> tuple[str, ...]:
        """How long each beat lasts and what sounds in it."""
        return tuple([beat.content for beat in self.beats])

    @lazy
    def content(self) -> str:
        """The same as one text: bars that sound alike, whatever they are called, have the same."""
        return "\n".join(self.contents)

    @lazy
    def figure(self) -> str:
        """What sounds in it in whatever order, as one text."""
        return "\n".join(sorted(set(self.contents)))

    @lazy
    def has_uses(self) -> bool:
        """Whether a beat is a chord, or has ties or effects of notes."""
        return any(beat.has_uses for beat in self.beats)

    @lazy
    def has_tuplets(self) -> bool:
        """Whether a beat is part of a tuplet."""
        return any(beat.beat.tuplet for beat in self.beats)


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
