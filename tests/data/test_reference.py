"""What leaves the pipeline, judged by alphaTab itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alphatex_model.data.rows import Row
    from tests.reference.oracle import Oracle


def test_alphatab_accepts_every_tune_without_a_diagnostic(sample: list[Row], oracle: Oracle) -> None:
    answers = oracle.check_all([row.text for row in sample])
    rejected = [
        row.id for row, answer in zip(sample, answers, strict=True) if not answer.accepted or answer.diagnostics
    ]
    assert rejected == []
