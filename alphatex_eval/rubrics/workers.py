"""Worker processes that never outlive the process that started them, not even when it is killed."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import BaseContext

SELDOM = (500_000, 20, 50)
"""Thresholds of the garbage collector while texts are judged: trees and scores hold few cycles, so that, left to
itself, it takes a quarter of the time for nothing."""


def worker_pool(
    processes: int | None, context: BaseContext | None = None, prepare: Callable[[], object] | None = None
) -> ProcessPoolExecutor:
    """A pool of worker processes, one for each core if None; each calls `prepare` before its first work."""
    return ProcessPoolExecutor(processes, context, _start, (prepare,))


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect garbage as seldom in this process, for as long as the block lasts.

    What was made meanwhile counts as old behind it: else the first thing that is made next would have all of it looked
    through.
    """
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*before)


def _start(prepare: Callable[[], object] | None) -> None:
    """A killed parent closes no queue: without the thread, its workers would wait for work for ever."""
    Thread(target=_wait_and_end, daemon=True).start()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    if prepare is not None:
        prepare()


def _wait_and_end() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
