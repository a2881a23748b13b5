"""What lints find, what they leave alone, and how they are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_eval.language import Severity, Stage, check
from alphatex_eval.lints import UnknownRuleError, lint, rules
from alphatex_eval.lints.rule import rule
from alphatex_eval.testing.strategies import Instrument, damaged, documents, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.lints.piece import Piece
    from alphatex_eval.lints.rule import Problem

ANY_MUSIC = documents(tracks=(1, 3), instruments=list(Instrument))


def codes(text: str, **options: tuple[str, ...]) -> list[str]:
    assert check(text).accepted
    return [found.code for found in lint(text, **options)]


@settings(max_examples=60, deadline=None)
@given(ANY_MUSIC)
def test_music_that_can_be_played_has_no_errors(text: str) -> None:
    assert [found for found in lint(text) if found.severity is Severity.ERROR] == []


@settings(max_examples=60, deadline=None)
@given(st.one_of(texts(), damaged(ANY_MUSIC).map(lambda broken: broken.text), st.text(max_size=40)))
def test_no_text_makes_a_lint_fail_and_every_finding_lies_in_the_text(text: str) -> None:
    report = check(text)
    for found in lint(text, report=report):
        assert report.accepted
        assert 0 <= found.start <= found.end <= len(text)
        assert found.stage is Stage.LINT
        before = text[: found.start]
        assert (found.line, found.column) == (before.count("\n") + 1, found.start - before.rfind("\n"))


@pytest.mark.parametrize(
    "text",
    [
        r"\ts (6 8) :8 3.3 5.3 7.3 5.3.4 {d} |",
        r":8 {tu 3} 3.3 5.3 7.3 :4 3.3 5.3 r |",
        r"3.3.2 {d} 5.3.8 {d} 7.3.16",
        r"3.3{gr}.16 5.3.1 |",
        r"\ft 3.3.1 5.3.1 |",
        r"\ts (3 4) r.1 | r.1 |",
        r":1 {tu (3 2)} 3.3 5.3 7.3",
        r"3.3 * 4 | 5.3.16 * 16 |",
        r"\ts (2 4) 3.3.2 | \ts (3 4) 3.3.2 {d} |",
    ],
)
def test_full_bars_are_full(text: str) -> None:
    expected = ["AE101"] if text.startswith(":1 ") else []
    assert codes(text, select=("AE1",)) == expected


@pytest.mark.parametrize(
    "text",
    [
        r"3.3.4 | 3.3.1 | 3.3.2 {d}",
        r"\ac 3.3.4 | 3.3.1",
        r"3.3.1 | \ac 5.3.4 | 3.3.1",
        r"\ro 3.3.1 | \rc 2 5.3.2 {d} | \ro 7.3.4 | 3.3.1 | \rc 2 5.3.2 {d}",
        r"3.3.1 | 5.3.2 | 7.3.2 | 3.3.1",
    ],
)
def test_pick_ups_are_no_short_bars(text: str) -> None:
    assert codes(text, select=("bar-underfull",)) == []


def test_a_short_bar_inside_a_piece_is_found_where_it_stands() -> None:
    text = "3.3.1 |\n5.3.2 7.3.4 |\n3.3.1"
    (found,) = lint(text, select=("bar-underfull",))
    assert (found.code, found.line, found.column, text[found.start : found.end]) == ("AE102", 2, 1, "5.3.2 7.3.4")
    assert found.message == "bar 2 is too short: 3/4 in 4/4"
    assert found.help == "add a note or rest of 1/4 of a whole note"


def test_each_voice_and_track_is_judged_by_itself() -> None:
    text = r'\track "A" \voice 3.3.1 \voice 0.6.1 0.6.4 \track "B" 3.3.1 3.3.4'
    assert codes(text, select=("AE101",)) == ["AE101", "AE101"]


def test_a_second_ending_and_a_passage_after_it_need_no_signs() -> None:
    text = r"\ro 3.3.1 | \ae (1 2) \rc 3 5.3.1 | \ae 3 7.3.1 | 3.3.1"
    assert codes(text) == []


def test_a_capo_moves_the_end_of_the_neck_and_narrows_spans() -> None:
    assert codes(r"\capo 3 22.1.1", select=("AE203",)) == ["AE203"]
    assert codes("(1.6 6.5).1", select=("AE204",)) == ["AE204"]
    assert codes(r"\capo 5 (1.6 6.5).1", select=("AE204",)) == []


def test_one_finger_may_hold_several_strings_where_nothing_between_sounds_lower() -> None:
    assert codes("(2.5 4.4 4.3 4.2 4.1).1", select=("AE205",)) == []
    assert codes("(3.6 2.5 0.4 1.3 3.2 4.1).1", select=("AE205",)) == ["AE205"]
    assert codes("(1.6 2.5 1.4 2.3 1.2 2.1).1", select=("AE205",)) == []


@pytest.mark.parametrize(
    ("text", "swallowed"),
    [
        (r"\section A c4", "c4"),
        (r"\section Drums KickHit", "KickHit"),
        (r"\tuning e4 b3 g3 d3 a2 e2 c4", "c4"),
        (r"\tuning piano c4 d4", "c4"),
        (r'\chord "C" 0 1 0 2 3 x 3.3', "3"),
        (r"\capo 3.5", "3"),
    ],
)
def test_a_swallowed_note_is_pointed_at(text: str, swallowed: str) -> None:
    (found,) = lint(text, select=("note-swallowed",))
    assert text[found.start : found.end] == swallowed


@pytest.mark.parametrize(
    "text",
    [
        r'\section "A" "B" c4',
        r"\section (A c4) c4",
        r"\tuning B4 E4 B3 G3 D3 A2 E2 3.3",
        r"\section Intro | c4",
        r"\ts 3 4 c4",
    ],
)
def test_arguments_that_end_where_they_seem_to_are_left_alone(text: str) -> None:
    assert codes(text, select=("note-swallowed",)) == []


def test_saying_the_same_twice_is_no_contradiction() -> None:
    assert codes(r'\title "A" \title "A" \tempo 90 \tempo 90 \ks g \ks g 3.3.1') == []
    assert codes(r'\tempo 90 \tempo (80 "rit." 0.5) \tempo 100 3.3.1') == ["AE412"]


def test_one_lint_says_no_more_than_anybody_reads() -> None:
    short = r"\ro 3.3.4 | \rc 2 5.3.4 {d} |"
    assert len(lint(short * 600, select=("bar-underfull",))) == 1000


def test_a_rejected_text_has_no_lints() -> None:
    assert lint("(3.1 5.1) 3.9") == ()


def test_more_beats_than_anybody_plays_are_named_and_not_unrolled() -> None:
    assert codes("(3.1 5.1) * 2147483648") == ["AE418"]
    assert codes("3.3 * 900 |" * 200, select=("AE418",)) == ["AE418"] * 89


def test_lints_are_chosen_by_code_beginning_and_name() -> None:
    text = r"\ts (3 4) (3.1 5.1).1"
    assert codes(text) == ["AE101", "AE201"]
    assert codes(text, select=("bar-overfull",)) == ["AE101"]
    assert codes(text, select=("ae2",)) == ["AE201"]
    assert codes(text, ignore=("AE101",)) == ["AE201"]
    assert codes(text, select=()) == []


def test_an_unknown_lint_gets_a_suggestion() -> None:
    with pytest.raises(UnknownRuleError, match=r"^There is no lint 'bar-overful'\. Did you mean 'bar-overfull'\?$"):
        lint("3.3", select=("bar-overful",))


def test_codes_and_names_are_taken_once() -> None:
    def find(piece: Piece) -> Iterator[Problem]:
        yield from ()

    taken = rules()[0]
    for code, name in ((taken.code, "new-name"), ("AE999", taken.name)):
        with pytest.raises(ValueError, match="already"):
            rule(code, name, taken.severity, bad="", good="")(find)
