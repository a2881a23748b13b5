from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_model.data.fingering import (
    CROSSING,
    FINGERS,
    SHIFT,
    SHIFT_FRET,
    Shape,
    finger,
    fingers_needed,
    let_go,
    shapes,
)
from alphatex_model.data.instruments import GUITAR, Instrument
from alphatex_model.data.tunes import BrokenTuneError

UKULELE = Instrument("Ukulele", "acousticguitarnylon", (69, 64, 60, 67), frets=12)
passages = st.lists(st.integers(52, 74).map(lambda pitch: (pitch,)), min_size=1, max_size=4)


def effort(path: list[Shape], beats: list[tuple[int, ...]], tied: list[frozenset[int]]) -> int:
    """The cost of a path, added up step by step as the module's docstring describes it."""
    total = path[0].cost
    for index, (one, other) in enumerate(pairwise(path), start=1):
        shift = abs(one.position - other.position)
        total += SHIFT * (shift > 0) + SHIFT_FRET * shift
        total += CROSSING * abs(one.top - other.top) + other.cost
        total += let_go(one, other, beats[index - 1], beats[index], tied[index])
    return total


@settings(max_examples=25, deadline=None)
@given(passages)
def test_the_path_costs_what_the_best_of_all_paths_costs(beats: list[tuple[int, ...]]) -> None:
    untied = [frozenset[int]()] * len(beats)
    every_path = product(*(shapes(pitches, UKULELE) for pitches in beats if pitches[0] >= 60))
    beats = [pitches for pitches in beats if pitches[0] >= 60]
    if beats:
        found = effort(finger(beats, untied, UKULELE), beats, untied)
        assert found == min(effort(list(path), beats, untied) for path in every_path)


@given(st.lists(st.integers(40, 79).map(lambda pitch: (pitch,)), min_size=1, max_size=30))
def test_places_sound_the_pitches_they_were_found_for(beats: list[tuple[int, ...]]) -> None:
    path = finger(beats, [frozenset()] * len(beats), GUITAR)
    sounding = [tuple(GUITAR.strings[string - 1] + fret for string, fret in shape.places) for shape in path]
    assert sounding == beats


@given(st.lists(st.sampled_from(GUITAR.strings), min_size=2, max_size=4, unique=True), st.integers(0, 4))
def test_chord_shapes_use_each_string_once_and_four_fingers_at_most(pitches: list[int], up: int) -> None:
    chord = tuple(sorted(pitch + up for pitch in pitches))
    for shape in shapes(chord, GUITAR):
        strings = [string for string, _ in shape.places]
        fretted = [fret for _, fret in shape.places if fret]
        assert len(set(strings)) == len(strings)
        assert fingers_needed(shape.places) <= FINGERS
        assert not fretted or max(fretted) - min(fretted) <= GUITAR.stretch


def test_an_open_string_is_preferred_to_the_fifth_fret() -> None:
    assert [shape.places for shape in finger([(64,)], [frozenset()], GUITAR)] == [((1, 0),)]


def test_the_open_g_chord_is_found() -> None:
    (shape,) = finger([(43, 47, 50, 55, 59, 67)], [frozenset()], GUITAR)
    assert shape.places == ((6, 3), (5, 2), (4, 0), (3, 0), (2, 0), (1, 3))


def test_a_tied_note_stays_on_its_string() -> None:
    beats = [(67,), (60, 67)]
    first, second = finger(beats, [frozenset(), frozenset({67})], GUITAR)
    assert second.places[1] == first.places[0]


def test_a_scale_up_one_string_moves_less_than_across() -> None:
    path = finger([(pitch,) for pitch in (55, 57, 59, 60, 62, 64)], [frozenset()] * 6, GUITAR)
    assert max(shape.position for shape in path) <= 2


@pytest.mark.parametrize("pitches", [(39,), (80,), (40, 41)])
def test_what_no_hand_can_hold_is_an_error(pitches: tuple[int, ...]) -> None:
    with pytest.raises(BrokenTuneError, match="can hold the pitches"):
        finger([pitches], [frozenset()], GUITAR)
