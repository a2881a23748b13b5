"""What the report of February 2026 can show: its claims, tested with this library's own functions.

The report prints shares of passed checks, not each prompt's score. Where a paired test needs those, they are placed as
favourably to the claim as they can be; a claim that fails even so is not supported.
"""

from __future__ import annotations

import json
from pathlib import Path

from scipy.stats import fisher_exact, mannwhitneyu

from alphatex_eval.harness.statistics import (
    Estimate,
    bootstrap_mean,
    holm,
    minimum_detectable_effect,
    paired_test,
    prompts_needed,
    wilson,
)

STRUCTURE_PROMPTS, STRUCTURE_CHECKS, LINE_CHECKS = 6, 8, 5
CHECKS = STRUCTURE_PROMPTS * STRUCTURE_CHECKS
LOOKS = 24
"""The other checkpoints that step 5000 is the best of."""
INTRA_CLASS = 0.3
"""Assumed correlation of the checks of one text."""
SPREAD = 0.2
"""Standard deviation of the prompts' differences that the numbers of prompts rest on."""

STRUCTURE = {
    500: 89.6, 1000: 85.4, 1500: 89.6, 2000: 70.8, 2500: 83.3, 3000: 89.6, 3500: 93.8, 4000: 70.8, 4500: 85.4,
    5000: 97.9, 6000: 85.4, 8000: 66.7, 10000: 77.1, 13000: 91.7, 15000: 62.5, 16000: 83.3, 19000: 85.4, 20000: 70.8,
}  # fmt: skip
"""Structure scores in percent by step: tables 3.2 of the report, top ten and milestones."""


def audit() -> dict[str, dict[str, object]]:
    """Each claim with its figures and verdict."""
    return {
        "97.9 % structure (47/48)": _share(97.9),
        "70.8 % structure (34/48)": _share(70.8),
        "composite 95.6 %": _composite(),
        "step 5000 is best": _best(),
        "dip at 4000": _dip(),
        "decline after 5000": _decline(),
        "8 layers beat 6 wide": _depth(),
        "prompts for 5 points": _prompts(0.05),
        "prompts for 2 points": _prompts(0.02),
        "what twelve prompts show": {"points": _percent(minimum_detectable_effect(SPREAD, 12))},
    }


def passed(percent: float, checks: int = CHECKS) -> int:
    """How many checks passed, from a printed share."""
    return round(percent * checks / 100)


def placed(first: int, second: int) -> tuple[list[list[float]], list[list[float]]]:
    """Per-prompt scores of two checkpoints that favour the first as much as its passed checks allow.

    The second's failures lie evenly over the prompts, the first's where the second fails most.
    """
    lost = [(CHECKS - second + i) // STRUCTURE_PROMPTS for i in reversed(range(STRUCTURE_PROMPTS))]
    ours, left = [], CHECKS - first
    for fails in lost:
        ours.append(min(fails, left))
        left -= ours[-1]
    return [[1 - n / STRUCTURE_CHECKS] for n in ours], [[1 - n / STRUCTURE_CHECKS] for n in lost]


def _share(percent: float) -> dict[str, object]:
    k = passed(percent)
    design_effect = 1 + (STRUCTURE_CHECKS - 1) * INTRA_CLASS
    independent, clustered = wilson(k, CHECKS), wilson(k, CHECKS, design_effect=design_effect)
    return {"wilson": _interval(independent), "clustered": _interval(clustered), "verdict": _width(independent)}


def _composite() -> dict[str, object]:
    structure = [[1.0]] * 5 + [[7 / STRUCTURE_CHECKS]]
    lines = [[1.0], [1.0], [1 - 1 / LINE_CHECKS]] * 2
    scores, kinds = [*structure, *lines], ["structure"] * len(structure) + ["line"] * len(lines)
    found, regardless = bootstrap_mean(scores, strata=kinds), bootstrap_mean(scores)
    return {
        "value": _percent(found.value),
        "bootstrap within kinds": _interval(found),
        "bootstrap regardless of kinds": _interval(regardless),
        "verdict": _width(found),
    }


def _best() -> dict[str, object]:
    found: dict[str, object] = {f"fisher against {step}": _fisher(97.9, STRUCTURE[step]) for step in (3500, 13000)}
    at_best = {step: _at_best(97.9, STRUCTURE[step]) for step in STRUCTURE if step != 5000}
    adjusted = holm([*at_best.values(), *[1.0] * (LOOKS - len(at_best))])
    return {**found, "smallest adjusted p": round(min(adjusted), 2), "verdict": _verdict(min(adjusted))}


def _dip() -> dict[str, object]:
    at_best = _at_best(97.9, 70.8)
    adjusted = min(1.0, at_best * LOOKS)
    return {
        "fisher, as if checks were independent": _fisher(97.9, 70.8),
        "sign-flip at best": round(at_best, 3),
        "adjusted for 24 looks": round(adjusted, 2),
        "verdict": _verdict(adjusted),
    }


def _decline() -> dict[str, object]:
    early = [share for step, share in STRUCTURE.items() if step <= 5000]
    late = [share for step, share in STRUCTURE.items() if step > 5000]
    p = float(mannwhitneyu(early, late).pvalue)
    return {"mann-whitney": round(p, 2), "structure at 13000": STRUCTURE[13000], "verdict": _verdict(p)}


def _depth() -> dict[str, object]:
    structure = _at_best(97.9, 83.3)
    notes = float(fisher_exact([[27, 3], [25, 5]]).pvalue)
    adjusted = holm([structure, 1.0, 1.0])[0]
    return {
        "structure, sign-flip at best": round(structure, 3),
        "structure, adjusted for three models": round(adjusted, 2),
        "notes, fisher": round(notes, 2),
        "verdict": _verdict(adjusted),
    }


def _prompts(difference: float) -> dict[str, object]:
    among_25 = prompts_needed(difference, SPREAD, comparisons=LOOKS)
    return {"two checkpoints": prompts_needed(difference, SPREAD), "among 25 checkpoints": among_25}


def _at_best(first: float, second: float) -> float:
    p = paired_test(*placed(passed(first), passed(second))).p_value
    return 1.0 if p is None else p


def _fisher(first: float, second: float) -> float:
    k, m = passed(first), passed(second)
    p = float(fisher_exact([[k, CHECKS - k], [m, CHECKS - m]]).pvalue)
    return float(f"{p:.2g}")


def _interval(found: Estimate) -> list[float | None]:
    return [_percent(found.low), _percent(found.high)]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _width(found: Estimate) -> str:
    """An interval wider than five points cannot tell the report's top three apart."""
    return "wide" if found.low is None or found.high is None or found.high - found.low > 0.05 else "narrow"


def _verdict(p: float) -> str:
    return "supported" if p <= 0.05 else "not supported"


if __name__ == "__main__":
    results = Path(__file__).with_name("results.json")
    results.write_text(json.dumps(audit(), indent=1) + "\n", encoding="utf-8")
    print(results.read_text(encoding="utf-8"))
