"""`alphatex data`: build corpora of real tunes."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from alphatex_model.cli import UsageFailure, one_line_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_RECIPE = "tune_books"
VOCABULARY = 8192
MOST_REASONS = 3
ROOT = Path("data")


@click.group()
def data() -> None:
    """Build corpora of real tunes as alphaTex."""


@data.command()
@click.option("--recipe", default=DEFAULT_RECIPE, show_default=True, help="A recipe's name or the path of its file.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to build in; data/RECIPE by default.")
@click.option(
    "--parquet",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of tunes in the neutral notation; may be repeated.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; all cores by default.")
@click.option(
    "--vocab-size",
    type=click.IntRange(min=0),
    default=VOCABULARY,
    show_default=True,
    help="Ids of the tokenizer that the shards beside the tunes are written with; 0 for no shards.",
)
def build(recipe: str, out: Path | None, parquet: tuple[Path, ...], workers: int | None, vocab_size: int) -> None:
    """Read the recipe's sources, arrange every tune for guitar and write OUT/tunes.parquet, statistics and shards."""
    require("data", "lytk", "music21", "numpy", "pyarrow")
    from alphatex_model.data import corpus
    from alphatex_model.data.recipe import load_recipe

    with one_line_errors("data"), _more_one_line_errors():
        plan = load_recipe(recipe)
        folder = out or ROOT / plan.name
        with progress_bar(f"Building {plan.name}") as advance:
            built = corpus.build(plan, folder, workers, advance, parquet)
        click.echo(summary(built.statistics, built.folder, cached=built.cached))
        if vocab_size:
            click.echo(shard(folder, vocab_size))


def require(extra: str, *modules: str) -> None:
    """Say in one line which extra to install where one of its modules is missing."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageFailure(f"building a corpus needs {', '.join(missing)}: pip install 'alphatex-eval[{extra}]'")


@contextmanager
def _more_one_line_errors() -> Iterator[None]:
    """What goes wrong with disks and processes, in one line; a build goes on when it is run again."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool:
        raise UsageFailure("a process was killed (out of memory?); run it again, and it goes on where it was") from None
    except OSError as error:
        raise UsageFailure(f"{error.strerror or error}: {error.filename or 'the disk'}") from None


def shard(folder: Path, vocab_size: int) -> str:
    """Write the shards of a corpus, and say in one line where they are and how many tokens they hold."""
    if importlib.util.find_spec("tokenizers") is None:
        return "no shards: they need pip install 'alphatex-eval[model]'"
    from alphatex_model.data.shards import prepare

    shards = prepare(folder, vocab_size)
    sizes = ", ".join(f"{split} {count:,}" for split, count in shards.sizes.items())
    return f"{shards.folder}: {sizes} tokens, vocabulary {shards.tokenizer.vocab_size:,}"


@data.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=ROOT / DEFAULT_RECIPE)
def statistics(folder: Path) -> None:
    """Show what is in a corpus: sources, licences, lengths, meters, keys, techniques, and what was left out."""
    from rich.markdown import Markdown

    from alphatex_model.data.corpus import PAGE

    page = folder / PAGE
    if not page.exists():
        raise UsageFailure(f"no corpus in {folder}: build one with `alphatex data build --out {folder}`")
    Console().print(Markdown(page.read_text("utf-8")))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that is fed with (done, total); it leaves no trace when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def summary(statistics: dict[str, Any], folder: Path, *, cached: bool) -> str:
    """What was built, what was left out, and the most frequent reasons for it, a line each."""
    splits = ", ".join(f"{name} {number:,}" for name, number in statistics["splits"].items())
    state = "unchanged" if cached else "built"
    reasons = list(statistics["reasons"].items())[:MOST_REASONS]
    lines = [
        f"{folder}: {statistics['tunes']:,} tunes, {statistics['characters']:,} characters ({splits}), {state}",
        f"left out: {statistics['skipped']:,} that cannot be read or do not add up, "
        f"{statistics['repeated']:,} repeated in some key, {statistics['torn']:,} kin to tunes of different splits",
        *(f"  {number:,} × {reason}" for reason, number in reasons),
    ]
    return "\n".join(lines)
