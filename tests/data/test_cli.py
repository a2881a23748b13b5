from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from alphatex_model.data.cli import data

if TYPE_CHECKING:
    from pathlib import Path


ARRANGED = 'name = "x"\nbooks = ["miscFolk"]\n[arrange]\n'


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(data, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_build_says_what_it_built_and_that_nothing_changed(tmp_path: Path) -> None:
    recipe = tmp_path / "fife.toml"
    recipe.write_text('name = "fife"\nbooks = ["miscFolk"]\n')
    arguments = ("build", "--recipe", str(recipe), "--out", str(tmp_path / "out"))
    status, first, _ = run(*arguments)
    assert status == 0
    assert "tunes" in first
    assert "built" in first
    _, second, _ = run(*arguments)
    assert second == first.replace(", built", ", unchanged")
    status, page, _ = run("statistics", str(tmp_path / "out"))
    assert status == 0
    assert "Corpus fife" in page
    assert "Northumbrian Minstrelsy" in page


def test_statistics_of_an_empty_folder_say_how_to_build(tmp_path: Path) -> None:
    status, _, stderr = run("statistics", str(tmp_path))
    assert status == 2
    assert "alphatex data build" in stderr


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("tune_bok", "Error: no recipe 'tune_bok'; did you mean 'tune_books'?\n"),
        ("nowhere.toml", "cannot read the recipe nowhere.toml"),
    ],
)
def test_a_wrong_recipe_is_one_clear_line(recipe: str, message: str) -> None:
    status, _, stderr = run("build", "--recipe", recipe)
    assert status == 2
    assert message in stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "x"\nbook = ["a"]\n', "there is no setting 'book'; did you mean 'books'?"),
        ("name = ", "is not TOML"),
        ('name = "x"\nbooks = ["essen"]\n', "no tune book 'essen'; there are airdsAirs"),
        ('name = "x"\n', "names no source"),
        ('extends = "ful"\n', "no recipe 'ful'; did you mean 'full'?"),
        ("extends = 3\n", "extends: should be a recipe's name or path, not 3"),
        (ARRANGED + "copies = 5\ntranspose = [-1, 1]\n", "5 copies are too many for the 3 keys that arrange.transpose"),
        (ARRANGED + "[parts.hymns]\ncopies = 13\n", "13 copies are too many for the 12 keys that arrange.transpose"),
        (ARRANGED + "transpose = [6, -5]\n", "arrange.transpose: the lower end comes first, not 6 before -5"),
        (ARRANGED + "styles = {}\n", "arrange.styles: at least one needs a weight above 0"),
        (ARRANGED + "styles = {plain = 0}\n", "arrange.styles: at least one needs a weight above 0"),
        (ARRANGED + "instruments = {guitar = inf}\n", "arrange.instruments.guitar: Input should be a finite number"),
        (ARRANGED + "[split]\ntest = 0.96\n", "split: validation and test together must be less than 1"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(text)
    status, _, stderr = run("build", "--recipe", str(recipe), "--out", str(tmp_path / "out"))
    assert status == 2
    assert message in stderr
    assert stderr.count("\n") == 1


def test_a_missing_package_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "lytk" else object())
    status, _, stderr = run("build")
    assert (status, stderr) == (2, "Error: building a corpus needs lytk: pip install 'alphatex-eval[data]'\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1 no parquet", "cannot read"),
        (b"", "cannot read"),
        (None, "is no file of tunes: it lacks attribution, composer"),
    ],
)
def test_a_parquet_file_that_cannot_be_used_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "tunes.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"id": ["one"]}), path)
    if content is not None:
        path.write_bytes(content)
    status, _, stderr = run("build", "--recipe", "full", "--parquet", str(path), "--out", str(tmp_path / "out"))
    assert status == 2
    assert message in stderr
    assert stderr.count("\n") == 1


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "tunes.partial")

    monkeypatch.setattr("alphatex_model.data.corpus.build", full)
    status, _, stderr = run("build", "--out", str(tmp_path))
    assert (status, stderr) == (2, "Error: No space left on device: tunes.partial\n")


def test_shards_lie_beside_the_tunes(tmp_path: Path) -> None:
    recipe = tmp_path / "fife.toml"
    recipe.write_text('name = "fife"\nbooks = ["miscFolk"]\n')
    status, stdout, _ = run("build", "--recipe", str(recipe), "--out", str(tmp_path / "out"), "--vocab-size", "512")
    assert status == 0
    assert "tokens, vocabulary 512" in stdout
    assert list((tmp_path / "out" / "shards").glob("512-*/train-000.npy"))
