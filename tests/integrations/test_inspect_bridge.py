"""inspect_ai itself, with its mock model; task and scorer are found through the installed entry point."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason, Subject

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = " 3.3.4 5.3.4 2.2.4 3.2.4 |"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from inspect_ai import eval as evaluate
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def continued(*_: Any) -> Any:
        output = ModelOutput.from_content("mockllm/model", ANSWER, stop_reason="max_tokens")
        output.usage = ModelUsage()  # otherwise the mock downloads a tokenizer to count
        return output

    model = get_model("mockllm/model", custom_outputs=continued)
    where: Path = tmp_path_factory.mktemp("logs")
    logs = evaluate(
        "alphatex_eval/tabs",
        model=model,
        task_args={"suite": "seed-2026-02", "rubric": "seed-2026-02"},
        epochs=2,
        log_dir=str(where),
        display="none",
    )
    return logs[0]


def test_the_evaluation_gives_the_mean_of_our_values(log: Any) -> None:
    rubric = load_rubric("seed-2026-02")
    values = [
        rubric.score(
            Subject(prompt=prompt.text, completion=ANSWER, finish_reason=FinishReason.LENGTH, kind=prompt.kind)
        ).value
        or 0.0
        for prompt in load_suite("seed-2026-02").prompts
    ]
    assert log.status == "success", log.error
    assert (log.results.total_samples, log.eval.dataset.name) == (24, "seed-2026-02")
    assert log.results.scores[0].metrics["mean"].value == pytest.approx(fmean(values))
    assert 0 < fmean(values) < 1


def test_every_sample_says_what_is_wrong_and_keeps_the_whole_judgement(log: Any) -> None:
    sample = next(found for found in log.samples if found.id == "01-title")
    (score,) = sample.scores.values()
    assert score.answer == ANSWER
    judged = load_rubric("seed-2026-02").score(
        Subject(
            prompt=sample.input,
            completion=ANSWER,
            finish_reason=FinishReason.LENGTH,
            kind="structure",
        )
    )
    assert score.metadata["alphatex"] == judged.model_dump(mode="json")
    assert score.explanation


def test_the_samples_of_a_prompt_share_no_seed() -> None:
    from alphatex_eval.integrations.inspect_ai import tabs

    task = tabs("seed-2026-02", "seed-2026-02")
    assert (task.epochs, task.config.max_tokens, task.config.seed) == (4, 160, None)
