from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import SUMMARY, Summary, read_summary
from alphatex_eval.harness.ranking import PairedComparison, Ranking, _letters, compare, compare_prompts, rank_runs
from alphatex_eval.harness.runs import rescore, run_suite
from alphatex_eval.harness.statistics import PairedTest, clustered_mean
from alphatex_eval.harness.summaries import PromptScores, RubricSummary
from alphatex_eval.reports.wording import resolution, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def scored(out: Path, name: str, values: Sequence[Sequence[float]]) -> Path:
    """A run folder with the summary of a run that got these values, prompt by prompt."""
    prompts = tuple(
        PromptScores(id=f"p{i}", kind="tab", weight=1 / len(values), values=tuple(found))
        for i, found in enumerate(values)
    )
    judged = RubricSummary(
        identity={},
        samples="",
        score=clustered_mean(values),
        kinds={},
        scorers={},
        checks=(),
        prompts=prompts,
        unscored=(),
    )
    summary = Summary(name=name, generator={}, samples=sum(map(len, values)), rubrics={"full-bar": judged})
    (out / name).mkdir(parents=True)
    (out / name / SUMMARY).write_text(summary.model_dump_json())
    return out / name


def ranked(suite, rubric, checkpoints, out: Path, prompts: int = 6) -> Ranking:
    return rank_runs(run_suite(suite, checkpoints, [rubric], out), rubric.name)


def test_runs_are_ranked_by_score_and_a_clear_winner_is_told_apart(suite, rubric, checkpoint, out: Path) -> None:
    many = suite.model_copy(
        update={"prompts": tuple(suite.prompts[0].model_copy(update={"id": f"p{i}"}) for i in range(20))}
    )
    ranking = ranked(many, rubric, [checkpoint(500, 1), checkpoint(1000, 4), checkpoint(1500, 4)], out)
    assert [run.name for run in ranking.runs][-1] == "tiny@500"
    assert [run.groups for run in ranking.runs] == ["a", "a", "b"]
    assert ranking.tied_with_first() == [run.name for run in ranking.runs[:2]]


def test_equal_scores_share_a_place(suite, rubric, checkpoint, out: Path) -> None:
    class Twin(checkpoint):  # type: ignore[misc]
        def __init__(self, name: str) -> None:
            super().__init__(500, 4)
            self.name = name

    ranking = ranked(suite, rubric, [Twin("b"), Twin("a"), checkpoint(700, 1)], out)
    assert [(run.name, run.place) for run in ranking.runs] == [("a", 1), ("b", 1), ("tiny@700", 3)]


def skilled(checkpoint, count: int):  # type: ignore[no-untyped-def]
    return [checkpoint(step, skill) for step, skill in [(1, 0), (2, 2), (3, 3), (4, 4)][-count:]]


def test_five_prompts_tell_no_pair_apart_however_clear_and_the_ranking_says_so(
    suite, rubric, checkpoint, out: Path
) -> None:
    five = suite.model_copy(update={"prompts": suite.prompts[:5]})
    ranking = ranked(five, rubric, skilled(checkpoint, 4), out)
    assert {run.groups for run in ranking.runs} == {"a"}
    assert not any(pair.told_apart for pair in ranking.pairs)
    assert (ranking.differing, ranking.detectable) == (5, None)


def test_six_prompts_allow_no_adjusted_p_below_two_in_64(suite, rubric, checkpoint, out: Path) -> None:
    ranking = ranked(suite, rubric, skilled(checkpoint, 4), out)
    clearest = next(pair for pair in ranking.pairs if (pair.first, pair.second) == ("tiny@4", "tiny@1"))
    assert (clearest.test.p_value, clearest.adjusted_p, clearest.test.smallest_p) == (0.03125,) * 3
    assert clearest.told_apart


def test_sixty_runs_are_still_told_apart(suite, rubric, checkpoint, out: Path) -> None:
    first = suite.prompts[0]
    many = suite.model_copy(
        update={
            "prompts": tuple(first.model_copy(update={"id": f"p{i}"}) for i in range(24)),
            "sampling": suite.sampling.model_copy(update={"samples": 1}),
        }
    )
    ranking = ranked(many, rubric, [checkpoint(step, 4 if step > 30 else 2) for step in range(1, 61)], out)
    assert len(ranking.pairs) == 1770
    for run in ranking.runs:
        assert set(run.groups) <= (set("a") if (run.step or 0) > 30 else set("b"))


def test_runs_of_different_sampling_are_refused_with_the_part_that_differs(
    suite, rubric, checkpoint, out: Path
) -> None:
    ours = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    warm = run_suite(suite.resampled(temperature=1.2), [checkpoint(1000, 4)], [rubric], out)
    with pytest.raises(HarnessError, match=r"cannot be compared: sampling.temperature: 0.8 → 1.2"):
        rank_runs([*ours, *warm], rubric.name)
    assert len(rank_runs([*ours, *warm], rubric.name, allow_different=True).runs) == 2


