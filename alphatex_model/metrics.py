"""The log of a training run: `metrics.jsonl`, one JSON object a line, each with its step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """All rows; none of a missing file. A last line that a killed process left unfinished is passed over.

    Raises `ModelError` for any other line that is no JSON object with a step.
    """
    content = path.read_bytes() if path.is_file() else b""
    return [_row(path, number, line) for number, line in enumerate(content.split(b"\n")[:-1], start=1)]


def append_metrics(path: Path, row: Mapping[str, float]) -> None:
    """Add a row. Raises `ModelError` on a full disk."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); the checkpoints are safe") from error


def cut_metrics(path: Path, step: int) -> None:
    """Drop the rows after `step`: they will be measured again. Raises as the others; a full disk changes nothing."""
    rows = [row for row in read_metrics(path) if row["step"] <= step]
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); the checkpoints are safe") from error


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
        int(row["step"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}:{number}: not a row of metrics ({error}); mend or delete the file") from error
    return dict(row)
