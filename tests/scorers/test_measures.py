"""Music measures by worked example."""

import math
from itertools import combinations
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_eval.music.fretboard import STANDARD_TUNING, fingers
from alphatex_eval.scorers.distribution import compare
from alphatex_eval.scorers.fretboard import (
    Hand,
    best_line_cost,
    effort,
    fault_of,
    line_cost,
    optimality_gap,
    places,
    shape_span,
)
from alphatex_eval.scorers.groove import empty_beat_rate, groove_similarity
from alphatex_eval.scorers.harmony import (
    BLUES,
    best_scale_share,
    best_tonic,
    pitch_class_entropy,
    pitch_classes,
    scale_consistency,
)
from alphatex_eval.scorers.loops import equality, in_loops, likeness, longest_run, sameness
from alphatex_eval.scorers.melody_model import human_melody, learn, log_probabilities, steps
from alphatex_eval.scorers.shingles import Beats, runs_of

C_MAJOR = [60, 62, 64, 65, 67, 69, 71]


def test_four_equal_full_bars_have_groove_similarity_1():
    """A library that compares neighbours and divides by all pairs gives 0.9375 here."""
    assert groove_similarity([frozenset(range(16))] * 4, 16) == 1.0


def test_groove_similarity_compares_all_pairs_of_bars():
    bars = [frozenset({0, 8}), frozenset({0, 8}), frozenset({4, 12})]
    assert groove_similarity(bars, 16) == pytest.approx(1 - (0 + 4 + 4) / (3 * 16))


def test_half_of_the_beats_empty_is_an_empty_beat_rate_of_one_half():
    """A library that looks at the piano roll's frames instead of beats gives 0 here."""
    assert empty_beat_rate([True, False, True, False]) == 0.5


def test_the_entropy_of_twelve_equal_pitch_classes_is_log2_12():
    assert pitch_class_entropy(pitch_classes(range(60, 72))) == pytest.approx(math.log2(12))
    assert pitch_class_entropy(pitch_classes([60, 72, 48])) == 0.0


def test_a_major_scale_is_consistent_and_its_chromatic_neighbour_costs_an_eighth():
    assert scale_consistency(pitch_classes(C_MAJOR)) == 1.0
    assert scale_consistency(pitch_classes([*C_MAJOR, 61])) == pytest.approx(7 / 8)
    assert best_tonic(pitch_classes(pitch + 2 for pitch in C_MAJOR)) == 2


def test_a_blues_scale_is_named_apart_from_the_keys():
    blues = pitch_classes([57, 60, 62, 63, 64, 67])
    assert best_scale_share(blues, [BLUES]) == 1.0
    assert scale_consistency(blues) < 1.0


@given(st.lists(st.integers(30, 90), min_size=1), st.integers(-24, 24))
@settings(max_examples=50, deadline=None)
def test_transposing_changes_neither_consistency_nor_entropy(pitches, interval):
    moved = pitch_classes(pitch + interval for pitch in pitches)
    assert scale_consistency(moved) == pytest.approx(scale_consistency(pitch_classes(pitches)))
    assert pitch_class_entropy(moved) == pytest.approx(pitch_class_entropy(pitch_classes(pitches)))


def test_four_frets_at_the_nut_are_wider_than_four_at_the_twelfth():
    assert shape_span(((1, 1), (2, 5))) == pytest.approx(648 * (2 ** (-1 / 12) - 2 ** (-5 / 12)))
    assert shape_span(((1, 12), (2, 16))) == pytest.approx(66.84, abs=0.01)
    assert shape_span(((1, 0), (2, 9))) == 0.0


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        (((1, 3), (1, 5)), "two notes on string 1"),
        (((1, 1), (2, 2), (3, 3), (4, 4), (5, 5)), "needs 5 fingers"),
        (((1, 1), (2, 6)), "frets 1 to 6 span 153 mm, a hand 145 mm"),
        (((1, 12), (2, 18)), ""),
        (((1, 0), (2, 1), (3, 0), (4, 2), (5, 3)), ""),
        (((1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 1)), ""),
    ],
)
def test_a_shape_is_playable_by_strings_fingers_and_span(shape, fault):
    assert fault_of(shape) == fault


def test_a_barre_counts_one_finger():
    assert fingers(((1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 1))) == 3
    assert fingers(((1, 3), (2, 5), (3, 5), (4, 5), (5, 3))) == 2
    assert fingers(((1, 2), (3, 3), (5, 4))) == 3
    assert fingers(((1, 0), (2, 0))) == 0


def efforts(shapes):
    """What each shape costs, one after the other."""
    hand = Hand()
    for shape in shapes:
        cost, hand = effort((shape,), STANDARD_TUNING, hand)
        yield cost


def test_the_hand_moves_only_for_frets_beyond_its_four_fingers():
    line = [((1, 5),), ((1, 8),), ((1, 0),), ((2, 5),), ((1, 9),), ((1, 2),)]
    assert [cost.shift for cost in efforts(line)] == [0, 0, 0, 0, 1, 4]


def test_string_crossing_is_the_distance_between_highest_strings():
    chords = [((3, 2),), ((1, 0), (2, 1)), ((6, 3),)]
    assert [cost.crossing for cost in efforts(chords)] == [0, 2, 5]


