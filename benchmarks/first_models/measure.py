"""What a trained checkpoint knows, and what shipping it small costs: bits per byte in each form of its weights.

    python -m benchmarks.first_models.measure RUN --data DATA --out benchmarks/first_models/d4.json

With `--samples RUNS...`, run folders of `alphatex run`, it also says how much of their music is in the training set.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from random import Random
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import torch

from alphatex_eval.harness.samples import read_samples
from alphatex_eval.scorers.novelty import LONGEST_QUOTE, NoveltyIndex, novelty
from alphatex_model import checkpoints
from alphatex_model.training import bits_per_byte
from alphatex_model.weights import FORMS

SPLITS = ("train", "validation", "test")


def main() -> None:
    options = arguments()
    checkpoint = checkpoints.find(options.run)
    record = checkpoints.read_record(checkpoint)
    tunes = parquet.read_table(options.data / "tunes.parquet", columns=["id", "split", "source", "text"]).to_pylist()
    report: dict[str, Any] = {
        "schema": 1,
        "recipe": record.recipe,
        "step": record.step,
        "tokens_trained": record.step * record.recipe["training"]["batch_tokens"],
        "data": record.hashes["data"],
        "torch": torch.__version__,
        "evaluated_tokens": options.tokens,
        "bits_per_byte": by_split(checkpoint, tunes, options.tokens),
        "forms": by_form(checkpoint, tunes, options.tokens),
    }
    if options.samples:
        if not options.index.exists():
            index_of(tunes).save(options.index)
        report["copying"] = copying(options.samples, options.index)
    options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(
        json.dumps({name: report[name] for name in ("bits_per_byte", "forms", "copying") if name in report}, indent=2)
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a checkpoint or a run folder")
    parser.add_argument("--data", type=Path, required=True, help="the folder with tunes.parquet that it was trained on")
    parser.add_argument("--tokens", type=int, default=1 << 17, help="of each split, taken from shuffled tunes")
    parser.add_argument("--samples", type=Path, nargs="*", help="run folders to look for copied music in")
    parser.add_argument("--index", type=Path, help="a NoveltyIndex of the training tunes, made if missing")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def by_split(checkpoint: Path, tunes: list[dict[str, str]], limit: int) -> dict[str, float]:
    """Training tunes too: what the model knows of them better than of others, it knows by heart."""
    loaded = checkpoints.load(checkpoint, torch.device("cpu"))
    return {split: measured(loaded, tunes, split, limit) for split in SPLITS}


def by_form(checkpoint: Path, tunes: list[dict[str, str]], limit: int) -> dict[str, dict[str, float]]:
    """Bits per byte of the validation tunes and bytes on the disk, for each way to write the weights."""
    found = {}
    for form in FORMS:
        with TemporaryDirectory() as folder:
            packed = Path(folder) / "model"
            record = checkpoints.export(checkpoint, packed, form, limit=10_000_000)
            size = sum((packed / name).stat().st_size for name in record.weights)
            bits = measured(checkpoints.load(packed, torch.device("cpu")), tunes, "validation", limit)
        found[form] = {"bits_per_byte": bits, "bytes": size}
    return found


def measured(loaded: checkpoints.Loaded, tunes: list[dict[str, str]], split: str, limit: int) -> float:
    texts = [tune["text"] for tune in tunes if tune["split"] == split]
    shuffled = Random(0).sample(texts, len(texts))
    ids: list[int] = []
    for text in shuffled:
        ids += [loaded.tokenizer.bos_id, *loaded.tokenizer.encode(text)]
        if len(ids) > limit:
            break
    return bits_per_byte(loaded.model, loaded.tokenizer, np.array(ids[: limit + 1], dtype=np.uint16), rows=8)


def index_of(tunes: list[dict[str, str]]) -> NoveltyIndex:
    """Of the first arrangement of each training tune: ids of others end with `@` and a number."""
    first: dict[str, str] = {}
    for tune in tunes:
        if tune["split"] == "train":
            first.setdefault(tune["id"].partition("@")[0], tune["text"])
    return NoveltyIndex.of_texts(first.values())


def copying(runs: list[Path], index: Path) -> dict[str, dict[str, Any]]:
    """By run: the mean share of new runs of eight notes, where there are any; texts that quote more than 32 notes."""
    NoveltyIndex.load(index)  # says what is wrong with it before anything is read
    found = {}
    for folder in runs:
        samples = list(read_samples(folder / "samples.jsonl").values())
        scores = [novelty(sample.subject(), index=str(index)) for sample in samples]
        quotes = [
            (score.metrics.get("longest_quote", 0.0), sample.kind)
            for score, sample in zip(scores, samples, strict=True)
        ]
        found[folder.name] = {
            "samples": len(scores),
            "novelty": mean(score.value for score in scores if "longest_quote" in score.metrics),
            "near_copies": sum(quote > LONGEST_QUOTE for quote, _ in quotes),
            "near_copies_by_kind": dict(Counter(kind for quote, kind in quotes if quote > LONGEST_QUOTE)),
            "longest_quote": max(quote for quote, _ in quotes),
        }
    return found


if __name__ == "__main__":
    main()
