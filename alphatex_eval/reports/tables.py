"""Results as tables for other programs: CSV and Parquet.

Shares are in [0, 1], and what is unknown is empty. Rows come one after the other: of one run at a time the samples are
held in memory, the judgements never.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from alphatex_eval.harness.errors import extra
from alphatex_eval.harness.folders import SAMPLES, SCORES, Summary, read_summary
from alphatex_eval.harness.samples import read_lines, read_samples, whole_file
from alphatex_eval.harness.summaries import ScoredSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from alphatex_eval.harness.ranking import Ranking
    from alphatex_eval.harness.samples import Sample
    from alphatex_eval.scorers.results import Result

    Row = tuple[object, ...]

ROWS_AT_A_TIME = 10_000


@dataclass(frozen=True, slots=True)
class Table:
    """A name, columns with their types in Arrow's words, and rows that can be gone through once."""

    name: str
    columns: dict[str, str]
    rows: Iterable[Row]


def ranking_table(rankings: Iterable[Ranking]) -> Table:
    """One row per rubric and run, in ranking order."""
    columns = {"rubric": "string", "place": "int64", "run": "string", "series": "string", "step": "int64"}
    columns |= dict.fromkeys(("score", "low", "high", "confidence"), "float64")
    columns |= {"groups": "string", "failed": "int64", "missing": "int64", "folder": "string"}
    rows = (
        (
            *(ranking.rubric, run.place, run.name, run.series, run.step),
            *(run.score.value, run.score.low, run.score.high, run.score.confidence),
            *(run.groups, run.failed, run.missing, run.folder),
        )
        for ranking in rankings
        for run in ranking.runs
    )
    return Table("ranking", columns, rows)


def pairs_table(rankings: Iterable[Ranking]) -> Table:
    """One row per rubric and pair of runs: the paired difference and its test."""
    columns = {"rubric": "string", "first": "string", "second": "string"}
    columns |= dict.fromkeys(("difference", "low", "high", "p_value", "adjusted_p", "effect_size"), "float64")
    columns |= {"told_apart": "bool", "prompts": "int64", "prompts_needed": "int64"}
    rows = (
        (
            *(ranking.rubric, pair.first, pair.second),
            *(pair.test.difference.value, pair.test.difference.low, pair.test.difference.high),
            *(pair.test.p_value, pair.adjusted_p, pair.test.effect_size),
            *(pair.told_apart, pair.test.difference.n, pair.prompts_needed),
        )
        for ranking in rankings
        for pair in ranking.pairs
    )
    return Table("pairs", columns, rows)


def samples_table(folders: Sequence[Path], rubrics: Sequence[str]) -> Table:
    """One row per sample and rubric, with the texts, the value, and a column for each scorer."""
    summaries = [read_summary(folder) for folder in folders]
    kept = [found for summary in summaries for name, found in summary.rubrics.items() if name in rubrics]
    scorers = sorted({scorer for found in kept for scorer in found.scorers})
    columns = {"run": "string", "series": "string", "step": "int64", "rubric": "string"}
    columns |= {"id": "string", "prompt_id": "string", "kind": "string", "index": "int64"}
    columns |= {"prompt": "string", "completion": "string", "finish_reason": "string", "error": "string"}
    columns |= {"status": "string", "value": "float64", "message": "string", **dict.fromkeys(scorers, "float64")}

    def rows() -> Iterator[Row]:
        for summary, rubric, sample, result in _judged(folders, rubrics):
            values = [result.scores[name].value if name in result.scores else None for name in scorers]
            yield (
                *(summary.name, summary.series, summary.step, rubric, sample.id, sample.prompt_id, sample.kind),
                *(sample.index, sample.prompt, sample.completion, sample.finish_reason.value, sample.error),
                *(result.status.value, result.value, result.message, *values),
            )

    return Table("samples", columns, rows())


def checks_table(folders: Sequence[Path], rubrics: Sequence[str]) -> Table:
    """One row per sample, rubric and check; `start` and `end` are code points of prompt and completion together."""
    columns = {"run": "string", "rubric": "string", "id": "string", "prompt_id": "string", "index": "int64"}
    columns |= {"scorer": "string", "check": "string", "passed": "bool", "severity": "string", "message": "string"}
    columns |= {"start": "int64", "end": "int64"}

    def rows() -> Iterator[Row]:
        for summary, rubric, sample, result in _judged(folders, rubrics):
            for scorer, score in result.scores.items():
                for check in score.checks:
                    yield (
                        *(summary.name, rubric, sample.id, sample.prompt_id, sample.index),
                        *(scorer, check.name, check.passed, check.severity.value, check.message),
                        *(check.span or (None, None)),
                    )

    return Table("checks", columns, rows())


def csv_text(table: Table) -> str:
    """The table as CSV text with a heading."""
    text = StringIO()
    _write_csv(text, table)
    return text.getvalue()


def write_csv(folder: Path, table: Table) -> Path:
    """Write `folder/NAME.csv`. Raises HarnessError when it cannot be written."""
    path = folder / f"{table.name}.csv"
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        _write_csv(file, table)
    return path


def write_parquet(folder: Path, table: Table) -> Path:
    """Write `folder/NAME.parquet`. Raises HarnessError without the extra `parquet` or when it cannot be written."""
    with extra("parquet"):
        import pyarrow
        from pyarrow import parquet
    schema = pyarrow.schema(
        [(name, getattr(pyarrow, _ARROW.get(kind, kind))()) for name, kind in table.columns.items()]
    )
    path, rows = folder / f"{table.name}.parquet", iter(table.rows)
    with whole_file(path) as beside, parquet.ParquetWriter(beside, schema) as writer:
        while block := list(islice(rows, ROWS_AT_A_TIME)):
            columns = [
                pyarrow.array(values, kind) for values, kind in zip(zip(*block, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pyarrow.table(columns, schema))
    return path


_ARROW = {"bool": "bool_"}


def _judged(folders: Sequence[Path], rubrics: Sequence[str]) -> Iterator[tuple[Summary, str, Sample, Result]]:
    for folder in folders:
        summary, samples = read_summary(folder), read_samples(folder / SAMPLES)
        for rubric in rubrics:
            for scored in read_lines(folder / SCORES, ScoredSample):
                if scored.result.rubric == rubric and scored.id in samples:
                    yield summary, rubric, samples[scored.id], scored.result


class _LineFeeds:
    """Ends rows with a line feed alone; `csv` quotes both kinds of line break only where rows end with both."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")


def _write_csv(file: TextIO, table: Table) -> None:
    writer = csv.writer(_LineFeeds(file), lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
