"""Generators: whatever completes prompts, behind one small protocol, looked up by name.

A generator is written `NAME`, `NAME:ARGUMENT` or `module:attribute`, with `LABEL=` before it where it is to be called
otherwise. Names are the built-in ones and those that installed packages register in the entry-point group
`alphatex_eval.generators`; each stands for a factory that takes the argument ("" without one) and gives a Generator.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import ConfigDict

from alphatex_eval.harness.errors import HarnessError, did_you_mean
from alphatex_eval.harness.samples import read_lines_made_elsewhere
from alphatex_eval.harness.suites import Prompt, Sampling, Suite
from alphatex_eval.scorers.registry import suggestion
from alphatex_eval.scorers.results import FinishReason, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GROUP = "alphatex_eval.generators"


class Request(Record):
    """One sample asked for: the `index`-th completion of `prompt`.

    `seed` (0 to 2**31 − 1) belongs to prompt and index alone: the same for every generator, and whatever else is
    asked in the same batch, so that an interrupted run and an undisturbed one draw the same samples.
    """

    id: str
    prompt: Prompt
    index: int
    seed: int
    sampling: Sampling


class Completion(Record):
    """The answer to the request `id`: the text after the prompt, or an `error` with finish reason "error"."""

    id: str
    text: str
    finish_reason: FinishReason = FinishReason.STOP
    error: str = ""


@runtime_checkable
class Generator(Protocol):
    """What completes prompts.

    `name` labels tables. `identity()` is JSON-serialisable and changes whenever the completions could: checkpoint
    hash, decoding settings. Its keys `step` (int) and `series` (str), if present, place a checkpoint on a curve.
    One whose answers depend on each other has a true `needs_all_requests`: a run that goes on asks it for all again.
    One that cannot answer a prompt anew, whatever the seed, has a false `gives_fresh_samples`.
    """

    @property
    def name(self) -> str:
        """A short label, unique among the generators of one ranking."""
        ...

    def identity(self) -> dict[str, object]:
        """Everything that identifies this generator."""
        ...

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion per request, in any order, as they come."""
        ...


class Constant:
    """Answers every prompt with one text: the null baselines `echo` (no text) and `constant`."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text

    def identity(self) -> dict[str, object]:
        """The text."""
        return {"generator": "constant", "text": self._text}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """The text, once per request."""
        return (Completion(id=request.id, text=self._text) for request in requests)


class Labelled:
    """A generator under another name."""

    def __init__(self, name: str, generator: Generator) -> None:
        self.name = name
        self._generator = generator

    def identity(self) -> dict[str, object]:
        """The generator's: a label changes no answer."""
        return self._generator.identity()

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """The generator's completions."""
        return self._generator.generate(requests)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._generator, attribute)


class Reference:
    """The human continuations that a suite's prompts carry: the ceiling. Prompts without one fail."""

    name = "reference"
    gives_fresh_samples = False

    def identity(self) -> dict[str, object]:
        """The suite, whose identity covers its references, is all there is to say."""
        return {"generator": "reference"}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """The continuation, once per request."""
        return (self._answer(request) for request in requests)

    def _answer(self, request: Request) -> Completion:
        if not request.prompt.reference:
            return failure(request, "the prompt has no human continuation")
        return Completion(id=request.id, text=request.prompt.reference)


class CannedSample(Record):
    """A line of a file of samples made elsewhere; other fields, such as those of a run's samples.jsonl, are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prompt: str
    completion: str
    finish_reason: FinishReason = FinishReason.STOP
    error: Any = None


class Canned:
    """Samples made elsewhere: the n-th line with a prompt's text answers that prompt's n-th request.

    Raises HarnessError when the file is missing or empty, or a line is no canned sample.
    """

    gives_fresh_samples = False

    def __init__(self, path: Path, name: str = "") -> None:
        if not path.is_file():
            raise HarnessError(f"There is no samples file {path}.")
        self.name = name or path.stem
        self._path = path
        lines = read_lines_made_elsewhere(path, CannedSample)
        self._answers = {(line.prompt, index): line for line, index in _numbered(lines)}
        if not self._answers:
            raise HarnessError(f"{path} holds no samples.")

    def identity(self) -> dict[str, object]:
        """The file's hash: where it lies does not matter."""
        return {"generator": "samples", "sha256": hashlib.sha256(self._path.read_bytes()).hexdigest()}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """The samples of the file; a prompt it does not answer often enough fails."""
        return (self._answer(request) for request in requests)

    def unused(self, suite: Suite) -> str:
        """How many lines answer nothing that a suite asks, in words; empty where all are of use."""
        asked = {prompt.text for prompt in suite.prompts}
        strangers = sum(prompt not in asked for prompt, _ in self._answers)
        surplus = sum(prompt in asked and index >= suite.sampling.samples for prompt, index in self._answers)
        parts = [f"lines that match no prompt of {suite.name}: {strangers}"] if strangers else []
        parts += [f"answers beyond the {suite.sampling.samples} of a prompt: {surplus}"] if surplus else []
        return f"{self._path}: {'; '.join(parts)}" if parts else ""

    def _answer(self, request: Request) -> Completion:
        line = self._answers.get((request.prompt.text, request.index))
        if line is None:
            return failure(request, f"{self._path} has no sample {request.index + 1} of this prompt")
        if line.finish_reason is FinishReason.ERROR:
            return failure(request, str(line.error or f"{self._path} gives no reason"))
        return Completion(id=request.id, text=line.completion, finish_reason=line.finish_reason)


