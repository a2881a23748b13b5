"""Whether a text is tablature: notes as fret.string, on strings and frets that the instrument has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from alphatex_eval.music.fretboard import FRETS, HIGHEST_PITCH
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

Neck = Annotated[int, Field(ge=1)]


@scorer("alphatex/tab", version="3")
def tab(subject: Subject, *, neck: Neck = FRETS) -> Score:
    """Whether the notes that the model wrote are places on the instrument.

    Checks (errors): frets_on_neck (0 to `neck`, counted from the nut, so that a capo takes frets away),
    strings_of_tuning (1 to the number of strings), audible (MIDI keys 0 to 127, whatever tuning, capo and
    transposition are), sounding (the staff has notes, not rests alone). Value: 0.75 × notes without fault ÷ notes, plus
    0.25 when there is no fault; 0 where nothing sounds. Skipped for percussion and for staves without strings. Metrics:
    notes.
    """
    written = [line for line in passage(subject).lines if line.is_own]
    lines = [line for line in written if line.staff.kind not in ("percussion", "pitched")]
    if written and not lines:
        return skipped("no staff with strings")
    frets: list[Fault] = []
    strings: list[Fault] = []
    keys: list[Fault] = []
    notes = 0
    for line in lines:
        last, capo = len(line.staff.tuning), int(line.staff.capo)
        notes += sum([len(bar.own_traits.notes) for bar in line.bars])
        astray = [bar for bar in line.bars if not _are_places(bar.own_traits, last, neck, capo)]
        for event in [event for bar in astray for event in bar.events if event.own]:
            for member in event.beat.notes:
                if not _is_on_neck(member.fret, neck, capo):
                    above = f" above the capo at {capo}" if capo else ""
                    frets.append(Fault(f"fret {member.fret}{above}", event.span))
                if member.string is None or not 1 <= member.string <= last:
                    strings.append(Fault(f"string {member.string}", event.span))
                if not _is_key(member.pitch):
                    keys.append(Fault(f"MIDI has no key {member.pitch}", event.span))
    silence = [] if notes else [Fault("nothing sounds", (len(subject.prompt), len(subject.text)))]
    checks = [
        asked("sounding", silence, 1),
        asked("frets_on_neck", frets, notes),
        asked("strings_of_tuning", strings, notes),
        asked("audible", keys, notes),
    ]
    value = strict_share(min(notes, len(frets) + len(strings) + len(keys)), notes) if notes else 0.0
    return scored(value, checks, {"notes": float(notes)})


@lru_cache(maxsize=BARS)
def _are_places(bar: BarTraits, strings: int, neck: int, capo: int) -> bool:
    """Whether all notes of a bar are places on the instrument that can be heard."""
    return all(
        note.string is not None
        and 1 <= note.string <= strings
        and _is_on_neck(note.fret, neck, capo)
        and _is_key(note.pitch)
        for note in bar.notes
    )


def _is_on_neck(fret: int | None, neck: int, capo: int) -> bool:
    return fret is None or (fret >= 0 and 0 <= fret + capo <= neck)


def _is_key(pitch: int | None) -> bool:
    return pitch is None or 0 <= pitch <= HIGHEST_PITCH
