"""What the two speed benchmarks share: a process for each measurement, nanochat's model, the machine's description."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

import alphatex_model  # noqa: F401 - says how threads wait in the processes that are started below

if TYPE_CHECKING:
    from alphatex_model.shape import GPTConfig

SHAPE_NAMES = ("n_layer", "n_head", "n_kv_head", "n_embd", "vocab_size", "sequence_len")


def add_options(parser: argparse.ArgumentParser, script: str) -> None:
    """The options that both have."""
    parser.add_argument("--recipe", default="d8_depth")
    parser.add_argument("--nanochat", type=Path, help="a checkout of https://github.com/karpathy/nanochat")
    parser.add_argument("--out", type=Path, default=Path(script).with_name("results.json"))
    parser.add_argument("--only", help=argparse.SUPPRESS)


def alone(module: str, system: str, option: str, size: int) -> dict[str, Any]:
    """One measurement in a fresh process, with the options of this one; its last line of output is the row.

    Nothing compiled or cached by one measurement helps another.
    """
    command = [sys.executable, "-m", module, *sys.argv[1:], "--only", system, option, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        return {"system": system, "size": size, "error": last}
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def nanochat_model(checkout: Path, shape: GPTConfig) -> Any:
    """Its GPT of that shape with full attention windows, on the GPU, with first weights as it draws them."""
    sys.path.insert(0, str(checkout))
    for name in ("rustbpe", "tiktoken"):  # what its tokenizers need, and they are not asked for anything here
        if find_spec(name) is None:
            sys.modules[name] = ModuleType(name)
    from nanochat.gpt import GPT, GPTConfig

    config = GPTConfig(**{name: getattr(shape, name) for name in SHAPE_NAMES}, window_pattern="L")
    with torch.device("meta"):
        model = GPT(config)
    model.to_empty(device="cuda")
    model.init_weights()
    return model


def write_report(out: Path, recipe: str, checkout: Path | None, rows: list[dict[str, Any]]) -> None:
    """The results file of both."""
    report = {"schema": 1, "recipe": recipe, "environment": environment(checkout), "rows": rows}
    out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def environment(checkout: Path | None) -> dict[str, str | int | None]:
    """Device, libraries and nanochat's commit."""
    on_gpu = torch.cuda.is_available()
    return {
        "device": torch.cuda.get_device_name() if on_gpu else _processor(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda if on_gpu else None,
        "nanochat_commit": _commit(checkout) if checkout else None,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in _lines(info) if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _commit(checkout: Path) -> str | None:
    """Of a git checkout, or as a file COMMIT in a plain copy says, which may lie in a checkout of something else."""
    asked = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    said = next(iter(_lines(checkout / "COMMIT")), None)
    return said or subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None
