"""Laws of the strict rubric, for any text."""

import re
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alphatex_eval.language import format_text
from alphatex_eval.rubrics import load_rubric, rubric, score
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Result, Status, Subject
from alphatex_eval.testing.strategies import Instrument, documents

HEADER = '\\title "Reel"\n\\track "Guitar" {instrument acousticguitarsteel volume 12}\n\\ts (4 4)\n\\ks c\n'
TUNE = (
    HEADER + ":8 3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2 |\n:4 0.1 1.2 :8 0.2 2.3 0.3 3.4 |\n"
    "3.3.4{d} (0.1 1.2).8 :8{tu 3} 3.3 2.3 0.3 3.4{h}.4 |\n:4 2.4 0.4 3.5.2"
)
PIECES = (
    *(
        "3.3",
        "0.1.8",
        "(0.1 1.2).4",
        "r",
        "|",
        "\n",
        " ",
        ":8",
        ":8{tu 3}",
        "{d}",
        "{h}",
        "-.3",
        "x.2",
        "c4",
        "KickHit",
    ),
    *(
        "\\ts (3 4)",
        "\\ks d",
        "\\ac",
        '\\title "',
        "\\track",
        "{",
        "}",
        "(",
        ")",
        '"',
        ".",
        "*3",
        "99.9",
        "// x\n",
        "\\voice",
    ),
)
tab_like = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)
any_text = st.one_of(tab_like, st.text(max_size=40))
wild_letters = st.one_of(st.characters(categories=["Cs", "Cc", "So"]), st.sampled_from('\\"{}().|:3rx\n '))
finish = st.sampled_from([FinishReason.STOP, FinishReason.LENGTH])


@cache
def strict():
    return load_rubric("strict")


@given(any_text, any_text, finish)
@settings(max_examples=80, deadline=None)
def test_any_prompt_and_completion_get_a_value_from_0_to_1_and_always_the_same(prompt, completion, reason):
    subject = Subject(prompt=prompt, completion=completion, finish_reason=reason)
    result = strict().score(subject)
    assert result.status is Status.SCORED, result.message
    assert 0.0 <= result.value <= 1.0
    assert strict().score(subject.model_copy()) == result
    places = [check.span for found in result.scores.values() for check in found.checks if check.span]
    assert all(0 <= start <= end <= len(subject.text) for start, end in places)


@given(tab_like, finish)
@settings(max_examples=60, deadline=None)
def test_a_prompt_without_completion_earns_nothing(prompt, reason):
    assert strict().score(Subject(prompt=prompt, completion="", finish_reason=reason)).value == 0.0


@given(
    st.lists(st.integers(0, len(TUNE) - 1), max_size=2, unique=True), st.sampled_from(["\n", "\n\n", " \n\t", " \r\n "])
)
@settings(max_examples=40, deadline=None)
def test_white_space_never_changes_a_value(lost, gap):
    text = "".join(character for place, character in enumerate(TUNE) if place not in lost)
    assert score(gap.join(text.split("\n"))).value == pytest.approx(score(text).value)


@given(st.lists(st.integers(0, len(TUNE) - 1), max_size=2, unique=True), st.integers(0, 7), finish)
@example([156, 158], 6, FinishReason.STOP)
@settings(max_examples=40, deadline=None)
def test_a_comment_never_changes_a_value(lost, line, reason):
    lines = "".join(character for place, character in enumerate(TUNE) if place not in lost).split("\n")
    if '"' in "".join(lines) and "".join(lines).count('"') % 2:
        return
    commented = [*lines[:line], "/* 3.3 | */", *lines[line:], "// the end"]
    before, after = (score("\n".join(text), finish_reason=reason).value for text in (lines, commented))
    assert after == pytest.approx(before)


def test_formatting_never_changes_a_value():
    for text in (TUNE, TUNE.replace("3.3", "3.3.4 3.3", 1), TUNE.replace("\n", "  "), TUNE.replace("(4 4)", "4 4")):
        assert score(format_text(text)).value == pytest.approx(score(text).value)


