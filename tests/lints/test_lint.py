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


@pytest.mark.parametrize(
    "text",
    [
        r"\ro 3.3.1 | \ae 1 5.3.1 | \rc 2 7.3.1 | \ae 2 8.3.1 | 3.3.1",
        r"\ro 3.3.1 | \ae 1 5.3.1 | 6.3.1 | \rc 2 7.3.1 | \ae 2 8.3.1",
        r"\ro 3.3.1 | \ae 1 \rc 3 5.3.1 | \ae 2 7.3.1 | \rc 3 8.3.1 | \ae 3 7.3.1",
    ],
)
def test_an_ending_goes_on_to_the_bar_that_ends_its_repeat(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\ro 3.3.1 | \ae 1 5.3.1 | 7.3.1 | \ae 2 \rc 2 8.3.1", "AE404"),
        (r"3.3.1 | \ae 1 5.3.1 | \ro 7.3.1 | \rc 2 8.3.1", "AE404"),
        (r"\ro 3.3.1 | \ae 1 5.3.1 | \rc 2 7.3.1 | \ae 3 8.3.1", "AE405"),
        (r"\ro 3.3.1 | \ae 1 \rc 2 5.3.1 | \ae 2 7.3.1 | 8.3.1 | \rc 2 7.3.1", "AE402"),
    ],
)
def test_an_ending_goes_no_further_than_its_repeat(text: str, expected: str) -> None:
    assert codes(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        r"3.3.1 | \simile simple | 3.3.1",
        r"3.3.1 | 5.3.1 | \simile firstofdouble | \simile secondofdouble | 3.3.1",
        r'\track "A" 3.3.1 | \simile simple \track "B" 3.3.1 | 5.3.1',
    ],
)
def test_a_bar_with_a_simile_mark_needs_no_beats(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (r"\ts (4 4)", r"\ts common", []),
        (r"\ts (4 4)", r"\ts (2 2)", ["AE411"]),
        (r"\tf 2", r"\tf triplet8th", []),
        (r"\tf 1", r"\tf triplet8th", ["AE411"]),
        (r"\tempo 90", r"\tempo 90 \tempo (80 0.5)", []),
        (r"\tempo 90", r"\tempo 91", ["AE411"]),
    ],
)
def test_tracks_may_say_the_same_in_other_words(one: str, other: str, expected: list[str]) -> None:
    assert codes(rf'\track "A" {one} 3.3.1 \track "B" {other} 3.3.1') == expected


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            r'\track "A" \voice 3.3.1 \voice 3.3.1 | 3.3.1 | 5.3.1 \track "B" 3.3.1 | 3.3.1 | 3.3.1 | 3.3.1',
            "5.3.1",
            "track 1 ends with bar 3 of 4",
        ),
        (r'\track "A" 3.3.1 | 3.3.1 \staff 5.3.1', "5.3.1", "staff 2 of track 1 ends with bar 1 of 2"),
    ],
)
def test_a_staff_ends_with_its_longest_voice(text: str, place: str, message: str) -> None:
    (found,) = lint(text, select=("tracks-unequal",))
    assert (text[found.start : found.end], found.message) == (place, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\tempo 10.5 3.3", "nobody plays 10.5 beats a minute"),
        (r"\tempo -1.5 3.3", "-1.5 is no tempo"),
        (r"\tempo 4000000 3.3", "nobody plays 4000000 beats a minute"),
        (r'\track "A" {volume (100.5)} 3.3', "volume 100.5 is outside 0 to 16"),
        (r"\capo (2.5) 3.3", "no capo sits at fret 2.5"),
        (r"\rc (2.5) 3.3", "2.5 is no number of passes"),
        (r"3.3{tu (2.5 2)}", "2.5:2 is no tuplet"),
        (r"3.3{tu (2.5 2)}", "tuplet 2.5:2 stays incomplete at 1/5"),
        (r'\tempo (90 "Slow" 1.5) 3.3', "1.5 is not within the bar"),
    ],
)
def test_numbers_are_shown_as_they_are_written(text: str, message: str) -> None:
    assert message in [found.message for found in lint(text)]


def test_a_capo_moves_the_end_of_the_neck_and_narrows_spans() -> None:
    assert codes(r"\capo 3 22.1.1", select=("AE203",)) == ["AE203"]
    assert codes("(1.6 6.5).1", select=("AE204",)) == ["AE204"]
    assert codes(r"\capo 5 (1.6 6.5).1", select=("AE204",)) == []


@pytest.mark.parametrize(
    "text", [r"\capo -20000 (5.2 6.1)", r"\capo (-2000.5) (3.3 4.4)", "(99999.1 1.2)", f"(1.1 {'9' * 400}.2)"]
)
def test_no_span_is_told_of_frets_that_are_not_on_the_neck(text: str) -> None:
    assert codes(text, select=("AE204", "AE205")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\voice :8 3.5 0.4 \voice :8 15.5 12.4", [("AE204", "15.5"), ("AE211", "15.5"), ("AE211", "12.4")]),
        (r"\voice 1.1.2 3.1 \voice 9.6.4 0.6 3.6.2", [("AE204", "9.6.4")]),
        (r"\voice (1.6 2.5 3.4).1 \voice (4.3 5.2).1", [("AE205", "(4.3 5.2).1")]),
        (r"\voice 5.3.1 \voice 5.3.1", []),
        (r"\voice 5.3.2 5.3 \voice r.4 7.3 r.2", []),
        (r"\voice 5.3.2 -.3 \voice r.2 7.3", []),
        (r"\voice 3.3{gr}.16 5.3.1 \voice 5.3.1", []),
        (r"\voice 1.1.1 \voice 12.6{ah 12}.1", []),
        (r"\voice 5.3.1 \staff 7.3.1", []),
    ],
)
def test_the_voices_of_a_staff_share_its_strings_and_one_hand(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(problem.code, text[problem.start : problem.end].split("{")[0]) for problem in lint(text, select=("AE2",))]
    assert [(code, place.removeprefix(":8 ")) for code, place in found] == expected


def test_a_chord_that_several_voices_make_up_is_named_as_theirs() -> None:
    (found,) = lint(r"\voice 1.1.1 \voice 9.6.1")
    assert found.message == "with the other voices frets 1 and 9 are 226 mm apart, a hand spans 145 mm"


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
