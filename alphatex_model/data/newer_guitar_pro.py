"""Guitar Pro 6 to 8 files (.gpx, .gp) to tabs, read by alphaTab in Node where the user has both.

Fretted tracks are kept with two voices; percussion tracks are left out. `npm install @coderline/alphatab` in the folder
that a corpus is built from, or one that NODE_PATH names, is all it needs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_model.data.instruments import Instrument
from alphatex_model.data.native import Head, Part, endings_of, finished, signature_of, sound_of
from alphatex_model.data.notation import clean_text
from alphatex_model.data.rhythm import SHORTEST, Value
from alphatex_model.data.tab import DeadNote, Note, TabBeat, TabNote
from alphatex_model.data.tunes import Bar, BrokenTuneError, Finished, Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).with_name("guitar_pro.mjs")
NO_ALPHATAB = 3
"""The script's exit status where Node has no alphaTab."""
SECONDS = 120
MISSING = "Guitar Pro 6 to 8 files need Node and alphaTab: npm install @coderline/alphatab"

Json = dict[str, Any]


def read_newer_guitar_pro(path: Path, origin: Provenance, name: str) -> Finished:
    """The file as alphaTex, all fretted tracks of it, under the id `name`.

    Raises `BrokenTuneError` for a file that alphaTab cannot read, that has no fretted track, or whose bars do not add
    up, and where there is no Node or no alphaTab.
    """
    score = json.loads(ask_alphatab(str(path)))
    head = score["head"]
    parts = [partial(_part, track) for track in score["tracks"] if track["tuning"]]
    return finished(
        name,
        origin,
        Head(head["title"], head["composer"], head["tempo"], tuple(head["credits"])),
        [_frame(bar) for bar in score["bars"]],
        parts,
    )


def alphatab_version() -> str:
    """The version of alphaTab that would read; empty where there is none."""
    try:
        return ask_alphatab()
    except BrokenTuneError:
        return ""


def ask_alphatab(*arguments: str) -> str:
    """What the script answers."""
    node = shutil.which("node")
    if node is None:
        raise BrokenTuneError(MISSING)
    command = [node, str(SCRIPT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BrokenTuneError(f"alphaTab did not finish it in {SECONDS} s") from None
    if done.returncode == NO_ALPHATAB:
        raise BrokenTuneError(MISSING)
    if done.returncode:
        complaint = next((line for line in done.stderr.splitlines() if "Error" in line), "it ended without a word")
        raise BrokenTuneError(f"alphaTab cannot read it: {complaint.strip()}")
    return done.stdout


def _frame(bar: Json) -> Bar:
    ending, *further_endings = endings_of(bar["endings"])
    return Bar(
        (),
        meter=(bar["meter"][0], bar["meter"][1]),
        key=signature_of(bar["key"], minor=bar["minor"]),
        tempo=bar["tempo"],
        repeat_open=bar["repeatOpen"],
        repeat_close=bar["repeatClose"],
        ending=ending,
        further_endings=tuple(further_endings),
        section=clean_text(bar["section"]),
        strain_end=bar["double"],
    )


def _part(track: Json) -> Part:
    name, sound = clean_text(track["name"]) or "Guitar", sound_of(track["program"])
    instrument = Instrument(name, sound, tuple(track["tuning"]), capo=track["capo"])
    return Part(instrument, tuple((_voice(voices, 0), _voice(voices, 1)) for voices in track["bars"]))


def _voice(voices: list[list[Json]], index: int) -> tuple[TabBeat, ...]:
    return tuple(map(_beat, voices[index])) if index < len(voices) else ()


def _beat(beat: Json) -> TabBeat:
    base, dots, tuplet = beat["value"]
    if not 1 <= base <= SHORTEST:
        raise BrokenTuneError("a note longer than a whole or shorter than a 128th")
    notes = tuple(_note(note) for note in sorted(beat["notes"], key=lambda note: note["string"]))
    chord = clean_text(beat["chord"])
    effects = (*filter(None, [beat["grace"], f'ch "{chord}"' if chord else ""]), *beat["effects"])
    return TabBeat(Value(base, dots, (tuplet[0], tuplet[1])), notes, effects if notes else ())


def _note(note: Mapping[str, Any]) -> Note:
    if note["dead"]:
        return DeadNote(note["string"])
    return TabNote(note["string"], note["fret"], tuple(note["effects"]))
