"""Training runs: they learn, can be broken off, and fail in one clear line."""

import json
import math
import os
import shutil
import socket

import numpy as np
import pytest
import torch
from torch import multiprocessing

from alphatex_eval.harness.samples import exclusive
from alphatex_model import checkpoints
from alphatex_model import weights as weights_module
from alphatex_model.batches import Batches
from alphatex_model.distributed import Processes, find_device, joined
from alphatex_model.errors import DivergedError, MismatchError, ModelError
from alphatex_model.trainer import Trainer
from alphatex_model.training import _Run, bits_per_byte, train
from tests.model.conftest import SHAPE, recipe

CPU = torch.device("cpu")


def losses(folder):
    rows = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return {row["step"]: row["loss"] for row in rows if "loss" in row}


def weights(checkpoint):
    return checkpoints.load(checkpoint, CPU).model.state_dict()


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_falls_and_validation_beats_uniform_guessing(shards, run_folder):
    outcome = train(
        recipe(steps=60, batch_tokens=256, micro_batch_tokens=256, checkpoint_steps=(60,)), shards, run_folder
    )
    course = losses(run_folder)
    bits = checkpoints.read_record(outcome.checkpoints[-1]).metrics["validation_bits_per_byte"]

    assert course[5] > course[60] + 2
    assert bits < 2


def test_the_same_recipe_gives_the_same_weights_and_another_seed_others(shards, tmp_path):
    first, again, other = (
        train(recipe(seed=seed), shards, tmp_path / name).checkpoints[-1]
        for seed, name in ((1, "first"), (1, "again"), (2, "other"))
    )

    assert same(weights(first), weights(again))
    assert not same(weights(first), weights(other))


