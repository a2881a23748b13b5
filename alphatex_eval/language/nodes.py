r"""The syntax tree of a document: immutable nodes that compare by value and know their place in the text.

A document is a flat list of bars. A bar is tags, then beats, then perhaps a bar line; `\\track`, `\\staff` and
`\\voice` are ordinary tags. Nodes keep what was written (spelling, quotes, parentheses); what it *means* (running
durations, voices, pitches) is the business of `alphatex_eval.music`. Spans are (start, end) in code points and take no
part in comparison, so that two texts that differ in white space give equal documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

Span = tuple[int, int]
NO_SPAN: Span = (0, 0)


class Kind(StrEnum):
    """How a literal was written: `foo`, `"foo"`, `3` or `3.5`."""

    IDENT = "ident"
    STRING = "string"
    NUMBER = "number"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Literal:
    """One value in the text. `value` is the text (escapes resolved), an int, or an exact fraction."""

    kind: Kind
    value: str | int | Fraction
    span: Span = field(default=NO_SPAN, compare=False)

    @property
    def text(self) -> str | None:
        """The text of an identifier or string, None for a number."""
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> int | Fraction | None:
        """The number, None for a text."""
        return None if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a tag or property, in parentheses or bare."""

    values: tuple[Literal, ...]
    parenthesised: bool
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Property:
    """One entry of a `{…}` block. `name` is spelled as written; `key` is its lower-case form, as tables list it."""

    name: str
    arguments: Arguments | None = None
    span: Span = field(default=NO_SPAN, compare=False)
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.name.lower())


@dataclass(frozen=True, slots=True)
class Properties:
    """A `{…}` block."""

    items: tuple[Property, ...]
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Tag:
    r"""A metadata tag with its arguments and properties. `properties_first` is true only for `\\chord {…} …`.

    `name` is spelled as written; `key` is its lower-case form, as tables list it.
    """

    name: str
    arguments: Arguments | None = None
    properties: Properties | None = None
    properties_first: bool = False
    span: Span = field(default=NO_SPAN, compare=False)
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.name.lower())


@dataclass(frozen=True, slots=True)
class Note:
    """A note as written: its value, string number if any, and its own property block."""

    value: Literal
    string: Literal | None = None
    properties: Properties | None = None
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest `r`."""

    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes in parentheses, any number of them."""

    notes: tuple[Note, ...]
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class DurationChange:
    """`:8` or `:8 {tu 3}`: the duration of all following beats."""

    duration: Literal
    properties: Properties | None = None
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat. `content` is None only for a duration change that is the last thing in the text.

    `multiplier` is the number after `*` (the last one where two are written).
    """

    content: Note | Rest | Chord | None
    duration_change: DurationChange | None = None
    duration: Literal | None = None
    properties: Properties | None = None
    multiplier: Literal | None = None
    span: Span = field(default=NO_SPAN, compare=False)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes of the beat, none for a rest."""
        if isinstance(self.content, Note):
            return (self.content,)
        return self.content.notes if isinstance(self.content, Chord) else ()


@dataclass(frozen=True, slots=True)
class Bar:
    """Tags, beats and perhaps a bar line (`|`). A bar without one was ended by a tag or by the end of the text."""

    tags: tuple[Tag, ...]
    beats: tuple[Beat, ...]
    bar_line: bool
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """`// text` or `/* text */`; `text` excludes the marks."""

    text: str
    block: bool
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text. Comments stand apart, in order of their place in the text."""

    bars: tuple[Bar, ...]
    comments: tuple[Comment, ...] = ()
