"""Measure how many texts of 700 characters the strict rubric judges in a second, and where the time goes.

    python benchmarks/scoring_speed/measure.py data/tune_books/tunes.parquet data/full/tunes.parquet

Writes results.json next to this file and prints the tables of the README.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.baselines import CharacterModel, read_tunes
from alphatex_eval.harness.monkey import typed
from alphatex_eval.language import check, parse
from alphatex_eval.music.loader import load_with_origins
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.passage import Passage, passage
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LENGTH = 700
COUNT = 120
ROUNDS = 30
OUT = Path(__file__).with_name("results.json")


def cut(texts: Sequence[str]) -> list[Subject]:
    """The beginnings of texts, as a model writes them that runs out of tokens."""
    long = [text[:LENGTH] for text in texts if len(text) >= LENGTH]
    return [Subject(completion=text, finish_reason=FinishReason.LENGTH) for text in long[:COUNT]]


def sets(paths: Sequence[Path]) -> dict[str, list[Subject]]:
    """Texts of several kinds, each text once."""
    found = {f"tunes of {path.parent.name}": cut(read_tunes(path, "test")) for path in paths}
    model = CharacterModel(read_tunes(paths[0], "train")[:800])
    ngrams = [model.sample("\\title ", LENGTH, random.Random(number))[0] for number in range(COUNT)]
    found["n-gram texts"] = cut(ngrams)
    found["typed at random under the grammar"] = cut([typed("", LENGTH + 99, random.Random(n)) for n in range(COUNT)])
    return found


def best(function: Callable[[], object], count: int, rounds: int = ROUNDS) -> float:
    """Milliseconds of processor time a text, the best of some rounds: other programs only add to it."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        found.append((time.process_time() - start) / count * 1000)
    return round(min(found), 4)


def costs(subjects: Sequence[Subject]) -> dict[str, Any]:
    """What judging a set costs: in all, reading, and each scorer once the text is read."""
    rubric = load_rubric("strict")
    total = len(subjects)
    gc.collect()
    first = best(lambda: rubric.score_many(subjects), total, rounds=1)
    readable = [found for subject in subjects if (found := Passage(subject)).document is not None]
    texts = [found.text[: found.document.bars[-1].span[1]] for found in readable if found.document]
    documents = [parse(text) for text in texts]
    gc.collect()
    whole = best(lambda: rubric.score_many(subjects), total)
    return {
        "texts": total,
        "per_second": round(1000 / whole),
        "per_second_when_new": round(1000 / first),
        "milliseconds": {
            "check": best(lambda: [check(subject.completion) for subject in subjects], total),
            "parse": best(lambda: [parse(text) for text in texts], total),
            "load": best(lambda: [load_with_origins(document) for document in documents], total),
            **scorer_costs(subjects),
            "all, as a batch": whole,
        },
    }


def scorer_costs(subjects: Sequence[Subject]) -> dict[str, float]:
    """Milliseconds of each scorer of the rubric once the text is read; of scorers of sets, what they compare."""
    rubric = load_rubric("strict")
    rubric.score_many(subjects)  # what was measured before may have driven their bars out of memory
    bound = {name: get_scorer(name).build() for name in rubric.data.scorers}
    found = dict.fromkeys(bound, 0.0)
    for subject in subjects:
        _ = passage(subject).voices
        for name, scorer in bound.items():
            start = time.process_time()
            (scorer.digest if scorer.scorer.of_set else scorer.score)(subject)
            found[name] += time.process_time() - start
    return {name: round(cost / len(subjects) * 1000, 4) for name, cost in found.items()}


def parallel(subjects: Sequence[Subject]) -> dict[str, float]:
    """Texts a second by the clock, with one process and with one for each core."""
    rubric = load_rubric("strict")
    many = [subject.model_copy(update={"completion": f"{subject.completion} "}) for subject in subjects] * 4
    found = {}
    for name, processes in (("one", 1), ("all", None)):
        start = time.perf_counter()
        rubric.score_many(many, processes)
        found[name] = round(len(many) / (time.perf_counter() - start))
    return {"cores": float(os.cpu_count() or 1), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tunes", type=Path, nargs="+")
    paths = parser.parse_args().tunes
    texts = sets(paths)
    load_rubric("strict").score_many([subject for path in paths for subject in cut(read_tunes(path, "validation"))])
    results: dict[str, Any] = {name: costs(subjects) for name, subjects in texts.items()}
    results["processes, texts a second by the clock"] = parallel(next(iter(texts.values())))
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(results)


def show(results: dict[str, Any]) -> None:
    """Print the tables of the README."""
    kinds = [name for name in results if "milliseconds" in results[name]]
    print("| | " + " | ".join(kinds) + " |\n" + "|---" * (len(kinds) + 1) + "|")
    print("| texts a second, one core | " + " | ".join(str(results[kind]["per_second"]) for kind in kinds) + " |")
    print("| when met for the first time | " + " | ".join(str(results[k]["per_second_when_new"]) for k in kinds) + " |")
    for part in results[kinds[0]]["milliseconds"]:
        print(f"| {part}, ms | " + " | ".join(f"{results[kind]['milliseconds'][part]:.3f}" for kind in kinds) + " |")
    print(results["processes, texts a second by the clock"])


if __name__ == "__main__":
    main()
