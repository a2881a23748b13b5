from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.suites import Prompt, Suite, load_suite, suite_names

if TYPE_CHECKING:
    from pathlib import Path

MINE = """
name = "mine"
version = "1"
[[prompts]]
id = "open-string"
kind = "tab"
text = "0.6"
"""


def test_seed_suite_asks_the_twelve_prompts_of_the_report_in_their_order() -> None:
    suite = load_suite("seed-2026-02")
    assert [prompt.kind for prompt in suite.prompts] == ["structure"] * 6 + ["tab"] * 3 + ["note"] * 3
    printed = {0: '\\title "', 2: '\\artist "', 3: "Song Title: ", 4: "\\tempo 120", 6: "| 3.2", 7: "| 3.2 2.3"}
    printed |= {8: "| (3.2 2.3).8", 9: "(6.2 1.5).", 10: "(4.2 1.5{t}).", 11: "24.1."}
    assert {i: suite.prompts[i].text for i in printed} == printed


def test_elided_prompts_say_why_they_read_as_they_do() -> None:
    prompts = load_suite("seed-2026-02").prompts
    assert prompts[1].text == '\\track ("Guitar")'
    assert prompts[5].text == '\\title "Song Title"\n\\track ("Guitar")'
    assert all(prompts[i].note.startswith("Elided") for i in (1, 5))


def test_a_misspelt_suite_gets_a_suggestion() -> None:
    with pytest.raises(HarnessError, match=r"no suite 'sed-2026-02'\. Did you mean 'seed-2026-02'\?"):
        load_suite("sed-2026-02")


def test_a_suite_of_ones_own_is_loaded_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    assert load_suite(path).prompts[0].text == "0.6"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (MINE.replace('kind = "tab"', ""), "prompts.0.kind: Field required"),
        (MINE + MINE[MINE.index("[[") :], "found twice: open-string"),
        (MINE.replace('"mine"', '"mine'), "cannot be read"),
        (MINE + "[sampling]\ntemperature = -1", "sampling.temperature"),
        (MINE + "[sampling]\ntemperature = inf", "sampling.temperature: Input should be a finite number"),
    ],
)
def test_a_broken_suite_file_is_refused_in_one_line(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(HarnessError) as caught:
        load_suite(path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_suite_file_of_brackets_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(HarnessError, match="cannot be read: maximum recursion depth exceeded"):
        load_suite(path)


def test_a_suite_may_be_large() -> None:
    prompts = tuple(Prompt(id=f"line-{i}", kind="tab", text="0.6") for i in range(40_000))
    start = time.perf_counter()
    Suite(name="large", version="1", prompts=prompts)
    assert time.perf_counter() - start < 5


def test_a_missing_suite_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no suite file"):
        load_suite(tmp_path / "gone.json")


def test_identity_follows_what_is_asked_and_not_the_remarks(suite: Suite) -> None:
    def with_first(**change: str) -> Suite:
        first = suite.prompts[0].model_copy(update=change)
        return suite.model_copy(update={"prompts": (first, *suite.prompts[1:])})

    assert with_first(note="a remark").identity() == suite.identity()
    assert with_first(text="0.1").identity() != suite.identity()
    assert with_first(kind="drums").identity() != suite.identity()


def test_resampling_keeps_the_prompts_and_checks_the_settings(suite: Suite) -> None:
    fresh = suite.resampled(seed=7, samples=3)
    assert (fresh.sampling.seed, fresh.sampling.samples, fresh.prompts) == (7, 3, suite.prompts)
    with pytest.raises(HarnessError, match="samples"):
        suite.resampled(samples=0)


def test_every_shipped_suite_loads_under_its_own_name() -> None:
    assert [load_suite(name).name for name in suite_names()] == suite_names()
