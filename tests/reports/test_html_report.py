from __future__ import annotations

import math
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.early_stopping import EarlyStopping, Evaluation, replay
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_summary
from alphatex_eval.harness.generators import load_generator
from alphatex_eval.harness.ranking import rank_runs
from alphatex_eval.harness.runs import run_suite
from alphatex_eval.harness.statistics import Estimate
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.reports.html import TrainingPoint, render_report, write_report
from alphatex_eval.reports.view import marked, without_head
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import Status

if TYPE_CHECKING:
    from pathlib import Path

RUBRIC = "seed-2026-02"
ENDINGS = {500: " {", 1000: ' "Reel" 3.3.4', 1500: '" {instrument 25 volume 9} 3.3.4 (0.1 2.2{h}).2'}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on three checkpoints and two baselines, with learning curve and early stopping."""
    out = tmp_path_factory.mktemp("report")
    generators = [load_generator("echo"), load_generator("constant")]
    for step, ending in ENDINGS.items():
        found = load_generator(f"constant:{ending}")
        found.name = f"tiny@{step}"  # type: ignore[misc]
        found.identity = lambda step=step: {"series": "tiny", "step": step}  # type: ignore[method-assign,misc]
        generators.append(found)
    folders = run_suite(load_suite("seed-2026-02"), generators, [load_rubric(RUBRIC)], out)
    looks = [
        Evaluation(step=summary.step, prompts=summary.rubrics[RUBRIC].prompts)
        for summary in map(read_summary, folders)
        if summary.step
    ]
    training = [TrainingPoint(step=step, bits_per_byte=2 - step / 1500, loss=3 - step / 1000) for step in (250, 900)]
    return write_report(
        out / "report.html",
        [rank_runs(folders, RUBRIC)],
        training=training,
        decisions=replay(EarlyStopping(patience=1), looks),
        title="Three steps & two <baselines>",
    )


class Balance(HTMLParser):
    """Complains when an element is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_balanced_html_and_escapes_what_it_quotes(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert "<h1>Three steps &amp; two &lt;baselines&gt;</h1>" in text


def test_the_report_needs_nothing_from_anywhere(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|url\(|https?://|<script", text)


def test_the_report_shows_every_part(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    for part in ("Ranking under", "Validation bits per byte", "Training loss", f"Score under {RUBRIC}"):
        assert part in text
    for part in ("Early stopping", "Against the first", "What fails", "Prompt by prompt", "Samples", "Identity"):
        assert part in text
    assert "best: step" in text


def test_the_report_opens_in_a_browser_and_no_text_is_lost(report: Path, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium here: the report was checked as text only")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path}"]
    done = subprocess.run(
        [browser, *flags, "--dump-dom", report.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.count("<svg") == report.read_text(encoding="utf-8").count("<svg") > 8
    assert "Three steps &amp; two &lt;baselines&gt;" in done.stdout


def test_a_run_that_beats_the_first_where_both_have_a_score_is_not_called_behind(tmp_path: Path) -> None:
    generators = [load_generator("echo"), load_generator("constant")]
    ranking = rank_runs(run_suite(load_suite(RUBRIC), generators, [load_rubric(RUBRIC)], tmp_path), RUBRIC)
    (pair,) = ranking.pairs
    turned = pair.test.model_copy(update={"difference": Estimate(status=Status.SCORED, value=-0.1, n=12)})
    other = ranking.model_copy(update={"pairs": (pair.model_copy(update={"test": turned}),)})
    assert "<td>behind</td>" in render_report([ranking])
    assert "<td>ahead</td>" in render_report([other])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_not_drawn(value: float) -> None:
    point = TrainingPoint(step=1, loss=value, bits_per_byte=value)
    assert (point.loss, point.bits_per_byte) == (None, None)
    assert TrainingPoint.model_validate_json('{"step": 1, "loss": NaN}').loss is None


def test_a_report_without_rankings_is_refused() -> None:
    with pytest.raises(HarnessError, match="at least one ranking"):
        render_report([])


def test_faults_are_cut_out_where_they_stand() -> None:
    pieces = marked("0.6 99.1 |", 3, [(4, 8, "fret 99 is beyond the neck")])
    assert [(piece.text, piece.prompt, piece.messages) for piece in pieces] == [
        ("0.6", True, ()),
        (" ", False, ()),
        ("99.1", False, ("fret 99 is beyond the neck",)),
        (" |", False, ()),
    ]


def test_overlapping_and_empty_faults_keep_every_character() -> None:
    text = "3.3 4.4 5.5"
    pieces = marked(text, 0, [(0, 7, "a"), (4, 11, "b"), (11, 11, "at the end"), (2, 2, "a point")])
    assert "".join(piece.text for piece in pieces) == text
    assert pieces[-1].messages == ("b",)
    assert next(piece for piece in pieces if "a point" in piece.messages).text == "3"


def test_a_long_prompt_is_shown_by_its_last_lines_and_faults_stay_in_place() -> None:
    prompt, completion = "".join(f"\\tag{i}\n" for i in range(9)), "3.3 99.1"
    faults = [(0, 5, "gone"), (58, 62, "in the completion"), (40, 47, "in the prompt")]
    text, length, kept = without_head(prompt + completion, len(prompt), faults)
    assert text == "…\n\\tag5\n\\tag6\n\\tag7\n\\tag8\n3.3 99.1"
    assert text[:length].endswith("\\tag8\n")
    assert [(text[start:end], message) for start, end, message in kept] == [
        ("99.1", "in the completion"),
        ("6\n\\tag7", "in the prompt"),
    ]
    assert without_head(completion, 0, faults) == (completion, 0, faults)
