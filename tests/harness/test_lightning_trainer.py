"""Early stopping in the real Lightning trainer, on a table of which character follows which."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from alphatex_eval.harness.early_stopping import EarlyStopping, Evaluation
from alphatex_eval.harness.generators import Completion, Request
from alphatex_eval.harness.hooks import EarlyStoppingHook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BAR = ":4 3.3 3.3 3.3 3.3 |"
LETTERS = sorted(set(BAR) | set("0123456789."))
RULE = EarlyStopping(patience=2, min_bits=0.05)


def bigram_module() -> Any:
    import pytorch_lightning
    import torch
    from torch import nn

    class Bigrams(pytorch_lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.table = nn.Embedding(len(LETTERS), len(LETTERS))

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            return nn.functional.cross_entropy(self.table(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())

        def training_step(self, batch: torch.Tensor, _index: int) -> torch.Tensor:
            return self.loss(batch)

        def validation_step(self, batch: torch.Tensor, _index: int) -> None:
            self.log("val_bits_per_byte", self.loss(batch) / torch.log(torch.tensor(2.0)))

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.1)

    return Bigrams()


class LikeliestLetters:
    """Continues with the likeliest letter, twelve times."""

    def __init__(self, module: Any, step: int) -> None:
        self.name = f"bigrams@{step}"
        self._table = module.table.weight.detach()
        self._step = step

    def identity(self) -> dict[str, object]:
        return {"series": "bigrams", "step": self._step, "table": f"{self._table.double().sum().item():.9f}"}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        for request in requests:
            text = request.prompt.text
            for _ in range(12):
                text += LETTERS[int(self._table[LETTERS.index(text[-1])].argmax())]
            yield Completion(id=request.id, text=text.removeprefix(request.prompt.text))


@pytest.fixture
def hook(suite, rubric, out: Path) -> EarlyStoppingHook:
    return EarlyStoppingHook(suite.resampled(samples=1), rubric, out, RULE)


def fit(folder: Path, hook: EarlyStoppingHook, epochs: int, resume: str | None = None) -> Any:
    """Train for some epochs of five steps, saving every one of them."""
    import pytorch_lightning
    import torch
    from pytorch_lightning.callbacks import ModelCheckpoint
    from torch.utils.data import DataLoader

    from alphatex_eval.integrations.lightning import EarlyStoppingCallback

    data = torch.tensor([[LETTERS.index(letter) for letter in BAR]] * 10)
    saver = ModelCheckpoint(folder, filename="{epoch}", save_top_k=-1)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = pytorch_lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", callbacks=[EarlyStoppingCallback(hook, LikeliestLetters), saver], **quiet
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about workers and intervals that matter to real data
        trainer.fit(bigram_module(), DataLoader(data, 2), DataLoader(data, 10), ckpt_path=resume)
    return trainer


def test_training_ends_early_and_leaves_the_best_checkpoint(hook: EarlyStoppingHook, out: Path, tmp_path: Path) -> None:
    import torch

    trainer = fit(tmp_path / "whole", hook, 60)
    steps = [found.step for found in hook.decisions]
    assert steps == list(range(5, steps[-1] + 1, 5))
    assert hook.decisions[-1].stop
    assert trainer.global_step == steps[-1] < 300
    kept = torch.load(out / "model_best.ckpt", weights_only=False)
    assert kept["global_step"] == hook.decisions[-1].best_step < steps[-1]


def test_training_resumed_from_a_checkpoint_decides_as_an_undisturbed_one(
    suite, rubric, hook: EarlyStoppingHook, tmp_path: Path
) -> None:
    fit(tmp_path / "whole", hook, 60)
    epochs = len(hook.decisions)
    first = EarlyStoppingHook(suite.resampled(samples=1), rubric, tmp_path / "first", RULE)
    fit(tmp_path / "parts", first, epochs - 2)
    second = EarlyStoppingHook(suite.resampled(samples=1), rubric, tmp_path / "second", RULE)
    fit(tmp_path / "parts", second, 60, resume=str(tmp_path / f"parts/epoch={epochs - 3}.ckpt"))
    assert second.decisions == hook.decisions[-3:]


def test_only_the_first_process_takes_up_the_memory(
    hook: EarlyStoppingHook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytorch_lightning.utilities import rank_zero_only

    from alphatex_eval.integrations.lightning import EarlyStoppingCallback

    decision = RULE.update(Evaluation(step=5, prompts=()))
    state = {"decision": decision.model_dump_json()}
    monkeypatch.setattr(rank_zero_only, "rank", 1, raising=False)
    EarlyStoppingCallback(hook, LikeliestLetters).load_state_dict(state)
    assert hook.decision is None
    monkeypatch.setattr(rank_zero_only, "rank", 0)
    EarlyStoppingCallback(hook, LikeliestLetters).load_state_dict(state)
    assert hook.decision == decision
