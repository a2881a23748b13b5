"""Building a corpus: read, arrange, split, write. Deterministic, parallel, resumable, cached, and never half written.

The folder of a corpus holds `tunes.parquet` (one row a tune), `statistics.json`, the same as a page in `README.md`, and
`build.json`, the digest of all that went in. `build.json` is written last: a folder without it, or with another digest,
is built anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib import resources
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from alphatex_model.data.files import ALPHATEX, GUITAR_PRO, NEWER_GUITAR_PRO
from alphatex_model.data.guitar_pro import pyguitarpro_version
from alphatex_model.data.newer_guitar_pro import alphatab_version
from alphatex_model.data.rows import Arranged, Row, arrange_unit
from alphatex_model.data.sources import BOOK_SOURCES, SourceError, units_of
from alphatex_model.data.splits import assign, drawn_by
from alphatex_model.data.statistics import page, statistics_of
from alphatex_model.data.tunes import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set
    from pathlib import Path

    from alphatex_model.data.recipe import Recipe
    from alphatex_model.data.sources import Unit

TUNES = "tunes.parquet"
STATISTICS = "statistics.json"
PAGE = "README.md"
STAMP = "build.json"
CHECKER = ("alphatex_eval.grammars", "alphatex_eval.language", "alphatex_eval.lints", "alphatex_eval.music")
"""The packages that decide which files with strings of their own are taken."""

Progress = Callable[[int, int], None]
"""Called with units done and units in all."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build says of itself."""

    folder: Path
    statistics: dict[str, Any]
    cached: bool


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def build(
    recipe: Recipe,
    folder: Path,
    workers: int | None = None,
    progress: Progress = silent,
    parquet: Sequence[Path] = (),
) -> Built:
    """Build the corpus of a recipe in `folder`, or find it there; `workers` processes, all cores by default.

    `parquet` are files of tunes in the neutral notation. Raises `SourceError` where a source is missing
    or all of them together hold no tune.
    """
    units = units_of(recipe, parquet)
    stamp = stamp_of(recipe, units)
    if read_stamp(folder) == stamp:
        return Built(folder, json.loads((folder / STATISTICS).read_text("utf-8")), cached=True)
    unfinished = folder / f"unfinished-{stamp}"
    results = list(arrange_units(recipe, units, unfinished, workers or os.cpu_count() or 1, progress))
    arranged = [item for item in results if isinstance(item, Arranged)]
    faults = [item for item in results if isinstance(item, Fault)]
    faults += [Fault(item.id, item.reason) for item in arranged if not item.rows]
    rows, left_out = split_rows(arranged, recipe)
    if not rows:
        reason = f": {faults[0].where}: {faults[0].reason}" if faults else ""
        raise SourceError(f"no tune in any source{reason}")
    statistics = statistics_of(recipe, rows, faults, left_out)
    save(folder, rows, statistics, stamp)
    for stale in folder.glob("unfinished-*"):
        shutil.rmtree(stale)
    return Built(folder, statistics, cached=False)


def stamp_of(recipe: Recipe, units: Sequence[Unit]) -> str:
    """A digest of the recipe, the name and bytes of every input, the code of this package, and what reads."""
    state = hashlib.blake2b(recipe.model_dump_json().encode(), digest_size=16)
    files = sorted({(path, name) for unit in units for name, path in unit.named})
    state.update(f"{code_digest(__package__)} {readers({path.suffix.lower() for path, _ in files})}".encode())
    for path, name in files:
        state.update(f"{name} {path.name} {hashlib.blake2b(path.read_bytes()).hexdigest()}".encode())
    return state.hexdigest()


