"""Scorers by name: a decorator for code in hand, an entry-point group for installed packages, lazy look-up.

A name is `package/name`. Our own scorers have the package `alphatex`; an installed package `tabs` offers its scorers by
an entry point called `tabs` in the group `alphatex_eval.scorers` whose value is a module that decorates them. The
module is imported when one of its names is first asked for.
"""

from __future__ import annotations

import difflib
import inspect
import re
import reprlib
import typing
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from alphatex_eval.scorers.findings import skipped
from alphatex_eval.scorers.results import Score, Status, Subject, first_complaint, printable

GROUP = "alphatex_eval.scorers"
OWN_PACKAGE = "alphatex"
OWN_MODULES = (
    "distribution",
    "diversity",
    "drums",
    "durations",
    "extent",
    "melody",
    "motives",
    "note",
    "novelty",
    "playability",
    "repetition",
    "rhythm",
    "seed_checks",
    "sonority",
    "structure",
    "tab",
    "theory",
)
NAME = re.compile(r"[a-z0-9][\w.-]*/[a-z0-9][\w.-]*", re.ASCII | re.IGNORECASE)

Target = TypeVar("Target", bound=Callable[..., Any])


class ScorerError(Exception):
    """A scorer cannot be registered, found or built; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """A registered scorer.

    `target` is a function `(subject, **parameters) -> Score` or a class whose instances `cls(**parameters)` are called
    with the subject. A scorer of sets compares samples: `digest` says of each subject what there is to compare, and
    `target` gets the digests of all of them and gives one score for each.
    """

    name: str
    version: str
    target: Callable[..., Any]
    digest: Callable[[Subject], Any] | None = None

    @property
    def of_set(self) -> bool:
        """Whether it compares the samples of a set."""
        return self.digest is not None

    def build(self, parameters: dict[str, Any] | None = None) -> BoundScorer:
        """The scorer with its parameters fixed; raises `ScorerError` for unknown ones and values that do not fit."""
        values = _checked_parameters(self, parameters or {})
        if not inspect.isclass(self.target):
            return BoundScorer(self, self.target, values)
        function = cast("Callable[..., Any]", self.target(**values))
        return BoundScorer(self, function, {})


@dataclass(frozen=True, slots=True)
class BoundScorer:
    """A scorer ready to be called. It never raises: a failure of the scorer's code is a score with status `error`."""

    scorer: Scorer
    function: Callable[..., Any]
    parameters: dict[str, Any]

    def score(self, subject: Subject) -> Score:
        """The score of one subject; a scorer of sets skips it."""
        if self.scorer.of_set:
            return self._stamped(skipped("needs a set of samples"))
        try:
            return self._stamped(self.function(subject, **self.parameters))
        except Exception as error:  # a plug-in's fault is data for whoever reads the result
            return self._failed(error)

    def digest(self, subject: Subject) -> Any:
        """What a scorer of sets compares; a score with status `error` where its code fails."""
        assert self.scorer.digest is not None
        try:
            return self.scorer.digest(subject)
        except Exception as error:
            return self._failed(error)

    def score_set(self, digests: Sequence[Any]) -> list[Score]:
        """One score for each digest, from a look at all of them; those that failed take no part."""
        good = [digest for digest in digests if not isinstance(digest, Score)]
        try:
            scores = [self._stamped(score) for score in self.function(good, **self.parameters)]
            if len(scores) != len(good):
                raise TypeError(f"gave {len(scores)} scores for {len(good)} subjects")
        except Exception as error:
            scores = [self._failed(error)] * len(good)
        rest = iter(scores)
        return [digest if isinstance(digest, Score) else next(rest) for digest in digests]

    def _stamped(self, score: object) -> Score:
        if not isinstance(score, Score):
            raise TypeError(f"must return a Score, not {type(score).__name__}")
        return score.stamped(self.scorer.version)

    def _failed(self, error: Exception) -> Score:
        reason = _first_problem(error) if isinstance(error, ValidationError) else str(error)
        message = printable(" ".join(f"{self.scorer.name} failed: {type(error).__name__}: {reason}".split()))
        return Score(status=Status.ERROR, version=self.scorer.version, message=message)


_scorers: dict[str, Scorer] = {}
_loaded: set[str] = set()


