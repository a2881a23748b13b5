"""Nodes as text: what is written is read back as the same nodes, whatever the score."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from alphatex_eval.language import parse
from alphatex_eval.language.nodes import Chord, Rest
from alphatex_eval.testing.strategies import Instrument, scores
from alphatex_eval.testing.writing import beat, note, prop, tag, word, write

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Document


@settings(max_examples=100, database=None, derandomize=True)
@given(scores(instruments=list(Instrument)))
def test_reading_what_was_written_gives_the_same_nodes(document: Document) -> None:
    assert parse(write(document)) == document


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (tag("title", 'The "Walk"\n'), '\\title "The \\"Walk\\"\\n"'),
        (tag("ts", 3, 4), "\\ts (3 4)"),
        (tag("section", "A", parenthesised=True), '\\section ("A")'),
        (tag("tempo", Fraction(181, 2)), "\\tempo (90.5)"),
        (tag("scale", Fraction(2)), "\\scale (2.0)"),
        (tag("track", block=[prop("instrument", word("koto"))]), "\\track {instrument koto}"),
        (beat(note(3, 2, [prop("b", 0, 4)]), value=8, block=[prop("f")]), "3.2{b (0 4)}.8{f}"),
        (beat(Chord((note(word("c4")), note(word("e4")))), change=4), ":4 (c4 e4)"),
        (beat(Rest()), "r"),
    ],
)
def test_nodes_are_written_in_canonical_form(node: object, text: str) -> None:
    assert write(node) == text


def test_what_is_not_a_node_is_named() -> None:
    with pytest.raises(TypeError, match="there is no text for int"):
        write(3)
