"""Files of weights: safetensors, in pieces if they are to be small, and as int8 if they are to be smaller still.

An int8 tensor is rounded row by row (a row is its last dimension): `name` holds whole numbers from -127 to 127, and
`name.scale` what a one is worth in each row. Reading gives numbers again, whatever they were written as.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from alphatex_model.digests import sha256
from alphatex_model.errors import CorruptFileError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

Form = Literal["float32", "bfloat16", "int8"]
FORMS: tuple[Form, ...] = get_args(Form)
LARGEST = 127
SCALE = ".scale"


def write(folder: Path, tensors: Mapping[str, Tensor], form: Form = "float32", limit: int = 0) -> dict[str, str]:
    """Write `tensors` to `folder`; SHA-256 by name of file.

    Args:
        folder: where to; it exists.
        tensors: by name, on any device.
        form: what the numbers become.
        limit: most bytes of a file, 0 for one file. A tensor is never split: where one is larger, so is its file.
    """
    written = _encoded(on_cpu(tensors), form)
    pieces = _pieces(written, limit) if limit else [written]
    hashes = {}
    for number, piece in enumerate(pieces, start=1):
        path = folder / (f"model-{number}.safetensors" if limit else "model.safetensors")
        save_file(piece, path)
        path.chmod(0o644)  # the library makes files that nobody else can read
        hashes[path.name] = sha256(path)
    return hashes


def read(folder: Path, hashes: Mapping[str, str]) -> dict[str, Tensor]:
    """The tensors in the files named in `hashes`. Raises as `read_file`."""
    tensors: dict[str, Tensor] = {}
    for name, digest in hashes.items():
        tensors |= read_file(folder / name, digest)
    scales = {name: tensors.pop(name) for name in tensors.keys() & {f"{name}{SCALE}" for name in tensors}}
    return {
        name: tensor * scales[f"{name}{SCALE}"] if tensor.dtype == torch.int8 else tensor
        for name, tensor in tensors.items()
    }


def read_file(path: Path, digest: str | None = None) -> dict[str, Tensor]:
    """One file's tensors as they are.

    Raises `MissingFileError`, or `CorruptFileError` when it is no safetensors file or its SHA-256 is not `digest`.
    """
    if not path.is_file():
        raise MissingFileError(f"{path}: missing")
    if digest is not None and sha256(path) != digest:
        raise CorruptFileError(f"{path}: damaged (its SHA-256 is not the recorded one)")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise CorruptFileError(f"{path}: damaged ({error})") from error


def on_cpu(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as files want them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _encoded(tensors: dict[str, Tensor], form: Form) -> dict[str, Tensor]:
    if form != "int8":
        return {name: tensor.to(getattr(torch, form)) for name, tensor in tensors.items()}
    encoded: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        scale = tensor.abs().amax(-1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny) / LARGEST
        encoded |= {name: (tensor / scale).round().to(torch.int8), f"{name}{SCALE}": scale}
    return encoded


def _pieces(tensors: dict[str, Tensor], limit: int) -> list[dict[str, Tensor]]:
    """Tensors in order, cut into runs of at most `limit` bytes where that is possible."""
    pieces: list[dict[str, Tensor]] = [{}]
    for name, tensor in tensors.items():
        if pieces[-1] and sum(each.nbytes for each in (*pieces[-1].values(), tensor)) > limit:
            pieces.append({})
        pieces[-1][name] = tensor
    return pieces
