"""The model: a GPT in nanochat's style, small enough to read top to bottom.

Rotary positions, normalised queries and keys, RMSNorm without parameters, squared-ReLU feed-forward, grouped-query
attention, separate embedding and unembedding, value embeddings on every second layer (the last one included), and a
soft cap on the logits; no biases. Design after nanochat (https://github.com/karpathy/nanochat, January 2026).

The weights of one role in all layers are one tensor with the layer first: the optimiser works on whole stacks, and a
training step is few, large kernels instead of many small ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from alphatex_model.attention import attend
from alphatex_model.packing import Matrix, pack_matrix, product
from alphatex_model.shape import GATE_CHANNELS

if TYPE_CHECKING:
    from torch import Tensor

    from alphatex_model.shape import GPTConfig

SOFT_CAP = 15.0
"""Logits are squashed into (-SOFT_CAP, SOFT_CAP)."""

GATE_ROWS = 8
"""The gates' weights are padded to a multiple of this many rows: a GPU has no fast product of fewer."""

ROPE_BASE = 10_000.0


class KVCache:
    """Keys and values of the tokens read so far, a tensor a layer (rows, groups, positions, size) that never moves.

    Rows are independent: each has its own length, so prompts of different lengths share a batch. What lies at or beyond
    a row's length is garbage that no query sees.
    """

    def __init__(self, config: GPTConfig, rows: int, positions: int, device: torch.device, dtype: torch.dtype) -> None:
        shape = (rows, config.n_kv_head, positions, config.head_dim)
        self.keys, self.values = (
            [torch.zeros(shape, device=device, dtype=dtype) for _ in range(config.n_layer)] for _ in range(2)
        )
        self.lengths = torch.zeros(rows, device=device, dtype=torch.long)
        self._rows = torch.arange(rows, device=device)[:, None]

    @property
    def capacity(self) -> int:
        """Most positions a row can have."""
        return self.keys[0].size(2)

    def keep_rows(self, rows: Tensor) -> None:
        """Drop all rows but `rows` (indices, in their new order)."""
        self.keys, self.values = ([layer[rows] for layer in stack] for stack in (self.keys, self.values))
        self.lengths = self.lengths[rows]
        self._rows = self._rows[: len(rows)]

    def write(self, layer: int, positions: Tensor, key: Tensor, value: Tensor) -> None:
        """Store `key` and `value` (rows, tokens, groups, size) of one layer at `positions` (rows, tokens)."""
        self.keys[layer][self._rows, :, positions] = key
        self.values[layer][self._rows, :, positions] = value

    def read(self, layer: int, live: int) -> tuple[Tensor, Tensor]:
        """The first `live` positions of one layer's keys and values: (rows, live, groups, size)."""
        return self.keys[layer][:, :, :live].transpose(1, 2), self.values[layer][:, :, :live].transpose(1, 2)


