from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SIMULATION = Path(__file__).parents[2] / "benchmarks/early_stopping/simulate.py"


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Any]]:
    rows = runpy.run_path(str(SIMULATION))["simulate"]("plateau", 12, 40)
    return {row["rule"]: row for row in rows}


def test_noise_makes_naive_patience_stop_too_soon_and_ours_not(rules: dict[str, dict[str, Any]]) -> None:
    assert rules["naive patience"]["training used"] < 0.85 < rules["ours"]["training used"]
    assert rules["ours"]["regret, points"] < rules["naive patience"]["regret, points"]


def test_the_score_of_the_highest_of_25_looks_flatters(rules: dict[str, dict[str, Any]]) -> None:
    assert rules["highest of all"]["score too high by, points"] > 3
