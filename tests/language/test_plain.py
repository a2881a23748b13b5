"""A plain beat is read as the grammar reads it, or left to the grammar."""

from __future__ import annotations

import random

import pytest

from alphatex_eval.language.parser import Parser
from alphatex_eval.language.plain import plain_beat
from alphatex_eval.language.vocabulary import vocabulary

NUMBERS = ("0", "1", "3", "12", "24", "7", "64", "007", "123456789")


def number(rng: random.Random) -> str:
    return rng.choice(NUMBERS)


def block(rng: random.Random) -> str:
    words = [*vocabulary().note_properties, *vocabulary().beat_properties, "nonsense"]
    return "{" + " ".join(rng.choices(words, k=rng.choice((1, 1, 2)))) + "}" if rng.random() < 0.5 else ""


def note(rng: random.Random) -> str:
    return f"{number(rng)}.{number(rng)}{block(rng)}"


def beat(rng: random.Random) -> str:
    change = f":{number(rng)} " if rng.random() < 0.3 else ""
    chord = "(" + " ".join(note(rng) for _ in range(rng.randrange(1, 4))) + ")"
    duration = f".{number(rng)}" if rng.random() < 0.5 else ""
    return change + rng.choice((note(rng), chord, "r")) + duration + block(rng)


def test_plain_beats_have_the_nodes_and_places_of_the_grammar() -> None:
    rng = random.Random(3)
    found = [(text, plain) for text in (beat(rng) for _ in range(2000)) if (plain := plain_beat(text)) is not None]
    assert len(found) > 500
    for text, plain in found:
        parser = Parser(f"{text} |")
        assert repr(next(parser.items())) == repr(plain)
        assert len(list(parser.items())) == 1
        assert not parser.findings.items
        assert not parser.tokens.findings.items


@pytest.mark.parametrize(
    "text", ["3.3*2", "3.3{gr}", "3.3{b (0 4)}", "c4", "x.1", "-.1", "()", "3.3 4.4", "3.3{H}", ""]
)
def test_other_beats_are_left_to_the_grammar(text: str) -> None:
    assert plain_beat(text) is None
