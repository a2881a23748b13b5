"""`alphatex check`: what it prints in each format, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints, version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alphatex_eval.cli import GROUP, main
from alphatex_eval.cli.check import Choice

GOLDEN = Path(__file__).parent / "golden"
WALTZ = '\\title "Waltz"\n\\ts 3 4\n3.3.4 5.3 7.3 8.3 |\n:8 {tu 3} 3.3 5.3 * 1 |\n'
TYPO = "3.3.9 h4 // eins, 二\r\n"
SARIF_LEVELS = {"none", "note", "warning", "error"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a waltz that does not add up and, further down, a text with typos; notes are no tabs."""
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "typo.atex").write_bytes(TYPO.encode())
    (tmp_path / "a waltz.alphatex").write_bytes(WALTZ.encode())
    (tmp_path / "notes.txt").write_text("not a tab")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=text)


@pytest.mark.parametrize("name", ["concise", "full", "json", "github", "sarif"])
def test_every_output_format_is_as_it_was(name: str, folder: Path) -> None:
    result = run(".", "--output-format", name)
    golden = GOLDEN / f"check.{name}.txt"
    printed = result.stdout.replace(version("alphatex-eval"), "VERSION")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(printed, encoding="utf-8")
    assert printed == golden.read_text(encoding="utf-8")
    assert result.exit_code == 1


def test_sarif_has_the_fields_that_its_standard_requires(folder: Path) -> None:
    log = json.loads(run(".", "--output-format", "sarif").stdout)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (one_run,) = log["runs"]
    rules = one_run["tool"]["driver"]["rules"]
    assert one_run["tool"]["driver"]["name"]
    assert one_run["results"]
    for result in one_run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in SARIF_LEVELS
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert (place["region"]["endLine"], place["region"]["endColumn"]) > (
            place["region"]["startLine"],
            place["region"]["startColumn"] - 1,
        )


def test_a_clean_text_ends_with_0_and_says_so() -> None:
    result = run("-", text="3.3.4 5.3 7.3 8.3 |")
    assert (result.exit_code, result.stdout) == (0, "All checks passed: 1 file.\n")


def test_a_folder_without_tabs_gets_a_warning(tmp_path: Path) -> None:
    result = run(str(tmp_path))
    assert result.exit_code == 0
    assert result.stderr == "warning: no alphaTex found; folders are searched for .alphatex and .atex\n"


def test_hints_are_shown_and_do_not_fail() -> None:
    result = run("-", "--output-format", "concise", text=". 3.3.1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Found 1 hint in 1 file."


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), {"AT301", "AE101", "AE102", "AE104", "AE417"}),
        (("--no-lints",), {"AT301"}),
        (("--select", ""), {"AT301"}),
        (("--select", "bar-overfull,AE4"), {"AT301", "AE101", "AE417"}),
        (("--ignore", "AE1", "--ignore", "AT301"), {"AE417"}),
    ],
)
def test_lints_and_warnings_can_be_chosen(options: tuple[str, ...], codes: set[str], folder: Path) -> None:
    found = json.loads(run("a waltz.alphatex", "--output-format", "json", *options).stdout)
    assert {item["code"] for item in found} == codes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Give paths (or -), or --jsonl FILE."),
        (("x", "--jsonl", "y"), "Give paths (or -), or --jsonl FILE."),
        (("-", "--select", "bar-overful"), "There is no lint 'bar-overful'. Did you mean 'bar-overfull'?"),
        (("-", "--no-lints", "--select", "AE101"), "--no-lints and --select exclude each other."),
        (("--jsonl", "-", "--output-format", "sarif"), "--jsonl has a format of its own: leave out --output-format."),
        (("-", "--ignore", "AE999"), "There is no lint 'AE999'. Did you mean"),
        (("-", "--ignore", "AT999"), "There is no code 'AT999'."),
        (("-", "--ignore", "AT202"), "AT202 is an error: alphaTab rejects the text, so it cannot be ignored."),
        (("missing.alphatex",), "missing.alphatex: cannot be read: No such file or directory"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_clear_line(arguments: tuple[str, ...], message: str, folder: Path) -> None:
    result = run(*arguments, text="3.3")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_not_utf_8_is_named_and_the_others_are_checked(folder: Path) -> None:
    (folder / "latin.alphatex").write_bytes('\\title "Café"'.encode("latin-1"))
    result = run(".", "--output-format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "Error: latin.alphatex: not UTF-8: byte 11 is 0xe9; convert the file\n"
    assert "songs/typo.atex:1:5: AT209" in result.stdout


def test_our_own_faults_end_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(choice: Choice, text: str) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Choice, "report", fail)
    result = run("-", text="3.3")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: -: internal error: ZeroDivisionError: oops; please report it\n",
    )


