"""Recipes: what goes into a corpus, as data (TOML). One may extend another: `extends = "full"`, a name or a path."""

from __future__ import annotations

import difflib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from alphatex_model.data.idiom import STYLES
from alphatex_model.data.instruments import INSTRUMENTS
from alphatex_model.data.neutral import LEAST_BARS
from alphatex_model.data.techniques import TECHNIQUES
from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Collection

Tables = dict[str, Any]
"""A recipe as TOML has it."""


class RecipeError(ModelError):
    """A recipe that cannot be used; the message is one line and says what to change."""


class Strict(BaseModel):
    """Recipe tables reject names they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(Strict):
    """Shares of tunes held out, by family of tunes."""

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.05
    test: Annotated[float, Field(ge=0, lt=1)] = 0.05
    seed: int = 1

    @model_validator(mode="after")
    def _something_to_learn(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together must be less than 1")
        return self


Weights = dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
"""How often each name is chosen, in proportion."""


DRAWN: dict[str, Collection[str]] = {"styles": STYLES, "instruments": INSTRUMENTS, "techniques": TECHNIQUES}
"""The names that each table of a recipe knows."""


class Arrange(Strict):
    """How tunes are set.

    The first of `copies` is in the tune's own key, the others are moved by different intervals of `transpose`
    (semitones, both ends included). Each copy draws a style and the melody's instrument; `techniques` are rates by
    technique.
    """

    copies: Annotated[int, Field(ge=1)] = 1
    transpose: tuple[int, int] = (-5, 6)
    styles: Weights = {"plain": 1.0}
    instruments: Weights = {"guitar": 1.0}
    techniques: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}

    @field_validator("styles", "instruments", "techniques")
    @classmethod
    def _known(cls, names: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        known = DRAWN[info.field_name or ""]
        for name in names:
            if name not in known:
                raise ValueError(unknown(name, known))
        return names

    @field_validator("styles", "instruments")
    @classmethod
    def _drawable(cls, weights: dict[str, float]) -> dict[str, float]:
        if not any(weights.values()):
            raise ValueError("at least one needs a weight above 0")
        return weights

    @field_validator("transpose")
    @classmethod
    def _ascending(cls, ends: tuple[int, int]) -> tuple[int, int]:
        if ends[0] > ends[1]:
            raise ValueError(f"the lower end comes first, not {ends[0]} before {ends[1]}")
        return ends

    @property
    def intervals(self) -> list[int]:
        """What copies may be moved by: the intervals of `transpose` that lead to another key."""
        low, high = self.transpose
        return [step for step in range(low, high + 1) if step % 12]


class Folder(Strict):
    """Files of the user's, read from `path` and everything below it."""

    path: str
    licence: str
    source: str = ""
    attribution: str = ""


class Part(Strict):
    """How much of each row of a neutral Parquet file is taken: passages of at most `bars`, so many of a part."""

    bars: Annotated[int, Field(ge=LEAST_BARS)] = 32
    passages: Annotated[int, Field(ge=0)] = 1_000
    copies: Annotated[int, Field(ge=1)] | None = None


class Recipe(Strict):
    """One corpus.

    `books` are folders of music21's corpus, `folders` the user's own; `parts` says by source what is taken of neutral
    Parquet files, `needs_parquet` that the recipe makes no sense without one.
    """

    name: str
    description: str = ""
    books: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
    parts: dict[str, Part] = {}
    needs_parquet: bool = False
    arrange: Arrange = Arrange()
    split: Split = Split()

    @model_validator(mode="after")
    def _a_key_for_each_copy(self) -> Self:
        copies = max([self.arrange.copies, *(part.copies or 1 for part in self.parts.values())])
        keys = 1 + len(self.arrange.intervals)
        if copies > keys:
            raise ValueError(f"{copies} copies are too many for the {keys} keys that arrange.transpose allows")
        return self


SETTINGS = [name for table in (Recipe, Folder, Part, Arrange, Split) for name in table.model_fields]


def recipe_names() -> list[str]:
    """The recipes that ship with the package."""
    return sorted(
        Path(file.name).stem for file in files("alphatex_model.data").iterdir() if file.name.endswith(".toml")
    )


def load_recipe(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or any recipe by the path of its file. Raises `RecipeError`."""
    return _validated(_load_tables(name_or_path, ()), name_or_path)


def _load_tables(name_or_path: str, extending: tuple[str, ...]) -> Tables:
    if name_or_path in extending:
        raise RecipeError(f"{' extends '.join([*extending, name_or_path])}: a recipe cannot extend itself")
    if name_or_path in recipe_names():
        text = files("alphatex_model.data").joinpath(f"{name_or_path}.toml").read_text("utf-8")
    elif name_or_path.endswith(".toml"):
        text = _read(Path(name_or_path))
    else:
        raise RecipeError(f"no recipe {unknown(name_or_path, recipe_names())}")
    return _tables(text, name_or_path, extending)


def unknown(name: str, known: Collection[str]) -> str:
    """What to say of a name that is not among those known."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{name!r}; " + (f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the recipe {path}: {error}") from None


def parse_recipe(text: str, where: str) -> Recipe:
    """TOML text to a recipe; `where` names it in errors."""
    return _validated(_tables(text, where, ()), where)


def _tables(text: str, where: str, extending: tuple[str, ...]) -> Tables:
    """The recipe as written, on top of the one that it extends."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not TOML: {error}") from None
    base = own.pop("extends", None)
    if base is None:
        return own
    if not isinstance(base, str):
        raise RecipeError(f"{where}: extends: should be a recipe's name or path, not {base!r}")
    return _merged(_load_tables(base, (*extending, where)), own)


def _merged(base: Tables, own: Tables) -> Tables:
    """`base` with the values of `own`, table by table."""
    both = {name: _merged(base[name], own[name]) for name in own if _is_table(base.get(name)) and _is_table(own[name])}
    return base | own | both


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _validated(tables: Tables, where: str) -> Recipe:
    try:
        return Recipe.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        names = [str(name) for name in first["loc"]]
        if first["type"] == "extra_forbidden":
            place = f"[{'.'.join(names[:-1])}] has" if names[1:] else "there is"
            raise RecipeError(f"{where}: {place} no setting {unknown(names[-1], SETTINGS)}") from None
        problem = first["msg"].removeprefix("Value error, ")
        raise RecipeError(": ".join(filter(None, (where, ".".join(names), problem)))) from None
