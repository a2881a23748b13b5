from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / "benchmarks/seed_audit/audit.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(AUDIT))


def test_the_audit_is_remade_from_the_reports_numbers(script: dict[str, Any]) -> None:
    assert script["audit"]() == json.loads(AUDIT.with_name("results.json").read_text())


def test_no_claim_of_the_report_survives_and_its_figures_are_wide(script: dict[str, Any]) -> None:
    verdicts = {claim: found["verdict"] for claim, found in script["audit"]().items() if "verdict" in found}
    assert list(verdicts.values()) == ["wide"] * 3 + ["not supported"] * 4


def test_failures_are_placed_so_that_no_other_placing_favours_the_claim_more(script: dict[str, Any]) -> None:
    first, second = script["placed"](47, 34)
    assert sum(1 - score for (score,) in second) * 8 == pytest.approx(14)
    assert sum(1 - score for (score,) in first) * 8 == pytest.approx(1)
    assert all(ours >= theirs for (ours,), (theirs,) in zip(first, second, strict=True))
