"""Early stopping in our own trainer, with a hook of the harness.

hook = EarlyStoppingHook(load_suite("strict"), load_rubric("strict"), out / "looks", EarlyStopping(patience=5))
train(recipe, shards, out, on_checkpoint=judge_checkpoints(hook))
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from alphatex_model.harness_generator import CheckpointGenerator

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_eval.harness.hooks import EarlyStoppingHook
    from alphatex_model.training import OnCheckpoint

BEST = "model_best"


def judge_checkpoints(hook: EarlyStoppingHook, device: str = "auto") -> OnCheckpoint:
    """What to call with every checkpoint: judges it, points `model_best` beside the runs to the best, may end training.

    Where the score cannot tell, `validation_bits_per_byte` decides. Raises HarnessError when a run cannot be made.
    """

    def judge(step: int, folder: Path, metrics: dict[str, float]) -> bool:
        name = f"{folder.resolve().parent.parent.name}@{step}"
        generator = CheckpointGenerator(folder, name=name, device=device)
        decision = hook(generator, step=step, bits_per_byte=metrics.get("validation_bits_per_byte"))
        if decision.best_step == step:
            _point(hook.out / BEST, folder)
        return decision.stop

    return judge


def _point(link: Path, folder: Path) -> None:
    """Make `link` a symbolic link to `folder`, at no moment to nothing."""
    temporary = link.with_name(link.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(folder.resolve(), link.parent.resolve()))
    temporary.replace(link)
