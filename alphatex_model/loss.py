"""The loss: cross-entropy of the next token, under soft-capped logits.

`plain` is the definition. `fused` is for GPUs: one kernel reads the logits once and leaves their gradient in their
place. `chunked` is for the CPU: it computes the loss and its gradients for a few rows of logits at a time, while they
lie in the core's cache, and never holds all. Both have the gradients before anybody asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F

from alphatex_model.gpt import SOFT_CAP, soft_cap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from alphatex_model.gpt import GPT

CHUNK_ROWS = 128


def plain(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy in nats of `targets` after `inputs`, both (rows, tokens)."""
    return F.cross_entropy(soft_cap(model(inputs)).flatten(0, 1), targets.flatten())


def fused(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """As `plain`, on a GPU with Triton."""
    hidden = model.read(inputs).flatten(0, 1)
    loss: Tensor = _Fused.apply(hidden, model.unembedding, targets.flatten())  # type: ignore[no-untyped-call]
    return loss


def chunked(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """As `plain`, without ever holding all logits."""
    hidden = model.read(inputs).flatten(0, 1)
    loss: Tensor = _Chunked.apply(hidden, model.unembedding, targets.flatten())  # type: ignore[no-untyped-call]
    return loss


@torch.inference_mode()
def token_losses(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of every target by itself, in nats, shaped as `targets`."""
    hidden, weight = model.read(inputs).flatten(0, 1), model.unembedding.to(model.dtype)
    return torch.cat([chunk.losses() for chunk in _chunks(hidden, weight, targets.flatten())]).view_as(targets)


class _Chunk(NamedTuple):
    """Some rows: final hidden states (rows, width), targets (rows,), and logits under way (rows, vocabulary).

    `squashed` is tanh(logits / cap), float32; `exponentials` is room for as many numbers.
    """

    hidden: Tensor
    targets: Tensor
    squashed: Tensor
    exponentials: Tensor

    def losses(self) -> Tensor:
        """Leaves exp(capped logits) in `exponentials`; no maximum is taken off first, as they are less than 15."""
        torch.mul(self.squashed, SOFT_CAP, out=self.exponentials).exp_()
        hits = self.squashed.gather(1, self.targets[:, None]).squeeze(1)
        return self.exponentials.sum(1).log() - SOFT_CAP * hits

    def gradient(self) -> Tensor:
        """Of the sum of `losses`, just called, by the logits before the cap; in place of the chunk's numbers."""
        shares = self.exponentials.div_(self.exponentials.sum(1, keepdim=True))
        shares[torch.arange(len(shares), device=shares.device), self.targets] -= 1
        return shares.addcmul_(shares, self.squashed.square_(), value=-1)


def _chunks(hidden: Tensor, weight: Tensor, targets: Tensor) -> Iterator[_Chunk]:
    """All rows, a few at a time, in memory that is used again and again: fresh pages cost more than arithmetic."""
    logits = hidden.new_empty(CHUNK_ROWS, len(weight))
    squashed, exponentials = (torch.empty(logits.shape, device=logits.device) for _ in range(2))
    for rows, aims in zip(torch.split(hidden, CHUNK_ROWS), torch.split(targets, CHUNK_ROWS), strict=True):
        count = len(rows)
        torch.mm(rows, weight.mT, out=logits[:count])
        torch.mul(logits[:count], 1 / SOFT_CAP, out=squashed[:count]).tanh_()
        yield _Chunk(rows, aims, squashed[:count], exponentials[:count])


class _Mean(torch.autograd.Function):
    """The mean loss of final hidden states (n, width), unembedding (vocabulary, width) and targets (n,).

    Forward computes the gradients of the sum as well; backward has only to scale them.
    """

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        by_hidden, by_weight = ctx.saved_tensors
        scale = gradients[0] / len(by_hidden)
        return by_hidden * scale.to(by_hidden.dtype), by_weight * scale, None


class _Chunked(_Mean):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, unembedding: Tensor, targets: Tensor) -> Tensor:
        weight = unembedding.to(hidden.dtype)
        total, by_hidden, by_weight = hidden.new_zeros((), dtype=torch.float32), [], torch.zeros_like(unembedding)
        part = torch.empty_like(weight)
        for chunk in _chunks(hidden, weight, targets):
            total += chunk.losses().sum()
            gradient = chunk.gradient().to(hidden.dtype)
            by_hidden.append(gradient @ weight)
            by_weight += torch.mm(gradient.mT, chunk.hidden, out=part)
        ctx.save_for_backward(torch.cat(by_hidden), by_weight)
        return total / len(targets)


class _Fused(_Mean):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, unembedding: Tensor, targets: Tensor) -> Tensor:
        from alphatex_model.kernels import capped_losses_

        weight = unembedding.to(hidden.dtype)
        logits = hidden @ weight.mT
        losses = capped_losses_(logits, targets, SOFT_CAP)
        ctx.save_for_backward(logits @ weight, logits.mT @ hidden)
        return losses.mean()
