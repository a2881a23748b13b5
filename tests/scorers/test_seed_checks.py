"""The report's nineteen checks, as they are written, faults included."""

import pytest

from alphatex_eval.harness.baselines import CONSTANT
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import Subject
from alphatex_eval.scorers.seed_checks import NOTE_CHECKS, STRUCTURE_CHECKS, TAB_CHECKS

EXAMPLES = {
    "has_title": ('\\title "Reel"', "title Reel"),
    "has_track": ('\\track "Guitar"', "track"),
    "has_braces": ("{h}", "{h"),
    "has_quotes": ('"Reel"', '"Reel'),
    "valid_structure": ('\\title "Reel"', "\\ | |"),
    "no_gibberish": ("Żółw 3.3", "3.3 \ufffd"),
    "has_instrument": ("{instrument 25}", "{volume 12}"),
    "has_volume": ("{volume 12}", "{instrument 25}"),
    "has_fret_number": ("3", "r"),
    "has_dot_separator": ("3.3", "3"),
    "valid_format": ("3.3", "3 . 3"),
    "no_repetition": ("3.3 " * 9, "3.3 " * 10),
    "reasonable_length": ("3.3.4 5.3.4", "3.3.4"),
    "has_parentheses": ("(3.3 5.2)", "(3.3 5.2"),
    "has_fret_numbers": ("3.3", "3."),
    "valid_note_format": ("(3.3 5.2)", "(3 5)"),
    "has_rhythm_dot": ("(3.3 5.2).8", "(3.3 5.2)"),
    "has_effects": ("3.3{h}", "3.3{}"),
    "reasonable_content": ("3.3.4 5.3.4", "3.3.4.3.3.4.3.3.4"),
}
CHECKS = {**STRUCTURE_CHECKS, **TAB_CHECKS, **NOTE_CHECKS}


def test_there_are_eight_five_and_six_checks():
    assert [len(STRUCTURE_CHECKS), len(TAB_CHECKS), len(NOTE_CHECKS)] == [8, 5, 6]


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_passes_its_example_and_fails_its_counterexample(name):
    good, bad = EXAMPLES[name]
    assert CHECKS[name](good)
    assert not CHECKS[name](bad)


@pytest.mark.parametrize("name", ["alphatex/seed-structure", "alphatex/seed-tab", "alphatex/seed-note"])
def test_the_value_is_the_share_of_checks_that_pass(name):
    score = get_scorer(name).build().score(Subject(completion="(3.3 5.2).8"))
    assert score.value == sum(check.passed for check in score.checks) / len(score.checks)
    assert score.metrics["checks"] == len(score.checks)


def test_one_constant_string_passes_all_nineteen_checks():
    result = load_rubric("seed-2026-02").score(Subject(completion=CONSTANT))
    checks = [check for score in result.scores.values() for check in score.checks]
    assert len(checks) == 19
    assert all(check.passed for check in checks)


def test_the_constant_gets_full_marks_on_every_prompt_of_the_report():
    rubric = load_rubric("seed-2026-02")
    for prompt in load_suite("seed-2026-02").prompts:
        assert rubric.score(Subject(prompt=prompt.text, completion=CONSTANT, kind=prompt.kind)).value == 1.0


def test_a_prompt_alone_earns_points_which_is_one_of_the_faults():
    result = load_rubric("seed-2026-02").score(Subject(prompt='\\title "', completion="", kind="structure"))
    assert result.value == 0.375
