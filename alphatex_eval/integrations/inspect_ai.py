"""Our suites and rubrics in inspect_ai, found there under the name of this package once both are installed.

    inspect eval alphatex_eval/tabs --model openai/… -T suite=strict -T rubric=strict

The scorer `alphatex_eval/rubric` judges any task whose samples ask for alphaTex; the text to continue is the sample's
metadata `prompt`, or its input where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import extra

with extra("inspect"):
    from inspect_ai import Task, task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import GenerateConfig
    from inspect_ai.scorer import Score, mean, scorer, stderr
    from inspect_ai.solver import generate, system_message

from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason, Subject

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from inspect_ai.scorer import Target
    from inspect_ai.solver import TaskState

    from alphatex_eval.scorers.results import Result

INSTRUCTION = (
    "You continue guitar tabs written in alphaTex. Answer with what comes after the given text and nothing else: "
    "no explanation, no code fence, no repetition of the text."
)


@task  # type: ignore[untyped-decorator]
def tabs(suite: str = "strict", rubric: str = "strict") -> Task:
    """The prompts and sampling settings of a suite, judged under a rubric; one epoch for each sample of a prompt.

    The suite's seed is left out: it would be the same in every epoch.
    """
    asked = load_suite(suite)
    samples = [
        Sample(
            id=prompt.id,
            input=prompt.text,
            target=prompt.reference,
            metadata={"kind": prompt.kind, "prompt": prompt.text},
        )
        for prompt in asked.prompts
    ]
    sampling = asked.sampling
    return Task(
        dataset=MemoryDataset(samples, name=asked.name),
        solver=[system_message(INSTRUCTION), generate()],
        scorer=rubric_scorer(rubric),
        epochs=sampling.samples,
        config=GenerateConfig(
            temperature=sampling.temperature,
            top_k=sampling.top_k or None,
            max_tokens=sampling.max_tokens,
        ),
        version=asked.version,
    )


@scorer(name="rubric", metrics=[mean(), stderr()])  # type: ignore[untyped-decorator]
def rubric_scorer(rubric: str = "strict") -> Callable[[TaskState, Target], Awaitable[Score]]:
    """The value of a rubric in [0, 1], with what failed as explanation and the whole judgement in the metadata."""
    judge = load_rubric(rubric)

    async def score(state: TaskState, _target: Target) -> Score:
        subject = Subject(
            prompt=state.metadata.get("prompt", state.input_text),
            completion=state.output.completion,
            finish_reason=_finish_reason(state),
            kind=state.metadata.get("kind"),
        )
        return _score(judge.score(subject), subject)

    return score


def _finish_reason(state: TaskState) -> FinishReason:
    return FinishReason.STOP if state.output.stop_reason == "stop" else FinishReason.LENGTH


def _score(result: Result, subject: Subject) -> Score:
    metadata: dict[str, Any] = {"alphatex": result.model_dump(mode="json")}
    if result.value is None:
        return Score.unscored(reason=result.message, answer=subject.completion, metadata=metadata)
    return Score(
        value=result.value, answer=subject.completion, explanation="\n".join(_faults(result)), metadata=metadata
    )


def _faults(result: Result) -> list[str]:
    found = [result.message] if result.message else []
    for score in result.scores.values():
        found += [check.message or check.name for check in score.checks if check.passed is False]
    return list(dict.fromkeys(found))
