"""Agreement with alphaTab itself: the same yes or no, and every diagnostic with its code, severity and place."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from alphatex_eval.language.check import judge
from alphatex_eval.language.findings import CRASH, severity_of
from alphatex_eval.language.sampler import sample
from tests.language.cases import ACCEPTED, REJECTED
from tests.language.mutation import mutants
from tests.reference.oracle import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reference.oracle import Answer, Oracle

MUTANTS = int(os.environ.get("ALPHATEX_MUTANTS", "3000"))
STAGES = {"lexer": "L", "parser": "P", "semantic": "S"}
SEVERITIES = {"hint": 0, "warning": 1, "error": 2}

Verdicts = tuple[bool, list[tuple[str, int, int, int | None]]]


def ours(text: str) -> Verdicts:
    """Accepted or not, and the findings as alphaTab numbers them."""
    judgement = judge(text)
    found = [
        (STAGES[item.stage], int(item.code[2:]), SEVERITIES[severity_of(item.code)], item.start)
        for item in judgement.findings
        if item.code != CRASH
    ]
    return judgement.first_error is None, found


def disagreements(texts: Sequence[str], answers: Sequence[Answer]) -> list[tuple[str, Verdicts, Answer]]:
    """The texts of which we say something else; where alphaTab crashes only the verdict counts."""
    found = []
    for text, answer in zip(texts, answers, strict=True):
        accepted, findings = ours(text)
        theirs = [(item.stage, item.code, item.severity, item.start) for item in answer.diagnostics]
        if accepted != answer.accepted or (answer.verdict is not Verdict.CRASH and findings != theirs):
            found.append((text, (accepted, findings), answer))
    return found


def samples(count: int) -> list[str]:
    """Random canonical texts."""
    chances = (random.Random(seed) for seed in range(count))
    return [sample(chance.randrange, limit=150) for chance in chances]


def test_alphatab_says_the_same_of_our_cases(oracle: Oracle) -> None:
    texts = [*ACCEPTED, *REJECTED]
    assert disagreements(texts, oracle.check_all(texts)) == []


def test_alphatab_says_the_same_of_every_prefix_of_our_cases(oracle: Oracle) -> None:
    texts = sorted({text[:end] for text in ACCEPTED for end in range(len(text))})
    assert disagreements(texts, oracle.check_all(texts)) == []


def test_alphatab_says_the_same_of_mutants(oracle: Oracle) -> None:
    texts = list(mutants([*ACCEPTED, *REJECTED, *samples(80)], MUTANTS, seed=1))
    assert disagreements(texts, oracle.check_all(texts)) == []


def test_a_text_called_unfinished_has_a_continuation_that_alphatab_accepts(oracle: Oracle) -> None:
    """The search for a continuation keeps the one it found; here alphaTab reads it too."""
    from alphatex_eval.language.completion import completion

    prefixes = sorted({text[:end] for text in ACCEPTED for end in range(1, len(text), 3)})
    completed = [prefix + (completion(prefix) or "") for prefix in prefixes]
    rejected = [
        text for text, answer in zip(completed, oracle.check_all(completed), strict=True) if not answer.accepted
    ]
    assert rejected == []
