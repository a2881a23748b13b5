from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from alphatex_eval.cli import main
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.generators import Constant, load_generator
from alphatex_eval.harness.runs import remeasure, rescore, run_suite
from alphatex_eval.harness.suites import Suite, load_suite
from alphatex_eval.reports.tables import Table, samples_table, write_csv
from alphatex_eval.rubrics import load_rubric

SEED = ("--rubric", "seed-2026-02")


def alphatex(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    models = ("--model", "echo", "--model", "constant")
    done = alphatex("run", "--suite", "seed-2026-02", *models, *SEED, "--out", out, "--remeasure", "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "constant ranks first with 100.0 %, told apart from every other run." in done.stdout
    assert "constant on fresh samples: 100.0 %." in done.stdout
    return out


def test_running_again_goes_on_and_says_the_same(runs: Path) -> None:
    before = (runs / "echo/samples.jsonl").read_bytes()
    done = alphatex("run", "--suite", "seed-2026-02", "--model", "echo", *SEED, "--out", runs)
    assert done.exit_code == 0
    assert (runs / "echo/samples.jsonl").read_bytes() == before


def test_sampling_settings_of_the_command_line_win(tmp_path: Path) -> None:
    done = alphatex(
        "run",
        "--suite",
        "seed-2026-02",
        "--model",
        "echo",
        *SEED,
        "--out",
        tmp_path,
        "--samples",
        1,
        "--temperature",
        0,
    )
    assert done.exit_code == 0, done.output
    sampling = json.loads((tmp_path / "echo/run.json").read_text())["suite"]["sampling"]
    assert (sampling["samples"], sampling["temperature"], sampling["top_k"]) == (1, 0.0, 50)


def test_samples_without_a_score_are_told_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    path.write_text('{"prompt": "another suite", "completion": "0.6"}')
    asked = ("run", "--suite", "seed-2026-02", "--model", f"samples:{path}", *SEED, "--out", tmp_path / "out")
    done = alphatex(*asked, "--processes", 1)
    assert "No run has a score." in done.stdout
    reason = (
        f"made: 48 of 48 samples have no score under seed-2026-02; the first: {path} has no sample 1 of this prompt"
    )
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, reason)
    again = alphatex("rescore", tmp_path / "out", *SEED, "--processes", 1)
    assert (again.exit_code, again.stderr.splitlines()[-1]) == (1, reason)


def test_lines_of_a_samples_file_that_answer_nothing_are_counted(tmp_path: Path) -> None:
    suite = small_suite(tmp_path / "suite.json", "tab")
    path = tmp_path / "made.jsonl"
    rows = [{"prompt": prompt, "completion": " 5.3 |"} for prompt in (suite.prompts[0].text, "0.6", ":4 3.3", ":4 3.3")]
    path.write_text("\n".join(map(json.dumps, rows)))
    asked = ("run", "--suite", tmp_path / "suite.json", "--model", f"mine=samples:{path}", "--out", tmp_path / "out")
    done = alphatex(*asked, "--processes", 1)
    assert done.exit_code == 0, done.output
    told = f"warning: {path}: lines that match no prompt of small: 1; answers beyond the 1 of a prompt: 2"
    assert done.stderr.splitlines()[0] == told


def test_the_page_on_samples_shows_how_prompts_are_answered_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("prompts.jsonl").write_text(alphatex("prompts", "seed-2026-02").stdout, encoding="utf-8")
    exec(page.partition("```python\n")[2].partition("```")[0], {})
    model = ("--model", "mine=samples:answers.jsonl")
    done = alphatex("run", "--suite", "seed-2026-02", *model, *SEED, "--out", "runs", "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "mine ranks first" in done.stdout
    assert "warning" not in done.stderr
    summary = json.loads(Path("runs/mine/summary.json").read_text())
    assert (summary["samples"], summary["rubrics"]["seed-2026-02"]["unscored"]) == (48, [])


@pytest.mark.parametrize("model", ["reference", "mine=samples:made.jsonl"])
def test_a_model_without_fresh_samples_is_not_remeasured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made.jsonl").write_text('{"prompt": "3.3", "completion": "0.6"}')
    done = alphatex("run", "--model", "echo", "--model", model, "--out", "runs", "--remeasure")
    assert (done.exit_code, (tmp_path / "runs").exists()) == (2, False)
    assert "always gives the same samples: it cannot be measured on fresh ones." in done.stderr


def test_ranking_reads_the_folders_inside_a_folder(runs: Path) -> None:
    done = alphatex("rank", runs)
    assert done.exit_code == 0
    assert "seed-2026-02" in done.stdout
    assert "constant" in done.stdout


def test_rankings_come_as_json_and_csv(runs: Path) -> None:
    ranking = json.loads(alphatex("rank", runs, "--format", "json").stdout)
    assert [run["name"] for run in ranking["runs"]] == ["constant", "echo"]
    rows = list(csv.DictReader(alphatex("rank", runs, "--format", "csv").stdout.splitlines()))
    assert [(row["run"], row["groups"]) for row in rows] == [("constant", "a"), ("echo", "b")]
    assert float(rows[1]["low"]) < float(rows[1]["score"]) < float(rows[1]["high"])
    assert rows[0]["low"] == ""
    assert [row["missing"] for row in rows] == ["0", "0"]


def test_comparing_shows_the_prompts_and_their_texts(runs: Path) -> None:
    done = alphatex("compare", runs / "constant", runs / "echo")
    assert done.exit_code == 0
    assert "p = 0.000977 (exact sign-flip)" in done.stdout
    assert "04-song-title" in done.stdout
    assert "Song Title:" in done.stdout


def test_runs_that_share_no_scored_prompt_are_not_compared(tmp_path: Path) -> None:
    rubric = load_rubric("strict")
    suite = small_suite(tmp_path / "suite.json", "tab")
    run_suite(suite, [Constant("one", " 5.3 |"), load_generator("reference")], [rubric], tmp_path)
    done = alphatex("compare", tmp_path / "one", tmp_path / "reference")
    assert (done.exit_code, done.output) == (2, "Error: one and reference share no scored prompt.\n")


def test_rescoring_prints_each_runs_score(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "echo", tmp_path / "echo")
    done = alphatex("rescore", tmp_path / "echo", "--rubric", "seed-2026-02@prompts", "--processes", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("echo  ")


def test_a_run_named_twice_is_rescored_once(runs: Path) -> None:
    done = alphatex("rescore", runs / "echo", runs, *SEED, "--processes", 1)
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["echo", "constant"]


def test_a_run_that_is_not_scored_yet_is_no_stranger(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "echo", tmp_path / "echo")
    (tmp_path / "echo/summary.json").unlink()
    assert f"{tmp_path / 'echo'} is not scored yet; run the same again, or rescore" in alphatex("rank", tmp_path).stderr


def test_fresh_samples_are_scored_with_as_many_processes_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def measured(*given: Any, processes: int | None) -> Any:
        asked.append(processes)
        return remeasure(*given, processes=processes)

    monkeypatch.setattr("alphatex_eval.cli.run.remeasure", measured)
    run = ("run", "--suite", "seed-2026-02", "--model", "echo", *SEED, "--out", tmp_path, "--samples", 1)
    assert alphatex(*run, "--remeasure", "--processes", 1).exit_code == 0
    assert asked == [1]


def test_a_report_is_written_and_its_path_printed(runs: Path, tmp_path: Path) -> None:
    log = tmp_path / "training.jsonl"
    log.write_text('{"step": 10, "loss": 2.5, "tokens": 4096}\n{"step": 20, "loss": 2.1, "bits_per_byte": 0.9}\n')
    out = tmp_path / "report.html"
    done = alphatex("report", runs, *SEED, "--out", out, "--title", "Two baselines", "--training", log)
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    assert "<h1>Two baselines</h1>" in out.read_text()
    assert "Training loss" in out.read_text()


SMALL = {"version": "1", "sampling": {"samples": 1}}


def small_suite(path: Path, *kinds: str) -> Suite:
    prompts = [{"id": f"p{i}", "kind": kind, "text": ":4 3.3"} for i, kind in enumerate(kinds)]
    path.write_text(json.dumps({"name": "small", **SMALL, "prompts": prompts}))
    return load_suite(path)


def test_runs_of_different_kinds_of_prompts_share_a_report_when_allowed(tmp_path: Path) -> None:
    rubric = load_rubric("strict")
    for kinds in (("tab", "note"), ("tab", "chord")):
        suite = small_suite(tmp_path / "suite.json", *kinds)
        run_suite(suite, [Constant(kinds[1], " 5.3 |")], [rubric], tmp_path / "runs")
    done = alphatex("report", tmp_path / "runs", "--allow-different", "--out", tmp_path / "report.html")
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'report.html'}\n")


HOUSE = 'schema_version = 1\nname = "house"\nversion = "1"\ndescription = ""\n[scorers."alphatex/seed-tab"]\n'
HOUSE += "[weightings]\nprompts = {}\neven = { tab = 1, note = 1 }\n"


@pytest.fixture
def housed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs that were scored under the rubric `house` with its weighting `even`, beside its file `own.toml`."""
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(HOUSE)
    suite = small_suite(Path("suite.json"), "tab", "note")
    run_suite(suite, [Constant("one", ""), Constant("two", " 5.3 |")], [load_rubric("own.toml@even")], Path("runs"))
    return tmp_path


@pytest.mark.parametrize("name", ["own.toml@even", "house@even", "house"])
@pytest.mark.parametrize(
    "command",
    [
        ("rank", "runs", "--format", "csv"),
        ("compare", "runs/one", "runs/two"),
        ("report", "runs"),
        ("export", "runs", "--out", "tables"),
    ],
)
def test_a_rubric_may_be_named_by_its_file_or_with_its_weighting(
    housed: Path, command: tuple[str, ...], name: str
) -> None:
    done = alphatex(*command, "--rubric", name)
    assert done.exit_code == 0, done.output
    if command[0] == "rank":
        assert {row["rubric"] for row in csv.DictReader(done.stdout.splitlines())} == {"house"}


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("own.toml", "one was scored under house@even, not house@prompts; alphatex rescore changes that."),
        ("house@prompts", "one was scored under house@even, not house@prompts; alphatex rescore changes that."),
        ("gone.toml", "rubric gone.toml: cannot be read: No such file or directory"),
        ("hose@even", "one was not scored under 'hose'. Did you mean 'house'? (alphatex rescore adds a rubric)"),
    ],
)
def test_a_rubric_that_no_run_was_scored_under_is_one_line(housed: Path, name: str, complaint: str) -> None:
    done = alphatex("rank", "runs", "--rubric", name)
    assert (done.exit_code, done.output) == (2, f"Error: {complaint}\n")


def test_a_run_without_any_sample_is_left_out_of_a_ranking_with_a_warning(tmp_path: Path) -> None:
    suite, rubric = small_suite(tmp_path / "suite.json", "tab"), load_rubric("seed-2026-02@prompts")
    runs = tmp_path / "runs"
    run_suite(suite, [Constant("one", ""), Constant("none", " 3.3"), Constant("lost", " 3.4")], [rubric], runs)
    (runs / "none/samples.jsonl").write_text("")
    (runs / "none/summary.json").unlink()
    (runs / "lost/samples.jsonl").unlink()
    rescore([runs / "lost"], [rubric])
    warning = f"warning: left out, as they hold no sample: {runs / 'lost'}, {runs / 'none'}\n"
    done = alphatex("rank", runs)
    assert (done.exit_code, done.stderr) == (0, warning)
    assert "one ranks first" in done.stdout
    assert alphatex("compare", runs / "one", runs / "lost").stderr == "Error: one and lost share no scored prompt.\n"
    none = alphatex("rank", runs / "lost", runs / "none")
    assert (none.exit_code, none.output) == (2, "Error: These runs hold no sample; run the same again.\n")


def test_a_ranking_and_a_report_say_nothing_of_runs_that_share_no_prompt(tmp_path: Path) -> None:
    suite, rubric = small_suite(tmp_path / "suite.json", "tab"), load_rubric("seed-2026-02@prompts")
    others = tuple(prompt.model_copy(update={"id": f"other-{prompt.id}"}) for prompt in suite.prompts)
    run_suite(suite, [Constant("one", " 5.3 |")], [rubric], tmp_path / "runs")
    run_suite(suite.model_copy(update={"prompts": others}), [Constant("two", "")], [rubric], tmp_path / "runs")
    done = alphatex("rank", tmp_path / "runs", "--allow-different")
    assert "Nothing can be said of runs that share no scored prompt: one and two." in " ".join(done.stdout.split())
    assert "prompts differ" not in done.stdout
    page = tmp_path / "report.html"
    assert alphatex("report", tmp_path / "runs", "--allow-different", "--out", page).exit_code == 0
    assert "<td>no shared prompt</td>" in page.read_text()
    assert "cannot tell" not in page.read_text()


class Trained(Constant):
    """A checkpoint of the training run `waltzes`."""

    def __init__(self, step: int) -> None:
        super().__init__(f"waltzes@{step}", " 5.3 |")
        self.step = step

    def identity(self) -> dict[str, object]:
        return {"series": "waltzes", "step": self.step}


WALTZES = [{"step": step, "loss": 2.0, "bits_per_byte": 2 - step / 500, "series": "waltzes"} for step in (0, 500)]
OTHERS = [{"step": step, "loss": 2.0, "bits_per_byte": 1 + step / 500, "series": "reels"} for step in (0, 500)]


@pytest.mark.parametrize("log", [WALTZES, WALTZES + OTHERS, [{**row, "series": ""} for row in WALTZES]])
@pytest.mark.parametrize("end", ["\n", ""])
def test_early_stopping_reads_the_log_of_the_runs_own_training_to_its_end(
    tmp_path: Path, log: list[dict[str, object]], end: str
) -> None:
    suite = small_suite(tmp_path / "suite.json", "tab", "note")
    run_suite(suite, [Trained(0), Trained(500)], [load_rubric("strict")], tmp_path / "runs")
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, log)) + end)
    out = tmp_path / "report.html"
    done = alphatex("report", tmp_path / "runs", "--out", out, "--training", tmp_path / "log.jsonl")
    assert done.exit_code == 0, done.output
    assert "cannot be told apart from step 0; validation bits per byte fell" in out.read_text()


def test_a_single_look_before_training_is_a_look(tmp_path: Path) -> None:
    suite = small_suite(tmp_path / "suite.json", "tab", "note")
    run_suite(suite, [Trained(0)], [load_rubric("strict")], tmp_path / "runs")
    (tmp_path / "log.jsonl").write_text('{"step": 0, "loss": NaN}\n{"step": 5, "loss": 2.5}\n')
    out = tmp_path / "report.html"
    done = alphatex("report", tmp_path / "runs", "--out", out, "--training", tmp_path / "log.jsonl")
    assert done.exit_code == 0, done.output
    assert "first evaluation" in out.read_text()
    assert "nan" not in out.read_text()


def test_every_line_break_in_a_text_comes_back_from_csv(tmp_path: Path) -> None:
    texts = [("one\rtwo",), ("one\ntwo",), ("one\r\ntwo",), ("end\r",), ("plain",)]
    path = write_csv(tmp_path, Table("texts", {"text": "string"}, texts))
    with path.open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)] == [("text",), *texts]
    assert path.read_bytes().endswith(b"\nplain\n")


def test_rows_come_before_all_judgements_are_read(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "echo", tmp_path / "echo")
    with (tmp_path / "echo/scores.jsonl").open("a") as file:
        file.write("no judgement\n")
    rows = iter(samples_table([tmp_path / "echo"], ["seed-2026-02"]).rows)
    assert next(rows)[0] == "echo"
    with pytest.raises(HarnessError, match=r"scores.jsonl:49: not a valid line"):
        list(rows)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_results_are_exported_as_four_tables(runs: Path, tmp_path: Path, kind: str) -> None:
    done = alphatex("export", runs, *SEED, "--out", tmp_path / "tables", "--format", kind)
    assert done.exit_code == 0, done.output
    names = ("ranking", "pairs", "samples", "checks")
    assert done.stdout.split() == [str(tmp_path / f"tables/{name}.{kind}") for name in names]
    ranking, pairs, samples, checks = (rows(tmp_path / f"tables/{name}.{kind}") for name in names)
    assert [row["run"] for row in ranking] == ["constant", "echo"]
    assert [(row["first"], row["second"], str(row["told_apart"])) for row in pairs] == [("constant", "echo", "True")]
    assert len(samples) == 2 * 48
    first = next(row for row in samples if row["run"] == "echo" and row["prompt_id"] == "01-title")
    assert (first["prompt"], first["completion"], float(first["value"])) == ('\\title "', "", 0.375)
    failed = [row for row in checks if row["id"] == first["id"] and str(row["passed"]) == "False"]
    assert len(failed) == 5
    assert {row["scorer"] for row in failed} == {"alphatex/seed-structure"}


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    from pyarrow import parquet

    found: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return found


def test_parquet_without_its_library_is_one_line(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = alphatex("export", runs, *SEED, "--out", tmp_path, "--format", "parquet")
    assert (done.exit_code, done.stderr) == (2, "Error: This needs pyarrow: pip install 'alphatex-eval[parquet]'.\n")


def test_a_folder_for_tables_that_cannot_be_made_is_one_line(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = alphatex("export", runs, *SEED, "--out", tmp_path / "taken/tables")
    assert done.exit_code == 2
    assert "Cannot write" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "--suite", "seed-2026-2", "--model", "echo", "--out", "x"), "Did you mean 'seed-2026-02'?"),
        (("run", "--suite", "seed-2026-02", "--model", "ecko", *SEED, "--out", "x"), "Did you mean 'echo'?"),
        (("run", "--suite", "seed-2026-02", "--model", "echo", "--rubric", "seed", "--out", "x"), "no rubric 'seed'"),
        (("run", "--model", "echo", "--rubric", "seed-2026-02@x", "--out", "x"), "'x'. Known: table-3.2, table-3.1, "),
        (("run", "--model", "a=echo", "--model", "a=monkey", *SEED, "--suite", "seed-2026-02", "--out", "x"), "'a'"),
        (("export", "nowhere", "--out", "x.parquet"), "leave out .parquet and say --format."),
        (("export", "nowhere", "--out", "x.csv", "--format", "csv"), "--out x.csv is a folder for several tables"),
        (("rank", "nowhere"), "nowhere is no run folder and holds none."),
        (("rescore", "nowhere", *SEED), "nowhere is no run folder and holds none."),
        (("compare", "nowhere", "elsewhere"), "nowhere is no run folder and holds none."),
        (("report", "nowhere"), "nowhere is no run folder and holds none."),
    ],
)
def test_a_wrong_name_is_one_line_and_exit_status_2(arguments: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    done = alphatex(*arguments)
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_runs_of_different_sampling_are_compared_only_when_allowed(runs: Path, tmp_path: Path) -> None:
    other = tmp_path / "warm"
    common = ("--suite", "seed-2026-02", "--model", "constant: 3.3", *SEED, "--out", other)
    assert alphatex("run", *common, "--temperature", 1.5).exit_code == 0
    (other / "constant").rename(other / "constant2")
    assert "sampling.temperature: 0.8 → 1.5" in alphatex("compare", runs / "echo", other / "constant2").stderr
    done = alphatex("rank", runs / "echo", other / "constant2", *SEED, "--allow-different")
    assert done.exit_code == 0, done.output
