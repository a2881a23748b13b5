"""Token shards: the tunes of a corpus as memory-mapped token ids, ready for training.

A folder of shards holds `tokenizer.json`, one or more `<split>-NNN.npy` a split (uint16 ids; every text begins with the
special token) and `shards.json`, the record: format, hashes, sizes. Shards are written once and checked when opened.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from alphatex_model.digests import sha256
from alphatex_model.errors import CorruptFileError, MismatchError, MissingFileError, ModelError
from alphatex_model.tokenizer import SPLIT, BpeTokenizer, train_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
RECORD = "shards.json"
TOKENIZER = "tokenizer.json"
CORPUS = "tunes.parquet"
SPLITS = ("train", "validation")
SHARD_TOKENS = 1 << 24
SHUFFLE_SEED = 0


@dataclass(frozen=True)
class Shards:
    """An opened folder of shards. `data_hash` identifies the corpus that they were made from."""

    folder: Path
    tokenizer: BpeTokenizer
    data_hash: str
    _files: dict[str, list[dict[str, Any]]]

    @property
    def sizes(self) -> dict[str, int]:
        """Tokens by split."""
        return {split: sum(entry["tokens"] for entry in files) for split, files in self._files.items()}

    def tokens(self, split: str) -> NDArray[np.uint16]:
        """All ids of `split` in one row, memory-mapped when they lie in one file.

        Raises `MissingFileError` for a missing shard, `CorruptFileError` for one that is not what the record says.
        """
        parts = [_open_shard(self.folder / entry["name"], entry["sha256"]) for entry in self._files[split]]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def prepare(data: Path, vocab_size: int) -> Shards:
    """Shards of the corpus in the folder `data` for a vocabulary of `vocab_size`: opened, and built first if need be.

    They are kept in `data/shards/` under a name that changes with the corpus and the split.
    Raises `ModelError` without a corpus.
    """
    corpus = data / CORPUS
    if not corpus.is_file():
        raise MissingFileError(f"{corpus}: no such corpus; `alphatex data build --out {data}` makes one")
    data_hash = sha256(corpus)
    pieces = hashlib.sha256(SPLIT.encode()).hexdigest()
    folder = data / "shards" / f"{vocab_size}-{pieces[:6]}-{data_hash[:12]}"
    if not (folder / RECORD).is_file():
        build(read_corpus(corpus), folder, vocab_size, data_hash)
    return open_shards(folder)


def read_corpus(path: Path) -> dict[str, list[str]]:
    """The texts of each split in a `tunes.parquet`."""
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path, columns=["split", "text"])
    except Exception as error:  # pyarrow has a dozen types for a bad file
        raise CorruptFileError(f"{path}: not a corpus file ({error})") from error
    texts: dict[str, list[str]] = {split: [] for split in SPLITS}
    for split, text in zip(table["split"].to_pylist(), table["text"].to_pylist(), strict=True):
        if split in texts:
            texts[split].append(text)
    return texts


def build(texts: Mapping[str, Sequence[str]], folder: Path, vocab_size: int, data_hash: str) -> None:
    """Train a tokenizer on the texts of "train", encode both splits in a fixed shuffled order, write them to `folder`.

    The folder appears complete or not at all. Raises `ModelError` when it exists already or a split is empty.
    """
    if folder.exists():
        raise CorruptFileError(f"{folder}: holds no {RECORD}; delete the folder to have it built again")
    for split in SPLITS:
        if not texts[split]:
            raise ModelError(f"the corpus has no text in its split {split!r}")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tokenizer = train_tokenizer(texts["train"], vocab_size)
    tokenizer.save(partial / TOKENIZER)
    files = {split: list(_write_split(partial, split, texts[split], tokenizer)) for split in SPLITS}
    record = {"format": FORMAT, "data_hash": data_hash, "tokenizer_hash": tokenizer.hash, "files": files}
    (partial / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")
    partial.rename(folder)


def open_shards(folder: Path) -> Shards:
    """Open what `build` wrote. Raises a `ModelError` that says which file is missing, damaged or of another version."""
    path = folder / RECORD
    if not path.is_file():
        raise MissingFileError(f"{path}: no such record of shards")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version, data_hash, tokenizer_hash, files = (
            record[key] for key in ("format", "data_hash", "tokenizer_hash", "files")
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptFileError(f"{path}: not a record of shards ({error})") from error
    if version != FORMAT:
        raise MismatchError(f"{path}: shards of format {version}, this version reads {FORMAT}; delete the folder")
    tokenizer = BpeTokenizer.load(folder / TOKENIZER)
    if tokenizer.hash != tokenizer_hash:
        raise MismatchError(f"{folder / TOKENIZER}: not the tokenizer that the shards were encoded with")
    return Shards(folder, tokenizer, data_hash, files)


def _write_split(folder: Path, split: str, texts: Sequence[str], tokenizer: BpeTokenizer) -> Iterator[dict[str, Any]]:
    shuffled = Random(SHUFFLE_SEED).sample(texts, len(texts))
    rows = [np.array([tokenizer.bos_id, *ids], dtype=np.uint16) for ids in tokenizer.encode_batch(shuffled)]
    stream = np.concatenate(rows)
    for number, start in enumerate(range(0, len(stream), SHARD_TOKENS)):
        path = folder / f"{split}-{number:03}.npy"
        part = stream[start : start + SHARD_TOKENS]
        np.save(path, part)
        yield {"name": path.name, "tokens": len(part), "sha256": sha256(path)}


def _open_shard(path: Path, digest: str) -> NDArray[np.uint16]:
    if not path.is_file():
        raise MissingFileError(f"{path}: this shard is missing; delete {path.parent} to have it built again")
    if sha256(path) != digest:
        raise CorruptFileError(f"{path}: this shard is damaged; delete {path.parent} to have it built again")
    shard: NDArray[np.uint16] = np.load(path, mmap_mode="r")
    return shard
