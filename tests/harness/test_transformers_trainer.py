"""Early stopping in the real `Trainer`, on a model small enough to learn one bar in seconds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tiny_lm import tiny_model, tiny_tokenizer

from alphatex_eval.harness.early_stopping import Decision, EarlyStopping
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.hooks import EarlyStoppingHook

if TYPE_CHECKING:
    from alphatex_eval.harness.suites import Suite

EVERY, STEPS = 20, 200
BAR = ":4 1.1 3.3 5.3 2.2 3.2 |"


@pytest.fixture
def hook(suite: Suite, rubric, out: Path) -> EarlyStoppingHook:
    asked = suite.resampled(max_tokens=18, samples=1, temperature=0)
    return EarlyStoppingHook(asked, rubric, out, EarlyStopping(patience=2, min_bits=0.01))


def trainer(folder: Path, hook: EarlyStoppingHook, *, tokenizer: Any = None, **settings: Any) -> Any:
    """A trainer whose data are one bar, over and over."""
    from transformers import Trainer, TrainingArguments

    from alphatex_eval.integrations.transformers import EarlyStoppingCallback

    reader = tiny_tokenizer()
    rows = [{"input_ids": (ids := reader(BAR)["input_ids"]), "labels": ids, "attention_mask": [1] * len(ids)}]
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=settings.pop("max_steps", STEPS),
        learning_rate=1e-2,
        lr_scheduler_type="constant",
        per_device_train_batch_size=4,
        eval_strategy="steps",
        eval_steps=EVERY,
        save_strategy="steps",
        save_steps=EVERY,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        **settings,
    )
    callback = EarlyStoppingCallback(hook, series="waltzes", tokenizer=reader, bytes_per_token=1.0)
    if tokenizer is not None:
        callback = EarlyStoppingCallback(hook, series="waltzes")
    return Trainer(tiny_model(), arguments, train_dataset=rows * 64, eval_dataset=rows, callbacks=[callback])


def looks(hook: EarlyStoppingHook) -> list[tuple[int, int, bool]]:
    return [(found.step, found.best_step, found.stop) for found in hook.decisions]


def test_training_ends_early_keeps_the_best_checkpoint_and_resumes_with_its_memory(
    suite, rubric, hook: EarlyStoppingHook, tmp_path: Path
) -> None:
    whole = trainer(tmp_path / "whole", hook, save_total_limit=1)
    whole.train()
    steps = [found.step for found in hook.decisions]
    best = hook.decisions[-1].best_step
    assert hook.decisions[-1].stop
    assert steps[-1] == whole.state.global_step < STEPS
    assert best < steps[-1]
    assert Path(whole.state.best_model_checkpoint).name == f"checkpoint-{best}"
    assert (tmp_path / f"whole/checkpoint-{best}/model.safetensors").exists()

    first = EarlyStoppingHook(hook._suite, rubric, tmp_path / "first", EarlyStopping(patience=2, min_bits=0.01))
    trainer(tmp_path / "parts", first, max_steps=steps[-2]).train()
    kept = json.loads((tmp_path / f"parts/checkpoint-{steps[-3]}/trainer_state.json").read_text())
    memory = Decision.model_validate_json(
        kept["stateful_callbacks"]["alphatex_early_stopping"]["attributes"]["decision"]
    )
    assert memory.step == steps[-3]
    second = EarlyStoppingHook(hook._suite, rubric, tmp_path / "second", EarlyStopping(patience=2, min_bits=0.01))
    resumed = trainer(tmp_path / "parts", second, restore_callback_states_from_checkpoint=True)
    resumed.train(resume_from_checkpoint=str(tmp_path / f"parts/checkpoint-{steps[-3]}"))
    assert looks(second) == looks(hook)[-3:]
    assert second.decisions[-1] == hook.decisions[-1]


def test_the_best_model_is_loaded_at_the_end_when_asked(hook: EarlyStoppingHook, tmp_path: Path) -> None:
    made = trainer(
        tmp_path / "run",
        hook,
        load_best_model_at_end=True,
        metric_for_best_model="alphatex_best_step",
        greater_is_better=True,
        max_steps=3 * EVERY,
    )
    made.train()
    assert hook.decision is not None
    assert made.state.best_model_checkpoint.endswith(f"checkpoint-{hook.decision.best_step}")
    assert hook.decision.state.best is not None
    assert hook.decision.state.best.bits_per_byte is not None


def test_a_trainer_without_tokenizer_is_one_line(hook: EarlyStoppingHook, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="needs a tokenizer: give one to Trainer or to EarlyStoppingCallback"):
        trainer(tmp_path, hook, tokenizer="none", max_steps=EVERY).train()


def test_bits_per_byte_that_were_measured_go_before_those_worked_out_of_the_loss(hook: EarlyStoppingHook) -> None:
    from alphatex_eval.integrations.transformers import EarlyStoppingCallback

    callback = EarlyStoppingCallback(hook, series="waltzes", bytes_per_token=1.0)
    assert callback._bits({"eval_loss": 7.0, "eval_bits_per_byte": 0.9}) == 0.9
    assert callback._bits({"eval_loss": math.log(2)}) == 1.0
    assert callback._bits({}) is None
