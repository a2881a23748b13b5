"""A training run: from a recipe and shards to checkpoints and metrics in a folder."""

from __future__ import annotations

import json
import math
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.samples import exclusive
from alphatex_model import checkpoints
from alphatex_model.batches import Batches, consecutive_windows, parts_of, window_starts
from alphatex_model.distributed import Processes
from alphatex_model.errors import DivergedError, MismatchError, ModelError
from alphatex_model.loss import token_losses
from alphatex_model.metrics import append_metrics, cut_metrics
from alphatex_model.shape import flops_per_token
from alphatex_model.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from alphatex_model.data.shards import Shards
    from alphatex_model.gpt import GPT
    from alphatex_model.recipes import Recipe
    from alphatex_model.tokenizer import BpeTokenizer

    OnCheckpoint = Callable[[int, Path, dict[str, float]], bool]
    OnReport = Callable[["Report"], None]
    OnStart = Callable[[int], None]

METRICS = "metrics.jsonl"
REPORT_STEPS = {"cpu": 5, "cuda": 50}
"""Steps between two looks at the loss."""


@dataclass(frozen=True)
class Report:
    """Progress: means since the last report.

    `loss` is in nats a token, `tokens_per_second` of all processes together, `flops_per_second` of one of them.
    """

    step: int
    loss: float
    tokens_per_second: float
    flops_per_second: float


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `stopped` says that the hook ended it before the last step."""

    step: int
    stopped: bool
    checkpoints: tuple[Path, ...]


def train(
    recipe: Recipe,
    shards: Shards,
    out: Path,
    *,
    processes: Processes | None = None,
    resume: bool = False,
    on_start: OnStart | None = None,
    on_report: OnReport | None = None,
    on_checkpoint: OnCheckpoint | None = None,
) -> Outcome:
    """Train `recipe` on `shards`; checkpoints and `metrics.jsonl` go to the folder `out`.

    The same recipe, shards and machine give the same checkpoints, broken off and resumed or not.

    Args:
        recipe: what to train; its seed decides the first weights and the order of the batches.
        shards: the tokens, and the tokenizer that made them.
        out: the run's folder.
        processes: this process's device and peers; one process on the CPU if None.
        resume: go on after the newest checkpoint in `out`, if there is one. Without it, `out` must have none.
        on_start: called once, with the number of steps that are done already.
        on_report: called every few steps.
        on_checkpoint: called on the first process with step, checkpoint folder and metrics once a checkpoint is
            complete, and again for the one that the run resumes from; True ends the run.

    Raises:
        DivergedError: the loss, the validation or a weight is no longer finite; the last good checkpoint stays.
        MismatchError: the checkpoint to resume from belongs to another recipe, tokenizer or corpus.
        ModelError: the corpus is too small, `out` is taken or in use, or the disk is full.
    """
    run = _Run(recipe, shards, out, processes or Processes(torch.device("cpu")))
    with _held(out) if run.processes.is_first else nullcontext():
        run.start(resume)
        if on_start:
            on_start(run.step)
        stopped = run.ask_again(on_checkpoint)
        for stop in recipe.training.checkpoint_steps:
            if stopped:
                break
            if stop > run.step:
                run.advance(stop, on_report)
                stopped = run.checkpoint(on_checkpoint)
    run.trainer.release()
    return Outcome(run.step, run.step < recipe.training.steps, tuple(checkpoints.list_checkpoints(out)))


def bits_per_byte(model: GPT, tokenizer: BpeTokenizer, tokens: NDArray[np.uint16], rows: int) -> float:
    """Cross-entropy of `tokens` in bits a byte of the text they spell: comparable between tokenizers.

    Tokens are predicted in consecutive windows of the model's sequence length, `rows` at a time; special tokens,
    which spell nothing, do not count. Raises `ModelError` when there is not one full window.
    """
    device = model.embedding.device
    lengths = torch.tensor(tokenizer.token_bytes, device=device)
    nats, n_bytes = (
        torch.zeros((), dtype=torch.float64, device=device),
        torch.zeros((), dtype=torch.long, device=device),
    )
    with torch.inference_mode():
        for inputs, targets in consecutive_windows(tokens, model.config.sequence_len, rows):
            weights = lengths[targets.to(device)]
            losses = token_losses(model, inputs.to(device), targets.to(device))
            nats += (losses * (weights > 0)).sum(dtype=torch.float64)
            n_bytes += weights.sum()
    if not n_bytes:
        raise ModelError(
            f"{len(tokens)} tokens are too few to validate a model of sequence {model.config.sequence_len}"
        )
    return float(nats.item()) / math.log(2) / int(n_bytes.item())


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """No other process may write to `folder`, which is made if need be."""
    try:
        with exclusive(folder):
            yield
    except HarnessError as error:
        raise ModelError(str(error)) from error


class _Run:
    """A run under way: the trainer, what it reads, and the folder that it writes."""

    def __init__(self, recipe: Recipe, shards: Shards, out: Path, processes: Processes) -> None:
        if shards.tokenizer.vocab_size > recipe.model.vocab_size:
            raise MismatchError(
                f"{shards.folder}: a tokenizer with {shards.tokenizer.vocab_size} ids for recipe {recipe.name!r} "
                f"with {recipe.model.vocab_size}"
            )
        self.recipe, self.shards, self.out, self.processes = recipe, shards, out, processes
        self.trainer = Trainer(recipe, _batches(recipe, shards, processes), processes)
        self.step = 0
        self._restored: Path | None = None
        self._validation = shards.tokens("validation")[: recipe.training.validation_tokens]

    def start(self, resume: bool) -> None:
        """Take up the newest checkpoint, if there is one and that is wanted, and cut the metrics back to it."""
        found = checkpoints.list_checkpoints(self.out)
        if found and not resume:
            raise ModelError(f"{self.out}: already holds a run; --resume goes on with it, another --out starts afresh")
        if found:
            self._restore(found[-1])
        if self.processes.is_first:
            cut_metrics(self.out / METRICS, self.step)

    def advance(self, stop: int, on_report: OnReport | None) -> None:
        """Train up to step `stop`, reporting on the way."""
        every = REPORT_STEPS[self.processes.device.type]
        while self.step < stop:
            until = min(stop, self.step - self.step % every + every)
            before = time.perf_counter()
            self.trainer.advance(until - self.step)
            losses = self.trainer.losses[self.step : until].tolist()  # waits for the device
            seconds = time.perf_counter() - before
            self._check_losses(losses)
            self.step = until
            report = self._report(losses, seconds)
            self._log({"step": report.step, "loss": report.loss, "tokens_per_second": report.tokens_per_second})
            if on_report:
                on_report(report)

    def checkpoint(self, on_checkpoint: OnCheckpoint | None) -> bool:
        """Validate, save, ask the hook. Whether to stop."""
        self._check_weights()
        stop = False
        if self.processes.is_first:
            metrics = self._validate()
            self._log({"step": self.step, **metrics})
            folder = self._save(metrics)
            stop = on_checkpoint is not None and on_checkpoint(self.step, folder, metrics)
        return self.processes.agree(stop)

    def ask_again(self, on_checkpoint: OnCheckpoint | None) -> bool:
        """Ask the hook about the checkpoint that was taken up, if one was: its answer may be lost. Whether to stop."""
        stop = False
        if self._restored and on_checkpoint and self.processes.is_first:
            metrics = checkpoints.read_record(self._restored).metrics
            stop = on_checkpoint(self.step, self._restored, metrics)
        return self.processes.agree(stop)

    def _check_losses(self, losses: list[float]) -> None:
        for step, loss in enumerate(losses, start=self.step + 1):
            if not math.isfinite(loss):
                raise self._diverged(f"the loss is {loss} at step {step}")

    def _check_weights(self) -> None:
        for name, weight in self.trainer.model.named_parameters():
            if not weight.isfinite().all():
                raise self._diverged(f"{name} is no longer finite after step {self.step}")

    def _diverged(self, what: str) -> DivergedError:
        return DivergedError(f"{what}; {self._last_good()}. Lower learning rates may help.")

    def _last_good(self) -> str:
        found = checkpoints.list_checkpoints(self.out)
        return f"the last good checkpoint is {found[-1]}" if found else "there is no checkpoint yet"

    def _report(self, losses: list[float], seconds: float) -> Report:
        tokens = self.recipe.training.batch_tokens * len(losses)
        flops = flops_per_token(self.recipe.model) * tokens / seconds
        return Report(self.step, sum(losses) / len(losses), tokens / seconds, flops / self.processes.count)

    def _validate(self) -> dict[str, float]:
        rows = max(1, self.recipe.training.micro_batch_tokens // self.recipe.model.sequence_len)
        bits = bits_per_byte(self.trainer.model, self.shards.tokenizer, self._validation, rows)
        if not math.isfinite(bits):
            raise self._diverged(f"the validation is {bits} bits a byte after step {self.step}")
        return {"validation_bits_per_byte": bits}

    def _save(self, metrics: dict[str, float]) -> Path:
        folder = checkpoints.checkpoint_folder(self.out, self.step)
        before = checkpoints.list_checkpoints(self.out)
        try:
            checkpoints.save(
                folder,
                self.trainer.model,
                self.shards.tokenizer,
                step=self.step,
                recipe=self.recipe.to_json(),
                data_hash=self.shards.data_hash,
                metrics=metrics,
                optimizer=self.trainer.optimizer.state,
            )
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{folder}: cannot be written ({error}); {self._last_good()}") from error
        for older in before:
            checkpoints.drop_optimizer(older)
        return folder

    def _restore(self, folder: Path) -> None:
        loaded = checkpoints.load(folder, self.processes.device)
        for what, ours, theirs in (
            ("recipe", _comparable(self.recipe.to_json()), _comparable(loaded.record.recipe)),
            ("tokenizer", self.shards.tokenizer.hash, loaded.record.hashes["tokenizer"]),
            ("corpus", self.shards.data_hash, loaded.record.hashes["data"]),
        ):
            if ours != theirs:
                raise MismatchError(f"{folder}: cannot resume, it was trained with another {what}")
        with torch.no_grad():
            self.trainer.model.load_state_dict(loaded.model.state_dict())
            checkpoints.load_optimizer(folder, self.trainer.optimizer.state)
        self.step, self._restored = loaded.record.step, folder

    def _log(self, row: dict[str, float]) -> None:
        if self.processes.is_first:
            append_metrics(self.out / METRICS, row)


def _batches(recipe: Recipe, shards: Shards, processes: Processes) -> Batches:
    """The process's share of the batches."""
    plan, length = recipe.training, recipe.model.sequence_len
    rows = plan.batch_tokens // length
    if rows % processes.count:
        raise ModelError(f"{rows} windows a step cannot be shared among {processes.count} processes")
    tokens = shards.tokens("train")
    starts = window_starts(len(tokens), length, plan.steps * rows, plan.seed).reshape(plan.steps, rows)
    own = np.ascontiguousarray(starts[:, processes.rank :: processes.count])
    parts = parts_of(own.shape[1], plan.micro_batch_tokens // length)
    return Batches(tokens, own.reshape(plan.steps, parts, -1), length, processes.device)


def _comparable(recipe: dict[str, Any]) -> str:
    return json.dumps(recipe, sort_keys=True)
