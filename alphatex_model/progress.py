"""The training run's progress bar, on standard error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alphatex_model.recipes import Recipe
    from alphatex_model.training import OnCheckpoint, OnReport, Report

PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "RTX 4090": 165e12}
"""Dense bfloat16 operations a second by NVIDIA's data sheets, by part of the device's name."""


@contextmanager
def training_bar(recipe: Recipe, *, quiet: bool = False) -> Iterator[tuple[OnReport, OnCheckpoint]]:
    """Within the block the returned callbacks keep a bar with loss, bits a byte, speed and remaining time up to date."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(recipe.name, total=recipe.training.steps, figures="")
        bits = ""

        def on_report(report: Report) -> None:
            progress.update(task, completed=report.step, figures=f"loss {report.loss:.3f}{bits}  {_speed(report)}")

        def on_checkpoint(step: int, path: Path, metrics: dict[str, float]) -> bool:
            nonlocal bits
            bits = f"  {metrics['validation_bits_per_byte']:.3f} bits/byte"
            return False

        yield on_report, on_checkpoint


def _speed(report: Report) -> str:
    speed = f"{report.tokens_per_second:,.0f} tokens/s"
    peak = _peak_flops()
    return f"{speed}  MFU {report.flops_per_second / peak:.1%}" if peak else speed


def _peak_flops() -> float:
    """Of the current GPU; 0 when there is none or its figure is unknown."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return next((peak for part, peak in PEAK_FLOPS.items() if part in name), 0.0)
