from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.early_stopping import EarlyStopping
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.hooks import EarlyStoppingHook

if TYPE_CHECKING:
    from pathlib import Path

SKILLS = {500: 1, 1000: 4, 1500: 4, 2000: 4, 2500: 4}


def train(hook: EarlyStoppingHook, checkpoint, steps=SKILLS) -> list[tuple[int, int, bool]]:
    """A training loop that asks the hook at each checkpoint and obeys."""
    seen = []
    for step in steps:
        decision = hook(checkpoint(step, SKILLS[step]), step=step, bits_per_byte=1.0)
        seen.append((step, decision.best_step, decision.stop))
        if decision.stop:
            break
    return seen


@pytest.fixture
def rule() -> EarlyStopping:
    return EarlyStopping(patience=2)


def test_a_training_loop_stops_and_knows_its_best_checkpoint(suite, rubric, checkpoint, out: Path, rule) -> None:
    hook = EarlyStoppingHook(suite, rubric, out, rule)
    assert train(hook, checkpoint) == [
        (500, 500, False),
        (1000, 1000, False),
        (1500, 1000, False),
        (2000, 1000, True),
    ]


def test_a_resumed_training_loop_decides_as_an_undisturbed_one(suite, rubric, checkpoint, out: Path, rule) -> None:
    train(EarlyStoppingHook(suite, rubric, out, rule), checkpoint, [500, 1000, 1500])
    resumed = train(EarlyStoppingHook(suite, rubric, out, rule), checkpoint, [1500, 2000, 2500])
    assert resumed == [(1500, 1000, False), (2000, 1000, True)]


def test_a_damaged_memory_is_one_line(suite, rubric, out: Path, rule) -> None:
    out.mkdir()
    (out / "early_stopping.json").write_text("{}")
    with pytest.raises(HarnessError, match=r"early_stopping\.json cannot be read: step: Field required"):
        EarlyStoppingHook(suite, rubric, out, rule)
