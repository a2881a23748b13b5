from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.early_stopping import EarlyStopping, evaluations
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_scores, read_summary
from alphatex_eval.harness.generators import Completion, Constant, Request
from alphatex_eval.harness.hooks import EarlyStoppingHook
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.runs import requests, rescore, run_suite
from alphatex_eval.harness.samples import read_samples
from alphatex_eval.reports.html import write_report
from alphatex_eval.rubrics import RubricError, load_rubric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from alphatex_eval.scorers.results import Result


def test_a_run_folder_holds_samples_scores_and_a_summary(suite, rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    assert folder == out / "tiny@500".replace("@", "_")
    assert len(read_samples(folder / "samples.jsonl")) == 12
    assert len(read_scores(folder, "full-bar")) == 12
    summary = read_summary(folder)
    assert (summary.name, summary.step, summary.series, summary.samples) == ("tiny@500", 500, "tiny", 12)
    found = summary.rubrics["full-bar"]
    assert found.score.value is not None
    assert 0.75 <= found.score.value <= 1
    assert set(found.kinds) == {"tab", "chord"}
    assert (found.checks[0].check, found.checks[0].asked) == ("bar_is_full", 12)


def test_running_again_asks_and_judges_nothing_again(suite, rubric, checkpoint, out: Path) -> None:
    run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    again = checkpoint(500, 4)
    run_suite(suite, [again], [rubric], out)
    assert (again.asked, rubric.judged) == (0, 12)


class Interrupted:
    """A checkpoint that breaks after some samples."""

    def __init__(self, inner, after: int) -> None:
        self.inner, self.after, self.name = inner, after, inner.name

    def identity(self) -> dict[str, object]:
        return self.inner.identity()

    def generate(self, wanted: Sequence[Request]) -> Iterator[Completion]:
        for count, completion in enumerate(self.inner.generate(wanted)):
            if count == self.after:
                raise RuntimeError("the GPU\nfell off the bus")
            yield completion


def test_a_broken_generator_is_one_line_and_its_samples_are_kept(suite, rubric, checkpoint, out: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        run_suite(suite, [Interrupted(checkpoint(500, 4), 5)], [rubric], out)
    assert str(caught.value) == (
        "Generator 'tiny@500' broke: RuntimeError: the GPU fell off the bus; its samples so far are safe."
    )
    resumed = checkpoint(500, 4)
    (folder,) = run_suite(suite, [resumed], [rubric], out)
    assert resumed.asked == 7
    (undisturbed,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out / "undisturbed")
    assert read_samples(folder / "samples.jsonl") == read_samples(undisturbed / "samples.jsonl")
    assert (folder / "summary.json").read_text() == (undisturbed / "summary.json").read_text()


def test_a_failed_sample_is_named_and_never_a_zero(suite, rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4, fails=["line-2"])], [rubric], out)
    (whole,) = run_suite(suite, [checkpoint(501, 4)], [rubric], out)
    found = read_summary(folder).rubrics["full-bar"]
    assert {(missing.prompt_id, missing.reason) for missing in found.unscored} == {("line-2", "out of memory")}
    assert next(prompt for prompt in found.prompts if prompt.id == "line-2").values == ()
    assert found.score.n == 5
    assert read_summary(whole).rubrics["full-bar"].score.n == 6


def test_failed_samples_are_asked_again_only_when_told(suite, rubric, checkpoint, out: Path) -> None:
    run_suite(suite, [checkpoint(500, 4, fails=["line-2"])], [rubric], out)
    well = checkpoint(500, 4)
    run_suite(suite, [well], [rubric], out)
    assert well.asked == 0
    (folder,) = run_suite(suite, [well], [rubric], out, retry_failed=True)
    assert well.asked == 2
    assert read_summary(folder).rubrics["full-bar"].unscored == ()


def test_runs_before_a_broken_one_are_scored_all_the_same(suite, rubric, checkpoint, out: Path) -> None:
    with pytest.raises(HarnessError, match="fell off the bus"):
        run_suite(suite, [checkpoint(500, 4), Interrupted(checkpoint(1000, 4), 3)], [rubric], out)
    assert read_summary(out / "tiny_500").rubrics["full-bar"].score.n == 6
    assert not (out / "tiny_1000/summary.json").exists()


class Lazy:
    """Answers the first request only."""

    name = "lazy"

    def identity(self) -> dict[str, object]:
        return {}

    def generate(self, wanted: Sequence[Request]) -> Iterator[Completion]:
        yield Completion(id=wanted[0].id, text=" 3.3 |")


class Anonymous(Lazy):
    """Cannot say what it is."""

    def identity(self) -> dict[str, object]:
        raise FileNotFoundError("weights are gone")


class Loose(Lazy):
    """Gives what is no completion."""

    def generate(self, wanted: Sequence[Request]) -> Iterator[Completion]:
        yield {"id": wanted[0].id}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (Anonymous(), "FileNotFoundError: weights are gone"),
        (Loose(), "TypeError: it gave a dict, not a Completion"),
    ],
)
def test_whatever_a_generator_breaks_its_word_in_is_one_line_and_the_others_are_scored(
    suite, rubric, checkpoint, out: Path, broken: Lazy, reason: str
) -> None:
    with pytest.raises(HarnessError, match=f"Generator 'lazy' broke: {reason}; "):
        run_suite(suite, [checkpoint(500, 4), broken], [rubric], out)
    assert read_summary(out / "tiny_500").rubrics["full-bar"].score.n == 6


