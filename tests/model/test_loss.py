"""The loss computed piece by piece is the loss, and so are its gradients."""

import pytest
import torch
import torch.nn.functional as F

from alphatex_model import loss
from alphatex_model.gpt import GPT, soft_cap
from tests.model.conftest import SHAPE

ROWS = (loss.CHUNK_ROWS + 40) // SHAPE.sequence_len + 1


@pytest.fixture
def batch():
    """More tokens than one chunk, and not a multiple of it."""
    random = torch.Generator().manual_seed(3)
    tokens = torch.randint(SHAPE.vocab_size, (ROWS, SHAPE.sequence_len), generator=random)
    return tokens[:, :-1], tokens[:, 1:]


def loss_and_gradients(function, model, batch):
    model.zero_grad()
    value = function(model, *batch)
    (value / 2).backward()
    return value.detach(), [weight.grad for weight in model.parameters()]


def test_chunks_give_the_loss_and_all_gradients_of_the_definition(model, batch):
    expected, gradients = loss_and_gradients(loss.plain, model, batch)
    value, found = loss_and_gradients(loss.chunked, model, batch)

    assert torch.allclose(value, expected, rtol=1e-6)
    assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-7) for a, b in zip(found, gradients, strict=True))


def test_in_bfloat16_both_are_as_near_to_the_truth(model, batch):
    """Measured by the gradient of all weights, against that in float32."""
    half = GPT(SHAPE, torch.bfloat16)
    half.load_state_dict(model.state_dict())
    truth = torch.cat([each.flatten() for each in loss_and_gradients(loss.plain, model, batch)[1]])
    errors = []
    for function in (loss.plain, loss.chunked):
        found = torch.cat([each.flatten() for each in loss_and_gradients(function, half, batch)[1]])
        errors.append(float((found - truth).norm() / truth.norm()))

    assert errors[1] < 1.2 * errors[0] < 0.1


def test_the_losses_of_single_tokens_are_those_whose_mean_is_the_loss(model, batch):
    inputs, targets = batch
    with torch.no_grad():
        logits = soft_cap(model(inputs)).flatten(0, 1)
    expected = F.cross_entropy(logits, targets.flatten(), reduction="none").view_as(targets)

    assert torch.allclose(loss.token_losses(model, inputs, targets), expected, atol=1e-5)
