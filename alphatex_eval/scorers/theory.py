"""Whether the notes belong together: key, scale, and how many pitch classes there are."""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped, within
from alphatex_eval.scorers.harmony import (
    BLUES,
    FIFTH,
    MAJOR,
    PENTATONIC,
    best_scale_share,
    best_tonic,
    pitch_class_entropy,
    scale_consistency,
)
from alphatex_eval.scorers.passage import JudgedBar, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.language.nodes import Span
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

CHANCE = 7 / 12
"""The share of notes drawn at random that lie in a given major scale."""

OTHER_KEY = 0.15
"""What it costs to keep to another key than the declared one: people write modes and modulate without a new signature.
"""

USUAL_ENTROPY = (1.8, 3.3)
USUAL_SCALE = 0.8
RAISED_SIXTH_AND_SEVENTH = (6, 8)
"""Degrees of a minor key that melodies raise, in semitones above the tonic of the relative major."""


@scorer("alphatex/theory", version="2")
def theory(subject: Subject) -> Score:
    r"""Whether the notes keep to a key, and use neither too few nor too many pitch classes.

    Judged are the pitches that the model wrote; percussion is left out. Where the text declares a key (`\ks`), the
    share of notes inside it counts (key adherence; in a minor key the raised sixth and seventh are inside), or the best
    share inside another one less 0.15; elsewhere the best share inside one of the 24 keys (scale consistency, Mogren
    2016). Pitch-class entropy (Wu & Yang 2020)
    should lie between 1.8 and 3.3 bits, the range of human tunes.

    Checks (warnings): in_key, entropy. Value: 0.7 × how far the share lies above chance (7/12), 0.3 × entropy, full
    in its range and falling by half a bit outside. 0 where nothing sounds; skipped for percussion. Metrics:
    key_share, scale_consistency, blues_or_pentatonic, entropy (bits).
    """
    found = passage(subject)
    lines = [line for line in found.lines if line.is_own and not line.is_percussion]
    if not lines and found.own_beats:
        return skipped("no pitches")
    bars = [item for line in lines for item in _pitched(line)]
    if not bars:
        return scored(0.0, [])
    classes = Counter(chain.from_iterable([bar.own_traits.classes for bar, _ in bars]))
    total = classes.total()
    consistency, entropy = scale_consistency(classes), pitch_class_entropy(classes)
    if not found.declares_key:
        usual = _on(best_tonic(classes), MAJOR)
        bars = [(bar, usual) for bar, _ in bars]
    astray = [(bar, scale) for bar, scale in bars if not bar.own_traits.class_set <= scale]
    outside = sum([_outside(bar.own_traits, scale) for bar, scale in astray])
    declared = (total - outside) / total
    kept = max(declared, consistency - OTHER_KEY)
    span = _places(bars[0][0])[0][0], _places(bars[-1][0])[-1][1]
    first_out = _places(*astray[0])[0] if astray else span
    checks = [
        within("in_key", declared, USUAL_SCALE, 1.0, first_out, "share of notes in the key"),
        within("entropy", entropy, *USUAL_ENTROPY, span, "pitch-class entropy in bits"),
    ]
    metrics = {
        "key_share": declared,
        "scale_consistency": consistency,
        "blues_or_pentatonic": best_scale_share(classes, [BLUES, PENTATONIC]),
        "entropy": entropy,
    }
    return scored(0.7 * max(0.0, kept - CHANCE) / (1 - CHANCE) + 0.3 * _closeness(entropy), checks, metrics)


def _pitched(line: Line) -> Iterator[tuple[JudgedBar, frozenset[int]]]:
    """The bars in which the model wrote pitches, each with the pitch classes of its key."""
    signatures = line.staff.bars
    for bar in line.bars:
        if bar.own_traits.classes:
            signature = signatures[bar.number]
            yield bar, _pitch_classes(signature.key, signature.minor)


@lru_cache(maxsize=8192)
def _outside(bar: BarTraits, scale: frozenset[int]) -> int:
    """How many notes of a bar lie outside a scale."""
    return sum(pitch_class not in scale for pitch_class in bar.classes)


def _places(bar: JudgedBar, outside: frozenset[int] = frozenset()) -> list[Span]:
    """Where the beats stand that the model wrote and in which something sounds outside a set of pitch classes."""
    return bar.own_spans([not outside.issuperset(beat.classes) for beat in bar.traits.beats])


@cache
def _pitch_classes(accidentals: int, minor: bool) -> frozenset[int]:
    """The pitch classes of a key; a minor key includes its raised sixth and seventh."""
    tonic = accidentals * FIFTH % 12
    return _on(tonic, MAJOR.union(RAISED_SIXTH_AND_SEVENTH) if minor else MAJOR)


@cache
def _on(tonic: int, degrees: frozenset[int]) -> frozenset[int]:
    """The pitch classes of a scale on a tonic."""
    return frozenset((tonic + degree) % 12 for degree in degrees)


def _closeness(entropy: float) -> float:
    """1 in the usual range, 0 half a bit outside it and beyond."""
    low, high = USUAL_ENTROPY
    return max(0.0, 1.0 - 2.0 * max(0.0, low - entropy, entropy - high))
