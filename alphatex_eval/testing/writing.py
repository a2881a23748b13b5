r"""Builds nodes in canonical form and writes them as text.

write(beat(fretted(3, 2, prop("h")), value=8))      # 3.2{h}.8
write(tag("ts", 3, 4))                              # \\ts (3 4)
"""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING

from alphatex_eval.language.nodes import (
    Arguments,
    Bar,
    Beat,
    Chord,
    Document,
    DurationChange,
    Kind,
    Literal,
    Note,
    Properties,
    Property,
    Rest,
    Tag,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
Value = str | int | Fraction | Literal


def word(text: str) -> Literal:
    """A text without quotes."""
    return Literal(Kind.IDENT, text)


def literal(value: Value) -> Literal:
    """A number, or a text in quotes."""
    match value:
        case Literal():
            return value
        case str():
            return Literal(Kind.STRING, value)
        case int():
            return Literal(Kind.NUMBER, value)
    return Literal(Kind.FLOAT, value)


def arguments(values: Iterable[Value], *, parenthesised: bool = False) -> Arguments | None:
    """Arguments, in parentheses if there are several or if asked; None if there are none."""
    found = tuple(literal(value) for value in values)
    several = len(found) > 1 or any(value.kind is Kind.FLOAT for value in found)
    return Arguments(found, parenthesised or several) if found else None


def prop(name: str, *values: Value, parenthesised: bool = False) -> Property:
    """A property."""
    return Property(name, arguments(values, parenthesised=parenthesised))


def tag(name: str, *values: Value, parenthesised: bool = False, block: Iterable[Property] = ()) -> Tag:
    """A tag with its arguments and its block."""
    return Tag(name, arguments(values, parenthesised=parenthesised), properties(block))


def properties(items: Iterable[Property]) -> Properties | None:
    """A block, None if there is nothing in it."""
    found = tuple(items)
    return Properties(found) if found else None


def note(value: Value, string: int | None = None, block: Iterable[Property] = ()) -> Note:
    """A fret on a string, a pitch, a drum."""
    return Note(literal(value), None if string is None else literal(string), properties(block))


def beat(
    content: Note | Rest | Chord, *, value: int | None = None, change: int | None = None, block: Iterable[Property] = ()
) -> Beat:
    """A beat of a written value (`.8`), or after a change of the running value (`:8`), or with neither."""
    return Beat(
        content,
        duration_change=None if change is None else DurationChange(literal(change)),
        duration=None if value is None else literal(value),
        properties=properties(block),
    )


@singledispatch
def write(node: object) -> str:
    """The text of a node, in canonical form; a document ends with a line feed."""
    raise TypeError(f"there is no text for {type(node).__name__}: expected a node of alphatex_eval.language.nodes")


@write.register
def _(node: Literal) -> str:
    if node.kind is Kind.STRING:
        return f'"{str(node.value).translate(ESCAPES)}"'
    return _decimal(node.value) if isinstance(node.value, Fraction) else str(node.value)


def _decimal(value: Fraction) -> str:
    return f"{float(value):.4f}".rstrip("0") + ("0" if value.denominator == 1 else "")


@write.register
def _(node: Arguments) -> str:
    values = " ".join(write(value) for value in node.values)
    return f"({values})" if node.parenthesised else values


@write.register
def _(node: Property) -> str:
    return f"{node.name} {write(node.arguments)}" if node.arguments else node.name


@write.register
def _(node: Properties) -> str:
    return "{" + " ".join(write(item) for item in node.items) + "}"


@write.register
def _(node: Tag) -> str:
    return " ".join([f"\\{node.name}", *(write(part) for part in (node.arguments, node.properties) if part)])


@write.register
def _(node: Note) -> str:
    string = f".{write(node.string)}" if node.string else ""
    return write(node.value) + string + (write(node.properties) if node.properties else "")


@write.register
def _(_: Rest) -> str:
    return "r"


@write.register
def _(node: Chord) -> str:
    return "(" + " ".join(write(item) for item in node.notes) + ")"


@write.register
def _(node: DurationChange) -> str:
    return f":{write(node.duration)}" + (write(node.properties) if node.properties else "")


@write.register
def _(node: Beat) -> str:
    change = f"{write(node.duration_change)} " if node.duration_change else ""
    duration = f".{write(node.duration)}" if node.duration else ""
    block = write(node.properties) if node.properties else ""
    multiplier = f" * {write(node.multiplier)}" if node.multiplier else ""
    return change + (write(node.content) if node.content else "") + duration + block + multiplier


@write.register
def _(node: Bar) -> str:
    beats = " ".join([*(write(item) for item in node.beats), *(["|"] if node.bar_line else [])])
    return "".join(f"{line}\n" for line in [*map(write, node.tags), *([beats] if beats else [])])


@write.register
def _(node: Document) -> str:
    return "".join(write(bar) for bar in node.bars)
