"""Rankings as tables for other programs."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alphatex_eval.harness.ranking import Ranking

COLUMNS = (
    "rubric",
    "place",
    "run",
    "series",
    "step",
    "score",
    "low",
    "high",
    "confidence",
    "groups",
    "failed",
    "folder",
)


def rankings_csv(rankings: Iterable[Ranking]) -> str:
    """One line per rubric and run under a heading; scores and limits are shares in [0, 1], empty where unknown."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for ranking in rankings:
        for run in ranking.runs:
            score = run.score
            place = [ranking.rubric, run.place, run.name, run.series, run.step]
            writer.writerow(
                [*place, score.value, score.low, score.high, score.confidence, run.groups, run.failed, run.folder]
            )
    return text.getvalue()
