"""Work shared among the cores of a CPU by forked processes, which find all that is loaded, at no cost."""

from __future__ import annotations

import os
import sys
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import current_process, get_context
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from alphatex_eval.rubrics.workers import worker_pool
from alphatex_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Result = TypeVar("Result")

_work: Callable[..., Any] | None = None  # in a worker: what it was forked to do


def cores() -> int:
    """How many this process may use; 1 where it cannot fork with torch loaded (not on Linux) or may not (a daemon)."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and not current_process().daemon else 1


def map_forked(work: Callable[..., Result], arguments: Sequence[tuple[object, ...]], workers: int) -> Iterator[Result]:
    """What `work` returns for each tuple of arguments, in order, computed in `workers` processes.

    `work` and what it refers to are inherited, arguments and results are pickled. Errors of `work` are raised here.
    Raises `ModelError` when a process was killed.
    """
    with worker_pool(workers, get_context("fork"), lambda: _inherit(work)) as pool:
        try:
            yield from pool.map(_call, arguments)
        except BrokenProcessPool as error:
            raise ModelError("a process was killed, perhaps for want of memory: use smaller batches") from error


def _inherit(work: Callable[..., Any]) -> None:
    global _work
    _work = work
    torch.set_num_threads(1)  # the threads of the parent's pool are not here


def _call(arguments: tuple[object, ...]) -> Any:
    assert _work is not None
    return _work(*arguments)
