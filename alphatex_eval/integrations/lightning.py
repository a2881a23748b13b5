"""Early stopping in Lightning's `Trainer`, of the package `lightning` or `pytorch_lightning`.

    hook = EarlyStoppingHook(load_suite("strict"), load_rubric("strict"), Path("runs/waltzes"), EarlyStopping())
    Trainer(..., callbacks=[EarlyStoppingCallback(hook, lambda module, step: MyGenerator(module, step))])

A module around a model of `transformers` is asked with `alphatex_eval.harness.causal_lm.LiveModel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import extra

with extra("lightning"):
    try:
        from lightning.pytorch import Callback
        from lightning.pytorch.utilities import rank_zero_only
    except ModuleNotFoundError:
        from pytorch_lightning import Callback
        from pytorch_lightning.utilities import rank_zero_only

from alphatex_eval.harness.early_stopping import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytorch_lightning import LightningModule, Trainer

    from alphatex_eval.harness.generators import Generator
    from alphatex_eval.harness.hooks import EarlyStoppingHook

BEST = "model_best.ckpt"


class EarlyStoppingCallback(Callback):  # type: ignore[misc]
    """Judges the model after every validation, writes the best to `model_best.ckpt` beside the runs, ends training.

    `generator` makes of the module and the step what the suite's prompts are asked of; it has to leave the module in
    the mode it was in. Validation bits per byte are the logged metric `bits_metric`, if there is one. The memory is
    saved and resumed with the trainer's checkpoints. Among several processes the first one judges.
    """

    def __init__(
        self,
        hook: EarlyStoppingHook,
        generator: Callable[[LightningModule, int], Generator],
        *,
        bits_metric: str = "val_bits_per_byte",
    ) -> None:
        self._hook = hook
        self._generator = generator
        self._bits_metric = bits_metric

    @property
    def best_model_path(self) -> str:
        """Where the best checkpoint lies."""
        return str(self._hook.out / BEST)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge, mark the best, and tell the trainer whether to stop."""
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        told = None
        if trainer.is_global_zero:
            decision = self._judge(trainer, pl_module)
            told = decision.best_step == trainer.global_step, decision.stop
        best, stop = trainer.strategy.broadcast(told)
        trainer.should_stop = trainer.should_stop or stop
        if best:
            trainer.save_checkpoint(self.best_model_path)

    def state_dict(self) -> dict[str, Any]:
        """The last decision, for the trainer's checkpoint."""
        last = self._hook.decision
        return {} if last is None else {"decision": last.model_dump_json()}

    @rank_zero_only  # type: ignore[untyped-decorator]
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the memory of the checkpoint that training goes on from."""
        if "decision" in state_dict:
            self._hook.resume(Decision.model_validate_json(state_dict["decision"]))

    def _judge(self, trainer: Trainer, module: LightningModule) -> Decision:
        bits = trainer.callback_metrics.get(self._bits_metric)
        generator = self._generator(module, trainer.global_step)
        return self._hook(generator, step=trainer.global_step, bits_per_byte=None if bits is None else float(bits))
