"""Scores as `lytk` reads them (ABC, MusicXML, Humdrum, LilyPond, MIDI) to tunes.

`lytk.Score.to_dict()` is the input; its keys at their default value are absent. One voice of one part becomes one tune.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from alphatex_model.data.barlines import regularise
from alphatex_model.data.keys import key_name
from alphatex_model.data.tunes import (
    UNEXPECTED,
    Bar,
    BrokenTuneError,
    Event,
    Fault,
    Provenance,
    Tune,
    fault_of,
    total,
)

Json = Mapping[str, Any]

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
UNITS = {
    "maxima": Fraction(8), "long": Fraction(4), "breve": Fraction(2), "whole": Fraction(1), "half": Fraction(1, 2),
    "quarter": Fraction(1, 4), "eighth": Fraction(1, 8), "16th": Fraction(1, 16), "32nd": Fraction(1, 32),
    "64th": Fraction(1, 64), "128th": Fraction(1, 128), "256th": Fraction(1, 256), "512th": Fraction(1, 512),
    "1024th": Fraction(1, 1024),
}  # fmt: skip
"""Whole notes."""
CHORD_KINDS = {
    "major": "", "minor": "m", "dominant": "7", "major-seventh": "maj7", "minor-seventh": "m7",
    "diminished": "dim", "augmented": "aug", "suspended-fourth": "sus4", "suspended-second": "sus2",
    "major-sixth": "6", "minor-sixth": "m6", "diminished-seventh": "dim7", "half-diminished": "m7b5", "power": "5",
}  # fmt: skip


def tunes_of(score: Json, name: str, origin: Provenance) -> Iterator[Tune | Fault]:
    """Every part's first voice as a tune; a fault for a part that does not add up or has an unknown shape."""
    parts = list(parts_of(score))
    if not parts:
        raise BrokenTuneError("no part in it")
    for number, part in enumerate(parts, start=1):
        own = f"{name}#{number}" if len(parts) > 1 else name
        try:
            yield tune_of(score.get("metadata", {}), part, own, origin, work=f"{origin.source}/{name}")
        except UNEXPECTED as error:
            yield fault_of(f"{origin.source}/{own}", error)


def parts_of(score: Json) -> Iterator[Json]:
    """All parts, those within groups (a quartet's bracket, a piano's brace) too."""
    for child in score.get("children", []):
        if "Part" in child:
            yield child["Part"]
        yield from parts_of(child.get("PartGroup", {}))


def tune_of(metadata: Json, part: Json, name: str, origin: Provenance, work: str = "") -> Tune:
    """A part's first voice as a tune; raises `BrokenTuneError` where it does not add up."""
    return Tune(
        id=f"{origin.source}/{name}",
        source=origin.source,
        title=clean_text(metadata.get("title", "")) or "Untitled",
        composer=composer_of(metadata.get("composer", "")),
        licence=origin.licence,
        attribution="; ".join(filter(None, (clean_text(metadata.get("extra", {}).get("Z", "")), origin.attribution))),
        bars=regularise(list(read_bars(part["measures"]))),
        work=work,
    )


def clean_text(text: str) -> str:
    """One line without surrounding quotes, doubled blanks, or characters that are not printed."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split()).strip('"').strip()


def composer_of(text: str) -> str:
    """The composer's name; empty for what tune books put in its place (a collector, a country)."""
    name = re.sub(r"(?<=\w\w)\.$", "", clean_text(text))
    notes_instead = name.lower().startswith("collected") or name.lower() in {"irish", "scotch", "english", "american"}
    return "" if notes_instead else name.title() if name.isupper() else name


def read_bars(measures: Sequence[Json]) -> Iterator[Bar]:
    """Bars of the first voice, with time and key signature carried on to bars that do not state them."""
    meter, key, ending, lasting = (4, 4), "c", 0, Lasting()
    for measure in measures:
        attributes = measure.get("attributes", {})
        if time := attributes.get("time"):
            meter = (sum(map(int, str(time["beats"]).split("+"))), int(time["beat_type"]))
        if "key" in attributes:
            key = key_signature(attributes["key"])
        events, lasting = read_events(measure, lasting)
        left, right = measure.get("left_barline", {}), measure.get("right_barline", {})
        ending = int(left.get("ending_number", ending))
        yield Bar(
            events=events,
            meter=meter,
            key=key,
            tempo=tempo_of(measure),
            repeat_open=left.get("repeat_direction") == "Forward",
            repeat_close=2 if right.get("repeat_direction") == "Backward" else 0,
            ending=ending,
            strain_end="style" in right,
        )
        if right.get("ending_type") in ("stop", "discontinue"):
            ending = 0


