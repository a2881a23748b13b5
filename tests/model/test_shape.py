"""The sizes of the February report's models, and what a shape may not be."""

import pytest

from alphatex_model.errors import ModelError
from alphatex_model.gpt import GPT
from alphatex_model.recipes import load_recipe
from alphatex_model.shape import GPTConfig, count_parameters


@pytest.mark.parametrize(
    ("recipe", "layers", "width", "millions"),
    [("d4_baseline", 4, 128, "4.98"), ("d8_depth", 8, 256, "18.87"), ("d6_wide", 6, 384, "26.35")],
)
def test_the_reports_models_have_exactly_their_parameter_counts(recipe, layers, width, millions):
    count = count_parameters(load_recipe(recipe).model).total

    assert count == 12 * layers * width**2 + 2 * 8192 * width + layers // 2 * 8192 * width
    assert f"{count / 1e6:.2f}" == millions


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (4, 1)])
def test_counting_from_the_shape_agrees_with_the_built_model(heads, groups):
    config = GPTConfig(n_layer=5, n_embd=64, n_head=heads, n_kv_head=groups, vocab_size=300, sequence_len=16)
    count = count_parameters(config)

    assert count.total + count.gates == sum(weight.numel() for weight in GPT(config).parameters())


def test_sharing_keys_and_values_makes_the_model_and_its_cache_smaller():
    shared, own = (GPTConfig(4, 64, n_head=4, n_kv_head=groups, vocab_size=300) for groups in (1, 4))

    assert count_parameters(own).matrices - count_parameters(shared).matrices == 4 * 2 * 64 * 48
    assert own.kv_dim == 4 * shared.kv_dim


def test_value_embeddings_sit_on_every_second_layer_counted_from_the_last():
    assert GPTConfig(4, 64, 4, 4).value_layers == (1, 3)
    assert GPTConfig(5, 64, 4, 4).value_layers == (0, 2, 4)


@pytest.mark.parametrize(
    ("width", "heads", "groups", "complaint"),
    [(66, 4, 4, "cannot be cut into 4 heads"), (64, 4, 3, "not a multiple of n_kv_head 3"), (16, 4, 4, "less than 32")],
)
def test_an_impossible_shape_is_refused(width, heads, groups, complaint):
    with pytest.raises(ModelError, match=complaint):
        GPTConfig(4, width, heads, groups)
