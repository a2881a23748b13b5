"""Checkpoints: a folder that holds everything to generate from a model and to go on training it.

    checkpoint.json            format, step, shape, recipe, hashes, metrics
    tokenizer.json
    model.safetensors          the weights (when exported for shipping pieces, `model-1.safetensors` …)
    optimizer.safetensors      state to resume from; only the newest checkpoint of a run keeps it

A checkpoint is written under another name and renamed when complete: a crash or a full disk never leaves half of one,
and the last good one stays. Files are checked against their hashes when read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from alphatex_model import weights
from alphatex_model.digests import sha256
from alphatex_model.errors import CorruptFileError, MismatchError, MissingFileError
from alphatex_model.gpt import GPT
from alphatex_model.shape import GPTConfig
from alphatex_model.tokenizer import BpeTokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

FORMAT = 1
RECORD = "checkpoint.json"
TOKENIZER = "tokenizer.json"
OPTIMIZER = "optimizer.safetensors"


@dataclass(frozen=True)
class Record:
    """What `checkpoint.json` says.

    Attributes:
        step: finished optimiser steps.
        model: shape of the model.
        recipe: the recipe that it was trained by, as nested dictionaries; empty when unknown.
        hashes: SHA-256 of "tokenizer", "data" and "grammar" at the time of training, and of the file "optimizer" where
            one was written.
        metrics: numbers measured at this step, such as validation_bits_per_byte.
        weights: SHA-256 of each file of weights, by name.
        library: version of this library that wrote it.
    """

    step: int
    model: GPTConfig
    recipe: dict[str, Any]
    hashes: dict[str, str]
    metrics: dict[str, float]
    weights: dict[str, str]
    library: str


def save(
    folder: Path,
    model: GPT,
    tokenizer: BpeTokenizer,
    *,
    step: int,
    recipe: dict[str, Any],
    data_hash: str,
    metrics: dict[str, float],
    optimizer: Mapping[str, Tensor] | None = None,
) -> Record:
    """Write a checkpoint to `folder`, replacing what is there. Raises `OSError` and leaves nothing on a full disk."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        files_written = weights.write(partial, model.state_dict())
        hashes = {"tokenizer": tokenizer.hash, "data": data_hash, "grammar": grammar_hash()}
        if optimizer is not None:
            save_file(weights.on_cpu(optimizer), partial / OPTIMIZER)
            hashes["optimizer"] = sha256(partial / OPTIMIZER)
        record = Record(step, model.config, recipe, hashes, metrics, files_written, version("alphatex-eval"))
        _finish(partial, folder, tokenizer, record)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return record


def export(source: Path, target: Path, form: weights.Form, limit: int) -> Record:
    """Copy a checkpoint for shipping: weights in `form`, in files of at most `limit` bytes, nothing to resume from.

    Raises as `load`, and `OSError` on a full disk.
    """
    loaded = load(source, torch.device("cpu"))
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        written = weights.write(partial, loaded.model.state_dict(), form, limit)
        hashes = {name: digest for name, digest in loaded.record.hashes.items() if name != "optimizer"}
        record = replace(loaded.record, weights=written, hashes=hashes)
        _finish(partial, target, loaded.tokenizer, record)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return record


@dataclass(frozen=True)
class Loaded:
    """A checkpoint in memory: a model ready to use, its tokenizer, and what is known about it."""

    model: GPT
    tokenizer: BpeTokenizer
    record: Record

    @property
    def hash(self) -> str:
        """SHA-256 over the hashes of all files of weights and the tokenizer: equal hashes, equal texts."""
        parts = [f"{name} {digest}" for name, digest in sorted(self.record.weights.items())]
        return hashlib.sha256("\n".join([*parts, self.record.hashes["tokenizer"]]).encode()).hexdigest()


