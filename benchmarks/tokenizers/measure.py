"""Which split and vocabulary serve alphaTex best? Compression, and a small model's bits per byte at equal compute.

Each result is written as soon as it is there; what is in the results already is not measured again.

    alphatex data build --out data/tune_books
    python benchmarks/tokenizers/measure.py data/tune_books --out benchmarks/tokenizers/results.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

os.environ["RAYON_NUM_THREADS"] = "1"  # what trains tokenizers, read when it is imported

import numpy as np
import torch

from alphatex_model.batches import Batches, window_starts
from alphatex_model.data.shards import read_corpus
from alphatex_model.distributed import Processes
from alphatex_model.recipes import Recipe, TrainingPlan
from alphatex_model.shape import GPTConfig, flops_per_token
from alphatex_model.tokenizer import BpeTokenizer, train_tokenizer
from alphatex_model.trainer import Trainer
from alphatex_model.training import bits_per_byte

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SPLITS = {
    "gpt": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*"
    r"|\s*[\r\n]|\s+(?!\S)|\s+",
    "lexemes": r" ?\(?\w+\.\w+|\.\w+|\{\w*\}?|[().}]| ?[^\s{}().]+\n?|\s",
    "effects": r" ?\(?\w+\.\w+|\.\w+|\{[^{}\n]*\}|[().{}]| ?[^\s{}().]+\n?|\s",
    "notes": r" ?\(?\w+\.\w+(?:\.\w+)?|\)?(?:\.\w+)?\{[^{}\n]*\}|\)?\.\w+|[().{}]| ?[^\s{}().]+\n?|\s",
    "blanks": r"\S+|\s",
    "words": r" ?\S+\n?|\s",
    "beats": r" ?(?:\([^()\n]*\)|\{[^{}\n]*\}|[^\s(){}])+\n?|[(){}]|\s",
    "bars": r"[^\n]*\n|[^\n]+",
}
"""`gpt` is what GPT-4 and nanochat split by; `lexemes` cuts notes, durations, single effects and words; `effects` keeps
all effects of a note together, `notes` the note with its duration too; `blanks` cuts at blanks, which stand alone;
`words` keeps the blank before and the line break after; `beats` keeps chords and effects whole; `bars` cuts at line
breaks only."""
VOCABULARIES = (1024, 2048, 4096, 8192, 16384)
TRAINING_CHARACTERS, VALIDATION_CHARACTERS = 5_000_000, 200_000
LAYERS, WIDTH, CONTEXT, BATCH = 4, 128, 256, 2048
SEED = 0


@dataclass(frozen=True)
class Texts:
    """A slice of a corpus: texts to train on and texts held out."""

    train: Sequence[str]
    validation: Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vocabulary", type=int, nargs="+", default=VOCABULARIES)
    parser.add_argument("--split", choices=SPLITS, nargs="+", default=list(SPLITS))
    parser.add_argument("--flops", type=float, default=2e12, help="floating-point operations to train each model")
    given = parser.parse_args()
    torch.set_num_threads(1)
    texts = slice_of(given.corpus)
    measured = json.loads(given.out.read_text("utf-8")) if given.out.exists() else []
    known = {(row["split"], row["vocabulary"]) for row in measured}
    for vocabulary in given.vocabulary:
        for split in given.split:
            if (split, vocabulary) in known:
                continue
            measured.append(measure(texts, split, vocabulary, given.flops))
            print(measured[-1], flush=True)
            given.out.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")


def slice_of(corpus: Path) -> Texts:
    """The same random texts of a corpus for every tokenizer."""
    texts = read_corpus(corpus / "tunes.parquet")
    return Texts(sample(texts["train"], TRAINING_CHARACTERS), sample(texts["validation"], VALIDATION_CHARACTERS))


def sample(texts: Sequence[str], characters: int) -> list[str]:
    """Random texts of so many characters together."""
    chosen, total = [], 0
    for text in Random(SEED).sample(texts, len(texts)):
        if total >= characters:
            break
        chosen.append(text)
        total += len(text)
    return chosen


def measure(texts: Texts, split: str, vocabulary: int, flops: float) -> dict[str, object]:
    """One tokenizer: how it compresses, and how well a model learns with it."""
    tokenizer = train_tokenizer(texts.train, vocabulary, SPLITS[split])
    lengths = [len(ids) for ids in tokenizer.encode_batch(texts.validation)]
    started = time.process_time()
    trained, bits = learnt(texts, tokenizer, flops)
    return {
        "split": split,
        "vocabulary": vocabulary,
        "ids": tokenizer.vocab_size,
        "characters_a_token": round(sum(map(len, texts.validation)) / sum(lengths), 3),
        "tokens_a_tune": median(lengths),
        "training_tokens": trained,
        "validation_bits_per_byte": round(bits, 4),
        "processor_seconds": round(time.process_time() - started, 1),
    }


def learnt(texts: Texts, tokenizer: BpeTokenizer, flops: float) -> tuple[int, float]:
    """Tokens that a model is trained on for so many operations, and its bits per byte on the held-out texts."""
    shape = GPTConfig(LAYERS, WIDTH, 4, 4, tokenizer.vocab_size, CONTEXT)
    steps = round(flops / flops_per_token(shape) / BATCH)
    plan = TrainingPlan(steps, BATCH, BATCH, (steps,), warmdown_ratio=0.5, seed=SEED)
    tokens, cpu = stream(tokenizer, texts.train), torch.device("cpu")
    starts = window_starts(len(tokens), CONTEXT, steps * BATCH // CONTEXT, SEED).reshape(steps, 1, -1)
    trainer = Trainer(Recipe("", "", shape, plan), Batches(tokens, starts, CONTEXT, cpu), Processes(cpu))
    trainer.advance(steps)
    held_out = stream(tokenizer, texts.validation)
    return steps * BATCH, bits_per_byte(trainer.model, tokenizer, held_out, BATCH // CONTEXT)


def stream(tokenizer: BpeTokenizer, texts: Sequence[str]) -> NDArray[np.uint16]:
    """All texts in a row, each begun by the special token."""
    return np.concatenate([np.array([tokenizer.bos_id, *ids], np.uint16) for ids in tokenizer.encode_batch(texts)])


if __name__ == "__main__":
    main()
