"""Simulate how often 95 % intervals hold the truth on data of our shape.

Prompts differ in difficulty: θ ~ Beta(4μ, 4(1 − μ)). Samples of a prompt scatter around it: score ~ Beta(6θ, 6(1 − θ)).
The truth is μ. Two checkpoints share their prompts' difficulty, so that their difference is that of paired data.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alphatex_eval.harness.statistics import Estimate, bootstrap_mean, clustered_mean, paired_difference, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

Rng = np.random.Generator
SHAPES = ((200, 4), (12, 4))
MEANS = (0.5, 0.8, 0.95)
UNIT = (0.0, 1.0)


def difficulties(rng: Rng, prompts: int, mean: float) -> np.ndarray:
    return rng.beta(4 * mean, 4 * (1 - mean), size=prompts)


def scores(rng: Rng, difficulty: np.ndarray, samples: int) -> list[list[float]]:
    theta = np.clip(difficulty, 1e-6, 1 - 1e-6)[:, None]
    found: list[list[float]] = rng.beta(6 * theta, 6 * (1 - theta), size=(len(difficulty), samples)).tolist()
    return found


def clustered(rng: Rng, prompts: int, samples: int, mean: float) -> tuple[Estimate, float]:
    return clustered_mean(scores(rng, difficulties(rng, prompts, mean), samples), limits=UNIT), mean


def bootstrapped(rng: Rng, prompts: int, samples: int, mean: float) -> tuple[Estimate, float]:
    data = scores(rng, difficulties(rng, prompts, mean), samples)
    return bootstrap_mean(data, resamples=1999, seed=int(rng.integers(1 << 30))), mean


def unclustered(rng: Rng, prompts: int, samples: int, mean: float) -> tuple[Estimate, float]:
    """What ignoring the prompts would do: every sample its own cluster."""
    data = scores(rng, difficulties(rng, prompts, mean), samples)
    return clustered_mean([[score] for values in data for score in values], limits=UNIT), mean


def paired(rng: Rng, prompts: int, samples: int, mean: float) -> tuple[Estimate, float]:
    easy = difficulties(rng, prompts, mean)
    ours, theirs = scores(rng, easy, samples), scores(rng, easy, samples)
    lift = 0.05 * rng.random(prompts)
    lifted = [[score + up for score in values] for values, up in zip(ours, lift, strict=True)]
    return paired_difference(lifted, theirs), 0.025


def proportion(rng: Rng, prompts: int, _samples: int, mean: float) -> tuple[Estimate, float]:
    """One yes or no for each prompt: independent trials, as Wilson's interval takes them."""
    return wilson(int(rng.binomial(prompts, mean)), prompts), mean


INTERVALS: dict[str, Callable[[Rng, int, int, float], tuple[Estimate, float]]] = {
    "clustered t": clustered,
    "BCa bootstrap": bootstrapped,
    "paired difference": paired,
    "Wilson, one trial per prompt": proportion,
    "t over samples, ignoring prompts": unclustered,
}


def coverage(name: str, prompts: int, samples: int, mean: float, trials: int, seed: int = 0) -> float:
    """The share of simulated data sets whose interval holds the truth."""
    rng = np.random.default_rng([seed, prompts, samples, round(100 * mean)])
    return sum(_holds(*INTERVALS[name](rng, prompts, samples, mean)) for _ in range(trials)) / trials


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def simulate(trials: int) -> list[dict[str, object]]:
    return [
        {
            "interval": name,
            "prompts": prompts,
            "samples": samples,
            "mean": mean,
            "coverage": round(coverage(name, prompts, samples, mean, trials), 4),
            "trials": trials,
        }
        for name in INTERVALS
        for prompts, samples in SHAPES
        for mean in MEANS
    ]


if __name__ == "__main__":
    rows = simulate(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(
            f"{row['interval']:34} {row['prompts']:4} × {row['samples']}  mean {row['mean']:.2f}  {row['coverage']:.1%}"
        )
