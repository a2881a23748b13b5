"""`alphatex score`, `scorers` and `rubrics` as a user meets them."""

import json

import pytest
from click.testing import CliRunner

from alphatex_eval.cli import main
from alphatex_eval.scorers.registry import scorer_names

SEED = ("--rubric", "seed-2026-02")


@pytest.fixture
def tune(tmp_path):
    path = tmp_path / "tune.atex"
    path.write_text('\\title "Reel"\n3.3.4 5.3.4 |\n')
    return path


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def test_every_lost_point_shows_its_place_in_the_text(tune):
    outcome = run("score", tune, "--rubric", "seed-2026-02")
    assert outcome.exit_code == 0
    assert "0.625  seed-2026-02" in outcome.stdout
    assert "1:1: error alphatex/seed-structure has_track: expected: the text contains `\\track`" in outcome.stdout


def test_json_holds_the_whole_result(tune):
    result = json.loads(run("score", tune, "--rubric", "seed-2026-02", "--format", "json").stdout)
    assert result["schema_version"] == 1
    assert result["scores"]["alphatex/seed-tab"]["value"] == 1.0


def test_standard_input_is_read(tune):
    assert run("score", "-", "--rubric", "seed-2026-02", stdin="3.3").exit_code == 0


def test_lines_of_json_give_one_result_a_line(tmp_path):
    path = tmp_path / "samples.jsonl"
    rows = [
        {"id": n, "prompt": "| 3.2", "completion": text, "kind": "tab"} for n, text in enumerate(("", " 2.3 | 3.2"))
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    lines = run("score", path, "--jsonl", "--rubric", "seed-2026-02", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["value"] for line in lines] == [0.8, 1.0]
    table = run("score", path, "--jsonl", "--rubric", "seed-2026-02").stdout
    assert "0.900" in table


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["-", "--rubric", "seed-2026-03"], "r", "Did you mean 'seed-2026-02'?"),
        (["missing.atex"], "", "missing.atex: cannot be read: No such file or directory"),
        (["-", "--rubric", "seed-2026-02", "--jsonl"], "{", "line 1: not JSON"),
        (
            ["-", "--rubric", "seed-2026-02", "--jsonl"],
            '{"text": 1}',
            "-, line 1: needs an object with the text 'completion'",
        ),
        (["-", *SEED, "--jsonl"], "[" * 100_000, "-, line 1: not JSON"),
        (["-", *SEED, "--jsonl"], "1" * 5000, "-, line 1: not JSON"),
        (
            ["-", *SEED, "--jsonl"],
            '{"completion": "", "finish_reason": "lenght"}',
            "-, line 1: finish_reason: Input should be 'stop', 'length' or 'error', not 'lenght'",
        ),
        (["-", *SEED, "--kind", "nosuch"], "r", "judges no prompts of kind 'nosuch'. Known: note, structure, tab."),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(arguments, stdin, message):
    outcome = run("score", *arguments, stdin=stdin)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1


def test_a_file_without_texts_is_told():
    outcome = run("score", "-", *SEED, "--jsonl", stdin="\n")
    assert (outcome.exit_code, outcome.stderr) == (0, "warning: - holds no texts\n")


def test_a_text_that_does_not_parse_is_told_so_before_what_follows_from_it():
    result = json.loads(run("score", "-", "--format", "json", stdin='3.3 "').stdout)
    assert result["message"].startswith("× 0.40: the text does not parse; × 0.")


def test_texts_without_a_score_are_told_and_exit_status_1_where_none_has_one(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text(
        'schema_version = 1\nname = "broken"\nversion = "1"\ndescription = ""\n'
        '[scorers."alphatex/novelty"]\nparameters = { index = "nowhere.json" }\n'
    )
    told = "-: 1 of 1 texts have no score under broken; the first: alphatex/novelty failed: "
    for form in ("table", "json"):
        outcome = run("score", "-", "--rubric", broken, "--format", form, stdin="3.3")
        assert (outcome.exit_code, outcome.stderr.startswith(told)) == (1, True)
        assert len(outcome.stderr.splitlines()) == 1
    lines = ['{"completion": "3.3"}', '{"completion": "", "finish_reason": "error"}']
    outcome = run("score", "-", "--jsonl", *SEED, stdin="\n".join(lines))
    told = "-: 1 of 2 texts have no score under seed-2026-02; the first: the generator failed\n"
    assert (outcome.exit_code, outcome.stderr) == (0, told)
    assert run("score", "-", "--jsonl", *SEED, stdin=lines[1]).exit_code == 1


def test_scorers_and_rubrics_are_listed():
    assert [line.split()[0] for line in run("scorers").stdout.splitlines()] == scorer_names()
    assert "seed-2026-02: The report's nineteen presence checks" in run("rubrics").stdout


def test_points_taken_without_a_failed_check_show_the_figures_and_their_place(tune):
    lines = run("score", tune).stdout.splitlines()
    assert any(" alphatex/melody usual_steps: least likely step" in line for line in lines)
    assert any("alphatex/extent" in line and "ceiling" in line for line in lines)


def test_a_byte_order_mark_and_line_ends_are_no_part_of_the_tune(tune, tmp_path):
    marked = tmp_path / "marked.atex"
    marked.write_bytes(b"\xef\xbb\xbf" + tune.read_bytes())
    plain, other = (run("score", path, "--format", "json").stdout for path in (tune, marked))
    assert plain == other


def test_a_line_separator_inside_json_ends_no_line(tmp_path):
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps({"completion": '\\title "A\u2028B" 3.3 |'}, ensure_ascii=False) + "\n", encoding="utf-8")
    outcome = run("score", path, "--jsonl", "--rubric", "seed-2026-02", "--format", "json")
    assert len(outcome.stdout.splitlines()) == 1, outcome.output


def test_brackets_in_the_name_of_a_rubric_are_shown(tune, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'schema_version = 1\nname = "ours [/v2]"\nversion = "1"\ndescription = ""\n[scorers."alphatex/seed-tab"]\n'
    )
    assert "ours [/v2]" in run("score", tune, "--rubric", path).stdout
