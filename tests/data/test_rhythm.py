from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphatex_model.data.rhythm import Value, beat_of, spell
from alphatex_model.data.tunes import BrokenTuneError

EIGHTH = Fraction(1, 8)
durations = st.builds(
    lambda steps, grid: Fraction(steps, grid), st.integers(1, 256), st.sampled_from([8, 16, 32, 64, 12, 24, 48, 20, 28])
)
onsets = st.builds(Fraction, st.integers(0, 31), st.just(32))
beats = st.sampled_from([Fraction(1, 4), Fraction(3, 8), Fraction(1, 2), Fraction(1, 8)])


@given(durations, onsets, beats)
def test_notated_values_add_up_to_the_duration_exactly(duration: Fraction, onset: Fraction, beat: Fraction) -> None:
    assert sum(value.duration for value in spell(duration, onset, beat)) == duration


@given(st.sampled_from([1, 2, 4, 8, 16, 32, 64]), st.integers(0, 2), st.sampled_from([(1, 1), (3, 2), (5, 4), (7, 4)]))
def test_what_one_value_can_say_is_not_tied(base: int, dots: int, tuplet: tuple[int, int]) -> None:
    assert len(spell(Value(base, dots, tuplet).duration)) == 1


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (Fraction(3, 8), [Value(4, 1)]),
        (Fraction(7, 16), [Value(4, 2)]),
        (Fraction(1, 12), [Value(8, 0, (3, 2))]),
        (Fraction(1, 20), [Value(16, 0, (5, 4))]),
        (Fraction(5, 8), [Value(2), Value(8)]),
    ],
)
def test_durations_are_written_as_a_musician_would(duration: Fraction, written: list[Value]) -> None:
    assert list(spell(duration)) == written


def test_a_tie_falls_on_a_beat_where_it_can() -> None:
    assert spell(5 * EIGHTH, onset=EIGHTH, beat=Fraction(1, 4)) == (Value(4, 1), Value(4))


def test_a_full_bar_of_nine_eight_is_tied_between_its_beats() -> None:
    assert spell(9 * EIGHTH, beat=beat_of((9, 8))) == (Value(2, 1), Value(4, 1))


def test_a_duration_finer_than_any_note_is_an_error() -> None:
    with pytest.raises(BrokenTuneError, match="no note value"):
        spell(Fraction(1, 1024))