def test_runs_scored_side_by_side_equal_runs_scored_in_turn(suite, rubric, make_rubric, checkpoint, out: Path) -> None:
    checkpoints = [checkpoint(step, 4) for step in (500, 1000, 1500)]
    judges = [rubric, make_rubric("second")]
    told: list[tuple[str, int, int]] = []
    together = run_suite(suite, checkpoints, judges, out / "two", lambda *what: told.append(what), processes=2)
    in_turn = run_suite(suite, checkpoints, judges, out / "one")
    for ours, theirs in zip(together, in_turn, strict=True):
        for name in ("scores.jsonl", "summary.json"):
            assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert told[-1] == ("score 3 runs", 3, 3)


class Deadly:
    """A rubric whose work gets its process killed, as one that needs too much memory would."""

    name = "deadly"

    def identity(self) -> dict[str, object]:
        return {}

    def prompt_weights(self, kinds: Sequence[str | None]) -> list[float]:
        return []

    def score_many(self, subjects: object, processes: int | None = 1) -> list[Result]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []


def test_a_killed_scoring_process_is_one_line_and_the_samples_are_safe(suite, checkpoint, out: Path) -> None:
    with pytest.raises(HarnessError, match=r"A scoring process was killed, .* fewer --processes\."):
        run_suite(suite, [checkpoint(500, 4), checkpoint(1000, 4)], [Deadly()], out, processes=2)
    assert len(read_samples(out / "tiny_500/samples.jsonl")) == 12


def test_a_request_left_unanswered_is_a_failed_sample(suite, rubric, out: Path) -> None:
    (folder,) = run_suite(suite, [Lazy()], [rubric], out)
    reasons = [missing.reason for missing in read_summary(folder).rubrics["full-bar"].unscored]
    assert reasons == ["the generator gave no answer"] * 11


def test_a_folder_of_another_suite_is_refused_with_what_differs(suite, rubric, checkpoint, out: Path) -> None:
    run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    with pytest.raises(HarnessError, match=r"holds another run \(sampling.seed: 0 → 1\)"):
        run_suite(suite.resampled(seed=1), [checkpoint(500, 4)], [rubric], out)
    with pytest.raises(HarnessError, match=r"generator.skill: 4 → 3"):
        run_suite(suite, [checkpoint(500, 3)], [rubric], out)
    run_suite(suite, [Constant("org/m", "")], [rubric], out)
    with pytest.raises(HarnessError, match=r"org_m holds another run \(name: org/m → org_m\); choose another folder\."):
        run_suite(suite, [Constant("org_m", "")], [rubric], out)


def test_two_generators_of_one_name_are_refused(suite, rubric, checkpoint, out: Path) -> None:
    first = checkpoint(500, 4)
    with pytest.raises(HarnessError, match="Two generators are called 'tiny@500'"):
        run_suite(suite, [first, checkpoint(500, 4)], [rubric], out)
    assert first.asked == 0


class Halves(Constant):
    """Writes half a character, and a character in halves."""

    def __init__(self) -> None:
        super().__init__("halves", "3.3 \ud800 \ud834\udd1e")

    def identity(self) -> dict[str, object]:
        return {}


def test_half_a_character_is_kept_as_a_replacement(suite, rubric, out: Path) -> None:
    (folder,) = run_suite(suite, [Halves()], [rubric], out)
    assert {found.completion for found in read_samples(folder / "samples.jsonl").values()} == {"3.3 \ufffd \U0001d11e"}


def test_folders_may_be_named_by_strings(suite, rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], str(out))
    assert folder == out / "tiny_500"
    assert rescore([str(folder)], [rubric])[0].name == "tiny@500"
    ranking = rank_runs([str(folder)], rubric.name)
    assert ranking.runs[0].folder == str(folder)
    assert write_report(str(out / "report.html"), [ranking]) == out / "report.html"
    assert [look.step for look in evaluations([str(folder)], rubric.name)] == [500]
    assert EarlyStoppingHook(suite, rubric, str(out), EarlyStopping()).out == out


def test_a_rubric_that_cannot_weigh_the_prompts_is_refused_before_anything_is_generated(
    suite, checkpoint, out: Path
) -> None:
    asked = checkpoint(500, 4)
    with pytest.raises(RubricError, match=r"kind 'chord'; .* table-3.1, prompts \(write seed-2026-02@WEIGHTING"):
        run_suite(suite, [asked], [load_rubric("seed-2026-02")], out)
    assert asked.asked == 0


