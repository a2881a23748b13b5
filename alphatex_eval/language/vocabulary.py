"""The names of the language, read once from `grammars/vocabulary.json`: tags, properties, signatures, enumerations.

Every other module asks here; no second list of names exists.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Mode(StrEnum):
    """How a parameter takes arguments; see `modes` in the vocabulary."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    REQUIRED_FLOAT = "required_float"
    OPTIONAL_FLOAT = "optional_float"
    REQUIRED_LIST = "required_list"
    LIST = "list"

    @property
    def needed(self) -> bool:
        """Whether an argument must be matched: a required list may be empty parentheses."""
        return self in (Mode.REQUIRED, Mode.REQUIRED_FLOAT)

    @property
    def takes_list(self) -> bool:
        """Whether a parenthesised list may stand here."""
        return self in (Mode.REQUIRED_LIST, Mode.LIST)

    @property
    def takes_fraction(self) -> bool:
        """Whether a bare number may have a fraction."""
        return self in (Mode.REQUIRED_FLOAT, Mode.OPTIONAL_FLOAT)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `words` are the texts it allows (None: any), `reserved` the identifiers it refuses."""

    name: str
    types: frozenset[str]
    mode: Mode
    words: frozenset[str] | None
    reserved: frozenset[str]
    enum: str | None
    suggested: tuple[int, ...]

    def takes(self, kind: str, text: str | None) -> bool:
        """Whether a token of `kind` (ident, string, number) matches; the values of numbers are never consulted."""
        if kind not in self.types:
            return False
        if text is None:
            return True
        if self.words is not None:
            return text.lower() in self.words
        return kind != "ident" or text.lower() not in self.reserved


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a tag or property; a strict one needs parentheses for more than one argument."""

    parameters: tuple[Parameter, ...]
    strict: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A tag or property. `signatures` is None where no arguments are taken; `level` is empty for properties."""

    name: str
    display: str
    level: str
    meaning: str
    default: str
    deprecated: bool
    signatures: tuple[Signature, ...] | None
    properties: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All names. Keys are lower case."""

    tags: dict[str, Entry]
    duration_properties: dict[str, Entry]
    beat_properties: dict[str, Entry]
    note_properties: dict[str, Entry]
    enums: dict[str, dict[str, int]]
    canonical: dict[str, tuple[str, ...]]
    data: dict[str, Any]


def raw() -> dict[str, Any]:
    """The vocabulary file as plain data."""
    text = files("alphatex_eval.grammars").joinpath("vocabulary.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the language."""
    data = raw()
    enums = {name: enum["spellings"] for name, enum in data["enums"].items()}
    level = {name: _entries(entries, enums) for name, entries in data["properties"].items()}
    return Vocabulary(
        tags=_entries(data["tags"], enums),
        duration_properties=level["duration"],
        beat_properties=level["beat"],
        note_properties=level["note"],
        enums=enums,
        canonical={name: tuple(enum["canonical"]) for name, enum in data["enums"].items()},
        data=data,
    )


def _entries(items: dict[str, Any], enums: dict[str, dict[str, int]]) -> dict[str, Entry]:
    return {name: _entry(name, item, enums) for name, item in items.items()}


def _entry(name: str, item: dict[str, Any], enums: dict[str, dict[str, int]]) -> Entry:
    signatures = item["signatures"]
    return Entry(
        name=name,
        display=item.get("display", name),
        level=item.get("level", ""),
        meaning=item["meaning"],
        default=item.get("default", ""),
        deprecated=item.get("deprecated", False),
        signatures=None if signatures is None else tuple(_signature(signature, enums) for signature in signatures),
        properties=_entries(item.get("properties", {}), enums),
    )


def _signature(item: dict[str, Any], enums: dict[str, dict[str, int]]) -> Signature:
    parameters = tuple(_parameter(parameter, enums) for parameter in item["parameters"])
    return Signature(parameters, item.get("strict", False))


def _parameter(item: dict[str, Any], enums: dict[str, dict[str, int]]) -> Parameter:
    enum = item.get("enum")
    words = enums[enum] if enum else item.get("words")
    return Parameter(
        name=item["name"],
        types=frozenset(item["types"]),
        mode=Mode(item.get("mode", "required")),
        words=None if words is None else frozenset(words),
        reserved=frozenset(item.get("reserved", ())),
        enum=enum,
        suggested=tuple(item.get("suggested", ())),
    )
