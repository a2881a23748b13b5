"""Where tunes come from: readers that turn files into tunes and never fail on a broken one.

A reader is cut into *units*, small enough to be spread over processes; `read` turns one unit into tunes and faults.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_model.data.files import SUFFIXES, read_file
from alphatex_model.data.neutral import Limits, read_row
from alphatex_model.data.recipe import unknown
from alphatex_model.data.tunes import Fault, Finished, Provenance, Tune
from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from alphatex_model.data.recipe import Folder, Part, Recipe


class SourceError(ModelError):
    """Sources that are not there or hold no tune; the message is one line and says what to install or where to look."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Some files of one collection, read together; of a Parquet file the given `rows`.

    `names` are those of the files in ids; their own without suffix where there are none.
    """

    origin: Provenance
    paths: tuple[Path, ...]
    rows: range | None = None
    names: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[tuple[str, Path], ...]:
        """Every file after its name."""
        names = self.names or [path.stem for path in self.paths]
        return tuple(zip(names, self.paths, strict=True))


BOOKS = {
    "airdsAirs": "James Aird, A Selection of Scotch, English, Irish and Foreign Airs, 6 vols, Glasgow 1778-1801",
    "miscFolk": "Northumbrian Minstrelsy, Newcastle 1882, and American fife tunes of the 18th and 19th century",
    "oneills1850": "Francis O'Neill, O'Neill's Music of Ireland: 1850 Melodies, Chicago 1903",
    "ryansMammoth": "William Bradbury Ryan, Ryan's Mammoth Collection, Boston 1883",
}
"""Folders of music21's corpus whose music is in the public domain and whose files state no restriction.

Left out on purpose: the Essen folk songs (not for commercial use)."""
BOOK_SOURCES = frozenset(f"music21/{book}" for book in BOOKS)
LICENCE = "Public domain"
PERMISSION = "transcription distributed with music21's corpus by permission of its encoders"
UNIT_BYTES = 60_000
UNIT_ROWS = 250


def music21_corpus() -> Path:
    """The folder of music21's bundled scores, found without importing music21 (which takes seconds)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise SourceError("the tune books are part of music21: pip install 'alphatex-eval[data]'")
    return Path(spec.origin).parent / "corpus"


def tune_book_units(books: tuple[str, ...]) -> list[Unit]:
    """The ABC files of the named folders of music21's corpus, in units of about equal size."""
    corpus = music21_corpus()
    units: list[Unit] = []
    for book in books:
        if book not in BOOKS:
            raise SourceError(f"no tune book {unknown(book, BOOKS)}")
        origin = Provenance(f"music21/{book}", LICENCE, f"{BOOKS[book]}; {PERMISSION}")
        units += [Unit(origin, paths) for paths in _batches(sorted((corpus / book).glob("*.abc")))]
    return units


def _batches(paths: list[Path]) -> Iterator[tuple[Path, ...]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += path.stat().st_size
        if size >= UNIT_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def units_of(recipe: Recipe, parquet: Sequence[Path] = ()) -> list[Unit]:
    """All units of a recipe and of the user's Parquet files, in a fixed order."""
    if recipe.needs_parquet and not parquet:
        raise SourceError(f"recipe {recipe.name!r} needs a Parquet file of tunes: --parquet PATH")
    units = [*tune_book_units(recipe.books), *(unit for path in parquet for unit in parquet_units(path))]
    units += distinct(unit for folder in recipe.folders for unit in folder_units(folder))
    if not units:
        raise SourceError(f"recipe {recipe.name!r} names no source")
    return units


def parquet_units(path: Path) -> list[Unit]:
    """A neutral Parquet file, some rows a unit."""
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {one_line(error)}") from None
    missing = {"id", "source", "name", "composer", "licence", "attribution", "ir"} - set(file.schema_arrow.names)
    if missing:
        raise SourceError(f"{path} is no file of tunes: it lacks {', '.join(sorted(missing))}")
    total = file.metadata.num_rows
    starts = range(0, total, UNIT_ROWS)
    return [Unit(Provenance(path.stem, ""), (path,), range(at, min(at + UNIT_ROWS, total))) for at in starts]


def read(unit: Unit, recipe: Recipe) -> Iterator[Tune | Finished | Fault]:
    """Every tune of a unit, and a fault for each that is broken."""
    if unit.rows is not None:
        yield from read_parquet(unit.paths[0], unit.rows, recipe.parts)
        return
    for name, path in unit.named:
        yield from read_file(path, unit.origin, name)


def read_parquet(path: Path, rows: range, parts: Mapping[str, Part]) -> Iterator[Tune | Fault]:
    """Rows of a neutral Parquet file, as much of each as its source's limits in `parts` say."""
    table = _table(path)
    for row in table.slice(rows.start, len(rows)).to_pylist():
        part = parts.get(row["source"])
        yield from read_row(row, Limits(part.bars, part.passages) if part else Limits())


def one_line(error: Exception) -> str:
    """An error's message in one line."""
    return " ".join(str(error).split())


@lru_cache(maxsize=2)
def _table(path: Path) -> Any:
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {one_line(error)}") from None


def folder_units(folder: Folder) -> list[Unit]:
    """The readable files of a folder and of those below it, named by where they lie in it."""
    root = Path(folder.path).expanduser()
    if not root.is_dir():
        raise SourceError(f"no folder {root}")
    origin = Provenance(folder.source or root.name, folder.licence, folder.attribution)
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise SourceError(f"nothing to read in {root}: files end with {', '.join(SUFFIXES)}")
    return [
        Unit(origin, batch, names=tuple(path.relative_to(root).with_suffix("").as_posix() for path in batch))
        for batch in _batches(paths)
    ]


def distinct(units: Iterable[Unit]) -> Iterator[Unit]:
    """The units, a file's name with a number ("song~2") where another file of the same source has it already."""
    seen = Counter[str]()
    for unit in units:
        names = []
        for name, _ in unit.named:
            seen[f"{unit.origin.source}/{name}"] += 1
            number = seen[f"{unit.origin.source}/{name}"]
            names.append(name if number == 1 else f"{name}~{number}")
        yield replace(unit, names=tuple(names))