def test_a_rubric_that_cannot_weigh_the_prompts_of_every_run_scores_none(suite, rubric, out: Path) -> None:
    fitting = suite.model_copy(
        update={"prompts": tuple(prompt.model_copy(update={"kind": "tab"}) for prompt in suite.prompts)}
    )
    folders = run_suite(fitting, [Constant("one", "")], [rubric], out)
    folders += run_suite(suite, [Constant("two", "")], [rubric], out)
    before = [(folder / "scores.jsonl").read_bytes() for folder in folders]
    with pytest.raises(RubricError, match="gives no weight to prompts of kind 'chord'"):
        rescore(folders, [load_rubric("seed-2026-02")])
    assert [(folder / "scores.jsonl").read_bytes() for folder in folders] == before


def test_two_generators_of_one_folder_are_both_named(suite, rubric, out: Path) -> None:
    with pytest.raises(HarnessError, match=r"Two generators are called 'org/m' and 'org_m': .*org_m cannot hold both"):
        run_suite(suite, [Constant("org/m", ""), Constant("org_m", "")], [rubric], out)


def test_two_rubrics_of_one_name_are_refused_before_anything_is_asked(suite, make_rubric, checkpoint, out) -> None:
    model = checkpoint(500, 4)
    with pytest.raises(HarnessError, match="Two rubrics are called 'full-bar'"):
        run_suite(suite, [model], [make_rubric(), make_rubric(version="2")], out)
    assert model.asked == 0


def test_rescoring_adds_a_rubric_without_generating(suite, rubric, make_rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    before = (folder / "samples.jsonl").read_bytes()
    (summary,) = rescore([folder], [make_rubric("second")])
    assert set(summary.rubrics) == {"full-bar", "second"}
    assert len(read_scores(folder, "full-bar")) == len(read_scores(folder, "second")) == 12
    assert (folder / "samples.jsonl").read_bytes() == before


def test_a_new_rubric_version_is_scored_again_in_place(suite, rubric, make_rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    newer = make_rubric(version="2")
    rescore([folder], [newer])
    assert newer.judged == 12
    assert read_summary(folder).rubrics["full-bar"].identity["rubric"]["version"] == "2"
    assert len((folder / "scores.jsonl").read_text().splitlines()) == 12


def test_a_corrupt_samples_file_is_named_and_nothing_is_lost(suite, rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    path = folder / "samples.jsonl"
    path.write_bytes(b"garbage\n" + path.read_bytes())
    size = path.stat().st_size
    with pytest.raises(HarnessError, match=r"samples\.jsonl:1: not a valid line"):
        run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    assert path.stat().st_size == size


@pytest.mark.parametrize("damage", ["no scores", "half a summary"])
def test_lost_or_damaged_figures_are_made_anew_from_the_samples(
    suite, rubric, checkpoint, out: Path, damage: str
) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    before = {name: (folder / name).read_text() for name in ("scores.jsonl", "summary.json")}
    if damage == "no scores":
        (folder / "scores.jsonl").unlink()
    else:
        (folder / "summary.json").write_text(before["summary.json"][:100])
    rescore([folder], [rubric])
    assert {name: (folder / name).read_text() for name in before} == before


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, rubric) -> None:
    with pytest.raises(HarnessError, match=r"is no run folder: it has no run\.json"):
        rescore([tmp_path], [rubric])


def test_seeds_belong_to_prompt_and_index_and_ids_to_the_generator_too(suite) -> None:
    ours, theirs = requests(suite, {"step": 1}), requests(suite, {"step": 2})
    assert [request.seed for request in ours] == [request.seed for request in theirs]
    assert len({request.seed for request in ours}) == len(ours)
    assert {request.id for request in ours}.isdisjoint(request.id for request in theirs)


SLOW = """
import sys, time
from pathlib import Path
from alphatex_eval.harness.generators import Completion
from alphatex_eval.harness.runs import run_suite
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import load_rubric

class Slow:
    def __init__(self, name):
        self.name = name
    def identity(self):
        return {"generator": self.name}
    def generate(self, requests):
        for request in requests:
            time.sleep(float(sys.argv[2]))
            yield Completion(id=request.id, text=f" 3.{1 + request.seed % 6} |" * 40)

rubrics = [load_rubric("seed-2026-02")]
print("ready", flush=True)
run_suite(load_suite("seed-2026-02"), [Slow("one"), Slow("two")], rubrics, Path(sys.argv[1]), processes=2)
"""


def test_a_run_killed_ten_times_at_random_equals_an_undisturbed_one(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    rng = random.Random(2)
    for _ in range(10):
        command = [sys.executable, script, tmp_path / "killed", "0.004"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.7))  # in generating, scoring or writing, or just done
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    for name in ("killed", "whole"):
        subprocess.run([sys.executable, script, tmp_path / name, "0"], check=True, stdout=subprocess.DEVNULL)
    for run in ("one", "two"):
        killed, whole = tmp_path / "killed" / run, tmp_path / "whole" / run
        lines = (killed / "samples.jsonl").read_text().splitlines()
        assert len(lines) == len({json.loads(line)["id"] for line in lines}) == 48
        assert read_samples(killed / "samples.jsonl") == read_samples(whole / "samples.jsonl")
        assert (killed / "scores.jsonl").read_bytes() == (whole / "scores.jsonl").read_bytes()
        assert (killed / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()
