from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from alphatex_model.data.corpus import PAGE, STAMP, STATISTICS, TUNES, build, read_stamp, split_rows, stamp_of
from alphatex_model.data.recipe import Arrange, Folder, Recipe, RecipeError, Split, load_recipe, recipe_names
from alphatex_model.data.rows import Arranged, arrange_unit
from alphatex_model.data.sources import SourceError, Unit, read, tune_book_units
from alphatex_model.data.statistics import effects_of
from alphatex_model.data.tunes import Fault, Provenance, Tune

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = Recipe(name="fife", books=("miscFolk",))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    assert not build(RECIPE, folder, workers=2).cached
    return folder


def test_every_tune_says_where_it_comes_from_and_on_which_terms(corpus: Path) -> None:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(corpus / TUNES).to_pylist()
    assert len(rows) > 150
    for row in rows:
        assert row["source"] == "music21/miscFolk"
        assert row["licence"] == "Public domain"
        assert "Northumbrian Minstrelsy" in row["attribution"]
        assert row["split"] in ("train", "validation", "test")
        assert row["text"].startswith('\\title "')
    assert len({row["id"] for row in rows}) == len(rows)


def test_statistics_count_what_was_written_and_what_was_left_out(corpus: Path) -> None:
    statistics = json.loads((corpus / STATISTICS).read_text())
    assert statistics["tunes"] == sum(statistics["splits"].values()) == sum(statistics["meters"].values())
    assert statistics["skipped"] == len(statistics["faults"]) > 0
    assert statistics["tunes"] + statistics["skipped"] + statistics["repeated"] + statistics["torn"] == 189


def test_no_tune_shares_its_name_or_a_passage_with_a_tune_of_another_split() -> None:
    plan = Recipe(name="keys", books=("miscFolk",), arrange=Arrange(copies=3, styles={"plain": 1, "techniques": 1}))
    items = arranged(plan)
    split_of = {row.id: row.split for row in split_rows(items, plan)[0]}
    seen: dict[object, set[str]] = defaultdict(set)
    for item in items:
        splits = {split_of[row.id] for row in item.rows if row.id in split_of}
        assert len(splits) <= 1, "a transposition of a training tune is training data"
        for key in item.keys:
            seen[key] |= splits
    assert {split for splits in seen.values() for split in splits} == {"train", "validation", "test"}
    assert all(len(splits) <= 1 for splits in seen.values())


def test_a_tune_of_the_books_lies_in_the_same_split_whatever_else_the_corpus_holds() -> None:
    plain = Recipe(name="plain", books=("miscFolk",))
    varied = Recipe(name="varied", books=("miscFolk",), arrange=Arrange(copies=2, instruments={"ukulele": 1}))
    books = {plan.name: arranged(plan) for plan in (plain, varied)}
    hymns = [replace(item, id=f"a{item.id}", source="hymns", identity=-item.identity) for item in books["varied"][::3]]
    bridges = [
        replace(one, id=f"bridge {number}", keys=one.keys | other.keys, identity=number)
        for number, (one, other) in enumerate(pairwise(hymns))
    ]
    alone = {row.id: row.split for row in split_rows(books["plain"], plain)[0]}
    rows, left_out = split_rows([*hymns, *bridges, *books["varied"]], varied)
    together = {row.id: row.split for row in rows}
    assert left_out["torn"] > 0
    common = alone.keys() & together.keys()
    assert len(common) > 100
    assert {name: together[name] for name in common} == {name: alone[name] for name in common}


def arranged(plan: Recipe) -> list[Arranged]:
    items = [item for unit in tune_book_units(plan.books) for item in arrange_unit(plan, unit)]
    return [item for item in items if isinstance(item, Arranged)]


def test_shipped_recipes_hold_out_the_same_shares() -> None:
    assert {load_recipe(name).split for name in recipe_names()} == {Split()}


