"""`alphatex format`: what it rewrites, what it leaves alone, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from alphatex_eval.cli import main
from alphatex_eval.language import format_text

if TYPE_CHECKING:
    from pathlib import Path

UNTIDY = "\\ts 3   4\n 3.3.4   5.3 7.3|8.3"
BROKEN = "3.3 }"


@pytest.fixture
def tab(tmp_path: Path) -> Path:
    """An untidy tab."""
    path = tmp_path / "song.alphatex"
    path.write_text(UNTIDY)
    path.chmod(0o640)
    return path


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["format", *arguments], input=text)


def test_a_file_is_rewritten_in_place_and_then_left_alone(tab: Path) -> None:
    assert run(str(tab)).exit_code == 0
    assert tab.read_text() == format_text(UNTIDY)
    assert tab.stat().st_mode & 0o777 == 0o640
    assert list(tab.parent.iterdir()) == [tab]
    assert run(str(tab)).stderr == "1 file left unchanged\n"


def test_standard_input_goes_to_standard_output() -> None:
    result = run("-", text=UNTIDY)
    assert (result.exit_code, result.stdout) == (0, format_text(UNTIDY))


def test_standard_output_is_utf_8_whatever_the_terminal_shows() -> None:
    result = CliRunner(charset="cp1252").invoke(main, ["format", "-"], input='\\title "二"\n'.encode())
    assert result.stdout_bytes.decode() == format_text('\\title "二"\n')


def test_check_names_what_would_change_and_writes_nothing(tab: Path) -> None:
    result = run("--check", str(tab.parent))
    assert (result.exit_code, result.stdout) == (1, f"would reformat: {tab}\n")
    assert tab.read_text() == UNTIDY


def test_diff_shows_what_would_change_and_writes_nothing(tab: Path) -> None:
    result = run("--diff", str(tab))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "-\\ts 3   4" in lines
    assert "+\\ts (3 4)" in lines
    assert tab.read_text() == UNTIDY


def test_check_and_diff_end_with_0_where_nothing_would_change(tab: Path) -> None:
    tab.write_text(format_text(UNTIDY))
    assert [run(option, str(tab)).exit_code for option in ("--check", "--diff")] == [0, 0]


def test_a_broken_text_is_reported_and_left_alone_and_the_others_are_formatted(tab: Path) -> None:
    broken = tab.with_name("broken.atex")
    broken.write_text(BROKEN)
    result = run(str(tab.parent))
    assert result.exit_code == 2
    assert f"{broken}: not formatted: line 1, column 5: AT202" in result.stderr
    assert broken.read_text() == BROKEN
    assert tab.read_text() == format_text(UNTIDY)


def test_a_path_that_is_not_there_ends_with_2() -> None:
    result = run("nowhere.alphatex")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: nowhere.alphatex: cannot be read: No such file or directory\n")
