"""Can the judge be trusted? Damaged human tabs and null baselines under the strict rubric and the report's.

    python benchmarks/judge_the_judge/measure.py data/tune_books/tunes.parquet data/full/tunes.parquet

Writes results.json next to this file and prints the tables of the README.
"""

from __future__ import annotations

import argparse
import json
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import damage
import held_out_damage
import later_damage
import more_damage
import unseen_damage
from games import GAMES, Memorised, Player

from alphatex_eval.harness.baselines import Ngram, read_tunes
from alphatex_eval.harness.generators import Generator, Request, constant, echo
from alphatex_eval.harness.held_out import HeldOut
from alphatex_eval.harness.monkey import Monkey
from alphatex_eval.harness.statistics import clustered_mean, wilson
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.rubrics import Rubric, load_rubric
from alphatex_eval.rubrics.workers import worker_pool
from alphatex_eval.scorers.results import Check, Result, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from damage import Damage

RUBRICS = ("strict", "seed-2026-02")
OUT = Path(__file__).with_name("results.json")
GROUPS = {
    "known damage": damage.OPERATORS,
    "damage that closed holes": more_damage.OPERATORS,
    "damage seen since": unseen_damage.OPERATORS,
    "damage seen for version 4": later_damage.OPERATORS,
    "unseen damage": held_out_damage.OPERATORS,
}


def auc(better: Sequence[float], worse: Sequence[float]) -> float:
    """Area under the ROC curve: the chance that a random better text gets more than a random worse one, ties half."""
    ordered = sorted(worse)
    wins = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in better) / 2
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


def damaged(operator: Damage, seed: int, text: str) -> str | None:
    """The text with some damage; None where there is nothing to damage."""
    return operator(text, random.Random(seed))


def operator_row(name: str, operator: Damage, tunes: Sequence[str], human: dict[str, list[Result]]) -> dict[str, Any]:
    """What one kind of damage does to the values: pairs ranked right, AUC, and the checks that notice."""
    with worker_pool(None) as pool:
        made = list(pool.map(partial(damaged, operator), range(len(tunes)), tunes, chunksize=64))
    pairs = [(place, text) for place, text in enumerate(made) if text is not None]
    row: dict[str, Any] = {"damage": (operator.__doc__ or name).strip(), "pairs": len(pairs)}
    for rubric in RUBRICS:
        results = judged(load_rubric(rubric), [text for _, text in pairs])
        before, after = values(human[rubric][place] for place, _ in pairs), values(results)
        lower = sum(worse < better for better, worse in zip(before, after, strict=True))
        if pairs:
            row[rubric] = {"ranked_right": round(lower / len(pairs), 4), "auc": auc(before, after)}
        if rubric == "strict":
            row["hits"] = failure_rates(results)
    return row


