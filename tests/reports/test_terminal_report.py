from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from alphatex_eval.harness.early_stopping import EarlyStopping, Evaluation, replay
from alphatex_eval.harness.ranking import PairedComparison, RankedRun, Ranking
from alphatex_eval.harness.statistics import Estimate, paired_test
from alphatex_eval.harness.summaries import PromptScores
from alphatex_eval.reports.terminal import comparison_table, interval_text, ranking_table, stopping_table
from alphatex_eval.reports.wording import letters
from alphatex_eval.scorers.results import Status


def shown(renderable: Any, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(renderable)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]


def scored(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(status=Status.SCORED, value=value, low=low, high=high, n=12)


def run(name: str, place: int, score: Estimate, groups: str, failed: int = 0) -> RankedRun:
    return RankedRun(
        name=name, folder=name, place=place, score=score, kinds={}, groups=groups, step=None, series="", failed=failed
    )


def test_a_ranking_reads_well_in_eighty_columns() -> None:
    runs = (
        run("tiny@1000", 1, scored(0.712, 0.65, 0.77), "a"),
        run("tiny@500", 2, scored(0.64, 0.5, 0.78), "a", failed=3),
        run("constant", 3, scored(0.0), "b"),
        run("broken", 4, Estimate(status=Status.UNSCORED), "a", failed=48),
    )
    ranking = Ranking(
        rubric="strict", identity={}, confidence=0.95, prompts=12, runs=runs, pairs=(), detectable=0.157, differing=12
    )
    assert shown(ranking_table(ranking)) == (
        "#  run        0                     100   score  95 % interval  group  failed\n"
        "1  tiny@1000                  ─●─        71.2 %    65.0 – 77.0  a\n"
        "2  tiny@500               ───●────       64.0 %    50.0 – 78.0  a           3\n"
        "3  constant   ●                           0.0 %      no spread  b\n"
        "4  broken                                     –      no spread  a          48\n"
        "\n"
        "tiny@1000 ranks first with 71.2 % [65.0, 77.0], but cannot be told apart from\n"
        "tiny@500, constant. Without a score: broken.\n"
        "Runs that share a letter cannot be told apart; 12 prompts would show 15.7 points\n"
        "with 80 % power (pairs compared: 0)."
    )


def test_long_names_cost_neither_score_nor_interval_nor_letters() -> None:
    name = "a-model-whose-name-says-all-that-went-into-it@12345"
    runs = (run(name, 1, scored(0.712, 0.65, 0.77), "a"), run("short", 2, scored(0.64, 0.5, 0.78), "a", failed=3))
    ranking = Ranking(
        rubric="strict", identity={}, confidence=0.95, prompts=12, runs=runs, pairs=(), detectable=None, differing=12
    )
    head, *rows = shown(ranking_table(ranking)).split("\n\n")[0].splitlines()
    assert head.split() == ["#", "run", "0", "100", "score", "95", "%", "interval", "group", "failed"]
    assert (rows[0][0], rows[0].split()[-6:]) == ("1", ["71.2", "%", "65.0", "–", "77.0", "a"])
    assert rows[-1].split() == ["2", "short", rows[-1].split()[2], "64.0", "%", "50.0", "–", "78.0", "a", "3"]
    assert rows[0].split()[1] + "".join(row.strip() for row in rows[1:-1]) == name


@pytest.mark.parametrize(
    ("differing", "told"), [(2, "Only 2 prompts differ"), (1, "Only 1 prompt differs"), (0, "No prompt differs")]
)
def test_a_ranking_of_few_prompts_says_that_they_prove_nothing(differing: int, told: str) -> None:
    pair = PairedComparison(
        first="new",
        second="old",
        test=paired_test([[0.9], [0.8]], [[0.1], [0.2]]),
        adjusted_p=0.5,
        told_apart=False,
        prompts_needed=None,
    )
    runs = (run("new", 1, scored(0.85), "a"), run("old", 2, scored(0.15), "a"))
    ranking = Ranking(
        rubric="strict",
        identity={},
        confidence=0.95,
        prompts=2,
        runs=runs,
        pairs=(pair,),
        detectable=None,
        differing=differing,
    )
    assert shown(ranking_table(ranking), 200).splitlines()[-1] == (
        f"{told} between these runs: no difference, however large, can be proven at 95 % with fewer than 6."
    )


def test_runs_without_any_score_have_no_first() -> None:
    runs = tuple(run(name, 1, Estimate(status=Status.UNSCORED), "a", failed=48) for name in ("one", "two"))
    ranking = Ranking(
        rubric="strict", identity={}, confidence=0.95, prompts=12, runs=runs, pairs=(), detectable=None, differing=0
    )
    assert shown(ranking_table(ranking)).splitlines()[-1] == "No run has a score."


def test_letters_in_a_row_are_abbreviated() -> None:
    assert [letters(groups) for groups in ("", "a", "abc", "abcd", "acdefz(27)(28)(30)", "(31)(32)(33)")] == [
        "",
        "a",
        "abc",
        "a–d",
        "ac–fz–(28)(30)",
        "(31)–(33)",
    ]
    assert " a–d" in shown(
        ranking_table(
            Ranking(
                rubric="strict",
                identity={},
                confidence=0.95,
                prompts=12,
                runs=(run("one", 1, scored(0.5), "abcd"),),
                pairs=(),
                detectable=None,
                differing=12,
            )
        )
    )


def test_an_interval_is_drawn_from_edge_to_edge() -> None:
    assert interval_text(scored(0.5, 0.0, 1.0), width=5).plain == "──●──"
    assert interval_text(scored(1.0), width=5).plain == "    ●"


def test_a_comparison_shows_the_difference_and_the_prompts_that_moved_most() -> None:
    test = paired_test([[0.9], [0.8], [0.4]], [[0.5], [0.6], [0.5]])
    text = shown(comparison_table(test, "new", "old", [("c", -0.1), ("b", 0.2), ("a", 0.4)]))
    assert " ".join(text.split()).startswith(
        "new − old: +16.7 [−45.8, +79.2] points, p = 0.5 (exact sign-flip; so few differing prompts allow no p below "
        "0.25), effect size"
    )
    assert [line.split() for line in text.splitlines()[-3:]] == [["a", "+40.0"], ["b", "+20.0"], ["c", "−10.0"]]


def test_runs_without_a_common_prompt_are_not_compared() -> None:
    assert "share no scored prompt" in shown(comparison_table(paired_test([], []), "new", "old", []))


def test_stopping_is_told_look_by_look() -> None:
    prompts = tuple(PromptScores(id=str(i), kind="tab", weight=0.5, values=(0.5,)) for i in range(2))
    decisions = replay(EarlyStopping(patience=1), [Evaluation(step=step, prompts=prompts) for step in (500, 1000)])
    text = shown(stopping_table(decisions), width=120)
    assert "500" in text
    assert "cannot be told apart from step 500 – stop" in text


def test_names_are_shown_as_they_are_whatever_they_hold() -> None:
    runs = (run("llama[awq]", 1, scored(0.7), "a"), run("org[/x]m:guitar:", 2, scored(0.6), "a"))
    ranking = Ranking(
        rubric="strict", identity={}, confidence=0.95, prompts=12, runs=runs, pairs=(), detectable=None, differing=0
    )
    table = shown(ranking_table(ranking))
    assert "llama[awq]" in table
    assert "org[/x]m:guitar:" in table
    test = paired_test([[0.9], [0.8]], [[0.1], [0.2]])
    prompts = [("intro[verse]", -0.5), ("end[/b]", 0.5)]
    table = shown(comparison_table(test, "llama[awq]", "b", prompts))
    assert {"llama[awq]", "intro[verse]", "end[/b]"} <= set(table.split())
