"""`alphatex format`: rewrite tabs in canonical form."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from alphatex_eval.cli.texts import STANDARD_INPUT, InputError, find_texts, read_text, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command("format")
@click.argument("paths", metavar="PATH...|-", nargs=-1, required=True)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; say which files would change, status 1 if any."
)
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print what would change, status 1 if anything.")
@click.pass_context
def format_(ctx: click.Context, paths: tuple[str, ...], only_check: bool, show_diff: bool) -> None:
    """Rewrite alphaTex files in canonical form, in place; - reads standard input and writes standard output.

    Folders are searched for .alphatex and .atex. A text that cannot be parsed is reported and left alone, status 2.
    """
    changed = unchanged = failed = 0
    for path in find_texts(paths):
        try:
            before = read_text(path)
            after = _formatted(path, before)
        except InputError as error:
            error.show()
            failed += 1
            continue
        changed, unchanged = changed + (before != after), unchanged + (before == after)
        _deliver(path, before, after, only_check, show_diff)
    click.echo(_summary(changed, unchanged, failed, written=not (only_check or show_diff)), err=True)
    ctx.exit(2 if failed else int(changed > 0 and (only_check or show_diff)))


def _formatted(path: str, text: str) -> str:
    from alphatex_eval.language import AlphaTexError, format_text

    try:
        return format_text(text)
    except AlphaTexError as error:
        raise InputError(f"{path}: not formatted: {error}") from None


def _deliver(path: str, before: str, after: str, only_check: bool, show_diff: bool) -> None:
    if show_diff:
        click.echo("".join(_diff(path, before, after)), nl=False)
    elif only_check:
        if before != after:
            click.echo(f"would reformat: {path}")
    elif path == STANDARD_INPUT:
        click.echo(after.encode(), nl=False)
    elif before != after:
        write_text(path, after)


def _diff(path: str, before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for line in difflib.unified_diff(old, new, path, path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _summary(changed: int, unchanged: int, failed: int, *, written: bool) -> str:
    did = "reformatted" if written else "would be reformatted"
    parts = [f"{_files(changed)} {did}"] if changed else []
    parts += [f"{_files(unchanged)} left unchanged"] if unchanged else []
    parts += [f"{_files(failed)} failed"] if failed else []
    return ", ".join(parts) or "no files found"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
