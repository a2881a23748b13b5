"""What scorers take and give: samples, checks, scores and results, all JSON-serialisable and versioned."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alphatex_eval.language.diagnostics import Severity

SCHEMA_VERSION = 1

Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[Finite, Field(ge=0.0, le=1.0)]


class Status(StrEnum):
    """Whether a value exists. A missing value is never a zero and never NaN."""

    SCORED = "scored"
    UNSCORED = "unscored"
    ERROR = "error"
    SKIPPED = "skipped"


class FinishReason(StrEnum):
    """Why a generator stopped: it ended the text, it ran out of tokens, or it failed."""

    STOP = "stop"
    LENGTH = "length"
    ERROR = "error"


def printable(message: str) -> str:
    """A message that quotes a text, with escapes for what no file can hold (lone surrogates)."""
    return message.encode(errors="backslashreplace").decode()


def first_complaint(error: ValidationError) -> str:
    """Where and what: pydantic's first complaint in one line."""
    found = error.errors(include_url=False)[0]
    where, what = ".".join(map(str, found["loc"])), found["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


SLOTS = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
set_values, set_fields, set_extra, set_private = [BaseModel.__dict__[name].__set__ for name in SLOTS]
"""Past the guard of immutable records: only for one that is being made."""


@cache
def _fields_of(kind: type[Record]) -> set[str]:
    return set(kind.model_fields)


class Record(BaseModel):
    """Base of all stored models: immutable, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def trusted(cls, **values: Any) -> Self:
        """A record of values that are known to be valid, all fields in order: validation takes more than twice as long.

        Records of one kind share the set of their fields.
        """
        made = object.__new__(cls)
        set_values(made, values)
        set_fields(made, _fields_of(cls))
        set_extra(made, None)
        set_private(made, None)
        return made


class Subject(Record):
    """What a scorer judges: a prompt and its completion.

    `kind` is the prompt's kind in its suite (say "structure"), None outside suites.
    """

    prompt: str = ""
    completion: str
    finish_reason: FinishReason = FinishReason.STOP
    kind: str | None = None

    @property
    def text(self) -> str:
        """Prompt and completion as one text."""
        return self.prompt + self.completion


class Check(Record):
    """One yes/no question.

    `passed` is None where the question does not apply; `span` is code points of `Subject.text`. Failing an error is a
    mistake; failing a warning is unusual for human music, but people do it.
    """

    name: str
    passed: bool | None
    severity: Severity = Severity.ERROR
    message: str = ""
    span: tuple[int, int] | None = None


def _refuse_mismatch(status: Status, value: float | None) -> None:
    """Raise where something is scored and has no value, or has one and is not scored."""
    if (status is Status.SCORED) != (value is not None):
        raise ValueError(f"status {status.value!r} with value {value}: what is scored has a value, nothing else has")


class Score(Record):
    """The answer of one scorer: a value in [0, 1] (None unless scored), its checks, and named figures behind it.

    `version` is the scorer's, filled in by the registry. `metrics` are finite.
    """

    status: Status
    value: Share | None = None
    version: str = ""
    checks: tuple[Check, ...] = ()
    metrics: dict[str, Finite] = Field(default_factory=dict)
    message: str = ""

    @model_validator(mode="after")
    def _valued_if_scored(self) -> Self:
        _refuse_mismatch(self.status, self.value)
        return self

    def stamped(self, version: str) -> Self:
        """The same score with a version: this very score where it has none yet, since every score is stamped."""
        if self.version:
            return self if self.version == version else self.model_copy(update={"version": version})
        self.__dict__["version"] = version
        self.model_fields_set.add("version")
        return self


class Result(Record):
    """The judgement of one subject under one rubric: a value in [0, 1] (None unless scored), and scores by scorer."""

    schema_version: int = SCHEMA_VERSION
    rubric: str
    status: Status
    value: Share | None = None
    scores: dict[str, Score] = Field(default_factory=dict)
    message: str = ""

    @model_validator(mode="after")
    def _valued_if_scored(self) -> Self:
        _refuse_mismatch(self.status, self.value)
        return self
