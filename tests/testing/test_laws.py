"""The laws of the language, music, lints and scorers packages, on generated tabs: what must hold whatever the text."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer, grammar_from

from alphatex_eval.language import Severity, Verdict, check, parse
from alphatex_eval.language.formatter import format_text
from alphatex_eval.lints import lint
from alphatex_eval.music.loader import load
from alphatex_eval.rubrics import score
from alphatex_eval.scorers.results import Status
from alphatex_eval.testing.strategies import Feature, Instrument, damaged, documents, texts, truncated, tunings
from tests.reference.oracle import Verdict as Answered
from tests.testing.examples import examples

if TYPE_CHECKING:
    from alphatex_eval.testing.strategies import Damaged
    from tests.reference.oracle import Oracle

TABS = documents(instruments=list(Instrument), tracks=(1, 3)) | texts(size=200)
GRAMMAR = grammar_from("lark", files("alphatex_eval.grammars").joinpath("canonical.lark").read_text(encoding="utf-8"))
LAW = settings(max_examples=30, database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])


# Whole pieces with any parameters, each of them drawn as well.
ANY_MUSIC = st.fixed_dictionaries(
    {
        "tracks": st.sampled_from([(1, 1), (1, 3), (3, 3)]),
        "bars": st.sampled_from([(1, 4), (5, 5)]),
        "instruments": st.lists(st.sampled_from(Instrument), min_size=1, unique=True),
    },
    optional={
        "features": st.sets(st.sampled_from(Feature)),
        "playable": st.booleans(),
        "key": st.sampled_from(["c", "f#", "ebminor"]),
        "tuning": tunings() | st.just(("E4",)),
        "time_signature": st.sampled_from([(7, 8), (3, 4), (5, 16), (3, 2)]),
    },
).flatmap(lambda parameters: documents(**parameters))


@settings(LAW, max_examples=60)
@given(ANY_MUSIC)
def test_music_with_any_parameters_is_accepted_bar_exact_and_free_of_errors(text: str) -> None:
    assert check(text).diagnostics == ()
    assert [item for item in lint(text) if item.severity is Severity.ERROR] == []
    piece = load(text)
    for track in piece.tracks:
        for bars in (staff.bars for staff in track.staves):
            lengths = [{voice.duration for voice in bar.voices} for bar in bars]
            assert lengths == [{master.duration} for master in piece.master_bars]


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
@given(TABS)
def test_a_formatted_tab_is_the_same_document_and_the_same_music(text: str) -> None:
    spread = text.replace(" |\n", " // the bar ends\n|\n").replace("\n", "\n\n  ")
    formatted = format_text(spread)
    assert parse(formatted) == parse(spread)
    assert load(formatted) == load(text)


@settings(LAW, max_examples=15)
@given(TABS | truncated(TABS) | damaged(TABS).map(lambda found: found.text))
def test_a_score_is_in_range_says_the_same_twice_and_never_raises(text: str) -> None:
    result = score(text)
    values = [result.value, *(part.value for part in result.scores.values())]
    assert all(0 <= value <= 1 for value in values if value is not None)
    assert all((part.value is not None) == (part.status is Status.SCORED) for part in result.scores.values())
    assert score(text) == result


@settings(LAW, max_examples=15)
@given(documents(bars=(2, 6)))
def test_white_space_changes_no_score(text: str) -> None:
    assert score(text.replace("\n", "\n\n").replace(" ", "  ")).value == score(text).value


@settings(LAW, max_examples=15)
@given(damaged(documents(bars=(2, 6))))
def test_a_damaged_tab_gets_no_lints_and_less_than_half_a_score(found: Damaged) -> None:
    assert not check(found.text).accepted
    assert lint(found.text) == ()
    assert (score(found.text).value or 0) < 0.5


@LAW
@given(documents(instruments=list(Instrument)))
def test_token_masks_let_music_through(text: str) -> None:
    matcher = LLMatcher(LLTokenizer("byte"), GRAMMAR)
    assert matcher.try_consume_tokens(list(text.encode())) == len(text.encode())
    assert matcher.is_accepting()


def test_alphatab_and_we_find_the_same_in_damaged_and_cut_tabs(oracle: Oracle) -> None:
    found = [item.text for item in examples(damaged(TABS), 150)] + examples(truncated(TABS), 150)
    for text, answer in zip(found, oracle.check_all(found), strict=True):
        assert check(text).accepted == answer.accepted, text
        if answer.verdict is Answered.CRASH:
            continue
        ours = [(item.code, item.start) for item in check(text).diagnostics]
        theirs = [(f"AT{finding.code:03}", finding.start) for finding in answer.diagnostics]
        assert ours == theirs, text