def test_copies_are_in_different_keys_and_labelled_as_arranged(tmp_path: Path) -> None:
    import pyarrow.parquet

    build(Recipe(name="keys", books=("miscFolk",), arrange=Arrange(copies=2)), tmp_path)
    rows = {row["id"]: row for row in pyarrow.parquet.read_table(tmp_path / TUNES).to_pylist()}
    pairs = [(row, rows[f"{name}@1"]) for name, row in rows.items() if f"{name}@1" in rows]
    assert len(pairs) > 100
    for one, other in pairs:
        assert one["arrangement"] == "plain guitar +0"
        assert one["key"] != other["key"]
        assert one["split"] == other["split"]


def test_the_page_says_what_is_in_the_corpus(corpus: Path) -> None:
    text = (corpus / PAGE).read_text()
    assert text.startswith("# Corpus fife\n")
    assert "| music21/miscFolk | " in text
    assert "| 6/8 | " in text
    assert "| bar N holds N of a whole note in N | " in text


def test_techniques_are_counted_by_name() -> None:
    assert effects_of('0.1{h} :8{tu 3} (0.2 3.1{b (0 4)}){d ch "Am"} {volume 12}') == [
        "hammer-on or pull-off", "tuplet", "bend", "dot", "chord name",
    ]  # fmt: skip


def test_a_corpus_without_a_tune_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "bad.abc").write_text("X:1\nT:Bad\nM:2/4\nL:1/8\nK:C\nC4|D7|C4|\n")
    plan = Recipe(name="mine", folders=(Folder(path=str(tmp_path), licence="CC0-1.0", source="mine"),))
    with pytest.raises(SourceError, match=r"^no tune in any source: mine/bad: bar 2 holds 7/8 of a whole note in 2/4$"):
        build(plan, tmp_path / "out")


@pytest.mark.parametrize(
    ("reader", "suffix"),
    [("pyguitarpro_version", ".gp5"), ("alphatab_version", ".gp"), ("version", ".abc")],
)
def test_another_version_of_what_reads_a_file_is_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, suffix: str
) -> None:
    (tmp_path / f"song{suffix}").write_text("music")
    units = [Unit(Provenance("ours", "CC0-1.0"), (tmp_path / f"song{suffix}",))]
    before = stamp_of(RECIPE, units)
    monkeypatch.setattr(f"alphatex_model.data.corpus.{reader}", lambda *_: "another")
    assert stamp_of(RECIPE, units) != before


def test_another_checker_is_another_build_where_files_have_strings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in ("abc", "alphatex"):
        (tmp_path / f"song.{suffix}").write_text("music")
    tab, tune = (
        [Unit(Provenance("ours", "CC0-1.0"), (tmp_path / f"song.{suffix}",))] for suffix in ("alphatex", "abc")
    )
    before = stamp_of(RECIPE, tab), stamp_of(RECIPE, tune)
    monkeypatch.setattr("alphatex_model.data.corpus.CHECKER", ("alphatex_eval.lints",))
    assert stamp_of(RECIPE, tab) != before[0]
    assert stamp_of(RECIPE, tune) == before[1]


def test_a_file_that_moved_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "song.abc").write_text("music")
    before, after = (
        stamp_of(RECIPE, [Unit(Provenance("ours", "CC0-1.0"), (tmp_path / "song.abc",), names=(name,))])
        for name in ("a/song", "b/song")
    )
    assert before != after


def test_a_second_build_is_instant(corpus: Path) -> None:
    start = time.perf_counter()
    assert build(RECIPE, corpus).cached
    assert time.perf_counter() - start < 1


