"""Training recipes: what to train and how, as TOML files in the package `alphatex_model.experiments`."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_model.errors import MissingFileError, ModelError
from alphatex_model.shape import GPTConfig

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PACKAGE = "alphatex_model.experiments"
PRECISIONS = ("auto", "float32", "bfloat16")
LEAST = {field.name: 1 for field in fields(GPTConfig)} | {
    "steps": 1,
    "batch_tokens": 1,
    "micro_batch_tokens": 1,
    "validation_tokens": 1,
    "warmup_steps": 0,
    "seed": 0,
}
"""The settings that are whole numbers, and the least that each may be."""
MOST = {
    "embedding_lr": math.inf,
    "unembedding_lr": math.inf,
    "matrix_lr": math.inf,
    "weight_decay": math.inf,
    "warmdown_ratio": 1,
}
"""The settings that are finite numbers from 0 on, and the most that each may be."""


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Attributes:
        steps: optimiser steps.
        batch_tokens: tokens of one step, over all processes; a multiple of the sequence length.
        micro_batch_tokens: tokens of one forward pass on one device; gradients accumulate up to `batch_tokens`.
        checkpoint_steps: after which steps to validate and save; the last step is always one of them.
        embedding_lr, unembedding_lr: AdamW's peak rates for a model 768 wide; they scale with 1/sqrt(width).
        matrix_lr: Muon's peak rate.
        weight_decay: on the matrices, where it agrees with the update; falls linearly to zero.
        warmup_steps: steps of rising rates at the start.
        warmdown_ratio: share of all steps, at the end, over which the rates fall linearly to zero.
        validation_tokens: at most this many tokens, the first of the split, are validated on.
        seed: decides the first weights and the order of the batches.
        precision: of matrix products, one of `PRECISIONS`; "auto" is bfloat16 on a GPU and float32 on the CPU.
    """

    steps: int
    batch_tokens: int
    micro_batch_tokens: int
    checkpoint_steps: tuple[int, ...]
    embedding_lr: float = 0.3
    unembedding_lr: float = 0.004
    matrix_lr: float = 0.02
    weight_decay: float = 0.0
    warmup_steps: int = 0
    warmdown_ratio: float = 0.3
    validation_tokens: int = 1 << 19
    seed: int = 0
    precision: str = "auto"


@dataclass(frozen=True)
class Recipe:
    """A named model shape and training plan with one line on what it is for."""

    name: str
    summary: str
    model: GPTConfig
    training: TrainingPlan

    def to_json(self) -> dict[str, Any]:
        """Nested dictionaries as in the TOML file; `parse_recipe` reads them back."""
        return asdict(self)


def recipe_names() -> list[str]:
    """Names of the recipes that ship, in alphabetical order."""
    return sorted(path.name.removesuffix(".toml") for path in files(PACKAGE).iterdir() if path.name.endswith(".toml"))


def load_recipe(name: str) -> Recipe:
    """The shipped recipe `name`, or the recipe in the TOML file at that path.

    Raises `MissingFileError` with a suggestion for an unknown name, `ModelError` for a file that is not a recipe.
    """
    path: Traversable = Path(name) if name.endswith(".toml") else files(PACKAGE) / f"{name}.toml"
    if not path.is_file():
        close = get_close_matches(name, recipe_names(), n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(recipe_names())}"
        raise MissingFileError(f"no recipe {name!r}; {hint}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path}: not TOML ({error})") from error
    return parse_recipe({"name": path.name.removesuffix(".toml"), **content})


def adjusted(recipe: Recipe, *, steps: int | None = None, **settings: Any) -> Recipe:
    """The recipe with other settings of its plan, those that are not None; checkpoints keep their proportions."""
    plan = recipe.training
    if steps is not None:
        marks = {max(1, round(step * steps / plan.steps)) for step in plan.checkpoint_steps}
        plan = replace(plan, steps=steps, checkpoint_steps=tuple(sorted(marks)))
    given = {name: value for name, value in settings.items() if value is not None}
    return replace(recipe, training=replace(plan, **given))


def parse_recipe(content: dict[str, Any]) -> Recipe:
    """A recipe from nested dictionaries. Raises `ModelError` for missing or unknown keys and impossible values."""
    try:
        plan = dict(content["training"])
        _check_ranges(content["model"] | plan)
        plan["checkpoint_steps"] = _checkpoint_steps(plan)
        recipe = Recipe(
            name=content["name"],
            summary=content["summary"],
            model=GPTConfig(**content["model"]),
            training=TrainingPlan(**{key: value for key, value in plan.items() if key != "checkpoint_every"}),
        )
    except KeyError as error:
        raise ModelError(f"recipe without {error}") from error
    except ValueError as error:
        raise ModelError(f"recipe {content.get('name')!r}: {error}") from error
    except TypeError as error:
        raise ModelError(f"recipe {content.get('name')!r}: {error}; keys are {_keys()}") from error
    _check(recipe)
    return recipe


def _check_ranges(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if name in LEAST and not _are_whole([value], LEAST[name]):
            raise ValueError(f"{name} must be a whole number from {LEAST[name]} on, not {value!r}")
        if name in MOST and not (type(value) in (int, float) and 0 <= value <= MOST[name] and value < math.inf):
            upwards = f"to {MOST[name]}" if MOST[name] < math.inf else "on"
            raise ValueError(f"{name} must be a number from 0 {upwards}, not {value!r}")


def _are_whole(values: object, least: int = 1) -> bool:
    """Whether these are whole numbers in a list."""
    return isinstance(values, list | tuple) and all(type(value) is int and value >= least for value in values)


def _checkpoint_steps(plan: dict[str, Any]) -> tuple[int, ...]:
    """From a list, or from `checkpoint_every`: one number, or `[[every, until], ...]` for a spacing that changes."""
    if "checkpoint_steps" in plan:
        if not _are_whole(plan["checkpoint_steps"]):
            raise ValueError(f"checkpoint_steps must be whole numbers from 1 on, not {plan['checkpoint_steps']!r}")
        return tuple(sorted({*plan["checkpoint_steps"], plan["steps"]}))
    every = plan["checkpoint_every"]
    spans = every if isinstance(every, list) else [(every, plan["steps"])]
    if not all(_are_whole(span) and len(span) == 2 for span in spans):
        raise ValueError(f"checkpoint_every must be a whole number from 1 on or pairs of them, not {every!r}")
    steps, start = {plan["steps"]}, 0
    for spacing, until in spans:
        steps.update(range(start + spacing, until + 1, spacing))
        start = until
    return tuple(sorted(steps))


def _check(recipe: Recipe) -> None:
    plan, length = recipe.training, recipe.model.sequence_len
    if plan.validation_tokens <= length:
        raise ModelError(f"recipe {recipe.name!r}: validation_tokens must be more than the sequence length {length}")
    if plan.batch_tokens % length or plan.micro_batch_tokens % length:
        raise ModelError(f"recipe {recipe.name!r}: batch sizes must be multiples of the sequence length {length}")
    if plan.batch_tokens % plan.micro_batch_tokens:
        raise ModelError(f"recipe {recipe.name!r}: batch_tokens must be a multiple of micro_batch_tokens")
    if plan.precision not in PRECISIONS:
        raise ModelError(f"recipe {recipe.name!r}: precision {plan.precision!r} is none of {', '.join(PRECISIONS)}")
    if plan.checkpoint_steps[-1] != plan.steps:
        raise ModelError(f"recipe {recipe.name!r}: no checkpoint may come after the last step {plan.steps}")


def _keys() -> str:
    return ", ".join(field.name for shape in (GPTConfig, TrainingPlan) for field in fields(shape))
