from __future__ import annotations

import gc
import signal
import subprocess
import sys

import psutil

from alphatex_eval.rubrics.workers import SELDOM, collecting_seldom

PARENT = """
import os, time
from alphatex_eval.rubrics.workers import worker_pool
pool = worker_pool(2)
print(*{pool.submit(os.getpid).result() for _ in range(8)} | set(pool._processes), flush=True)
time.sleep(60)
"""


def test_workers_end_when_their_parent_is_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    workers = [psutil.Process(int(number)) for number in process.stdout.readline().split()]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert workers
    assert not alive


def test_garbage_is_collected_as_before_when_a_batch_is_over() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with collecting_seldom():
        assert gc.get_threshold() == SELDOM
        made = [[number] for number in range(1000)]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
    assert all(map(gc.is_tracked, made))
    assert gc.get_count()[0] < 1000
