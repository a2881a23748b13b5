"""What scorers ask of a beat, worked out once for each beat object: beats that are alike are mostly one object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from alphatex_eval.music.fretboard import TWO_HANDED

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from alphatex_eval.music.score import Beat

MEMORY = 32_768


class Traits:
    """The traits of a beat, each worked out when first asked for."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat

    @cached_property
    def times(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Onset and duration, each as numerator and denominator."""
        return self.beat.onset.as_integer_ratio(), self.beat.duration.as_integer_ratio()

    @cached_property
    def is_step(self) -> bool:
        """Whether it is a step of a line: no grace beat, and not held over from the one before."""
        notes = self.beat.notes
        return not self.beat.grace and not (notes and all(note.tied for note in notes))

    @cached_property
    def pulse(self) -> str:
        """Its duration, with `r` for a rest and `t` for a held note."""
        notes = self.beat.notes
        kind = "r" if not notes else "t" if all(note.tied for note in notes) else ""
        return f"{self.beat.duration}{kind}"

    @cached_property
    def top(self) -> int | None:
        """The highest pitch that is struck, None for a rest."""
        return max((note.pitch for note in self.beat.notes if note.pitch is not None and not note.dead), default=None)

    @cached_property
    def pitches(self) -> list[int]:
        """All pitches, those of dead notes too."""
        return [note.pitch for note in self.beat.notes if note.pitch is not None]

    @cached_property
    def classes(self) -> list[int]:
        """The pitch class of each note that sounds."""
        return [note.pitch % 12 for note in self.beat.notes if note.pitch is not None and not note.dead]

    @cached_property
    def shape(self) -> tuple[tuple[int, int], ...]:
        """String and fret of each note that has them."""
        return tuple(
            [(note.string, note.fret) for note in self.beat.notes if note.string is not None and note.fret is not None]
        )

    @cached_property
    def is_two_handed(self) -> bool:
        """Whether the other hand or the string itself makes a note, so that no span can be told."""
        notes = self.beat.notes
        return bool(TWO_HANDED & self.beat.effects.keys()) or any(TWO_HANDED & note.effects.keys() for note in notes)

    @cached_property
    def is_struck(self) -> bool:
        """Whether a note is not tied."""
        return any(not note.tied for note in self.beat.notes)

    @cached_property
    def has_uses(self) -> bool:
        """Whether it is a chord, or has ties or effects of notes."""
        notes = self.beat.notes
        return len(notes) > 1 or any(note.tied or note.loose_tie or note.effects for note in notes)

    @cached_property
    def content(self) -> tuple[Hashable, ...]:
        """How long it lasts (three entries) and what sounds, whatever it is called."""
        beat = self.beat
        return beat.value, beat.dots, beat.tuplet, *[(note.string, note.pitch) for note in beat.notes]

    @cached_property
    def chord(self) -> str:
        """The intervals of a chord above its first note, nothing for a single note."""
        notes = self.beat.notes
        if len(notes) < 2:
            return ""
        first = notes[0].pitch or 0
        return "+" + " ".join([str((note.pitch or 0) - first) for note in notes[1:]])

    @cached_property
    def first_pitch(self) -> str:
        """The pitch of the first note as text, nothing for a rest."""
        return str(self.beat.notes[0].pitch) if self.beat.notes else ""


_known: dict[int, Traits] = {}
"""By identity: traits keep their beat, so that no other one gets its number while it is known."""


def traits_of(beats: Iterable[Beat]) -> list[Traits]:
    """The traits of each beat."""
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
