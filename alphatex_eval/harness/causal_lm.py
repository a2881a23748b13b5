"""Causal language models of Hugging Face `transformers` as generators: `transformers:NAME_OR_FOLDER[@REVISION]`.

Sampling adds Gumbel noise to the scores of the allowed tokens and takes the highest, which draws from their softmax
exactly (Maddison, Tarlow and Minka, "A* Sampling", 2014). Every sample has a noise source of its own, so that its text
does not hang on what else is in the batch, and the library's own `generate` does the rest.
"""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import extra
from alphatex_eval.harness.generators import Completion, Request, failure
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from alphatex_eval.harness.suites import Sampling

BATCH_SIZE = {"cpu": 16, "cuda": 64}
SAVED = ("*.safetensors", "pytorch_model*.bin", "*.json", "*.model", "*.txt")
"""The files that decide what a saved model writes: weights, configuration, tokenizer."""
STATE = "trainer_state.json"


class SavedModel:
    """A model of the Hub, or in a folder as `save_pretrained` and `Trainer` write them.

    It is loaded when it is asked and let go afterwards, so that many can be named in one run. A trainer's checkpoint
    has its step and its run's folder name in its identity. Raises HarnessError without the extra `transformers`, and
    what the library raises where there is no such model.
    """

    def __init__(self, model: str, revision: str | None = None, *, batch_size: int | None = None) -> None:
        with extra("transformers"):
            import torch
            from transformers import AutoConfig
            from transformers.utils import logging
        self._model = model
        self._revision = revision
        self._batch_size = batch_size
        logging.disable_progress_bar()  # the harness shows its own
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._config = AutoConfig.from_pretrained(model, revision=revision)
        self._folder = Path(model) if Path(model).is_dir() else None
        self.name = model if self._folder is None else _label(self._folder)

    def identity(self) -> dict[str, object]:
        """The Hub's commit or the hash of the folder's files, and where the arithmetic runs."""
        found: dict[str, object] = {"generator": "transformers", "arithmetic": f"{self._device} {self._config.dtype}"}
        if self._folder is None:
            return {**found, "model": self._model, "revision": self._config._commit_hash}
        return {**found, "files": _files_hash(self._folder), **_place(self._folder)}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion a request, in order."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(self._model, revision=self._revision)
        model = AutoModelForCausalLM.from_pretrained(self._model, revision=self._revision, dtype="auto")
        yield from complete(model.to(self._device), tokenizer, requests, self._batch_size)


class LiveModel:
    """A model in training, asked where it stands: put back into training mode afterwards."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        series: str,
        step: int,
        batch_size: int | None = None,
    ) -> None:
        self.name = f"{series}@{step}"
        self._model = model
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._place: dict[str, object] = {"series": series, "step": step}

    def identity(self) -> dict[str, object]:
        """A hash of weights and vocabulary, and the place on the learning curve."""
        vocabulary = json.dumps(self._tokenizer.get_vocab(), sort_keys=True)
        return {
            "generator": "transformers",
            "weights": _weights_hash(self._model.state_dict()),
            "vocabulary": hashlib.sha256(vocabulary.encode()).hexdigest(),
            "arithmetic": f"{self._model.device.type} {self._model.dtype}",
            **self._place,
        }

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion a request, in order."""
        training = self._model.training
        try:
            yield from complete(self._model, self._tokenizer, requests, self._batch_size)
        finally:
            self._model.train(training)


def complete(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[Request],
    batch_size: int | None = None,
) -> Iterator[Completion]:
    """One completion a request, in order; one that does not fit the model's context fails."""
    model.eval()
    size = batch_size or BATCH_SIZE.get(model.device.type, BATCH_SIZE["cpu"])
    for sampling, group in groupby(requests, lambda request: request.sampling):
        asked = list(group)
        for start in range(0, len(asked), size):
            yield from _batch(model, tokenizer, asked[start : start + size], sampling)


def saved_model(reference: str) -> SavedModel:
    """The model `NAME_OR_FOLDER` or `NAME@REVISION`."""
    if Path(reference).exists():
        return SavedModel(reference)
    model, _, revision = reference.partition("@")
    return SavedModel(model, revision or None)


