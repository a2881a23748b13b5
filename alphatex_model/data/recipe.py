"""Recipes: what goes into a corpus, as data (TOML)."""

from __future__ import annotations

import difflib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class RecipeError(ValueError):
    """A recipe that cannot be used; the message is one line and says what to change."""


class Strict(BaseModel):
    """Recipe tables reject names they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(Strict):
    """Shares of tunes held out, by family of tunes."""

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.05
    test: Annotated[float, Field(ge=0, lt=1)] = 0.05
    seed: int = 1


class Recipe(Strict):
    """One corpus. `books` are folders of music21's corpus."""

    name: str
    description: str = ""
    books: tuple[str, ...] = ()
    split: Split = Split()


def recipe_names() -> list[str]:
    """The recipes that ship with the package."""
    return sorted(
        Path(file.name).stem for file in files("alphatex_model.data").iterdir() if file.name.endswith(".toml")
    )


def load_recipe(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or any recipe by the path of its file. Raises `RecipeError`."""
    if name_or_path in recipe_names():
        text = files("alphatex_model.data").joinpath(f"{name_or_path}.toml").read_text("utf-8")
    elif name_or_path.endswith(".toml"):
        text = _read(Path(name_or_path))
    else:
        close = difflib.get_close_matches(name_or_path, recipe_names(), n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(recipe_names())}"
        raise RecipeError(f"no recipe {name_or_path!r}; {hint}")
    return parse_recipe(text, name_or_path)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the recipe {path}: {error}") from None


def parse_recipe(text: str, where: str) -> Recipe:
    """TOML text to a recipe; `where` names it in errors."""
    try:
        return Recipe.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RecipeError(f"{where}: {place}: {first['msg']}") from None
