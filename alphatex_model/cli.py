"""The model's commands. Everything heavy is imported when a command runs."""

from __future__ import annotations

import json
import math
import sys
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alphatex_eval.harness.errors import HarnessError
from alphatex_model.errors import ModelError
from alphatex_model.recipes import PRECISIONS, adjusted, load_recipe, recipe_names
from alphatex_model.shape import count_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from alphatex_model.generation import Generation
    from alphatex_model.recipes import Recipe
    from alphatex_model.tensorboard import TensorBoard
    from alphatex_model.training import OnCheckpoint
    from alphatex_model.weights import Form

DEVICES = click.Choice(["auto", "cpu", "cuda"])
FOLDER = click.Path(file_okay=False, path_type=Path)


class UsageFailure(click.ClickException):
    """One line on standard error, exit status 2."""

    exit_code = 2


@contextmanager
def one_line_errors(extra: str = "model") -> Iterator[None]:
    """What the user can put right is said in one line; a missing package names the `extra` that brings it."""
    try:
        yield
    except (ModelError, HarnessError) as error:
        raise UsageFailure(str(error)) from error
    except ModuleNotFoundError as error:
        raise UsageFailure(f"needs {error.name}: pip install 'alphatex-eval[{extra}]'") from error


def __getattr__(name: str) -> click.Command:
    """`data` and `bench`, from the modules that own them."""
    homes = {"data": "alphatex_model.data.cli", "bench": "alphatex_model.bench"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    command: click.Command = getattr(import_module(homes[name]), name)
    return command


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recipes(as_json: bool) -> None:
    """List the training recipes with their exact parameter counts."""
    with one_line_errors():
        rows = [_recipe_row(load_recipe(name)) for name in recipe_names()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        millions = f"{row['parameters'] / 1e6:.2f} M"
        click.echo(f"{row['name']:12} {millions:>8}  {row['training']['steps']:6} steps  {row['summary']}")


def _recipe_row(recipe: Recipe) -> dict[str, Any]:
    count = count_parameters(recipe.model)
    return {**recipe.to_json(), "parameters": count.total, "gate_parameters": count.gates}


@click.command()
@click.argument("recipe")
@click.option(
    "--data", type=FOLDER, required=True, help="Folder with tunes.parquet, as `alphatex data build` makes it."
)
@click.option("--out", type=FOLDER, required=True, help="Folder for checkpoints and metrics.")
@click.option("--resume", is_flag=True, help="Go on after the newest checkpoint in --out.")
@click.option("--device", type=DEVICES, default="auto", show_default=True)
@click.option("--steps", type=click.IntRange(min=1), help="Training steps.  [default: the recipe's]")
@click.option("--seed", type=click.IntRange(min=0), help="First weights and order of batches.  [default: the recipe's]")
@click.option("--precision", type=click.Choice(PRECISIONS), help="Of matrix products.  [default: the recipe's]")
@click.option("--tensorboard", is_flag=True, help="Also write curves for TensorBoard to --out/tensorboard.")
@click.option("--judge", "suite", help="Judge checkpoints on this suite under the rubric strict, and stop early.")
@click.option(
    "--patience", type=click.IntRange(min=1), default=5, show_default=True, help="Of --judge, in checkpoints."
)
def train(
    recipe: str,
    data: Path,
    out: Path,
    resume: bool,
    device: str,
    tensorboard: bool,
    suite: str | None,
    patience: int,
    **settings: Any,
) -> None:
    """Train RECIPE, a name from `alphatex recipes` or a TOML file.

    Several GPUs: `torchrun --nproc-per-node N --no-python alphatex train RECIPE …`.
    """
    with one_line_errors():
        from alphatex_model.data.shards import prepare
        from alphatex_model.distributed import joined
        from alphatex_model.progress import TrainingBar
        from alphatex_model.training import train as run

        plan = adjusted(load_recipe(recipe), **settings)
        with ExitStack() as stack:
            processes = stack.enter_context(joined(device))
            shards = processes.in_turn(lambda: prepare(data, plan.model.vocab_size))
            watchers: list[Any] = [TrainingBar(plan, quiet=not processes.is_first)]
            if tensorboard and processes.is_first:
                watchers.append(_tensorboard(out / "tensorboard"))
            judges = [_judge(suite, patience, out / "looks", device)] if suite and processes.is_first else []
            for watcher in watchers:
                stack.enter_context(watcher)
            outcome = run(
                plan,
                shards,
                out,
                processes=processes,
                resume=resume,
                on_start=_each(watcher.on_start for watcher in watchers),
                on_report=_each(watcher.on_report for watcher in watchers),
                on_checkpoint=_each([*(watcher.on_checkpoint for watcher in watchers), *judges]),
            )
    if processes.is_first:
        click.echo(str(outcome.checkpoints[-1]))


def _each(calls: Iterable[Callable[..., bool | None]]) -> Callable[..., Any]:
    """All of `calls` as one; true if one of them says so."""
    listed = list(calls)

    def call_all(*arguments: object) -> bool:
        answers = [call(*arguments) for call in listed]
        return any(answers)

    return call_all


def _judge(suite: str, patience: int, folder: Path, device: str) -> OnCheckpoint:
    """Early stopping by the score."""
    with one_line_errors("stats"):
        from alphatex_eval.harness.early_stopping import EarlyStopping
        from alphatex_eval.harness.hooks import EarlyStoppingHook
        from alphatex_eval.harness.suites import load_suite
        from alphatex_eval.rubrics import load_rubric
        from alphatex_model.early_stopping import judge_checkpoints

        rule = EarlyStopping(patience=patience)
        return judge_checkpoints(EarlyStoppingHook(load_suite(suite), load_rubric("strict"), folder, rule), device)


def _tensorboard(folder: Path) -> TensorBoard:
    with one_line_errors("tensorboard"):
        from alphatex_model.tensorboard import TensorBoard

        return TensorBoard(folder)


@click.command()
@click.argument("checkpoint")
@click.option("--out", type=FOLDER, required=True, help="New folder for the copy.")
@click.option(
    "--weights", "form", type=click.Choice(["float32", "bfloat16", "int8"]), default="int8", show_default=True
)
@click.option("--piece", type=click.FloatRange(min=0.001), default=10, show_default=True, help="Largest file in MB.")
def pack(checkpoint: str, out: Path, form: Form, piece: float) -> None:
    """Copy a checkpoint for shipping: small weights in small files, nothing to resume from.

    CHECKPOINT is a checkpoint, or a run folder for its newest checkpoint.
    """
    with one_line_errors():
        from alphatex_model import checkpoints, shipped

        if out.exists():
            raise ModelError(f"{out}: already exists; choose a new folder")
        source = shipped.resolve(checkpoint)
        try:
            record = checkpoints.export(source, out, form, round(piece * 1e6))
        except OSError as error:
            raise ModelError(f"{out}: cannot be written ({error.strerror})") from error
    size = sum((out / name).stat().st_size for name in record.weights)
    click.echo(f"{out}: {size / 1e6:.1f} MB in {len(record.weights)} file{'s' if len(record.weights) > 1 else ''}")


@click.command()
@click.option("--model", default="d8", show_default=True, help="A shipped model's name, a checkpoint, or a run folder.")
@click.option("--prompt", "prompts", multiple=True, default=[""], help="Text to continue; may be given several times.")
@click.option("-n", "samples", type=click.IntRange(min=1), default=1, show_default=True, help="Samples of each prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=256, show_default=True)
@click.option("--temperature", type=click.FloatRange(min=0), default=0.8, show_default=True)
@click.option("--top-k", type=click.IntRange(min=0), default=50, show_default=True, help="0 keeps all tokens.")
@click.option("--top-p", type=click.FloatRange(min=0, max=1, min_open=True), default=1.0, show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the first sample; the next has the next.",
)
@click.option("--device", type=DEVICES, default="auto", show_default=True)
@click.option("--jsonl", is_flag=True, help="One JSON object a line: prompt, completion, finish_reason, seed.")
def generate(
    model: str, prompts: tuple[str, ...], samples: int, seed: int, device: str, jsonl: bool, **settings: Any
) -> None:
    """Continue prompts with a trained model."""
    with one_line_errors():
        from alphatex_model import checkpoints, shipped
        from alphatex_model.distributed import find_device
        from alphatex_model.generation import generate as draw
        from alphatex_model.sampling import Sampling

        for prompt in prompts:
            _check_text(prompt)
        _check_finite(settings)
        loaded = checkpoints.load_for_generation(shipped.resolve(model), find_device(device))
        wanted = [prompt for prompt in prompts for _ in range(samples)]
        seeds = [seed + number for number in range(len(wanted))]
        stream = None if jsonl or len(wanted) > 1 else _streamer(wanted[0])
        texts = draw(loaded, wanted, seeds, Sampling(**settings), on_text=stream)
        for text, own_seed in zip(texts, seeds, strict=True):
            _print(text, own_seed, jsonl=jsonl, streamed=stream is not None)


def _check_text(prompt: str) -> None:
    """Bytes that the terminal's encoding cannot read arrive as lone surrogates."""
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise ModelError(f"--prompt is not UTF-8 at its character {error.start + 1}") from None


def _check_finite(settings: dict[str, float]) -> None:
    for name, value in settings.items():
        if not math.isfinite(value):
            raise ModelError(f"--{name.replace('_', '-')} must be a finite number, not {value}")


def _streamer(prompt: str) -> Callable[[int, str], None]:
    """Prints a single text while it is made."""
    click.echo(prompt, nl=False)

    def on_text(_: int, text: str) -> None:
        click.echo(text, nl=False)
        sys.stdout.flush()

    return on_text


def _print(text: Generation, seed: int, *, jsonl: bool, streamed: bool) -> None:
    if jsonl:
        reason = text.finish_reason.value
        row = {"prompt": text.prompt, "completion": text.completion, "finish_reason": reason, "seed": seed}
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        click.echo("" if streamed else f"{text.prompt}{text.completion}\n")
