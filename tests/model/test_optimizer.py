"""Muon's directions, AdamW's first step, and the schedule."""

import pytest
import torch

from alphatex_model.gpt import GPT
from alphatex_model.optimizer import Optimizer, learning_rate_factor, polar_factor
from alphatex_model.recipes import TrainingPlan
from alphatex_model.shape import GPTConfig
from tests.model.conftest import SHAPE


def plan(**settings):
    return TrainingPlan(
        **{"steps": 100, "batch_tokens": 32, "micro_batch_tokens": 32, "checkpoint_steps": (100,), **settings}
    )


def with_gradients(shape=SHAPE):
    torch.manual_seed(0)
    model = GPT(shape)
    model.initialise(torch.Generator().manual_seed(0))
    for weight in model.parameters():
        weight.grad = torch.randn_like(weight)
    return model


def test_the_polar_factor_has_singular_values_near_one():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(polar_factor(torch.randn(5, 40, 24)))

    assert values.min() > 0.6
    assert values.max() < 1.3


def test_the_rate_rises_stays_and_falls_to_zero():
    course = plan(warmup_steps=10, warmdown_ratio=0.5)
    factors = [learning_rate_factor(torch.tensor(float(step)), course).item() for step in range(101)]

    assert factors[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert factors[10:51] == [1.0] * 41
    assert factors[75] == pytest.approx(0.5)
    assert factors[100] == 0


def test_without_warm_up_the_first_step_is_a_full_one():
    assert learning_rate_factor(torch.tensor(0.0), plan()).item() == 1


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_every_weight_moves(groups):
    model = with_gradients(GPTConfig(3, 32, 4, groups, vocab_size=320, sequence_len=32))
    before = [weight.clone() for weight in model.parameters()]
    Optimizer(model, plan()).step()

    assert all(((new - old) != 0).float().mean() > 0.99 for new, old in zip(model.parameters(), before, strict=True))


def test_muon_treats_every_matrix_of_a_stack_by_itself():
    """Scaling one layer's gradient changes no other layer's update, nor, as Muon has no scale, its own."""
    moved = []
    for factor in (1.0, 100.0):
        model = with_gradients()
        model.qkv.grad[1] *= factor
        before = model.qkv.detach().clone()
        Optimizer(model, plan()).step()
        moved.append(model.qkv.detach() - before)

    assert torch.allclose(moved[0], moved[1], atol=1e-4)


def test_a_matrix_stored_lying_is_updated_as_its_transpose_would_be():
    model = with_gradients()
    model.mlp_out.grad = model.mlp_in.grad.mT.contiguous()
    with torch.no_grad():
        model.mlp_in.zero_()
        model.mlp_out.zero_()
    Optimizer(model, plan()).step()

    assert torch.allclose(model.mlp_in, 2 * model.mlp_out.mT, atol=1e-5)  # widening matrices take steps twice as long


def test_the_first_step_of_adam_moves_every_entry_by_its_rate():
    model = with_gradients()
    before = model.embedding.detach().clone()
    Optimizer(model, plan(embedding_lr=0.3)).step()
    rate = 0.3 * (SHAPE.n_embd / 768) ** -0.5

    assert torch.allclose((model.embedding - before).abs(), torch.full_like(before, rate), rtol=1e-3)


def test_weight_decay_only_shrinks_where_the_update_agrees():
    updates = []
    for decay in (0.0, 0.5):
        model = with_gradients()
        before = model.mlp_in.detach().clone()
        Optimizer(model, plan(weight_decay=decay)).step()
        updates.append(model.mlp_in.detach() - before)
    extra = updates[1] - updates[0]

    assert ((extra == 0) | (updates[0] * extra > 0)).all()
    assert 0.2 < (extra != 0).float().mean() < 0.8
