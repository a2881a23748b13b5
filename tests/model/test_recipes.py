"""Recipes are data that a person can read and break."""

from dataclasses import replace

import pytest

from alphatex_model.errors import MissingFileError, ModelError
from alphatex_model.recipes import adjusted, load_recipe, parse_recipe, recipe_names

TEXT = """summary = "mine"
[model]
n_layer = 2
n_embd = 32
n_head = 2
n_kv_head = 2
vocab_size = 300
sequence_len = 16
[training]
steps = 10
batch_tokens = 32
micro_batch_tokens = 16
checkpoint_every = 4
"""


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_loads_and_survives_json(name):
    recipe = load_recipe(name)

    assert recipe.name == name
    assert recipe.training.checkpoint_steps[-1] == recipe.training.steps
    assert parse_recipe(recipe.to_json()) == recipe


def test_the_reports_recipes_are_the_reports():
    for name in ("d4_baseline", "d8_depth", "d6_wide"):
        plan = load_recipe(name).training
        assert (plan.steps, plan.batch_tokens, load_recipe(name).model.sequence_len) == (5000, 4096, 512)
        assert (plan.embedding_lr, plan.matrix_lr, plan.warmdown_ratio) == (0.3, 0.02, 0.3)
        assert plan.checkpoint_steps == tuple(range(500, 5001, 500))


def test_the_sweep_has_the_reports_twenty_five_checkpoints():
    steps = load_recipe("d8_sweep").training.checkpoint_steps

    assert len(steps) == 25
    assert {500, 3500, 5000, 13000, 20000} <= set(steps)


def test_the_cpu_recipe_has_at_least_five_checkpoints():
    assert len(load_recipe("tiny").training.checkpoint_steps) >= 5


def test_a_file_of_ones_own_is_a_recipe(tmp_path):
    (tmp_path / "mine.toml").write_text(TEXT)
    recipe = load_recipe(str(tmp_path / "mine.toml"))

    assert (recipe.name, recipe.model.n_embd, recipe.training.checkpoint_steps) == ("mine", 32, (4, 8, 10))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("n_layer = 2", "n_layers = 2", "n_layers.*keys are n_layer, n_embd"),
        ('summary = "mine"', "", "without 'summary'"),
        ("batch_tokens = 32", "batch_tokens = 33", "multiples of the sequence length 16"),
        ("micro_batch_tokens = 16", "micro_batch_tokens = 48", "batch_tokens must be a multiple of micro_batch_tokens"),
        ("checkpoint_every = 4", "checkpoint_steps = [11]", "no checkpoint may come after the last step 10"),
        ("steps = 10", 'steps = 10\nprecision = "half"', "precision 'half' is none of auto, float32, bfloat16"),
        ("steps = 10", "steps = ", "not TOML"),
        ("steps = 10", 'steps = "x"', "'mine': steps must be a whole number from 1 on, not 'x'"),
        ("steps = 10", "steps = true", "steps must be a whole number from 1 on, not True"),
        ("batch_tokens = 32", "batch_tokens = 0", "batch_tokens must be a whole number from 1 on, not 0"),
        ("micro_batch_tokens = 16", "micro_batch_tokens = 0", "micro_batch_tokens must be a whole number from 1 on"),
        ("n_head = 2", "n_head = 0", "n_head must be a whole number from 1 on, not 0"),
        ("checkpoint_every = 4", "checkpoint_every = 0", "checkpoint_every must be a whole number from 1 on or pairs"),
        ("checkpoint_every = 4", "checkpoint_every = [[0, 10]]", "checkpoint_every must be a whole number from 1 on"),
        ("checkpoint_every = 4", "checkpoint_every = [4, 10]", "checkpoint_every must be a whole number from 1 on"),
        ("checkpoint_every = 4", "checkpoint_steps = 4", "checkpoint_steps must be whole numbers from 1 on, not 4"),
        ("checkpoint_every = 4", "checkpoint_every = 'x'", "checkpoint_every must be a whole number from 1 on"),
        ("checkpoint_every = 4", "checkpoint_steps = [-3, 4]", "checkpoint_steps must be whole numbers from 1 on"),
        ("steps = 10", "steps = 10\nwarmdown_ratio = -1", "warmdown_ratio must be a number from 0 to 1, not -1"),
        ("steps = 10", "steps = 10\nmatrix_lr = inf", "matrix_lr must be a number from 0 on, not inf"),
        ("steps = 10", "steps = 10\nseed = -1", "seed must be a whole number from 0 on, not -1"),
        ("steps = 10", "steps = 10\nvalidation_tokens = 0", "validation_tokens must be a whole number from 1 on"),
        ("steps = 10", "steps = 10\nvalidation_tokens = 16", "must be more than the sequence length 16"),
    ],
)
def test_a_broken_recipe_says_what_is_wrong(tmp_path, old, new, complaint):
    (tmp_path / "mine.toml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(ModelError, match=complaint):
        load_recipe(str(tmp_path / "mine.toml"))


def test_an_adjusted_recipe_keeps_the_proportions_of_its_checkpoints():
    recipe = load_recipe("tiny")
    plan = replace(recipe.training, steps=100, checkpoint_steps=(10, 50, 100), seed=4)

    short = adjusted(replace(recipe, training=plan), steps=20, seed=None, precision="bfloat16").training

    assert (short.steps, short.checkpoint_steps, short.seed, short.precision) == (20, (2, 10, 20), 4, "bfloat16")


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(MissingFileError, match="did you mean 'd8_depth'"):
        load_recipe("d8_dept")
    with pytest.raises(MissingFileError, match="there are d4_baseline, "):
        load_recipe("xyzzy")
