"""Whether a text is tablature: notes as fret.string, on strings and frets that the instrument has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.music.fretboard import FRETS
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits


@scorer("alphatex/tab", version="2")
def tab(subject: Subject, *, neck: int = FRETS) -> Score:
    """Whether the notes that the model wrote are places on the instrument.

    Checks (errors): frets_on_neck (0 to `neck`), strings_of_tuning (1 to the number of strings), sounding (the staff
    has notes, not rests alone). Value: 0.75 × notes without fault ÷ notes, plus 0.25 when there is no fault; 0 where
    nothing sounds. Skipped for percussion and for staves without strings. Metrics: notes.
    """
    written = [line for line in passage(subject).lines if line.is_own]
    lines = [line for line in written if line.staff.kind not in ("percussion", "pitched")]
    if written and not lines:
        return skipped("no staff with strings")
    frets: list[Fault] = []
    strings: list[Fault] = []
    notes = 0
    for line in lines:
        last = len(line.staff.tuning)
        notes += sum([len(bar.own_traits.notes) for bar in line.bars])
        astray = [bar for bar in line.bars if not _are_places(bar.own_traits, last, neck)]
        for event in [event for bar in astray for event in bar.events if event.own]:
            for member in event.beat.notes:
                if member.fret is not None and not 0 <= member.fret <= neck:
                    frets.append(Fault(f"fret {member.fret}", event.span))
                if member.string is None or not 1 <= member.string <= last:
                    strings.append(Fault(f"string {member.string}", event.span))
    silence = [] if notes else [Fault("nothing sounds", (len(subject.prompt), len(subject.text)))]
    checks = [
        asked("sounding", silence, 1),
        asked("frets_on_neck", frets, notes),
        asked("strings_of_tuning", strings, notes),
    ]
    value = strict_share(min(notes, len(frets) + len(strings)), notes) if notes else 0.0
    return scored(value, checks, {"notes": float(notes)})


@lru_cache(maxsize=8192)
def _are_places(bar: BarTraits, strings: int, neck: int) -> bool:
    """Whether all notes of a bar are places on the instrument."""
    astray = [
        note
        for note in bar.notes
        if note.string is None or not 1 <= note.string <= strings or not (note.fret is None or 0 <= note.fret <= neck)
    ]
    return not astray
