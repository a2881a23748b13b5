from __future__ import annotations

import signal
import subprocess
import sys

import psutil

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
