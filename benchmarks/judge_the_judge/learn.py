"""Learn what the scorers know of human music from tunes files, and write it into the package.

    python benchmarks/judge_the_judge/learn.py data/tune_books/tunes.parquet data/full/tunes.parquet

Melodies and sonorities come from the training splits (of each file at most `--most` tunes, by a seeded choice), the
features from the first file's validation split; the test splits stay unseen.
"""

from __future__ import annotations

import argparse
import json
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alphatex_eval import scorers
from alphatex_eval.harness.baselines import read_tunes
from alphatex_eval.scorers import distribution, drums, durations, melody_model, motives, sonority
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.results import Subject
from alphatex_eval.scorers.walks import line_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alphatex_eval.scorers.melody_model import Step
    from alphatex_eval.scorers.sonority import Sonority

FOLDER = Path(scorers.__file__).parent
DIGITS = 4


class Music(NamedTuple):
    """What is learnt from a tune.

    The steps of each melodic voice, with its end, their bars as rhythms, sonorities, and hits of drums.
    """

    walks: list[list[Step]]
    bars: list[durations.Rhythm]
    sonorities: list[Sonority]
    drums: list[list[drums.Hit]]


def music(text: str) -> Music:
    """What is learnt from a tune."""
    found = passage(Subject(completion=text))
    lines = [line for line in found.lines if line.staff.kind != "percussion"]
    beaten = [drums.hits_of(line) for line in found.lines if line.staff.kind == "percussion"]
    walks = [line_steps(line, declared=found.declares_key, ended=True) for line in lines]
    bars = [bar for line in lines for bar in durations.rhythms(line)]
    return Music(walks, bars, sonority.sonorities(found), beaten)


def in_parallel(function: Any, texts: Iterable[str]) -> Iterator[Any]:
    """The function of each text, on all cores."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(function, texts, chunksize=64)


def features(text: str) -> distribution.Features:
    """The features of a whole tune."""
    return distribution.features(Subject(completion=text))


def chosen(path: Path, most: int) -> list[str]:
    """At most so many training tunes of a file."""
    tunes = read_tunes(path, "train")
    return tunes if len(tunes) <= most else random.Random(0).sample(tunes, most)


def write(name: str, about: str, key: str, content: object) -> None:
    """Write one table next to the scorers."""
    text = json.dumps({"about": about, key: content}, separators=(",", ":"), sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tunes", type=Path, nargs="+")
    parser.add_argument("--most", type=int, default=12_000)
    parser.add_argument("--only", nargs="*", default=[], help="tables to write; all where none is named")
    options = parser.parse_args()
    training = [text for path in options.tunes for text in chosen(path, options.most)]
    pieces = list(in_parallel(music, training))
    source = (
        f"{len(training)} training tunes of `alphatex data build`: tune books, songs, quartets, hymns, guitar music"
    )
    walks = [walk for piece in pieces for walk in piece.walks]
    tables = {
        melody_model.TABLE: ("steps", melody_model.learn(walks)),
        motives.TABLE: ("intervals", motives.learn(walks)),
        durations.TABLE: ("durations", durations.learn(bar for piece in pieces for bar in piece.bars)),
        drums.TABLE: ("drums", drums.learn(line for piece in pieces for line in piece.drums)),
        sonority.TABLE: ("sonorities", sonority.learn(item for piece in pieces for item in piece.sonorities)),
    }
    for name, (what, model) in tables.items():
        if not options.only or name in options.only:
            write(name, f"{what} of {source}", "counts", model.counts)
    if options.only:
        return
    held_out = read_tunes(options.tunes[0], "validation")
    rows = [row for row in in_parallel(features, held_out) if row]
    columns = {name: [round(row[name], DIGITS) for row in rows] for name in rows[0]}
    write(distribution.TABLE, f"features of {len(rows)} validation tunes of the tune books", "features", columns)


if __name__ == "__main__":
    main()
