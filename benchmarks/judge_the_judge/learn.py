"""Learn what the scorers know of human music from a tunes file, and write it into the package.

    python benchmarks/judge_the_judge/learn.py data/tune_books/tunes.parquet

The melody table comes from the training split, the features from the validation split; the test split stays unseen.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval import scorers
from alphatex_eval.harness.baselines import read_tunes
from alphatex_eval.scorers import distribution, melody_model
from alphatex_eval.scorers.melody import line_steps
from alphatex_eval.scorers.melody_model import MelodyModel, Step
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.results import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(scorers.__file__).parent
DIGITS = 4


def melodies(text: str) -> list[list[Step]]:
    """The steps of each voice of a tune, with its end."""
    found = passage(Subject(completion=text))
    return [line_steps(line, declared=found.declares_key, ended=True)[1] for line in found.lines]


def in_parallel(function: Any, texts: Iterable[str]) -> Iterator[Any]:
    """The function of each text, on all cores."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(function, texts, chunksize=64)


def features(text: str) -> distribution.Features:
    """The features of a whole tune."""
    return distribution.features(Subject(completion=text))


def write(name: str, about: str, key: str, content: object) -> None:
    """Write one table next to the scorers."""
    text = json.dumps({"about": about, key: content}, separators=(",", ":"), sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tunes", type=Path)
    tunes = parser.parse_args().tunes
    training, held_out = read_tunes(tunes, "train"), read_tunes(tunes, "validation")
    model = MelodyModel.learn(line for lines in in_parallel(melodies, training) for line in lines)
    source = "the corpus of `alphatex data build`: tune books in the public domain"
    write(melody_model.TABLE, f"steps of {len(training)} training tunes of {source}", "counts", model.counts)
    rows = [row for row in in_parallel(features, held_out) if row]
    columns = {name: [round(row[name], DIGITS) for row in rows] for name in rows[0]}
    write(distribution.TABLE, f"features of {len(rows)} validation tunes of {source}", "features", columns)


if __name__ == "__main__":
    main()
