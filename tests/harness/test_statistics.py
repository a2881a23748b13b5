from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alphatex_eval.harness.statistics import (
    Estimate,
    bootstrap_mean,
    clustered_mean,
    difference_of,
    holm,
    mean,
    minimum_detectable_effect,
    paired_difference,
    paired_test,
    paired_tests,
    pass_at_k,
    prompts_needed,
    wilson,
)
from alphatex_eval.scorers.results import Status

if TYPE_CHECKING:
    from collections.abc import Callable

SCORES = st.floats(min_value=0, max_value=1, allow_nan=False)
CLUSTERS = st.lists(st.lists(SCORES, min_size=1, max_size=4), min_size=1, max_size=12)


def rounded(estimate: Estimate, scale: float = 100) -> tuple[float, float, float]:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return tuple(round(scale * value, 1) for value in (estimate.value, estimate.low, estimate.high))  # type: ignore[return-value]


def test_one_sample_per_prompt_gives_the_textbook_t_interval() -> None:
    scores = [0.2, 0.5, 0.9, 0.4, 0.7]
    found = clustered_mean([[score] for score in scores])
    low, high = stats.t.interval(0.95, 4, loc=np.mean(scores), scale=stats.sem(scores))
    assert (found.value, found.low, found.high) == pytest.approx((np.mean(scores), low, high))


def test_repeating_every_sample_does_not_narrow_the_interval() -> None:
    clusters = [[0.2, 0.4], [0.9, 0.7], [0.5, 0.5]]
    once, tenfold = clustered_mean(clusters), clustered_mean([values * 10 for values in clusters])
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))


def test_weights_move_the_mean_and_equal_weights_change_nothing() -> None:
    clusters = [[0.0], [1.0], [0.5]]
    assert clustered_mean(clusters, [1, 3, 0]).value == pytest.approx(0.75)
    assert clustered_mean(clusters, [2, 2, 2]) == clustered_mean(clusters)


def test_a_prompt_without_samples_is_left_out_and_not_zero() -> None:
    assert clustered_mean([[1.0], [], [0.5]]).value == 0.75
    assert clustered_mean([[1.0], [], [0.5]]).n == 2


@pytest.mark.parametrize("estimate", [clustered_mean, bootstrap_mean])
def test_a_prompt_without_weight_is_as_if_it_were_not_there(estimate) -> None:  # type: ignore[no-untyped-def]
    two = [[0.2], [0.8]]
    assert estimate([*two, *[[0.5]] * 50], [1, 1, *[0] * 50]) == estimate(two)
    assert estimate([*two, []], [0, 0, 1]).status is Status.UNSCORED
    assert estimate([[0.2], [0.8], [0.3]], [1, 0, 0]).message == "one prompt has no spread"


@pytest.mark.parametrize("estimate", [clustered_mean, bootstrap_mean])
def test_what_cannot_be_estimated_says_so(estimate) -> None:  # type: ignore[no-untyped-def]
    assert estimate([[], []]).status is Status.UNSCORED
    one = estimate([[0.4, 0.6]])
    assert (one.value, one.low, one.message) == (0.5, None, "one prompt has no spread")
    alike = estimate([[0.7]] * 5)
    assert (alike.value, alike.high, alike.message) == (0.7, None, "all 5 prompts gave the same: no spread")


def test_a_score_interval_stays_inside_its_limits() -> None:
    found = clustered_mean([[1.0], [1.0], [0.7]], limits=(0, 1))
    assert found.high == 1.0


@settings(max_examples=60, deadline=None)
@given(clusters=CLUSTERS, data=st.data())
def test_no_estimate_is_ever_not_a_number(clusters: list[list[float]], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(0, 2), min_size=len(clusters), max_size=len(clusters)))
    for found in (clustered_mean(clusters, weights), bootstrap_mean(clusters, weights, resamples=99)):
        numbers = [number for number in (found.value, found.low, found.high) if number is not None]
        assert all(math.isfinite(number) for number in numbers)
        assert found.low is None or found.low <= found.high


def test_the_bootstrap_agrees_with_scipys_bca() -> None:
    scores = np.random.default_rng(1).beta(5, 2, size=40)
    found = bootstrap_mean([[score] for score in scores], seed=3)
    theirs = stats.bootstrap((scores,), np.mean, method="BCa", rng=np.random.default_rng(4)).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_means_that_differ_only_by_rounding_are_ties() -> None:
    # 95.625 % in twelfths: one resampled mean in nine is the same number, added up in another order
    scores = [[1.0]] * 9 + [[0.875], [0.8], [0.8]]
    assert rounded(bootstrap_mean(scores, resamples=99_999)) == (95.6, 90.0, 99.0)


