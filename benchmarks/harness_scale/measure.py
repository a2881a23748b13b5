"""Score, rank and report checkpoints of canned samples, and say how long it takes and how much memory.

The samples are people's own continuations, bars shuffled and frets moved so that no two are alike. Bars are damaged, by
less the later the checkpoint, and a third of the texts end in mid-air as a token limit would end them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.generators import Canned, CannedSample
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.runs import run_suite
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.reports.html import write_report
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator

CUT = 1 / 3
"""The share of texts that run out of tokens."""
FRET = re.compile(r"(?<![\w.])(\d+)(?=\.[1-6]\b)")
DAMAGES = ("(3.2 5.2)", "3.3 3.3", "99.1", "3.9", "{", "\\tempo", ":4")


class Checkpoint(Canned):
    """Canned samples that say which step they come from."""

    def __init__(self, path: Path, step: int) -> None:
        super().__init__(path, name=f"canned@{step}")
        self._step = step

    def identity(self) -> dict[str, object]:
        """The file's hash and the step."""
        return super().identity() | {"series": "canned", "step": self._step}


def completion(rng: random.Random, reference: str, damage: float) -> tuple[str, FinishReason]:
    """A person's continuation made into another one, each bar damaged with the probability `damage`."""
    first, *bars = FRET.sub(partial(moved, by=rng.randint(0, 4)), reference).split("\n")
    shuffled = [bars[i] for i in order(rng, bars)]
    text = "\n".join([first, *(damaged(rng, bar) if rng.random() < damage else bar for bar in shuffled)])
    if rng.random() < CUT:
        return text[: rng.randint(len(text) // 2, len(text))], FinishReason.LENGTH
    return text, FinishReason.STOP


def moved(fret: re.Match[str], by: int) -> str:
    return str(int(fret[1]) + by)


def order(rng: random.Random, lines: list[str]) -> list[int]:
    """A shuffle of the bars that leaves tags and the last line where they are."""
    bars = [i for i, line in enumerate(lines[:-1]) if not line.startswith("\\")]
    places = dict(zip(bars, rng.sample(bars, len(bars)), strict=True))
    return [places.get(i, i) for i in range(len(lines))]


def damaged(rng: random.Random, bar: str) -> str:
    """A bar with a beat replaced by something that is wrong, or merely one too many."""
    words = bar.split(" ")
    words[rng.randrange(len(words))] = rng.choice(DAMAGES)
    return " ".join(words)


def checkpoints(suite: Suite, folder: Path, count: int) -> Iterator[Checkpoint]:
    for number in range(1, count + 1):
        rng, path = random.Random(number), folder / f"{number}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for prompt in suite.prompts:
                for _ in range(suite.sampling.samples):
                    text, reason = completion(rng, prompt.reference, 0.3 / number)
                    row = CannedSample(prompt=prompt.text, completion=text, finish_reason=reason)
                    file.write(row.model_dump_json() + "\n")
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
