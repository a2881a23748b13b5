"""Simulate how often a ranking tells runs apart that are equally good, and how often it finds those that are not.

A run's score of a prompt is the mean of four samples, Beta(6θ, 6(1 − θ)) around the prompt's difficulty
θ ~ Beta(4μ, 4(1 − μ)). Equal runs share θ; in the rows "half better" the second half of the runs gains `GAIN`
everywhere. "Skewed" runs differ in shape but not in mean: one loses much on a few prompts and gains a little elsewhere.
All pairs are tested, by the ranking's own step-down max-T and by Holm's correction of the same p-values.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alphatex_eval.harness.sign_flips import family_test
from alphatex_eval.harness.statistics import holm

Floats = NDArray[np.float64]

SAMPLES, GAIN, ALPHA = 4, 0.03, 0.05
RARE, LOSS = 0.2, 0.4
"""How often and how much the skewed run loses; it gains LOSS·RARE ÷ (1 − RARE) on the other prompts."""


@dataclass(frozen=True)
class Case:
    """A kind of ranking: `shape` is "equal", "half better" or "skewed"; `mean` is μ."""

    shape: str
    runs: int
    prompts: int
    mean: float

    def draw(self, rng: np.random.Generator) -> Floats:
        """Scores of shape runs × prompts."""
        easy = np.clip(rng.beta(4 * self.mean, 4 * (1 - self.mean), size=self.prompts), 1e-6, 1 - 1e-6)
        theta = easy[None, :, None]
        size = (self.runs, self.prompts, SAMPLES)
        scores: Floats = rng.beta(6 * theta, 6 * (1 - theta), size=size).mean(axis=2) + self.lift()[:, None]
        if self.shape == "skewed":
            lost = rng.random(self.prompts) < RARE
            scores[0] = easy + np.where(lost, -LOSS, LOSS * RARE / (1 - RARE))
        return scores

    def lift(self) -> Floats:
        """How much better than its prompts each run is."""
        gains = np.repeat([0.0, GAIN if self.shape == "half better" else 0.0], [self.runs // 2, (self.runs + 1) // 2])
        return np.asarray(gains, dtype=np.float64)


CASES = [
    *(Case("equal", 25, prompts, mean) for prompts in (200, 12) for mean in (0.5, 0.8, 0.95)),
    *(Case("half better", runs, 200, 0.8) for runs in (5, 25, 50)),
    *(Case("skewed", 25, prompts, 0.8) for prompts in (200, 50, 12)),
]


def simulate(case: Case, trials: int, seed: int = 0) -> dict[str, object]:
    """The share of rankings with a false alarm, and the share of true differences found, by both corrections."""
    rng = np.random.default_rng([seed, case.runs, case.prompts, round(100 * case.mean)])
    first, second = np.triu_indices(case.runs, 1)
    equal = case.lift()[first] == case.lift()[second]
    alarms: dict[str, list[float]] = {"max-T": [], "Holm": []}
    found: dict[str, list[float]] = {"max-T": [], "Holm": []}
    for trial in range(trials):
        scores = case.draw(rng)
        family = family_test(scores[first] - scores[second], seed=trial)
        for name, adjusted in (("max-T", family.adjusted), ("Holm", holm(family.p_values))):
            apart = np.array(adjusted) <= ALPHA
            alarms[name].append(float(apart[equal].any()))
            found[name].append(float(apart[~equal].mean()) if not equal.all() else 0.0)
    return asdict(case) | {"trials": trials} | _shares("false alarms", alarms) | _shares("found", found)


def _shares(what: str, values: dict[str, list[float]]) -> dict[str, float]:
    return {f"{what}, {name}": round(float(np.mean(seen)), 4) for name, seen in values.items()}


if __name__ == "__main__":
    rows = []
    for case in CASES:
        rows.append(simulate(case, int(sys.argv[1]) if len(sys.argv) > 1 else 400))
        print(rows[-1], flush=True)
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
