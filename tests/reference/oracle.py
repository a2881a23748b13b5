"""alphaTab in a Node process that lives as long as the test session: texts in, verdicts, diagnostics and scores out.

    with Oracle() as oracle:
        oracle.check("3.3")                     # Answer(verdict=Verdict.OK, diagnostics=())
        oracle.check_all(texts, want=("score",))  # many at once, answers in the order of the texts
        oracle.convert(path)                    # a Guitar Pro or MusicXML file as alphaTex

Requests are pipelined: a thread feeds the process while answers are read. A text that hangs or kills the process gets
the verdict TIMEOUT; the process is started again and the texts behind it are sent once more.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

HERE = Path(__file__).parent
SECONDS_PER_ANSWER = 20.0
HEAP_MEGABYTES = 1024

Request = dict[str, Any]


class Verdict(StrEnum):
    """What alphaTab makes of a text."""

    OK = "OK"
    ERR = "ERR"
    CRASH = "CRASH"
    TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic: stage L, P or S, the number of its AT code, severity 0 hint to 2 error, place in code points."""

    stage: str
    code: int
    severity: int
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `score` (see `score.mjs`) and `format` (the exporter's text) only on request and for accepted texts.

    `text` is the alphaTex of a converted file; `message` is alphaTab's own where it rejects or crashes.
    """

    verdict: Verdict
    diagnostics: tuple[Finding, ...] = ()
    score: dict[str, Any] | None = None
    format: str | None = None
    text: str | None = None
    message: str = ""

    @property
    def accepted(self) -> bool:
        """Whether a score results."""
        return self.verdict is Verdict.OK


class ReferenceMissingError(RuntimeError):
    """Node or npm is missing, or alphaTab cannot be installed."""


def install() -> None:
    """Install alphaTab next to this file as the lock file pins it, unless it is there."""
    if (HERE / "node_modules" / "@coderline" / "alphatab").is_dir():
        return
    npm = _executable("npm")
    done = subprocess.run([npm, "ci"], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReferenceMissingError(f"`npm ci` in {HERE} failed: {done.stderr.strip()[-500:]}")


def _executable(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ReferenceMissingError(f"the tests compare with alphaTab and need `{name}` (Node 20 or later) on the path")
    return path


class Oracle:
    """A client of `oracle.mjs`. Not thread-safe; use it as a context manager or call `close`."""

    def __init__(self, seconds_per_answer: float = SECONDS_PER_ANSWER) -> None:
        install()
        self._seconds = seconds_per_answer
        self._process = _Process()

    def __enter__(self) -> Oracle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.end()

    def check(self, text: str, want: Sequence[str] = ()) -> Answer:
        """What alphaTab makes of one text. `want` names extras: "score", "format"."""
        return self.check_all([text], want)[0]

    def check_all(self, texts: Iterable[str], want: Sequence[str] = ()) -> list[Answer]:
        """What alphaTab makes of many texts, in their order. Scores are large: ask for some hundred at a time."""
        return self._ask([{"text": text, "want": list(want)} for text in texts])

    def convert(self, path: Path) -> Answer:
        """A Guitar Pro, MusicXML or Capella file as alphaTex in `Answer.text`, CRASH where alphaTab cannot read it."""
        return self.convert_all([path])[0]

    def convert_all(self, paths: Iterable[Path]) -> list[Answer]:
        """Many files as alphaTex, in their order."""
        return self._ask([{"path": str(path.resolve())} for path in paths])

    def _ask(self, requests: list[Request]) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) < len(requests):
            self._process.send(requests[len(answers) :])
            lines = self._process.lines(len(requests) - len(answers), self._seconds)
            answers.extend(_answer(json.loads(line)) for line in lines)
            if len(answers) < len(requests):
                self._process.end()
                self._process = _Process()
                answers.append(Answer(Verdict.TIMEOUT, message="no answer: alphaTab hung or ran out of memory"))
        return answers


class _Process:
    """One Node process with a thread that reads its answers and a thread per batch that writes requests."""

    def __init__(self) -> None:
        command = [_executable("node"), f"--max-old-space-size={HEAP_MEGABYTES}", str(HERE / "oracle.mjs")]
        pipe = subprocess.PIPE
        self._popen = subprocess.Popen(
            command, cwd=HERE, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )
        self._answers: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def send(self, requests: list[Request]) -> None:
        threading.Thread(target=self._write, args=(requests,), daemon=True).start()

    def _write(self, requests: list[Request]) -> None:
        stdin = self._popen.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            for request in requests:
                stdin.write(json.dumps(request) + "\n")
            stdin.flush()

    def lines(self, count: int, seconds: float) -> Iterator[str]:
        """Up to `count` answers; fewer when the process ends or one takes longer than `seconds`."""
        for _ in range(count):
            try:
                line = self._answers.get(timeout=seconds)
            except queue.Empty:
                return
            if line is None:
                return
            yield line

    def end(self) -> None:
        self._popen.kill()
        self._popen.wait()


def _answer(data: dict[str, Any]) -> Answer:
    findings = tuple(Finding(*item) for item in data.pop("diagnostics"))
    return Answer(Verdict(data.pop("verdict")), findings, **data)
