from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_eval.harness import sign_flips
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.sign_flips import family_test, prompts_to_tell, smallest_p
from alphatex_eval.harness.statistics import holm

TERMS = st.integers(1, 5).flatmap(
    lambda rows: st.lists(st.lists(st.integers(-8, 8), min_size=7, max_size=7), min_size=rows, max_size=rows)
)


def pairwise(runs: np.ndarray) -> np.ndarray:
    """Differences of all pairs of rows."""
    first, second = np.triu_indices(len(runs), 1)
    return np.asarray(runs[first] - runs[second], dtype=float)


@settings(max_examples=80, deadline=None)
@given(rows=TERMS)
def test_an_adjusted_p_is_never_below_the_own_one_nor_above_that_of_more_rows(rows: list[list[int]]) -> None:
    terms = np.array(rows, dtype=float)
    found, fewer = family_test(terms), family_test(terms[:1])
    assert all(own <= adjusted <= 1 for own, adjusted in zip(found.p_values, found.adjusted, strict=True))
    assert found.adjusted[0] >= fewer.adjusted[0]
    assert fewer.adjusted == fewer.p_values


@settings(max_examples=60, deadline=None)
@given(rows=TERMS, data=st.data())
def test_the_order_of_the_pairs_their_signs_and_a_common_scale_change_nothing(
    rows: list[list[int]], data: st.DataObject
) -> None:
    terms = np.array(rows, dtype=float)
    order = data.draw(st.permutations(range(len(rows))))
    plain, turned = family_test(terms), family_test(-0.25 * terms[order])
    assert [plain.adjusted[i] for i in order] == turned.adjusted
    assert [plain.p_values[i] for i in order] == turned.p_values


def test_asking_the_same_question_fifty_times_costs_nothing() -> None:
    terms = np.random.default_rng(3).normal(0.3, 1, size=(1, 80))
    once, often = family_test(terms), family_test(np.repeat(terms, 50, axis=0))
    assert often.adjusted == pytest.approx(once.adjusted * 50)
    assert holm(often.p_values)[0] == pytest.approx(min(1, 50 * once.p_values[0]))


def test_the_smallest_p_does_not_grow_with_the_number_of_pairs() -> None:
    skill = np.repeat([0.2, 0.8], 30)[:, None]
    runs = skill + np.random.default_rng(1).normal(0, 0.1, size=(60, 40))
    found = family_test(pairwise(runs))
    assert len(found.adjusted) == 1770
    assert min(found.adjusted) == smallest_p(40) == pytest.approx(1e-4)
    assert holm(found.p_values)[0] > 0.05


def test_a_difference_that_is_all_zeros_proves_nothing() -> None:
    found = family_test(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    assert (found.p_values, found.adjusted) == ([1.0, 0.25], [1.0, 0.25])
    assert family_test(np.zeros((2, 3))).adjusted == [1.0, 1.0]
    assert family_test(np.zeros((0, 0))).adjusted == []


def test_enough_prompts_make_the_critical_value_that_of_the_normal_law() -> None:
    terms = np.random.default_rng(2).normal(size=(1, 2000))
    assert family_test(terms).critical == pytest.approx(1.96, abs=0.06)


def test_five_differing_prompts_cannot_prove_anything_at_95_percent() -> None:
    assert family_test(np.array([[1.0] * 5])).critical is None
    assert family_test(np.array([[1.0] * 6])).critical is not None
    assert [smallest_p(n) for n in (0, 1, 5, 6)] == [1.0, 1.0, 0.0625, 0.03125]
    assert [prompts_to_tell(confidence) for confidence in (0.5, 0.95, 0.99, 0.999, 0.9999)] == [2, 6, 8, 11, 15]
    with pytest.raises(HarnessError, match=r"prove nothing at a confidence of 0\.99999; ask for 0\.9999 at most"):
        prompts_to_tell(0.99999)


@pytest.mark.parametrize("prompts", [12, 40])
def test_flips_drawn_a_few_at_a_time_are_the_same(prompts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = np.random.default_rng(6).normal(0.2, 1, size=(3, prompts))
    whole = family_test(terms, seed=7)
    monkeypatch.setattr(sign_flips, "BLOCK", 1000)
    parts = family_test(terms, seed=7)
    assert (parts.p_values, parts.adjusted) == (whole.p_values, whole.adjusted)
    assert parts.critical == pytest.approx(whole.critical)


def test_many_prompts_need_little_memory_and_none_afterwards() -> None:
    terms = np.random.default_rng(6).normal(size=(1, 3000))
    tracemalloc.start()
    try:
        family_test(terms)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1e6
    assert peak < 8e7


def test_exact_and_random_flips_agree() -> None:
    terms = np.random.default_rng(4).normal(0.4, 1, size=(6, 14))
    exact = family_test(terms)
    padded = family_test(np.hstack([terms, np.full((6, 1), 1e-9)]))
    assert (exact.exact, padded.exact) == (True, False)
    assert padded.adjusted == pytest.approx(exact.adjusted, abs=0.02)


@pytest.mark.parametrize("skill", [0.0, 0.4])
def test_false_alarms_stay_rare_among_many_pairs(skill: float) -> None:
    rng = np.random.default_rng(5)
    shift = np.repeat([0.0, skill], 4)[:, None]
    first, second = np.triu_indices(8, 1)
    null = (shift[first] == shift[second])[:, 0]
    alarms = [
        min(np.array(family_test(pairwise(shift + rng.beta(2, 0.3, size=(8, 12)))).adjusted)[null]) <= 0.05
        for _ in range(150)
    ]
    assert sum(alarms) / 150 <= 0.11
