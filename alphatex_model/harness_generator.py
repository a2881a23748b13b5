"""A checkpoint as a generator of the evaluation harness: `checkpoint:MODEL`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.harness.generators import Completion
from alphatex_model import checkpoints, shipped
from alphatex_model.distributed import find_device
from alphatex_model.generation import generate
from alphatex_model.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from alphatex_eval.harness.generators import Request


class CheckpointGenerator:
    """Completes the harness's prompts with a trained model.

    Args:
        model: a shipped model's name, a checkpoint, or a run folder for its newest checkpoint.
        name: label in tables; if empty the shipped name, or the run's and the checkpoint's folder names.
        device: "cpu", "cuda" or "auto".

    Raises:
        ModelError: the checkpoint is missing or damaged.
    """

    def __init__(self, model: str | Path, name: str = "", device: str = "auto") -> None:
        folder = shipped.resolve(model)
        self._loaded = checkpoints.load_for_generation(folder, find_device(device))
        run = folder.resolve().parent.parent
        self.name = name or (folder.name if folder.parent == shipped.FOLDER else f"{run.name}/{folder.name}")
        self._series = str(self._loaded.record.recipe.get("name", run.name))

    def identity(self) -> dict[str, object]:
        """The checkpoint's hash, place on the learning curve, and where the arithmetic runs."""
        return {
            "generator": "checkpoint",
            "checkpoint": self._loaded.hash,
            "series": self._series,
            "step": self._loaded.record.step,
            "arithmetic": self._loaded.model.arithmetic,
        }

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion a request, in order within each group of equal sampling settings."""
        groups: dict[Sampling, list[Request]] = {}
        for request in requests:
            settings = request.sampling
            sampling = Sampling(settings.max_tokens, settings.temperature, settings.top_k)
            groups.setdefault(sampling, []).append(request)
        for sampling, group in groups.items():
            yield from self._generate(group, sampling)

    def _generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Completion]:
        made = generate(
            self._loaded,
            [request.prompt.text for request in requests],
            [request.seed for request in requests],
            sampling,
        )
        for request, text in zip(requests, made, strict=True):
            yield Completion(id=request.id, text=text.completion, finish_reason=text.finish_reason)
