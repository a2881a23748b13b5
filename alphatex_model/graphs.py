"""CUDA graphs: kernels recorded once and replayed without the host's help, some of them side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Captured:
    """A step that runs as it is a few times, which compiles what is to be compiled, and is replayed from then on.

    The step must read and write the same tensors every time, never wait for the device, and hold no state on the host:
    when it is captured, its Python code runs once more without any effect on the device.
    """

    def __init__(self, step: Callable[[], None], plain_runs: int) -> None:
        self._step, self._plain_runs = step, plain_runs
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """Take one step."""
        if self._plain_runs:
            self._plain_runs -= 1
            self._run()
            return
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            # Thread-local: other threads, such as the one that watches over exchanges between GPUs, go on meanwhile.
            with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
                self._step()
        self._graph.replay()

    def _run(self) -> None:
        """On the stream of the capture, where autograd then expects the gradients' kernels."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            self._step()
        torch.cuda.current_stream().wait_stream(self._stream)


def side_by_side(calls: Sequence[Callable[[], None]]) -> None:
    """Make all `calls`, each on a stream of its own: small kernels that do not wait for each other share the GPU."""
    current = torch.cuda.current_stream()
    streams = [torch.cuda.Stream() for _ in calls]  # type: ignore[no-untyped-call]
    for call, stream in zip(calls, streams, strict=True):
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            call()
    for stream in streams:
        current.wait_stream(stream)


def in_turn(calls: Sequence[Callable[[], None]]) -> None:
    """Make all `calls`, one after the other."""
    for call in calls:
        call()
