"""Rubrics as data: TOML files, validated, found by name among our own or by path."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from alphatex_eval.scorers.registry import suggestion
from alphatex_eval.scorers.results import Record, Share

SCHEMA_VERSION = 1

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


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
    The empty table means that all prompts weigh the same. `weighting` is the one in use.
    """

    schema_version: Literal[1]
    name: str
    version: str
    description: str
    scorers: dict[str, ScorerUse]
    gates: tuple[Gate, ...] = ()
    weightings: dict[str, dict[str, Weight]] = Field(default={"prompts": {}})
    weighting: str = "prompts"

    @model_validator(mode="after")
    def _consistent(self) -> RubricData:
        for gate in self.gates:
            if gate.scorer not in self.scorers:
                raise ValueError(f"gate on {gate.scorer!r}, which is not among the scorers")
        if self.weighting not in self.weightings:
            raise ValueError(f"no weighting {self.weighting!r}.{suggestion(self.weighting, self.weightings)}")
        if not any(use.weight for use in self.scorers.values()):
            raise ValueError("no scorer has a weight above 0")
        return self


def rubric_names() -> list[str]:
    """Names of the rubrics that ship with the package."""
    names = [item.name for item in files("alphatex_eval.rubrics").iterdir()]
    return sorted(name.removesuffix(".toml").replace("_", "-") for name in names if name.endswith(".toml"))


def read_rubric(name_or_path: str | Path) -> RubricData:
    """The rubric of a name such as `strict`, or of a TOML file; `NAME@WEIGHTING` selects one of its weightings.

    Raises `RubricError` with one line that says what is wrong and where.
    """
    name, _, weighting = str(name_or_path).partition("@")
    text = _rubric_text(name)
    try:
        content = tomllib.loads(text)
        data = RubricData.model_validate(content | ({"weighting": weighting} if weighting else {}))
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"rubric {name}: not TOML: {error}") from None
    except ValidationError as error:
        raise RubricError(f"rubric {name}: {_first_problem(error)}") from None
    return data


def _rubric_text(name: str) -> str:
    if name in rubric_names():
        return files("alphatex_eval.rubrics").joinpath(name.replace("-", "_") + ".toml").read_text(encoding="utf-8")
    path = Path(name)
    if path.suffix != ".toml":
        raise RubricError(f"no rubric {name!r}.{suggestion(name, rubric_names())}")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"rubric {name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
