from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ranking_errors.simulate import Case, simulate

RESULTS = Path(__file__).parents[2] / "benchmarks/ranking_errors/results.json"


@pytest.fixture(scope="module")
def measured() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text())
    return rows


def test_measured_false_alarms_of_the_strict_suites_shape_are_nominal(measured: list[dict[str, Any]]) -> None:
    rates = [row["false alarms, max-T"] for row in measured if row["prompts"] == 200]
    assert len(rates) == 7
    assert all(rate <= 0.0725 for rate in rates)
    assert sum(rates) / 7 <= 0.06


def test_fifty_runs_are_told_apart_where_holm_finds_nothing(measured: list[dict[str, Any]]) -> None:
    (row,) = [row for row in measured if row["runs"] == 50]
    assert row["found, Holm"] == 0
    assert row["found, max-T"] > 0.6


def test_a_small_simulation_agrees() -> None:
    assert simulate(Case("equal", 6, 40, 0.8), 60)["false alarms, max-T"] <= 0.15  # type: ignore[operator]
    assert simulate(Case("half better", 6, 200, 0.8), 5)["found, max-T"] > 0.7  # type: ignore[operator]
