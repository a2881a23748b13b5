"""The one-file HTML report: no network, no script, every picture inline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.errors import HarnessError, extra
from alphatex_eval.harness.samples import write_atomically
from alphatex_eval.reports import charts
from alphatex_eval.reports.view import TrainingPoint, report_view
from alphatex_eval.reports.wording import letters, percent_interval, points_interval, resolution, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.harness.early_stopping import Decision
    from alphatex_eval.harness.ranking import Ranking

__all__ = ["TrainingPoint", "render_report", "write_report"]


def write_report(
    path: Path | str,
    rankings: Sequence[Ranking],
    *,
    training: Sequence[TrainingPoint] = (),
    decisions: Sequence[Decision] = (),
    title: str = "alphaTex evaluation",
) -> Path:
    """Write the report on rankings of the same runs, the first being the main one, and give its path.

    `training` draws the learning curve, `decisions` mark where early stopping would have stopped. Raises HarnessError
    when a run folder is gone or the file cannot be written.
    """
    file = Path(path)
    write_atomically(file, render_report(rankings, training=training, decisions=decisions, title=title))
    return file


def render_report(
    rankings: Sequence[Ranking],
    *,
    training: Sequence[TrainingPoint] = (),
    decisions: Sequence[Decision] = (),
    title: str = "alphaTex evaluation",
) -> str:
    """The report as HTML text."""
    if not rankings:
        raise HarnessError("A report needs at least one ranking.")
    with extra("report"):
        from jinja2 import Environment, PackageLoader, StrictUndefined
    environment = Environment(
        loader=PackageLoader("alphatex_eval.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(charts=charts, resolution=resolution, verdict=verdict)
    environment.filters.update(letters=letters, percent=percent_interval, points=points_interval)
    return environment.get_template("report.html.j2").render(view=report_view(rankings, training, decisions, title))
