"""Tokens a second of one training step, ours and nanochat's, on the GPU at hand.

    python benchmarks/training_speed/measure.py --nanochat ~/nanochat --out benchmarks/training_speed/results.json

Every measurement runs in a process of its own: nothing compiled or cached by one helps another.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP, STEPS, ROUNDS = 20, 100, 5
CORPUS_TOKENS = 1 << 22


def main() -> None:
    options = arguments()
    if options.only:
        print(json.dumps(measure(options.only, options)))
        return
    systems = [
        "ours",
        *(["ours_uncaptured"] if options.uncaptured else []),
        *(["nanochat"] if options.nanochat else []),
    ]
    rows = [alone(system, tokens) for tokens in options.batch_tokens for system in systems]
    report = {"schema": 1, "recipe": options.recipe, "environment": environment(options.nanochat), "rows": rows}
    options.out.write_text(json.dumps(report, indent=2) + "\n")
    print(table(rows))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="d8_depth")
    parser.add_argument("--batch-tokens", type=int, nargs="+", default=[4096, 65536])
    parser.add_argument("--nanochat", type=Path, help="a checkout of https://github.com/karpathy/nanochat")
    parser.add_argument("--uncaptured", action="store_true", help="also measure our step without a CUDA graph")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"))
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args()


def alone(system: str, batch_tokens: int) -> dict[str, object]:
    """One measurement in a fresh process with the options of this one; its last line of output is the row."""
    command = [sys.executable, *sys.argv, "--only", system, "--batch-tokens", str(batch_tokens)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"system": system, "batch_tokens": batch_tokens, "error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def measure(system: str, options: argparse.Namespace) -> dict[str, object]:
    from alphatex_model.recipes import load_recipe
    from alphatex_model.shape import flops_per_token

    (tokens,) = options.batch_tokens
    recipe = load_recipe(options.recipe)
    makers = {"ours": ours, "ours_uncaptured": ours_uncaptured, "nanochat": nanochat}
    step, losses = makers[system](with_batch(recipe, tokens), options.nanochat)
    started = time.perf_counter()
    step(WARM_UP)
    warm = time.perf_counter() - started
    seconds = [timed(step) for _ in range(ROUNDS)]
    middle = statistics.median(seconds)
    return {
        "system": system,
        "batch_tokens": tokens,
        "milliseconds_a_step": [1000 * each for each in seconds],
        "tokens_per_second": tokens / middle,
        "flops_per_second": flops_per_token(recipe.model) * tokens / middle,
        "warm_up_seconds": warm,
        "losses": losses()[:10],
        "gpu_gigabytes": torch.cuda.max_memory_allocated() / 1e9,
    }


def with_batch(recipe, tokens: int):
    plan = replace(recipe.training, steps=WARM_UP + ROUNDS * STEPS, batch_tokens=tokens, micro_batch_tokens=tokens)
    return replace(recipe, training=replace(plan, checkpoint_steps=(plan.steps,)))


def timed(step: Callable[[int], None]) -> float:
    """Seconds a step, over STEPS of them."""
    torch.cuda.synchronize()
    before = time.perf_counter()
    step(STEPS)
    torch.cuda.synchronize()
    return (time.perf_counter() - before) / STEPS


def corpus(vocab_size: int) -> np.ndarray:
    """Tokens with the uneven frequencies of a language (Zipf's law): random, but not zeros and not uniform."""
    random = np.random.default_rng(0)
    return np.minimum(random.zipf(1.3, CORPUS_TOKENS), vocab_size).astype(np.uint16) - 1


def ours(recipe, _: Path | None):
    from alphatex_model.batches import Batches, window_starts
    from alphatex_model.distributed import join
    from alphatex_model.trainer import Trainer

    plan, length, processes = recipe.training, recipe.model.sequence_len, join("cuda")
    rows = plan.batch_tokens // length
    tokens = corpus(recipe.model.vocab_size)
    starts = window_starts(len(tokens), length, plan.steps * rows, seed=0).reshape(plan.steps, 1, rows)
    trainer = Trainer(recipe, Batches(tokens, starts, length, processes.device), processes)
    return trainer.advance, lambda: trainer.losses.tolist()


def ours_uncaptured(recipe, path: Path | None):
    advance, losses = ours(recipe, path)
    trainer = advance.__self__
    trainer._step = trainer._eager_step
    return advance, losses


def nanochat(recipe, path: Path):
    """The step of its scripts/base_train.py with its own model, optimiser and compiler settings; no data loader."""
    sys.path.insert(0, str(path))
    from nanochat.gpt import GPT, GPTConfig

    shape, plan = recipe.model, recipe.training
    names = ("n_layer", "n_head", "n_kv_head", "n_embd", "vocab_size", "sequence_len")
    config = GPTConfig(**{name: getattr(shape, name) for name in names}, window_pattern="L")
    with torch.device("meta"):
        model = GPT(config)
    model.to_empty(device="cuda")
    model.init_weights()
    optimizer = model.setup_optimizer()
    model = torch.compile(model, dynamic=False)
    rows = plan.batch_tokens // shape.sequence_len
    tokens = torch.from_numpy(corpus(shape.vocab_size).astype(np.int64)).cuda()
    windows = tokens[: len(tokens) // (rows * shape.sequence_len) * rows * shape.sequence_len]
    batches = windows.view(-1, rows, shape.sequence_len)
    losses: list[float] = []

    def step(count: int) -> None:
        for _ in range(count):
            batch = batches[len(losses) % (len(batches) - 1)]
            loss = model(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
            loss.backward()
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"]
            optimizer.step()
            model.zero_grad(set_to_none=True)
            losses.append(loss.item())

    return step, lambda: losses


def environment(checkout: Path | None) -> dict[str, str | None]:
    commit = None
    if checkout:
        asked = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        )
        commit = asked.stdout.strip() or (checkout / "COMMIT").read_text().strip()
    return {
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "nanochat_commit": commit,
    }


def table(rows: list[dict[str, object]]) -> str:
    lines = [f"{'system':16} {'batch':>7} {'ms/step':>8} {'tokens/s':>12}"]
    for row in rows:
        if "error" in row:
            lines.append(f"{row['system']:16} {row['batch_tokens']:7} {row['error']}")
        else:
            middle = statistics.median(row["milliseconds_a_step"])
            lines.append(f"{row['system']:16} {row['batch_tokens']:7} {middle:8.3f} {row['tokens_per_second']:12,.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
