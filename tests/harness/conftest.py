"""A small suite, a rubric that counts beats, and generators of known skill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.generators import Completion, Request
from alphatex_eval.harness.suites import Prompt, Sampling, Suite
from alphatex_eval.scorers.results import FinishReason
from tests.harness.full_bar import FullBarRubric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

BAR = " 3.3 5.3 2.2 3.2 |"


class Checkpoint:
    """Writes as many notes as its skill (0 to 4) allows, one less for some seeds; counts what it is asked."""

    def __init__(self, step: int, skill: int, *, fails: Sequence[str] = ()) -> None:
        self.name = f"tiny@{step}"
        self.step = step
        self.skill = skill
        self.fails = fails
        self.asked = 0

    def identity(self) -> dict[str, object]:
        return {"series": "tiny", "step": self.step, "skill": self.skill}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        for request in requests:
            self.asked += 1
            if request.prompt.id in self.fails:
                yield Completion(id=request.id, text="", finish_reason=FinishReason.ERROR, error="out of memory")
            else:
                notes = max(0, self.skill - (request.seed + self.step) % 2)
                yield Completion(id=request.id, text=" 3.3" * notes + " |")


@pytest.fixture
def suite() -> Suite:
    prompts = tuple(
        Prompt(id=f"line-{i}", kind="tab" if i % 2 else "chord", text=f":4 {i}.1", reference=BAR) for i in range(6)
    )
    return Suite(name="six-lines", version="1", sampling=Sampling(samples=2), prompts=prompts)


@pytest.fixture
def rubric() -> FullBarRubric:
    return FullBarRubric()


@pytest.fixture
def make_rubric() -> Callable[..., FullBarRubric]:
    return FullBarRubric


@pytest.fixture
def checkpoint() -> Callable[..., Checkpoint]:
    return Checkpoint


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs"
