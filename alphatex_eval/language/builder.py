"""Builds syntax nodes from the parser's reductions: one small function a grammar rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from alphatex_eval.language.nodes import (
    Arguments,
    Beat,
    Chord,
    DurationChange,
    Kind,
    Literal,
    Note,
    Properties,
    Property,
    Rest,
    Span,
    Tag,
)
from alphatex_eval.language.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {"STRING": Kind.STRING, "NUMBER": Kind.NUMBER, "FLOAT": Kind.FLOAT}
LONGEST_FRACTION = 300


@dataclass(frozen=True, slots=True)
class Separator:
    """A dot that stands alone between bars or tags: the old way to divide a document."""

    span: Span


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar line."""

    span: Span


@dataclass(frozen=True, slots=True)
class Duration:
    """The duration after a beat's content."""

    literal: Literal
    span: Span


@dataclass(frozen=True, slots=True)
class Multiplier:
    """The repeat count after a beat."""

    literal: Literal
    span: Span


Children = list[Any]


def literal(token: Token) -> Literal:
    """The value of a token as a node."""
    kind = KINDS.get(token.kind, Kind.IDENT)
    value = Fraction(str(token.value)[:LONGEST_FRACTION]) if kind is Kind.FLOAT else token.value
    return Literal(kind, value, (token.start, token.end))


def span_of(children: Children) -> Span:
    """From the first child's start to the last child's end."""
    return (_start(children[0]), _end(children[-1]))


def _start(child: Any) -> int:
    start: int = child.start if isinstance(child, Token) else child.span[0]
    return start


def _end(child: Any) -> int:
    end: int = child.end if isinstance(child, Token) else child.span[1]
    return end


def _pick(children: Children, kind: type) -> Any:
    """The last child of a kind, None where there is none."""
    found = [child for child in children if isinstance(child, kind)]
    return found[-1] if found else None


def _tag(children: Children) -> Tag:
    arguments, properties = _pick(children, Arguments), _pick(children, Properties)
    return Tag(str(children[0].value), arguments, properties, span=span_of(children))


def _chord_tag(children: Children) -> Tag:
    return replace(_tag(children), properties_first=True)


def _arguments(children: Children) -> Arguments:
    values = tuple(literal(token) for token in children[1:-1])
    return Arguments(values, children[0].kind == "ARGUMENTS_OPEN", span_of(children))


def _property(children: Children) -> Property:
    return Property(str(children[0].value), _pick(children, Arguments), span_of(children))


def _block(children: Children) -> Properties:
    return Properties(tuple(children[1:-1]), span_of(children))


def _unstrung(children: Children) -> Note:
    return Note(literal(children[0]), span=span_of(children))


def _strung(children: Children) -> Note:
    string = literal(children[2]) if len(children) == 3 else None
    return Note(literal(children[0]), string, span=span_of(children))


def _noted(children: Children) -> Note:
    note: Note = children[0]
    return replace(note, properties=children[1], span=span_of(children))


def _nameless(children: Children) -> Note:
    return Note(literal(children[0]), properties=_pick(children, Properties), span=span_of(children))


def _chord(children: Children) -> Chord:
    return Chord(tuple(children[1:-1]), span_of(children))


def _duration(children: Children) -> Duration:
    return Duration(literal(children[1]), span_of(children))


def _multiplier(children: Children) -> Multiplier:
    return Multiplier(literal(children[1]), span_of(children))


def _duration_change(children: Children) -> DurationChange:
    return DurationChange(literal(children[1]), _pick(children, Properties), span_of(children))


def _beat(children: Children) -> Beat:
    change = children[0] if isinstance(children[0], DurationChange) else None
    content = children[0] if change is None else children[1]
    if isinstance(content, Token):
        content = None if content.kind == "END_OF_TEXT" else Rest((content.start, content.end))
    duration, multiplier = _pick(children, Duration), _pick(children, Multiplier)
    return Beat(
        content,
        change,
        duration and duration.literal,
        _pick(children, Properties),
        multiplier and multiplier.literal,
        span_of(children),
    )


BUILDERS: dict[str, Callable[[Children], Any]] = {
    "tag": _tag,
    "chord_with_block_first": _chord_tag,
    "arguments": _arguments,
    "tag_block": _block,
    "duration_block": _block,
    "beat_block": _block,
    "note_block": _block,
    "property": _property,
    "beat": _beat,
    "duration_change": _duration_change,
    "duration": _duration,
    "multiplier": _multiplier,
    "chord": _chord,
    "noted": _noted,
    "unstrung": _unstrung,
    "strung": _strung,
    "nameless": _nameless,
}
