"""`alphatex recipes`, `train` and `generate` as a user meets them."""

import json
import sys

import pytest
from click.testing import CliRunner

from alphatex_eval.cli import main
from alphatex_model import cli
from alphatex_model.harness_generator import CheckpointGenerator


@pytest.fixture(scope="module")
def run(corpus_folder, tmp_path_factory):
    """A folder with a run trained by the command."""
    folder = tmp_path_factory.mktemp("commands")
    result = train(corpus_folder, folder)
    assert result.exit_code == 0, result.output
    return folder


def train(data, folder, *options):
    where = ["--data", str(data), "--out", str(folder / "run"), "--device", "cpu", "--steps", "10"]
    return CliRunner().invoke(cli.train, [str(data / "small.toml"), *where, *options])


def generate(*options):
    return CliRunner().invoke(cli.generate, ["--device", "cpu", "--max-tokens", "12", *options])


def failure(result):
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.stderr.strip().splitlines()[-1]


def test_the_commands_are_found_by_alphatex():
    result = CliRunner().invoke(main, ["recipes", "--json"])
    rows = {row["name"]: row for row in json.loads(result.output)}

    assert rows["d8_depth"]["parameters"] == 18_874_368
    assert rows["d8_depth"]["model"]["n_layer"] == 8


def test_recipes_are_listed_with_their_sizes():
    lines = CliRunner().invoke(cli.recipes).output.splitlines()

    assert any(line.startswith("d4_baseline") and "4.98 M" in line for line in lines)


def test_training_prints_the_last_checkpoint_and_a_finished_run_stays_finished(corpus_folder, run):
    result = train(corpus_folder, run, "--resume")

    assert result.stdout.strip() == str(run / "run" / "checkpoints" / "step-000010")
    assert "10/10" in result.stderr
    assert "0/10 " not in result.stderr.replace("10/10", "")


def test_curves_for_tensorboard_lie_beside_the_metrics(corpus_folder, tmp_path):
    assert train(corpus_folder, tmp_path, "--tensorboard").exit_code == 0
    (events,) = (tmp_path / "run" / "tensorboard").iterdir()

    assert all(name in events.read_bytes() for name in (b"train/loss", b"validation/bits_per_byte"))


def test_judged_training_ends_when_checkpoints_get_no_better(corpus_folder, tmp_path):
    """A model that learns nothing in its few steps scores nothing, and one look without progress is enough."""
    suite = tmp_path / "one.toml"
    suite.write_text(
        'name = "one"\nversion = "1"\nsampling = { max_tokens = 4, samples = 2 }\n'
        '[[prompts]]\nid = "a"\nkind = "tab"\ntext = "| (3.2"\n[[prompts]]\nid = "b"\nkind = "tab"\ntext = "| 3.2"\n'
    )
    frozen = tmp_path / "small.toml"
    frozen.write_text(
        (corpus_folder / "small.toml").read_text() + "matrix_lr = 0.0\nembedding_lr = 0.0\nunembedding_lr = 0.0\n"
    )
    where = ["--data", str(corpus_folder), "--out", str(tmp_path / "run"), "--device", "cpu"]
    result = CliRunner().invoke(cli.train, [str(frozen), *where, "--judge", str(suite), "--patience", "1"])

    assert result.exit_code == 0, result.output
    assert result.stdout.strip().endswith("step-000008")
    wrong = CliRunner().invoke(cli.train, [str(frozen), *where, "--judge", "strikt"])
    assert "strict" in failure(wrong)


def test_tensorboard_without_its_package_names_the_extra(corpus_folder, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "alphatex_model.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)

    assert "pip install 'alphatex-eval[tensorboard]'" in failure(train(corpus_folder, tmp_path, "--tensorboard"))


def test_an_exported_checkpoint_is_small_and_generates(run, tmp_path):
    out = tmp_path / "small"
    result = CliRunner().invoke(cli.pack, [str(run / "run"), "--out", str(out), "--piece", "0.02"])

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{out}: 0.1 MB in ")
    assert generate("--model", str(out)).exit_code == 0
    assert "already exists" in failure(CliRunner().invoke(cli.pack, [str(run / "run"), "--out", str(out)]))


def test_training_twice_into_one_folder_is_refused(corpus_folder, run):
    assert "already holds a run; --resume goes on with it" in failure(train(corpus_folder, run))


def test_an_unknown_recipe_gets_a_suggestion(run):
    result = CliRunner().invoke(cli.train, ["tini", "--data", str(run), "--out", str(run / "other")])

    assert "did you mean 'tiny'" in failure(result)


def test_generated_rows_are_json_lines(run):
    result = generate("--model", str(run / "run"), "--prompt", ":4 3.1", "--prompt", "(2.1", "-n", "2", "--jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    assert [row["prompt"] for row in rows] == [":4 3.1", ":4 3.1", "(2.1", "(2.1"]
    assert [row["seed"] for row in rows] == [0, 1, 2, 3]
    assert set(rows[0]) == {"prompt", "completion", "finish_reason", "seed"}


def test_a_single_text_is_streamed_as_the_prompt_and_what_follows(run):
    options = ("--model", str(run / "run"), "--prompt", ":4 3.1", "--seed", "3")
    (row,) = map(json.loads, generate(*options, "--jsonl").stdout.splitlines())

    assert generate(*options).stdout == row["prompt"] + row["completion"] + "\n"


def test_a_path_without_checkpoint_is_one_clear_line(run, tmp_path):
    assert "no checkpoint and no run with checkpoints" in failure(generate("--model", str(tmp_path)))


def test_a_prompt_that_is_no_text_is_one_clear_line(run):
    assert "--prompt is not UTF-8 at its character 3" in failure(generate("--model", str(run), "--prompt", "ab\udcff"))


@pytest.mark.parametrize(("option", "value"), [("--temperature", "inf"), ("--temperature", "nan"), ("--top-p", "nan")])
def test_a_setting_that_is_no_finite_number_is_one_clear_line_and_nothing_is_printed(run, option, value):
    result = generate("--model", str(run), "--prompt", ":4 3.1", option, value)
    assert failure(result) == f"Error: {option} must be a finite number, not {value}"
    assert result.stdout == ""


def test_a_missing_package_names_the_extra(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "alphatex_model.generation", None)
    assert "pip install 'alphatex-eval[model]'" in failure(generate("--model", str(run / "run")))


def test_a_checkpoint_is_a_generator_of_the_harness(run):
    from alphatex_eval.harness.generators import Generator, Request
    from alphatex_eval.harness.suites import Prompt, Sampling

    generator = CheckpointGenerator(str(run / "run"), device="cpu")
    sampling = Sampling(max_tokens=8, samples=2)
    requests = [
        Request(id=f"{text}/{n}", prompt=Prompt(id=text, kind="tab", text=text), index=n, seed=n, sampling=sampling)
        for text in (":4 3.1", "(2.1")
        for n in range(2)
    ]
    completions = list(generator.generate(requests))
    identity = generator.identity()

    assert isinstance(generator, Generator)
    assert generator.name == "run/step-000010"
    assert [completion.id for completion in completions] == [request.id for request in requests]
    assert (identity["step"], identity["series"]) == (10, "small")
    assert list(generator.generate(requests[2:])) == completions[2:]