def test_drawing_within_kinds_leaves_out_what_differs_between_them() -> None:
    scores, kinds = [[0.9], [0.8], [0.7], [0.3], [0.2], [0.1]], ["easy"] * 3 + ["hard"] * 3
    within, across = rounded(bootstrap_mean(scores, strata=kinds)), rounded(bootstrap_mean(scores))
    assert across[1] < within[1] < within[0] == across[0] < within[2] < across[2]
    alike = bootstrap_mean([[0.9], [0.9], [0.1], [0.1]], strata=["easy", "easy", "hard", "hard"])
    assert (alike.value, alike.low) == (0.5, None)
    assert "same" in alike.message


def test_the_bootstrap_is_seeded() -> None:
    clusters = [[score] for score in np.random.default_rng(0).random(30)]
    assert bootstrap_mean(clusters, seed=1) == bootstrap_mean(clusters, seed=1)
    assert bootstrap_mean(clusters, seed=1) != bootstrap_mean(clusters, seed=2)


def test_wilson_gives_the_intervals_of_the_audit() -> None:
    correlated = 1 + 7 * 0.3
    assert rounded(wilson(47, 48)) == (97.9, 89.1, 99.6)
    assert rounded(wilson(47, 48, design_effect=correlated)) == (97.9, 76.9, 99.8)
    assert rounded(wilson(34, 48)) == (70.8, 56.8, 81.8)
    assert rounded(wilson(34, 48, design_effect=correlated)) == (70.8, 46.0, 87.4)


def test_wilson_without_trials_is_unscored_and_with_all_passed_is_not_certain() -> None:
    assert wilson(0, 0).status is Status.UNSCORED
    assert rounded(wilson(10, 10)) == (100.0, 72.2, 100.0)


def test_six_prompts_cannot_give_a_smaller_p_than_two_in_64() -> None:
    found = paired_test([[1.0]] * 6, [[0.5], [0.4], [0.3], [0.2], [0.1], [0.0]])
    assert (found.p_value, found.method) == (0.03125, "exact sign-flip")


def test_the_exact_test_agrees_with_scipys_permutation_test() -> None:
    first, second = [0.9, 0.7, 0.8, 0.4, 0.6, 0.9, 0.5], [0.5, 0.8, 0.6, 0.3, 0.5, 0.9, 0.2]
    theirs = stats.permutation_test(
        (np.array(first) - np.array(second),), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    found = paired_test([[x] for x in first], [[x] for x in second])
    assert found.p_value == pytest.approx(theirs.pvalue)


def test_random_flips_agree_with_the_exact_test_and_are_never_zero() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.random(40), rng.random(40) + 0.12
    found = paired_test([[x] for x in first], [[x] for x in second])
    theirs = stats.ttest_rel(first, second).pvalue
    assert found.method == "sign-flip permutation"
    assert found.p_value == pytest.approx(theirs, abs=0.02)
    apart = paired_test([[1.0 + i / 1000] for i in range(40)], [[0.0]] * 40)
    assert apart.p_value == pytest.approx(1 / 10000)


def test_equal_runs_are_not_told_apart() -> None:
    found = paired_test([[0.5], [0.7]], [[0.5], [0.7]])
    assert (found.difference.value, found.p_value, found.effect_size) == (0.0, 1.0, None)


@pytest.mark.parametrize(("first", "second"), [([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]), ([0.1, 0.2], [0.15])])
def test_what_rounding_adds_is_no_difference(first: list[float], second: list[float]) -> None:
    found = paired_test([first] * 20, [second] * 20)
    assert (found.difference.value, found.p_value, found.effect_size) == (0.0, 1.0, None)


def test_prompts_without_weight_prove_nothing() -> None:
    first, second = [[0.9]] * 12, [[0.1]] * 12
    assert paired_test(first, second, [0] * 12).p_value is None
    assert paired_test(first, second, [1] * 5 + [0] * 7) == paired_test(first[:5], second[:5])


def test_runs_that_share_no_prompt_have_no_p_value() -> None:
    assert paired_test([[0.5], []], [[], [0.7]]).p_value is None


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=10))
def test_swapping_the_runs_turns_the_difference_and_keeps_the_p_value(pairs: list[tuple[float, float]]) -> None:
    first, second = [[a] for a, _ in pairs], [[b] for _, b in pairs]
    ours, theirs = paired_test(first, second), paired_test(second, first)
    assert ours.p_value == theirs.p_value
    assert ours.difference.value == pytest.approx(-(theirs.difference.value or 0.0))


def test_effect_size_is_the_mean_difference_in_standard_deviations() -> None:
    found = paired_test([[0.5], [0.9], [0.7]], [[0.4], [0.5], [0.5]])
    differences = np.array([0.1, 0.4, 0.2])
    assert found.effect_size == pytest.approx(differences.mean() / differences.std(ddof=1))
    assert found.spread == pytest.approx(differences.std(ddof=1))


def test_holm_steps_down_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_audits_numbers_of_prompts_come_out() -> None:
    assert prompts_needed(0.05, 0.2) == 126
    assert prompts_needed(0.05, 0.2, comparisons=24) == 246
    assert prompts_needed(0.02, 0.2) == 785
    assert prompts_needed(0.0, 0.2) is None


