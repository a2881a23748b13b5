"""What leaves the pipeline, read back: the source's pitches, onsets and durations, in clean alphaTex."""

from __future__ import annotations

import random
from fractions import Fraction
from statistics import mean
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.language import Verdict, check, format_text
from alphatex_eval.music import load
from alphatex_eval.scorers.fretboard import fault_of, optimality_gap
from alphatex_model.data.arranger import arrange
from alphatex_model.data.recipe import Recipe
from alphatex_model.data.sources import read, tune_book_units
from alphatex_model.data.tunes import Tune
from alphatex_model.data.writer import write

if TYPE_CHECKING:
    from alphatex_eval.music import Score
    from alphatex_model.data.rows import Row

TUNES = 40


@pytest.fixture(scope="module")
def arranged() -> list[tuple[Tune, Score]]:
    """Tunes and what is read back from their alphaTex."""
    rng = random.Random(8)
    (unit,) = rng.sample(tune_book_units(("oneills1850",)), 1)
    tunes = [item for item in read(unit, Recipe(name="plain")) if isinstance(item, Tune)]
    return [(tune, load(write(arrange(tune)))) for tune in rng.sample(tunes, TUNES)]


def test_every_tune_is_complete_and_without_a_diagnostic(sample: list[Row]) -> None:
    reports = {row.id: check(row.text) for row in sample[:60]}
    faulty = {name: report for name, report in reports.items() if report.verdict is not Verdict.COMPLETE}
    assert not faulty
    assert not any(report.diagnostics for report in reports.values())


def test_the_formatter_leaves_every_tune_as_it_is(sample: list[Row]) -> None:
    assert [row.id for row in sample[:60] if format_text(row.text) != row.text] == []


def source_notes(tune: Tune) -> list[tuple[int, Fraction, tuple[int, ...]]]:
    """(bar, onset in the bar, pitches) of every struck note or chord."""
    notes = []
    for number, bar in enumerate(tune.bars):
        onset = Fraction(0)
        for event in bar.events:
            if set(event.pitches) - event.tied:
                notes.append((number, onset, event.pitches))
            onset += event.duration
    return notes


def loaded_notes(score: Score) -> list[tuple[int, Fraction, tuple[int, ...]]]:
    bars = score.tracks[0].staves[0].bars
    return [
        (number, beat.onset, tuple(sorted(note.pitch for note in beat.notes if note.pitch is not None)))
        for number, bar in enumerate(bars)
        for beat in bar.voices[0].beats
        if beat.notes and not beat.grace and not all(note.tied for note in beat.notes)
    ]


def test_pitches_and_onsets_come_back_but_for_one_octave_shift(arranged: list[tuple[Tune, Score]]) -> None:
    for tune, score in arranged:
        source, loaded = source_notes(tune), loaded_notes(score)
        assert [place[:2] for place in loaded] == [place[:2] for place in source], tune.id
        shifts = {a - b for one, two in zip(source, loaded, strict=True) for a, b in zip(one[2], two[2], strict=True)}
        assert len(shifts) == 1, tune.id
        assert min(shifts) % 12 == 0, tune.id


def test_bars_are_full_or_marked_as_pickups(arranged: list[tuple[Tune, Score]]) -> None:
    for tune, score in arranged:
        bars = score.tracks[0].staves[0].bars
        for bar, master, source in zip(bars, score.master_bars, tune.bars, strict=True):
            assert bar.voices[0].duration == source.length, tune.id
            assert bar.voices[0].duration == Fraction(*master.time_signature) or master.anacrusis, tune.id


def test_every_shape_can_be_held(sample: list[Row]) -> None:
    for row in sample[:60]:
        for beat in load(row.text).beats():
            shape = tuple((note.string, note.fret) for note in beat.notes if note.string and note.fret is not None)
            assert not fault_of(shape), row.id


def test_fingerings_are_close_to_the_easiest_by_the_scorers_own_measure(arranged: list[tuple[Tune, Score]]) -> None:
    gaps = []
    for _, score in arranged:
        staff = score.tracks[0].staves[0]
        notes = [beat.notes[0] for bar in staff.bars for beat in bar.voices[0].beats if len(beat.notes) == 1]
        line = [(note.string, note.fret) for note in notes if note.string and note.fret is not None and not note.tied]
        gaps.append(optimality_gap(line, staff.tuning))
    assert mean(gaps) <= 1.05
