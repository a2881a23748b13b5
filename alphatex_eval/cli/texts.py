"""The texts that a command line names: files, folders and standard input, and what can be wrong with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = (".alphatex", ".atex")
STANDARD_INPUT = "-"


class InputError(click.ClickException):
    """Something the user can put right: one line, exit status 2."""

    exit_code = 2


def find_texts(paths: Sequence[str]) -> Iterator[str]:
    """The files of a command line: as named, and all alphaTex files below a folder, each once, in order of name."""
    seen: set[str] = set()
    for path in paths:
        for found in _below(path) if path != STANDARD_INPUT and Path(path).is_dir() else (path,):
            if found not in seen:
                seen.add(found)
                yield found


def _below(folder: str) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise _unreadable(str(error.filename), error)

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES):
                yield str(Path(parent, name))


def read_text(path: str) -> str:
    """The text of a file or of standard input, line ends as they are, without byte order mark. Raises InputError."""
    try:
        raw = standard_input().read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    return decode(raw, path)


def standard_input() -> BinaryIO:
    """Standard input as bytes. Raises InputError where it is closed."""
    if sys.stdin is None:
        raise InputError(f"{STANDARD_INPUT}: standard input is closed")
    return sys.stdin.buffer


def decode(raw: bytes, where: str) -> str:
    """UTF-8 to text, without byte order mark. Raises InputError."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}: not UTF-8: byte {error.start} is 0x{raw[error.start]:02x}; convert the file"
        ) from None


def write_text(path: str, text: str) -> None:
    """Replace a file as a whole, its permissions kept: readers see the old text or the new one. Raises InputError."""
    target = Path(path).resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be read: {error.strerror or error}")
