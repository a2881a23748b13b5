"""Samples on disk: one JSON line each, written as they come, safe against a kill at any moment.

A line counts once its line break is on disk. What a killed process left after the last line break is cut off when the
file is next opened for writing, and its sample is generated again.
"""

from __future__ import annotations

import codecs
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self, TypeVar

from pydantic import BaseModel, ValidationError

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.scorers.results import FinishReason, Record, Subject, first_complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

Row = TypeVar("Row", bound=BaseModel)


class Sample(Record):
    """One completion of one prompt. `error` says why there is none; then `finish_reason` is "error".

    `id` names the question and who was asked: suite, prompt, `index` among the prompt's samples, sampling, generator.
    """

    id: str
    prompt_id: str
    kind: str
    index: int
    prompt: str
    completion: str
    finish_reason: FinishReason = FinishReason.STOP
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether the generator gave no completion."""
        return self.finish_reason is FinishReason.ERROR

    def subject(self) -> Subject:
        """What a rubric judges."""
        return Subject(prompt=self.prompt, completion=self.completion, finish_reason=self.finish_reason, kind=self.kind)


class LineWriter:
    """Appends models to a JSONL file, each handed to the operating system before the next one is accepted.

    Raises HarnessError when a line cannot be written whole, say on a full disk; the lines before it are safe.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            _cut_torn_line(path)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise _unwritable(path, error) from None

    def write(self, row: BaseModel) -> None:
        """Append one line."""
        line = memoryview(row.model_dump_json().encode() + b"\n")
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise _unwritable(self._path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_lines(path: Path, row: type[Row]) -> Iterator[Row]:
    """The models in a JSONL file of our own in file order; a torn last line is left out, a missing file is empty.

    Raises HarnessError naming the first line that is no `row`.
    """
    if path.exists():
        yield from _parsed(path, (line for line in _lines(path) if line.endswith(b"\n")), row)


def read_lines_made_elsewhere(path: Path, row: type[Row]) -> Iterator[Row]:
    """The models in anybody's JSONL file: blank lines, a byte order mark and a last line without a break are fine.

    Raises HarnessError when the file cannot be read, and naming the first line that is no `row`.
    """
    return _parsed(path, (line.removeprefix(codecs.BOM_UTF8) for line in _lines(path)), row)


def read_samples(path: Path) -> dict[str, Sample]:
    """The samples of a file by id, the last one where an id was retried. Raises HarnessError on a corrupt line."""
    return {sample.id: sample for sample in read_lines(path, Sample)}


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file that replaces `path` at the end: readers see the old one or the new one, never a part.

    Creates the folder. Raises HarnessError when it cannot be written, say on a full disk.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise _unwritable(path, error) from None


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole. Raises HarnessError when it cannot be written."""
    with whole_file(path) as file:
        file.write_text(text, encoding="utf-8")


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes; the operating system lets go even of a killed holder.

    Creates the folder. Raises HarnessError when it cannot be made or another process holds it.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", blocking=False)
        lock.acquire()
    except Timeout:
        raise HarnessError(f"{folder} is in use by another process; wait for it or choose another folder.") from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        yield
    finally:
        lock.release()


def _parsed(path: Path, lines: Iterable[bytes], row: type[Row]) -> Iterator[Row]:
    for number, line in enumerate(map(bytes.strip, lines), start=1):
        try:
            if line:
                yield row.model_validate_json(line)
        except ValidationError as error:
            raise HarnessError(
                f"{path}:{number}: not a valid line ({first_complaint(error)}); delete or mend it and run again."
            ) from None


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None


def _cut_torn_line(path: Path) -> None:
    with path.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        file.truncate(_end_of_last_line(file.fileno(), end))


def _end_of_last_line(descriptor: int, end: int, block: int = 1 << 16) -> int:
    """The offset after the last line break before `end`, 0 without one."""
    while end > 0:
        start = max(0, end - block)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _unwritable(path: Path, error: OSError) -> HarnessError:
    reason = error.strerror or error
    return HarnessError(
        f"Cannot write {path}: {reason}. What was written before is safe; put it right and run the same again."
    )
