"""Null baselines: what they write, and that the strict rubric is not fooled while the report's is."""

import json
import random
from fractions import Fraction

import pytest

from alphatex_eval.harness.baselines import END, CharacterModel, read_tunes
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.generators import Request, load_generator
from alphatex_eval.harness.monkey import typed
from alphatex_eval.harness.runs import run_suite
from alphatex_eval.harness.statistics import clustered_mean
from alphatex_eval.harness.suites import load_suite
from alphatex_eval.language import check, parse
from alphatex_eval.music.loader import load
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import FinishReason, Subject

HEADER = (
    '\\title "{name}"\n\\track "Guitar" {{instrument acousticguitarsteel volume 12}}\n'
    "\\tuning (E4 B3 G3 D3 A2 E2)\n\\ts (4 4)\n\\ks c\n"
)
BARS = [
    ":8 3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2",
    ":4 0.1 1.2 :8 0.2 2.3 0.3 3.4",
    ":8 3.4 0.3 2.3 0.2 :4 1.2 0.3",
    "0.3.4{d} 2.3.8 :4 0.2 1.2",
    ":4 3.4 0.4 3.5 0.3",
    ":8 1.2 0.2 2.3 0.3 3.4 2.4 0.4 3.5",
    ":2 0.3 1.2",
    ":1 3.5",
]


def tune(number):
    bars = random.Random(number).sample(BARS[:-1], 7)
    return HEADER.format(name=f"Tune {number}") + " |\n".join([*bars, BARS[-1]])


@pytest.fixture(scope="module")
def tunes(tmp_path_factory):
    path = tmp_path_factory.mktemp("tunes") / "tunes.jsonl"
    rows = [{"text": tune(n), "split": "train" if n < 20 else "test"} for n in range(50)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def requests(samples=2):
    suite = load_suite("seed-2026-02")
    return [
        Request(id=f"{prompt.id}/{n}", prompt=prompt, index=n, seed=10 * place + n, sampling=suite.sampling)
        for place, prompt in enumerate(suite.prompts)
        for n in range(samples)
    ]


def subjects(generator):
    asked = requests()
    answers = {answer.id: answer for answer in load_generator(generator).generate(asked)}
    return [
        Subject(
            prompt=request.prompt.text,
            completion=answers[request.id].text,
            finish_reason=answers[request.id].finish_reason,
            kind=request.prompt.kind,
        )
        for request in asked
    ]


def interval(rubric, found):
    values = [result.value for result in load_rubric(rubric).score_many(found)]
    return clustered_mean([values[start : start + 2] for start in range(0, len(values), 2)])


@pytest.mark.parametrize(
    "prompt", [prompt.text for prompt in load_suite("seed-2026-02").prompts if prompt.id[:2] != "04"]
)
def test_the_monkey_always_parses_and_fills_every_bar(prompt):
    text = prompt + typed(prompt, 300, random.Random(len(prompt)))
    assert check(text).accepted, check(text).diagnostics
    score = load(parse(text))
    music = [bar.voices[0] for bar in score.tracks[-1].staves[-1].bars]
    full = Fraction(*score.master_bars[-1].time_signature)
    assert all(voice.duration == full for voice in music if voice.beats)


def test_the_same_seed_gives_the_same_text():
    assert typed("\\tempo 120", 200, random.Random(3)) == typed("\\tempo 120", 200, random.Random(3))


def test_a_character_model_writes_what_it_has_read_and_ends_where_texts_end():
    model = CharacterModel(["0.1 2.3 4.5 |"], order=5)
    assert model.sample("0.1 ", 100, random.Random(0)) == ("2.3 4.5 |", True)
    assert model.sample("0.1 ", 3, random.Random(0)) == ("2.3", False)
    assert END not in model.sample("", 100, random.Random(1))[0]


def test_held_out_tunes_continue_every_prompt_soundly(tunes):
    for subject in subjects(f"human:{tunes}"):
        text = subject.completion if subject.prompt == "Song Title: " else subject.text
        assert check(text).accepted, (subject.prompt, check(text).diagnostics)


def test_a_reference_is_its_own_continuation(tunes):
    request = requests()[0]
    request = request.model_copy(update={"prompt": request.prompt.model_copy(update={"reference": " 5.3 |" * 400})})
    answer = next(iter(load_generator(f"human:{tunes}").generate([request])))
    assert answer.finish_reason is FinishReason.LENGTH
    assert (" 5.3 |" * 400).startswith(answer.text)


def test_strict_ranks_people_over_grammar_over_nothing_with_intervals_apart(tunes):
    found = {name: subjects(name) for name in (f"human:{tunes}", "monkey", f"ngram:{tunes}", "constant", "echo")}
    human, monkey, ngram, constant, echo = (interval("strict", samples) for samples in found.values())
    assert human.low > max(monkey.high, ngram.high or ngram.value)
    assert min(monkey.low, ngram.low) > max(constant.high or constant.value, echo.high or echo.value)
    assert constant.value < 0.1
    assert echo.value == 0.0


def test_the_seed_rubric_is_fooled_by_the_constant():
    assert interval("seed-2026-02", subjects("constant")).value == 1.0


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "has no tunes of the split 'train'"), ("{", "is no tunes file: JSONDecodeError"), ('{"tex": 1}', "KeyError")],
)
def test_a_file_without_tunes_is_one_clear_line(tmp_path, content, message):
    path = tmp_path / "tunes.jsonl"
    path.write_text(content)
    with pytest.raises(HarnessError, match=message):
        read_tunes(path, "train")


def test_the_monkey_stops_where_no_value_is_short_enough_for_a_bar():
    assert typed('\\title "a" \\ts (1 64) 3.3.64 |', 100, random.Random(0)).strip() == ""


def test_texts_too_short_for_an_ngram_model_are_one_clear_line():
    with pytest.raises(HarnessError, match="order 5 needs a text of at least 4 characters"):
        CharacterModel(["ab"])


def test_a_line_separator_inside_a_tune_ends_no_line(tmp_path):
    path = tmp_path / "tunes.jsonl"
    path.write_text(json.dumps({"text": "a\u2028b", "split": "train"}, ensure_ascii=False), encoding="utf-8")
    assert read_tunes(path, "train") == ["a\u2028b"]


def test_a_run_of_held_out_tunes_that_is_interrupted_gets_the_tunes_of_an_undisturbed_one(tunes, tmp_path):
    suite, rubric = load_suite("seed-2026-02"), load_rubric("seed-2026-02")
    (whole,) = run_suite(suite, [load_generator(f"human:{tunes}")], [rubric], tmp_path / "whole")
    samples = (whole / "samples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    killed = tmp_path / "killed/human"
    killed.mkdir(parents=True)
    (killed / "samples.jsonl").write_text("".join(samples[:20]), encoding="utf-8")
    run_suite(suite, [load_generator(f"human:{tunes}")], [rubric], tmp_path / "killed")
    assert (killed / "samples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True) == samples
    assert len({json.loads(line)["completion"] for line in samples}) > 20