class GPT(nn.Module):
    """The weights and the forward pass. `dtype` is what matrix products run in; the weights stay float32.

    Parameters, with L layers, width d, k = kv_dim, vocabulary V and G layers with value embeddings:
        embedding (V, d), unembedding (V, d), value_embedding (V, G·k), value_gate (G, n_kv_head, 32),
        qkv (L, d + 2k, d): rows are the queries, then the keys, then the values of all heads,
        attention_out (L, d, d), mlp_in (L, 4d, d), mlp_out (L, d, 4d).
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, config: GPTConfig, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        layers, width, vocab, gated = config.n_layer, config.n_embd, config.vocab_size, len(config.value_layers)
        self.config, self.dtype = config, dtype
        self._packed: _Packed | None = None
        self.embedding = _empty(vocab, width)
        self.unembedding = _empty(vocab, width)
        self.value_embedding = _empty(vocab, gated * config.kv_dim)
        self.value_gate = _empty(gated, config.n_kv_head, GATE_CHANNELS)
        self.qkv = _empty(layers, width + 2 * config.kv_dim, width)
        self.attention_out = _empty(layers, width, width)
        self.mlp_in = _empty(layers, 4 * width, width)
        self.mlp_out = _empty(layers, width, 4 * width)
        cos, sin = _rotary_tables(config.max_positions, config.head_dim)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Draw the first weights on the CPU, so that a seed means the same on every device.

        Projections into the residual stream and gates start at zero: at first each layer passes its input through.
        """
        spread = 3**0.5 * self.config.n_embd**-0.5  # a uniform distribution with the deviation 1/sqrt(width)
        for weight in (self.attention_out, self.mlp_out, self.value_gate):
            weight.zero_()
        for weight in (self.qkv, self.mlp_in, self.value_embedding):
            weight.copy_(torch.empty(weight.shape).uniform_(-spread, spread, generator=generator))
        self.embedding.copy_(torch.empty(self.embedding.shape).normal_(generator=generator))
        self.unembedding.copy_(torch.empty(self.unembedding.shape).normal_(std=0.001, generator=generator))

    @torch.no_grad()
    def pack(self) -> None:
        """From now on only read and generate, on a CPU: there products with few rows wait for the weights from memory.

        The matrices are kept packed, rounded to float16 where PyTorch has kernels for that; sums stay float32.
        """
        stacks = (self.qkv, self.attention_out, self.mlp_in, self.mlp_out)
        layers = zip(*(stack.detach().unbind() for stack in stacks), strict=True)
        self._packed = _Packed(
            pack_matrix(self.unembedding.detach()), [_Layer(*map(pack_matrix, own)) for own in layers]
        )
        for matrix in (self.unembedding, *stacks):
            matrix.data = matrix.new_empty(0)

    @property
    def arithmetic(self) -> str:
        """What decides the last digits of a result: device, type of the products, and that of packed weights."""
        weights = " packed" if self._packed is not None else ""
        return f"{self.embedding.device.type} {str(self.dtype).removeprefix('torch.')}{weights}"

    def forward(self, tokens: Tensor, cache: KVCache | None = None, live: int = 0) -> Tensor:
        """Logits of the next token after each token.

        Args:
            tokens: ids (rows, tokens).
            cache: what came before; the tokens are written into it at each row's length, which stays as it is.
            live: with a cache, how many of its positions to look at; at least the longest row after these tokens.

        Returns:
            (rows, tokens, vocabulary), in `dtype`, before the soft cap (see `soft_cap`).
        """
        matrix = self.unembedding.to(self.dtype) if self._packed is None else self._packed.unembedding
        return product(self.read(tokens, cache, live), matrix)

    def read(self, tokens: Tensor, cache: KVCache | None = None, live: int = 0) -> Tensor:
        """As `forward`, but only up to the last normalised hidden states: (rows, tokens, n_embd)."""
        view = _View(self, tokens, cache, live)
        hidden = _norm(F.embedding(tokens, self.embedding).to(self.dtype))
        extras = self._value_embeddings(tokens)
        for layer, weights in enumerate(self._layers()):
            hidden = hidden + self._attention(layer, weights, _norm(hidden), extras.get(layer), view)
            hidden = hidden + product(F.relu(product(_norm(hidden), weights.mlp_in)).square(), weights.mlp_out)
        return _norm(hidden)

    def _attention(self, layer: int, weights: _Layer, hidden: Tensor, extra: _Extra | None, view: _View) -> Tensor:
        size = self.config.head_dim
        heads = product(hidden, weights.qkv).view(*hidden.shape[:2], -1, size)
        groups = self.config.n_kv_head
        turning, value = torch.split(heads, [self.config.n_head + groups, groups], dim=2)
        if extra is not None:
            gate = 2 * torch.sigmoid(F.linear(hidden[..., :GATE_CHANNELS], extra.gate)[..., :groups])
            value = value + gate[..., None] * extra.embedding
        query, key = torch.split(view.rotate(_norm(turning)), [self.config.n_head, groups], dim=2)
        key, value = view.remember(layer, key, value)
        return product(attend(query, key, value, view.places).flatten(2), weights.attention_out)

    def _layers(self) -> list[_Layer]:
        if self._packed is not None:
            return self._packed.layers
        stacks = (self.qkv, self.attention_out, self.mlp_in, self.mlp_out)
        matrices = zip(*(stack.to(self.dtype).unbind() for stack in stacks), strict=True)
        return [_Layer(*own) for own in matrices]

    def _value_embeddings(self, tokens: Tensor) -> dict[int, _Extra]:
        """What the values of each layer in `value_layers` get added."""
        looked_up = F.embedding(tokens, self.value_embedding).to(self.dtype)
        embeddings = looked_up.view(*tokens.shape, -1, self.config.n_kv_head, self.config.head_dim).unbind(2)
        gates = F.pad(self.value_gate, (0, 0, 0, -self.config.n_kv_head % GATE_ROWS)).to(self.dtype).unbind()
        return dict(zip(self.config.value_layers, map(_Extra, gates, embeddings), strict=True))


def soft_cap(logits: Tensor) -> Tensor:
    """Squash logits smoothly into (-SOFT_CAP, SOFT_CAP), in float32."""
    return SOFT_CAP * torch.tanh(logits.float() / SOFT_CAP)


class _Layer(NamedTuple):
    """One layer's matrices, (out, in) each."""

    qkv: Matrix
    attention_out: Matrix
    mlp_in: Matrix
    mlp_out: Matrix


class _Packed(NamedTuple):
    """The matrices of a model that only generates."""

    unembedding: Matrix
    layers: list[_Layer]


class _Extra(NamedTuple):
    """A layer's value embeddings: gates (padded groups, channels) and what they gate (rows, tokens, groups, size)."""

    gate: Tensor
    embedding: Tensor


class _View:
    """Where the tokens of one forward pass stand and what they may look at."""

    def __init__(self, model: GPT, tokens: Tensor, cache: KVCache | None, live: int) -> None:
        self.cache, self.live, self.places = cache, live, None
        positions = torch.arange(tokens.size(1), device=tokens.device)[None]
        if cache is not None:
            positions = self.places = positions + cache.lengths[:, None]
        self.cos, self.sin = (table[positions][:, :, None].to(model.dtype) for table in (model.cos, model.sin))

    def rotate(self, heads: Tensor) -> Tensor:
        """Rotary positions: turn channel pairs (c, c + size/2) of (rows, tokens, heads, size) by their angles."""
        return torch.addcmul(heads * self.cos, torch.cat(heads.chunk(2, dim=-1)[::-1], dim=-1), self.sin)

    def remember(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values to attend to: the new ones, or with a cache all of the row so far."""
        if self.cache is None or self.places is None:
            return key, value
        self.cache.write(layer, self.places, key, value)
        return self.cache.read(layer, self.live)


def _norm(hidden: Tensor) -> Tensor:
    return F.rms_norm(hidden, (hidden.size(-1),))


def _empty(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(shape))


def _rotary_tables(positions: int, head_dim: int) -> tuple[Tensor, Tensor]:
    """Factors (positions, head_dim) of each channel and of its partner: cosine, and sine with the sign of its half.

    The angle is position times a frequency that falls from channel to channel.
    """
    frequencies = ROPE_BASE ** -(torch.arange(0, head_dim, 2) / head_dim)
    angles = torch.outer(torch.arange(positions), frequencies)
    return torch.cat((angles.cos(), angles.cos()), 1), torch.cat((-angles.sin(), angles.sin()), 1)