def damage_rows(tunes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """All damage to some tunes, by its group and name."""
    human = {rubric: judged(load_rubric(rubric), tunes) for rubric in RUBRICS}
    return {
        group: {name: operator_row(name, operator, tunes, human) for name, operator in operators.items()}
        for group, operators in GROUPS.items()
    }


def generator_rows(generators: Iterable[Generator], suite: Suite, samples: int) -> dict[str, dict[str, Any]]:
    """Each generator on the same prompts: the mean with its prompt-clustered interval, and AUC of human against it.

    The first generator is the human one.
    """
    found = {generator.name: answers(generator, suite, samples) for generator in generators}
    rows: dict[str, dict[str, Any]] = {name: {} for name in found}
    for rubric in RUBRICS:
        judge = load_rubric(rubric)
        results = {name: judge.score_many(asked(judge, subjects), None) for name, subjects in found.items()}
        people = values(next(iter(results.values())))
        for name, judgements in results.items():
            rows[name][rubric] = {**interval(found[name], judgements), "auc_human": auc(people, values(judgements))}
    return rows


def asked(rubric: Rubric, subjects: Sequence[Subject]) -> Sequence[Subject]:
    """The subjects as the rubric knows them: without their kind where it has no scorer for one of them."""
    known = {kind for use in rubric.data.scorers.values() for kind in use.kinds}
    if {subject.kind for subject in subjects} <= known:
        return subjects
    return [subject.model_copy(update={"kind": None}) for subject in subjects]


def interval(subjects: Sequence[Subject], judgements: Sequence[Result]) -> dict[str, float | None]:
    """The mean value with its prompt-clustered 95 % interval."""
    by_prompt: dict[str, list[float]] = {}
    for subject, value in zip(subjects, values(judgements), strict=True):
        by_prompt.setdefault(subject.prompt, []).append(value)
    mean = clustered_mean(list(by_prompt.values()), limits=(0.0, 1.0))
    return {"mean": mean.value, "low": mean.low, "high": mean.high}


def answers(generator: Generator, suite: Suite, samples: int) -> list[Subject]:
    """The completions of a suite."""
    requests = [
        Request(
            id=f"{prompt.id}/{index}", prompt=prompt, index=index, seed=100 * place + index, sampling=suite.sampling
        )
        for place, prompt in enumerate(suite.prompts)
        for index in range(samples)
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


def held_out(path: Path, most: int | None) -> list[str]:
    """The test tunes of a file, all or some by a seeded choice."""
    tunes = read_tunes(path, "test")
    return tunes if most is None else random.Random(0).sample(tunes, min(most, len(tunes)))


def show(results: dict[str, Any]) -> None:
    """Print the tables of the README."""
    for group in GROUPS:
        head = " | ".join(f"{of}: ranked right | AUC | seed-2026-02 | AUC" for of in results["damage"])
        print(f"\n{group}\n\n| damage | {head} |\n" + "|---" * (1 + 4 * len(results["damage"])) + "|")
        for name in GROUPS[group]:
            rows = [of[group][name] for of in results["damage"].values()]
            cells = [
                _figure(row.get(rubric), key) for row in rows for rubric in RUBRICS for key in ("ranked_right", "auc")
            ]
            print(f"| {name} | {' | '.join(cells)} |")
    for suite, rows in results["generators"].items():
        print(f"\n{suite}\n\n| generator | strict | 95 % interval | AUC | seed-2026-02 | 95 % interval | AUC |")
        print("|---" * 7 + "|")
        for name, row in rows.items():
            print(f"| {name} | " + " | ".join(_cells(row[rubric]) for rubric in RUBRICS) + " |")
    print("\n| check | level | " + " | ".join(f"{of} | at most" for of in results["false_alarms"]) + " |")
    print("|---" * (2 + 2 * len(results["false_alarms"])) + "|")
    for name, severity in sorted(
        {(n, a["severity"]) for of in results["false_alarms"].values() for n, a in of.items()}
    ):
        alarms = [of.get(name) for of in results["false_alarms"].values()]
        cells = [f"{alarm['rate']:.3f} | {alarm['high']:.3f}" if alarm else "– | –" for alarm in alarms]
        print(f"| {name} | {severity} | {' | '.join(cells)} |")


def _figure(cell: dict[str, float] | None, key: str) -> str:
    return f"{cell[key]:.3f}" if cell else "–"


def _cells(cell: dict[str, float | None]) -> str:
    low, high = cell["low"], cell["high"]
    spread = "no spread" if low is None else f"{low:.3f} to {high:.3f}"
    return f"{cell['mean']:.3f} | {spread} | {cell['auc_human']:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tune_books", type=Path)
    parser.add_argument("full", type=Path)
    parser.add_argument("--most", type=int, help="how many test tunes of each file to damage at most (default: all)")
    options = parser.parse_args()
    files = {"tune books": options.tune_books, "all kinds": options.full}
    human = HeldOut(options.tune_books)
    baselines: list[Generator] = [human, Ngram(options.tune_books), Monkey(), constant(), echo()]
    games = {**GAMES, "memorised": Memorised(read_tunes(options.tune_books, "test")[0])}
    players: list[Generator] = [Player(name, game) for name, game in games.items()]
    strict = load_suite("strict")
    results = {
        "rubric": load_rubric("strict").identity(),
        "damage": {name: damage_rows(held_out(path, options.most)) for name, path in files.items()},
        "generators": {
            "strict suite": generator_rows(baselines, strict, 2),
            "seed-2026-02 suite": generator_rows(baselines, load_suite("seed-2026-02"), 4),
            "games on the strict suite": generator_rows([human, *players], strict, 1),
        },
        "false_alarms": {
            name: false_alarms(judged(load_rubric("strict"), held_out(path, options.most)))
            for name, path in files.items()
        },
    }
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(results)


if __name__ == "__main__":
    main()
