"""`alphatex data`: build corpora of real tunes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_RECIPE = "tune_books"
ROOT = Path("data")


class UsageProblem(click.ClickException):
    """One line on stderr, exit status 2."""

    exit_code = 2


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
def build(recipe: str, out: Path | None, parquet: tuple[Path, ...], workers: int | None) -> None:
    """Read the recipe's sources, arrange every tune for guitar and write OUT/tunes.parquet and statistics.json."""
    from alphatex_model.data import corpus
    from alphatex_model.data.recipe import RecipeError, load_recipe
    from alphatex_model.data.sources import SourceError

    try:
        plan = load_recipe(recipe)
        with progress_bar(f"Building {plan.name}") as advance:
            built = corpus.build(plan, out or ROOT / plan.name, workers, advance, parquet)
    except (RecipeError, SourceError) as error:
        raise UsageProblem(str(error)) from None
    click.echo(summary(built.statistics, built.folder, cached=built.cached))


@data.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=ROOT / DEFAULT_RECIPE)
def statistics(folder: Path) -> None:
    """Show what is in a corpus: sources, licences, lengths, meters, keys, techniques, and what was left out."""
    from rich.markdown import Markdown

    from alphatex_model.data.corpus import PAGE

    page = folder / PAGE
    if not page.exists():
        raise UsageProblem(f"no corpus in {folder}: build one with `alphatex data build --out {folder}`")
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
    """Two lines: what was built and what was left out."""
    splits = ", ".join(f"{name} {number}" for name, number in statistics["splits"].items())
    state = "unchanged" if cached else "built"
    return (
        f"{folder}: {statistics['tunes']:,} tunes, {statistics['characters']:,} characters ({splits}), {state}\n"
        f"left out: {statistics['skipped']:,} that do not add up, {statistics['repeated']:,} repeated in some key, "
        f"{statistics['torn']:,} kin to tunes of different splits"
    )
