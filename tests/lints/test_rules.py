"""Every lint's page: its examples do what they say."""

import re

import pytest

from alphatex_eval.language import check
from alphatex_eval.lints import Rule, lint, rules


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule.code}-{rule.name}")
def test_a_lint_objects_to_its_bad_example_and_to_nothing_in_the_good_one(rule: Rule) -> None:
    assert check(rule.bad).accepted
    assert check(rule.good).accepted
    assert rule.code in {found.code for found in lint(rule.bad)}
    assert [found.code for found in lint(rule.good, select=(rule.code,))] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule.code}-{rule.name}")
def test_a_lint_has_a_page_for_people(rule: Rule) -> None:
    assert re.fullmatch(r"AE[1-4]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.what.endswith(".")
    assert rule.why