def test_a_recipe_says_only_in_what_it_differs_from_the_one_it_extends(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "full"\nname = "mine"\n[arrange]\ncopies = 9\n[arrange.styles]\nband = 0.5\n')
    full, found = load_recipe("full"), load_recipe(str(mine))

    arrange = full.arrange.model_copy(update={"copies": 9, "styles": {**full.arrange.styles, "band": 0.5}})
    assert found == full.model_copy(update={"name": "mine", "arrange": arrange})


def test_a_recipe_cannot_extend_itself(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(f'extends = "{two}"\n')
    two.write_text(f'extends = "{one}"\n')

    with pytest.raises(RecipeError, match="a recipe cannot extend itself"):
        load_recipe(str(one))


def test_another_recipe_is_built_anew(corpus: Path, tmp_path: Path) -> None:
    build(RECIPE, tmp_path)
    assert not build(RECIPE.model_copy(update={"description": "changed"}), tmp_path).cached


def test_the_same_recipe_gives_the_same_bytes_whatever_the_number_of_processes(corpus: Path, tmp_path: Path) -> None:
    build(RECIPE, tmp_path, workers=1)
    assert (tmp_path / TUNES).read_bytes() == (corpus / TUNES).read_bytes()
    assert (tmp_path / STATISTICS).read_bytes() == (corpus / STATISTICS).read_bytes()


def test_an_interrupted_build_leaves_nothing_that_looks_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(RECIPE, tmp_path)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pyarrow.parquet.write_table", killed)
    with pytest.raises(KeyboardInterrupt):
        build(RECIPE.model_copy(update={"description": "changed"}), tmp_path)
    assert read_stamp(tmp_path) is None
    assert not (tmp_path / STAMP).exists()


def test_a_build_that_was_killed_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.write_table", killed)
        with pytest.raises(KeyboardInterrupt):
            build(RECIPE, tmp_path)
    monkeypatch.setattr("alphatex_model.data.corpus.arrange_unit", killed)
    assert build(RECIPE, tmp_path).statistics["tunes"] > 150
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([STAMP, PAGE, STATISTICS, TUNES])


def test_a_build_that_is_killed_twice_ends_as_if_undisturbed(corpus: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "fife.toml", tmp_path / "out"
    recipe.write_text('name = "fife"\nbooks = ["miscFolk"]\n')
    command = [sys.executable, "-c", BUILD_AND_DIE, str(recipe), str(out)]
    for units in ("1", "0"):
        killed = subprocess.run([*command, units], start_new_session=True)
        assert killed.returncode == -signal.SIGKILL
        assert read_stamp(out) is None
        assert len(list(out.glob("unfinished-*/*.pickle"))) == 1
    subprocess.run([*command, "99"], check=True)
    assert (out / TUNES).read_bytes() == (corpus / TUNES).read_bytes()
    assert (out / STATISTICS).read_bytes() == (corpus / STATISTICS).read_bytes()
    assert sorted(path.name for path in out.iterdir()) == sorted([STAMP, PAGE, STATISTICS, TUNES])


BUILD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from alphatex_model.data import corpus, recipe, sources

arrange, left = corpus.arrange_unit, int(sys.argv[3])

def arrange_or_die(*arguments):
    global left
    left -= 1
    if left < 0:
        os.killpg(0, signal.SIGKILL)
    return arrange(*arguments)

corpus.arrange_unit = arrange_or_die
sources.UNIT_BYTES = 1
corpus.build(recipe.load_recipe(sys.argv[1]), Path(sys.argv[2]), workers=1)
"""


def test_a_broken_file_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.abc", tmp_path / "bad.abc"
    good.write_text("X:1\nT:Good\nM:2/4\nL:1/8\nK:C\nCDEF|\n")
    bad.write_text("X:1\nT:Bad\nM:2/4\nL:1/8\nK:C\nC4|D7|C4|\n")
    fault, tune, missing = read(Unit(Provenance("ours", "CC0-1.0"), (bad, good, tmp_path / "none.abc")), RECIPE)
    assert fault == Fault("ours/bad", "bar 2 holds 7/8 of a whole note in 2/4")
    assert isinstance(tune, Tune)
    assert tune.title == "Good"
    assert isinstance(missing, Fault)


def test_books_are_cut_into_units_that_hold_every_file_once() -> None:
    paths = [path for unit in tune_book_units(("ryansMammoth",)) for path in unit.paths]
    assert len(paths) == len(set(paths)) == 1059