def test_an_unknown_rubric_gets_a_suggestion(suite, rubric, checkpoint, out: Path) -> None:
    folders = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    with pytest.raises(HarnessError, match="Did you mean 'full-bar'"):
        rank_runs(folders, "full-bars")


def test_one_run_alone_is_ranked_without_any_comparison(suite, rubric, checkpoint, out: Path) -> None:
    ranking = ranked(suite, rubric, [checkpoint(500, 4)], out)
    assert ([run.groups for run in ranking.runs], ranking.pairs, ranking.detectable) == (["a"], (), None)


def test_nothing_to_rank_and_a_run_named_twice_are_refused(suite, rubric, checkpoint, out: Path) -> None:
    folders = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    with pytest.raises(HarnessError, match="Nothing to rank"):
        rank_runs([], rubric.name)
    with pytest.raises(HarnessError, match="Two runs are called 'tiny@500'"):
        rank_runs(folders * 2, rubric.name)


def test_a_run_without_any_score_comes_last_and_is_unscored(suite, rubric, checkpoint, out: Path) -> None:
    failing = checkpoint(900, 4, fails=[prompt.id for prompt in suite.prompts])
    ranking = ranked(suite, rubric, [failing, checkpoint(500, 0)], out)
    assert [run.name for run in ranking.runs] == ["tiny@500", "tiny@900"]
    assert (ranking.runs[1].score.value, ranking.runs[1].failed) == (None, 12)
    assert ranking.pairs[0].adjusted_p is None
    assert verdict(ranking).endswith(" Without a score: tiny@900.")
    assert "told apart" not in verdict(ranking)


def test_a_run_that_does_better_on_the_prompts_that_both_have_is_not_called_beaten(out: Path) -> None:
    half = scored(out, "half", [[0.5 + i / 500] for i in range(10)] + [[]] * 10)
    whole = scored(out, "whole", [[0.6 + i / 300] for i in range(10)] + [[0.1]] * 10)
    ranking = rank_runs([half, whole], "full-bar")
    assert [run.name for run in ranking.runs] == ["half", "whole"]
    assert ranking.pairs[0].told_apart
    assert (ranking.tied_with_first(), ranking.ahead_of_first()) == (["half"], ["whole"])
    assert verdict(ranking).split(". ")[1:] == [
        "On the prompts that both have, whole did better than half",
        "Scores are not all of the same prompts; two runs are compared on those that both have.",
    ]


def test_a_run_beaten_on_the_same_prompts_needs_no_caution(out: Path) -> None:
    values = [[0.5 + i / 500] for i in range(10)]
    folders = [scored(out, "good", values), scored(out, "bad", [[0.1]] * 10), scored(out, "none", [[]] * 10)]
    assert verdict(rank_runs(folders[:2], "full-bar")).endswith("], told apart from every other run.")
    assert verdict(rank_runs(folders, "full-bar")).endswith(
        "], told apart from every other run with a score. Without a score: none."
    )


def test_of_runs_that_share_no_scored_prompt_nothing_is_said(out: Path) -> None:
    values = [[0.5 + i / 500] for i in range(10)]
    folders = [
        scored(out, "left", values + [[]] * 10),
        scored(out, "right", [[]] * 10 + [[0.1]] * 10),
        scored(out, "lefty", values + [[]] * 10),
    ]
    two, three = rank_runs(folders[:2], "full-bar"), rank_runs(folders, "full-bar")
    assert ([run.groups for run in two.runs], two.tied_with_first()) == (["", ""], ["left"])
    assert verdict(two).startswith("left has the highest score, 50.9 % [50.5, 51.3]. Nothing can be said of runs that")
    assert resolution(two) == ""
    assert [(run.name, run.groups) for run in three.runs] == [("left", "a"), ("lefty", "a"), ("right", "")]
    assert "cannot be told apart from lefty. Nothing" in verdict(three)
    assert "share no scored prompt: left and right; lefty and right. Scores" in verdict(three)
    assert resolution(three).startswith("No prompt differs between these runs")


def test_a_run_that_wins_is_told_apart_only_from_those_that_it_was_compared_with(out: Path) -> None:
    values = [[0.5 + i / 500] for i in range(10)]
    good, bad = scored(out, "good", values + [[]] * 10), scored(out, "bad", [[0.1]] * 10 + [[]] * 10)
    other = scored(out, "other", [[]] * 10 + [[0.2]] * 10)
    ranking = rank_runs([good, bad, other], "full-bar")
    assert {run.name: run.groups for run in ranking.runs} == {"good": "a", "bad": "b", "other": ""}
    assert "], told apart from every other run that shares its prompts. Nothing can be said" in verdict(ranking)
    assert resolution(ranking).endswith("(pairs compared: 1).")


