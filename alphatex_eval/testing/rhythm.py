"""What can fill a bar exactly: single note values, dotted ones, tuplets; all times are shares of a whole note."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.testing.writing import prop

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Property

SHORTEST = 32
"""The shortest note value used, unless the bar itself asks for shorter ones."""

MOST_IN_A_TUPLET = 7
DOTS = {"d": Fraction(3, 2), "dd": Fraction(7, 4)}


@dataclass(frozen=True, slots=True)
class Step:
    """The rhythm of one beat: its written value (8 is an eighth) and the properties that stretch or squeeze it."""

    value: int
    block: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Beats that belong together: one beat, or a whole tuplet."""

    length: Fraction
    steps: tuple[Step, ...]


@cache
def figures(shortest: int = SHORTEST, *, dots: bool = True, tuplets: bool = True) -> tuple[Figure, ...]:
    """All figures whose length is a multiple of 1/`shortest`, from a single whole note to fussy ones."""
    values = [1 << power for power in range(shortest.bit_length())]
    plain = [Figure(Fraction(1, value), (Step(value),)) for value in values]
    dotted = [
        Figure(factor / value, (Step(value, (prop(name),)),)) for name, factor in DOTS.items() for value in values
    ]
    found = [*plain, *(dotted if dots else ()), *(_tuplets(values) if tuplets else ())]
    return tuple(figure for figure in found if (figure.length * shortest).denominator == 1)


def _tuplets(values: list[int]) -> list[Figure]:
    return [
        Figure(Fraction(time_of, value), (Step(value, (prop("tu", int(notes)),)),) * int(notes))
        for notes, time_of in vocabulary().data["tuplets"].items()
        if int(notes) <= MOST_IN_A_TUPLET
        for value in values
    ]


@cache
def fitting(room: Fraction, shortest: int, *, dots: bool, tuplets: bool) -> tuple[Figure, ...]:
    """The figures that fit into `room`, longest first within each sort."""
    return tuple(figure for figure in figures(shortest, dots=dots, tuplets=tuplets) if figure.length <= room)