def failure(request: Request, reason: str) -> Completion:
    """The completion of a request that could not be answered."""
    return Completion(id=request.id, text="", finish_reason=FinishReason.ERROR, error=reason)


def load_generator(reference: str) -> Generator:
    """The generator that a command line names: `echo`, `samples:made.jsonl`, `checkpoint:path`, `module:attribute`.

    `LABEL=` before it gives it another name; an `=` after the first `:` belongs to the argument. Raises HarnessError
    for an unknown name, an argument missing or too much, and a plug-in that cannot be imported or is no generator.
    """
    name, _, argument = reference.partition(":")
    label, labelled, _ = name.partition("=")
    if labelled and label:
        return Labelled(label, load_generator(reference.removeprefix(f"{label}=")))
    if name in NEEDED and not argument:
        raise HarnessError(f"Generator {name!r} needs more: {name}:{NEEDED[name]}.")
    if name in WITHOUT_ARGUMENT and argument:
        raise HarnessError(f"Generator {name!r} takes no argument: write {name}, not {reference}.")
    if name in BUILT_IN:
        return _from_factory(reference, _import_attribute(BUILT_IN[name]), argument)
    plug_ins = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    if name in plug_ins:
        return _from_factory(reference, _import_attribute(plug_ins[name]), argument)
    known = {*BUILT_IN, *plug_ins}
    if argument and name.replace(".", "").isidentifier():
        return _from_attribute(reference, suggestion(name, known))
    raise HarnessError(f"There is no generator {name!r}.{did_you_mean(name, known)}")


def echo(_: str = "") -> Constant:
    """The null baseline that adds nothing: what the prompts alone are worth."""
    return Constant("echo", "")


def constant(text: str = "") -> Constant:
    """The null baseline that gives one text whatever is asked; without one, a text that passes all seed checks."""
    from alphatex_eval.harness.baselines import CONSTANT

    return Constant("constant", text or CONSTANT)


def reference(_: str = "") -> Reference:
    """The human continuations of the suite's own prompts."""
    return Reference()


def canned(path: str) -> Canned:
    """The samples of a JSONL file."""
    return Canned(Path(path))


BUILT_IN = {
    "constant": "alphatex_eval.harness.generators:constant",
    "echo": "alphatex_eval.harness.generators:echo",
    "human": "alphatex_eval.harness.held_out:human",
    "monkey": "alphatex_eval.harness.monkey:monkey",
    "ngram": "alphatex_eval.harness.baselines:ngram",
    "openai": "alphatex_eval.harness.endpoint:endpoint",
    "reference": "alphatex_eval.harness.generators:reference",
    "samples": "alphatex_eval.harness.generators:canned",
    "transformers": "alphatex_eval.harness.causal_lm:saved_model",
}

NEEDED = {
    "human": "TUNES.parquet",
    "ngram": "TUNES.parquet",
    "openai": "MODEL@URL",
    "samples": "FILE.jsonl",
    "transformers": "NAME_OR_FOLDER",
}
"""What the generators that do nothing without an argument are written with."""

WITHOUT_ARGUMENT = frozenset({"echo", "monkey", "reference"})


def _from_factory(reference: str, factory: Any, argument: str) -> Generator:
    try:
        return _checked(reference, factory(argument))
    except HarnessError:
        raise
    except Exception as error:
        raise HarnessError(f"Generator {reference!r} cannot be made: {_one_line(error)}.") from error


def _from_attribute(reference: str, hint: str) -> Generator:
    """A generator object, or a class or function of no arguments that gives one."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    found = _import_attribute(reference, hint)
    if isinstance(found, type) or not isinstance(found, Generator):
        return _from_factory(reference, lambda _: found(), "")
    return found


def _import_attribute(reference: str, hint: str = "") -> Any:
    """What `module:attribute` names. `hint` is the end of the message where there is no such module."""
    name, _, attribute = reference.partition(":")
    try:
        module = import_module(name)
    except Exception as error:
        end = hint if isinstance(error, ModuleNotFoundError) and error.name == name else ""
        raise HarnessError(f"Generator {reference!r} cannot be imported: {_one_line(error)}.{end}") from error
    if not hasattr(module, attribute):
        raise HarnessError(f"Generator {reference!r}: module {name!r} has no {attribute!r}.")
    return getattr(module, attribute)


def _checked(reference: str, found: Any) -> Generator:
    if not isinstance(found, Generator):
        raise HarnessError(
            f"{reference!r} gives a {type(found).__name__}, not a generator: it needs name, identity() and generate()."
        )
    return found


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(":. ")


def _numbered(lines: Iterable[CannedSample]) -> Iterator[tuple[CannedSample, int]]:
    seen: Counter[str] = Counter()
    for line in lines:
        yield line, seen[line.prompt]
        seen[line.prompt] += 1
