"""`alphatex explain`: a page for every code, lint and scorer."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alphatex_eval.cli import main
from alphatex_eval.cli.pages import language_codes, page_of, render
from alphatex_eval.language import check

REFERENCE = Path(__file__).parents[2] / "docs" / "lints.md"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def test_the_reference_is_what_the_command_writes() -> None:
    assert run("--all").stdout == REFERENCE.read_text(encoding="utf-8"), (
        "write it anew: alphatex explain --all > docs/lints.md"
    )


@pytest.mark.parametrize("code", [code for code in language_codes() if page_of(code).example])
def test_the_example_of_a_code_of_the_checker_leads_to_it(code: str) -> None:
    page = page_of(code)
    assert code in {found.code for found in check(page.example or "").diagnostics}
    assert page.what in render(page)


@pytest.mark.parametrize("name", ["AE101", "ae101", "bar-overfull"])
def test_a_lint_is_found_by_code_and_by_name(name: str) -> None:
    assert run(name).stdout.startswith("## AE101 bar-overfull (error)\n")


def test_a_scorer_is_found_by_name() -> None:
    assert run("alphatex/rhythm").stdout.startswith("## alphatex/rhythm (scorer, version ")


def test_without_a_name_all_lints_are_listed() -> None:
    assert "AE431  note-swallowed" in run().stdout


@pytest.mark.parametrize(
    ("name", "meant"), [("AT4OO", "AT400"), ("bar-overful", "bar-overfull"), ("alphatex/rythm", "alphatex/rhythm")]
)
def test_an_unknown_name_gets_a_suggestion(name: str, meant: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert f"Did you mean {meant!r}?" in result.stderr
