"""What the HTML report shows, gathered from run folders: plain values, ready for the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from alphatex_eval.harness.early_stopping import Measured
from alphatex_eval.harness.folders import SAMPLES, read_run, read_scores, read_summary
from alphatex_eval.harness.samples import Sample, read_samples
from alphatex_eval.harness.statistics import Estimate, mean
from alphatex_eval.reports.charts import Cell, Curve, Mark, Point
from alphatex_eval.reports.wording import percent_interval
from alphatex_eval.scorers.results import Record, Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alphatex_eval.harness.early_stopping import Decision
    from alphatex_eval.harness.folders import RunInfo, Summary
    from alphatex_eval.harness.ranking import Ranking
    from alphatex_eval.harness.suites import Prompt
    from alphatex_eval.harness.summaries import CheckRate, RubricSummary
    from alphatex_eval.scorers.results import Check

SHOWN_RUNS = 4
SHOWN_PROMPTS = 12
SHOWN_CHECKS = 24
SHOWN_COMPLAINTS = 6
SHOWN_LINES = 4
"""Lines of a prompt before its completion."""


class TrainingPoint(Record):
    """A line of a training log: what was measured at a step. Bits per byte are those of the validation set."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    series: str = ""
    step: int
    loss: Measured = None
    bits_per_byte: Measured = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sample's text; `messages` say what is wrong there."""

    text: str
    prompt: bool
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownSample:
    """One sample: who wrote it, its value, its text in pieces with what is wrong in place, and all complaints."""

    run: str
    value: float | None
    status: str
    finish_reason: str
    pieces: tuple[Piece, ...]
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """A prompt and some runs' first sample of it."""

    id: str
    kind: str
    samples: tuple[ShownSample, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check's failure share in each run, None where it was never asked."""

    scorer: str
    check: str
    rates: tuple[Estimate | None, ...]

    def cells(self) -> tuple[Cell, ...]:
        """The rates as heat-map cells."""
        shown = [Estimate(status=Status.UNSCORED) if rate is None else rate for rate in self.rates]
        return tuple(Cell(rate.value, f"{self.check}: {percent_interval(rate)}") for rate in shown)


@dataclass(frozen=True, slots=True)
class RubricView:
    """A ranking with what explains it. `summaries` are in ranking order."""

    ranking: Ranking
    summaries: tuple[RubricSummary, ...]
    kinds: tuple[str, ...]
    checks: tuple[CheckRow, ...] = ()
    heat: tuple[tuple[str, tuple[Cell, ...]], ...] = ()
    heat_columns: tuple[str, ...] = ()
    scores: tuple[Curve, ...] = ()

    def check_rows(self) -> list[tuple[str, tuple[Cell, ...]]]:
        """The checks as rows of a heat map."""
        return [(row.check, row.cells()) for row in self.checks]


@dataclass(frozen=True, slots=True)
class ReportView:
    """All of the report. `steps` is the range of training steps that the curves share."""

    title: str
    suite: str
    n_prompts: int
    n_samples: int
    rubrics: tuple[RubricView, ...]
    steps: tuple[int, int] = (0, 0)
    losses: tuple[Curve, ...] = ()
    bits: tuple[Curve, ...] = ()
    marks: tuple[Mark, ...] = ()
    decisions: tuple[Decision, ...] = ()
    prompts: tuple[ShownPrompt, ...] = ()
    identity: tuple[tuple[str, str], ...] = ()
    generators: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, str], ...] = field(default=())


def report_view(
    rankings: Sequence[Ranking], training: Sequence[TrainingPoint], decisions: Sequence[Decision], title: str
) -> ReportView:
    """Gather a report on rankings of the same runs under one or more rubrics, the first being the main one."""
    main = rankings[0]
    infos = {run.name: read_run(Path(run.folder)) for run in main.runs}
    suite = infos[main.runs[0].name].suite
    summaries = {run.name: read_summary(Path(run.folder)) for run in main.runs}
    rubrics = tuple(rubric_view(ranking, summaries) for ranking in rankings)
    steps = [point.step for point in training]
    steps += [point.step for rubric in rubrics for curve in rubric.scores for point in curve.points]
    return ReportView(
        title=title,
        suite=suite.name,
        n_prompts=len(suite.prompts),
        n_samples=suite.sampling.samples,
        rubrics=rubrics,
        steps=(min(steps, default=0), max(steps, default=0)),
        losses=_training_curves(training, "loss"),
        bits=_training_curves(training, "bits_per_byte"),
        marks=_marks(decisions),
        decisions=tuple(decisions),
        prompts=tuple(_shown_prompts(main, suite.prompts)),
        identity=tuple(_flat(main.identity)),
        generators=tuple((name, _generator(info)) for name, info in infos.items()),
        missing=tuple(_missing(rubrics[0])),
    )


