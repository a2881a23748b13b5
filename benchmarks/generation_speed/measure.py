"""Tokens a second of generation, ours and nanochat's engine, by batch size.

    python benchmarks/generation_speed/measure.py --nanochat ~/nanochat

Untrained weights: speed does not depend on what the model knows.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
TEMPERATURE, TOP_K = 1.0, 50
CORPUS = [f":8 {fret}.{string} 0.{string} ({fret}.1 2.2).4 |\n" for fret in range(15) for string in range(1, 7)]


def main() -> None:
    options = arguments()
    if options.only:
        print(json.dumps(measure(options.only, options)))
        return
    systems = ["ours", *(["nanochat"] if options.nanochat else [])]
    rows = [alone(system, size) for size in options.batch_sizes for system in systems]
    report = {"schema": 1, "recipe": options.recipe, "environment": environment(options), "rows": rows}
    options.out.write_text(json.dumps(report, indent=2) + "\n")
    for row in rows:
        print(
            row.get("error")
            or f"{row['system']:10} batch {row['batch_size']:4} {row['tokens_per_second']:12,.0f} tokens/s"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="d8_depth")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 12, 512])
    parser.add_argument("--prompt-tokens", type=int, default=16)
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--nanochat", type=Path, help="a checkout of https://github.com/karpathy/nanochat")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"))
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args()


def alone(system: str, batch_size: int) -> dict[str, object]:
    """One measurement in a fresh process with the options of this one; its last line of output is the row."""
    command = [sys.executable, *sys.argv, "--only", system, "--batch-sizes", str(batch_size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"system": system, "batch_size": batch_size, "error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def measure(system: str, options: argparse.Namespace) -> dict[str, object]:
    (batch_size,) = options.batch_sizes
    generate = {"ours": ours, "nanochat": nanochat}[system](options, batch_size)
    before = time.perf_counter()
    generate()
    first = time.perf_counter() - before
    rounds = [timed(generate) for _ in range(ROUNDS)]
    return {
        "system": system,
        "batch_size": batch_size,
        "prompt_tokens": options.prompt_tokens,
        "new_tokens": options.new_tokens,
        "tokens_per_second_by_round": rounds,
        "tokens_per_second": statistics.median(rounds),
        "first_call_seconds": first,
    }


def timed(generate: Callable[[], int]) -> float:
    """Tokens a second of one call, from prompts to texts."""
    before = time.perf_counter()
    tokens = generate()
    return tokens / (time.perf_counter() - before)


def ours(options: argparse.Namespace, batch_size: int) -> Callable[[], int]:
    """The public function, texts in and out, with seeds that change from call to call."""
    from alphatex_model.checkpoints import Loaded, Record
    from alphatex_model.distributed import join
    from alphatex_model.generation import generate
    from alphatex_model.gpt import GPT
    from alphatex_model.recipes import load_recipe
    from alphatex_model.sampling import Sampling
    from alphatex_model.tokenizer import train_tokenizer

    shape, device = load_recipe(options.recipe).model, join(options.device).device
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    tokenizer = train_tokenizer(CORPUS, shape.vocab_size)
    model = GPT(shape, dtype)
    model.initialise(torch.Generator().manual_seed(0))
    record = Record(0, shape, {}, {"tokenizer": tokenizer.hash}, {}, {}, "")
    loaded = Loaded(model.to(device, dtype), tokenizer, record)
    prompt = tokenizer.decode(tokenizer.encode("".join(CORPUS))[: options.prompt_tokens - 1])
    prompt = prompt[: prompt.rindex("\n") + 1]
    sampling = Sampling(options.new_tokens, TEMPERATURE, TOP_K)
    calls = iter(range(1_000_000))

    def call() -> int:
        seeds = [next(calls) * batch_size + row for row in range(batch_size)]
        texts = generate(loaded, [prompt] * batch_size, seeds, sampling, batch_size=batch_size)
        return sum(text.tokens for text in texts)

    return call


class BareTokenizer:
    """What nanochat's engine asks of a tokenizer: ids of special tokens, here beyond what sampling can reach."""

    def get_bos_token_id(self) -> int:
        """Of no token."""
        return -1

    def encode_special(self, _: str) -> int:
        """Of no token."""
        return -1


def nanochat(options: argparse.Namespace, batch_size: int) -> Callable[[], int]:
    """Its engine's batch generation on a model of the same shape: one prompt, cloned."""
    sys.path.insert(0, str(options.nanochat))
    from nanochat.engine import Engine
    from nanochat.gpt import GPT, GPTConfig

    from alphatex_model.recipes import load_recipe

    shape = load_recipe(options.recipe).model
    names = ("n_layer", "n_head", "n_kv_head", "n_embd", "vocab_size", "sequence_len")
    with torch.device("meta"):
        model = GPT(GPTConfig(**{name: getattr(shape, name) for name in names}, window_pattern="L"))
    model.to_empty(device="cuda")
    model.init_weights()
    engine = Engine(model.eval(), BareTokenizer())
    prompt = list(range(1, options.prompt_tokens + 1))
    settings = {"max_tokens": options.new_tokens, "temperature": TEMPERATURE, "top_k": TOP_K}

    def call() -> int:
        texts, _ = engine.generate_batch(prompt, num_samples=batch_size, **settings)
        return sum(len(text) - len(prompt) for text in texts)

    return call


def environment(options: argparse.Namespace) -> dict[str, object]:
    commit = None
    if options.nanochat:
        asked = ["git", "-C", str(options.nanochat), "rev-parse", "HEAD"]
        commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None
    on_gpu = torch.cuda.is_available() and options.device != "cpu"
    return {
        "device": torch.cuda.get_device_name() if on_gpu else platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "nanochat_commit": commit,
    }


if __name__ == "__main__":
    main()
