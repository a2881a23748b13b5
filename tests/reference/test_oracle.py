"""The oracle itself: that it says what alphaTab says, and survives what alphaTab does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reference.oracle import Finding, Oracle, Verdict

if TYPE_CHECKING:
    from pathlib import Path


def test_a_small_tab_is_accepted_without_findings(oracle: Oracle) -> None:
    answer = oracle.check("3.3.8 5.3 (0.1 1.2 0.3).4 r.2")
    assert (answer.verdict, answer.diagnostics) == (Verdict.OK, ())


@pytest.mark.parametrize(
    ("text", "verdict", "findings"),
    [
        ("c4 |", Verdict.OK, []),
        (". c4", Verdict.OK, [Finding("P", 400, 0, 0, 1)]),
        ("\\ts 3 4 c4", Verdict.OK, [Finding("P", 301, 1, 4, 7)]),
        ("/ c4", Verdict.ERR, [Finding("L", 1, 2, 0, 1)]),
        ("c4 {foo}", Verdict.ERR, [Finding("P", 205, 2, 4, 7)]),
        ("3.3 c4", Verdict.ERR, [Finding("S", 218, 2, 4, 6)]),
        ("\\track (5)", Verdict.CRASH, []),
    ],
)
def test_findings_come_with_stage_code_severity_and_place(
    oracle: Oracle, text: str, verdict: Verdict, findings: list[Finding]
) -> None:
    answer = oracle.check(text)
    assert (answer.verdict, list(answer.diagnostics)) == (verdict, findings)


def test_places_count_code_points_also_behind_an_astral_character(oracle: Oracle) -> None:
    text = '\\title "🎸" foo'
    assert oracle.check(text).diagnostics[0].start == text.index("foo")


def test_a_semantic_error_alone_is_a_rejection_and_not_a_crash(oracle: Oracle) -> None:
    assert oracle.check("foo").verdict is Verdict.ERR


def test_many_texts_are_answered_in_their_order(oracle: Oracle) -> None:
    texts = [f"{fret}.{string}" for string in range(1, 9) for fret in range(50)]
    verdicts = [answer.verdict for answer in oracle.check_all(texts)]
    assert verdicts == [Verdict.OK] * 300 + [Verdict.ERR] * 100


def test_the_score_has_strings_frets_and_pitches(oracle: Oracle) -> None:
    score = oracle.check("\\capo 2 3.6.8 {tu 3}", want=("score",)).score
    assert score is not None
    (beat,) = score["tracks"][0]["staves"][0]["bars"][0]["voices"][0]
    (note,) = beat["notes"]
    assert (note["string"], note["fret"], note["pitch"], beat["length"]) == (6, 3, 45, 320)


def test_a_file_in_another_notation_becomes_alphatex(oracle: Oracle, tmp_path: Path) -> None:
    path = tmp_path / "one_note.xml"
    path.write_text(
        '<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>Fiddle</part-name></score-part>'
        '</part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes><note><pitch>'
        "<step>D</step><octave>4</octave></pitch><duration>4</duration><type>whole</type></note></measure></part>"
        "</score-partwise>",
        encoding="utf-8",
    )
    answer = oracle.convert(path)
    assert answer.text is not None
    assert "Fiddle" in answer.text
    assert oracle.check(answer.text).accepted


def test_a_file_alphatab_cannot_read_is_a_crash_with_its_message(oracle: Oracle, tmp_path: Path) -> None:
    path = tmp_path / "nothing.gp5"
    path.write_bytes(b"no music")
    assert oracle.convert(path).verdict is Verdict.CRASH


def test_a_text_that_hangs_costs_only_its_own_answer() -> None:
    with Oracle(seconds_per_answer=2.0) as impatient:
        verdicts = [answer.verdict for answer in impatient.check_all(["c4", "c4 * 2147483648", "d4"])]
    assert verdicts == [Verdict.OK, Verdict.TIMEOUT, Verdict.OK]