def load(folder: Path, device: torch.device, dtype: torch.dtype = torch.float32) -> Loaded:
    """Read a checkpoint to `device`, its weights in `dtype`.

    Raises `MissingFileError`, `CorruptFileError` or `MismatchError`, each in one line that names the file.
    """
    record = read_record(folder)
    tokenizer = BpeTokenizer.load(folder / TOKENIZER)
    if tokenizer.hash != record.hashes["tokenizer"]:
        raise MismatchError(f"{folder / TOKENIZER}: not the tokenizer that this checkpoint was trained with")
    model = GPT(record.model, dtype)
    try:
        model.load_state_dict(weights.read(folder, record.weights))
    except RuntimeError as error:
        raise CorruptFileError(f"{folder}: the weights are not those of the model in {RECORD}") from error
    return Loaded(model.to(device, dtype), tokenizer, record)


def load_for_generation(folder: Path, device: torch.device) -> Loaded:
    """As `load`, in the arithmetic and the form fit for `device`: bfloat16 on a GPU, packed (`GPT.pack`) on the CPU."""
    if device.type == "cuda":
        return load(folder, device, torch.bfloat16)
    loaded = load(folder, device)
    loaded.model.pack()
    return loaded


def load_optimizer(folder: Path, state: Mapping[str, Tensor]) -> None:
    """Fill the optimizer's `state` in place.

    Raises `MissingFileError` when the checkpoint cannot be resumed from, `CorruptFileError` when the file is damaged.
    """
    path = folder / OPTIMIZER
    if not path.is_file():
        raise MissingFileError(f"{path}: missing; this checkpoint can generate but not resume")
    saved = weights.read_file(path, read_record(folder).hashes.get("optimizer"))
    if {name: tensor.shape for name, tensor in saved.items()} != {name: tensor.shape for name, tensor in state.items()}:
        raise CorruptFileError(f"{path}: not the optimizer state of this model")
    for name, tensor in state.items():
        tensor.copy_(saved[name])


def drop_optimizer(folder: Path) -> None:
    """Free the disk of what only the newest checkpoint needs."""
    (folder / OPTIMIZER).unlink(missing_ok=True)


def read_record(folder: Path) -> Record:
    """The record of the checkpoint in `folder`. Raises as `load`."""
    path = folder / RECORD
    if not path.is_file():
        raise MissingFileError(f"{folder}: no checkpoint here (no {RECORD})")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form = content.pop("format")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptFileError(f"{path}: not a checkpoint record ({error})") from error
    if form != FORMAT:
        raise MismatchError(f"{path}: checkpoint of format {form}, this version reads {FORMAT}")
    try:
        return Record(**{**content, "model": GPTConfig(**content["model"])})
    except (TypeError, KeyError) as error:
        raise CorruptFileError(f"{path}: not a checkpoint record ({error})") from error


def find(path: Path) -> Path:
    """The checkpoint that `path` means: itself, or the newest one of the run folder `path`.

    Raises `MissingFileError` when there is none.
    """
    if (path / RECORD).is_file():
        return path
    checkpoints = list_checkpoints(path)
    if not checkpoints:
        raise MissingFileError(f"{path}: no checkpoint and no run with checkpoints")
    return checkpoints[-1]


def list_checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run folder, oldest first."""
    found = [path.parent for path in run.glob(f"checkpoints/step-*/{RECORD}")]
    return sorted(found, key=lambda folder: (len(folder.name), folder.name))


def checkpoint_folder(run: Path, step: int) -> Path:
    """Where a run keeps the checkpoint of `step`."""
    return run / "checkpoints" / f"step-{step:06}"


def grammar_hash() -> str:
    """SHA-256 of the installed grammar: the language that a model trained today was taught and is judged by."""
    digest = hashlib.sha256()
    for path in sorted(files("alphatex_eval.grammars").iterdir(), key=lambda path: path.name):
        if path.name.endswith((".lark", ".json")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _finish(partial: Path, folder: Path, tokenizer: BpeTokenizer, record: Record) -> None:
    """Complete the folder `partial` and give it its name. The record comes last: a folder with one is whole."""
    tokenizer.save(partial / TOKENIZER)
    content = {"format": FORMAT, **asdict(record)}
    (partial / RECORD).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
