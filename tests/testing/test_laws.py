"""The laws of the language and music packages, on generated tabs: what must hold whatever the text."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from hypothesis import Phase, given, settings
from llguidance import LLMatcher, LLTokenizer, grammar_from

from alphatex_eval.language import Verdict, check, parse
from alphatex_eval.language.formatter import format_text
from alphatex_eval.music.loader import load
from alphatex_eval.testing.strategies import Instrument, damaged, documents, texts, truncated
from tests.testing.examples import examples

if TYPE_CHECKING:
    from alphatex_eval.testing.strategies import Damaged
    from tests.reference.oracle import Oracle

TABS = documents(instruments=list(Instrument), tracks=(1, 3)) | texts(size=200)
GRAMMAR = grammar_from("lark", files("alphatex_eval.grammars").joinpath("canonical.lark").read_text(encoding="utf-8"))
LAW = settings(max_examples=30, database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])


@LAW
@given(TABS)
def test_a_generated_tab_is_complete_and_has_no_finding(text: str) -> None:
    report = check(text)
    assert (report.verdict, report.valid_prefix, report.diagnostics) == (Verdict.COMPLETE, len(text), ())


@LAW
@given(TABS)
def test_canonical_texts_are_fixed_points_of_the_formatter(text: str) -> None:
    assert format_text(text) == text


@LAW
@given(TABS)
def test_one_line_or_many_the_formatter_gives_the_same(text: str) -> None:
    assert format_text(text.replace("\n", " ")) == text


@LAW
@given(TABS)
def test_a_parsed_document_and_its_text_load_alike(text: str) -> None:
    assert load(parse(text)) == load(text)


@settings(LAW, max_examples=8)
@given(documents(bars=(1, 1), tracks=(1, 1)))
def test_no_prefix_of_a_tab_is_invalid(text: str) -> None:
    verdicts = {check(text[:end]).verdict for end in range(len(text) + 1)}
    assert verdicts <= {Verdict.COMPLETE, Verdict.TRUNCATED}


@LAW
@given(truncated(TABS))
def test_the_longest_valid_prefix_of_a_cut_tab_is_all_of_it(text: str) -> None:
    assert check(text).valid_prefix == len(text)


@LAW
@given(damaged(TABS))
def test_the_valid_prefix_of_a_damaged_tab_is_valid_and_ends_in_the_fault(found: Damaged) -> None:
    report = check(found.text)
    assert check(found.text[: report.valid_prefix]).verdict is not Verdict.INVALID
    assert report.valid_prefix <= len(found.text)


@LAW
@given(documents(instruments=list(Instrument)))
def test_token_masks_let_music_through(text: str) -> None:
    matcher = LLMatcher(LLTokenizer("byte"), GRAMMAR)
    assert matcher.try_consume_tokens(list(text.encode())) == len(text.encode())
    assert matcher.is_accepting()


def test_alphatab_and_we_find_the_same_in_damaged_and_cut_tabs(oracle: Oracle) -> None:
    found = [item.text for item in examples(damaged(TABS), 150)] + examples(truncated(TABS), 150)
    for text, answer in zip(found, oracle.check_all(found), strict=True):
        ours = [(item.code, item.start) for item in check(text).diagnostics]
        theirs = [(f"AT{finding.code:03}", finding.start) for finding in answer.diagnostics]
        assert ours == theirs, text
