"""`alphatex compare`: which prompts got better from one run to another, which worse, with the texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from alphatex_eval.cli.harness import different_option, one_line_errors, stored_rubrics
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import SAMPLES, read_summary, rubric_summary, run_folders
from alphatex_eval.harness.ranking import compare as paired_comparison
from alphatex_eval.harness.ranking import compare_prompts
from alphatex_eval.harness.samples import read_samples
from alphatex_eval.harness.summaries import identity_differences
from alphatex_eval.reports.terminal import comparison_table
from alphatex_eval.reports.wording import points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--rubric", default=None, help="A rubric's name or file.  [default: the first that both have]")
@click.option("--texts", type=click.IntRange(min=0), default=1, show_default=True, help="Prompts to show, each way.")
@different_option
@one_line_errors
def compare(first: Path, second: Path, rubric: str | None, texts: int, allow_different: bool) -> None:
    """Compare the run folders FIRST and SECOND prompt by prompt."""
    folders = run_folders((first, second))
    if len(folders) != 2:
        raise HarnessError("Name two different run folders, not folders of run folders.")
    name = stored_rubrics(folders, [rubric] if rubric else [])[0]
    summaries = [read_summary(folder) for folder in folders]
    ours, theirs = (rubric_summary(summary, name) for summary in summaries)
    differences = identity_differences(ours.identity, theirs.identity)
    if differences and not allow_different:
        raise HarnessError(f"These runs cannot be compared: {'; '.join(differences[:3])} (--allow-different to do so).")
    prompts = compare_prompts(ours, theirs)
    if not prompts:
        raise HarnessError(f"{summaries[0].name} and {summaries[1].name} share no scored prompt.")
    console = Console()
    test = paired_comparison(ours, theirs)
    console.print(comparison_table(test, summaries[0].name, summaries[1].name, prompts))
    for shown in _texts(folders, [summary.name for summary in summaries], prompts, texts):
        console.print(shown)


def _texts(
    folders: list[Path], names: list[str], prompts: list[tuple[str, float]], count: int
) -> Iterator[RenderableType]:
    """The first samples of the prompts that differ most, side by side."""
    samples = [
        {sample.prompt_id: sample for sample in read_samples(folder / SAMPLES).values() if sample.index == 0}
        for folder in folders
    ]
    better = [row for row in reversed(prompts) if row[1] > 0][:count]
    worse = [row for row in prompts if row[1] < 0][:count]
    for prompt, difference in [*better, *worse]:
        yield Text(f"\n{prompt}  {points(difference)}", style="bold")
        found = [(name, kept[prompt]) for name, kept in zip(names, samples, strict=True) if prompt in kept]
        panels = [
            Panel(Text(sample.prompt, style="dim") + Text(sample.completion), title=Text(name), width=38)
            for name, sample in found
        ]
        yield Columns(panels)
