"""Tokens a second of one training step, ours and nanochat's, on the GPU at hand.

python -m benchmarks.training_speed.measure --nanochat PATH --uncaptured
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchmarks.side_by_side import add_options, alone, nanochat_model, write_report

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP, STEPS, ROUNDS = 20, 100, 5
CORPUS_TOKENS = 1 << 22


def main() -> None:
    options = arguments()
    if options.only:
        print(json.dumps(measure(options.only, options)))
        return
    extra = ["ours_uncaptured"] if options.uncaptured else []
    systems = ["ours", *extra, *(["nanochat"] if options.nanochat else [])]
    module = "benchmarks.training_speed.measure"
    rows = [alone(module, system, "--batch-tokens", size) for size in options.batch_tokens for system in systems]
    write_report(options.out, options.recipe, options.nanochat, rows)
    for row in rows:
        print(row.get("error") or line(row))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, __file__)
    parser.add_argument("--device", default="cuda", choices=["cpu", "cuda"])
    parser.add_argument("--batch-tokens", type=int, nargs="+", default=[4096, 65536])
    parser.add_argument("--uncaptured", action="store_true", help="also measure our step without a CUDA graph")
    parser.add_argument("--steps", type=int, default=STEPS, help="of one round")
    return parser.parse_args()


def measure(system: str, options: argparse.Namespace) -> dict[str, object]:
    from alphatex_model.recipes import adjusted, load_recipe
    from alphatex_model.shape import flops_per_token

    (tokens,) = options.batch_tokens
    recipe = adjusted(
        load_recipe(options.recipe),
        steps=WARM_UP + ROUNDS * options.steps,
        batch_tokens=tokens,
        micro_batch_tokens=tokens,
    )
    step, losses = {"ours": ours, "ours_uncaptured": ours_uncaptured, "nanochat": nanochat}[system](recipe, options)
    started = time.perf_counter()
    step(WARM_UP)
    wait(options.device)
    warm = time.perf_counter() - started
    seconds = [timed(step, options) for _ in range(ROUNDS)]
    middle = statistics.median(seconds)
    return {
        "system": system,
        "size": tokens,
        "milliseconds_a_step": [1000 * each for each in seconds],
        "tokens_per_second": tokens / middle,
        "flops_per_second": flops_per_token(recipe.model) * tokens / middle,
        "warm_up_seconds": warm,
        "losses": losses()[:10],
        "gpu_gigabytes": torch.cuda.max_memory_allocated() / 1e9 if options.device == "cuda" else None,
    }


def timed(step: Callable[[int], None], options: argparse.Namespace) -> float:
    """Seconds a step, over as many as a round has."""
    wait(options.device)
    before = time.perf_counter()
    step(options.steps)
    wait(options.device)
    return (time.perf_counter() - before) / options.steps


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def corpus(vocab_size: int) -> np.ndarray:
    """Tokens with the uneven frequencies of a language (Zipf's law): random, but not zeros and not uniform."""
    random = np.random.default_rng(0)
    return np.minimum(random.zipf(1.3, CORPUS_TOKENS), vocab_size).astype(np.uint16) - 1


def trainer(recipe, options: argparse.Namespace):
    from alphatex_model.batches import Batches, window_starts
    from alphatex_model.distributed import Processes, find_device
    from alphatex_model.trainer import Trainer

    plan, length = recipe.training, recipe.model.sequence_len
    processes = Processes(find_device(options.device))
    rows = plan.batch_tokens // length
    tokens = corpus(recipe.model.vocab_size)
    starts = window_starts(len(tokens), length, plan.steps * rows, seed=0).reshape(plan.steps, 1, rows)
    return Trainer(recipe, Batches(tokens, starts, length, processes.device), processes)


def ours(recipe, options: argparse.Namespace):
    made = trainer(recipe, options)
    return made.advance, made.losses.tolist


def ours_uncaptured(recipe, options: argparse.Namespace):
    made = trainer(recipe, options)
    made._step = made._eager_step
    return made.advance, made.losses.tolist


def nanochat(recipe, options: argparse.Namespace):
    """The step of its scripts/base_train.py with its own model, optimiser and compiler settings; no data loader."""
    shape, plan = recipe.model, recipe.training
    model = nanochat_model(options.nanochat, shape)
    optimizer = model.setup_optimizer()
    model = torch.compile(model, dynamic=False)
    rows, length = plan.batch_tokens // shape.sequence_len, shape.sequence_len
    tokens = torch.from_numpy(corpus(shape.vocab_size).astype(np.int64)).cuda()
    windows = tokens.unfold(0, length + 1, length)
    batches = windows[: len(windows) // rows * rows].view(-1, rows, length + 1)
    losses: list[float] = []

    def step(count: int) -> None:
        for _ in range(count):
            batch = batches[len(losses) % len(batches)]
            loss = model(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
            loss.backward()
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"]
            optimizer.step()
            model.zero_grad(set_to_none=True)
            losses.append(loss.item())

    return step, lambda: losses


def line(row: dict[str, object]) -> str:
    middle = statistics.median(row["milliseconds_a_step"])
    return f"{row['system']:16} {row['size']:7} {middle:8.3f} ms a step {row['tokens_per_second']:12,.0f} tokens/s"


if __name__ == "__main__":
    main()
