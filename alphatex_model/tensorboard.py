"""Curves for TensorBoard, beside `metrics.jsonl`: needs the extra `tensorboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tensorboardX import SummaryWriter

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_model.training import Report


class TensorBoard:
    """Writes what a training run reports to `folder`; its methods are callbacks of `training.train`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def on_start(self, step: int) -> None:
        """Open the files. What an earlier attempt wrote after `step` will be written again, and is not shown twice."""
        self._writer = SummaryWriter(str(self._folder), purge_step=step + 1 if step else None)

    def on_report(self, report: Report) -> None:
        """Loss and speed."""
        self._add("train/loss", report.loss, report.step)
        self._add("train/tokens_per_second", report.tokens_per_second, report.step)

    def on_checkpoint(self, step: int, _path: Path, metrics: dict[str, float]) -> bool:
        """What was measured at a checkpoint. Never ends the run."""
        for name, value in metrics.items():
            self._add(name.replace("validation_", "validation/", 1), value, step)
        return False

    def _add(self, name: str, value: float, step: int) -> None:
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)
