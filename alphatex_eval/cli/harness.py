"""What the commands about runs share: options, look-ups, and errors as one line with exit status 2."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from alphatex_eval.cli.texts import InputError
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import Summary, has_samples, read_summary, run_folders
from alphatex_eval.rubrics import RubricError, load_rubric
from alphatex_eval.rubrics.data import is_rubric_file, read_rubric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alphatex_eval.rubrics import Rubric

Given = ParamSpec("Given")
Given_back = TypeVar("Given_back")

runs_argument = click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
rubric_option = click.option(
    "--rubric", "rubrics", multiple=True, help="A rubric's name or file; repeatable.  [default: all that every run has]"
)
confidence_option = click.option(
    "--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Of intervals and tests."
)
different_option = click.option(
    "--allow-different", is_flag=True, help="Rank runs that were asked or judged differently."
)
processes_option = click.option(
    "--processes", type=click.IntRange(min=1), default=None, help="Worker processes for scoring.  [default: all cores]"
)


def one_line_errors(command: Callable[Given, Given_back]) -> Callable[Given, Given_back]:
    """Turn the library's errors about input into one line and exit status 2."""

    @wraps(command)
    def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Given_back:
        try:
            return command(*args, **kwargs)
        except (HarnessError, RubricError) as error:
            raise InputError(str(error)) from None

    return wrapped


def load_rubrics(names: Sequence[str]) -> list[Rubric]:
    """The rubrics of a command line, `strict` without any."""
    return [load_rubric(name) for name in names or ("strict",)]


def folders_and_rubrics(runs: Sequence[Path], rubrics: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The run folders of a command line and the names of the rubrics asked for, else of those that all have.

    Folders without a sample are left out with a warning.
    """
    folders = _with_samples(run_folders(runs))
    return folders, stored_rubrics(folders, rubrics)


def stored_rubrics(folders: Sequence[Path], rubrics: Sequence[str]) -> list[str]:
    """The names under which runs keep the rubrics of a command line, else of those under which all were scored.

    Raises HarnessError without a shared one, and for one that is asked for with another weighting than a run has.
    """
    summaries = [read_summary(folder) for folder in folders]
    if rubrics:
        return [_stored_name(rubric, summaries) for rubric in rubrics]
    shared = [name for name in summaries[0].rubrics if all(name in summary.rubrics for summary in summaries)]
    if not shared:
        raise HarnessError("These runs share no rubric; score them under one (alphatex rescore).")
    return shared


def _with_samples(folders: Sequence[Path]) -> list[Path]:
    found = [folder for folder in folders if has_samples(folder)]
    if not found:
        raise HarnessError("These runs hold no sample; run the same again.")
    if empty := [str(folder) for folder in folders if folder not in found]:
        click.echo(f"warning: left out, as they hold no sample: {', '.join(empty)}", err=True)
    return found


def _stored_name(rubric: str, summaries: Sequence[Summary]) -> str:
    """The name of a rubric that is asked for by its name, its file, or with a weighting."""
    if any(rubric in summary.rubrics for summary in summaries):
        return rubric
    name, _, weighting = rubric.partition("@")
    if is_rubric_file(rubric):
        data = read_rubric(rubric)
        name, weighting = data.name, data.weighting
    for summary in summaries:
        if weighting and name in summary.rubrics:
            _refuse_other_weighting(summary, name, weighting)
    return name


def _refuse_other_weighting(summary: Summary, name: str, weighting: str) -> None:
    stored = summary.rubrics[name].identity["rubric"].get("weighting")
    if stored != weighting:
        raise HarnessError(
            f"{summary.name} was scored under {name}@{stored}, not {name}@{weighting}; alphatex rescore changes that."
        )


def tell_missing(summaries: Iterable[Summary], rubrics: Sequence[Rubric]) -> bool:
    """One line for each run and rubric with samples that have no score, with the first reason; whether any has one."""
    any_score = False
    for summary in summaries:
        for name in (rubric.name for rubric in rubrics):
            found = summary.rubrics[name]
            any_score |= found.score.value is not None
            if found.unscored:
                count, reason = f"{len(found.unscored)} of {summary.samples}", found.unscored[0].reason
                click.echo(f"{summary.name}: {count} samples have no score under {name}; the first: {reason}", err=True)
    return any_score
