"""`check` from outside: verdicts, places, help, and texts that would like to break it."""

from __future__ import annotations

import time

import pytest

from alphatex_eval.language import Severity, Stage, Verdict, check
from alphatex_eval.language.vocabulary import vocabulary
from tests.language.cases import ACCEPTED, REJECTED

CODES = vocabulary().data["diagnostics"]


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_right_tab_is_complete(text: str) -> None:
    report = check(text)
    assert (report.accepted, report.verdict, report.stage) == (True, Verdict.COMPLETE, None)
    assert report.valid_prefix == len(text)


@pytest.mark.parametrize("text", REJECTED)
def test_a_wrong_tab_says_where_and_what(text: str) -> None:
    report = check(text)
    assert not report.accepted
    errors = [item for item in report.diagnostics if item.severity is Severity.ERROR]
    assert report.stage in {error.stage for error in errors}
    assert all(error.message and 0 <= error.start <= error.end <= len(text) for error in errors)
    assert check(text[: report.valid_prefix]).verdict is not Verdict.INVALID


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_code_shows_that_code(code: str) -> None:
    found = {item.code: item for item in check(CODES[code]["example"]).diagnostics}
    assert code in found
    assert found[code].severity == CODES[code]["severity"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("3.3\n  3.7", "AT208", 2, 4),
        ("// ♯\n\\tite c4", "AT204", 2, 1),
        ("🎸 3.3", "AT209", 1, 1),
        ("c4\r\n}", "AT202", 2, 1),
    ],
)
def test_places_count_code_points_and_line_feeds(text: str, code: str, line: int, column: int) -> None:
    [error] = [item for item in check(text).diagnostics if item.severity is Severity.ERROR]
    assert (error.code, error.line, error.column) == (code, line, column)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ('\\titel "x"', "did you mean `title`?"),
        ("3.3 {hh}", "did you mean `h`?"),
        ("\\ks (cmajr)", "did you mean `cmajor`?"),
        ("KikHit", "did you mean `kickhit`?"),
        (":5 c4", "write one of -4, -2, 1, 2, 4, 8, 16, 32, 64, 128, 256: 4 is a quarter note"),
        ("\\capo ()", "write `\\capo fret`"),
    ],
)
def test_a_near_miss_gets_a_suggestion(text: str, suggestion: str) -> None:
    assert suggestion in {item.help for item in check(text).diagnostics}


NOTE_FIRST = "write it directly behind a note, before the duration, as in `3.3{%s}.4`"
DURATION_FIRST = "a duration stands before the block, as in `(3.3 5.2).4{f}`"
STRING_FIRST = f"a fret needs its string, as in `3.2`; {DURATION_FIRST}"


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        ("(0.6 2.5 2.4){pm}", [NOTE_FIRST % "pm"]),
        ("(3.3 5.2){H}", [NOTE_FIRST % "h"]),
        ("5.3.4{t}", [NOTE_FIRST % "t"]),
        ("5.3.4{ah 12}", [NOTE_FIRST % "ah …"]),
        ("5.3.4{b (0 4)}", [NOTE_FIRST % "b …"]),
        ("5.3.4{slased}", ["did you mean `slashed`?"]),
        ('\\track "A" {hid} 3.3', [None]),
        ("(0.6 2.5){slashed}.4", [DURATION_FIRST, STRING_FIRST]),
        ("3.3{v}{f}.4 5.3", [DURATION_FIRST, STRING_FIRST]),
        ("(0.6 2.5){slashed} . 3.3", ["remove it"]),
        ("\\track {instrument percussion} . 38", ["remove it"]),
        ("3.3 5", [STRING_FIRST]),
        ("3.3 c4", ["put it on a staff of its own with `\\staff` or `\\track`"]),
    ],
)
def test_a_thing_in_the_wrong_place_is_told_its_place(text: str, helps: list[str | None]) -> None:
    assert [item.help for item in check(text).diagnostics] == helps


def test_a_text_that_makes_alphatab_fail_gets_a_diagnostic_of_ours() -> None:
    report = check("3.3{b}")
    assert [(item.code, item.stage) for item in report.diagnostics] == [("AE001", Stage.SEMANTIC)]
    assert not report.accepted


@pytest.mark.parametrize(
    "text",
    [
        "3.",
        "3.3 (4.",
        '\\title "La',
        "\\tem",
        "3.3{b",
        "3.3{b (0 4",
        ":3",
        "\\ts (3",
        "c",
        "/",
        "\\",
        "3.3 x",
        '"\\u0',
        "\\ks f#mi",
    ],
)
def test_a_text_cut_in_the_middle_is_unfinished_not_wrong(text: str) -> None:
    report = check(text)
    assert (report.accepted, report.verdict, report.valid_prefix) == (False, Verdict.TRUNCATED, len(text))


@pytest.mark.parametrize("text", ["3.7", "\\foo", "3.3 )", ":3 c4 ", "foo", "\\ts (33", "3.3 c", "3.3{zz", '"x" ("q'])
def test_a_text_that_nothing_completes_is_wrong(text: str) -> None:
    assert check(text).verdict is Verdict.INVALID


@pytest.mark.parametrize("text", ACCEPTED)
def test_no_prefix_of_a_right_tab_is_wrong(text: str) -> None:
    wrong = [text[:end] for end in range(len(text)) if check(text[:end]).verdict is Verdict.INVALID]
    assert wrong == []


def test_lexer_errors_hide_what_comes_after_the_parser_stopped() -> None:
    assert [item.code for item in check('\\foo c4 "\\q"').diagnostics] == ["AT204"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "\\capo " + "(" * 100_000,
        "{" * 100_000,
        '"' * 99_999,
        "3.3{" * 20_000,
        "c4 * 2147483648 " * 5_000,
        "\\" * 100_000,
        "/*" * 50_000,
        ":8 " * 30_000,
        "9" * 100_000,
        "3.3 " * 25_000,
        "| " * 50_000,
        "\\voice " * 15_000,
    ],
    ids=lambda text: text[:8],
)
def test_no_text_hangs_it(text: str) -> None:
    start = time.process_time()
    check(text)
    assert time.process_time() - start < 15


def test_ten_times_the_text_takes_about_ten_times_as_long() -> None:
    bar = "".join(f"{fret}.{string}.8 " for fret in range(12) for string in range(1, 7)) + "|\n"

    def seconds(bars: int) -> float:
        text = "".join(f"// {number}\n{bar}" for number in range(bars))
        start = time.process_time()
        assert check(text).accepted
        return time.process_time() - start

    seconds(3)
    assert seconds(100) < 40 * seconds(10)


def test_findings_beyond_all_reason_end_with_one_that_says_so() -> None:
    report = check("\\capo (" + "| " * 20_000)
    assert report.diagnostics[-1].code == "AE002"
    assert len(report.diagnostics) == 10_001


def test_warnings_about_a_list_without_parentheses_end_where_it_ends() -> None:
    found = check('\\chord {showname false} "C" 0 1 (2 3 0 1) 3.3').diagnostics
    assert {(item.code, item.start, item.end) for item in found} >= {("AT301", 24, 43), ("AT302", 24, 43)}