def _batch(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, requests: Sequence[Request], sampling: Sampling
) -> Iterator[Completion]:
    limit = getattr(model.config, "max_position_embeddings", None)
    prompts = [tokenizer(request.prompt.text)["input_ids"] for request in requests]
    fits = [limit is None or len(prompt) + sampling.max_tokens <= limit for prompt in prompts]
    chosen = [(request, prompt) for request, prompt, fit in zip(requests, prompts, fits, strict=True) if fit]
    answers = iter(_tokens(model, [prompt for _, prompt in chosen], [r.seed for r, _ in chosen], sampling))
    for request, prompt, fit in zip(requests, prompts, fits, strict=True):
        if not fit:
            asked = f"the prompt's {len(prompt)} tokens and {sampling.max_tokens} more"
            yield failure(request, f"{asked} do not fit the model's context of {limit}")
            continue
        tokens, reason = next(answers)
        yield Completion(id=request.id, text=_continuation(tokenizer, prompt, tokens), finish_reason=reason)


def _tokens(
    model: PreTrainedModel, prompts: Sequence[list[int]], seeds: Sequence[int], sampling: Sampling
) -> list[tuple[list[int], FinishReason]]:
    """The tokens after each prompt, without the one that ends the text, and why they end."""
    import torch

    if not prompts:
        return []
    ends = _ends(model)
    longest = max(map(len, prompts))
    rows = [[ends[0] if ends else 0] * (longest - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    own, model.generation_config = model.generation_config, _settings(sampling, ends)
    try:
        made = model.generate(
            torch.tensor(rows, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            logits_processor=[_sampler(sampling, seeds)] if sampling.temperature else [],
        )
    finally:
        model.generation_config = own
    return [_ended(row, ends) for row in made[:, longest:].tolist()]


def _settings(sampling: Sampling, ends: Sequence[int]) -> Any:
    """The likeliest token of what `_sampler` left: none of the model's own sampling settings is at work."""
    from transformers import GenerationConfig

    return GenerationConfig(
        do_sample=False,
        max_new_tokens=sampling.max_tokens,
        eos_token_id=list(ends) or None,
        pad_token_id=ends[0] if ends else 0,
    )


def _sampler(sampling: Sampling, seeds: Sequence[int]) -> Any:
    """Leaves each row one token, drawn with the row's own noise from its `top_k` likeliest (0: all)."""
    import torch
    from transformers import LogitsProcessor

    sources = [torch.Generator().manual_seed(seed) for seed in seeds]

    class Sampler(LogitsProcessor):  # type: ignore[misc]
        def __call__(self, _tokens: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            count = min(sampling.top_k or scores.shape[1], scores.shape[1])
            best, tokens = (scores.float() / sampling.temperature).topk(count)
            even = torch.stack([torch.rand(count, generator=source) for source in sources])
            picks = (best - (-even.log()).log().to(best.device)).argmax(dim=1, keepdim=True)
            return torch.full_like(scores, -torch.inf).scatter(1, tokens.gather(1, picks), 0.0)

    return Sampler()


def _ends(model: PreTrainedModel) -> list[int]:
    """The tokens that end a text."""
    found = getattr(model.generation_config, "eos_token_id", None)
    return [] if found is None else list(found) if isinstance(found, list) else [found]


def _ended(tokens: list[int], ends: Sequence[int]) -> tuple[list[int], FinishReason]:
    for place, token in enumerate(tokens):
        if token in ends:
            return tokens[:place], FinishReason.STOP
    return tokens, FinishReason.LENGTH


def _continuation(tokenizer: PreTrainedTokenizerBase, prompt: list[int], tokens: list[int]) -> str:
    """The text that the tokens add: some tokenizers drop a blank at the start of what they decode."""

    def decoded(some: list[int]) -> str:
        return str(tokenizer.decode(some, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    head, whole = decoded(prompt), decoded(prompt + tokens)
    return whole.removeprefix(head) if whole.startswith(head) else decoded(tokens)


def _label(folder: Path) -> str:
    """The folder's name, with its parent's where it says no more than that it is a checkpoint."""
    path = folder.resolve()
    return f"{path.parent.name}/{path.name}" if path.name.startswith("checkpoint-") else path.name


def _place(folder: Path) -> dict[str, object]:
    """Where a trainer's checkpoint lies on its learning curve."""
    state = folder / STATE
    if not state.is_file():
        return {}
    step = json.loads(state.read_text(encoding="utf-8"))["global_step"]
    return {"series": folder.resolve().parent.name, "step": step}


def _files_hash(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted({path for pattern in SAVED for path in folder.glob(pattern)} - {folder / STATE}):
        found.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def _weights_hash(weights: dict[str, torch.Tensor]) -> str:
    import torch

    found = hashlib.sha256()
    for name, tensor in weights.items():
        found.update(f"{name}\0{tuple(tensor.shape)}\0{tensor.dtype}\0".encode())
        found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