def readers(suffixes: Set[str]) -> str:
    """The versions of what reads files that end so: libraries, and our own checker for those with strings."""
    versions = [version("lytk")]
    if not suffixes.isdisjoint(GUITAR_PRO):
        versions.append(pyguitarpro_version())
    if not suffixes.isdisjoint(NEWER_GUITAR_PRO):
        versions.append(alphatab_version())
    if not suffixes.isdisjoint((*GUITAR_PRO, *NEWER_GUITAR_PRO, *ALPHATEX)):
        versions += map(code_digest, CHECKER)
    return " ".join(versions)


@cache
def code_digest(package: str) -> str:
    """A digest of a package's own code and grammars."""
    sources = sorted(
        (file for file in resources.files(package).iterdir() if file.name.endswith((".py", ".mjs", ".lark", ".json"))),
        key=lambda file: file.name,
    )
    return hashlib.blake2b(b"\0".join(file.read_bytes() for file in sources), digest_size=16).hexdigest()


def read_stamp(folder: Path) -> str | None:
    """The digest of what is in the folder; None for nothing, or for something unfinished."""
    try:
        stamp: str = json.loads((folder / STAMP).read_text("utf-8"))["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stamp if (folder / TUNES).exists() and (folder / STATISTICS).exists() else None


def arrange_units(
    recipe: Recipe, units: Sequence[Unit], unfinished: Path, workers: int, progress: Progress
) -> Iterator[Arranged | Fault]:
    """The results of all units in their order, whichever process made them.

    Each is kept in the folder `unfinished` as soon as it is there: a build that was killed goes on where it was.
    """
    unfinished.mkdir(parents=True, exist_ok=True)
    progress(0, len(units))
    places = [unfinished / f"{number:06d}.pickle" for number in range(len(units))]
    with ProcessPoolExecutor(max_workers=min(workers, len(units))) as pool:
        for done, results in enumerate(pool.map(partial(arrange_once, recipe), units, places), start=1):
            progress(done, len(units))
            yield from results


def arrange_once(recipe: Recipe, unit: Unit, place: Path) -> list[Arranged | Fault]:
    """The unit's results, from the file `place` where an earlier build left them."""
    if place.exists():
        kept: list[Arranged | Fault] = pickle.loads(place.read_bytes())
        return kept
    results = arrange_unit(recipe, unit)
    _replace(place, lambda partial_file: partial_file.write_bytes(pickle.dumps(results)))
    return results


def split_rows(arranged: Sequence[Arranged], recipe: Recipe) -> tuple[list[Row], Counter[str]]:
    """Rows with their split, and how many tunes were left out: "repeated" in some key, or "torn" between splits."""
    books = [item for item in arranged if item.source in BOOK_SOURCES]
    items = [*books, *(item for item in arranged if item.source not in BOOK_SOURCES)]
    drawn = drawn_by(recipe.split.seed, (recipe.split.validation, recipe.split.test))
    splits = assign([item.id for item in items], [item.keys for item in items], len(books), drawn)
    rows: list[Row] = []
    left_out, seen = Counter(repeated=0, torn=0), set[int]()
    for item, split in zip(items, splits, strict=True):
        if not item.rows:
            continue
        if not split or item.identity in seen:
            left_out["repeated" if split else "torn"] += 1
            continue
        seen.add(item.identity)
        rows += [replace(row, split=split) for row in item.rows]
    return rows, left_out


def save(folder: Path, rows: Sequence[Row], statistics: dict[str, Any], stamp: str) -> None:
    """Write the corpus; each file appears whole or not at all, the stamp last."""
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    table = pyarrow.Table.from_pylist([asdict(row) for row in rows])
    _replace(folder / TUNES, lambda path: pyarrow.parquet.write_table(table, path, compression="zstd"))
    _replace(folder / STATISTICS, _json_writer(statistics))
    _replace(folder / PAGE, lambda path: path.write_text(page(statistics), "utf-8"))
    _replace(folder / STAMP, _json_writer({"digest": stamp}))


def _json_writer(content: dict[str, Any]) -> Callable[[Path], object]:
    return lambda path: path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    partial = path.with_suffix(".partial")
    fill(partial)
    partial.replace(path)
