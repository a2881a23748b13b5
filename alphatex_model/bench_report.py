"""What `alphatex bench` prints: rankings, early stopping's decisions, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from alphatex_eval.reports.terminal import ranking_table, stopping_table
from alphatex_eval.reports.wording import percent_interval
from alphatex_model.bench_run import REPORT

if TYPE_CHECKING:
    from alphatex_model.bench_run import BenchSummary, Plan


def print_summary(summary: BenchSummary, plan: Plan) -> None:
    """Print to standard output, the most important last."""
    console = Console(highlight=False)
    for ranking in reversed(summary.rankings):
        console.rule(f"[bold]{ranking.rubric}[/] on {plan.suite.name}", align="left")
        console.print(ranking_table(ranking))
        console.print()
    console.rule(f"[bold]early stopping[/] by {summary.rankings[0].rubric}", align="left")
    console.print(stopping_table(summary.decisions))
    console.print()
    console.print(stopping_sentence(summary, plan), soft_wrap=True)
    console.print(f"Report: {plan.out / REPORT}", soft_wrap=True)


def stopping_sentence(summary: BenchSummary, plan: Plan) -> str:
    """Where training would have ended, and which checkpoint is the best."""
    last, total = summary.decisions[-1], plan.recipe.training.steps
    end = (
        f"would have stopped at step {last.step:,} of {total:,}" if last.stop else f"would have run all {total:,} steps"
    )
    best = summary.best
    return (
        f"With patience {plan.stopping.patience}, training {end}. The best checkpoint is step {best.step:,}: "
        f"{percent_interval(best.fresh_score)} on fresh samples ({best.checkpoint})."
    )