def test_figures_that_are_no_numbers_are_refused_with_the_name_of_their_file(out: Path) -> None:
    folder = scored(out, "odd", [[0.5], [0.25]])
    text = (folder / SUMMARY).read_text()
    for number in ('"values":[0.25', '"weight":0.5', '"value":0.375'):
        (folder / SUMMARY).write_text(text.replace(number, re.sub(r"[\d.]+$", "NaN", number), 1))
        with pytest.raises(
            HarnessError, match=r"odd/summary\.json cannot be read: .*: Input should be a finite number"
        ):
            rank_runs([folder], "full-bar")


def test_the_order_of_the_samples_is_no_difference(out: Path) -> None:
    there, back = scored(out, "there", [[0.1, 0.2, 0.3]] * 20), scored(out, "back", [[0.3, 0.2, 0.1]] * 20)
    ranking = rank_runs([there, back], "full-bar")
    (pair,) = ranking.pairs
    assert (pair.test.difference.value, pair.adjusted_p, pair.told_apart, pair.prompts_needed) == (
        0.0,
        1.0,
        False,
        None,
    )
    assert ([run.place for run in ranking.runs], ranking.differing) == ([1, 1], 0)
    prompts = [read_summary(folder).rubrics["full-bar"] for folder in (there, back)]
    assert {difference for _, difference in compare_prompts(*prompts)} == {0.0}


def test_an_unfinished_run_is_told(suite, rubric, checkpoint, out: Path) -> None:
    folders = run_suite(suite, [checkpoint(500, 4), checkpoint(1000, 4)], [rubric], out)
    samples = folders[0] / "samples.jsonl"
    samples.write_text("".join(samples.read_text().splitlines(keepends=True)[:9]))
    rescore(folders, [rubric])
    ranking = rank_runs(folders, rubric.name)
    assert {run.name: run.missing for run in ranking.runs} == {"tiny@500": 3, "tiny@1000": 0}
    assert verdict(ranking).endswith(" Unfinished: tiny@500 (samples missing: 3).")


def test_a_confidence_that_no_test_can_reach_is_refused(suite, rubric, checkpoint, out: Path) -> None:
    folders = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    assert rank_runs(folders, rubric.name, confidence=0.9999).confidence == 0.9999
    with pytest.raises(HarnessError, match=r"confidence of 0\.99999"):
        rank_runs(folders, rubric.name, confidence=0.99999)


def test_comparing_prompts_goes_from_the_worst_to_the_best(suite, rubric, checkpoint, out: Path) -> None:
    folders = run_suite(suite, [checkpoint(500, 4, fails=["line-1"]), checkpoint(1000, 2)], [rubric], out)
    first, second = (read_summary(folder).rubrics[rubric.name] for folder in folders)
    differences = compare_prompts(first, second)
    assert [difference for _, difference in differences] == sorted(difference for _, difference in differences)
    assert len(differences) == 5
    assert compare(first, second).difference.n == 5


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_runs_share_a_letter_exactly_when_they_cannot_be_told_apart(data: st.DataObject) -> None:
    names = "abcdefg"[: data.draw(st.integers(2, 7))]
    pairs = compared(names, lambda _first, _second: data.draw(st.booleans()))
    letters = _letters(names, pairs)
    for pair in pairs:
        assert bool(set(letters[pair.first]) & set(letters[pair.second])) is not pair.told_apart


def compared(names: str, told_apart: Callable[[int, int], bool]) -> list[PairedComparison]:
    return [
        PairedComparison(
            first=names[i],
            second=names[j],
            test=PairedTest(difference=clustered_mean([]), p_value=0.5),
            adjusted_p=None,
            told_apart=told_apart(i, j),
            prompts_needed=None,
        )
        for i, j in combinations(range(len(names)), 2)
    ]


def test_runs_that_differ_only_from_far_share_letters_with_their_neighbours() -> None:
    letters = _letters("ABCDEF", compared("ABCDEF", lambda i, j: j - i > 2))
    assert letters == {"A": "a", "B": "ab", "C": "abc", "D": "bcd", "E": "cd", "F": "d"}


def test_runs_that_each_differ_from_one_other_need_no_more_letters_than_there_are_runs() -> None:
    names = "".join(map(chr, range(0x4E00, 0x4E00 + 60)))
    letters = _letters(names, compared(names, lambda i, j: i % 2 == 0 and j == i + 1))
    assert max(sum(sign.isalpha() or sign == "(" for sign in found) for found in letters.values()) <= len(names)


def test_the_detectable_difference_shrinks_with_the_prompts(suite, rubric, checkpoint, out: Path) -> None:
    first = suite.prompts[0]
    many = suite.model_copy(update={"prompts": tuple(first.model_copy(update={"id": f"p{i}"}) for i in range(96))})
    few = ranked(suite, rubric, [checkpoint(500, 4), checkpoint(501, 3)], out)
    lots = ranked(many, rubric, [checkpoint(500, 4), checkpoint(501, 3)], out / "many")
    assert few.detectable is not None
    assert lots.detectable is not None
    assert lots.detectable < few.detectable / np.sqrt(4)