def test_jsonl_gives_one_report_a_line(tmp_path: Path) -> None:
    lines = ['"3.3.1"', '{"id": 7, "prompt": "3.3 ", "completion": "(5."}', "", '{"text": "3.3.9"}']
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(lines))
    result = run("--jsonl", str(file))
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert [report["verdict"] for report in reports] == ["complete", "truncated", "invalid"]
    assert [(report["line"], report.get("id")) for report in reports] == [(1, None), (2, 7), (4, None)]
    assert result.exit_code == 1


def test_a_sample_that_was_not_generated_has_an_error_and_no_report() -> None:
    failed = {"id": "a", "completion": "", "finish_reason": "error", "error": "out of memory"}
    result = run("--jsonl", "-", text=json.dumps(failed))
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"line": 1, "id": "a", "error": "out of memory"})


@pytest.mark.parametrize("line", ["{", '{"prompt": "3.3"}', "3", '{"text": 3}', "[" * 5000])
def test_a_line_without_a_text_is_named(line: str) -> None:
    result = run("--jsonl", "-", text=f'"3.3.1"\n{line}\n')
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: -:2: ")
    assert result.stderr.count("\n") == 1


def test_long_lines_and_control_characters_do_not_spoil_the_frame() -> None:
    text = "3.3.16 " * 400 + '"\x1b[31m" 5.5'
    frame = run("-", text=text).stdout
    assert "\x1b" not in frame
    assert max(map(len, frame.splitlines())) < 140


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert run("-", text=b"\xef\xbb\xbf3.3.1").exit_code == 0


def test_the_installed_command_ends_as_the_shell_expects(folder: Path) -> None:
    command = [sys.executable, "-c", "from alphatex_eval.cli import main; main()", "check"]
    ends = [
        subprocess.run([*command, *arguments], input="3.3.1", text=True, capture_output=True, check=False).returncode
        for arguments in (["-"], ["songs"], ["nowhere"])
    ]
    assert ends == [0, 1, 2]


COMMAND = f"{sys.executable} -c 'from alphatex_eval.cli import main; main()' check"


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        (f"{COMMAND} - > /dev/full", 2, "Error: the output cannot be written: No space left on device\n"),
        (f"{COMMAND} - <&-", 2, "Error: -: standard input is closed\n"),
        (f"PYTHONIOENCODING=cp1252 {COMMAND} --no-lints -", 1, ""),
    ],
)
def test_streams_that_fail_or_cannot_show_a_letter_end_without_traceback(line: str, status: int, told: str) -> None:
    text = '\\title "二" 3.9'.encode()
    done = subprocess.run(["bash", "-c", line], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (status, told)


def test_a_check_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from alphatex_eval.cli import main\n"
        "CliRunner().invoke(main, ['check', '--no-lints', '-'], input='3.3.1')\n"
        "print([name for name in ('rich', 'pydantic', 'lark', 'alphatex_eval.music', 'alphatex_eval.lints')"
        " if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_broken_command_of_a_package_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoints([EntryPoint("plug", "nosuch_package:plug", GROUP), EntryPoint("json", "json:dumps", GROUP)])
    monkeypatch.setattr("alphatex_eval.cli._installed", lambda: broken)
    done = CliRunner().invoke(main, ["--help"])
    assert done.exit_code == 0
    assert "check" in done.stdout
    assert "warning: command 'plug' (nosuch_package:plug) cannot be loaded: ModuleNotFoundError" in done.stderr
    assert "warning: command 'json' (json:dumps) is no click command" in done.stderr
    done = CliRunner().invoke(main, ["plug"])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, "Error: No such command 'plug'.")
