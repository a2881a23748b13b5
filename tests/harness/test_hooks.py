from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.early_stopping import Decision, EarlyStopping
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


def test_asked_again_about_the_same_checkpoint_it_says_the_same_without_generating(
    suite, rubric, checkpoint, out: Path, rule
) -> None:
    hook = EarlyStoppingHook(suite, rubric, out, rule)
    train(hook, checkpoint, [500, 1000])
    again = checkpoint(1000, SKILLS[1000])
    before = hook.decision
    assert hook(again, step=1000, bits_per_byte=1.0) == before
    assert again.asked == 0


def test_training_that_goes_back_is_judged_anew_from_there_and_the_old_look_is_put_aside(
    suite, rubric, checkpoint, out: Path, rule
) -> None:
    hook = EarlyStoppingHook(suite, rubric, out, rule)
    train(hook, checkpoint, [500, 1000, 1500])
    worse = hook(checkpoint(1000, 1), step=1000, bits_per_byte=1.0)
    assert (worse.best_step, [found.step for found in hook.decisions]) == (500, [500, 1000])
    assert (out / "replaced/tiny_1000.0/samples.jsonl").exists()
    assert EarlyStoppingHook(suite, rubric, out, rule).decisions == hook.decisions


def test_memory_kept_by_a_trainer_is_taken_up_in_an_empty_folder(suite, rubric, checkpoint, out: Path, rule) -> None:
    first = EarlyStoppingHook(suite, rubric, out, rule)
    train(first, checkpoint, [500, 1000, 1500])
    elsewhere = EarlyStoppingHook(suite, rubric, out / "elsewhere", rule)
    elsewhere.resume(Decision.model_validate_json(first.decisions[1].model_dump_json()))
    assert train(elsewhere, checkpoint, [1500, 2000]) == [(1500, 1000, False), (2000, 1000, True)]


def test_patience_can_be_changed_on_the_way(suite, rubric, checkpoint, out: Path, rule) -> None:
    train(EarlyStoppingHook(suite, rubric, out, rule), checkpoint, [500, 1000, 1500])
    patient = EarlyStoppingHook(suite, rubric, out, EarlyStopping(patience=3))
    assert train(patient, checkpoint, [2000, 2500]) == [(2000, 1000, False), (2500, 1000, True)]


def test_a_damaged_memory_is_one_line(suite, rubric, out: Path, rule) -> None:
    out.mkdir()
    (out / "early_stopping.jsonl").write_text("{}\n")
    with pytest.raises(HarnessError, match=r"early_stopping\.jsonl:1: not a valid line \(step: Field required\)"):
        EarlyStoppingHook(suite, rubric, out, rule)
