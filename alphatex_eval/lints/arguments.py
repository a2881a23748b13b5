"""AE43x: arguments and properties that do something else than they seem to, or nothing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_eval.language.context import PITCHED_TUNINGS, Context, pitch_of
from alphatex_eval.language.nodes import Kind, Literal, Property, Tag
from alphatex_eval.language.signatures import Candidates
from alphatex_eval.language.vocabulary import Entry, vocabulary
from alphatex_eval.lints.piece import Piece, arguments_of, items_of
from alphatex_eval.lints.rule import HINT, WARNING, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOT_NUMBER = re.compile(r"\s*\.\s*[0-9]")
STRINGS = 6
EXACT_WORDS = {
    "tempo": frozenset({"hide"}),
    "tuning": frozenset({"hide", *PITCHED_TUNINGS}),
    "articulation": frozenset({"defaults"}),
    "chorddiagramsinscore": frozenset({"false"}),
}
"""Words that alphaTab accepts in any case and obeys in lower case only."""

READ_FREELY = frozenset({"ae", "tempo", "tuning", "track", "chord"})
"""Tags whose arguments alphaTab reads beyond their signature."""


@rule("AE431", "note-swallowed", WARNING, bad=r"\section A c4", good=r'\section ("A") c4')
def note_swallowed(piece: Piece) -> Iterator[Problem]:
    r"""Arguments without parentheses reach further than they seem to and take a note with them.

    `\section A c4` is a section called "A c4" and no note; `\tuning (…)`, `\section (…)`, `\chord (…)` say where the
    arguments end. alphaTab says nothing.
    """
    for tag in piece.tags:
        if tag.arguments is not None and not tag.arguments.parenthesised:
            value = _swallowed(tag, tag.arguments.values, piece.text)
            if value is not None:
                shown = piece.text[value.span[0] : value.span[1]]
                yield Problem(
                    value.span, rf"`\{tag.name}` takes the note `{shown}`", "put its arguments in parentheses"
                )


@rule("AE432", "argument-ignored", WARNING, bad=r"\capo (2 5) 3.3", good=r"\capo 2 3.3")
def argument_ignored(piece: Piece) -> Iterator[Problem]:
    """A list in parentheses holds more arguments than the tag or property takes, or one of the wrong kind.

    alphaTab skips what does not fit without a word.
    """
    for owner, entry in _owners(piece):
        if entry.signatures and owner.arguments and owner.arguments.parenthesised:
            candidates = Candidates(entry.signatures)
            for value in owner.arguments.values:
                if not candidates.feed(value.kind, value.text):
                    yield Problem(value.span, f"`{owner.name}` ignores `{value.value}`", "take it away")


@rule("AE433", "property-ignored", WARNING, bad=r'\title "A" {size (12)} 3.3', good=r'\title "A" 3.3')
def property_ignored(piece: Piece) -> Iterator[Problem]:
    """A tag has a property that it does not know.

    With parentheses alphaTab accepts any name behind most tags, and ignores it.
    """
    for tag in piece.tags:
        known = vocabulary().tags[tag.key].properties
        for item in items_of(tag.properties):
            if item.key not in known:
                yield Problem(item.span, rf"`\{tag.name}` has no property `{item.name}`", "take it away")


@rule(
    "AE434",
    "word-in-wrong-case",
    WARNING,
    bad=r'\tempo (120 "Slow" 0 HIDE) 3.3',
    good=r'\tempo (120 "Slow" 0 hide) 3.3',
)
def word_in_wrong_case(piece: Piece) -> Iterator[Problem]:
    """A word is accepted in this spelling but obeyed in lower case only.

    `HIDE` becomes the label of a tempo, `False` means true.
    """
    for tag in piece.tags:
        for value in arguments_of(tag) if tag.key in EXACT_WORDS else ():
            word = value.text or ""
            if value.kind is Kind.IDENT and word != word.lower() and word.lower() in EXACT_WORDS[tag.key]:
                yield Problem(value.span, f"`{word}` has no effect here", f"write `{word.lower()}`")


@rule("AE435", "tag-outdated", HINT, bad=r"\instrument 25 3.3", good=r'\track "Guitar" {instrument 25} 3.3')
def tag_outdated(piece: Piece) -> Iterator[Problem]:
    """A tag belongs to an older alphaTex.

    It still works. The instrument of a track is a property of `track` today, a double bar is `barLineRight lightlight`.
    """
    for tag in piece.tags:
        if vocabulary().tags[tag.key].deprecated:
            yield Problem(tag.span, rf"`\{tag.name}` is outdated", None)


@rule(
    "AE436", "chord-text-ignored", WARNING, bad=r'\chord ("C" 0 1 0 2 3 "x") 3.3', good=r'\chord ("C" 0 1 0 2 3 x) 3.3'
)
def chord_text_ignored(piece: Piece) -> Iterator[Problem]:
    """A chord diagram has a text in quotes among its frets.

    alphaTab skips it, so that all later frets move to other strings. A string that is not played is a bare `x`.
    """
    for tag in piece.tags:
        for value in arguments_of(tag)[1:] if tag.key == "chord" else ():
            if value.kind is Kind.STRING:
                yield Problem(value.span, f'"{value.value}" is skipped', "write `x` without quotes, or a fret")


def _swallowed(tag: Tag, values: Sequence[Literal], text: str) -> Literal | None:
    """The argument that looks like a note: a fret before its dot, or the name of a pitch or of a drum."""
    if not values:
        return None
    last = values[-1]
    if last.kind is Kind.NUMBER and DOT_NUMBER.match(text, last.span[1]):
        return last
    if tag.key == "section" and len(values) > 1 and last.kind is Kind.IDENT and _is_note(str(last.value)):
        return last
    return _swallowed_string(values) if tag.key == "tuning" else None


def _swallowed_string(values: Sequence[Literal]) -> Literal | None:
    """The first argument of a tuning that is no string: behind `piano`, or a seventh one that is higher again."""
    if values[0].text in PITCHED_TUNINGS:
        return values[1] if len(values) > 1 else None
    pitches = [pitch_of(value.text or "") for value in values]
    for index, (before, pitch) in enumerate(pairwise(pitches), start=1):
        if index >= STRINGS and before is not None and pitch is not None and pitch > before:
            return values[index]
    return None


def _is_note(name: str) -> bool:
    return pitch_of(name) is not None or Context().percussion_number(name) is not None


def _owners(piece: Piece) -> Iterator[tuple[Tag | Property, Entry]]:
    """Everything whose signature says which arguments count, with its entry in the vocabulary."""
    words = vocabulary()
    for tag in piece.tags:
        entry = words.tags[tag.key]
        if tag.key not in READ_FREELY:
            yield tag, entry
        yield from (
            (item, entry.properties[item.key]) for item in items_of(tag.properties) if item.key in entry.properties
        )
    for item in piece.properties(*(words.beat_properties.keys() | words.note_properties.keys())):
        yield item, words.note_properties.get(item.key) or words.beat_properties[item.key]
