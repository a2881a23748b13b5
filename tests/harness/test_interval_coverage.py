from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

SIMULATION = Path(__file__).parents[2] / "benchmarks/interval_coverage/simulate.py"
KEPT = ("clustered t", "BCa bootstrap", "paired difference")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SIMULATION))


def test_measured_coverage_of_the_strict_suites_shape_is_nominal() -> None:
    rows = json.loads(SIMULATION.with_name("results.json").read_text())
    measured = [row["coverage"] for row in rows if row["prompts"] == 200 and row["interval"] in KEPT]
    assert len(measured) == 9
    assert all(0.93 <= coverage <= 0.97 for coverage in measured)


@pytest.mark.parametrize(("name", "trials", "slack"), [("clustered t", 800, 0.025), ("paired difference", 300, 0.04)])
def test_intervals_hold_the_truth_as_often_as_they_say(
    script: dict[str, Any], name: str, trials: int, slack: float
) -> None:
    assert script["coverage"](name, 200, 4, 0.8, trials) == pytest.approx(0.95, abs=slack)


def test_ignoring_prompts_makes_intervals_too_narrow(script: dict[str, Any]) -> None:
    assert script["coverage"]("t over samples, ignoring prompts", 200, 4, 0.8, 200) < 0.85
