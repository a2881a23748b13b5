"""The canonical grammar: one source, two dialects, and alphaTab's word that all of its texts are good."""

from __future__ import annotations

import random
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput
from llguidance import LLMatcher, LLTokenizer, grammar_from

from alphatex_eval.language.canonical import grammar_text, main
from alphatex_eval.language.sampler import canonical, literals, pieces, sample

if TYPE_CHECKING:
    from tests.reference.oracle import Oracle

TEXT = files("alphatex_eval.grammars").joinpath("canonical.lark").read_text(encoding="utf-8")
RANDOM_TEXTS = 2_000
LONG_LISTS = ("drum", "quoted_drum", "program_", "articulation_id")

REEL = r"""\title "Soldier's Joy"
\track "Guitar" {instrument acousticguitarsteel volume 12}
\staff {score tabs}
\tuning (E4 B3 G3 D3 A2 E2)
\tempo 120
\ts (4 4)
\ks d
:8 2.1 5.1 2.1 3.2 2.2{h} 3.2 (0.1 2.2 2.3).4 |
r.4 3.3{b (0 4 0) ah v}{f} * 2 :8{tu 3} x.3 () (3.3{gr onbeat}).4{d} |
|
\section ("Coda")
\track ("Kit" "k") {instrument percussion}
\articulation (defaults)
kickhit.4 ("Snare (hit)" 38) x 57 * 3
"""


@pytest.fixture(scope="module")
def parser() -> Lark:
    return Lark(TEXT, parser="lalr", lexer="contextual", strict=True)


@pytest.fixture(scope="module")
def walks() -> list[list[str]]:
    return [pieces(random.Random(seed).randrange, limit=400) for seed in range(RANDOM_TEXTS)]


@pytest.fixture(scope="module")
def texts(walks: list[list[str]]) -> list[str]:
    return ["".join(walk) for walk in walks]


def consumed(text: str) -> tuple[int, bool]:
    """How many bytes a token mask lets through, and whether the text may end there."""
    matcher = LLMatcher(LLTokenizer("byte"), grammar_from("lark", TEXT))
    return matcher.try_consume_tokens(list(text.encode())), matcher.is_accepting()


def test_the_file_is_what_the_vocabulary_gives() -> None:
    assert grammar_text() == TEXT
    assert main([]) == 0


def test_lark_in_strict_mode_finds_no_conflict_and_reads_a_reel(parser: Lark) -> None:
    assert parser.parse(REEL).data == "start"


def test_llguidance_reads_the_grammar_and_lets_a_reel_through() -> None:
    failed, messages = LLMatcher.validate_grammar_with_warnings(grammar_from("lark", TEXT), LLTokenizer("byte"))
    assert not failed, messages
    assert messages == []
    assert consumed(REEL) == (len(REEL), True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3.7 |\n", "a guitar has six strings"),
        ("\\tuning (G2 D2 A1 E1)\n0.5 |\n", "this tuning has four"),
        ("\\track {instrument fretlessbass}\n0.5 |\n", "a bass has four by itself"),
        ("3.3 c4 |\n", "frets and pitches do not mix"),
        ("c4 |\n\\staff\n3.3 |\n", "a second staff names its tuning"),
        ("x |\n", "a dead note needs a string or a staff of pitches"),
        ("3.3{lf 6} |\n", "no hand has six fingers"),
        ("\\ts (4 3)\n3.3 |\n", "there is no third note"),
        ("3.3.3 |\n", "nor here"),
        ("3.3  4.3 |\n", "one blank between beats"),
        ("3.3 |", "a line feed ends the text"),
        ("3.3\n4.3 |\n", "a bar stands on one line"),
        ("\\track {instrument percussion}\n38.4 |\n", "this is a string number, not a duration"),
        ("3.3{gr b (0 4)} |\n", "a bare gr swallows the bend"),
        ('\\tempo 120 "Slow"\n3.3 |\n', "two arguments stand in parentheses"),
    ],
)
def test_what_is_not_canonical_is_not_read(parser: Lark, text: str, why: str) -> None:
    with pytest.raises(UnexpectedInput):
        parser.parse(text)
    assert consumed(text) != (len(text), True), why


def test_random_texts_are_accepted_by_alphatab_without_any_finding(texts: list[str], oracle: Oracle) -> None:
    refused = [
        (text, answer)
        for text, answer in zip(texts, oracle.check_all(texts), strict=True)
        if not answer.accepted or answer.diagnostics
    ]
    assert not refused, refused[0]


def test_random_texts_are_read_by_both_dialects(texts: list[str], parser: Lark) -> None:
    for text in texts[:50]:
        parser.parse(text)
        assert consumed(text) == (len(text.encode()), True)


def test_random_texts_are_long(texts: list[str]) -> None:
    assert sum(len(text) > 200 for text in texts) >= RANDOM_TEXTS / 2


def test_random_texts_reach_every_tag_property_and_word(walks: list[list[str]]) -> None:
    rules = canonical().rules.items()
    wanted = {text for name, node in rules if not name.startswith(LONG_LISTS) for text in literals(node)}
    assert sorted(wanted.difference(*walks)) == []


def test_the_same_seed_gives_the_same_text() -> None:
    assert sample(random.Random(7).randrange) == sample(random.Random(7).randrange)


def test_choosing_the_first_option_everywhere_gives_the_empty_text() -> None:
    assert sample(lambda _: 0) == ""