@pytest.mark.parametrize("difference", [5.6e-17, 1e-10, -1e-7])
def test_numbers_of_prompts_that_nobody_will_ever_have_are_left_out(difference: float) -> None:
    assert prompts_needed(difference, 0.2) is None


def test_the_detectable_effect_is_the_inverse_of_the_prompts_needed() -> None:
    effect = minimum_detectable_effect(0.2, 126)
    assert effect == pytest.approx(0.05, abs=1e-3)
    assert minimum_detectable_effect(0.2, 0) is None


def test_pass_at_k_counts_the_draws_with_a_pass() -> None:
    assert pass_at_k(4, 1, 1) == 0.25
    assert pass_at_k(4, 1, 4) == 1.0
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)
    assert pass_at_k(3, 0, 2) == 0.0
    assert pass_at_k(2, 1, 3) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clustered_mean([[math.nan], [0.5]]), "a mean needs values, all of them finite numbers"),
        (lambda: clustered_mean([[0.5]], [math.nan]), "weights must be at least 0 and finite"),
        (lambda: clustered_mean([[0.5], [0.4]], [-1, 2]), "weights must be at least 0 and finite"),
        (lambda: clustered_mean([[0.5], [0.4]], [1]), "2 prompts need as many weights, not 1"),
        (lambda: clustered_mean([[0.5]], confidence=1.5), "confidence must be between 0 and 1, not 1.5"),
        (lambda: clustered_mean([[0.5]], limits=(1, 0)), "limits must be (low, high), not (1, 0)"),
        (lambda: bootstrap_mean([[math.inf], [0.5]]), "a mean needs values, all of them finite numbers"),
        (lambda: bootstrap_mean([[0.5], [0.4]], [1]), "2 prompts need as many weights, not 1"),
        (lambda: bootstrap_mean([[0.5], [0.4]], strata=["easy"]), "2 prompts need as many strata, not 1"),
        (lambda: bootstrap_mean([[0.5]], confidence=0), "confidence must be between 0 and 1, not 0"),
        (lambda: bootstrap_mean([[0.5]], resamples=0), "resamples must be at least 1, not 0"),
        (lambda: wilson(5, 3), "5 of 3 trials is no proportion"),
        (lambda: wilson(0, -1), "0 of -1 trials is no proportion"),
        (lambda: wilson(math.nan, 3), "nan of 3 trials is no proportion"),
        (lambda: wilson(1, 3, confidence=1), "confidence must be between 0 and 1, not 1"),
        (lambda: wilson(1, 3, design_effect=0), "design_effect must be above 0, not 0"),
        (lambda: paired_difference([[0.1]], [[0.2], [0.3]]), "1 prompts need as many prompts of the second, not 2"),
        (lambda: paired_test([[0.1]], [[0.2], [0.3]]), "1 prompts need as many prompts of the second, not 2"),
        (lambda: paired_test([[0.1], [0.2]], [[0.2]]), "2 prompts need as many prompts of the second, not 1"),
        (lambda: paired_test([[0.1], [0.2]], [[0.2], [0.3]], [1]), "2 prompts need as many weights, not 1"),
        (lambda: paired_test([[0.1]], [[math.nan]]), "a mean needs values, all of them finite numbers"),
        (lambda: paired_tests([[0.1, math.nan]]), "differences must be finite numbers"),
        (lambda: paired_tests([[0.1, 0.2], [0.1]]), "2 prompts need as many differences, not 1"),
        (lambda: paired_tests([[0.1]], confidence=-1), "confidence must be between 0 and 1, not -1"),
        (lambda: holm([0.5, math.nan]), "p-values must be between 0 and 1"),
        (lambda: minimum_detectable_effect(0.2, 9, comparisons=0), "comparisons must be at least 1, not 0"),
        (lambda: minimum_detectable_effect(0.2, -9), "prompts must be at least 0, not -9"),
        (lambda: minimum_detectable_effect(-0.2, 9), "spread must be at least 0 and finite, not -0.2"),
        (lambda: minimum_detectable_effect(0.2, 9, power=1), "power must be between 0 and 1, not 1"),
        (lambda: minimum_detectable_effect(0.2, 9, critical=math.nan), "critical must be finite, not nan"),
        (lambda: prompts_needed(math.nan, 0.2), "difference must be finite, not nan"),
        (lambda: prompts_needed(0.1, math.inf), "spread must be at least 0 and finite, not inf"),
        (lambda: prompts_needed(0.0, 0.2, confidence=1.5), "confidence must be between 0 and 1, not 1.5"),
        (lambda: pass_at_k(3, -1, 1), "-1 of 3 samples cannot pass"),
        (lambda: pass_at_k(3, 4, 1), "4 of 3 samples cannot pass"),
        (lambda: pass_at_k(3, 1, 0), "k must be at least 1, not 0"),
        (lambda: mean([]), "a mean needs values, all of them finite numbers"),
        (lambda: difference_of(math.inf, math.inf), "a difference needs two finite numbers"),
    ],
)
def test_what_is_out_of_range_is_refused_in_one_line(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
