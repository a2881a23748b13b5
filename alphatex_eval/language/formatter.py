"""`format_text(text)`: the canonical form of a text: same score, comments kept, one spelling for one thing.

One tag a line; the beats of a bar on a line that ends with its bar line; names in their display spelling; enumerated
words in lower case, the first of their synonyms; several arguments in parentheses, a single one bare where nothing that
may follow could be taken for another. Formatting twice changes nothing.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.builder import BarLine, Separator
from alphatex_eval.language.context import pitch_of
from alphatex_eval.language.document import AlphaTexError
from alphatex_eval.language.findings import diagnostics
from alphatex_eval.language.nodes import Arguments, Beat, Chord, Kind, Literal, Note, Properties, Property, Rest, Tag
from alphatex_eval.language.parser import Item, Parser, find_property
from alphatex_eval.language.signatures import Candidates
from alphatex_eval.language.vocabulary import Entry, Parameter, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
MARKS = ("x", "-")
BEATS_THAT_FOLLOW = (("number", None), ("ident", "c4"), ("ident", "r"), ("ident", "x"), ("ident", "-"), ("list", None))
NAMES_KEPT_AS_WRITTEN = frozenset({"articulation", "chord", "slur", "chorddiagramsinscore", "tempo"})


def format_text(text: str) -> str:
    r"""The canonical form of `text`, which ends with a line feed unless it is empty.

    Raises AlphaTexError where lexer or parser find an error.

    >>> print(format_text(":8 3.3 { h }  5.3 | (0.1 1.2) .4 \\\\ts 3 4 r"), end="")
    :8 3.3{h} 5.3 |
    (0.1 1.2).4
    \\ts (3 4)
    r
    """
    parser = Parser(text)
    items = list(parser.items())
    if parser.failed:
        raise AlphaTexError(diagnostics(parser.tokens.findings.items + parser.findings.items, text))
    page = _Page(text, parser.tokens.comments)
    for item in items:
        page.write(item)
    return page.finish()


class _Page:
    """The lines of the result, and the comments that still wait for their place."""

    def __init__(self, text: str, comments: list[tuple[int, int]]) -> None:
        self._text = text
        self._comments = iter([*comments, (len(text) + 1, len(text) + 1)])
        self._next_comment = next(self._comments)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._end = 0
        self._beats_before_separator = False

    def write(self, item: Item) -> None:
        """Add a tag, beat or bar line; a separator matters only where it divides two bars of beats."""
        self._write_comments(item.span[0])
        if isinstance(item, Tag):
            self._break()
            self._lines.append(format_tag(item))
        elif isinstance(item, Separator):
            self._beats_before_separator = bool(self._line)
            return
        elif isinstance(item, BarLine):
            self._line.append("|")
            self._break()
        else:
            if self._beats_before_separator:
                self._line.append("|")
                self._break()
            self._line.append(format_beat(item))
        self._beats_before_separator = False
        self._end = item.span[1]

    def finish(self) -> str:
        """The whole result."""
        self._write_comments(len(self._text))
        self._break()
        return "".join(line + "\n" for line in self._lines)

    def _break(self) -> None:
        if self._line:
            self._lines.append(" ".join(self._line))
            self._line = []

    def _write_comments(self, before: int) -> None:
        while self._next_comment[0] < before:
            start, end = self._next_comment
            self._next_comment = next(self._comments)
            self._write_comment(
                self._text[start:end], trails="\n" not in self._text[self._end : start] and self._end > 0
            )
            self._end = max(self._end, end)

    def _write_comment(self, comment: str, *, trails: bool) -> None:
        """A comment behind something on its line stays there; any other gets a line of its own."""
        is_block = comment.startswith("/*")
        comment = _closed(comment) if is_block else comment.rstrip()
        if not trails:
            self._break()
            self._lines.append(comment)
        elif self._line:
            self._line.append(comment)
        elif self._lines:
            self._lines[-1] += " " + comment
        else:
            self._lines.append(comment)
        if not is_block:
            self._break()


def _closed(comment: str) -> str:
    if comment == "/*/":
        return "/**/"
    return comment if comment.endswith("*/") and len(comment) > 3 else comment + "*/"


def format_tag(tag: Tag) -> str:
    """A tag in canonical form, without a line end."""
    entry = vocabulary().tags.get(tag.key)
    parts = ["\\" + (entry.display if entry else tag.name)]
    if tag.arguments is not None:
        parts.append(_arguments(tag.arguments, entry, ()))
    if tag.properties is not None:
        parts.append(_block(tag.properties, (entry.properties,) if entry else ()))
    return " ".join(parts)


def format_beat(beat: Beat) -> str:
    """A beat in canonical form."""
    words = vocabulary()
    text = ""
    if beat.duration_change is not None:
        change = beat.duration_change
        text = f":{change.duration.value}{_block(change.properties, (words.duration_properties,))}"
        text += " " if beat.content is not None else ""
    if isinstance(beat.content, Rest):
        text += "r"
    elif isinstance(beat.content, Chord):
        text += "(" + " ".join(_note(note) for note in beat.content.notes) + ")"
    elif isinstance(beat.content, Note):
        note = _note(beat.content)
        text += f"({note})" if note.startswith('"') else note
    if beat.duration is not None:
        text += f".{beat.duration.value}"
    text += _block(beat.properties, (words.beat_properties, words.note_properties))
    return text + (f" * {beat.multiplier.value}" if beat.multiplier is not None else "")


def _note(note: Note) -> str:
    words = vocabulary()
    value = str(note.value.value)
    text = value.lower() if note.value.kind is not Kind.STRING or value in MARKS else _string_note(value)
    if note.string is not None:
        text += f".{note.string.value}"
    return text + _block(note.properties, (words.note_properties, words.beat_properties))


def _string_note(value: str) -> str:
    return value.lower() if pitch_of(value) is not None else _string(value)


def _block(block: Properties | None, known: tuple[dict[str, Entry], ...]) -> str:
    """A property block; `known` lists every property whose name must not be taken for an argument."""
    if block is None:
        return ""
    names = [name for table in known for name in table]
    return "{" + " ".join(_property(item, find_property(item.name, known), tuple(names)) for item in block.items) + "}"


def _property(item: Property, entry: Entry | None, names: tuple[str, ...]) -> str:
    text = entry.display if entry else item.name
    return text if item.arguments is None else f"{text} {_arguments(item.arguments, entry, names)}"


def _arguments(arguments: Arguments, entry: Entry | None, names: tuple[str, ...]) -> str:
    """The arguments; `names` are those of the properties that may follow, none after a tag."""
    values = arguments.values
    texts = [_argument(values, index, entry) for index in range(len(values))]
    if len(values) == 1 and entry is not None and entry.signatures and _stands_alone(texts[0], values[0], entry, names):
        return texts[0]
    return "(" + " ".join(texts) + ")"


def _stands_alone(written: str, value: Literal, entry: Entry, names: tuple[str, ...]) -> bool:
    """Whether a single argument can be bare: it is taken, and nothing that may follow is."""
    takes_list = any(parameter.mode.takes_list for s in entry.signatures or () for parameter in s.parameters)
    if value.kind is Kind.FLOAT or takes_list:
        return False
    kind = "string" if written.startswith('"') else "number" if value.text is None else "ident"
    taken = Candidates(entry.signatures or ())
    if not taken.feed(kind, value.text):
        return False
    following = [("ident", name) for name in names] if names else BEATS_THAT_FOLLOW
    if any(_takes_another(value, entry, *token) for token in following):
        return False
    taken.drop_incomplete()
    return len(taken) == 1 or bool(names)  # at the end of a text alphaTab cannot decide between two forms


def _takes_another(value: Literal, entry: Entry, kind: str, text: str | None) -> bool:
    candidates = Candidates(entry.signatures or ())
    candidates.feed(value.kind, value.text)
    return not candidates.settled and candidates.feed(kind, text)


def _argument(values: tuple[Literal, ...], index: int, entry: Entry | None) -> str:
    value = values[index]
    if isinstance(value.value, Fraction):
        return _decimal(value.value)
    if isinstance(value.value, int):
        return str(value.value)
    if entry is None or entry.name in NAMES_KEPT_AS_WRITTEN:
        return _as_written(value.value, value.kind)
    return _text_argument(value.value, value.kind, index, entry)


def _text_argument(text: str, kind: Kind, index: int, entry: Entry) -> str:
    """An identifier or string: a word of an enumeration, a note name, a program, or free text."""
    if entry.name == "tuning":
        return text[0].upper() + text[1:].lower() if pitch_of(text) is not None else _as_written(text, kind)
    if entry.name == "instrument":
        name = text.lower().replace(" ", "")
        return name if name in vocabulary().data["instruments"] or name == "percussion" else _string(text)
    parameters = [p for s in entry.signatures or () for p in s.parameters[index : index + 1]]
    enums = [p.enum for p in parameters if p.enum and text.lower() in vocabulary().enums[p.enum]]
    if enums:
        return _word(enums[0], text)
    if kind is Kind.IDENT and _takes_strings(parameters):
        return _string(text)
    return _as_written(text, kind)


def _as_written(text: str, kind: Kind) -> str:
    return text if kind is Kind.IDENT else _string(text)


def _takes_strings(parameters: list[Parameter]) -> bool:
    return any(parameter.words is None and {"ident", "string"} <= parameter.types for parameter in parameters)


@cache
def _word(enum: str, text: str) -> str:
    """The canonical spelling of a word of an enumeration; a minor key stays one."""
    spellings, canonical = vocabulary().enums[enum], vocabulary().canonical[enum]
    word = text.lower()
    if word in canonical:
        return word
    return next((known for known in canonical if spellings[known] == spellings[word]), word)


def _decimal(value: Fraction) -> str:
    """An exact fraction with a finite decimal expansion, as it was read."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = str(abs(int(value * 10**digits))).rjust(digits + 1, "0")
    whole, rest = (scaled[:-digits], scaled[-digits:]) if digits else (scaled, "0")
    return f"{'-' if value < 0 else ''}{whole}.{rest}"


def _string(text: str) -> str:
    return '"' + "".join(_escaped(text)) + '"'


def _escaped(text: str) -> Iterator[str]:
    for character in text:
        if character in ESCAPES:
            yield ESCAPES[character]
        elif character < " " or "\ud800" <= character <= "\udfff":
            yield f"\\u{ord(character):04x}"
        else:
            yield character
