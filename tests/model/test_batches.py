"""Which tokens a step reads."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from alphatex_model.batches import Batches, consecutive_windows, parts_of, window_starts
from alphatex_model.errors import ModelError


@given(st.integers(1, 20), st.integers(3, 400), st.integers(1, 60), st.integers(0, 5))
def test_windows_lie_within_the_corpus_and_a_pass_reads_no_token_twice(length, extra, n_windows, seed):
    n_tokens = 2 * length + extra
    starts = window_starts(n_tokens, length, n_windows, seed)
    first_pass = starts[: (n_tokens - length) // length - 1]

    assert len(starts) == n_windows
    assert starts.min() >= 0
    assert starts.max() + length < n_tokens
    assert all(abs(a - b) >= length for a in first_pass for b in first_pass if a != b)


def test_a_longer_plan_begins_like_a_shorter_one():
    assert np.array_equal(window_starts(1000, 10, 500, seed=3)[:120], window_starts(1000, 10, 120, seed=3))


def test_another_seed_reads_in_another_order():
    assert not np.array_equal(window_starts(1000, 10, 50, seed=1), window_starts(1000, 10, 50, seed=2))


def test_a_corpus_of_less_than_two_windows_is_refused():
    with pytest.raises(ModelError, match="20 tokens are too few for windows of 10"):
        window_starts(20, 10, 1, seed=0)


def test_targets_are_the_inputs_one_token_later():
    tokens = np.arange(100, dtype=np.uint16)
    starts = np.array([[[0, 50]], [[7, 20]]])
    inputs, targets = Batches(tokens, starts, 4, torch.device("cpu")).part(torch.tensor(1.0), 0)

    assert inputs.tolist() == [[7, 8, 9, 10], [20, 21, 22, 23]]
    assert torch.equal(targets, inputs + 1)


def test_validation_reads_every_full_window_once():
    tokens = np.arange(24, dtype=np.uint16)
    parts = list(consecutive_windows(tokens, length=5, rows=3))

    assert [len(inputs) for inputs, _ in parts] == [3, 1]
    assert torch.cat([inputs for inputs, _ in parts]).flatten().tolist() == list(range(20))
    assert torch.cat([targets for _, targets in parts]).flatten().tolist() == list(range(1, 21))


@pytest.mark.parametrize(
    ("rows", "most", "parts"), [(8, 4, 2), (4, 8, 1), (4, 4, 1), (14, 4, 7), (6, 4, 2), (7, 4, 7), (3, 1, 3)]
)
def test_a_batch_comes_in_the_fewest_equal_parts_that_are_small_enough(rows, most, parts):
    assert parts_of(rows, most) == parts
