"""What a run folder holds, and how it is read and written.

* `run.json` – the suite and the generator's identity, written first;
* `samples.jsonl` – one line per sample, written as they come;
* `scores.jsonl` – one line per sample and rubric;
* `summary.json` – figures with error bars, per rubric; all that ranking reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from alphatex_eval.harness.errors import HarnessError, did_you_mean
from alphatex_eval.harness.samples import Sample, read_lines, write_atomically
from alphatex_eval.harness.suites import Suite
from alphatex_eval.harness.summaries import RubricSummary, ScoredSample, identity_differences
from alphatex_eval.scorers.results import Record, first_complaint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Found = TypeVar("Found", bound=Record)

SCHEMA_VERSION = 1
RUN, SAMPLES, SCORES, SUMMARY = "run.json", "samples.jsonl", "scores.jsonl", "summary.json"


class RunInfo(Record):
    """What a run folder is about: run.json."""

    schema_version: int = SCHEMA_VERSION
    name: str
    generator: dict[str, Any]
    suite: Suite


class Summary(Record):
    """What a run folder amounts to: summary.json. `rubrics` by rubric name."""

    schema_version: int = SCHEMA_VERSION
    name: str
    generator: dict[str, Any]
    samples: int
    rubrics: dict[str, RubricSummary]

    @property
    def step(self) -> int | None:
        """The training step of a checkpoint, None for other generators."""
        step = self.generator.get("step")
        return step if isinstance(step, int) else None

    @property
    def series(self) -> str:
        """The training run a checkpoint belongs to, "" for other generators."""
        return str(self.generator.get("series", ""))


def claim(folder: Path, info: RunInfo) -> None:
    """Write run.json, or make sure that the one there says the same. Raises HarnessError with what differs."""
    if not (folder / RUN).exists():
        write_atomically(folder / RUN, info.model_dump_json(indent=1) + "\n")
        return
    differences = identity_differences(_asked(read_run(folder)), _asked(info))
    if differences:
        raise HarnessError(f"{folder} holds another run ({'; '.join(differences[:3])}); choose another folder.")


def read_run(folder: Path) -> RunInfo:
    """What a run folder is about. Raises HarnessError when it is no run folder."""
    return _read_json(folder, RUN, RunInfo)


def read_summary(folder: Path) -> Summary:
    """The figures of a run folder. Raises HarnessError when it is no run folder or was not scored."""
    if (folder / RUN).exists() and not (folder / SUMMARY).exists():
        raise HarnessError(f"{folder} is not scored yet; run the same again, or rescore what is there.")
    return _read_json(folder, SUMMARY, Summary)


def rubric_summary(summary: Summary, rubric: str) -> RubricSummary:
    """A run's figures under one rubric. Raises HarnessError when it was not scored under it."""
    if rubric not in summary.rubrics:
        hint = did_you_mean(rubric, summary.rubrics)
        raise HarnessError(f"{summary.name} was not scored under {rubric!r}.{hint} (alphatex rescore adds a rubric)")
    return summary.rubrics[rubric]


def run_folders(paths: Sequence[Path]) -> list[Path]:
    """The run folders among `paths` and directly inside them, each once. Raises HarnessError for a path without any."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(file.parent for file in path.glob(f"*/{RUN}"))
        folders = [path] if (path / RUN).exists() else inside
        if not folders:
            raise HarnessError(f"{path} is no run folder and holds none.")
        found += folders
    return list({folder.resolve(): folder for folder in found}.values())


def has_samples(folder: Path) -> bool:
    """Whether a run folder holds a sample: its figures count one, or its file of samples has a line."""
    if (folder / SUMMARY).exists() and read_summary(folder).samples:
        return True
    return next(read_lines(folder / SAMPLES, Sample), None) is not None


def read_scores(folder: Path, rubric: str) -> dict[str, ScoredSample]:
    """The judgements of a run folder under one rubric by sample id."""
    return {row.id: row for row in read_lines(folder / SCORES, ScoredSample) if row.result.rubric == rubric}


def folder_name(name: str) -> str:
    """A generator's name as a folder name."""
    return re.sub(r"[^\w.+-]+", "_", name).strip("._") or "run"


def replace_scores(folder: Path, rubric: str, rows: Sequence[ScoredSample]) -> None:
    """Put a rubric's judgements in the place of its old ones; those of other rubrics stay."""
    others = [row for row in read_lines(folder / SCORES, ScoredSample) if row.result.rubric != rubric]
    write_atomically(folder / SCORES, "".join(row.model_dump_json() + "\n" for row in [*others, *rows]))


def _asked(info: RunInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "suite": info.suite.identity(),
        "sampling": info.suite.sampling.model_dump(),
        "generator": info.generator,
    }


def _read_json(folder: Path, name: str, found: type[Found]) -> Found:
    path = folder / name
    try:
        return found.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise HarnessError(f"{folder} is no run folder: it has no {name}.") from None
    except (ValidationError, OSError) as error:
        reason = first_complaint(error) if isinstance(error, ValidationError) else error.strerror
        raise HarnessError(f"{path} cannot be read: {reason}.") from None