def rubric_view(ranking: Ranking, found: Mapping[str, Summary]) -> RubricView:
    """A ranking with failure rates, heat map and score curves, from the runs' summaries by name."""
    names = [run.name for run in ranking.runs]
    summaries = tuple(found[name].rubrics[ranking.rubric] for name in names)
    prompts = [prompt.id for prompt in sorted(summaries[0].prompts, key=lambda prompt: prompt.kind)]
    return RubricView(
        ranking=ranking,
        summaries=summaries,
        kinds=tuple(summaries[0].kinds),
        checks=_check_rows(summaries),
        heat=tuple((name, _cells(name, summary, prompts)) for name, summary in zip(names, summaries, strict=True)),
        heat_columns=tuple(sorted(prompt.kind for prompt in summaries[0].prompts)),
        scores=_score_curves(ranking),
    )


def marked(text: str, prompt_length: int, faults: Iterable[tuple[int, int, str]]) -> tuple[Piece, ...]:
    """Cut a text where the prompt ends and where faults (start, end, message) begin and end.

    Offsets are code points; an empty fault marks the character at it.
    """
    spans = [(max(0, start), min(len(text), max(end, start + 1)), message) for start, end, message in faults]
    cuts = sorted({0, prompt_length, len(text), *(cut for start, end, _ in spans for cut in (start, end))})
    return tuple(
        Piece(
            text=text[start:end],
            prompt=end <= prompt_length,
            messages=tuple(dict.fromkeys(m for low, high, m in spans if low <= start and end <= high)),
        )
        for start, end in pairwise(cuts)
    )


def without_head(
    text: str, prompt_length: int, faults: Iterable[tuple[int, int, str]]
) -> tuple[str, int, list[tuple[int, int, str]]]:
    """The same without the beginning of a long prompt, an ellipsis in its place, and without the faults there."""
    lines = text[:prompt_length].splitlines(keepends=True)
    cut = sum(map(len, lines[:-SHOWN_LINES]))
    if not cut:
        return text, prompt_length, list(faults)
    mark = "…\n"
    gone = cut - len(mark)
    kept = [(max(start, cut) - gone, end - gone, message) for start, end, message in faults if end > cut]
    return mark + text[cut:], prompt_length - gone, kept


def _check_rows(summaries: Sequence[RubricSummary]) -> tuple[CheckRow, ...]:
    tables: list[dict[tuple[str, str], CheckRate]] = [
        {(rate.scorer, rate.check): rate for rate in summary.checks} for summary in summaries
    ]
    highest: dict[tuple[str, str], float] = {}
    for table in tables:
        for key, rate in table.items():
            highest[key] = max(highest.get(key, 0.0), rate.rate.value or 0.0)
    worst = sorted((key for key in highest if highest[key] > 0), key=lambda key: (-highest[key], key))
    return tuple(
        CheckRow(*key, rates=tuple(table[key].rate if key in table else None for table in tables))
        for key in worst[:SHOWN_CHECKS]
    )


def _cells(name: str, summary: RubricSummary, prompts: Sequence[str]) -> tuple[Cell, ...]:
    by_id = {prompt.id: prompt.values for prompt in summary.prompts}
    return tuple(_cell(name, prompt, by_id.get(prompt, ())) for prompt in prompts)


def _cell(name: str, prompt: str, values: Sequence[float]) -> Cell:
    if not values:
        return Cell(None, f"{name} · {prompt}: no score")
    share = mean(values)
    return Cell(share, f"{name} · {prompt}: {100 * share:.1f} %")


