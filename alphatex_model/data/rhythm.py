"""Exact durations to notated values: the note heads, dots, tuplets and ties that say `5/8`.

The law of this module: the durations of the values that `spell` returns add up to the duration it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from alphatex_model.data.tunes import BrokenTuneError

SHORTEST = 128
"""The shortest note value written, as the denominator of its fraction of a whole note."""


@dataclass(frozen=True, slots=True)
class Value:
    """One notated value: base 1, 2, 4 … 128, up to two dots, a tuplet ratio like (3, 2): three in the time of two."""

    base: int
    dots: int = 0
    tuplet: tuple[int, int] = (1, 1)

    @property
    def duration(self) -> Fraction:
        """Sounding duration in whole notes."""
        return _duration(self.base, self.dots, self.tuplet)


@lru_cache(maxsize=1 << 12)
def _duration(base: int, dots: int, tuplet: tuple[int, int]) -> Fraction:
    return Fraction(2 ** (dots + 1) - 1, 2**dots * base) * tuplet[1] / tuplet[0]


PLAIN = {value.duration: value for base in (1, 2, 4, 8, 16, 32, 64, 128) for value in map(Value, [base] * 3, range(3))}
DESCENDING = sorted(PLAIN, reverse=True)


def tuplet_of(duration: Fraction) -> tuple[int, int]:
    """The ratio a duration needs: the odd part of its denominator to the next lower power of two; (1, 1) for none."""
    odd = duration.denominator
    while odd % 2 == 0:
        odd //= 2
    return (odd, 1 << (odd.bit_length() - 1)) if odd > 1 else (1, 1)


def spell(duration: Fraction, onset: Fraction = Fraction(0), beat: Fraction = Fraction(1, 4)) -> tuple[Value, ...]:
    """The notated values of a duration that starts at `onset` within the bar; several are to be tied.

    One value where one can say it. Otherwise the tie falls on a beat where that is possible, as a reader expects.
    Raises `BrokenTuneError` when the duration needs notes shorter than a 128th.
    """
    value = one_value(duration)
    return (value,) if value else _tied(duration, onset, beat)


@lru_cache(maxsize=1 << 12)
def one_value(duration: Fraction) -> Value | None:
    """The value that says a duration by itself, if there is one."""
    tuplet = tuplet_of(duration)
    plain = PLAIN.get(duration * tuplet[0] / tuplet[1])
    return Value(plain.base, plain.dots, tuplet) if plain else None


@lru_cache(maxsize=1 << 14)
def _tied(duration: Fraction, onset: Fraction, beat: Fraction) -> tuple[Value, ...]:
    tuplet = tuplet_of(duration)
    ratio = Fraction(tuplet[1], tuplet[0])
    fitting = [part for part in DESCENDING if part * ratio < duration]
    if not fitting:
        raise BrokenTuneError(f"no note value lasts {duration} of a whole note")
    on_beat = (part for part in fitting if (onset + part * ratio) % beat == 0)
    first = next(on_beat, fitting[0])
    head = Value(PLAIN[first].base, PLAIN[first].dots, tuplet)
    return (head, *spell(duration - head.duration, onset + head.duration, beat))


def beat_of(meter: tuple[int, int]) -> Fraction:
    """The felt beat of a time signature: three eighths in 6/8, 9/8 and 12/8, otherwise the denominator."""
    numerator, denominator = meter
    compound = denominator >= 8 and numerator > 3 and numerator % 3 == 0
    return Fraction(3 if compound else 1, denominator)
