"""Sign-flip tests: of one paired difference, and of many at once without more false alarms.

Where two generators are equally good, a prompt's difference is as likely to be −d as d. So the signs are flipped, and a
difference counts as proven where few flips reach it. For all pairs of a ranking the same prompts are flipped together,
and each pair is measured against the highest statistic of those not yet proven (step-down max-T). That bounds the
chance of any false alarm as Holm's correction does, but knows how the pairs hang together, and its smallest p-value
does not grow with their number.

Sources: Westfall and Young, "Resampling-Based Multiple Testing" (1993), algorithm 2.8; Romano and Wolf, "Exact and
Approximate Stepdown Methods for Multiple Hypothesis Testing" (2005); Phipson and Smyth, "Permutation p-values should
never be zero" (2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.harness.errors import HarnessError, extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXACT_LIMIT = 14
"""Flips are enumerated up to this many differing prompts (8,192, as turning all signs changes nothing)."""
FLIPS = 9999
BLOCK = 1 << 21
"""How many statistics, or signs, are held at a time: 16 megabytes."""


@dataclass(frozen=True, slots=True)
class Family:
    """Differences tested together, in the order given.

    `p_values` are each difference's own, `adjusted` hold for all of them at once; both are two-sided. `critical` is the
    t statistic with which one of them would be proven beside the others; None where none could be, however large.
    `differing` counts the prompts that differ anywhere; `exact` says that no flips were drawn at random.
    """

    p_values: list[float]
    adjusted: list[float]
    critical: float | None
    differing: int
    exact: bool


def family_test(terms: Floats, *, confidence: float = 0.95, seed: int = 0) -> Family:
    """Test which rows of `terms` have another sum than 0.

    `terms` has the shape differences × prompts and holds weighted differences, 0 where a prompt is missing. The
    statistic r = |Σ t_i| ÷ √(Σ t_i²) orders flips as the t statistic r·√((n − 1) ÷ (n − r²)) does. Exact where up to 14
    prompts differ anywhere, otherwise over 9,999 seeded flips and the signs as they are. A row of zeros has p = 1.
    """
    with extra("stats"):
        import numpy as np
    terms = terms[:, (terms != 0).any(axis=0)]
    norms = np.sqrt((terms**2).sum(axis=1, keepdims=True))
    units = np.divide(terms, norms, out=np.zeros_like(terms), where=norms > 0)
    observed = np.abs(units.sum(axis=1))
    order = np.argsort(-observed, kind="stable")
    own, joint, highest = _hits(units[order], observed[order], seed)
    adjusted = np.maximum.accumulate(np.maximum(joint, own) / len(highest))
    back = np.argsort(order)
    critical = float(np.sort(highest)[math.ceil(confidence * len(highest)) - 1])
    return Family(
        p_values=(own[back] / len(highest)).tolist(),
        adjusted=adjusted[back].tolist(),
        critical=_student(critical, terms.shape[1]),
        differing=terms.shape[1],
        exact=terms.shape[1] <= EXACT_LIMIT,
    )


def smallest_p(prompts: int) -> float:
    """The smallest two-sided p-value that a sign-flip test can give where so many prompts differ."""
    return min(1.0, max(2.0 ** (1 - prompts), 1 / (FLIPS + 1)))


def prompts_to_tell(confidence: float) -> int:
    """How many prompts must differ before any difference can be proven.

    Raises HarnessError where no number is enough.
    """
    for prompts in range(1, EXACT_LIMIT + 2):
        if smallest_p(prompts) <= 1 - confidence + 1e-12:
            return prompts
    raise HarnessError(
        f"Sign-flip tests prove nothing at a confidence of {confidence:g}; ask for {1 - 1 / (FLIPS + 1):g} at most."
    )


def _hits(units: Floats, observed: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """How many flips reach each row's statistic: by that row, by any from it on; and each flip's highest statistic.

    Rows are sorted by their observed statistic, highest first.
    """
    import numpy as np

    reach = observed - 1e-9
    own, joint, highest = np.zeros(len(units)), np.zeros(len(units)), []
    for block in _signs(units.shape[1], len(units), seed):
        flipped = np.abs(block @ units.T)
        own += (flipped >= reach).sum(axis=0)
        rest = np.maximum.accumulate(flipped[:, ::-1], axis=1)[:, ::-1]
        joint += (rest >= reach).sum(axis=0)
        highest.append(flipped.max(axis=1, initial=0.0))
    return own, joint, np.concatenate(highest)


def _student(statistic: float, prompts: int) -> float | None:
    """The t statistic of r, None where no larger r is possible than `statistic`."""
    if prompts - statistic**2 < 1e-9:
        return None
    return statistic * math.sqrt((prompts - 1) / (prompts - statistic**2))


def _signs(prompts: int, rows: int, seed: int) -> Iterator[Floats]:
    """The flips over which a two-sided test of so many rows counts, as blocks of rows of −1 and 1.

    All of them (up to turning every sign), or the signs as they are, so that no p-value is 0, and then random ones.
    """
    import numpy as np

    size = max(1, BLOCK // max(1, rows, prompts))
    if prompts <= EXACT_LIMIT:
        flips = np.arange(1 << max(0, prompts - 1))[:, None]
        for start in range(0, len(flips), size):
            turned = flips[start : start + size] >> np.arange(prompts) & 1
            yield np.asarray(1.0 - 2.0 * turned, dtype=np.float64)
        return
    yield np.ones((1, prompts))
    rng = np.random.default_rng(seed)
    for start in range(0, FLIPS, size):
        yield rng.choice(np.array([-1.0, 1.0]), size=(min(size, FLIPS - start), prompts))
