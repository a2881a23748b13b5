"""Key signatures by the names alphaTex gives them, and what transposition makes of them."""

from __future__ import annotations

MAJOR = ("cb", "gb", "db", "ab", "eb", "bb", "f", "c", "g", "d", "a", "e", "b", "f#", "c#")
MINOR = ("ab", "eb", "bb", "f", "c", "g", "d", "a", "e", "b", "f#", "c#", "g#", "d#", "a#")
FIFTHS = range(-7, 8)
"""Accidentals of the names above: -7 (flats) to 7 (sharps)."""
KEYS = frozenset((*MAJOR, *(f"{name}minor" for name in MINOR)))


def key_name(fifths: int, *, minor: bool = False) -> str:
    """The name of the key with so many sharps (flats below 0); IndexError beyond seven."""
    index = FIFTHS.index(fifths) if fifths in FIFTHS else len(MAJOR)
    return MINOR[index] + "minor" if minor else MAJOR[index]


def signature(name: str) -> tuple[int, bool]:
    """(fifths, minor) of a key name."""
    minor = name.endswith("minor")
    return FIFTHS[(MINOR if minor else MAJOR).index(name.removesuffix("minor"))], minor


def tonic(name: str) -> int:
    """The pitch class of the key's first degree, C = 0."""
    fifths, minor = signature(name)
    return (7 * fifths + (9 if minor else 0)) % 12


def transposed(name: str, semitones: int) -> str:
    """The key so many semitones away, in the spelling with fewest accidentals."""
    fifths, minor = signature(name)
    moved = (fifths + 7 * semitones) % 12
    return key_name(moved if moved <= 6 else moved - 12, minor=minor) if semitones % 12 else name
