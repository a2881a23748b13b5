"""The model against a plain re-implementation, written without looking at how the fast one is organised."""

import math
from copy import deepcopy

import pytest
import torch

from alphatex_model.attention import attend, using_kernel
from alphatex_model.gpt import GPT, KVCache, soft_cap
from alphatex_model.shape import GPTConfig

TOKENS = torch.tensor([[5, 17, 3, 250, 9, 9, 41], [1, 2, 3, 4, 5, 6, 7]])


def plain_norm(vector):
    return vector / math.sqrt(sum(float(x) ** 2 for x in vector) / len(vector) + torch.finfo(torch.float32).eps)


def plain_rotate(vector, position):
    half = len(vector) // 2
    turned = vector.clone()
    for pair in range(half):
        angle = position / 10_000 ** (2 * pair / len(vector))
        x, y = vector[pair], vector[pair + half]
        turned[pair] = x * math.cos(angle) - y * math.sin(angle)
        turned[pair + half] = x * math.sin(angle) + y * math.cos(angle)
    return turned


def plain_forward(model, tokens):
    """Logits of one text, one position, head and layer at a time."""
    config, weights = model.config, {name: value.double() for name, value in model.state_dict().items()}
    size, groups, width = config.head_dim, config.n_kv_head, config.n_embd
    hidden = [plain_norm(weights["embedding"][token]) for token in tokens]
    for layer in range(config.n_layer):
        inner = [plain_norm(vector) for vector in hidden]
        heads = [(weights["qkv"][layer] @ vector).view(-1, size) for vector in inner]
        queries = [[plain_rotate(plain_norm(head), t) for head in row[: config.n_head]] for t, row in enumerate(heads)]
        keys = [
            [plain_rotate(plain_norm(head), t) for head in row[config.n_head :][:groups]] for t, row in enumerate(heads)
        ]
        values = [row[config.n_head + groups :].clone() for row in heads]
        if layer in config.value_layers:
            place = config.value_layers.index(layer)
            for t, token in enumerate(tokens):
                extra = weights["value_embedding"][token].view(-1, groups, size)[place]
                gate = 2 / (1 + torch.exp(-weights["value_gate"][place] @ inner[t][:32]))
                values[t] += gate[:, None] * extra
        for t in range(len(tokens)):
            mixed = []
            for head in range(config.n_head):
                group = head * groups // config.n_head
                scores = torch.stack([queries[t][head] @ keys[s][group] / math.sqrt(size) for s in range(t + 1)])
                mixed.append(sum(share * values[s][group] for s, share in enumerate(scores.softmax(0))))
            hidden[t] = hidden[t] + weights["attention_out"][layer] @ torch.cat(mixed)
        for t, vector in enumerate(hidden):
            wide = (weights["mlp_in"][layer] @ plain_norm(vector)).clamp(min=0) ** 2
            hidden[t] = vector + weights["mlp_out"][layer] @ wide
    assert len(hidden[0]) == width
    return torch.stack([weights["unembedding"] @ plain_norm(vector) for vector in hidden])


def test_the_forward_pass_is_what_a_plain_implementation_computes(model):
    with torch.no_grad():
        logits = model(TOKENS)

    for row, tokens in enumerate(TOKENS):
        expected = plain_forward(model, tokens.tolist())
        assert torch.allclose(logits[row].double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("engine", "tolerance"), [("x86", 0.01), ("qnnpack", 1e-5)])
def test_packed_matrices_compute_the_same_and_each_row_by_itself(model, engine, tolerance, monkeypatch):
    """FBGEMM rounds weights to 11 bits; elsewhere they stay whole."""
    monkeypatch.setattr(torch.backends.quantized, "engine", engine)
    packed = deepcopy(model)
    packed.pack()
    with torch.inference_mode():
        expected, logits = model(TOKENS), packed(TOKENS)
        alone = packed(TOKENS[:1])

    assert (logits - expected).abs().max() < tolerance * expected.abs().max()
    assert torch.allclose(alone, logits[:1], rtol=1e-4, atol=1e-5)
    assert (model.arithmetic, packed.arithmetic) == ("cpu float32", "cpu float32 packed")


