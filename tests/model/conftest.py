"""A small corpus of our own, and models small enough to train in a second."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet
import pytest
import torch

from alphatex_model.data import shards as shards_module
from alphatex_model.data.shards import Shards, open_shards
from alphatex_model.gpt import GPT
from alphatex_model.recipes import Recipe, TrainingPlan
from alphatex_model.shape import GPTConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHAPE = GPTConfig(n_layer=3, n_embd=32, n_head=4, n_kv_head=2, vocab_size=320, sequence_len=32)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small products are fastest on one core, and other tests need the rest. Before any other fixture works."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tune(number: int) -> str:
    """A tune of our own: a scale that turns around where a dice says so."""
    random = Random(number)
    frets = [random.choice((0, 2, 3, 5)) for _ in range(4)]
    bar = " ".join(f"{fret}.{random.choice((1, 2, 3))}" for fret in frets)
    return f'\\title "Tune {number}"\n\\ts (4 4)\n:4 {bar} |\n:4 {bar} |\n'


SMALL_RECIPE = """summary = "for the tests"
[model]
n_layer = 2
n_embd = 32
n_head = 2
n_kv_head = 2
vocab_size = 300
sequence_len = 32
[training]
steps = 20
batch_tokens = 128
micro_batch_tokens = 128
checkpoint_every = 4
"""


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of little tunes, `tunes.parquet`, and a recipe, `small.toml`."""
    folder = tmp_path_factory.mktemp("corpus_folder")
    splits = ["train"] * 50 + ["validation"] * 10 + ["test"] * 5
    table = pyarrow.table({"split": splits, "text": [tune(number) for number in range(len(splits))]})
    pyarrow.parquet.write_table(table, folder / "tunes.parquet")
    (folder / "small.toml").write_text(SMALL_RECIPE)
    return folder


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Shards:
    folder = tmp_path_factory.mktemp("corpus") / "shards"
    texts = {"train": [tune(n) for n in range(200)], "validation": [tune(n) for n in range(200, 230)]}
    shards_module.build(texts, folder, SHAPE.vocab_size, data_hash="d" * 64)
    return open_shards(folder)


@pytest.fixture
def model() -> GPT:
    """With random weights everywhere, also where training starts from zero."""
    torch.manual_seed(0)
    model = GPT(SHAPE)
    model.initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for weight in (model.attention_out, model.mlp_out, model.value_gate, model.unembedding):
            weight.normal_(std=0.3)
    return model


def recipe(**plan: object) -> Recipe:
    """Twelve steps of two windows each, unless `plan` says otherwise."""
    settings = {"steps": 12, "batch_tokens": 64, "micro_batch_tokens": 64, "checkpoint_steps": (4, 8, 12), **plan}
    return Recipe("test", "for the tests", SHAPE, TrainingPlan(**settings))  # type: ignore[arg-type]


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return tmp_path / "run"
