"""The shape of a model and what it costs: no torch needed."""

from __future__ import annotations

from dataclasses import dataclass

from alphatex_model.errors import ModelError

GATE_CHANNELS = 32
"""The gate of a value embedding reads this many channels of its token's hidden state."""

POSITIONS_PER_TRAINED = 4
"""Rotary tables reach this many times beyond the sequence length of training."""


@dataclass(frozen=True)
class GPTConfig:
    """Shape of a model. `n_kv_head` divides `n_head`, `n_head` divides `n_embd`, and the head size is even."""

    n_layer: int
    n_embd: int
    n_head: int
    n_kv_head: int
    vocab_size: int = 8192
    sequence_len: int = 512

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head or self.head_dim % 2:
            raise ModelError(f"n_embd {self.n_embd} cannot be cut into {self.n_head} heads of even size")
        if self.n_head % self.n_kv_head:
            raise ModelError(f"n_head {self.n_head} is not a multiple of n_kv_head {self.n_kv_head}")
        if self.n_embd < GATE_CHANNELS:
            raise ModelError(f"n_embd {self.n_embd} is less than {GATE_CHANNELS}")

    @property
    def head_dim(self) -> int:
        """Size of one head."""
        return self.n_embd // self.n_head

    @property
    def kv_dim(self) -> int:
        """Width of the keys, and of the values, of all groups together."""
        return self.n_kv_head * self.head_dim

    @property
    def value_layers(self) -> tuple[int, ...]:
        """Layers with value embeddings: every second one, counted from the last."""
        return tuple(layer for layer in range(self.n_layer) if (self.n_layer - 1 - layer) % 2 == 0)

    @property
    def max_positions(self) -> int:
        """Longest text in tokens; quality is only trained for the first `sequence_len`."""
        return POSITIONS_PER_TRAINED * self.sequence_len


@dataclass(frozen=True)
class ParameterCount:
    """How many numbers a model learns.

    `total` is what tables of model sizes print: matrices, embeddings and value embeddings, that is
    ``12·L·d² + 2·V·d + ceil(L/2)·V·d`` with as many groups as heads. The gates (a few hundred numbers, 0.003 % of the
    smallest model) are learnt and saved too, but counted apart, as in that formula.
    """

    matrices: int
    embeddings: int
    value_embeddings: int
    gates: int

    @property
    def total(self) -> int:
        """All but the gates."""
        return self.matrices + self.embeddings + self.value_embeddings


def count_parameters(config: GPTConfig) -> ParameterCount:
    """Count from the shape alone, without building a model."""
    width, layers, gated = config.n_embd, config.n_layer, len(config.value_layers)
    return ParameterCount(
        matrices=layers * (10 * width * width + 2 * width * config.kv_dim),
        embeddings=2 * config.vocab_size * width,
        value_embeddings=gated * config.vocab_size * config.kv_dim,
        gates=gated * config.n_kv_head * GATE_CHANNELS,
    )


def flops_per_token(config: GPTConfig) -> int:
    """Floating-point operations to train on one token: 6 a weight of a matrix product, and attention's 12·L·d·T."""
    products = count_parameters(config).matrices + config.vocab_size * config.n_embd
    return 6 * products + 12 * config.n_layer * config.n_embd * config.sequence_len