def test_the_effort_of_bars_is_that_of_the_whole_line():
    line = [(5, 3), (6, 10), (3, 9), (5, 8), (4, 5), (4, 30), (1, 2)]
    shapes = [(place,) for place in line]
    pitches = [STANDARD_TUNING[string - 1] + fret for string, fret in line]
    costs = list(efforts(shapes))
    assert sum(cost.written for cost in costs) == line_cost(line)
    assert sum(cost.best for cost in costs) == best_line_cost(pitches, STANDARD_TUNING)
    whole, _ = effort(tuple(shapes), STANDARD_TUNING, Hand())
    assert whole == tuple(map(sum, zip(*costs, strict=True)))


def test_a_pitch_has_a_place_on_every_string_that_reaches_it():
    assert places(64, STANDARD_TUNING) == ((1, 0), (2, 5), (3, 9), (4, 14), (5, 19), (6, 24))


def test_jumping_over_the_neck_costs_more_than_staying_in_place():
    in_place = [(5, 3), (4, 0), (4, 2), (4, 3), (3, 0)]
    jumping = [(5, 3), (6, 10), (3, 9), (5, 8), (4, 5)]
    assert optimality_gap([(1, 3)], STANDARD_TUNING) == 1.0
    assert optimality_gap(in_place, STANDARD_TUNING) < 1.1
    assert optimality_gap(jumping, STANDARD_TUNING) > 1.5


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 12)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_viterbi_is_as_good_as_trying_all_fingerings(line):
    pitches = [STANDARD_TUNING[string - 1] + fret for string, fret in line]
    fingerings = [[]]
    for pitch in pitches:
        fingerings = [[*before, place] for before in fingerings for place in places(pitch, STANDARD_TUNING)]
        fingerings = sorted(fingerings, key=line_cost)[:400]
    assert best_line_cost(pitches, STANDARD_TUNING) <= min(map(line_cost, fingerings)) + 1e-9
    assert optimality_gap(line, STANDARD_TUNING) >= 1.0 - 1e-9


def test_a_loop_is_a_pattern_of_up_to_four_bars_three_times_in_a_row():
    assert in_loops(8, equality("xabababy")) == [False, True, True, True, True, True, True, False]
    assert not any(in_loops(8, equality("aabbaabb")))
    assert not any(in_loops(8, equality("abcdabcd")))


@given(st.text("ab", min_size=1, max_size=24), st.sampled_from((0, 6, 8)))
def test_loops_of_bars_are_found_wherever_they_begin(figures, least):
    bars = [SimpleNamespace(figure=figure, hits=frozenset(figure)) for figure in figures]
    expected = in_loops(len(bars), equality(figures), least=least)
    assert in_loops(len(bars), likeness(bars, 1), least=least) == expected
    assert in_loops(len(bars), sameness(bars), least=least) == expected


def test_the_longest_run_counts_equal_neighbours():
    assert [longest_run(equality(items)(1, 1)) for items in ("a", "abc", "abbba")] == [1, 1, 3]


def line(*pitches, tonic=0):
    return steps(((place % 4, 4), (1, 4), pitch, tonic) for place, pitch in enumerate(pitches))


def test_steps_are_intervals_with_durations_and_keep_the_degree_they_start_from():
    found = line(60, 64, None, 62)
    assert [step.event for step in found] == ["0,1/4", "4,1/4", "r,1/4", "-2,1/4"]
    assert [step.degree for step in found] == ["^", "0", "4", "4"]


def test_a_model_prefers_what_it_has_seen():
    model = learn([line(60, 62, 64, 65)] * 10)
    seen, unseen = line(60, 62, 64, 65), line(60, 71, 61, 70)
    assert sum(log_probabilities(model, seen)) > sum(log_probabilities(model, unseen))


@given(st.lists(st.one_of(st.none(), st.integers(40, 80)), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_probabilities_of_steps_are_probabilities(pitches):
    assert all(chance < 0.0 for chance in log_probabilities(human_melody(), line(*pitches)))


def voice(pitches):
    return [Beats([step.event for step in line(*pitches)], list(map(str, pitches)))]


def test_runs_of_eight_do_not_change_under_transposition():
    tune = [60, 62, 64, 65, 67, 69, 71, 72, 74]
    original, transposed = (runs_of(voice([pitch + up for pitch in tune])) for up in (0, 5))
    assert original == transposed
    assert len(original) == 2


def test_a_run_of_few_pitches_is_the_same_only_at_its_own_pitch():
    strummed = [40, 40, 40, 40, 43, 43, 43, 43]
    low, high = (runs_of(voice([pitch + up for pitch in strummed])) for up in (0, 5))
    assert low != high


def test_distances_to_human_values_are_counted_as_by_hand():
    human, samples = [1.0, 2.0, 4.0, 7.0], [0.0, 3.5, 12.0]
    among = [abs(one - other) for one, other in combinations(human, 2)]
    between = [abs(one - other) for one in samples for other in human]

    def shares(distances: list[float]) -> list[float]:
        bins = [sum(number <= distance / 11 * 20 < number + 1 for distance in distances) for number in range(19)]
        bins.append(len(distances) - sum(bins))
        return [(count + 0.5) / (len(distances) + 10) for count in bins]

    pairs = list(zip(shares(among), shares(between), strict=True))
    overlap, divergence = compare(samples, human)
    assert overlap == pytest.approx(sum(min(pair) for pair in pairs))
    assert divergence == pytest.approx(sum(p * math.log(p / q) for p, q in pairs))


def test_samples_far_from_human_values_overlap_little():
    human = [float(value % 5) for value in range(50)]
    near, _ = compare(human, sorted(human))
    apart, divergence = compare([40.0] * 50, sorted(human))
    assert near > 0.9
    assert apart < 0.3
    assert divergence > 1.0
