"""The pytest plug-in `alphatex`: checks in the words of our diagnostics, and files of generated tabs as test cases.

* the fixture `alphatex_checker`, called with a text, fails the test unless alphaTab accepts the text;
* the marker `@pytest.mark.alphatex(rubric="strict", minimum=0.7)` makes it ask for a score as well;
* `--alphatex-samples FILE.jsonl` turns every line of a file into a test case;
* `alphatex_rubric` and `alphatex_minimum` in the configuration of pytest hold for all tests and samples.

Nothing of alphatex-eval is imported before a text is checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = 'alphatex(rubric="strict", minimum=0.5): what `alphatex_checker` asks of every text of this test.'
FINISH_REASONS = ("stop", "length", "error")
LINE_FORMS = 'a JSON string, {"text": …}, or {"prompt": …, "completion": …}'


@dataclass(frozen=True, slots=True)
class Checker:
    """Called with a text, fails the test unless the text is alphaTex and, where a minimum is set, scores enough."""

    rubric: str | None = None
    minimum: float | None = None

    def __call__(self, text: str, *, prompt: str = "", finish_reason: str = "stop") -> None:
        """Check `text`, which follows `prompt` and with the finish reason "length" may be cut off."""
        from alphatex_eval.testing.checking import assert_alphatex

        __tracebackhide__ = True
        assert_alphatex(text, rubric=self.rubric, minimum=self.minimum, prompt=prompt, finish_reason=finish_reason)


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a file: a text after its prompt, why it ended, and for the reason "error" what went wrong."""

    text: str
    prompt: str = ""
    finish_reason: str = "stop"
    error: str = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command line option and the settings."""
    group = parser.getgroup("alphatex")
    group.addoption(
        "--alphatex-samples",
        action="append",
        default=[],
        metavar="FILE.jsonl",
        help=f"test every line of FILE: {LINE_FORMS}. May be given several times.",
    )
    parser.addini("alphatex_rubric", "rubric for `alphatex_checker` and samples (strict where only a minimum is set)")
    parser.addini("alphatex_minimum", "least score in [0, 1] for `alphatex_checker` and samples (none: no score)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def alphatex_checker(request: pytest.FixtureRequest) -> Checker:
    """A function that fails the test unless its argument is alphaTex, scored as the marker or the settings ask."""
    marker = request.node.get_closest_marker("alphatex")
    wanted: dict[str, Any] = dict(marker.kwargs) if marker else {}
    if marker and (marker.args or set(wanted) - {"rubric", "minimum"}):
        raise pytest.UsageError(f"the marker `alphatex` takes rubric=… and minimum=…, not {_shown(marker)}")
    settings = _settings(request.config)
    return Checker(wanted.get("rubric", settings.rubric), wanted.get("minimum", settings.minimum))


def _shown(marker: pytest.Mark) -> str:
    return ", ".join([*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())])


def _settings(config: pytest.Config) -> Checker:
    written = config.getini("alphatex_minimum")
    rubric = config.getini("alphatex_rubric") or None
    try:
        minimum = float(written) if written else None
    except ValueError:
        minimum = -1.0
    if minimum is not None and not 0 <= minimum <= 1:
        raise pytest.UsageError(f"alphatex_minimum is a number from 0 to 1, not {written!r}")
    checker = Checker(rubric, minimum)
    if checker.rubric and checker.minimum is None:
        raise pytest.UsageError("alphatex_rubric needs alphatex_minimum: how much should a text score at least?")
    return checker


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test case for every line of the files of samples."""
    for name in config.getoption("--alphatex-samples"):
        cases = list(_cases(session, Path(name), _settings(config)))
        if not cases:
            raise pytest.UsageError(f"--alphatex-samples {name}: there is no sample in it; a line is {LINE_FORMS}")
        items.extend(cases)


def _cases(session: pytest.Session, path: Path, checker: Checker) -> Iterator[pytest.Item]:
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            sample = _sample(line, f"{path}:{number}")
            name = f"{path}::{number}"
            yield SampleCase.from_parent(session, name=name, nodeid=name, sample=sample, checker=checker)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"--alphatex-samples {path}: {error}") from error


def _sample(line: str, place: str) -> Sample:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise pytest.UsageError(f"{place}: not JSON ({error}); a line is {LINE_FORMS}") from error
    if isinstance(data, str):
        return Sample(data)
    if isinstance(data, dict) and isinstance(text := data.get("completion"), str):
        finish_reason = data.get("finish_reason") or "stop"
        if finish_reason not in FINISH_REASONS:
            known = ", ".join(FINISH_REASONS)
            raise pytest.UsageError(f"{place}: the finish reason {finish_reason!r} is none of {known}")
        return Sample(text, str(data.get("prompt", "")), finish_reason, str(data.get("error") or ""))
    if isinstance(data, dict) and isinstance(text := data.get("text"), str):
        return Sample(text)
    raise pytest.UsageError(f"{place}: no text found; a line is {LINE_FORMS}")


class SampleCase(pytest.Item):
    """One sample as a test case."""

    def __init__(self, *, sample: Sample, checker: Checker, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._sample, self._checker = sample, checker

    def runtest(self) -> None:
        """Check the sample; one that was not generated fails with its error."""
        sample = self._sample
        if sample.finish_reason == "error":
            raise AssertionError(f"the sample was not generated: {sample.error or 'no reason is given'}")
        self._checker(sample.text, prompt=sample.prompt, finish_reason=sample.finish_reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnostics alone, without our own frames."""
        return str(excinfo.value) if excinfo.errisinstance(AssertionError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that a failure is: the file, and the line counted from 0."""
        path, _, number = self.name.rpartition("::")
        return Path(path), int(number) - 1, f"sample {number}"
