"""Words and numbers of arguments in one spelling each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.language.nodes import Arguments, Literal, Property
    from alphatex_eval.music.score import Value


@cache
def first_spellings(enum: str) -> dict[str, str]:
    """Every spelling of an enumeration, lower case, with the first spelling of the same thing."""
    spellings = vocabulary().enums[enum]
    first: dict[int, str] = {}
    for word, number in spellings.items():
        first.setdefault(number, word)
    return {word: first[number] for word, number in spellings.items()}


@cache
def numbered_words(enum: str) -> dict[int, str]:
    """The words that an enumeration also knows by number, as clefs and triplet feels do."""
    numbers: dict[str, str] = vocabulary().data["enums"][enum].get("numbers", {})
    return {int(number): word for number, word in numbers.items()}


def enum_word(enum: str, values: Sequence[Literal]) -> str | None:
    """The first argument as a word of an enumeration in its first spelling, None where it is no such word."""
    if not values:
        return None
    if values[0].text is None:
        return numbered_words(enum).get(int(values[0].value))
    return first_spellings(enum).get(values[0].text.lower())


def values_of(arguments: Arguments | None) -> tuple[Literal, ...]:
    """The arguments, none where there is no list."""
    return () if arguments is None else arguments.values


def effect_values(item: Property) -> tuple[Value, ...]:
    """The arguments of a note or beat property, words of an enumeration in their first spelling."""
    values = values_of(item.arguments)
    return tuple(_plain(value.value, _enums_of(item.key)) for value in values) if values else ()


def _plain(value: Value, enums: Sequence[str]) -> Value:
    if isinstance(value, str):
        word = value.lower()
        for enum in enums:
            if word in first_spellings(enum):
                return first_spellings(enum)[word]
    return value


@cache
def _enums_of(name: str) -> tuple[str, ...]:
    names = vocabulary()
    entries = [table[name] for table in (names.note_properties, names.beat_properties) if name in table]
    signatures = [signature for entry in entries for signature in entry.signatures or ()]
    enums = [parameter.enum for signature in signatures for parameter in signature.parameters if parameter.enum]
    return tuple(dict.fromkeys(enums))