def test_a_resumed_run_is_exactly_the_unbroken_one(shards, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(recipe(), shards, whole)
    stopped = train(recipe(), shards, broken, on_checkpoint=lambda step, path, metrics: step == 8)
    assert (stopped.step, stopped.stopped) == (8, True)
    with (broken / "metrics.jsonl").open("a") as file:
        file.write('{"step": 10, "loss": 0.0}\n')  # from steps after the checkpoint, lost with the process
    resumed = train(recipe(), shards, broken, resume=True)

    assert (resumed.step, resumed.stopped) == (12, False)
    assert losses(broken) == losses(whole)
    assert [path.name for path in resumed.checkpoints] == ["step-000004", "step-000008", "step-000012"]
    assert same(weights(resumed.checkpoints[-1]), weights(checkpoints.find(whole)))


def test_resuming_a_finished_run_changes_nothing(shards, run_folder):
    train(recipe(), shards, run_folder)
    before = (run_folder / "metrics.jsonl").read_text()
    outcome = train(recipe(), shards, run_folder, resume=True)

    assert (outcome.step, outcome.stopped) == (12, False)
    assert (run_folder / "metrics.jsonl").read_text() == before


def test_only_the_newest_checkpoint_keeps_what_it_takes_to_resume(shards, run_folder):
    outcome = train(recipe(), shards, run_folder)

    assert [(path / "optimizer.safetensors").exists() for path in outcome.checkpoints] == [False, False, True]


def test_gradients_accumulated_over_small_batches_are_those_of_the_whole(shards, tmp_path):
    found = []
    for micro in (128, 32):
        plan = recipe(batch_tokens=128, micro_batch_tokens=micro)
        starts = np.array([[0, 40, 80, 120]] * 12).reshape(12, 128 // micro, -1)
        trainer = Trainer(plan, Batches(shards.tokens("train"), starts, 32, CPU), Processes(CPU))
        trainer.advance(1)
        found.append([weight.grad for weight in trainer.model.parameters()])

    assert all(torch.allclose(whole, summed, atol=1e-6) for whole, summed in zip(*found, strict=True))


def gradients(processes, shards, folder):
    """Of one step from weights that let every gradient be other than zero."""
    run = _Run(recipe(), shards, folder, processes)
    with torch.no_grad():
        for weight in run.trainer.model.parameters():
            weight.copy_(torch.empty(weight.shape).normal_(std=0.3, generator=torch.Generator().manual_seed(1)))
    run.trainer.advance(1)
    return {name: weight.grad for name, weight in run.trainer.model.named_parameters()}


def place(rank, port):
    return {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}


def second_process(_, port, shards, folder):
    torch.set_num_threads(1)
    os.environ |= place(1, port)
    with joined("cpu") as processes:
        assert processes.in_turn((folder / "made").read_text) == "by the first"
        gradients(processes, shards, folder)


def test_two_processes_take_turns_and_compute_the_gradients_of_one(shards, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    peer = multiprocessing.spawn(second_process, (port, shards, tmp_path), join=False)
    for name, value in place(0, port).items():
        monkeypatch.setenv(name, value)
    with joined("cpu") as processes:
        processes.in_turn(lambda: (tmp_path / "made").write_text("by the first"))
        shared = gradients(processes, shards, tmp_path)
    peer.join()
    alone = gradients(Processes(CPU), shards, tmp_path)

    assert all(gradient.abs().max() > 1e-4 for gradient in alone.values())
    assert all(torch.allclose(shared[name], alone[name], rtol=1e-4, atol=1e-6) for name in alone)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_good_checkpoint(shards, run_folder, monkeypatch):
    """The weights are spoilt right after the checkpoint of step 4."""
    advance = Trainer.advance

    def spoilt(self, steps):
        if self.optimizer.step_count == 4:
            self.model.unembedding.data.fill_(math.nan)
        advance(self, steps)

    monkeypatch.setattr(Trainer, "advance", spoilt)
    with pytest.raises(DivergedError, match=r"nan at step 5; .*step-000004"):
        train(recipe(), shards, run_folder)

    assert checkpoints.find(run_folder).name == "step-000004"
    checkpoints.load(checkpoints.find(run_folder), CPU)


def test_weights_that_are_no_numbers_are_not_saved_even_after_the_last_step(shards, run_folder):
    """The loss of a step is that of the weights before it."""
    plan = recipe(steps=2, checkpoint_steps=(1, 2), matrix_lr=math.inf)
    with pytest.raises(DivergedError, match="no longer finite after step 1; there is no checkpoint yet"):
        train(plan, shards, run_folder)

    assert checkpoints.list_checkpoints(run_folder) == []
    assert "NaN" not in (run_folder / "metrics.jsonl").read_text()


def test_a_validation_that_is_no_number_is_not_saved(shards, run_folder, monkeypatch):
    monkeypatch.setattr("alphatex_model.training.bits_per_byte", lambda *_: math.nan)
    with pytest.raises(DivergedError, match="the validation is nan bits a byte after step 4"):
        train(recipe(), shards, run_folder)

    assert checkpoints.list_checkpoints(run_folder) == []
    assert "NaN" not in (run_folder / "metrics.jsonl").read_text()


def test_a_full_disk_ends_the_run_and_keeps_the_last_good_checkpoint(shards, run_folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    def fill(step, path, metrics):
        monkeypatch.setattr(weights_module, "save_file", full)
        return False

    with pytest.raises(ModelError, match=r"No space left on device.*the last good checkpoint is .*step-000004"):
        train(recipe(), shards, run_folder, on_checkpoint=fill)

    assert [path.name for path in (run_folder / "checkpoints").iterdir()] == ["step-000004"]


def test_a_folder_that_another_process_trains_in_is_refused(shards, run_folder):
    with exclusive(run_folder), pytest.raises(ModelError, match="in use by another process"):
        train(recipe(), shards, run_folder)


def test_a_checkpoint_that_was_being_judged_when_the_run_was_killed_is_judged_on_resuming(shards, run_folder):
    def killed(step, path, metrics):
        raise KeyboardInterrupt

    asked = []

    def stop(*question):
        asked.append(question)
        return True

    with pytest.raises(KeyboardInterrupt):
        train(recipe(), shards, run_folder, on_checkpoint=killed)
    outcome = train(recipe(), shards, run_folder, resume=True, on_checkpoint=stop)
    folder = checkpoints.find(run_folder)

    assert (outcome.step, outcome.stopped) == (4, True)
    assert asked == [(4, folder, checkpoints.read_record(folder).metrics)]


def test_what_was_done_before_is_told_at_the_start(shards, run_folder):
    told = []
    train(recipe(), shards, run_folder, on_start=told.append, on_checkpoint=lambda step, path, metrics: step == 8)
    train(recipe(), shards, run_folder, resume=True, on_start=told.append)

    assert told == [0, 8]


def test_a_folder_with_a_run_is_not_overwritten(shards, run_folder):
    train(recipe(), shards, run_folder)
    with pytest.raises(ModelError, match="already holds a run; --resume goes on with it"):
        train(recipe(), shards, run_folder)


@pytest.mark.parametrize(
    ("change", "what"),
    [({"recipe": {}}, "recipe"), ({"hashes": "tokenizer"}, "tokenizer"), ({"hashes": "data"}, "corpus")],
)
def test_resuming_with_something_else_says_what_differs(shards, run_folder, change, what):
    train(recipe(), shards, run_folder)
    path = checkpoints.find(run_folder) / "checkpoint.json"
    record = json.loads(path.read_text())
    if what == "recipe":
        record["recipe"]["training"]["matrix_lr"] = 0.5
    elif what == "corpus":
        record["hashes"]["data"] = "0" * 64
    else:
        record["hashes"]["tokenizer"] = "0" * 64
    path.write_text(json.dumps(record))
    message = "another (recipe|corpus)" if what != "tokenizer" else "not the tokenizer"
    with pytest.raises(MismatchError, match=message):
        train(recipe(), shards, run_folder, resume=True)


def test_a_tokenizer_larger_than_the_models_vocabulary_is_refused(shards, run_folder):
    from dataclasses import replace

    small = replace(recipe(), model=replace(SHAPE, vocab_size=300))
    with pytest.raises(MismatchError, match=r"a tokenizer with \d+ ids for recipe 'test' with 300"):
        train(small, shards, run_folder)


def test_bits_per_byte_of_a_model_that_knows_nothing_are_those_of_guessing_among_all_ids(shards):
    from alphatex_model.gpt import GPT

    model = GPT(SHAPE)
    model.initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.unembedding.zero_()
    tokens = shards.tokens("validation")
    counted = tokens[1 : (len(tokens) - 1) // 32 * 32 + 1]
    lengths = np.array(shards.tokenizer.token_bytes)[counted]

    expected = math.log2(SHAPE.vocab_size) * (lengths > 0).sum() / lengths.sum()
    assert bits_per_byte(model, shards.tokenizer, tokens, rows=4) == pytest.approx(expected, rel=1e-5)


def test_too_short_a_validation_text_is_refused(shards, model):
    with pytest.raises(ModelError, match="too few to validate"):
        bits_per_byte(model, shards.tokenizer, shards.tokens("validation")[:10], rows=1)


def test_asking_for_a_gpu_where_there_is_none_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="no CUDA device here"):
        find_device("cuda")


def test_a_half_written_checkpoint_is_never_found(shards, run_folder):
    train(recipe(), shards, run_folder)
    folder = checkpoints.find(run_folder)
    shutil.copytree(folder, folder.with_name(".step-000099.partial"))

    assert checkpoints.find(run_folder) == folder
