"""Note names and MIDI pitches, and the pitches of harmonics."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from alphatex_eval.language.context import MIDI_OCTAVE, pitch_of

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["MIDI_OCTAVE", "harmonic_interval", "natural_harmonic_node", "note_name", "pitch_of"]

SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

# A string touched at a node sounds a partial; these are its semitones above the open string. The nodes are given as
# (last fret position, semitones): alphaTab 1.8.4 rounds a position up to the next node and knows two nodes near the
# nut only by their exact position.
_NODES = (
    *((3.5, 31), (4, 28), (5, 24), (6, 34), (7, 19), (8.5, 36), (9, 28), (10, 34), (11, 0), (12, 12), (15, 34)),
    *((16, 28), (17, 36), (18, 0), (19, 19), (21, 0), (22, 36), (24, 24)),
)
_FIRST_NODE = 3
_OPEN_GAP = (12, 14)
_NODES_NEAR_NUT = {24: 36, 27: 34}
_NODE_POSITIONS = tuple(position for position, _ in _NODES)

# The fret that is written for a natural harmonic and the exact position of its node; other frets mean the octave.
_NATURAL_NODES = {2: 24, 3: 32, 8: 82, 10: 96, 14: 147, 15: 147, 21: 217, 22: 217}
_EXACT_FRETS = frozenset({4, 5, 7, 9, 12, 16, 17, 19, 24})
_OCTAVE_FRET = 12


def note_name(pitch: int, *, flats: bool = False) -> str:
    """The name of a MIDI pitch, 0 or above: 60 is C4, 61 is C#4, or Db4 with `flats`."""
    octave, step = divmod(pitch, MIDI_OCTAVE)
    return f"{(FLAT_NAMES if flats else SHARP_NAMES)[step]}{octave - 1}"


def natural_harmonic_node(fret: int) -> float:
    """The position (in frets) of the node that a natural harmonic at a written fret touches."""
    if fret in _EXACT_FRETS:
        return fret
    return _NATURAL_NODES.get(fret, _OCTAVE_FRET * 10) / 10


def harmonic_interval(node: float | Fraction) -> int:
    """Semitones from the stopped or open string up to the partial that rings when it is touched at a node.

    `node` is a position in frets; 0 where no partial rings.
    """
    tenths = round(node * 10)
    if tenths in _NODES_NEAR_NUT and abs(float(node) - tenths / 10) < 1e-5:
        return _NODES_NEAR_NUT[tenths]
    if node < _FIRST_NODE or node > _NODE_POSITIONS[-1] or _OPEN_GAP[0] < node < _OPEN_GAP[1]:
        return 0
    return _NODES[bisect_left(_NODE_POSITIONS, node)][1]
