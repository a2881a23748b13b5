"""Nodes at another place of the text: what is spelled alike is parsed once and moved to where it stands."""

from __future__ import annotations

from alphatex_eval.language.nodes import (
    Arguments,
    Beat,
    Chord,
    DurationChange,
    Literal,
    Note,
    Properties,
    Property,
    Rest,
    Span,
    Tag,
)


def moved_tag(tag: Tag, by: int) -> Tag:
    """A tag with all spans `by` characters later."""
    arguments, properties = _arguments(tag.arguments, by), _properties(tag.properties, by)
    return Tag(tag.name, arguments, properties, tag.properties_first, _span(tag.span, by))


def moved_beat(beat: Beat, by: int) -> Beat:
    """A beat with all spans `by` characters later."""
    content = beat.content
    if isinstance(content, Note):
        content = _note(content, by)
    elif isinstance(content, Chord):
        content = Chord(tuple([_note(note, by) for note in content.notes]), _span(content.span, by))
    elif content is not None:
        content = Rest(_span(content.span, by))
    change, duration, multiplier = beat.duration_change, beat.duration, beat.multiplier
    return Beat(
        content,
        change
        and DurationChange(_literal(change.duration, by), _properties(change.properties, by), _span(change.span, by)),
        duration and _literal(duration, by),
        _properties(beat.properties, by),
        multiplier and _literal(multiplier, by),
        _span(beat.span, by),
    )


def _span(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by


def _literal(literal: Literal, by: int) -> Literal:
    start, end = literal.span
    return Literal(literal.kind, literal.value, (start + by, end + by))


def _note(note: Note, by: int) -> Note:
    string, start, end = note.string, *note.span
    return Note(
        _literal(note.value, by),
        string and _literal(string, by),
        _properties(note.properties, by),
        (start + by, end + by),
    )


def _arguments(arguments: Arguments | None, by: int) -> Arguments | None:
    if arguments is None:
        return None
    values = tuple([_literal(value, by) for value in arguments.values])
    return Arguments(values, arguments.parenthesised, _span(arguments.span, by))


def _properties(block: Properties | None, by: int) -> Properties | None:
    if block is None:
        return None
    items = [Property(item.name, _arguments(item.arguments, by), _span(item.span, by)) for item in block.items]
    return Properties(tuple(items), _span(block.span, by))