@given(documents(tracks=(1, 2), bars=(1, 5), instruments=list(Instrument)))
@settings(max_examples=25, deadline=None)
def test_formatting_any_tab_never_changes_its_value(text):
    assert score(format_text(text)).value == pytest.approx(score(text).value)


@given(documents(tracks=(1, 1), bars=(1, 4)), st.integers(0, 40), finish)
@settings(max_examples=25, deadline=None)
def test_a_comment_in_any_tab_never_changes_its_value(text, line, reason):
    lines = text.split("\n")
    commented = [*lines[:line], "// 3.3 4.4 |", "/* \\track */", *lines[line:]]
    before, after = (score("\n".join(found), finish_reason=reason).value for found in (lines, commented))
    assert after == pytest.approx(before)


@given(documents(tracks=(1, 1), bars=(1, 5)))
@settings(max_examples=25, deadline=None)
def test_the_same_frets_an_octave_higher_are_as_playable(text):
    plain = re.sub(r"\\capo \d+", "", text)
    playability = get_scorer("alphatex/playability").build()
    low, high = (playability.score(Subject(completion=found)) for found in (plain, f"\\capo 12\n{plain}"))
    assert (high.value, high.metrics, high.checks[:1] and high.checks[0].passed) == (
        low.value,
        low.metrics,
        low.checks[:1] and low.checks[0].passed,
    )


@given(
    st.text(st.one_of(st.characters(categories=["Cs", "Cc", "So"]), st.sampled_from('\\"{}().|:3rx\n ')), max_size=30),
    finish,
)
@settings(max_examples=60, deadline=None)
def test_scoring_raises_on_no_string_and_every_result_can_be_stored(text, reason):
    for name in ("strict", "seed-2026-02"):
        result = load_rubric(name).score_many([Subject(completion=text, finish_reason=reason)])[0]
        assert result.status is Status.SCORED, result.message
        assert Result.model_validate_json(result.model_dump_json()) == result


@pytest.mark.timeout(60)
@pytest.mark.parametrize("rubric_name", ["strict", "seed-2026-02"])
@pytest.mark.parametrize(
    "text",
    [
        '"' * 4_000,
        '"' + '\\"' * 20_000,
        "1" * 100_000,
        "{" + "a" * 100_000,
        "a" * 100_000,
        "\\ac 3.3.4 | " * 1_500,
        "3.3 * 6000",
        "(" + "3.3 " * 2_000 + ")",
        '\\track "A" 3.3 ' * 100,
    ],
    ids=lambda text: text[:12],
)
def test_a_long_text_takes_time_in_proportion_to_its_length(rubric_name, text):
    assert load_rubric(rubric_name).score_many([Subject(completion=text)])[0].value < 0.5 or rubric_name != "strict"


def test_every_lost_point_has_a_message_and_a_place():
    text = TUNE.replace("3.5 0.4", "(3.5 9.5).2 30.4", 1)
    failed = [check for found in score(text).scores.values() for check in found.checks if check.passed is False]
    assert {"bars_filled", "playable", "frets_on_neck", "chords"} <= {check.name for check in failed}
    assert all(check.message and check.span for check in failed)


def test_scores_of_many_do_not_depend_on_the_number_of_processes(monkeypatch):
    monkeypatch.setattr(rubric, "CHUNK", 4)
    subjects = [Subject(prompt=f"\\tempo {60 + n}\n", completion=TUNE[: len(TUNE) - n]) for n in range(12)]
    assert strict().score_many(subjects, 2) == strict().score_many(subjects, 1)


def test_a_good_tune_gets_much_and_the_same_tune_for_all_prompts_nothing():
    assert score(TUNE).value > 0.6
    prompts = ["\\tempo 90\n", "\\tempo 91\n", "\\tempo 92\n", "\\tempo 93\n"]
    results = strict().score_many([Subject(prompt=prompt, completion=TUNE) for prompt in prompts])
    assert [result.value for result in results] == [0.0] * 4
    assert results[0].message.startswith("× 0.00: other prompts get the same music")
