"""A checkpoint comes back as it was, or says in one line why not."""

import json
import shutil

import pytest
import torch

from alphatex_model import checkpoints, weights
from alphatex_model.digests import sha256
from alphatex_model.errors import CorruptFileError, MismatchError, MissingFileError, ModelError

CPU = torch.device("cpu")
TOKENS = torch.tensor([[1, 2, 3]])


@pytest.fixture
def saved(model, shards, tmp_path):
    folder = tmp_path / "run" / "checkpoints" / "step-000007"
    checkpoints.save(
        folder, model, shards.tokenizer, step=7, recipe={"name": "test"}, data_hash="d", metrics={"loss": 1.5}
    )
    return folder


def test_a_loaded_checkpoint_computes_the_same(model, saved):
    loaded = checkpoints.load(saved, CPU)

    assert torch.equal(loaded.model(TOKENS), model(TOKENS))
    assert (loaded.record.step, loaded.record.metrics, loaded.record.model) == (7, {"loss": 1.5}, model.config)


def test_a_checkpoint_names_its_tokenizer_data_and_grammar(saved, shards):
    record = checkpoints.read_record(saved)

    assert record.hashes == {"tokenizer": shards.tokenizer.hash, "data": "d", "grammar": checkpoints.grammar_hash()}
    assert json.loads((saved / "checkpoint.json").read_text())["format"] == 1


def test_its_hash_changes_with_any_weight(model, saved, shards, tmp_path):
    with torch.no_grad():
        model.qkv[0, 0, 0] += 1
    other = tmp_path / "other"
    checkpoints.save(
        other, model, shards.tokenizer, step=7, recipe={"name": "test"}, data_hash="d", metrics={"loss": 1.5}
    )

    assert checkpoints.load(other, CPU).hash != checkpoints.load(saved, CPU).hash


@pytest.mark.parametrize(
    ("form", "share", "error"), [("float32", 1.1, 1e-6), ("bfloat16", 0.6, 0.02), ("int8", 0.4, 0.03)]
)
def test_an_export_in_pieces_is_smaller_and_nearly_the_same(model, saved, tmp_path, form, share, error):
    checkpoints.export(saved, tmp_path / "shipped", form, 12_000)
    loaded = checkpoints.load(tmp_path / "shipped", CPU)
    sizes = [path.stat().st_size for path in (tmp_path / "shipped").glob("model-*.safetensors")]
    logits, expected = loaded.model(TOKENS), model(TOKENS)

    assert len(sizes) > 1
    assert sum(sizes) < share * (saved / "model.safetensors").stat().st_size
    assert (logits - expected).norm() < error * expected.norm()


def test_int8_rounds_each_row_to_a_127th_of_its_largest_number(tmp_path):
    tensor = torch.tensor([[0.0, 127.0, -63.6], [0.01, -0.02, 0.0], [0.0, 0.0, 0.0]])
    (restored,) = weights.read(tmp_path, weights.write(tmp_path, {"rows": tensor}, "int8")).values()

    assert restored[0].tolist() == [0.0, 127.0, -64.0]
    assert ((restored - tensor).abs() <= tensor.abs().amax(1, keepdim=True) / 254 + 1e-9).all()


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_piece_that_is_missing_or_damaged_is_named(saved, tmp_path, damage):
    checkpoints.export(saved, tmp_path / "shipped", "int8", 12_000)
    piece = tmp_path / "shipped" / "model-2.safetensors"
    if damage == "missing":
        piece.unlink()
    else:
        piece.write_bytes(piece.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match=rf"model-2\.safetensors: {damage}"):
        checkpoints.load(tmp_path / "shipped", CPU)


