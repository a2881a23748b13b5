"""Several processes training one model: each reads its share of every batch, gradients are averaged."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import distributed

from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import Tensor

Result = TypeVar("Result")

LONGEST_WAIT = timedelta(hours=2)
"""While the first process judges a checkpoint, the others wait."""


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
        """Replace each tensor (all of one type), on every process, by its mean over the processes."""
        if self.count == 1:
            return
        replaced = list(tensors)
        joint = torch.cat([tensor.flatten() for tensor in replaced])
        distributed.all_reduce(joint)
        joint.div_(self.count)
        for tensor, mean in zip(replaced, torch.split(joint, [tensor.numel() for tensor in replaced]), strict=True):
            tensor.copy_(mean.view_as(tensor))

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


def find_device(kind: str = "auto") -> torch.device:
    """The device of this process: of several GPUs, the one of its place among the processes on this machine.

    Args:
        kind: "cpu", "cuda" or "auto", which takes a GPU where there is one.

    Raises:
        ModelError: "cuda" without a GPU.
    """
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ModelError("there is no CUDA device here; --device cpu does without")
    device = torch.device(kind, int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it plans anew for every length of the cache, 40 ms each
    return device


@contextmanager
def joined(kind: str = "auto") -> Iterator[Processes]:
    """The calling process among those that `torchrun` started; alone without it.

    The others wait at most `LONGEST_WAIT` for one that is busy. Raises like `find_device`.
    """
    device = find_device(kind)
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(device)
        return
    if device.type == "cuda":
        distributed.init_process_group("nccl", timeout=LONGEST_WAIT, device_id=device)
    else:
        distributed.init_process_group("gloo", timeout=LONGEST_WAIT)
    yield Processes(device, int(os.environ["RANK"]), count)
    distributed.destroy_process_group()  # not after an error: it would wait for peers, whom torchrun ends
