from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.generators import Generator, load_generator
from alphatex_eval.harness.runs import requests, run_suite
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from pathlib import Path

PLUG_IN = '''
class Strummer:
    """Strums open strings."""
    name = "strummer"
    def identity(self):
        return {"strings": 6}
    def generate(self, requests):
        raise NotImplementedError

strummer = Strummer()
not_a_generator = 3
def broken():
    raise ValueError("no strings attached")
'''


def lines(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers(generator: Generator, suite) -> list[tuple[str, str]]:
    return [(found.text, found.error) for found in generator.generate(requests(suite, generator.identity()))]


def test_echo_adds_nothing_and_constant_always_the_same(suite) -> None:
    assert answers(load_generator("echo"), suite) == [("", "")] * 12
    assert answers(load_generator("constant: 3.3 |"), suite) == [(" 3.3 |", "")] * 12
    assert load_generator("constant: 3.3").identity() != load_generator("constant: 3.4").identity()


def test_the_reference_answers_with_the_human_continuation_or_fails(suite) -> None:
    assert answers(load_generator("reference"), suite) == [(" 3.3 5.3 2.2 3.2 |", "")] * 12
    bare = suite.model_copy(update={"prompts": (suite.prompts[0].model_copy(update={"reference": ""}),)})
    assert answers(load_generator("reference"), bare) == [("", "the prompt has no human continuation")] * 2


@pytest.mark.parametrize("name", ["constant", "echo", "monkey", "reference"])
def test_every_baseline_is_found_by_name(name: str) -> None:
    assert load_generator(name).name == name


def test_samples_made_elsewhere_answer_in_the_order_of_the_file(suite, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "made.jsonl",
        {"prompt": ":4 0.1", "completion": " first", "temperature": 2},
        {"prompt": ":4 1.1", "completion": " other", "finish_reason": "length"},
        {"prompt": ":4 0.1", "completion": " second"},
    )
    generator = load_generator(f"samples:{path}")
    found = list(generator.generate(requests(suite, generator.identity())))
    assert [completion.text for completion in found[:4]] == [" first", " second", " other", ""]
    assert found[2].finish_reason is FinishReason.LENGTH
    assert found[3].error.endswith("made.jsonl has no sample 2 of this prompt")
    assert generator.name == "made"


def test_a_runs_own_samples_can_be_asked_again(suite, rubric, checkpoint, out: Path) -> None:
    (folder,) = run_suite(suite, [checkpoint(500, 4)], [rubric], out)
    again = load_generator(f"samples:{folder / 'samples.jsonl'}")
    assert answers(again, suite) == answers(checkpoint(500, 4), suite)


def test_a_missing_or_corrupt_samples_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"There is no samples file .*gone\.jsonl"):
        load_generator(f"samples:{tmp_path / 'gone.jsonl'}")
    path = lines(tmp_path / "made.jsonl", {"prompt": "0.6"})
    with pytest.raises(HarnessError, match=r"made\.jsonl:1: not a valid line \(completion: Field required\)"):
        load_generator(f"samples:{path}")


def test_a_samples_file_may_have_blank_lines_a_byte_order_mark_and_no_break_at_its_end(suite, tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"prompt": ":4 0.1", "completion": " 1.1"}\r\n\r\n{"prompt": ":4 0.1", "completion": " 2.1"}'
    )
    assert [text for text, _ in answers(load_generator(f"samples:{path}"), suite)][:2] == [" 1.1", " 2.1"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "made.jsonl holds no samples."),
        (b'[{"prompt": ":4 0.1", "completion": ""}]', "made.jsonl:1: not a valid line (Input should be an object)"),
        (
            b'{"prompt": ":4 0.1", "completion": "\xe9"}',
            "made.jsonl:1: not a valid line (Invalid JSON: invalid unicode",
        ),
        (
            b'{"prompt": ":4 0.1", "comp\n{}',
            "made.jsonl:1: not a valid line (Invalid JSON: EOF while parsing a string at",
        ),
        (b'\xff\xfe{\x00"\x00', "made.jsonl:1: not a valid line (Invalid JSON: expected value"),
    ],
)
def test_a_samples_file_that_cannot_be_used_is_one_line(suite, tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "made.jsonl"
    path.write_bytes(content)
    with pytest.raises(HarnessError) as caught:
        answers(load_generator(f"samples:{path}"), suite)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["human", "ngram", "openai", "samples", "transformers"])
