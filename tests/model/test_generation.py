"""Texts from a model: the same for the same seed, whatever else is asked; ended where the model or the limit says."""

import math
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from alphatex_eval.scorers.results import FinishReason
from alphatex_model import checkpoints, generation
from alphatex_model.errors import ModelError
from alphatex_model.generation import _batches, generate
from alphatex_model.sampling import Sampling, draw, random_streams
from alphatex_model.training import train
from tests.model.conftest import recipe

PROMPTS = ["", '\\title "', '\\title "Tune 7"\n\\ts (4 4)\n:4 3.', "(2.1", ":4 3.1 3.1 3.1 3.1 |\n"]
SAMPLING = Sampling(max_tokens=60, temperature=0.9, top_k=20)


@pytest.fixture(scope="module")
def loaded(shards, tmp_path_factory):
    """A model that has learnt what our little tunes look like."""
    torch.set_num_threads(1)
    plan = recipe(steps=80, batch_tokens=512, micro_batch_tokens=512, checkpoint_steps=(80,), warmdown_ratio=0.5)
    outcome = train(plan, shards, tmp_path_factory.mktemp("run"))
    return checkpoints.load(outcome.checkpoints[-1], torch.device("cpu"))


def complete(loaded, prompts, seeds, sampling=SAMPLING, **options):
    return list(generate(loaded, prompts, seeds, sampling, **options))


def test_batch_size_and_neighbours_change_no_text(loaded):
    seeds = [3, 1, 4, 1, 5]
    together = complete(loaded, PROMPTS, seeds)

    assert complete(loaded, PROMPTS, seeds, batch_size=2) == together
    assert [complete(loaded, [prompt], [seed])[0] for prompt, seed in zip(PROMPTS, seeds, strict=True)] == together
    assert complete(loaded, PROMPTS[::-1], seeds[::-1]) == together[::-1]


@pytest.fixture
def shared(monkeypatch):
    """Two processes share even the smallest work."""
    monkeypatch.setattr(generation, "WORTH_SHARING", 1)
    monkeypatch.setattr(generation, "cores", lambda: 2)


def test_processes_that_share_the_prompts_change_no_text_and_keep_the_order(loaded, shared, monkeypatch):
    seeds = [3, 1, 4, 1, 5]
    apart = complete(loaded, PROMPTS, seeds)
    few = complete(loaded, PROMPTS, seeds, batch_size=1)
    monkeypatch.setattr(generation, "cores", lambda: 1)

    assert complete(loaded, PROMPTS, seeds) == apart == few


def test_an_error_in_a_process_is_the_callers(loaded, shared):
    with pytest.raises(ModelError, match="this model reads less than"):
        complete(loaded, ["", "3.1 " * 1000], [1, 2])


