"""Several processes training one model: each reads its share of every batch, gradients are averaged."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import distributed

from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

Result = TypeVar("Result")


@dataclass(frozen=True)
class Processes:
    """The process's device and its place among `count` processes."""

    device: torch.device
    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor, on every process, by its mean over the processes."""
        if self.count == 1:
            return
        for tensor in tensors:
            distributed.all_reduce(tensor)
            tensor.div_(self.count)

    def in_turn(self, work: Callable[[], Result]) -> Result:
        """What `work` returns: done by the first process, then by the others, who find what it left on the disk."""
        result = work() if self.is_first else None
        if self.count > 1:
            distributed.barrier()
        return work() if result is None else result

    def agree(self, flag: bool) -> bool:
        """The first process's `flag`, on every process."""
        if self.count == 1:
            return flag
        answer = torch.tensor(float(flag), device=self.device)
        distributed.broadcast(answer, src=0)
        return bool(answer.item())


def join(device: str = "auto") -> Processes:
    """The calling process among those that `torchrun` started; alone without it.

    Args:
        device: "cpu", "cuda" or "auto", which takes a GPU where there is one.

    Raises:
        ModelError: "cuda" without a GPU.
    """
    kind = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda" and not torch.cuda.is_available():
        raise ModelError("there is no CUDA device here; --device cpu does without")
    place = torch.device(kind, int(os.environ.get("LOCAL_RANK", "0"))) if kind == "cuda" else torch.device(kind)
    if place.type == "cuda":
        torch.cuda.set_device(place)
        torch.backends.cuda.enable_cudnn_sdp(False)  # it plans anew for every length of the cache, 40 ms each
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    return Processes(place, int(os.environ.get("RANK", "0")), count)
