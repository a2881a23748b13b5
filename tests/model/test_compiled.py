"""What a GPU compiles whole: no graph break, the same numbers, and no new compilation while texts grow."""

import pytest
import torch

from alphatex_model import decoding, loss
from alphatex_model.batches import Batches, window_starts
from alphatex_model.checkpoints import Loaded, Record
from alphatex_model.decoding import Decoder
from alphatex_model.distributed import Processes
from alphatex_model.generation import generate
from alphatex_model.sampling import Sampling, random_streams
from alphatex_model.trainer import Trainer
from tests.model.conftest import SHAPE, recipe

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    yield
    torch._dynamo.reset()


def whole(function):
    """Compiled as on a GPU but for the machine code; a graph break is an error."""
    return torch.compile(function, backend="aot_eager", fullgraph=True)


def trainer(shards):
    plan = recipe(weight_decay=0.1)
    starts = window_starts(1000, 32, 24, seed=0).reshape(12, 1, 2)
    return Trainer(plan, Batches(shards.tokens("train"), starts, 32, CPU), Processes(CPU))


def test_a_compiled_training_step_gives_the_same_losses_compiles_once_and_moves_nothing(shards):
    """A captured step finds every tensor where it was."""
    plain, compiled = trainer(shards), trainer(shards)
    plain._loss = loss.plain
    compiled._loss, compiled.optimizer.step = whole(loss.plain), whole(compiled.optimizer.step)

    def lasting():
        return places([*compiled.model.parameters(), compiled.losses, *compiled.optimizer.state.values()])

    before = lasting()
    plain.advance(8)
    compiled.advance(8)

    assert torch.allclose(plain.losses[:8], compiled.losses[:8], rtol=1e-6)
    assert lasting() == before
    assert compiled.optimizer.step_count == 8
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2


def places(tensors):
    return [tensor.data_ptr() for tensor in tensors]


def test_a_gpu_that_shows_its_tokens_in_chunks_and_keeps_all_rows_writes_the_same_texts(model, shards, monkeypatch):
    """Its way through the decoder, on the CPU: nothing is captured and nothing compiled, all else is as there."""
    loaded = Loaded(model, shards.tokenizer, Record(0, SHAPE, {}, {}, {}, {}, ""))
    prompts, seeds = ["", ":4 3.1", '\\title "Tune 7"\n', "(2.1 "], [1, 2, 3, 4]
    sampling = Sampling(max_tokens=50, temperature=0.9, top_k=30)
    expected = list(generate(loaded, prompts, seeds, sampling))

    class Gpu(Decoder):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self._captured = lambda: self._advance(self._rows.cache.capacity)

    monkeypatch.setattr(decoding, "Decoder", Gpu)

    assert list(generate(loaded, prompts, seeds, sampling)) == expected


def test_a_compiled_decoder_draws_the_same_tokens_and_is_compiled_for_one_length_and_then_for_all(model):
    sampling, prompts, uniforms = (
        Sampling(max_tokens=24, top_k=20),
        [[5, 6, 7], [5], [9, 8]],
        random_streams([1, 2, 3], 24),
    )
    advance = whole(Decoder._advance)

    def drawn(step):
        decoder = Decoder(model, 3, 48, sampling, n_ids=300)
        decoder.start(prompts, uniforms)
        before = lasting(decoder)
        with torch.inference_mode():
            for number in range(24):
                step(decoder, 16 + 8 * (number // 8))
        assert lasting(decoder) == before
        return decoder._rows.drawn

    def lasting(decoder):
        cache, *others = decoder._rows
        return places([decoder._number, *others, cache.lengths, *cache.keys, *cache.values])

    expected = drawn(Decoder._advance)

    assert torch.equal(drawn(advance), expected)
    assert torch.equal(drawn(advance), expected)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2
