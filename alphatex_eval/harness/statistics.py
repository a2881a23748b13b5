"""Error bars and comparisons for scores that come in clusters: several samples of each prompt.

The prompt is the unit. Its samples share what makes it easy or hard, so n prompts with k samples each are n
observations, not n·k. A score is the weighted mean of the prompts' means; weights say how much each prompt counts
and are equal unless given.

What cannot be estimated has a status and a message; no function gives NaN. Numbers that are not finite or out of their
range, and lists that should be equally long and are not, raise a ValueError of one line. numpy and scipy are imported
when a function is called.

Sources: Miller, "Adding Error Bars to Evals" (2024); Efron and Tibshirani, "An Introduction to the Bootstrap" (1993);
Wilson (1927); Holm (1979); Chen et al., "Evaluating Large Language Models Trained on Code" (2021).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import extra
from alphatex_eval.harness.sign_flips import Family, family_test, smallest_p
from alphatex_eval.scorers.results import Finite, Record, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Clusters = Sequence[Sequence[float]]
    Floats = NDArray[np.float64]

RESAMPLES = 9999
ROUNDING = 1e-12
"""Means that differ by less are equal but for rounding."""
MOST_PROMPTS = 10**9
"""`prompts_needed` gives no larger number."""


class Estimate(Record):
    """A value with its interval.

    `value` is None unless `status` is "scored"; `low` and `high` are None where no interval can be given, and then
    `message` says why. `n` counts prompts (for proportions: trials).
    """

    status: Status
    value: Finite | None = None
    low: Finite | None = None
    high: Finite | None = None
    confidence: float = 0.95
    n: int = 0
    method: str = ""
    message: str = ""


class PairedTest(Record):
    """The comparison of two generators on the same prompts: first minus second.

    `p_value` is two-sided, and `smallest_p` the smallest that so many differing prompts allow; `effect_size` is the
    mean difference in standard deviations of the prompts' differences (Cohen's d_z), None without spread; `spread` is
    that standard deviation.
    """

    difference: Estimate
    p_value: float | None = None
    smallest_p: float | None = None
    effect_size: float | None = None
    spread: float | None = None
    method: str = ""


def clustered_mean(
    clusters: Clusters,
    weights: Sequence[float] | None = None,
    *,
    confidence: float = 0.95,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Weighted mean of prompt means m_i with a t interval from the cluster-robust standard error.

    value = Σ w_i·m_i with Σ w_i = 1;  SE² = n/(n−1) · Σ w_i²·(m_i − value)²;  value ± t(n−1)·SE, cut to `limits`.
    Prompts without samples or weight are left out and the other weights rescaled. One prompt, or equal means: no
    interval. Raises ValueError for a score or weight that is not finite, a negative weight, another number of weights
    than of prompts, a confidence that is not between 0 and 1, and limits in the wrong order.
    """
    _check_confidence(confidence)
    _check_weights(weights, len(clusters))
    _require(limits[0] <= limits[1], f"limits must be (low, high), not {limits}")
    means, share = _prompt_means(clusters, weights)
    if not len(means):
        return _unscored(confidence)
    n, value = len(means), float(share @ means)
    error = _standard_error(means, share, value)
    if error is None:
        return _without_interval(float(means[0]), n, confidence)
    reach = error * _student(n - 1, confidence)
    return Estimate(
        status=Status.SCORED,
        value=value,
        low=max(limits[0], value - reach),
        high=min(limits[1], value + reach),
        confidence=confidence,
        n=n,
        method="clustered t",
    )


