"""Tokens a second of generation, ours and nanochat's engine, by batch size; on a CPU also memory and the first text.

    python -m benchmarks.generation_speed.measure --nanochat PATH
    python -m benchmarks.generation_speed.measure --device cpu --batch-sizes 1 12 --out cpu.json

Untrained weights: speed does not depend on what the model knows. The vocabulary is that of the shipped models.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import torch

from benchmarks.side_by_side import add_options, alone, nanochat_model, write_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from alphatex_model.tokenizer import BpeTokenizer

ROUNDS = 5
TEMPERATURE, TOP_K = 1.0, 50
PROMPT = '\\title "Reel"\n\\tempo 120\n.\n\\ts 4 4 :8 3.3 0.2 2.2 |\n'
MEBIBYTE = 1 << 20
WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    options = arguments()
    if options.only:
        print(json.dumps(measure(options.only, options)))
        return
    systems = ["ours", *(["nanochat"] if options.nanochat else [])]
    module = "benchmarks.generation_speed.measure"
    rows = [alone(module, system, "--batch-sizes", size) for size in options.batch_sizes for system in systems]
    rows.append(first_text(options))
    write_report(options.out, options.recipe, options.nanochat, rows)
    for row in rows:
        print(row.get("error") or line(row))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, __file__)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 12, 512])
    parser.add_argument("--new-tokens", type=int, default=256)
    return parser.parse_args()


def measure(system: str, options: argparse.Namespace) -> dict[str, object]:
    (batch_size,) = options.batch_sizes
    prompt_tokens = 1 + len(tokenizer().encode(PROMPT))
    generate = {"ours": ours, "nanochat": nanochat}[system](options, batch_size, prompt_tokens)
    idle = memory_now()
    before = time.perf_counter()
    generate()
    first = time.perf_counter() - before
    processor = processor_time()
    rounds = [timed(generate) for _ in range(ROUNDS)]
    processor = processor_time() - processor
    speeds = [tokens / seconds for tokens, seconds in rounds]
    return {
        "system": system,
        "size": batch_size,
        "prompt_tokens": prompt_tokens,
        "new_tokens": options.new_tokens,
        "tokens_per_second_by_round": speeds,
        "tokens_per_second": statistics.median(speeds),
        "tokens_per_processor_second": sum(tokens for tokens, _ in rounds) / processor,
        "first_call_seconds": first,
        "idle_mebibytes": idle,
        "peak_mebibytes": max(resource.getrusage(whose).ru_maxrss for whose in WHOSE) * 1024 / MEBIBYTE,
    }


def processor_time() -> float:
    """Seconds of processor time, of this process and of those that it has started and seen end."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, WHOSE))


def memory_now() -> float | None:
    """Resident memory of this process in MiB, where the system tells."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * resource.getpagesize() / MEBIBYTE if status.exists() else None


def timed(generate: Callable[[], int]) -> tuple[int, float]:
    """Tokens and seconds of one call, from prompts to texts."""
    before = time.perf_counter()
    tokens = generate()
    return tokens, time.perf_counter() - before


def tokenizer() -> BpeTokenizer:
    """The shipped models'."""
    from alphatex_model.checkpoints import TOKENIZER
    from alphatex_model.shipped import resolve
    from alphatex_model.tokenizer import BpeTokenizer

    return BpeTokenizer.load(resolve("d8") / TOKENIZER)


def save_untrained(options: argparse.Namespace, folder: Path) -> None:
    """A model of the recipe's shape with first weights."""
    from alphatex_model import checkpoints
    from alphatex_model.gpt import GPT
    from alphatex_model.recipes import load_recipe

    model = GPT(load_recipe(options.recipe).model)
    model.initialise(torch.Generator().manual_seed(0))
    checkpoints.save(folder, model, tokenizer(), step=0, recipe={}, data_hash="", metrics={})


def ours(options: argparse.Namespace, batch_size: int, _: int) -> Callable[[], int]:
    """The public function, texts in and out, with seeds that change from call to call."""
    from alphatex_model.checkpoints import load_for_generation
    from alphatex_model.distributed import find_device
    from alphatex_model.generation import generate
    from alphatex_model.sampling import Sampling

    with TemporaryDirectory() as folder:
        save_untrained(options, Path(folder) / "model")
        loaded = load_for_generation(Path(folder) / "model", find_device(options.device))
    sampling = Sampling(options.new_tokens, TEMPERATURE, TOP_K)
    calls = iter(range(1_000_000))

    def call() -> int:
        number = next(calls)
        seeds = [number * batch_size + row for row in range(batch_size)]
        texts = generate(loaded, [PROMPT] * batch_size, seeds, sampling, batch_size=batch_size)
        return sum(text.tokens for text in texts)

    return call


def first_text(options: argparse.Namespace) -> dict[str, object]:
    """Seconds from the command to its first character, with everything imported afresh; the best of three."""
    with TemporaryDirectory() as folder:
        save_untrained(options, Path(folder) / "model")
        command = [sys.executable, "-m", "alphatex_eval", "generate", "--model", str(Path(folder) / "model")]
        command += ["--device", options.device, "--max-tokens", "32"]
        seconds = [seconds_to_first_byte(command) for _ in range(3)]
    return {"system": "ours", "size": 1, "command": "alphatex generate", "first_text_seconds": seconds}


def seconds_to_first_byte(command: list[str]) -> float:
    before = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        seconds = time.perf_counter() - before
        process.stdout.read()
    assert process.returncode == 0
    return seconds


class BareTokenizer:
    """What nanochat's engine asks of a tokenizer: ids of special tokens, here beyond what sampling can reach."""

    def get_bos_token_id(self) -> int:
        """Of no token."""
        return -1

    def encode_special(self, _: str) -> int:
        """Of no token."""
        return -1


def nanochat(options: argparse.Namespace, batch_size: int, prompt_tokens: int) -> Callable[[], int]:
    """Its engine's batch generation on a model of the same shape: one prompt, cloned."""
    from alphatex_model.recipes import load_recipe

    model = nanochat_model(options.nanochat, load_recipe(options.recipe).model)
    from nanochat.engine import Engine

    engine = Engine(model.eval(), BareTokenizer())
    prompt = list(range(1, prompt_tokens + 1))
    settings = {"max_tokens": options.new_tokens, "temperature": TEMPERATURE, "top_k": TOP_K}

    def call() -> int:
        texts, _ = engine.generate_batch(prompt, num_samples=batch_size, **settings)
        return sum(len(text) - len(prompt) for text in texts)

    return call


def line(row: dict[str, object]) -> str:
    if "first_text_seconds" in row:
        return f"first text of `{row['command']}` after {min(row['first_text_seconds']):.1f} s"
    speed = f"{row['tokens_per_second']:12,.0f} tokens/s"
    return f"{row['system']:10} batch {row['size']:4} {speed}  {row['peak_mebibytes']:6,.0f} MiB at most"


if __name__ == "__main__":
    main()
