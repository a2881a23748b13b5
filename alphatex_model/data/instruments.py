"""The instruments music is arranged for: their strings, how far the hand reaches, and what alphaTab calls them."""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def note_name(pitch: int) -> str:
    r"""MIDI number to the note name alphaTex writes in `\\tuning`: 40 is E2, 46 is Bb2."""
    return f"{LETTERS[pitch % 12]}{pitch // 12 - 1}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A fretted instrument. `strings` are the open pitches as MIDI numbers, string 1 (the highest sounding) first.

    `frets` is the highest fret the arranger uses, `stretch` how many frets beyond its own the little finger may reach
    from the index finger's.
    """

    track: str
    sound: str
    strings: tuple[int, ...]
    frets: int = 15
    stretch: int = 4

    @property
    def lowest(self) -> int:
        """The lowest pitch there is."""
        return min(self.strings)

    @property
    def highest(self) -> int:
        """The highest pitch the arranger uses."""
        return max(self.strings) + self.frets


GUITAR = Instrument("Guitar", "acousticguitarsteel", (64, 59, 55, 50, 45, 40))