def bootstrap_mean(
    clusters: Clusters,
    weights: Sequence[float] | None = None,
    *,
    strata: Sequence[str] | None = None,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The same mean with a BCa bootstrap interval (Efron and Tibshirani 1993, ch. 14) over prompts, seeded.

    Prompts are drawn within their `strata` where these are given: kinds of which a suite always has so many. Bias
    correction z0 from the share of resampled means below the value (ties count half); acceleration from the jackknife.
    One prompt, or equal means: no interval. Raises ValueError as `clustered_mean` does, for another number of strata
    than of prompts, and for fewer than one resample.
    """
    with extra("stats"):
        import numpy as np
    _check_confidence(confidence)
    _check_weights(weights, len(clusters))
    _check_length("strata", clusters if strata is None else strata, len(clusters))
    _require(resamples >= 1, f"resamples must be at least 1, not {resamples}")
    means, share = _prompt_means(clusters, weights)
    if not len(means):
        return _unscored(confidence)
    n, value = len(means), float(share @ means)
    groups = _strata(_kept(clusters, weights), strata)
    lean = np.concatenate([_leverage(means[group], share[group]) for group in groups])
    if not np.abs(lean).max() > ROUNDING:
        return _without_interval(
            value, n, confidence, "all {} prompts" if strata is None else "the prompts of each kind"
        )
    rng = np.random.default_rng(seed)
    drawn = np.sum([_resampled(means[group], share[group], resamples, rng) for group in groups], axis=0)
    low, high = np.quantile(drawn, _bca_levels(drawn, value, lean, confidence))
    return Estimate(
        status=Status.SCORED,
        value=value,
        low=float(low),
        high=float(high),
        confidence=confidence,
        n=n,
        method="BCa bootstrap over prompts",
    )


def wilson(successes: float, trials: float, *, confidence: float = 0.95, design_effect: float = 1.0) -> Estimate:
    """A proportion with Wilson's score interval, for few trials.

    centre = (p + z²/2n) / (1 + z²/n), half-width = z·√(p(1−p)/n + z²/4n²) / (1 + z²/n), with n = trials ÷
    `design_effect`; trials in groups of m with intra-class correlation ρ have the design effect 1 + (m − 1)·ρ.
    No trials: unscored. Raises ValueError for fewer than no successes or more than trials, a design effect that is not
    above 0, and a confidence that is not between 0 and 1.
    """
    _check_confidence(confidence)
    _require(0 <= successes <= trials < math.inf, f"{successes} of {trials} trials is no proportion")
    _require(0 < design_effect < math.inf, f"design_effect must be above 0, not {design_effect}")
    if not trials:
        return Estimate(status=Status.UNSCORED, confidence=confidence, message="no trials")
    z, n, p = _normal(confidence), trials / design_effect, successes / trials
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(
        status=Status.SCORED,
        value=p,
        low=max(0.0, centre - reach),
        high=min(1.0, centre + reach),
        confidence=confidence,
        n=round(trials),
        method="Wilson",
    )


def paired_difference(
    first: Clusters, second: Clusters, weights: Sequence[float] | None = None, *, confidence: float = 0.95
) -> Estimate:
    """First minus second: the clustered mean of d_i = mean(first[i]) − mean(second[i]), samples of the same prompt.

    Prompts that either lacks are left out. Raises ValueError as `clustered_mean` does, and where the two have different
    numbers of prompts.
    """
    differences, share = _differences(first, second, weights)
    return clustered_mean([[d] for d in differences], share, confidence=confidence)


def paired_test(
    first: Clusters,
    second: Clusters,
    weights: Sequence[float] | None = None,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairedTest:
    """The paired difference with its test.

    The p-value is that of the sign-flip test of Σ w_i·d_i: exact up to 14 differing prompts, otherwise
    (1 + hits)/(1 + flips) over 9,999 seeded flips. No differing prompt: p = 1. Raises ValueError as `paired_difference`
    does.
    """
    differences, share = _differences(first, second, weights)
    tests, _ = paired_tests([differences], share, confidence=confidence, seed=seed)
    return tests[0]


def paired_tests(
    differences: Sequence[Sequence[float | None]],
    weights: Sequence[float] | None = None,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[list[PairedTest], Family]:
    """Tests of many pairs of generators on the same prompts, each with its own p-value, and all of them as a family.

    Each row holds a pair's differences prompt by prompt, None where one of the two lacks the prompt. Raises ValueError
    as `clustered_mean` does, and for rows of different lengths.
    """
    with extra("stats"):
        import numpy as np
    prompts = max(map(len, differences), default=0) if weights is None else len(weights)
    _check_confidence(confidence)
    _check_weights(weights, prompts)
    for row in differences:
        _check_length("differences", row, prompts)
    share = np.ones(prompts) if weights is None else np.array(weights)
    terms = np.array([[d or 0.0 for d in row] for row in differences]).reshape(len(differences), len(share)) * share
    _require(bool(np.isfinite(terms).all()), "differences must be finite numbers")
    family = family_test(terms, confidence=confidence, seed=seed)
    rows = zip(differences, family.p_values, np.count_nonzero(terms, axis=1), strict=True)
    method = "exact sign-flip" if family.exact else "sign-flip permutation"
    return [_paired_test(row, weights, confidence, p, int(differing), method) for row, p, differing in rows], family


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment, in the order given: the k-th smallest of m times (m − k + 1), made monotone.

    Raises ValueError for a p-value that is not between 0 and 1.
    """
    _require(all(0 <= p <= 1 for p in p_values), "p-values must be between 0 and 1")
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def minimum_detectable_effect(
    spread: float,
    prompts: int,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    comparisons: int = 1,
    critical: float | None = None,
) -> float | None:
    """The smallest true difference that `prompts` paired prompts show with the given power; None without prompts.

    (critical + z(power)) · spread / √prompts, normal approximation. `critical` is what the t statistic must reach; by
    default z(1 − α/2) with α = (1 − confidence) ÷ comparisons. `spread` is the standard deviation of the prompts'
    differences. Raises ValueError for a negative or infinite spread, a negative number of prompts, a confidence or
    power that is not between 0 and 1, fewer than one comparison, and a critical value that is not finite.
    """
    _require(0 <= spread < math.inf, f"spread must be at least 0 and finite, not {spread}")
    _require(prompts >= 0, f"prompts must be at least 0, not {prompts}")
    factor = _power_factor(confidence, power, comparisons, critical)
    return factor * spread / math.sqrt(prompts) if prompts > 0 else None


def prompts_needed(
    difference: float,
    spread: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    comparisons: int = 1,
    critical: float | None = None,
) -> int | None:
    """How many prompts would settle a true difference: the inverse of `minimum_detectable_effect`.

    None for 0, and where a billion prompts would not be enough. Raises ValueError as that does, and for a difference
    that is not finite.
    """
    _require(math.isfinite(difference), f"difference must be finite, not {difference}")
    _require(0 <= spread < math.inf, f"spread must be at least 0 and finite, not {spread}")
    factor = _power_factor(confidence, power, comparisons, critical)
    if abs(difference) < ROUNDING:
        return None
    needed = (factor * spread / abs(difference)) ** 2
    return max(2, math.ceil(needed)) if needed <= MOST_PROMPTS else None


def pass_at_k(samples: int, passed: int, k: int) -> float | None:
    """The chance that one of k samples passes, unbiased: 1 − C(n − c, k) / C(n, k); None when k > n.

    Raises ValueError for k < 1, and for fewer than no samples that passed or more than there are.
    """
    _require(k >= 1, f"k must be at least 1, not {k}")
    _require(0 <= passed <= samples, f"{passed} of {samples} samples cannot pass")
    if k > samples:
        return None
    return 1.0 - math.comb(samples - passed, k) / math.comb(samples, k)


def mean(values: Sequence[float]) -> float:
    """The mean of one value or more, whatever their order. Raises ValueError for none, and where one is not finite."""
    _require(len(values) > 0 and all(map(math.isfinite, values)), "a mean needs values, all of them finite numbers")
    return math.fsum(values) / len(values)


def difference_of(first: float, second: float) -> float:
    """First minus second, 0 where only rounding tells them apart. Raises ValueError where it is not finite."""
    difference = first - second
    _require(math.isfinite(difference), "a difference needs two finite numbers")
    return 0.0 if abs(difference) < ROUNDING else difference


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _check_confidence(confidence: float) -> None:
    _require(0 < confidence < 1, f"confidence must be between 0 and 1, not {confidence}")


def _check_weights(weights: Sequence[float] | None, prompts: int) -> None:
    if weights is not None:
        _check_length("weights", weights, prompts)
        _require(all(0 <= weight < math.inf for weight in weights), "weights must be at least 0 and finite")


def _check_length(name: str, values: Sequence[object], prompts: int) -> None:
    _require(len(values) == prompts, f"{prompts} prompts need as many {name}, not {len(values)}")


def _differences(
    first: Clusters, second: Clusters, weights: Sequence[float] | None
) -> tuple[list[float], list[float] | None]:
    """Differences of means of the prompts that both have, and these prompts' weights."""
    _check_length("prompts of the second", second, len(first))
    _check_weights(weights, len(first))
    pairs = [i for i in range(len(first)) if first[i] and second[i]]
    differences = [difference_of(mean(first[i]), mean(second[i])) for i in pairs]
    return differences, None if weights is None else [weights[i] for i in pairs]


def _prompt_means(clusters: Clusters, weights: Sequence[float] | None) -> tuple[Floats, Floats]:
    """Means and weights (summing to 1) of the prompts that count."""
    with extra("stats"):
        import numpy as np
    kept = _kept(clusters, weights)
    means = np.array([mean(clusters[i]) for i in kept])
    raw = np.array([1.0 if weights is None else weights[i] for i in kept])
    return means, raw / raw.sum()


def _kept(clusters: Clusters, weights: Sequence[float] | None) -> list[int]:
    """The places of the prompts that count: those with samples and a weight above 0."""
    return [i for i, values in enumerate(clusters) if values and (weights is None or weights[i] > 0)]


def _standard_error(means: Floats, share: Floats, value: float) -> float | None:
    n = len(means)
    if n < 2 or float(means.max() - means.min()) <= ROUNDING:
        return None
    return math.sqrt(n / (n - 1) * float((share**2 * (means - value) ** 2).sum()))


def _unscored(confidence: float) -> Estimate:
    return Estimate(status=Status.UNSCORED, confidence=confidence, message="no prompt that counts has a scored sample")


def _without_interval(value: float, n: int, confidence: float, who: str = "all {} prompts") -> Estimate:
    message = "one prompt has no spread" if n == 1 else f"{who.format(n)} gave the same: no spread"
    return Estimate(status=Status.SCORED, value=value, confidence=confidence, n=n, message=message)


def _strata(kept: Sequence[int], strata: Sequence[str] | None) -> list[NDArray[np.int64]]:
    """The places of the prompts of each stratum among those kept; all in one without strata."""
    import numpy as np

    labels = np.array(["" if strata is None else strata[i] for i in kept])
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _resampled(means: Floats, share: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """What a stratum adds to each resampled mean."""
    picks = rng.integers(0, len(means), size=(resamples, len(means)))
    added: Floats = share.sum() * (share * means)[picks].sum(axis=1) / share[picks].sum(axis=1)
    return added


def _leverage(means: Floats, share: Floats) -> Floats:
    """How much the mean rises by each prompt of a stratum: the jackknife's differences."""
    import numpy as np

    total = share.sum()
    if len(means) < 2:
        return np.zeros(len(means))
    rises: Floats = total * share / (total - share) * (means - share @ means / total)
    return rises


def _bca_levels(drawn: Floats, value: float, lean: Floats, confidence: float) -> Any:
    """The two quantiles of the resampled means that BCa reads."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    ties = np.abs(drawn - value) <= 1e-9 * abs(value)
    below = float(((drawn < value) & ~ties).mean() + ties.mean() / 2)
    bias = ndtri(np.clip(below, 1 / (len(drawn) + 1), len(drawn) / (len(drawn) + 1)))
    lean = lean - lean.mean()
    acceleration = float((lean**3).sum() / (6 * (lean**2).sum() ** 1.5))
    z = bias + ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    return ndtr(bias + z / (1 - acceleration * z))


def _paired_test(
    row: Sequence[float | None],
    weights: Sequence[float] | None,
    confidence: float,
    p_value: float,
    differing: int,
    method: str,
) -> PairedTest:
    shared = [i for i, d in enumerate(row) if d is not None]
    differences = [d for d in row if d is not None]
    share = None if weights is None else [weights[i] for i in shared]
    difference = clustered_mean([[d] for d in differences], share, confidence=confidence)
    if difference.value is None:
        return PairedTest(difference=difference)
    effect, spread = _effect(differences, share, difference.value)
    return PairedTest(
        difference=difference,
        p_value=p_value,
        smallest_p=smallest_p(differing),
        effect_size=effect,
        spread=spread,
        method=method,
    )


def _effect(
    differences: Sequence[float], weights: Sequence[float] | None, value: float
) -> tuple[float | None, float | None]:
    """Effect size and the standard deviation it is measured in; both None without spread."""
    means, share = _prompt_means([[d] for d in differences], weights)
    error = _standard_error(means, share, value)
    if error is None:
        return None, None
    spread = error * math.sqrt(len(means))
    return value / spread, spread


def _power_factor(confidence: float, power: float, comparisons: int, critical: float | None) -> float:
    _check_confidence(confidence)
    _require(0 < power < 1, f"power must be between 0 and 1, not {power}")
    _require(comparisons >= 1, f"comparisons must be at least 1, not {comparisons}")
    _require(critical is None or math.isfinite(critical), f"critical must be finite, not {critical}")
    with extra("stats"):
        from scipy.special import ndtri
    reach = ndtri(1 - (1 - confidence) / comparisons / 2) if critical is None else critical
    return float(reach + ndtri(power))


@lru_cache
def _normal(confidence: float) -> float:
    with extra("stats"):
        from scipy.special import ndtri
    return float(ndtri((1 + confidence) / 2))


@lru_cache
def _student(degrees: int, confidence: float) -> float:
    with extra("stats"):
        from scipy.special import stdtrit
    return float(stdtrit(degrees, (1 + confidence) / 2))
