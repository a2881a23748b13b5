"""Tunings, scales and hand shapes: what a guitarist can reach, and which frets are in key."""

from __future__ import annotations

from functools import cache

from alphatex_eval.language.vocabulary import vocabulary

Tuning = tuple[str, ...]
"""Note names, string 1 (the highest of a guitar) first: ("E4", "B3", …)."""

STANDARD: Tuning = ("E4", "B3", "G3", "D3", "A2", "E2")
TUNINGS: tuple[Tuning, ...] = (
    STANDARD,
    ("E4", "B3", "G3", "D3", "A2", "D2"),
    ("D4", "A3", "G3", "D3", "A2", "D2"),
    ("D4", "B3", "G3", "D3", "G2", "D2"),
    ("Eb4", "Bb3", "Gb3", "Db3", "Ab2", "Eb2"),
    ("G2", "D2", "A1", "E1"),
    ("G2", "D2", "A1", "E1", "B0"),
    ("A4", "E4", "C4", "G4"),
    ("E4", "B3", "G3", "D3", "A2", "E2", "B1"),
)
LAST_FRET = 15
WILD_LAST_FRET = 24
SPAN = 4
"""How many neighbouring frets a hand covers without moving."""

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
SEMITONES_OF_A_FIFTH = 7


def pitch(name: str) -> int:
    """The MIDI key of a note name: "E4" is 64."""
    table = vocabulary().data["pitch"]
    letter, accidental, octave = name[0].lower(), name[1:-1].lower(), int(name[-1])
    return int(12 * (octave + 1) + table["letters"][letter] + table["accidentals"][accidental])


@cache
def scale(key: str | None) -> frozenset[int]:
    """The pitch classes of a key signature, all twelve for None. Raises ValueError for an unknown key."""
    if key is None:
        return frozenset(range(12))
    signatures = vocabulary().enums["keySignature"]
    if key.lower() not in signatures:
        raise ValueError(f"there is no key signature {key!r}; try one of {', '.join(sorted(signatures))}")
    tonic = signatures[key.lower()] * SEMITONES_OF_A_FIFTH % 12
    return frozenset((tonic + step) % 12 for step in MAJOR_SCALE)


@cache
def frets(open_string: str, key: str | None, first: int, last: int) -> tuple[int, ...]:
    """The frets from `first` to `last` of a string that are in the key."""
    base = pitch(open_string)
    return tuple(fret for fret in range(first, last + 1) if (base + fret) % 12 in scale(key))