def _score_curves(ranking: Ranking) -> tuple[Curve, ...]:
    """Scores by training step, for each series of two checkpoints or more: one alone is no curve."""
    by_series: dict[str, list[Point]] = {}
    for run in sorted(ranking.runs, key=lambda run: run.step or 0):
        if run.step is not None and run.score.value is not None:
            point = Point(run.step, run.score.value, run.score.low, run.score.high)
            by_series.setdefault(run.series, []).append(point)
    return _curves({name: points for name, points in by_series.items() if len(points) > 1})


def _training_curves(training: Sequence[TrainingPoint], measure: str) -> tuple[Curve, ...]:
    by_series: dict[str, list[Point]] = {}
    for point in sorted(training, key=lambda point: point.step):
        value = getattr(point, measure)
        if value is not None:
            by_series.setdefault(point.series, []).append(Point(point.step, value))
    return _curves(by_series)


def _curves(by_series: Mapping[str, list[Point]]) -> tuple[Curve, ...]:
    return tuple(Curve(name, tuple(by_series[name]), tone=1 + i % 4) for i, name in enumerate(sorted(by_series)))


def _marks(decisions: Sequence[Decision]) -> tuple[Mark, ...]:
    if not decisions:
        return ()
    last = decisions[-1]
    best = Mark(last.best_step, f"best: step {last.best_step:,}", "best")
    return (best, Mark(last.step, f"stop: step {last.step:,}", "stop")) if last.stop else (best,)


def _shown_prompts(ranking: Ranking, prompts: Sequence[Prompt]) -> Iterable[ShownPrompt]:
    runs = _spread(ranking.runs, SHOWN_RUNS)
    samples = {run.name: _first_samples(Path(run.folder), ranking.rubric) for run in runs}
    for prompt in _spread(prompts, SHOWN_PROMPTS):
        shown = [_shown(run.name, *samples[run.name][prompt.id]) for run in runs if prompt.id in samples[run.name]]
        yield ShownPrompt(prompt.id, prompt.kind, tuple(shown))


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    """`count` items evenly over a sequence, its ends included; all where there are fewer."""
    if len(items) <= count:
        return list(items)
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]


def _first_samples(folder: Path, rubric: str) -> dict[str, tuple[Sample, Result]]:
    scores = read_scores(folder, rubric)
    samples = [sample for sample in read_samples(folder / SAMPLES).values() if sample.index == 0]
    return {sample.prompt_id: (sample, scores[sample.id].result) for sample in samples if sample.id in scores}


def _shown(run: str, sample: Sample, result: Result) -> ShownSample:
    text = sample.prompt + sample.completion
    failed = [check for score in result.scores.values() for check in score.checks if check.passed is False]
    faults = [
        (*check.span, check.message or check.name)
        for check in failed
        if check.span is not None and not (check.span[0] <= len(sample.prompt) and check.span[1] >= len(text))
    ]
    return ShownSample(
        run=run,
        value=result.value,
        status=result.status.value,
        finish_reason=sample.finish_reason.value,
        pieces=marked(*without_head(text, len(sample.prompt), faults)),
        complaints=_complaints(sample, failed),
    )


def _complaints(sample: Sample, failed: Sequence[Check]) -> tuple[str, ...]:
    """Each complaint once, and how many there are beyond those shown."""
    found = list(dict.fromkeys([sample.error, *(check.message or check.name for check in failed)]))
    found = [complaint for complaint in found if complaint]
    rest = len(found) - SHOWN_COMPLAINTS
    return (*found[:SHOWN_COMPLAINTS], *([f"and {rest} more"] if rest > 0 else []))


def _flat(identity: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    for key, value in identity.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key} · ")
        else:
            yield f"{path}{key}", str(value)


def _generator(info: RunInfo) -> str:
    return ", ".join(f"{key} {value}" for key, value in _flat(info.generator))


def _missing(rubric: RubricView) -> Iterable[tuple[str, str]]:
    for run, summary in zip(rubric.ranking.runs, rubric.summaries, strict=True):
        for missing in summary.unscored:
            yield run.name, f"{missing.prompt_id}, sample {missing.index + 1}: {missing.reason}"