def test_a_generator_that_needs_an_argument_says_which(name: str) -> None:
    with pytest.raises(HarnessError, match=rf"Generator '{name}' needs more: {name}:[A-Z]"):
        load_generator(name)


@pytest.mark.parametrize("written", ["echo:foo", "reference:foo", "monkey:3"])
def test_a_generator_without_argument_takes_none(written: str) -> None:
    with pytest.raises(HarnessError, match=f"takes no argument: write [a-z]+, not {written}"):
        load_generator(written)


def test_a_label_before_a_generator_is_its_name_and_changes_no_answer(suite, tmp_path: Path) -> None:
    path = lines(tmp_path / "a=b.jsonl", {"prompt": ":4 0.1", "completion": " 1.1"})
    plain, labelled = load_generator(f"samples:{path}"), load_generator(f"mine v2=samples:{path}")
    assert (plain.name, labelled.name) == ("a=b", "mine v2")
    assert labelled.identity() == plain.identity()
    assert answers(labelled, suite) == answers(plain, suite)
    assert load_generator("nothing=echo").name == "nothing"
    with pytest.raises(HarnessError, match="There is no generator '=echo'"):
        load_generator("=echo")


def test_an_unknown_generator_gets_a_suggestion() -> None:
    with pytest.raises(HarnessError, match=r"no generator 'ecko'\. Did you mean 'echo'\?"):
        load_generator("ecko")


def test_a_generator_of_ones_own_is_named_by_module_and_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_strummer.py").write_text(PLUG_IN)
    monkeypatch.syspath_prepend(tmp_path)
    assert load_generator("my_strummer:strummer").name == "strummer"
    assert load_generator("my_strummer:Strummer").identity() == {"strings": 6}


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("my_strummer:plucker", "module 'my_strummer' has no 'plucker'"),
        ("my_strummer:not_a_generator", "cannot be made: TypeError: 'int' object is not callable"),
        ("my_strummer:broken", "cannot be made: ValueError: no strings attached"),
        ("my_strumer:strummer", "cannot be imported: ModuleNotFoundError: No module named 'my_strumer'"),
        ("broken_strummer:strummer", "cannot be imported: RuntimeError: out of tune"),
        ("builtins:dict", "gives a dict, not a generator"),
    ],
)
def test_a_broken_plug_in_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, complaint: str
) -> None:
    (tmp_path / "my_strummer.py").write_text(PLUG_IN)
    (tmp_path / "broken_strummer.py").write_text("raise RuntimeError('out of\\ntune')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(HarnessError) as caught:
        load_generator(reference)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_sample_made_elsewhere_keeps_its_reason(suite, tmp_path: Path) -> None:
    failed = {"prompt": ":4 0.1", "completion": "", "finish_reason": "error"}
    path = lines(tmp_path / "made.jsonl", {**failed, "error": "429 too many"}, failed)
    found = answers(load_generator(f"samples:{path}"), suite)
    assert found[:2] == [("", "429 too many"), ("", f"{path} gives no reason")]


@pytest.mark.parametrize(("written", "meant"), [("openia:gpt@http://x", "openai"), ("sample:x.jsonl", "samples")])
def test_a_misspelt_generator_with_an_argument_gets_a_suggestion(written: str, meant: str) -> None:
    with pytest.raises(HarnessError, match=rf"No module named '\w+'\. Did you mean '{meant}'\?"):
        load_generator(written)


def test_a_module_that_breaks_with_a_missing_attribute_tells_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hasty_strummer.py").write_text("import json\njson.strum\nGEN = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        HarnessError, match="cannot be imported: AttributeError: module 'json' has no attribute 'strum'"
    ):
        load_generator("hasty_strummer:GEN")
