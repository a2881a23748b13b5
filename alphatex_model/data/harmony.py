"""The harmony a melody implies: one chord a bar, from its chord symbols where it has them, otherwise from its notes.

A bar's chord is the one whose tones carry most of the bar's time; neighbours are chosen together, so that a tonic ends
the tune and changes are not made without reason (a Viterbi path over the diatonic chords of the key).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from alphatex_model.data.instruments import LETTERS
from alphatex_model.data.keys import signature, tonic
from alphatex_model.data.rhythm import beat_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_model.data.tunes import Bar

TONES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
}
"""Chord tones in semitones above the root, by the kind's suffix in a chord symbol."""

DEGREES = {
    False: ((0, "", 0.3), (7, "", 0.2), (7, "7", 0.1), (5, "", 0.2), (9, "m", 0.1), (2, "m", 0.1), (10, "", 0.0)),
    True: ((0, "m", 0.3), (7, "", 0.1), (7, "m", 0.1), (5, "m", 0.1), (3, "", 0.1), (8, "", 0.1), (10, "", 0.2)),
}
"""(semitones above the tonic, kind, preference) of the chords of a key, by whether it is minor."""

STRANGER = 0.7
"""What a beat of a tone outside the chord costs, against 1 for a beat inside."""
CHANGE = 0.2
"""What changing the chord costs."""
CADENCE = 1.0
"""What ending on the tonic is worth."""


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord by its root (pitch class, C = 0) and kind."""

    root: int
    kind: str = ""

    @property
    def symbol(self) -> str:
        """`Am7`, `F`, `Bb7`."""
        return LETTERS[self.root] + self.kind

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes, root first."""
        return tuple((self.root + tone) % 12 for tone in TONES[self.kind])


def parse_symbol(symbol: str) -> Chord | None:
    """A chord symbol; a kind that is not in `TONES` counts as its triad, and what is no symbol is None."""
    found = re.match(r"([A-G])([#b]?)(maj7|m7|dim|m(?!aj)|7)?", symbol)
    if not found:
        return None
    letter, accidental, kind = found.groups()
    root = LETTERS.index(letter) + {"#": 1, "b": -1, "": 0}[accidental]
    return Chord(root % 12, kind or "")


def chords_of(bars: Sequence[Bar]) -> list[Chord]:
    """One chord for every bar."""
    choices = [_choices(bar) for bar in bars]
    best = [score for _, score in choices[0]]
    arrivals: list[list[int]] = []
    for before, after in itertools.pairwise(choices):
        kept = list(zip(best, (chord for chord, _ in before), strict=True))
        reached = [[total - CHANGE * (old != new) for total, old in kept] for new, _ in after]
        arrivals.append([totals.index(max(totals)) for totals in reached])
        best = [max(totals) + score for totals, (_, score) in zip(reached, after, strict=True)]
    home = tonic(bars[-1].key)
    best = [total + CADENCE * (chord.root == home) for total, (chord, _) in zip(best, choices[-1], strict=True)]
    return _traced(choices, arrivals, best.index(max(best)))


def _traced(choices: list[list[tuple[Chord, float]]], arrivals: list[list[int]], last: int) -> list[Chord]:
    path = [choices[-1][last][0]]
    for chords, arrived in zip(reversed(choices[:-1]), reversed(arrivals), strict=True):
        last = arrived[last]
        path.append(chords[last][0])
    return path[::-1]


def _choices(bar: Bar) -> list[tuple[Chord, float]]:
    """Chords that may go with a bar, and how well each does."""
    for event in bar.events:
        written = parse_symbol(event.symbol)
        if written:
            return [(written, 0.0)]
    weights = _weights(bar)
    home, minor = tonic(bar.key), signature(bar.key)[1]
    chords = [(Chord((home + degree) % 12, kind), preference) for degree, kind, preference in DEGREES[minor]]
    return [(chord, preference + _fit(chord, weights)) for chord, preference in chords]


def _weights(bar: Bar) -> dict[int, float]:
    """Time in beats that each pitch class has in the bar; what falls on a beat counts half as much again."""
    weights: dict[int, float] = {}
    beat, onset = beat_of(bar.meter), bar.capacity - bar.length if bar.pickup else Fraction(0)
    for event in bar.events:
        share = float(event.duration / beat) * (1.0 if onset % beat else 1.5)
        for pitch in event.pitches:
            weights[pitch % 12] = weights.get(pitch % 12, 0.0) + share
        onset += event.duration
    return weights


def _fit(chord: Chord, weights: dict[int, float]) -> float:
    tones = chord.tones
    return sum(weight if pitch in tones else -STRANGER * weight for pitch, weight in weights.items())
