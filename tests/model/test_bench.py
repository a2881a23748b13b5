"""`alphatex bench` as a user meets it, on a small corpus, a small model and a small suite."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from click.testing import CliRunner

from alphatex_model import shipped
from alphatex_model.bench import bench
from alphatex_model.bench_run import summed, training_points

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from click.testing import Result

SUITE = r"""name = "two"
version = "1"
sampling = { max_tokens = 12, samples = 2 }
[[prompts]]
id = "title"
kind = "structure"
text = '\title "'
[[prompts]]
id = "chord"
kind = "tab"
text = "| (3.2 2.3).8"
"""

CHECKPOINTS = {"small@4", "small@8", "small@12", "small@16", "small@20"}
BASELINES = {"echo", "constant", "monkey", "ngram", "human"}


@pytest.fixture(scope="module")
def given(corpus_folder: Path) -> Path:
    """A folder with a corpus, a recipe and a suite."""
    (corpus_folder / "two.toml").write_text(SUITE)
    return corpus_folder


@pytest.fixture(scope="module")
def finished(given: Path) -> tuple[Path, Result]:
    """The folder of a benchmark that nothing disturbed, and what it printed."""
    out = given / "bench"
    result = run(given, out)
    assert result.exit_code == 0, result.output
    return out, result


def arguments(given: Path, out: Path) -> list[str]:
    files = {"--recipe": given / "small.toml", "--suite": given / "two.toml", "--data": given, "--out": out}
    return [*(str(part) for pair in files.items() for part in pair), "--device", "cpu"]


def run(given: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(bench, [*arguments(given, out), *options])


def failure(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    lines = result.stderr.strip().splitlines()
    assert lines[-1].startswith("Error: ")
    return lines[-1]


def contents(out: Path) -> dict[str, str]:
    """Everything that a benchmark makes of its samples, by file, free of the folder's name."""
    files = [*out.glob("runs/*/*.json*"), *out.glob("fresh/*/*.json*"), out / "summary.json", out / "report.html"]
    return {str(path.relative_to(out)): path.read_text().replace(str(out), "OUT") for path in files}


def test_every_checkpoint_and_baseline_is_ranked_under_both_rubrics(finished: tuple[Path, Result]) -> None:
    summary = json.loads((finished[0] / "summary.json").read_text())

    assert [ranking["rubric"] for ranking in summary["rankings"]] == ["strict", "seed-2026-02"]
    for ranking in summary["rankings"]:
        assert {run["name"] for run in ranking["runs"]} == CHECKPOINTS | BASELINES | set(shipped.names())
        assert all(run["score"]["n"] == 2 and run["failed"] == 0 for run in ranking["runs"])


def test_the_run_folder_says_all_that_identifies_it(finished: tuple[Path, Result]) -> None:
    summary = json.loads((finished[0] / "summary.json").read_text())

    assert summary["recipe"]["training"]["steps"] == 20
    assert len(summary["corpus"]) == 64
    assert set(summary["rankings"][0]["identity"]) == {"suite", "sampling", "rubric", "grammar", "library"}
    assert summary["best"]["checkpoint"].endswith(f"step-{summary['best']['step']:06}")


def test_the_terminal_shows_rankings_and_where_training_would_have_stopped(finished: tuple[Path, Result]) -> None:
    printed = finished[1].stdout

    assert "strict on two" in printed
    assert "cannot be told apart" in printed
    assert "With patience 2, training would have" in printed
    assert f"Report: {finished[0] / 'report.html'}" in printed


def test_the_report_draws_learning_curve_and_scores(finished: tuple[Path, Result]) -> None:
    page = (finished[0] / "report.html").read_text()

    assert "Validation bits per byte" in page
    assert "Score under strict" in page
    assert "Early stopping" in page


def test_running_again_changes_nothing(given: Path, finished: tuple[Path, Result]) -> None:
    out, first = finished
    before = contents(out)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("samples.jsonl")}

    assert run(given, out).stdout == first.stdout
    assert contents(out) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def wait_for(done: Callable[[], bool], process: BaseProcess) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert process.is_alive(), "the benchmark ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)


def run_alone(arguments: list[str]) -> None:
    """The command as its own process, silent."""
    torch.set_num_threads(1)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        bench.main(arguments)


def test_killed_again_and_again_it_ends_as_if_undisturbed(
    given: Path, finished: tuple[Path, Result], tmp_path: Path
) -> None:
    """The processes come from a server that has imported the libraries once; each is fresh otherwise."""
    out = tmp_path / "out"
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["alphatex_model.bench_run", __name__])
    moments: list[Callable[[], bool]] = [
        lambda: (out / "training/checkpoints/step-000008/checkpoint.json").exists(),
        lambda: (out / "runs/small_12/samples.jsonl").exists(),
        lambda: (out / "runs/monkey/samples.jsonl").exists(),
    ]
    for moment in moments:
        process = server.Process(target=run_alone, args=(arguments(given, out),))
        process.start()
        wait_for(moment, process)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL

    assert run(given, out).exit_code == 0
    assert contents(out) == contents(finished[0])


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--suite", "seed-2026-2"], "Did you mean 'seed-2026-02'?"),
        (["--rubric", "strikt"], "strict"),
        (["--recipe", "tini"], "did you mean 'tiny'"),
        (["--model", "checkpoint:nowhere"], "no folder 'nowhere'"),
        (["--model", "eco"], "Did you mean 'echo'?"),
    ],
)
def test_a_wrong_name_is_one_clear_line(given: Path, tmp_path: Path, options: list[str], hint: str) -> None:
    assert hint in failure(run(given, tmp_path / "out", *options))
    assert not (tmp_path / "out").exists()


def test_a_corrupt_checkpoint_is_named(given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(given, out, "--steps", "5").exit_code == 0
    weights = sorted(out.glob("training/checkpoints/*/model.safetensors"))[-1]
    weights.write_bytes(weights.read_bytes()[:-8] + b"disturb!")

    assert f"{weights}: damaged" in failure(run(given, out, "--steps", "5"))


def test_a_folder_of_another_run_is_refused(given: Path, finished: tuple[Path, Result]) -> None:
    assert "another recipe" in failure(run(given, finished[0], "--seed", "7"))


def test_progress_of_several_runs_adds_up() -> None:
    shown: list[tuple[str, int, int]] = []
    progress = summed(lambda *update: shown.append(update), 2)

    progress("generate tiny@1", 4, 4)
    progress("generate echo", 3, 4)
    progress("score echo (strict)", 4, 4)

    assert shown == [("generate", 4, 8), ("generate", 7, 8), ("score (strict)", 4, 8)]


def test_a_training_log_becomes_a_learning_curve(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    log.write_text('{"step": 5, "loss": 2.5, "tokens_per_second": 9.0}\n{"step": 5, "validation_bits_per_byte": 1.5}\n')

    points = training_points(log, "tiny")

    assert [(point.step, point.loss, point.bits_per_byte) for point in points] == [(5, 2.5, None), (5, None, 1.5)]
