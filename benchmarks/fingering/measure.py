"""Does the arranger take the strings that guitarists take? It is given the pitches of their tabs and nothing else.

    python benchmarks/fingering/measure.py TABS... --out benchmarks/fingering/results.json

TABS are folders of Guitar Pro and alphaTex files, and of LilyPond files with string numbers.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lytk

from alphatex_eval.music import load
from alphatex_model.data.files import ALPHATEX, GUITAR_PRO, NEWER_GUITAR_PRO, read_file
from alphatex_model.data.fingering import finger, shapes
from alphatex_model.data.instruments import GUITAR, Instrument
from alphatex_model.data.notation import midi, parts_of
from alphatex_model.data.tunes import BrokenTuneError, Finished, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TABS = (*GUITAR_PRO, *NEWER_GUITAR_PRO, *ALPHATEX)
FRETS, STRETCH = 24, 5
"""What guitarists use beyond the arranger's own limits."""
LEAST = 20
"""Notes that a line must have to count."""

Beat = dict[int, int | None]
"""Pitches that are struck together, and the string that a guitarist plays each on; None where the file does not say."""


@dataclass(frozen=True)
class Line:
    """One voice of a track as a guitarist fingered it."""

    kind: str
    instrument: Instrument
    beats: Sequence[Beat]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    for line in (line for folder in given.folders for line in lines_of(folder)):
        counts.setdefault(line.kind, Counter()).update(compared(line))
    results = {kind: shares(found) for kind, found in sorted(counts.items())}
    text = json.dumps(results, indent=1) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text, "utf-8")


def lines_of(folder: Path) -> Iterator[Line]:
    """Every fingered line of the files in a folder and below."""
    for path in sorted(folder.rglob("*")):
        found = tab_lines(path) if path.suffix.lower() in TABS else lilypond_lines(path) if path.suffix == ".ly" else ()
        yield from (line for line in found if sum(map(len, line.beats)) >= LEAST)


def tab_lines(path: Path) -> Iterator[Line]:
    """The voices of a tab."""
    for piece in read_file(path, Provenance("tabs", "")):
        if not isinstance(piece, Finished):
            print(f"left out: {piece}")
            continue
        for _, staff in load(piece.text).staves():
            strings = tuple(pitch + staff.capo for pitch in staff.tuning)
            for number in range(max(len(bar.voices) for bar in staff.bars)):
                voices = [bar.voices[number] for bar in staff.bars if number < len(bar.voices)]
                beats = [struck(beat.notes) for voice in voices for beat in voice.beats]
                instrument = Instrument("", "", strings, FRETS, STRETCH)
                yield Line("tabs", instrument, [beat for beat in beats if beat])


def struck(notes: Iterable[Any]) -> Beat:
    return {note.pitch: note.string for note in notes if note.pitch is not None and not (note.tied or note.dead)}


def lilypond_lines(path: Path) -> Iterator[Line]:
    """The first voices of a LilyPond file. `lytk` knows fingers but no strings, so strings are put in their place."""
    text = re.sub(r"\\([1-6])\b", r"-\1", re.sub(r"-[0-5]\b", "", path.read_text("utf-8", "replace")))
    try:
        scores = [score.to_dict() for score in lytk.from_lilypond_movements_string(text)]
    except lytk.LytkError:
        return
    for part in (part for score in scores for part in parts_of(score)):
        beats = [beat for measure in part["measures"] for beat in written(measure)]
        down = min((0, 12), key=lambda octave: -sum(fits(beat, octave) for beat in beats))
        sounding = [{pitch - down: string for pitch, string in beat.items()} for beat in beats]
        instrument = Instrument("", "", GUITAR.tuning, FRETS, STRETCH)
        yield Line("LilyPond", instrument, sounding)


def written(measure: dict[str, Any]) -> Iterator[Beat]:
    for element in measure["voices"][0]["elements"] if measure.get("voices") else []:
        (kind, body), *_ = element.items()
        notes = [body] if kind == "Note" else body.get("notes", [])
        if notes and not any(note.get("is_grace") for note in notes):
            yield {midi(note["pitch"]): string_of(note) for note in notes}


def string_of(note: dict[str, Any]) -> int | None:
    marks = [mark["value"] for mark in note.get("technicals", []) if mark["name"] == "fingering"]
    return int(marks[0]) if marks else None


def fits(beat: Beat, down: int) -> int:
    """How many notes of a beat lie on their strings when they sound `down` semitones lower."""
    return sum(0 <= pitch - down - GUITAR.tuning[string - 1] <= FRETS for pitch, string in beat.items() if string)


def compared(line: Line) -> Counter[str]:
    """Notes on the same string as the guitarist's, and steps between neighbouring notes over as many strings."""
    beats = [beat for beat in line.beats if playable(beat, line.instrument)]
    pitches = [tuple(sorted(beat)) for beat in beats]
    path = finger(pitches, [frozenset[int]()] * len(beats), line.instrument)
    ours = [
        dict(zip(chord, (place[0] for place in shape.places), strict=True))
        for chord, shape in zip(pitches, path, strict=True)
    ]
    counts = Counter(lines=1, unplayable=len(line.beats) - len(beats))
    for theirs, our in zip(beats, ours, strict=True):
        known = [pitch for pitch, string in theirs.items() if string]
        counts["notes"] += len(known)
        counts["same"] += sum(theirs[pitch] == our[pitch] for pitch in known)
    for (one, our_one), (other, our_other) in pairwise(zip(beats, ours, strict=True)):
        (_, first), (_, second) = max(one.items()), max(other.items())
        if first and second:
            counts["steps"] += 1
            counts["same steps"] += second - first == our_other[max(other)] - our_one[max(one)]
    return counts


def playable(beat: Beat, instrument: Instrument) -> bool:
    try:
        return bool(shapes(tuple(sorted(beat)), instrument))
    except BrokenTuneError:
        return False


def shares(counts: Counter[str]) -> dict[str, float]:
    return {
        "lines": counts["lines"],
        "notes": counts["notes"],
        "same_string": round(counts["same"] / max(1, counts["notes"]), 4),
        "steps": counts["steps"],
        "same_step_between_top_notes": round(counts["same steps"] / max(1, counts["steps"]), 4),
        "beats_left_out": counts["unplayable"],
    }


if __name__ == "__main__":
    main()
