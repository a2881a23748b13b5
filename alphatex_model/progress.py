"""The training run's progress bar, on standard error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_model.recipes import Recipe
    from alphatex_model.training import Report

PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "RTX 4090": 165e12}
"""Dense bfloat16 operations a second by NVIDIA's data sheets, by part of the device's name."""


class TrainingBar:
    """A bar with loss, bits a byte, speed and remaining time; its methods are the callbacks of `training.train`."""

    def __init__(self, recipe: Recipe, *, quiet: bool = False) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self._task = self._progress.add_task(recipe.name, total=recipe.training.steps, figures="")
        self._loss = self._bits = self._rate = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def on_start(self, step: int) -> None:
        """Appear, with what an earlier attempt has done."""
        self._progress.update(self._task, completed=step)
        self._progress.start()

    def on_report(self, report: Report) -> None:
        """Show how far training is."""
        self._loss, self._rate = f"loss {report.loss:.3f}", _speed(report)
        self._progress.update(self._task, completed=report.step, figures=self._figures())

    def on_checkpoint(self, _step: int, _path: Path, metrics: dict[str, float]) -> bool:
        """Show the newest validation. Never ends the run."""
        self._bits = f"{metrics['validation_bits_per_byte']:.3f} bits/byte"
        self._progress.update(self._task, figures=self._figures())
        return False

    def _figures(self) -> str:
        return "  ".join(part for part in (self._loss, self._bits, self._rate) if part)


def _speed(report: Report) -> str:
    speed = f"{report.tokens_per_second:,.0f} tokens/s"
    peak = _peak_flops()
    return f"{speed}  MFU {report.flops_per_second / peak:.1%}" if peak else speed


@cache
def _peak_flops() -> float:
    """Of the current GPU; 0 when there is none or its figure is unknown."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return next((peak for part, peak in PEAK_FLOPS.items() if part in name), 0.0)
