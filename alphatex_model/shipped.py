"""The models that come with the package, and what `--model` means."""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from alphatex_model import checkpoints
from alphatex_model.errors import MissingFileError

FOLDER = Path(str(files("alphatex_model"))) / "models"
"""One checkpoint a folder, each with its model card, README.md."""


def names() -> list[str]:
    """The models that ship, in alphabetical order."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{checkpoints.RECORD}"))


def resolve(model: str | Path) -> Path:
    """The checkpoint that `model` means: a shipped name, a checkpoint, or a run folder for its newest checkpoint.

    A folder that has the name of a shipped model is meant by `./NAME`. Raises `MissingFileError`, for an unknown name
    with a suggestion.
    """
    name = str(model)
    if name in names():
        return FOLDER / name
    if Path(model).exists() or os.sep in name:
        return checkpoints.find(Path(model))
    close = get_close_matches(name, names(), n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}?" if close else f"there {'are' if len(names()) > 1 else 'is'} {_listed()}"
    raise MissingFileError(f"no folder {name!r} and no model of that name; {hint}")


def _listed() -> str:
    return ", ".join(names()) or "none"
