from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alphatex_eval.harness.suites import Suite, load_suite

BUILD = Path(__file__).parents[2] / "benchmarks/strict_suite/build.py"

TUNE = r"""\title "Mill Stream"
\track "Guitar" {instrument acousticguitarsteel volume 12}
\staff {score tabs}
\tuning (E4 B3 G3 D3 A2 E2)
\ts (9 8)
:8 0.1 1.1 3.1 r 3.2 1.2 0.2 1.2 3.2 |
:8 3.1{h} 5.1 3.1 0.2 1.2 3.2 (0.1 1.2 0.3) 0.1 0.2 |
:8 3.1 5.1 3.1 0.2 1.2 3.2 0.2 0.1 0.2 |
:8 0.1 1.1 3.1 0.2 3.2 1.2 0.2 1.2 3.2 |
0.1.1{d}
\track "Drums" {instrument percussion volume 12}
\staff {score}
:8 kickhit kickhit kickhit snarehit snarehit snarehit kickhit kickhit kickhit |
:8 kickhit kickhit kickhit snarehit snarehit snarehit kickhit kickhit kickhit |
:8 snarehit snarehit snarehit snarehit snarehit snarehit kickhit kickhit kickhit |
kickhit.1{d}
"""


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(BUILD))


@pytest.fixture(scope="module")
def suite() -> Suite:
    return load_suite("strict")


def cut(script: dict[str, Any], kind: str, text: str = TUNE) -> str | None:
    import random

    whole, end = script["KINDS"][kind](text, random.Random(1))
    return None if end is None else whole[:end]


@pytest.mark.parametrize(
    ("kind", "endings"),
    [
        ("header", ['\\title "Mill Stream"\n']),
        ("setup", ["A2 E2)\n"]),
        ("opening", ["1.2 3.2 |\n", "0.1 0.2 |\n"]),
        ("meter", ["1.2 3.2 |\n", "0.1 0.2 |\n"]),
        ("chord", [" (0.1 "]),
        ("effect", [" 3.1{", "3.1{"]),
        ("rhythm", [" r "]),
        ("drums", ["kickhit |\n"]),
    ],
)
def test_a_prompt_ends_where_its_kind_says(script: dict[str, Any], kind: str, endings: list[str]) -> None:
    prompt = cut(script, kind)
    assert prompt is not None
    assert prompt.endswith(tuple(endings))


def test_a_tune_without_a_place_for_a_kind_gives_none(script: dict[str, Any]) -> None:
    plain = '\\title "Drone"\n\\ts (4 4)\n0.6.1 |\n0.6.1\n'
    kinds = ("drums", "parts", "meter", "chord", "effect", "rhythm", "setup")
    assert [cut(script, kind, plain) for kind in kinds] == [None] * 7


def test_too_few_tunes_are_refused_by_kind(script: dict[str, Any]) -> None:
    tunes = [script["Tune"]("mill", "mill", TUNE, "public domain")]
    with pytest.raises(ValueError, match=r"not enough tunes: of 1 prompts each, found .*'tab': 0"):
        script["build"](tunes, per_kind=1)


def test_the_same_tunes_and_seed_give_the_same_suite_in_any_order(script: dict[str, Any]) -> None:
    tunes = [
        script["Tune"](
            f"mill{i}",
            f"mill{i}",
            TUNE.replace("Guitar", f"Guitar {i}")
            .replace("Drums", "Rhythm" if i % 2 else "Drums")
            .replace("instrument percussion", "instrument banjo" if i % 2 else "instrument percussion"),
            "public domain",
        )
        for i in range(24)
    ]
    suite = script["build"](tunes, per_kind=2)
    assert script["build"](tunes[::-1], per_kind=2) == suite
    assert script["build"](tunes, seed=1, per_kind=2) != suite


def test_the_shipped_suite_is_stratified_and_takes_each_tune_once(suite: Suite) -> None:
    assert set(Counter(prompt.kind for prompt in suite.prompts).values()) == {20}
    assert len(suite.prompts) == 200
    tunes = [prompt.note.partition(": ")[0].partition("@")[0] for prompt in suite.prompts]
    assert len(set(tunes)) == 200
    assert all("Public domain" in prompt.note for prompt in suite.prompts)


def test_every_prompt_of_the_shipped_suite_goes_on_and_leaves_room(suite: Suite) -> None:
    assert all(prompt.reference.strip() for prompt in suite.prompts)
    assert max(len(prompt.text) for prompt in suite.prompts) <= 800
    assert max(len(prompt.reference) for prompt in suite.prompts) <= 720


def test_people_s_continuations_are_valid_alphatex(suite: Suite) -> None:
    from alphatex_eval.language import check

    rejected = [prompt.id for prompt in suite.prompts if not check(prompt.text + prompt.reference).accepted]
    assert rejected == []