def test_a_killed_process_is_told(loaded, shared, monkeypatch):
    monkeypatch.setattr(generation, "random_streams", lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    with pytest.raises(ModelError, match="a process was killed"):
        complete(loaded, PROMPTS, [1] * 5)


@pytest.mark.parametrize(
    ("count", "size", "workers", "expected"),
    [(0, 32, 1, []), (12, 32, 2, [6, 6]), (100, 32, 2, [25] * 4), (3, 32, 2, [2, 1]), (33, 32, 1, [17, 16])],
)
def test_batches_are_as_equal_as_can_be(count, size, workers, expected):
    batches = list(_batches(count, size, workers))

    assert [batch.stop - batch.start for batch in batches] == expected
    assert [batch.start for batch in batches] == [sum(expected[:n]) for n in range(len(expected))]


def test_another_seed_gives_another_text(loaded):
    texts = {text.completion for text in complete(loaded, [""] * 6, range(6))}

    assert len(texts) > 4


def test_temperature_zero_ignores_the_seed(loaded):
    greedy = replace(SAMPLING, temperature=0.0)

    assert complete(loaded, [""], [1], greedy) == complete(loaded, [""], [2], greedy)


def test_a_text_ends_where_the_model_ends_it_or_at_the_limit(loaded):
    short = complete(loaded, [""] * 4, range(4), replace(SAMPLING, max_tokens=5))
    long = complete(loaded, [""] * 4, range(4), replace(SAMPLING, max_tokens=100))

    assert {(text.finish_reason, text.tokens) for text in short} == {(FinishReason.LENGTH, 5)}
    assert FinishReason.STOP in {text.finish_reason for text in long}
    for text in long:
        if text.finish_reason is FinishReason.STOP:
            assert text.completion.endswith("|\n")


def test_a_longer_limit_only_continues_the_text(loaded):
    short, long = (complete(loaded, PROMPTS, range(5), replace(SAMPLING, max_tokens=n)) for n in (10, 30))

    assert all(b.completion.startswith(a.completion) for a, b in zip(short, long, strict=True))


def test_a_prompt_that_breaks_off_inside_a_note_is_continued_inside_it(loaded):
    """The tokenizer never saw a lone "3." in training: the note is spelled again as part of a whole one."""
    texts = complete(loaded, ['\\title "Tune 7"\n\\ts (4 4)\n:4 3.'] * 8, range(8))

    assert all(text.completion[0] in "123" for text in texts)


def test_the_model_continues_as_reading_the_whole_text_again_would(loaded):
    """Greedy generation with cache and batch equals the likeliest next token of the uncached model, token by token."""
    greedy = Sampling(max_tokens=12, temperature=0.0)
    prompt = '\\title "Tune 7"\n'
    ids = [loaded.tokenizer.bos_id, *loaded.tokenizer.encode(prompt)]
    with torch.inference_mode():
        for _ in range(12):
            ids.append(int(loaded.model(torch.tensor([ids]))[0, -1, : loaded.tokenizer.vocab_size].argmax()))
    expected = loaded.tokenizer.decode(ids)[len(prompt) :]

    assert complete(loaded, [prompt, "(2."], [0, 0], greedy)[0].completion == expected


def test_what_is_shown_while_it_is_made_is_the_text(loaded):
    shown = {}
    texts = complete(loaded, PROMPTS, range(5), on_text=lambda n, piece: shown.update({n: shown.get(n, "") + piece}))

    assert [shown.get(number, "") for number in range(5)] == [text.completion for text in texts]


def test_ids_that_the_tokenizer_does_not_use_are_never_drawn(loaded):
    with torch.no_grad():
        saved = loaded.model.unembedding.clone()
        loaded.model.unembedding[loaded.tokenizer.vocab_size :] = 100 * saved.abs().max()
        texts = complete(loaded, [""] * 3, range(3))
        loaded.model.unembedding.copy_(saved)

    assert all("\ufffd" not in text.completion for text in texts)


def test_too_long_a_prompt_is_refused_and_a_long_one_cut_short(loaded):
    room = loaded.model.config.max_positions
    with pytest.raises(ModelError, match="this model reads less than 128"):
        complete(loaded, [":4 3.1 3.2 3.3 3.4 |\n" * 60], [0])
    prompt = ":4 " * 55
    (text,) = complete(loaded, [prompt], [0])

    assert text.tokens <= room - len(loaded.tokenizer.encode(prompt))


def test_what_is_forbidden_is_never_drawn_under_a_cap():
    logits = torch.tensor([[-20.0, -torch.inf, -torch.inf]]).expand(300, -1)

    assert not draw(logits, torch.linspace(0, 0.9999999, 300), Sampling(top_k=2), cap=15).any()


def test_prompts_and_seeds_must_be_as_many(loaded):
    with pytest.raises(ModelError, match="2 prompts need as many seeds, not 1"):
        complete(loaded, ["", ""], [0])


def test_draws_follow_the_distribution():
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log().expand(4000, -1)
    uniform = torch.from_numpy(np.random.default_rng(0).random(4000, dtype=np.float32))
    shares = torch.bincount(draw(logits, uniform, Sampling()), minlength=4) / 4000

    assert torch.allclose(shares, torch.tensor([0.1, 0.2, 0.3, 0.4]), atol=0.03)


@pytest.mark.parametrize(
    ("sampling", "possible"),
    [
        (Sampling(top_k=2), {2, 3}),
        (Sampling(top_p=0.5), {2, 3}),
        (Sampling(top_p=0.4), {3}),
        (Sampling(top_k=3, top_p=0.95), {1, 2, 3}),
        (Sampling(temperature=0), {3}),
        (Sampling(temperature=1e-3), {3}),
        (Sampling(temperature=1e-40), {3}),
    ],
)
def test_only_the_likeliest_are_drawn(sampling, possible):
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log().expand(300, -1)
    drawn = draw(logits, torch.linspace(0, 0.9999999, 300), sampling)

    assert set(drawn.tolist()) == possible


def test_a_samples_random_numbers_depend_on_its_seed_alone():
    together, longer = random_streams([5, 6], 4), random_streams([6], 9)

    assert torch.equal(together[1], longer[0, :4])
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize(
    "settings",
    [
        {"max_tokens": 0},
        {"temperature": -1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"top_k": -1},
        {"top_p": 0},
        {"top_p": 2},
        {"top_p": math.nan},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ModelError, match="needs max_tokens"):
        Sampling(**settings)
