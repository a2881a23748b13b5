"""Suites: prompts and sampling settings as versioned data files.

A suite is what every generator is asked, so its identity is a hash of the questions: two runs compare only when the
hashes agree.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from alphatex_eval.harness.errors import HarnessError, did_you_mean
from alphatex_eval.scorers.results import Record, first_complaint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

FORMATS = (".toml", ".json")


class Sampling(Record):
    """How completions are drawn.

    `temperature` 0 takes the likeliest token; `top_k` 0 keeps all tokens; `max_tokens` bounds a completion; `samples`
    is the number of completions of each prompt; `seed` gives every sample its own seed.
    """

    temperature: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.8
    top_k: Annotated[int, Field(ge=0)] = 50
    max_tokens: Annotated[int, Field(gt=0)] = 160
    samples: Annotated[int, Field(gt=0)] = 4
    seed: Annotated[int, Field(ge=0)] = 0


class Prompt(Record):
    """One question. `kind` chooses the checks that apply; `note` says where the text comes from.

    `reference` is the human continuation where the prompt was cut from a tune, "" elsewhere: no model sees it.
    """

    id: Annotated[str, Field(min_length=1)]
    kind: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    reference: str = ""
    note: str = ""


class Suite(Record):
    """Prompts plus sampling settings, named and versioned."""

    name: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    description: str = ""
    sampling: Sampling = Sampling()
    prompts: Annotated[tuple[Prompt, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        counts = Counter(prompt.id for prompt in self.prompts)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"prompt ids must be unique, found twice: {', '.join(twice)}")
        return self

    def identity(self) -> dict[str, object]:
        """Name, version and a hash of what is asked; the sampling settings are an identity of their own."""
        asked = [[prompt.id, prompt.kind, prompt.text, prompt.reference] for prompt in self.prompts]
        return {"name": self.name, "version": self.version, "prompts": digest(asked)}

    def resampled(self, **settings: float) -> Suite:
        """The same prompts under other sampling settings, say `seed=1` for fresh samples.

        Raises HarnessError for a setting out of range.
        """
        try:
            sampling = Sampling.model_validate(self.sampling.model_dump() | settings)
        except ValidationError as error:
            raise HarnessError(f"Sampling settings: {first_complaint(error)}.") from None
        return self.model_copy(update={"sampling": sampling})


def digest(value: object) -> str:
    """Twelve hex digits of the SHA-256 of a JSON-serialisable value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def plain(identity: Mapping[str, object]) -> dict[str, Any]:
    """An identity as JSON keeps it, so that a stored one equals a fresh one. Raises HarnessError if JSON cannot."""
    try:
        return dict(json.loads(json.dumps(identity)))
    except (TypeError, ValueError) as error:
        raise HarnessError(f"An identity must be JSON-serialisable: {error}.") from None


def suite_names() -> list[str]:
    """The names of the suites that ship with the package, sorted."""
    return sorted(_shipped())


def load_suite(name_or_path: str | Path) -> Suite:
    """A shipped suite by name (`seed-2026-02`) or any suite by the path of its TOML or JSON file.

    Raises HarnessError for an unknown name, an unreadable file, or a file that is no suite.
    """
    shipped = _shipped()
    name = str(name_or_path).replace("_", "-")
    if name in shipped:
        return _read(shipped[name])
    path = Path(name_or_path)
    if path.suffix not in FORMATS:
        raise HarnessError(f"There is no suite {str(name_or_path)!r}.{did_you_mean(name, shipped)}")
    if not path.is_file():
        raise HarnessError(f"There is no suite file {path}.")
    return _read(path)


def _shipped() -> dict[str, Traversable]:
    found = [entry for entry in files("alphatex_eval.suites").iterdir() if Path(entry.name).suffix in FORMATS]
    return {Path(entry.name).stem.replace("_", "-"): entry for entry in found}


def _read(file: Traversable | Path) -> Suite:
    parse: Any = tomllib.loads if file.name.endswith(".toml") else json.loads
    try:
        return Suite.model_validate(parse(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise HarnessError(f"{file} is no suite: {first_complaint(error)}.") from None
    except (ValueError, RecursionError, OSError) as error:
        raise HarnessError(f"{file} cannot be read: {error}.") from None
