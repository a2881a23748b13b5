"""The pytest plug-in, run on small test files of a pretended project."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.rubrics import RubricError
from alphatex_eval.testing import assert_alphatex, explain

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

GOOD = "3.3.4 5.3 (0.1 1.2 0.3).2 |"
PLUGIN = ("-p", "no:alphatex", "-p", "alphatex_eval.testing.plugin", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(
        f"""
        import pytest

        def test_good(alphatex_checker):
            alphatex_checker({GOOD!r})

        def test_bad(alphatex_checker):
            alphatex_checker("3.3 3.9 |")

        @pytest.mark.alphatex(minimum=0.99)
        def test_dull(alphatex_checker):
            alphatex_checker("r.1 |")
        """
    )
    return pytester


def run(pytester: pytest.Pytester, *arguments: str | Path) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*PLUGIN, *arguments)


def test_a_failure_shows_code_place_and_line() -> None:
    with pytest.raises(AssertionError) as failure:
        assert_alphatex("\\tempo 90\n3.3 3.9 |\n")
    message = str(failure.value)
    assert message.startswith("not alphaTex: 1 error\n2:6 AT208 ")
    assert "\n2 | 3.3 3.9 |\n  |      ^" in message


def test_an_unfinished_text_is_called_unfinished() -> None:
    assert explain("3.3 (4.").startswith("unfinished alphaTex")
    assert explain(GOOD) == ""


def test_a_prompt_belongs_to_the_text() -> None:
    assert_alphatex("4.4) |", prompt="(3.3 ")


def test_a_score_can_be_required() -> None:
    assert_alphatex(GOOD, minimum=0.0)
    with pytest.raises(AssertionError, match="the rubric 'strict' gives 0"):
        assert_alphatex("r.1 |", minimum=0.99)
    with pytest.raises(ValueError, match="needs a minimum"):
        assert_alphatex(GOOD, rubric="strict")


def test_the_fixture_checks_and_the_marker_asks_for_a_score(project: pytest.Pytester) -> None:
    result = run(project, "--strict-markers")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*1:6 AT208*", "*the rubric 'strict' gives 0.*, less than 0.99*"])


def test_samples_become_test_cases(project: pytest.Pytester) -> None:
    continued = {"prompt": "3.3 (", "completion": "4.4 5.5) |", "text": "3.3 (4.4 5.5) |"}
    lines = [GOOD, {"text": "3.9"}, continued]
    project.path.joinpath("tabs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    result = run(project, "--alphatex-samples", "tabs.jsonl", "-k", "tabs", "-v")
    result.assert_outcomes(passed=2, failed=1, deselected=3)
    result.stdout.fnmatch_lines(["*tabs.jsonl::2*FAILED*", "1:2 AT208*"])


def test_failed_samples_fail_with_their_error_and_cut_ones_may_be_unfinished(project: pytest.Pytester) -> None:
    cut = {"prompt": "3.3 (", "completion": "4.4", "finish_reason": "length"}
    failed = {"prompt": "3.3", "completion": "", "finish_reason": "error", "error": "out of memory"}
    lines = [cut, cut | {"finish_reason": "stop"}, failed, cut | {"completion": "4.9)"}]
    text = "\n".join(map(json.dumps, lines))
    project.path.joinpath("tabs.jsonl").write_text(text, encoding="utf-8-sig")
    result = run(project, "--alphatex-samples", "tabs.jsonl", "-k", "tabs")
    result.assert_outcomes(passed=1, failed=3, deselected=3)
    result.stdout.fnmatch_lines(["unfinished alphaTex*", "the sample was not generated: out of memory", "1:7 AT208*"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "*tabs.jsonl:1: not JSON*"),
        ("[" * 100_000, "*tabs.jsonl:1: not JSON*"),
        ('{"completion": "", "finish_reason": "lenght"}', "*:1: the finish reason 'lenght' is none of stop, length*"),
        ("3", "*tabs.jsonl:1: no text found; a line is a JSON string*"),
        ("\n", "*tabs.jsonl: there is no sample in it*"),
    ],
)
def test_a_bad_file_of_samples_is_a_usage_error(project: pytest.Pytester, content: str, message: str) -> None:
    project.path.joinpath("tabs.jsonl").write_text(content, encoding="utf-8")
    result = run(project, "--alphatex-samples", "tabs.jsonl")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_missing_file_of_samples_is_a_usage_error(project: pytest.Pytester) -> None:
    result = run(project, "--alphatex-samples", "nowhere.jsonl")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_settings_hold_for_all_tests(project: pytest.Pytester) -> None:
    project.makepyprojecttoml('[tool.pytest.ini_options]\nalphatex_rubric = "strict"\nalphatex_minimum = "0.999"\n')
    run(project, "-k", "good").assert_outcomes(failed=1, deselected=2)


@pytest.mark.parametrize("minimum", ["much", "7", "-0.1", "nan"])
def test_a_minimum_that_makes_no_sense_is_named(project: pytest.Pytester, minimum: str) -> None:
    project.makepyprojecttoml(f'[tool.pytest.ini_options]\nalphatex_minimum = "{minimum}"\n')
    run(project, "-k", "good").stdout.fnmatch_lines([f"*alphatex_minimum is a number from 0 to 1, not '{minimum}'*"])


def test_arguments_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="minimum is a number from 0 to 1, not 7"):
        assert_alphatex(GOOD, minimum=7)
    with pytest.raises(TypeError, match="alphaTex is a str, not int: 3"):
        assert_alphatex(3)  # type: ignore[arg-type]
    with pytest.raises(RubricError, match="no rubric 'nosuch'"):
        assert_alphatex(GOOD, rubric="nosuch", minimum=0.5)


def test_a_misspelt_marker_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.alphatex(minimal=0.5)
        def test_it(alphatex_checker):
            alphatex_checker("3.3")
        """
    )
    run(pytester).stdout.fnmatch_lines(["*takes rubric=* and minimum=*, not minimal=0.5*"])


def test_the_plugin_is_light_until_used() -> None:
    code = "import sys, alphatex_eval.testing.plugin; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"lark", "hypothesis", "pydantic", "numpy", "torch"} & set(loaded)
