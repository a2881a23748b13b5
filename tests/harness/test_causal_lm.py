from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tiny_lm import save_tiny_model, tiny_model, tiny_tokenizer

from alphatex_eval.harness.causal_lm import LiveModel, SavedModel, complete
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_run
from alphatex_eval.harness.generators import Generator, Request, load_generator
from alphatex_eval.harness.runs import requests, run_suite
from alphatex_eval.harness.suites import Prompt, Sampling
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from pathlib import Path

SAMPLING = Sampling(max_tokens=12, temperature=1.0, top_k=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def asked(*texts: str, sampling: Sampling = SAMPLING) -> list[Request]:
    return [
        Request(id=str(i), prompt=Prompt(id=str(i), kind="tab", text=text), index=0, seed=i, sampling=sampling)
        for i, text in enumerate(texts)
    ]


def texts(generator: Generator, wanted: list[Request]) -> list[str]:
    return [completion.text for completion in generator.generate(wanted)]


def test_a_saved_model_runs_a_suite_by_name(folder: Path, suite, rubric, out: Path) -> None:
    generator = load_generator(f"transformers:{folder}")
    (made,) = run_suite(suite.resampled(max_tokens=8), [generator], [rubric], out)
    assert (made.name, len(read_run(made).generator["files"])) == ("tiny", 64)


def test_a_sample_does_not_hang_on_its_batch(folder: Path) -> None:
    wanted = asked(":4 3.3", ":4 3.3 5.3 2.2", "r", ":4 3.3", "(1.1 2.2)")
    together = texts(SavedModel(str(folder), batch_size=5), wanted)
    assert together == texts(SavedModel(str(folder), batch_size=2), wanted)
    assert together[::-1] == texts(SavedModel(str(folder), batch_size=1), wanted[::-1])
    assert together[0] != together[3]


def test_completions_do_not_repeat_the_prompt_and_say_why_they_end() -> None:
    model, tokenizer = tiny_model(seed=1), tiny_tokenizer()
    wanted = asked(*[":4 3.3 "] * 40, sampling=SAMPLING.model_copy(update={"top_k": 0}))
    found = list(complete(model, tokenizer, wanted))
    ended = [completion for completion in found if completion.finish_reason is FinishReason.STOP]
    cut = [completion for completion in found if completion.finish_reason is FinishReason.LENGTH]
    assert len(ended) + len(cut) == 40
    assert {len(tokenizer(completion.text)["input_ids"]) for completion in cut} == {12}
    assert ended
    assert all(len(completion.text) < 12 and "<" not in completion.text for completion in ended)


def test_tokens_are_drawn_as_often_as_the_softmax_says() -> None:
    import torch

    model, tokenizer = tiny_model(seed=4), tiny_tokenizer()
    sampling = Sampling(max_tokens=1, temperature=0.7, top_k=4)
    with torch.no_grad():
        scores = model(torch.tensor([tokenizer(":4 ")["input_ids"]])).logits[0, -1] / 0.7
    best = scores.topk(4)
    wanted = asked(*[":4 "] * 2000, sampling=sampling)
    found = Counter(completion.text for completion in complete(model, tokenizer, wanted, batch_size=500))
    for token, share in zip(best.indices.tolist(), best.values.softmax(0).tolist(), strict=True):
        assert found[tokenizer.decode([token], skip_special_tokens=True)] / 2000 == pytest.approx(share, abs=0.04)
    assert len(found) == 4


def test_temperature_0_takes_the_likeliest_token_whatever_the_seed_and_the_models_own_settings() -> None:
    model, tokenizer = tiny_model(seed=3), tiny_tokenizer()
    model.generation_config.update(do_sample=True, temperature=3.0, repetition_penalty=5.0)
    wanted = asked(":4 3.3", ":4 3.3", sampling=SAMPLING.model_copy(update={"temperature": 0.0}))
    first, second = (completion.text for completion in complete(model, tokenizer, wanted))
    plain = [completion.text for completion in complete(tiny_model(seed=3), tokenizer, wanted)]
    assert [first, second] == plain
    assert first == second
    assert model.generation_config.repetition_penalty == 5.0


def test_a_prompt_that_does_not_fit_fails_and_the_others_do_not() -> None:
    found = list(complete(tiny_model(), tiny_tokenizer(), asked(":4 3.3", "3" * 60, "r")))
    assert [completion.finish_reason is FinishReason.ERROR for completion in found] == [False, True, False]
    assert found[1].error == "the prompt's 60 tokens and 12 more do not fit the model's context of 64"


def test_identity_follows_the_weights_and_not_the_place(folder: Path, tmp_path: Path) -> None:
    ours = SavedModel(str(folder)).identity()
    assert SavedModel(str(save_tiny_model(tmp_path / "same"))).identity() == ours
    assert SavedModel(str(save_tiny_model(tmp_path / "other", seed=1))).identity() != ours


def test_a_trainers_checkpoint_knows_its_step(tmp_path: Path) -> None:
    saved = save_tiny_model(tmp_path / "waltzes/checkpoint-30")
    (saved / "trainer_state.json").write_text(json.dumps({"global_step": 30}))
    found = SavedModel(str(saved))
    assert found.name == "waltzes/checkpoint-30"
    assert (found.identity()["series"], found.identity()["step"]) == ("waltzes", 30)


def test_a_model_in_training_is_put_back_and_its_identity_follows_its_weights(suite) -> None:
    model, tokenizer = tiny_model(), tiny_tokenizer()
    model.train()
    live = LiveModel(model, tokenizer, series="waltzes", step=30)
    before = live.identity()
    assert len(list(live.generate(requests(suite.resampled(max_tokens=2), before)))) == 12
    assert (model.training, live.name, before["step"]) == (True, "waltzes@30", 30)
    next(model.parameters()).data += 1
    assert live.identity() != before


def test_a_folder_without_a_model_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        load_generator(f"transformers:{tmp_path}")
    assert "cannot be made" in str(caught.value)
    assert "\n" not in str(caught.value)