def scorer(name: str, *, version: str, digest: Callable[[Subject], Any] | None = None) -> Callable[[Target], Target]:
    """Register a function or class as the scorer `package/name`; raises `ScorerError` if the name is taken.

    With `digest` it becomes a scorer of sets: see `Scorer`.
    """

    def register(target: Target) -> Target:
        _register(Scorer(name, version, target, digest))
        return target

    return register


def _register(new: Scorer) -> None:
    if not NAME.fullmatch(new.name):
        raise ScorerError(f"scorer name {new.name!r} is not of the form 'package/name'")
    if not callable(new.target):
        raise ScorerError(f"scorer {new.name!r} must be a function or a class, not {type(new.target).__name__}")
    old = _scorers.get(new.name)
    if old is not None and _place(old.target) != _place(new.target):
        raise ScorerError(f"scorer {new.name!r} is defined twice: in {_place(old.target)} and {_place(new.target)}")
    _scorers[new.name] = new


def _place(target: Callable[..., Any]) -> str:
    return f"{target.__module__}.{getattr(target, '__qualname__', repr(target))}"


def get_scorer(name: str) -> Scorer:
    """The scorer `package/name`; raises `ScorerError` with a suggestion for an unknown name."""
    if name not in _scorers:
        _load_package(name.partition("/")[0])
    if name not in _scorers:
        raise ScorerError(f"no scorer {name!r}.{suggestion(name, scorer_names())}")
    return _scorers[name]


def scorer_names() -> list[str]:
    """All scorer names, our own and those of installed packages, sorted."""
    for package in {OWN_PACKAGE, *(entry.name for entry in entry_points(group=GROUP))}:
        _load_package(package)
    return sorted(_scorers)


def explain(name: str) -> str:
    """What a scorer measures: its name, version, parameters with defaults, and its documentation."""
    found = get_scorer(name)
    parameters = [str(p).split(": ")[0] + f" = {p.default!r}" for p in _parameters(found.target)]
    lines = [f"{found.name} (version {found.version})", "", inspect.getdoc(found.target) or "Not documented."]
    if parameters:
        lines += ["", "Parameters: " + ", ".join(parameters)]
    return "\n".join(lines)


def suggestion(name: str, names: Iterable[str]) -> str:
    """A sentence ` Did you mean 'x'?`, empty when nothing is close."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _load_package(package: str) -> None:
    if package in _loaded:
        return
    _loaded.add(package)
    if package == OWN_PACKAGE:
        for module in OWN_MODULES:
            import_module(f"alphatex_eval.scorers.{module}")
    for entry in entry_points(group=GROUP, name=package):
        _load_plugin(entry)


def _load_plugin(entry: EntryPoint) -> None:
    """Import a plug-in; a broken one costs a warning, a stolen name an error."""
    try:
        entry.load()
    except ScorerError:
        raise
    except Exception as error:
        distribution = entry.dist.name if entry.dist else "unknown"
        message = f"scorers of package {distribution!r} skipped: {entry.value}: {type(error).__name__}: {error}"
        warnings.warn(" ".join(message.split()), RuntimeWarning, stacklevel=2)


def _parameters(target: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = inspect.signature(target).parameters.values()
    return [parameter for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]


def _annotation(target: Callable[..., Any], name: str) -> Any:
    """The type of one parameter; others may name types that exist only for the type checker."""
    function = target.__init__ if inspect.isclass(target) else target
    holder = type("holder", (), {"__annotations__": {name: function.__annotations__.get(name, Any)}})
    return typing.get_type_hints(holder, getattr(function, "__globals__", None), include_extras=True)[name]


def _checked_parameters(found: Scorer, given: dict[str, Any]) -> dict[str, Any]:
    known = [parameter.name for parameter in _parameters(found.target)]
    values = {}
    for name, value in given.items():
        if name not in known:
            raise ScorerError(f"scorer {found.name!r} has no parameter {name!r}.{suggestion(name, known)}")
        try:
            values[name] = TypeAdapter(_annotation(found.target, name)).validate_python(value)
        except ValidationError as error:
            raise ScorerError(f"parameter {name!r} of {found.name!r}: {_first_problem(error)}") from None
    return values


def _first_problem(error: ValidationError) -> str:
    """What is wrong first, in one line: where, what is wanted, and what was given."""
    problem = error.errors(include_url=False)[0]
    given = f", not {reprlib.repr(problem['input'])}" if problem["msg"].startswith("Input should be") else ""
    return first_complaint(error) + given
