"""Building a corpus: read, arrange, split, write. Deterministic, parallel, cached, and never half written.

The folder of a corpus holds `tunes.parquet` (one row a tune), `statistics.json` and `build.json`, the digest of all
that went in. `build.json` is written last: a folder without it, or with another digest, is built anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_model.data.arranger import arrange
from alphatex_model.data.sources import SourceError, Unit, read, tune_book_units
from alphatex_model.data.splits import assign, families, melody_identity, name_key, passages
from alphatex_model.data.tunes import BrokenTuneError, Fault, Tune
from alphatex_model.data.writer import write

if TYPE_CHECKING:
    from alphatex_model.data.recipe import Recipe

TUNES = "tunes.parquet"
STATISTICS = "statistics.json"
STAMP = "build.json"

Progress = Callable[[int, int], None]
"""Called with units done and units in all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One tune of a corpus: a row of `tunes.parquet`."""

    id: str
    source: str
    licence: str
    attribution: str
    split: str
    title: str
    composer: str
    key: str
    meter: str
    n_bars: int
    text: str


@dataclass(frozen=True, slots=True)
class Arranged:
    """A row before its split is known, with what decides the split."""

    row: Row
    keys: frozenset[int | str]
    identity: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build says of itself."""

    folder: Path
    statistics: dict[str, Any]
    cached: bool


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def build(recipe: Recipe, folder: Path, workers: int | None = None, progress: Progress = silent) -> Built:
    """Build the corpus of a recipe in `folder`, or find it there; `workers` processes, all cores by default."""
    units = tune_book_units(recipe.books)
    if not units:
        raise SourceError(f"recipe {recipe.name!r} names no source")
    stamp = stamp_of(recipe, units)
    if read_stamp(folder) == stamp:
        return Built(folder, json.loads((folder / STATISTICS).read_text("utf-8")), cached=True)
    results = list(_arranged(units, workers or os.cpu_count() or 1, progress))
    faults = [item for item in results if isinstance(item, Fault)]
    rows, repeated = split_rows([item for item in results if isinstance(item, Arranged)], recipe)
    statistics = statistics_of(recipe, rows, faults, repeated)
    save(folder, rows, statistics, stamp)
    return Built(folder, statistics, cached=False)


def stamp_of(recipe: Recipe, units: Sequence[Unit]) -> str:
    """A digest of the recipe, the bytes of every input, the code of this package, and the libraries that read."""
    state = hashlib.blake2b(recipe.model_dump_json().encode(), digest_size=16)
    state.update(f"{code_digest()} {version('lytk')}".encode())
    for path in chain.from_iterable(unit.paths for unit in units):
        state.update(f"{path.name} {hashlib.blake2b(path.read_bytes()).hexdigest()}".encode())
    return state.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of this package's own code."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.blake2b(b"\0".join(path.read_bytes() for path in sources), digest_size=16).hexdigest()


def read_stamp(folder: Path) -> str | None:
    """The digest of what is in the folder; None for nothing, or for something unfinished."""
    try:
        stamp: str = json.loads((folder / STAMP).read_text("utf-8"))["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stamp if (folder / TUNES).exists() and (folder / STATISTICS).exists() else None


def _arranged(units: Sequence[Unit], workers: int, progress: Progress) -> Iterator[Arranged | Fault]:
    """The results of all units in their order, whichever process made them."""
    progress(0, len(units))
    with ProcessPoolExecutor(max_workers=min(workers, len(units))) as pool:
        for done, results in enumerate(pool.map(arrange_unit, units), start=1):
            progress(done, len(units))
            yield from results


def arrange_unit(unit: Unit) -> list[Arranged | Fault]:
    """Read and arrange one unit."""
    return [arrange_tune(item) if isinstance(item, Tune) else item for item in read(unit)]


def arrange_tune(tune: Tune) -> Arranged | Fault:
    """One tune as alphaTex; a fault when it does not fit the instrument."""
    try:
        text = write(arrange(tune))
    except BrokenTuneError as error:
        return Fault(tune.id, str(error))
    first = tune.bars[0]
    row = Row(
        id=tune.id,
        source=tune.source,
        licence=tune.licence,
        attribution=tune.attribution,
        split="",
        title=tune.title,
        composer=tune.composer,
        key=first.key,
        meter=f"{first.meter[0]}/{first.meter[1]}",
        n_bars=len(tune.bars),
        text=text,
    )
    return Arranged(row, passages(tune) | {name_key(tune)}, melody_identity(tune))


def split_rows(arranged: Sequence[Arranged], recipe: Recipe) -> tuple[list[Row], int]:
    """Rows with their split, and how many tunes were left out because the same melody came before in some key."""
    first: dict[int, Arranged] = {}
    for item in arranged:
        first.setdefault(item.identity, item)
    kept = list(first.values())
    family = families([item.keys for item in kept])
    shares = (recipe.split.validation, recipe.split.test)
    splits = assign([item.row.id for item in kept], family, recipe.split.seed, shares)
    rows = [replace(item.row, split=split) for item, split in zip(kept, splits, strict=True)]
    return rows, len(arranged) - len(kept)


def statistics_of(recipe: Recipe, rows: Sequence[Row], faults: Sequence[Fault], repeated: int) -> dict[str, Any]:
    """What is in the corpus and what was left out."""

    def counts(values: Iterable[object]) -> dict[str, int]:
        return {str(value): number for value, number in Counter(values).most_common()}

    return {
        "recipe": recipe.name,
        "tunes": len(rows),
        "characters": sum(len(row.text) for row in rows),
        "bars": sum(row.n_bars for row in rows),
        "repeated": repeated,
        "skipped": len(faults),
        "splits": counts(row.split for row in rows),
        "sources": counts(row.source for row in rows),
        "licences": counts(row.licence for row in rows),
        "meters": counts(row.meter for row in rows),
        "keys": counts(row.key for row in rows),
        "faults": [asdict(fault) for fault in faults],
    }


def save(folder: Path, rows: Sequence[Row], statistics: dict[str, Any], stamp: str) -> None:
    """Write the corpus; each file appears whole or not at all, the stamp last."""
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    table = pyarrow.Table.from_pylist([asdict(row) for row in rows])
    _replace(folder / TUNES, lambda path: pyarrow.parquet.write_table(table, path, compression="zstd"))
    _replace(folder / STATISTICS, _json_writer(statistics))
    _replace(folder / STAMP, _json_writer({"digest": stamp}))


def _json_writer(content: dict[str, Any]) -> Callable[[Path], object]:
    return lambda path: path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    partial = path.with_suffix(".partial")
    fill(partial)
    partial.replace(path)
