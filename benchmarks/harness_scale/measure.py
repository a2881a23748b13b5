"""Score, rank and report checkpoints of canned samples, and say how long it takes and how much memory.

The samples are bars of random notes, half of them damaged; a checkpoint's damage falls with its step.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.generators import Canned
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.runs import run_suite
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.reports.html import write_report
from alphatex_eval.rubrics import load_rubric

if TYPE_CHECKING:
    from collections.abc import Iterator

BARS = 12


class Checkpoint(Canned):
    """Canned samples that say which step they come from."""

    def __init__(self, path: Path, step: int) -> None:
        super().__init__(path, name=f"canned@{step}")
        self._step = step

    def identity(self) -> dict[str, object]:
        """The file's hash and the step."""
        return super().identity() | {"series": "canned", "step": self._step}


def completion(rng: random.Random, damage: float) -> str:
    """Bars of eight notes; a damaged bar has one note too many, or two notes on one string."""
    return "".join(f"\n{bar(rng, damaged=rng.random() < damage)} |" for _ in range(BARS))


def bar(rng: random.Random, *, damaged: bool) -> str:
    notes = [f"{rng.randint(0, 9)}.{rng.randint(1, 6)}" for _ in range(8)]
    if damaged:
        notes[rng.randrange(8)] = rng.choice(["(3.2 5.2)", "3.3 3.3", "99.1", "{"])
    return ":8 " + " ".join(notes)


def checkpoints(suite: Suite, folder: Path, count: int) -> Iterator[Checkpoint]:
    for number in range(1, count + 1):
        rng, path = random.Random(number), folder / f"{number}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for prompt in suite.prompts:
                for _ in range(suite.sampling.samples):
                    text = completion(rng, 0.5 / number)
                    file.write(json.dumps({"prompt": prompt.text, "completion": text}) + "\n")
        yield Checkpoint(path, 500 * number)


class Stages:
    """Wall and processor seconds of one stage after another; workers count."""

    def __init__(self) -> None:
        self.seconds: dict[str, dict[str, float]] = {}
        self._last = self._now()

    def done(self, name: str) -> None:
        """Note what has passed since the last stage."""
        now = self._now()
        self.seconds[name] = {clock: round(now[clock] - self._last[clock], 1) for clock in now}
        self._last = now

    @staticmethod
    def _now() -> dict[str, float]:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return {"wall": time.perf_counter(), "processor": sum(usage.ru_utime + usage.ru_stime for usage in used)}


def measure(suite: Suite, rubric: str, count: int, processes: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generators, stages = list(checkpoints(suite, folder, count)), Stages()
        folders = run_suite(suite, generators, [load_rubric(rubric)], folder / "runs", processes=processes)
        stages.done("score")
        ranking = rank_runs(folders, rubric)
        stages.done("rank")
        size = write_report(folder / "report.html", [ranking]).stat().st_size
        stages.done("report")
    return {
        "checkpoints": count,
        "texts": count * len(suite.prompts) * suite.sampling.samples,
        "suite": suite.name,
        "rubric": rubric,
        "processes": processes,
        "seconds": stages.seconds,
        "report, megabytes": round(size / 1e6, 2),
        "peak memory of a process, megabytes": round(peak_memory()),
    }


def peak_memory() -> float:
    """The largest resident set of this process or one of its workers, in megabytes (Linux counts kilobytes)."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="strict")
    parser.add_argument("--rubric", default="strict")
    parser.add_argument("--checkpoints", type=int, default=25)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    found = measure(load_suite(given.suite), given.rubric, given.checkpoints, given.processes)
    text = json.dumps(found, indent=1) + "\n"
    Path(__file__).with_name("results.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
