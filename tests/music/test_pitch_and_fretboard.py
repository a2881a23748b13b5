"""Names, strings, frets, harmonics and millimetres."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphatex_eval.music.fretboard import SCALE_LENGTH_MM, STANDARD_TUNING, fret_distance_mm, span_mm
from alphatex_eval.music.pitch import harmonic_interval, natural_harmonic_node, note_name, pitch_of

frets = st.integers(0, 24)


def test_middle_c_is_c4() -> None:
    assert (note_name(60), note_name(61), note_name(61, flats=True)) == ("C4", "C#4", "Db4")


@given(st.integers(12, 127), st.booleans())
def test_a_pitch_is_read_back_from_its_name(pitch: int, flats: bool) -> None:
    assert pitch_of(note_name(pitch, flats=flats)) == pitch


def test_the_strings_of_a_guitar() -> None:
    assert [note_name(string) for string in STANDARD_TUNING] == ["E4", "B3", "G3", "D3", "A2", "E2"]


def test_the_twelfth_fret_halves_the_string() -> None:
    assert fret_distance_mm(12) == pytest.approx(SCALE_LENGTH_MM / 2)


def test_the_first_four_frets_span_a_hand() -> None:
    assert span_mm(1, 4) == pytest.approx(648 * (2 ** (-1 / 12) - 2 ** (-4 / 12)))


@given(frets, frets, frets)
def test_spans_are_a_distance(one: int, other: int, third: int) -> None:
    assert span_mm(one, other) == span_mm(other, one)
    assert span_mm(one, third) <= span_mm(one, other) + span_mm(other, third) + 1e-9


@given(st.integers(1, 20))
def test_frets_come_closer_up_the_neck(fret: int) -> None:
    assert span_mm(fret, fret + 3) > span_mm(fret + 1, fret + 4)


@pytest.mark.parametrize(("fret", "interval"), [(12, 12), (7, 19), (5, 24), (4, 28), (9, 28), (3, 31), (19, 19)])
def test_natural_harmonics_sound_their_partial(fret: int, interval: int) -> None:
    assert harmonic_interval(natural_harmonic_node(fret)) == interval


@pytest.mark.parametrize("node", [0, 1, 11, 13, 18, 25])
def test_no_partial_rings_between_the_nodes(node: int) -> None:
    assert harmonic_interval(node) == 0