def test_no_token_sees_what_comes_after_it(model):
    changed = TOKENS.clone()
    changed[:, -1] = 99
    with torch.no_grad():
        assert torch.equal(model(TOKENS)[:, :-1], model(changed)[:, :-1])


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_all_attention_kernels_agree(groups):
    torch.manual_seed(1)
    query, key, value = torch.randn(2, 9, 4, 16), torch.randn(2, 9, groups, 16), torch.randn(2, 9, groups, 16)
    places = torch.randint(9, (2, 9))
    for chosen in (None, places):
        with using_kernel("plain"):
            expected = attend(query, key, value, chosen)
        with using_kernel("sdpa"):
            assert torch.allclose(attend(query, key, value, chosen), expected, atol=1e-5)


def test_the_override_of_the_kernel_reaches_the_model_and_ends_with_its_block(model, monkeypatch):
    calls = []
    monkeypatch.setitem(attend.__globals__["_KERNELS"], "plain", lambda q, k, v, places: calls.append(1) or q)
    with torch.no_grad():
        with using_kernel("plain"):
            model(TOKENS)
        model(TOKENS)

    assert len(calls) == model.config.n_layer


def test_heads_of_a_group_read_the_same_keys_and_values():
    """With equal queries, heads that share a group give equal results; heads of different groups do not."""
    torch.manual_seed(2)
    query = torch.randn(1, 5, 1, 8).expand(1, 5, 4, 8)
    mixed = attend(query, torch.randn(1, 5, 2, 8), torch.randn(1, 5, 2, 8))

    assert torch.allclose(mixed[:, :, 0], mixed[:, :, 1])
    assert torch.allclose(mixed[:, :, 2], mixed[:, :, 3])
    assert not torch.allclose(mixed[:, :, 0], mixed[:, :, 2])


def test_reading_token_by_token_with_a_cache_gives_the_same_logits_as_reading_at_once(model):
    cache = KVCache(model.config, rows=2, positions=16, device=TOKENS.device, dtype=torch.float32)
    with torch.inference_mode():
        expected = model(TOKENS)
        steps = []
        for position in range(TOKENS.size(1)):
            steps.append(model(TOKENS[:, position : position + 1], cache, live=16))
            cache.lengths += 1

    assert torch.allclose(torch.cat(steps, dim=1), expected, atol=1e-4)


def test_rows_of_different_lengths_share_a_cache_without_seeing_each_other(model):
    """Row 0 has read three tokens, row 1 five: the next token of each gives what a lone row would."""
    cache = KVCache(model.config, rows=2, positions=8, device=TOKENS.device, dtype=torch.float32)
    following = torch.stack((TOKENS[0, 3:4], TOKENS[1, 5:6]))
    with torch.inference_mode():
        model(TOKENS[:, :5], cache, live=5)
        cache.lengths.copy_(torch.tensor([3, 5]))
        logits = model(following, cache, live=8)
        assert torch.allclose(logits[0, 0], model(TOKENS[:1, :4])[0, -1], atol=1e-4)
        assert torch.allclose(logits[1, 0], model(TOKENS[1:, :6])[0, -1], atol=1e-4)


def test_soft_capped_logits_keep_their_order_within_the_cap():
    logits = torch.tensor([-1000.0, -3.0, 0.0, 3.0, 20.0, 1000.0])
    capped = soft_cap(logits)

    assert capped.abs().max() <= 15
    assert torch.equal(capped.argsort(), logits.argsort())
    assert capped[3] == pytest.approx(3, rel=0.02)


def test_the_same_seed_gives_the_same_first_weights():
    config = GPTConfig(2, 32, 2, 2, vocab_size=300, sequence_len=16)
    first, second, other = GPT(config), GPT(config), GPT(config)
    for model, seed in ((first, 7), (second, 7), (other, 8)):
        model.initialise(torch.Generator().manual_seed(seed))

    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.qkv, other.qkv)
