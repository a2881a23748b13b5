"""Plain beats, read by one expression: frets on strings, chords of them and rests, with durations and bare properties.

Most beats that have not been met before are of this kind, and the grammar takes ten times as long for one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.nodes import (
    Beat,
    Chord,
    DurationChange,
    Kind,
    Literal,
    Note,
    Properties,
    Property,
    Rest,
)
from alphatex_eval.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Span

NUMBER = "[0-9]{1,9}"
WORD = re.compile("[a-z]+")


def plain_beat(text: str) -> Beat | None:
    """The only beat of a text as the parser reads it, None if it is not plain."""
    match = _expressions()[0].fullmatch(text)
    if match is None:
        return None
    span = match.span
    if span("note")[0] >= 0:
        content: Note | Chord | Rest = _notes(text, *span("note"))[0]
    elif span("chord")[0] >= 0:
        content = Chord(_notes(text, *span("chord")), span("chord"))
    else:
        content = Rest(span("rest"))
    change = _number(text, span("change"))
    return Beat(
        content,
        None if change is None else DurationChange(change, None, (0, change.span[1])),
        _number(text, span("duration")),
        _block(text, span("block")),
        None,
        (0, len(text)),
    )


@cache
def _expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Those of a plain beat and of a plain note."""
    words = vocabulary()
    of_beats = _bare_block([name for name, entry in words.beat_properties.items() if entry.signatures is None])
    both = {**words.beat_properties, **words.note_properties}
    of_notes = _bare_block([name for name, entry in both.items() if entry.signatures is None])
    note = rf"{NUMBER}\.{NUMBER}(?:{of_notes})?"
    content = rf"(?P<note>{note})|(?P<chord>\({note}(?: {note})*\))|(?P<rest>r)"
    beat = rf"(?::(?P<change>{NUMBER}) )?(?:{content})(?:\.(?P<duration>{NUMBER}))?(?P<block>{of_beats})?"
    return re.compile(beat), re.compile(rf"({NUMBER})\.({NUMBER})({of_notes})?")


def _bare_block(names: list[str]) -> str:
    """The expression of a block of properties that take no arguments."""
    name = "(?:" + "|".join(filter(WORD.fullmatch, names)) + ")"
    return rf"\{{{name}(?: {name})*\}}"


def _notes(text: str, start: int, end: int) -> tuple[Note, ...]:
    return tuple(
        [
            Note(
                Literal(Kind.NUMBER, int(match[1]), match.span(1)),
                Literal(Kind.NUMBER, int(match[2]), match.span(2)),
                _block(text, match.span(3)),
                match.span(),
            )
            for match in _expressions()[1].finditer(text, start, end)
        ]
    )


def _number(text: str, span: Span) -> Literal | None:
    return None if span[0] < 0 else Literal(Kind.NUMBER, int(text[span[0] : span[1]]), span)


def _block(text: str, span: Span) -> Properties | None:
    if span[0] < 0:
        return None
    return Properties(tuple([Property(match[0], None, match.span()) for match in WORD.finditer(text, *span)]), span)