def key_signature(key: Json) -> str:
    r"""The `\\ks` spelling. A mode other than minor is written as the major key with the same signature."""
    try:
        return key_name(int(key.get("fifths", 0)), minor=key.get("mode") == "Minor")
    except IndexError:
        raise BrokenTuneError("a key signature with more than seven accidentals") from None


def tempo_of(measure: Json) -> int | None:
    """Quarter notes a minute, where the bar states a tempo."""
    for direction in measure.get("directions", []):
        tempo = direction.get("tempo", {})
        if tempo.get("per_minute") and "beat_unit" in tempo:
            dotted = Fraction(2 ** (tempo.get("dots", 0) + 1) - 1, 2 ** tempo.get("dots", 0))
            return round(dotted * UNITS[tempo["beat_unit"]] * 4 * Fraction(tempo["per_minute"]))
    return None


@dataclass(frozen=True, slots=True)
class Lasting:
    """What reaches over a bar line: the pitches tied on, and how many slurs are open."""

    tied: frozenset[int] = frozenset()
    slurs: int = 0


def read_events(measure: Json, lasting: Lasting) -> tuple[tuple[Event, ...], Lasting]:
    """The first voice's beats after what lasts from the bar before, and what lasts on into the next."""
    symbols = {Fraction(*h.get("offset", (0, 1))): chord_symbol(h) for h in measure.get("harmonies", [])}
    events: list[Event] = []
    graces: list[int] = []
    for element in measure["voices"][0]["elements"] if measure.get("voices") else []:
        (kind, body), *_ = element.items()
        notes = [body] if kind == "Note" else body.get("notes", [])
        if any(note.get("is_grace") for note in notes):
            graces.append(max(midi(note["pitch"]) for note in notes))
            continue
        symbol = symbols.get(_onset(events), "") if symbols else ""
        event, lasting = read_event(body["duration"], notes, lasting)
        events.append(replace(event, symbol=symbol, graces=tuple(graces if notes else ())))
        graces.clear()
    return tuple(events), lasting


def read_event(duration: Json, notes: Sequence[Json], lasting: Lasting) -> tuple[Event, Lasting]:
    """One beat and what lasts after it."""
    pitches = frozenset(map(midi, (note["pitch"] for note in notes)))
    slurs = max(0, lasting.slurs + sum(slurs_opened(note) for note in notes))
    tied = frozenset(midi(note["pitch"]) for note in notes if tied_on(note))
    event = Event(duration_of(duration), tuple(sorted(pitches)), pitches & lasting.tied, slurred=slurs > 0)
    return event, Lasting(tied, slurs)


def _onset(events: Sequence[Event]) -> Fraction:
    return total(event.duration for event in events)


def duration_of(duration: Json) -> Fraction:
    """Whole notes: the written value with its dots, in its tuplet."""
    tuplet = (duration.get("tuplet_normal", 1), duration.get("tuplet_actual", 1))
    return _sounding(*duration["base"], duration.get("dots", 0), *tuplet)


@lru_cache(maxsize=1 << 10)
def _sounding(numerator: int, denominator: int, dots: int, normal: int, actual: int) -> Fraction:
    return Fraction(numerator, denominator) * Fraction(2 ** (dots + 1) - 1, 2**dots) * Fraction(normal, actual)


def midi(pitch: Json) -> int:
    """MIDI number of a spelled pitch (C4 = 60). Raises for quarter tones."""
    alter, parts = pitch.get("alter", (0, 1))
    if parts != 1:
        raise BrokenTuneError("a pitch between the keys")
    return int(12 * (pitch["octave"] + 1) + STEPS[pitch["step"]] + alter)


def tied_on(note: Json) -> bool:
    """Whether a tie starts at the note."""
    return any(tie["tie_type"] in ("Start", "Continue") for tie in note.get("ties", []))


def slurs_opened(note: Json) -> int:
    """How many more slurs begin at the note than end there."""
    kinds = [slur["slur_type"] for slur in note.get("slurs", [])]
    return kinds.count("Start") - kinds.count("Stop")


def chord_symbol(harmony: Json) -> str:
    """A chord symbol as guitarists write it: `Am7`, `F#dim`; empty for a kind without a usual short form."""
    root = harmony.get("root", {})
    kind = CHORD_KINDS.get(harmony.get("kind", "major"))
    if kind is None or "step" not in root:
        return ""
    alter = int(root.get("alter", 0))
    return str(root["step"]) + ("#" * alter if alter > 0 else "b" * -alter) + kind
