"""What README shows is true: its example runs, its output is what the commands print, its commands exist."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from alphatex_eval.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TAB = r"""\title "Soldier's Joy"
\track "Guitar" {instrument acousticguitarsteel volume 12}
\staff {score tabs}
\tuning (E4 B3 G3 D3 A2 E2)
\tempo 120
\ts (4 4)
\ks d
:8 2.1 5.1 2.1 3.2 2.2{h} 3.2 (0.1 2.2 2.3).4 |
:8 2.1 5.1 2.1 3.2 2.7 3.2 |
"""


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_example_in_python_finds_the_short_bar() -> None:
    [code] = blocks("python")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert "bar 2 is short" in printed.getvalue()


def test_the_shown_diagnostic_is_what_check_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("song.atex").write_text(TAB, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "song.atex"])
    [shown] = blocks("console")
    assert shown.split("\n", 1)[1].strip() in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize("name", sorted(set(re.findall(r"^alphatex (\w+)|`alphatex (\w+)", README, re.MULTILINE))))
def test_every_command_it_names_exists(name: tuple[str, str]) -> None:
    assert CliRunner().invoke(main, ["".join(name), "--help"]).exit_code == 0


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w+)", README))))
def test_every_make_target_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
