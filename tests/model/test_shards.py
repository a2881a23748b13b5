"""From a corpus file to token shards, and what is said when they are not right."""

import json

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from alphatex_model.data import shards as shards_module
from alphatex_model.data.shards import build, open_shards, prepare
from alphatex_model.errors import CorruptFileError, MismatchError, MissingFileError, ModelError
from tests.model.conftest import tune


@pytest.fixture
def corpus(tmp_path):
    splits = ["train"] * 30 + ["validation"] * 5 + ["test"] * 5
    table = pyarrow.table({"split": splits, "text": [tune(number) for number in range(40)]})
    pyarrow.parquet.write_table(table, tmp_path / "tunes.parquet")
    return tmp_path


def texts_of(shards, split):
    tokens = shards.tokens(split)
    starts = np.flatnonzero(tokens == shards.tokenizer.bos_id)
    return {shards.tokenizer.decode(text.tolist()) for text in np.split(tokens, starts)[1:]}


def test_shards_hold_the_training_and_validation_texts_and_no_test_text(corpus):
    shards = prepare(corpus, vocab_size=300)

    assert texts_of(shards, "train") == {tune(number) for number in range(30)}
    assert texts_of(shards, "validation") == {tune(number) for number in range(30, 35)}


def test_shards_are_built_once_for_a_corpus_and_again_when_it_changes(corpus, monkeypatch):
    first = prepare(corpus, vocab_size=300)
    monkeypatch.setattr(shards_module, "build", lambda *args: pytest.fail("built twice"))
    assert prepare(corpus, vocab_size=300).folder == first.folder
    monkeypatch.undo()

    table = pyarrow.parquet.read_table(corpus / "tunes.parquet")
    pyarrow.parquet.write_table(table.slice(1), corpus / "tunes.parquet")
    again = prepare(corpus, vocab_size=300)

    assert again.folder != first.folder
    assert again.data_hash != first.data_hash


def test_a_large_split_lies_in_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr(shards_module, "SHARD_TOKENS", 1000)
    texts = {"train": [tune(number) for number in range(60)], "validation": [tune(99)]}
    build(texts, tmp_path / "many", 300, "d" * 64)
    shards = open_shards(tmp_path / "many")

    assert len(list((tmp_path / "many").glob("train-*.npy"))) > 1
    assert texts_of(shards, "train") == set(texts["train"])


def test_a_folder_without_corpus_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingFileError, match=r"no such corpus; `alphatex data build --out .*` makes one"):
        prepare(tmp_path, 300)


def test_a_file_that_is_no_corpus_is_named(tmp_path):
    (tmp_path / "tunes.parquet").write_text("tunes")
    with pytest.raises(CorruptFileError, match="not a corpus file"):
        prepare(tmp_path, 300)


def test_a_split_without_texts_is_named(tmp_path):
    with pytest.raises(ModelError, match="no text in its split 'validation'"):
        build({"train": [tune(1)], "validation": []}, tmp_path / "shards", 300, "d" * 64)


def test_a_folder_of_shards_that_lost_its_record_is_named(corpus):
    (prepare(corpus, vocab_size=300).folder / "shards.json").unlink()
    with pytest.raises(CorruptFileError, match=r"holds no shards\.json; delete the folder to have it built again"):
        prepare(corpus, vocab_size=300)


def test_a_missing_or_damaged_shard_is_named(corpus):
    shards = prepare(corpus, vocab_size=300)
    path = shards.folder / "train-000.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"train-000\.npy: this shard is damaged"):
        shards.tokens("train")
    path.unlink()
    with pytest.raises(MissingFileError, match=r"train-000\.npy: this shard is missing"):
        shards.tokens("train")


def test_a_tokenizer_of_other_shards_is_noticed(corpus):
    shards, other = prepare(corpus, vocab_size=300), prepare(corpus, vocab_size=290)
    other.tokenizer.save(shards.folder / "tokenizer.json")

    with pytest.raises(MismatchError, match="not the tokenizer that the shards were encoded with"):
        open_shards(shards.folder)


@pytest.mark.parametrize(
    ("change", "complaint"), [({"format": 99}, "shards of format 99"), ({"files": None, "data_hash": None}, "")]
)
def test_a_record_of_another_version_is_refused(corpus, change, complaint):
    path = prepare(corpus, vocab_size=300).folder / "shards.json"
    record = json.loads(path.read_text())
    if complaint:
        path.write_text(json.dumps(record | change))
        with pytest.raises(MismatchError, match=complaint):
            open_shards(path.parent)
    else:
        path.write_text(json.dumps({key: value for key, value in record.items() if key not in change}))
        with pytest.raises(CorruptFileError, match="not a record of shards"):
            open_shards(path.parent)
