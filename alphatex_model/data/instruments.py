"""The instruments music is arranged for: their strings, how far the hand reaches, and what alphaTab calls them."""

from __future__ import annotations

from dataclasses import dataclass, replace

LETTERS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def note_name(pitch: int) -> str:
    """MIDI number to the note name that a tuning lists: 40 is E2, 46 is Bb2."""
    return f"{LETTERS[pitch % 12]}{pitch // 12 - 1}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A fretted instrument, or percussion when it has no strings.

    `tuning` lists the open strings as MIDI numbers, string 1 first; `capo` is the fret a capo lies on, from which frets
    are counted. `frets` is the highest fret the arranger uses, `stretch` how many frets a chord may span.
    """

    track: str
    sound: str
    tuning: tuple[int, ...] = ()
    frets: int = 15
    stretch: int = 4
    capo: int = 0

    @property
    def strings(self) -> tuple[int, ...]:
        """What the open strings sound, capo included."""
        return tuple(pitch + self.capo for pitch in self.tuning) if self.capo else self.tuning

    @property
    def lowest(self) -> int:
        """The lowest pitch there is."""
        return min(self.strings)

    @property
    def highest(self) -> int:
        """The highest pitch the arranger uses."""
        return max(self.strings) + self.frets


STANDARD = (64, 59, 55, 50, 45, 40)
GUITAR = Instrument("Guitar", "acousticguitarsteel", STANDARD)
BASS = Instrument("Bass", "electricbassfinger", (43, 38, 33, 28), frets=12)
DRUMS = Instrument("Drums", "percussion")

INSTRUMENTS = {
    "guitar": GUITAR,
    "nylon": replace(GUITAR, sound="acousticguitarnylon"),
    "electric": replace(GUITAR, track="Lead Guitar", sound="electricguitarclean", frets=19),
    "overdriven": replace(GUITAR, track="Lead Guitar", sound="overdrivenguitar", frets=19),
    "drop_d": replace(GUITAR, tuning=(64, 59, 55, 50, 45, 38)),
    "dadgad": replace(GUITAR, tuning=(62, 57, 55, 50, 45, 38)),
    "open_g": replace(GUITAR, tuning=(62, 59, 55, 50, 43, 38)),
    "open_d": replace(GUITAR, tuning=(62, 57, 54, 50, 45, 38)),
    "half_step_down": replace(GUITAR, tuning=tuple(pitch - 1 for pitch in STANDARD)),
    "capo_2": replace(GUITAR, capo=2, frets=13),
    "capo_3": replace(GUITAR, capo=3, frets=12),
    "capo_5": replace(GUITAR, capo=5, frets=10),
    "seven_string": replace(GUITAR, track="Guitar", sound="distortionguitar", tuning=(*STANDARD, 35), frets=19),
    "bass": BASS,
    "ukulele": Instrument("Ukulele", "acousticguitarnylon", (69, 64, 60, 67), frets=12),
    "mandolin": Instrument("Mandolin", "acousticguitarsteel", (76, 69, 62, 55), frets=12),
}
"""Instruments by the names recipes use."""
