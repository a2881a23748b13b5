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

from alphatex_eval.language import check, format_text  # noqa: E402
from alphatex_eval.language.diagnostics import Severity  # noqa: E402
from alphatex_eval.lints import lint, rules  # noqa: E402
from alphatex_eval.music import MasterBar, Score, load  # noqa: E402
from alphatex_eval.scorers.fretboard import best_line_cost, fault_of, line_cost  # noqa: E402
from alphatex_model.data.arranger import arrange  # noqa: E402
from alphatex_model.data.recipe import load_recipe  # noqa: E402
from alphatex_model.data.sources import read, tune_book_units  # noqa: E402
from alphatex_model.data.tunes import BrokenTuneError, Tune  # noqa: E402
from alphatex_model.data.writer import write  # noqa: E402
from tests.reference.oracle import Oracle  # noqa: E402

BATCH = 2_000
ROUND_TRIPS = 500
ERRORS = tuple(rule.code for rule in rules() if rule.severity is Severity.ERROR)
Counts = Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sample", type=int, default=4_000, help="tunes read back (all are read by alphaTab)")
    arguments = parser.parse_args()
    results = [measure(corpus, arguments.sample) for corpus in arguments.corpora] + [round_trips()]
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
        "tunes_without_diagnostic_or_error_lint": counts["clean"],
        "tunes_that_the_formatter_leaves_alone": counts["canonical"],
        "bars": counts["bars"],
        "bars_full_or_marked_as_pickup": counts["full"],
        "shapes": counts["shapes"],
        "shapes_a_hand_can_hold": counts["held"],
        "fingering_cost_over_optimum": ratio(counts["cost"], counts["best"]),
        "the_same_of_staves_with_two_voices": ratio(counts["cost together"], counts["best together"]),
    }


def ratio(cost: int, best: int) -> float | None:
    """Cost over the least cost; None where there is nothing to finger."""
    return round(cost / best, 4) if best else None


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
    report = check(text)
    faults = [*report.diagnostics, *lint(text, select=ERRORS, report=report)]
    counts: Counts = Counter(canonical=int(format_text(text) == text), clean=int(report.accepted and not faults))
    for _, staff in score.staves():
        for bar, master in zip(staff.bars, score.master_bars, strict=True):
            voices = [voice for voice in bar.voices if voice.beats]
            counts["bars"] += len(voices)
            counts["full"] += sum(is_full(voice.duration, master) for voice in voices)
    counts.update(fingering(score))
    return counts


def round_trips() -> dict[str, object]:
    """Tunes of the books as their alphaTex gives them back: onsets, lengths, and pitches but for octaves."""
    units = tune_book_units(load_recipe("tune_books").books)
    tunes = [item for unit in units for item in read(unit, load_recipe("tune_books")) if isinstance(item, Tune)]
    counts: Counts = Counter()
    for tune in tunes[:: len(tunes) // ROUND_TRIPS][:ROUND_TRIPS]:
        try:
            source, loaded = sounding(tune), heard(load(write(arrange(tune))))
        except BrokenTuneError:
            continue
        shifts = {two[2] - one[2] for one, two in zip(source, loaded, strict=False)}
        counts["tunes"] += 1
        counts["onsets and lengths"] += [note[:2] for note in source] == [note[:2] for note in loaded]
        counts["pitches"] += len(source) == len(loaded) and not any(shift % 12 for shift in shifts)
    return {"round_trips": dict(counts)}


Sound = tuple[Fraction, Fraction, int]
"""Onset in the piece and duration in whole notes, and top pitch; held notes are part of the note before."""


def sounding(tune: Tune) -> list[Sound]:
    notes: list[Sound] = []
    onset = Fraction(0)
    for event in tune.events:
        if event.pitches and set(event.pitches) <= event.tied and notes:
            notes[-1] = (notes[-1][0], notes[-1][1] + event.duration, notes[-1][2])
        elif event.pitches:
            notes.append((onset, event.duration, event.pitches[-1]))
        onset += event.duration
    return notes


def heard(score: Score) -> list[Sound]:
    notes: list[Sound] = []
    onset = Fraction(0)
    for bar in score.tracks[0].staves[0].bars:
        for beat in bar.voices[0].beats:
            if beat.notes and all(note.tied for note in beat.notes):
                notes[-1] = (notes[-1][0], notes[-1][1] + beat.duration, notes[-1][2])
            elif beat.notes and not beat.grace:
                notes.append((onset + beat.onset, beat.duration, max(note.pitch or 0 for note in beat.notes)))
        onset += bar.voices[0].duration
    return notes


def is_full(duration: Fraction, master: MasterBar) -> bool:
    return duration == Fraction(*master.time_signature) or (master.anacrusis and duration == master.duration)


def fingering(score: Score) -> Counts:
    """Shapes a hand can hold, and the cost of the single notes' fingering against the best one of the same pitches.

    Staves with two voices count apart: one hand plays both, so that what is best for one alone may be out of reach.
    """
    counts: Counts = Counter()
    for _, staff in score.staves():
        together = " together" if len(staff.bars[0].voices) > 1 else ""
        for voice in zip(*(bar.voices for bar in staff.bars), strict=True):
            beats = [beat for bar in voice for beat in bar.beats if beat.notes]
            shapes = [
                tuple((n.string, n.fret) for n in beat.notes if n.string and n.fret is not None) for beat in beats
            ]
            counts["shapes"] += len(shapes)
            counts["held"] += sum(not fault_of(shape) for shape in shapes)
            pairs = zip(shapes, beats, strict=True)
            line = [shape[0] for shape, beat in pairs if len(shape) == 1 and not beat.notes[0].tied]
            counts["cost" + together] += line_cost(line)
            counts["best" + together] += best_line_cost([staff.tuning[s - 1] + f for s, f in line], staff.tuning)
    return counts


if __name__ == "__main__":
    main()