def test_a_full_disk_leaves_no_half_export(saved, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.export(saved, tmp_path / "shipped", "int8", 12_000)

    assert not [path for path in tmp_path.iterdir() if "shipped" in path.name]


def test_a_run_folder_stands_for_its_newest_checkpoint(saved):
    newer = saved.with_name("step-000012")
    saved.rename(newer)

    assert checkpoints.find(newer.parent.parent) == newer
    assert checkpoints.find(newer) == newer


def test_the_newest_checkpoint_is_that_of_the_highest_step(saved):
    late, latest = (checkpoints.checkpoint_folder(saved.parent.parent, step) for step in (200_000, 1_000_000))
    shutil.copytree(saved, latest)
    saved.rename(late)

    assert checkpoints.list_checkpoints(late.parent.parent) == [late, latest]


@pytest.fixture
def resumable(model, shards, tmp_path):
    folder = tmp_path / "resumable"
    state = {"step": torch.ones(3)}
    checkpoints.save(folder, model, shards.tokenizer, step=7, recipe={}, data_hash="d", metrics={}, optimizer=state)
    return folder


def damage(path):
    """Turn one bit of a file."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_damaged_optimizer_is_noticed(resumable):
    state = {"step": torch.zeros(3)}
    checkpoints.load_optimizer(resumable, state)
    assert state["step"].tolist() == [1, 1, 1]
    damage(resumable / "optimizer.safetensors")
    with pytest.raises(CorruptFileError, match=r"optimizer\.safetensors: damaged"):
        checkpoints.load_optimizer(resumable, state)


def test_an_export_tells_nothing_of_the_optimizer_that_it_leaves_out(resumable, tmp_path):
    record = checkpoints.export(resumable, tmp_path / "shipped", "int8", 12_000)

    assert record.hashes.keys() == {"tokenizer", "data", "grammar"}


def test_a_folder_without_checkpoint_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="no checkpoint and no run with checkpoints"):
        checkpoints.find(tmp_path)
    with pytest.raises(MissingFileError, match=r"no checkpoint here \(no checkpoint\.json\)"):
        checkpoints.load(tmp_path, CPU)


def test_damaged_weights_are_noticed(saved):
    damage(saved / "model.safetensors")
    with pytest.raises(CorruptFileError, match=r"model\.safetensors: damaged"):
        checkpoints.load(saved, CPU)


def test_cut_off_weights_whose_hash_was_forged_are_noticed(saved):
    path = saved / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    record = json.loads((saved / "checkpoint.json").read_text())
    record["weights"]["model.safetensors"] = sha256(path)
    (saved / "checkpoint.json").write_text(json.dumps(record))
    with pytest.raises(CorruptFileError, match=r"model\.safetensors: damaged"):
        checkpoints.load(saved, CPU)


def test_weights_of_another_shape_are_noticed(saved):
    record = json.loads((saved / "checkpoint.json").read_text())
    record["model"]["n_layer"] = 2
    (saved / "checkpoint.json").write_text(json.dumps(record))
    with pytest.raises(CorruptFileError, match="the weights are not those of the model"):
        checkpoints.load(saved, CPU)


def test_missing_weights_are_noticed(saved):
    (saved / "model.safetensors").unlink()
    with pytest.raises(MissingFileError, match=r"model\.safetensors: missing"):
        checkpoints.load(saved, CPU)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 1, "model": {"n_layer": 1}}'])
def test_a_record_that_is_none_is_noticed(saved, content):
    (saved / "checkpoint.json").write_text(content)
    with pytest.raises(CorruptFileError, match="not a checkpoint record"):
        checkpoints.load(saved, CPU)


def test_a_checkpoint_of_a_later_format_is_refused(saved):
    (saved / "checkpoint.json").write_text('{"format": 2}')
    with pytest.raises(MismatchError, match="checkpoint of format 2, this version reads 1"):
        checkpoints.load(saved, CPU)


def test_another_tokenizer_is_noticed(saved):
    definition = json.loads((saved / "tokenizer.json").read_text())
    definition["model"]["merges"].pop()
    (saved / "tokenizer.json").write_text(json.dumps(definition))
    with pytest.raises(MismatchError, match="not the tokenizer that this checkpoint was trained with"):
        checkpoints.load(saved, CPU)
