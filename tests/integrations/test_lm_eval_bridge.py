"""lm-evaluation-harness itself, with our tasks and a model that answers from a list."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest

from alphatex_eval.harness.suites import load_suite
from alphatex_eval.integrations.lm_eval import TASKS, metrics
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason, Subject


def answer(place: int, reference: str) -> str:
    """What the model says: as people do, something broken, nothing."""
    return (reference or " 3.3.4 5.3.4 2.2.4 3.2.4 |", " {", "")[place % 3]


@pytest.fixture(scope="module")
def evaluated() -> dict[str, Any]:
    import lm_eval
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    class Listed(LM):  # type: ignore[misc]
        def generate_until(self, requests: list[Any]) -> list[str]:
            return [answer(i, request.doc["reference"]) for i, request in enumerate(requests)]

        def loglikelihood(self, requests: list[Any]) -> Any:
            raise NotImplementedError

        def loglikelihood_rolling(self, requests: list[Any]) -> Any:
            raise NotImplementedError

    tasks = TaskManager(include_path=TASKS, include_defaults=False)
    found: dict[str, Any] = lm_eval.simple_evaluate(
        Listed(), tasks=["alphatex_seed_2026_02", "alphatex_strict"], limit=12, task_manager=tasks, bootstrap_iters=0
    )
    return found


@pytest.mark.parametrize("name", ["seed-2026-02", "strict"])
def test_the_harness_gives_the_mean_of_our_values(evaluated: dict[str, Any], name: str) -> None:
    task = f"alphatex_{name.replace('-', '_')}"
    subjects = [
        Subject(
            prompt=prompt.text,
            completion=answer(i, prompt.reference),
            finish_reason=FinishReason.LENGTH,
            kind=prompt.kind,
        )
        for i, prompt in enumerate(load_suite(name).prompts[:12])
    ]
    rubric = load_rubric(name)
    results = [rubric.score(subject) for subject in subjects]
    found = evaluated["results"][task]
    assert found["alphatex,none"] == pytest.approx(fmean(result.value or 0.0 for result in results))
    assert 0 < found["alphatex,none"] < 1
    for scorer in results[0].scores:
        values = [score.value for result in results if (score := result.scores.get(scorer)) and score.value is not None]
        assert (f"{scorer},none" in found) is bool(values)
        if values:
            assert found[f"{scorer},none"] == pytest.approx(fmean(values))


def test_the_harness_asks_our_prompts_as_they_are(evaluated: dict[str, Any]) -> None:
    asked = {sample["doc"]["id"]: sample["arguments"][0][0] for sample in evaluated["samples"]["alphatex_strict"]}
    assert asked == {prompt.id: prompt.text for prompt in load_suite("strict").prompts[:12]}


def test_what_has_no_value_is_no_zero() -> None:
    found = metrics({"text": "", "kind": "header", "rubric": "strict"}, ["\\title"])
    assert found["alphatex"] == 0
    assert set(found) < {"alphatex", *load_rubric("strict").data.scorers}
