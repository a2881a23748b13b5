"""Load real pieces with `alphatex_eval.music.load` and with alphaTab, and compare every bar, beat and note.

    python -m benchmarks.score_equality.compare [--guitar-pro FOLDER]

See README.md; figures go to results.json.
"""

from __future__ import annotations

import json
import random
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from alphatex_eval.music import Score, load
from tests.music.comparison import differences
from tests.music.pieces import exported, guitar_tabs, musicxml_paths
from tests.reference.oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
BATCH = 40
GUITAR_TABS = 400
GUITAR_PRO = frozenset({".gp3", ".gp4", ".gp5", ".gpx", ".gp"})

Piece = tuple[str, str]
log = Console(stderr=True)


@click.command()
@click.option("--guitar-pro", type=click.Path(path_type=Path, exists=True), help="A folder of Guitar Pro files.")
def main(guitar_pro: Path | None) -> None:
    """Compare all pieces and save the figures; exit status 1 where a score differs."""
    with Oracle(seconds_per_answer=60) as oracle:
        sources = {
            "music21 MusicXML through alphaTab's exporter": _through_exporter(oracle, musicxml_paths()),
            "music21 tune books arranged for guitar": iter(guitar_tabs(random.Random(1), GUITAR_TABS)),
        }
        if guitar_pro is not None:
            paths = sorted(path for path in guitar_pro.rglob("*") if path.suffix in GUITAR_PRO)
            sources["Guitar Pro files through alphaTab's exporter"] = _through_exporter(oracle, paths)
        results = {name: _compare(oracle, pieces) for name, pieces in sources.items()}
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(results, indent=1))
    raise SystemExit(any(row["different"] for row in results.values()))


def _through_exporter(oracle: Oracle, paths: list[Path]) -> Iterator[Piece]:
    for start in range(0, len(paths), BATCH):
        yield from exported(oracle, paths[start : start + BATCH])


def _compare(oracle: Oracle, pieces: Iterator[Piece]) -> dict[str, int]:
    totals = dict.fromkeys(("pieces", "rejected", "different", "bars", "beats", "notes"), 0)
    while batch := list(islice(pieces, BATCH)):
        answers = oracle.check_all([text for _, text in batch], want=("score",))
        for (name, text), answer in zip(batch, answers, strict=True):
            if answer.score is None:
                totals["rejected"] += 1
                continue
            score = load(text)
            found = differences(score, answer.score)
            totals["different"] += bool(found)
            _count(totals, score)
            for line in found[:5]:
                log.print(f"{name}: {line}", highlight=False, markup=False)
    return totals


def _count(totals: dict[str, int], score: Score) -> None:
    totals["pieces"] += 1
    totals["bars"] += sum(len(staff.bars) for _, staff in score.staves())
    totals["beats"] += sum(1 for _ in score.beats())
    totals["notes"] += sum(1 for _ in score.notes())


if __name__ == "__main__":
    main()
