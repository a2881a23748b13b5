"""Early stopping in Hugging Face's `Trainer`.

    hook = EarlyStoppingHook(load_suite("strict"), load_rubric("strict"), Path("runs/waltzes"), EarlyStopping())
    Trainer(..., callbacks=[EarlyStoppingCallback(hook, series="waltzes")])

With `load_best_model_at_end=True` set `metric_for_best_model="alphatex_best_step"` and `greater_is_better=True`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import HarnessError, extra

with extra("transformers"):
    from accelerate.utils import broadcast_object_list
    from transformers import TrainerCallback

from alphatex_eval.harness.causal_lm import LiveModel
from alphatex_eval.harness.early_stopping import Decision

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerControl, TrainerState, TrainingArguments

    from alphatex_eval.harness.hooks import EarlyStoppingHook

BEST_STEP = "eval_alphatex_best_step"
MEMORY = "alphatex_early_stopping"
"""The place of the rule's memory among the callbacks' states in `trainer_state.json`."""


class EarlyStoppingCallback(TrainerCallback):  # type: ignore[misc]
    """Judges the model at every evaluation, has the best checkpoint saved and kept, and ends training when told.

    Validation bits per byte are the metric `eval_bits_per_byte` if there is one; otherwise they come from `eval_loss`
    where `bytes_per_token` says how much text of the validation set a token stands for. The memory is saved and resumed
    with the trainer's checkpoints. Among several processes the first one judges; every process must hold the whole
    model. Raises HarnessError when no tokenizer is known or a run cannot be made.
    """

    def __init__(
        self,
        hook: EarlyStoppingHook,
        *,
        series: str,
        tokenizer: PreTrainedTokenizerBase | None = None,
        bytes_per_token: float | None = None,
        batch_size: int | None = None,
    ) -> None:
        self._hook = hook
        self._series = series
        self._tokenizer = tokenizer
        self._bytes_per_token = bytes_per_token
        self._batch_size = batch_size

    def on_train_begin(
        self, _args: TrainingArguments, state: TrainerState, _control: TrainerControl, **_others: Any
    ) -> None:
        """Take up the memory of the checkpoint that training goes on from."""
        kept = state.stateful_callbacks.get(MEMORY)
        if kept and state.is_world_process_zero:
            self._hook.resume(Decision.model_validate_json(kept["attributes"]["decision"]))

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        model: PreTrainedModel,
        metrics: dict[str, float],
        processing_class: PreTrainedTokenizerBase | None = None,
        **_others: Any,
    ) -> None:
        """Judge, remember, and tell the trainer what to do."""
        told: list[Any] = [None, None]
        if state.is_world_process_zero:
            decision = self._judge(model, self._tokenizer or processing_class, state.global_step, metrics)
            state.stateful_callbacks[MEMORY] = {"args": {}, "attributes": {"decision": decision.model_dump_json()}}
            told = [decision.best_step, decision.stop]
        best_step, stop = broadcast_object_list(told)
        metrics[BEST_STEP] = float(best_step)
        if args.metric_for_best_model is None:
            state.best_global_step = best_step
        control.should_save |= best_step == state.global_step
        control.should_training_stop |= stop

    def _judge(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase | None,
        step: int,
        metrics: dict[str, float],
    ) -> Decision:
        if tokenizer is None:
            raise HarnessError("Early stopping needs a tokenizer: give one to Trainer or to EarlyStoppingCallback.")
        generator = LiveModel(model, tokenizer, series=self._series, step=step, batch_size=self._batch_size)
        return self._hook(generator, step=step, bits_per_byte=self._bits(metrics))

    def _bits(self, metrics: dict[str, float]) -> float | None:
        if "eval_bits_per_byte" in metrics or "eval_loss" not in metrics or self._bytes_per_token is None:
            return metrics.get("eval_bits_per_byte")
        return metrics["eval_loss"] / math.log(2) / self._bytes_per_token
