"""Is a built corpus what it claims to be? Every tune is read by alphaTab, and read back and counted by us.

alphatex data build
python benchmarks/corpus/measure.py data/tune_books --out benchmarks/corpus/results.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from alphatex_eval.language import format_text  # noqa: E402
from alphatex_eval.music import MasterBar, Score, load  # noqa: E402
from alphatex_eval.scorers.fretboard import best_line_cost, fault_of, line_cost  # noqa: E402
from tests.reference.oracle import Oracle  # noqa: E402

BATCH = 2_000
Counts = Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sample", type=int, default=4_000, help="tunes read back (all are read by alphaTab)")
    arguments = parser.parse_args()
    results = [measure(corpus, arguments.sample) for corpus in arguments.corpora]
    text = json.dumps(results, indent=1) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, "utf-8")


def measure(corpus: Path, sample: int) -> dict[str, object]:
    """The figures of one corpus."""
    rows = pyarrow.parquet.read_table(corpus / "tunes.parquet", columns=["text"]).to_pylist()
    texts = [row["text"] for row in rows]
    every = texts[:: max(1, len(texts) // sample)]
    counts: Counts = Counter()
    with ProcessPoolExecutor() as pool:
        for found in pool.map(read_back, every, chunksize=50):
            counts.update(found)
    return {
        "recipe": json.loads((corpus / "statistics.json").read_text("utf-8"))["recipe"],
        "tunes": len(texts),
        "characters": sum(map(len, texts)),
        "megabytes_on_disk": round((corpus / "tunes.parquet").stat().st_size / 1e6, 1),
        **judged(texts),
        "tunes_read_back": len(every),
        "tunes_that_the_formatter_leaves_alone": counts["canonical"],
        "bars": counts["bars"],
        "bars_full_or_marked_as_pickup": counts["full"],
        "shapes": counts["shapes"],
        "shapes_a_hand_can_hold": counts["held"],
        "fingering_cost_over_optimum": round(counts["cost"] / counts["best"], 4),
    }


def judged(texts: list[str]) -> dict[str, int]:
    """How many texts alphaTab accepts, and how many without a diagnostic."""
    accepted = clean = 0
    with Oracle() as oracle:
        for start in range(0, len(texts), BATCH):
            answers = oracle.check_all(texts[start : start + BATCH])
            accepted += sum(answer.accepted for answer in answers)
            clean += sum(answer.accepted and not answer.diagnostics for answer in answers)
    return {"accepted_by_alphatab": accepted, "accepted_without_diagnostic": clean}


def read_back(text: str) -> Counts:
    """What one text is when it is read back."""
    score = load(text)
    counts: Counts = Counter(canonical=int(format_text(text) == text))
    for _, staff in score.staves():
        for bar, master in zip(staff.bars, score.master_bars, strict=True):
            voices = [voice for voice in bar.voices if voice.beats]
            counts["bars"] += len(voices)
            counts["full"] += sum(is_full(voice.duration, master) for voice in voices)
    counts.update(fingering(score))
    return counts


def is_full(duration: Fraction, master: MasterBar) -> bool:
    return duration == Fraction(*master.time_signature) or (master.anacrusis and duration == master.duration)


def fingering(score: Score) -> Counts:
    """Shapes a hand can hold, and the cost of the melody's fingering against the best one of the same pitches."""
    counts: Counts = Counter()
    for _, staff in score.staves():
        beats = [beat for bar in staff.bars for voice in bar.voices for beat in voice.beats if beat.notes]
        shapes = [tuple((n.string, n.fret) for n in beat.notes if n.string and n.fret is not None) for beat in beats]
        counts["shapes"] += len(shapes)
        counts["held"] += sum(not fault_of(shape) for shape in shapes)
        line = [
            shape[0] for shape, beat in zip(shapes, beats, strict=True) if len(shape) == 1 and not beat.notes[0].tied
        ]
        counts["cost"] += round(1000 * line_cost(line))
        counts["best"] += round(1000 * best_line_cost([staff.tuning[s - 1] + f for s, f in line], staff.tuning))
    return counts


if __name__ == "__main__":
    main()
