"""Rankings and comparisons as tables in the terminal, and progress bars on standard error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from alphatex_eval.reports.wording import letters, percent_interval, points, points_interval, resolution, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from rich.console import ConsoleOptions

    from alphatex_eval.harness.early_stopping import Decision
    from alphatex_eval.harness.ranking import RankedRun, Ranking
    from alphatex_eval.harness.statistics import Estimate, PairedTest

BAR_WIDTH = 25


class ProgressBars:
    """A progress callback that draws one bar per task on standard error; use as a context manager.

    Nothing is printed before the first task.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=BAR_WIDTH),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )

    def __call__(self, task: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `task` are finished."""
        if task not in self._tasks:
            self._progress.start()
            self._tasks[task] = self._progress.add_task(task, total=total)
        self._progress.update(self._tasks[task], completed=done, total=total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tasks:
            self._progress.stop()


def ranking_table(ranking: Ranking) -> RenderableType:
    """Place, run, score with its interval drawn, groups that cannot be told apart, and the verdict below."""
    failed = any(run.failed for run in ranking.runs)
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("#", justify="right", style="dim", no_wrap=True)
    table.add_column("run", overflow="fold")
    table.add_column(_Drawn(_scale))
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column(f"{100 * ranking.confidence:.0f} % interval", justify="right", style="dim", no_wrap=True)
    table.add_column("group", style="cyan", no_wrap=True)
    if failed:
        table.add_column("failed", justify="right", style="red", no_wrap=True)
    for run in ranking.runs:
        table.add_row(*_ranking_row(run), *([str(run.failed or "")] if failed else []))
    return Group(table, Text(), Text(_summary(ranking)))


def comparison_table(
    test: PairedTest, first: str, second: str, prompts: Sequence[tuple[str, float]], shown: int = 5
) -> RenderableType:
    """The paired difference of two runs, and the prompts that differ most either way."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("prompt")
    table.add_column(Text(f"{first} − {second}"), justify="right")
    better = [row for row in reversed(prompts) if row[1] > 0][:shown]
    worse = [row for row in prompts if row[1] < 0][:shown]
    for name, difference in [*better, *reversed(worse)]:
        table.add_row(Text(name), Text(points(difference), style="green" if difference > 0 else "red"))
    return Group(Text(_difference(test, first, second)), Text(), table)


def stopping_table(decisions: Sequence[Decision]) -> RenderableType:
    """What early stopping made of each evaluation."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("step", justify="right")
    table.add_column("difference to the best before", justify="right")
    table.add_column("decision")
    for decision in decisions:
        difference = "–" if decision.difference is None else points_interval(decision.difference)
        table.add_row(f"{decision.step:,}", difference, decision.reason + (" – stop" if decision.stop else ""))
    return table


def interval_text(score: Estimate, width: int = BAR_WIDTH) -> Text:
    """A score between 0 and 1 as a dot on its interval, `width` characters for 0 to 100 %."""
    cells = [" "] * width
    if score.low is not None and score.high is not None:
        for i in range(_column(score.low, width), _column(score.high, width) + 1):
            cells[i] = "─"
    if score.value is not None:
        cells[_column(score.value, width)] = "●"
    return Text("".join(cells), style="blue")


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A cell that is drawn as wide as there is room, up to `BAR_WIDTH`."""

    draw: Callable[[int], Text]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        yield self.draw(min(BAR_WIDTH, options.max_width))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, BAR_WIDTH)


def _scale(width: int) -> Text:
    return Text(("0" + "100".rjust(width - 1))[:width])


def _ranking_row(run: RankedRun) -> tuple[RenderableType, ...]:
    score = run.score
    value = "–" if score.value is None else f"{100 * score.value:.1f} %"
    interval = (
        "no spread" if score.low is None or score.high is None else f"{100 * score.low:.1f} – {100 * score.high:.1f}"
    )
    return (str(run.place), Text(run.name), _Drawn(partial(interval_text, score)), value, interval, letters(run.groups))


def _summary(ranking: Ranking) -> str:
    lines = [verdict(ranking)]
    if ranking.winner_remeasured is not None:
        lines.append(f"{ranking.runs[0].name} on fresh samples: {percent_interval(ranking.winner_remeasured)}.")
    return "\n".join(line for line in (*lines, resolution(ranking)) if line)


def _difference(test: PairedTest, first: str, second: str) -> str:
    if test.p_value is None:
        return f"{first} and {second} share no scored prompt."
    effect = "" if test.effect_size is None else f", effect size {test.effect_size:.2f}"
    least = test.smallest_p or 0.0
    floor = f"; so few differing prompts allow no p below {least:.3g}" if least > 1 - test.difference.confidence else ""
    figures = f"{points_interval(test.difference)} points, p = {test.p_value:.3g} ({test.method}{floor}){effect}"
    return f"{first} − {second}: {figures}"


def _column(share: float, width: int) -> int:
    return min(width - 1, max(0, round(share * (width - 1))))
