"""Simulate which checkpoint three rules pick, how good it really is, and when they stop.

A training run has 25 checkpoints whose true score follows a learning curve; each is looked at once on 12 or 200 prompts
with 4 samples. The naive rules go by the score alone, ours by paired differences and bits per byte. Regret is how far
the pick's true score lies below the best true score, in points. Paired differences spread by 0.2, as in the audit.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alphatex_eval.harness.early_stopping import EarlyStopping, Evaluation, replay
from alphatex_eval.harness.summaries import PromptScores

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKPOINTS, SAMPLES = 25, 4
PATIENCE = 5
SPREAD, NOISE = 0.2, 0.2
"""Standard deviations of the prompts' difficulty and of a sample around its prompt's mean."""
DRIFT = 0.1
"""Standard deviation of what a checkpoint finds easy that others do not: it keeps prompts from being fully paired."""

BITS_NOISE = 0.002


@dataclass(frozen=True)
class Curve:
    """True score and validation bits per byte by the share of training done."""

    score: Callable[[float], float]
    bits: Callable[[float], float]


def falling(t: float) -> float:
    return 0.6 + 0.9 * math.exp(-6 * t) - 0.04 * t


CURVES = {
    "plateau": Curve(lambda t: 0.85 - 0.5 * math.exp(-8 * t), falling),
    "slow rise": Curve(lambda t: 0.85 - 0.5 * math.exp(-2.5 * t), falling),
    "overfitting, seen by bits per byte": Curve(
        lambda t: 0.85 - 0.5 * math.exp(-12 * t) - 0.15 * max(0.0, t - 0.25),
        lambda t: falling(t) + 0.2 * max(0.0, t - 0.3),
    ),
    "decline, not seen by bits per byte": Curve(
        lambda t: 0.85 - 0.5 * math.exp(-12 * t) - 0.15 * max(0.0, t - 0.25), falling
    ),
}


@dataclass(frozen=True)
class Pick:
    """What a rule did: the checkpoint it took, the score it saw there, and the share of training it used."""

    index: int
    seen: float
    trained: float


def looks(rng: np.random.Generator, curve: Curve, prompts: int) -> list[Evaluation]:
    """One noisy evaluation of each checkpoint."""
    easy = SPREAD * rng.standard_normal(prompts)
    found = []
    for index in range(CHECKPOINTS):
        done = (index + 1) / CHECKPOINTS
        level = curve.score(done) + easy + DRIFT * rng.standard_normal(prompts)
        scores = level[:, None] + NOISE * rng.standard_normal((prompts, SAMPLES))
        rows = tuple(
            PromptScores(id=str(i), kind="tab", weight=1 / prompts, values=tuple(values))
            for i, values in enumerate(scores.tolist())
        )
        bits = curve.bits(done) + BITS_NOISE * rng.standard_normal()
        found.append(Evaluation(step=500 * (index + 1), prompts=rows, bits_per_byte=bits))
    return found


def naive(evaluations: list[Evaluation]) -> Pick:
    """The highest of all scores."""
    return _pick(evaluations, int(np.argmax(_means(evaluations))), len(evaluations))


def naive_patience(evaluations: list[Evaluation]) -> Pick:
    """Stop after `PATIENCE` looks without a higher score, take the highest."""
    means, best = _means(evaluations), 0
    for index in range(len(means)):
        best = index if means[index] > means[best] else best
        if index - best >= PATIENCE:
            return _pick(evaluations, best, index + 1)
    return _pick(evaluations, best, len(evaluations))


def ours(evaluations: list[Evaluation]) -> Pick:
    """The library's rule, as it ships."""
    last = replay(EarlyStopping(patience=PATIENCE), evaluations)[-1]
    return _pick(evaluations, last.best_step // 500 - 1, last.step // 500)


RULES = {"highest of all": naive, "naive patience": naive_patience, "ours": ours}


def simulate(name: str, prompts: int, trials: int, seed: int = 0) -> list[dict[str, object]]:
    """How the rules fare on `trials` training runs of one shape, a row for each rule."""
    rng = np.random.default_rng([seed, prompts, len(name)])
    curve = CURVES[name]
    truth = [curve.score((i + 1) / CHECKPOINTS) for i in range(CHECKPOINTS)]
    runs = [looks(rng, curve, prompts) for _ in range(trials)]
    return [
        {"curve": name, "prompts": prompts, "trials": trials, "rule": rule}
        | _figures([pick(run) for run in runs], truth)
        for rule, pick in RULES.items()
    ]


def _figures(picks: list[Pick], truth: list[float]) -> dict[str, object]:
    regret = [max(truth) - truth[pick.index] for pick in picks]
    flattery = [pick.seen - truth[pick.index] for pick in picks]
    return {
        "regret, points": round(100 * float(np.mean(regret)), 2),
        "picks two points or more below the best": round(float(np.mean(np.array(regret) >= 0.02)), 3),
        "score too high by, points": round(100 * float(np.mean(flattery)), 2),
        "training used": round(float(np.mean([pick.trained for pick in picks])), 3),
    }


def _pick(evaluations: list[Evaluation], index: int, used: int) -> Pick:
    return Pick(index, _means(evaluations[index : index + 1])[0], used / CHECKPOINTS)


def _means(evaluations: list[Evaluation]) -> list[float]:
    return [float(np.mean([prompt.values for prompt in look.prompts])) for look in evaluations]


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rows = [row for name in CURVES for prompts in (12, 200) for row in simulate(name, prompts, count)]
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(row)
