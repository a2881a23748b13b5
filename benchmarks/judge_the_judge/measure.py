"""Can the judge be trusted? Damaged human tabs and null baselines under the strict rubric and the report's.

    python benchmarks/judge_the_judge/measure.py data/tune_books/tunes.parquet

Writes results.json next to this file and prints the tables of the README.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from damage import OPERATORS

from alphatex_eval.harness.baselines import Ngram, read_tunes
from alphatex_eval.harness.generators import Generator, Request, constant, echo
from alphatex_eval.harness.held_out import HeldOut
from alphatex_eval.harness.monkey import Monkey
from alphatex_eval.harness.statistics import clustered_mean, wilson
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.rubrics import Rubric, load_rubric
from alphatex_eval.scorers.results import Check, Result, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RUBRICS = ("strict", "seed-2026-02")
OUT = Path(__file__).with_name("results.json")
SPEED_TEXTS = 60
SPEED_LENGTH = 700


def auc(better: Sequence[float], worse: Sequence[float]) -> float:
    """Area under the ROC curve: the chance that a random better text gets more than a random worse one, ties half."""
    wins = sum((good > bad) + 0.5 * (good == bad) for good in better for bad in worse)
    return round(wins / (len(better) * len(worse)), 4)


def judged(rubric: Rubric, texts: Sequence[str]) -> list[Result]:
    return rubric.score_many([Subject(completion=text) for text in texts], None)


def values(results: Iterable[Result]) -> list[float]:
    return [0.0 if result.value is None else result.value for result in results]


def checks(result: Result) -> Iterable[tuple[str, Check]]:
    """Every check of a result, set checks aside, by `scorer/check`."""
    for name, score in result.scores.items():
        if name != "alphatex/diversity":
            yield from ((f"{name.removeprefix('alphatex/')} {check.name}", check) for check in score.checks)


def failure_rates(results: Sequence[Result]) -> dict[str, float]:
    """The share of texts that fail each check, for checks that fail at all."""
    failed = Counter(name for result in results for name, check in checks(result) if check.passed is False)
    return {name: round(count / len(results), 4) for name, count in sorted(failed.items())}


def false_alarms(results: Sequence[Result]) -> dict[str, dict[str, object]]:
    """For each check that was asked of untouched human tabs: how often it failed, with Wilson's interval."""
    asked = [(name, check) for result in results for name, check in checks(result) if check.passed is not None]
    totals = Counter(name for name, _ in asked)
    failed = Counter(name for name, check in asked if not check.passed)
    severity = {name: check.severity for name, check in asked}
    return {
        name: {"severity": severity[name], "rate": failed[name] / total, "high": wilson(failed[name], total).high}
        for name, total in sorted(totals.items())
        if severity[name] is Severity.ERROR or failed[name]
    }


def operator_row(name: str, tunes: Sequence[str], human: dict[str, list[Result]]) -> dict[str, object]:
    """What one kind of damage does to the values: pairs ranked right, AUC, and the checks that notice."""
    operator = OPERATORS[name]
    made = [(place, operator(text, random.Random(place))) for place, text in enumerate(tunes)]
    pairs = [(place, text) for place, text in made if text is not None]
    row: dict[str, Any] = {"damage": (operator.__doc__ or "").strip(), "pairs": len(pairs)}
    for rubric in RUBRICS:
        damaged = judged(load_rubric(rubric), [text for _, text in pairs])
        originals = values(human[rubric][place] for place, _ in pairs)
        lower = sum(after < before for before, after in zip(originals, values(damaged), strict=True))
        row[rubric] = {"ranked_right": round(lower / len(pairs), 4), "auc": auc(originals, values(damaged))}
        if rubric == "strict":
            row["hits"] = failure_rates(damaged)
    return row


def baseline_rows(suite: Suite, tunes: Path) -> dict[str, dict[str, object]]:
    """Each baseline on the same prompts: the mean with its prompt-clustered interval, and AUC of human against it."""
    generators: list[Generator] = [HeldOut(tunes), Ngram(tunes), Monkey(), constant(), echo()]
    found = {generator.name: answers(generator, suite) for generator in generators}
    rows: dict[str, dict[str, object]] = {name: {} for name in found}
    for rubric in RUBRICS:
        results = {name: load_rubric(rubric).score_many(subjects, None) for name, subjects in found.items()}
        for name, judgements in results.items():
            by_prompt: dict[str, list[float]] = {}
            for subject, value in zip(found[name], values(judgements), strict=True):
                by_prompt.setdefault(subject.prompt, []).append(value)
            mean = clustered_mean(list(by_prompt.values()), limits=(0.0, 1.0))
            human = auc(values(results["human"]), values(judgements))
            rows[name][rubric] = {"mean": mean.value, "low": mean.low, "high": mean.high, "auc_human": human}
    return rows


