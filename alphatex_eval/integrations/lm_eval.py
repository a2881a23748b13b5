r"""Our suites and rubrics as tasks of lm-evaluation-harness.

    lm_eval --model hf --model_args pretrained=… --tasks alphatex_strict --include_path \
        "$(python -c 'from alphatex_eval.integrations.lm_eval import TASKS; print(TASKS)')"

The metric `alphatex` is the rubric's value; each scorer's own value is a metric under its name. A task of one's own
names a suite and a rubric in its `metadata`, as `alphatex_strict.yaml` does. That harness does not say why a text
ended, so each is judged as one that ran out of tokens: an end in mid-air is no mistake. Its standard errors count every
sample by itself; for intervals clustered by prompt and paired comparisons use `alphatex run`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import extra
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TASKS = str(Path(__file__).parent)
"""The folder of the tasks `alphatex_strict` and `alphatex_seed_2026_02`, for `--include_path`."""


def documents(suite: str = "strict", rubric: str = "strict", **_others: Any) -> dict[str, Any]:
    """The prompts of a suite as the split `test` of a data set."""
    with extra("lm-eval"):
        from datasets import Dataset
    prompts = load_suite(suite).prompts
    rows = [
        {"id": prompt.id, "kind": prompt.kind, "text": prompt.text, "reference": prompt.reference, "rubric": rubric}
        for prompt in prompts
    ]
    return {"test": Dataset.from_list(rows)}


def metrics(document: Mapping[str, str], answers: Sequence[str]) -> dict[str, float]:
    """The value of one answer to one document, and of each scorer; what gave no value is left out."""
    subject = Subject(
        prompt=document["text"], completion=answers[0], finish_reason=FinishReason.LENGTH, kind=document["kind"]
    )
    result = load_rubric(document["rubric"]).score(subject)
    named = {"alphatex": result.value, **{name: score.value for name, score in result.scores.items()}}
    return {name: value for name, value in named.items() if value is not None}
