"""What is shipped: the wheel is complete and the files made by programs are up to date."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
from lark import Lark

from alphatex_eval.language.tables import TABLES, grammar_text

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def tracked(*patterns: str) -> list[str]:
    """The files of the repository that match."""
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tracked files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel(wheel_file: Path) -> set[str]:
    """The names of the files in it."""
    return set(zipfile.ZipFile(wheel_file).namelist())


def test_the_wheel_holds_grammars_suites_recipes_and_rubrics(wheel: set[str]) -> None:
    for package, folder in SETUPTOOLS["package-dir"].items():
        data = [name for name in tracked(folder) if name.endswith((".lark", ".json", ".toml")) and name.count("/") <= 2]
        inside = {
            f"{package.replace('.', '/')}/{Path(name).name}" for name in data if Path(name).parent == Path(folder)
        }
        assert inside
        assert inside <= wheel
    assert {"alphatex_eval/grammars/alphatex.lark", "alphatex_eval/grammars/vocabulary.json"} <= wheel
    assert {"alphatex_eval/rubrics/strict.toml", "alphatex_eval/py.typed", "alphatex_model/py.typed"} <= wheel


def test_the_wheel_holds_every_file_of_both_packages(wheel: set[str]) -> None:
    assert set(tracked("alphatex_eval", "alphatex_model")) <= wheel


def test_a_shipped_model_writes_tabs_where_only_the_wheel_is_installed(wheel_file: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel_file).extractall(tmp_path)
    program = (
        "import sys, alphatex_model, alphatex_eval.cli; sys.path.remove(''); "
        "assert alphatex_model.__file__.startswith(sys.argv.pop(1)); alphatex_eval.cli.main()"
    )
    options = ["generate", "--model", "d4", "--device", "cpu", "--max-tokens", "8", "--jsonl"]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["completion"].startswith('\\title "')


def test_the_package_list_is_complete() -> None:
    folders = {Path(name).parent for name in tracked("alphatex_eval/**.py", "alphatex_model/**.py")}
    mapped = SETUPTOOLS["package-dir"]

    assert {".".join(folder.parts) for folder in folders} | set(mapped) == set(SETUPTOOLS["packages"])


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_parser_tables_are_those_of_the_grammar_whatever_the_hash_seed(seed: str, tmp_path: Path) -> None:
    made = tmp_path / TABLES
    command = [sys.executable, "-m", "alphatex_eval.language.tables", str(made)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})

    assert made.read_text("utf-8") == files("alphatex_eval.grammars").joinpath(TABLES).read_text("utf-8")


def test_the_grammar_is_free_of_conflicts() -> None:
    Lark(grammar_text(), parser="lalr", strict=True)


def test_every_requirement_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").split()
    pinned = {pin.partition("==")[0].lower().replace("_", "-") for pin in pins}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(name for extra in extras for name in extra)]
    names = {name.partition(">")[0].partition("=")[0].lower().replace("_", "-") for name in wanted}

    assert all("==" in pin for pin in pins)
    assert {name for name in names if not name.startswith("alphatex-eval[")} <= pinned
    assert "torch==2.13.0" in pins


def test_no_file_mentions_a_place_on_somebodys_machine() -> None:
    places = ("/ho" + "me/", "/wo" + "rk/", "/ro" + "ot/", "/Us" + "ers/", "/o" + "pt/pypi")
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "replace") for name in tracked()}

    assert [(name, place) for name, text in texts.items() for place in places if place in text] == []


def test_json_files_can_be_read() -> None:
    for name in tracked("*.json"):
        json.loads((ROOT / name).read_text("utf-8"))
