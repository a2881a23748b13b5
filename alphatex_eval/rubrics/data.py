"""Rubrics as data: TOML or JSON files, validated, found by name among our own or by path."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from alphatex_eval.scorers.registry import suggestion
from alphatex_eval.scorers.results import Record, Share, first_complaint

SCHEMA_VERSION = 1

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

SUFFIXES = (".toml", ".json")


class RubricError(Exception):
    """A rubric cannot be found or used; the message is one line for the user."""


class ScorerUse(Record):
    """How a rubric uses one scorer.

    A weight of 0 reports without counting; no `kinds` means every kind of prompt.
    """

    weight: Weight = 1.0
    kinds: tuple[str, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)


class Gate(Record):
    """A ceiling for the value: `cap` when `check` of `scorer` fails, or the scorer's value where no check is named.

    The value is scaled to it: full marks become the ceiling. So a text under a low ceiling still loses by other faults.
    """

    scorer: str
    check: str | None = None
    cap: Share | None = None
    reason: str

    @model_validator(mode="after")
    def _check_needs_cap(self) -> Gate:
        if (self.check is None) != (self.cap is None):
            raise ValueError("a gate names a check and a cap, or neither")
        return self


class RubricData(Record):
    """A rubric file.

    `weightings` name ways to weigh prompts by kind when a run is summed up; a kind's weight is shared by its prompts.
    The empty table means that all prompts weigh the same. `weighting` is the one in use. `modules` are imported for the
    scorers in them.
    """

    schema_version: Literal[1]
    name: str
    version: str
    description: str
    scorers: dict[str, ScorerUse]
    gates: tuple[Gate, ...] = ()
    weightings: dict[str, dict[str, Weight]] = Field(default={"prompts": {}})
    weighting: str = "prompts"
    modules: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> RubricData:
        for gate in self.gates:
            if gate.scorer not in self.scorers:
                raise ValueError(
                    f"gate on {gate.scorer!r}, which is not among the scorers.{suggestion(gate.scorer, self.scorers)}"
                )
        if self.weighting not in self.weightings:
            hint = suggestion(self.weighting, self.weightings) or f" Known: {', '.join(self.weightings)}."
            raise ValueError(f"no weighting {self.weighting!r}.{hint}")
        if not any(use.weight for use in self.scorers.values()):
            raise ValueError("no scorer has a weight above 0")
        return self


def rubric_names() -> list[str]:
    """Names of the rubrics that ship with the package."""
    names = [item.name for item in files("alphatex_eval.rubrics").iterdir()]
    return sorted(name.removesuffix(".toml").replace("_", "-") for name in names if name.endswith(".toml"))


def read_rubric(name_or_path: str | Path) -> RubricData:
    """The rubric of a name such as `strict`, or of a TOML or JSON file; `NAME@WEIGHTING` selects one of its weightings.

    Raises `RubricError` with one line that says what is wrong and where.
    """
    name, weighting = _name_and_weighting(name_or_path)
    content = _content(name)
    try:
        return RubricData.model_validate(content | ({"weighting": weighting} if weighting else {}))
    except ValidationError as error:
        raise RubricError(f"rubric {name}: {_first_problem(error)}") from None


def is_rubric_file(name: str | Path) -> bool:
    """Whether a rubric is asked for by the path of its file."""
    return Path(_name_and_weighting(name)[0]).suffix in SUFFIXES


def _name_and_weighting(name_or_path: str | Path) -> tuple[str, str]:
    """A rubric's name or path, and what follows the `@` after it; folders may have an `@` in their names."""
    folder, slash, last = str(name_or_path).rpartition("/")
    name, _, weighting = last.partition("@")
    return folder + slash + name, weighting


def _content(name: str) -> dict[str, Any]:
    text, suffix = _rubric_text(name)
    try:
        content = json.loads(text) if suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RubricError(f"rubric {name}: not {suffix[1:].upper()}: {error}") from None
    if not isinstance(content, dict):
        raise RubricError(f"rubric {name}: must be an object with name, scorers and so on")
    return content


def _rubric_text(name: str) -> tuple[str, str]:
    """The text of a rubric and the suffix that says how to read it."""
    if name in rubric_names():
        file = files("alphatex_eval.rubrics").joinpath(name.replace("-", "_") + ".toml")
        return file.read_text(encoding="utf-8"), ".toml"
    if not is_rubric_file(name):
        hint = suggestion(name, rubric_names()) or " Give the name of a rubric, or a .toml or .json file."
        raise RubricError(f"no rubric {name!r}.{hint}")
    try:
        return Path(name).read_text(encoding="utf-8"), Path(name).suffix
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"rubric {name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    if problem["type"] != "extra_forbidden":
        return first_complaint(error)
    place = ".".join(map(str, problem["loc"]))
    return f"{place}: there is no such key.{suggestion(str(problem['loc'][-1]), KEYS)}"


KEYS = sorted({key for model in (RubricData, ScorerUse, Gate) for key in model.model_fields})