def answers(generator: Generator, suite: Suite) -> list[Subject]:
    """The completions of a suite, four for each prompt."""
    requests = [
        Request(
            id=f"{prompt.id}/{index}", prompt=prompt, index=index, seed=100 * place + index, sampling=suite.sampling
        )
        for place, prompt in enumerate(suite.prompts)
        for index in range(suite.sampling.samples)
    ]
    completions = {completion.id: completion for completion in generator.generate(requests)}
    return [
        Subject(
            prompt=request.prompt.text,
            completion=completions[request.id].text,
            finish_reason=completions[request.id].finish_reason,
            kind=request.prompt.kind,
        )
        for request in requests
    ]


def costs(tunes: Sequence[str]) -> dict[str, float]:
    """Processor time in milliseconds for a text of 700 characters: reading it, each scorer, and the whole rubric."""
    from alphatex_eval.scorers.passage import Passage, passage
    from alphatex_eval.scorers.registry import get_scorer

    long = [text for text in tunes if len(text) >= SPEED_LENGTH][:SPEED_TEXTS]
    subjects = [Subject(completion=text[:SPEED_LENGTH], finish_reason="length") for text in long]
    rubric = load_rubric("strict")
    judged(rubric, long[:1])
    found = {"check, parse and load": timed(lambda subject: Passage(subject).voices, subjects)}
    for name in rubric.data.scorers:
        scorer = get_scorer(name).build()
        total = sum(timed(scorer.score, [subject]) for subject in subjects if passage(subject).voices)
        found[name] = total / len(subjects)
    found["strict rubric"] = timed(rubric.score, subjects)
    return {name: round(cost, 4) for name, cost in found.items()}


def timed(function: Any, subjects: Sequence[Subject]) -> float:
    """Milliseconds of processor time a subject."""
    start = time.process_time()
    for subject in subjects:
        function(subject)
    return (time.process_time() - start) / len(subjects) * 1000


def show(results: dict[str, Any]) -> None:
    """Print the tables of the README."""
    print("| damage | pairs | strict: ranked right | AUC | seed-2026-02: ranked right | AUC |")
    print("|---|---|---|---|---|---|")
    for name, row in results["damage"].items():
        cells = [f"{row[rubric][key]:.3f}" for rubric in RUBRICS for key in ("ranked_right", "auc")]
        print(f"| {name} | {row['pairs']} | {' | '.join(cells)} |")
    print("\n| generator | strict | 95 % interval | seed-2026-02 | 95 % interval |\n|---|---|---|---|---|")
    for name, row in results["baselines"].items():
        print(f"| {name} | " + " | ".join(_interval(row[rubric]) for rubric in RUBRICS) + " |")
    print("\n| check | level | false alarms | at most (95 %) |\n|---|---|---|---|")
    for name, alarm in results["false_alarms"].items():
        print(f"| {name} | {alarm['severity']} | {alarm['rate']:.3f} | {alarm['high']:.3f} |")
    print("\n| cost | ms |\n|---|---|")
    for name, cost in results["milliseconds"].items():
        print(f"| {name} | {cost:.3f} |")


def _interval(cell: dict[str, float | None]) -> str:
    low, high = cell["low"], cell["high"]
    return f"{cell['mean']:.3f} | " + ("no spread" if low is None else f"{low:.3f} to {high:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tunes", type=Path)
    parser.add_argument("--count", type=int, default=80, help="how many held-out tunes to damage")
    options = parser.parse_args()
    held_out = read_tunes(options.tunes, "test")
    tunes = held_out[: options.count]
    human = {rubric: judged(load_rubric(rubric), tunes) for rubric in RUBRICS}
    results = {
        "damaged": len(tunes),
        "untouched": len(held_out),
        "rubric": load_rubric("strict").identity(),
        "human_mean": {rubric: fmean(values(found)) for rubric, found in human.items()},
        "damage": {name: operator_row(name, tunes, human) for name in OPERATORS},
        "baselines": baseline_rows(load_suite("seed-2026-02"), options.tunes),
        "false_alarms": false_alarms(judged(load_rubric("strict"), held_out)),
        "milliseconds": costs(tunes),
    }
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(results)


if __name__ == "__main__":
    main()
