"""Models that come with the package are meant by their names."""

import pytest
import torch

from alphatex_model import checkpoints, shipped
from alphatex_model.errors import MissingFileError
from alphatex_model.generation import generate
from alphatex_model.sampling import Sampling

MEGABYTE = 1_000_000


@pytest.fixture
def run(model, shards, tmp_path):
    folder = checkpoints.checkpoint_folder(tmp_path / "run", 3)
    checkpoints.save(folder, model, shards.tokenizer, step=3, recipe={"name": "test"}, data_hash="d", metrics={})
    return tmp_path / "run"


def test_a_path_is_a_checkpoint_or_the_newest_one_of_a_run(run):
    assert shipped.resolve(run) == shipped.resolve(str(run / "checkpoints" / "step-000003"))


def test_a_name_is_a_shipped_model_whatever_lies_in_the_current_folder(run, monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "models")
    (run / "checkpoints" / "step-000003").rename(tmp_path / "newest")
    (tmp_path / "models").mkdir()
    (tmp_path / "newest").rename(tmp_path / "models" / "d9")
    (tmp_path / "d9").mkdir()
    monkeypatch.chdir(tmp_path)

    assert shipped.resolve("d9") == tmp_path / "models" / "d9"
    with pytest.raises(MissingFileError, match="no checkpoint"):
        shipped.resolve("./d9")
    with pytest.raises(MissingFileError, match="no folder 'd90' and no model of that name; did you mean 'd9'"):
        shipped.resolve("d90")
    with pytest.raises(MissingFileError, match="there is d9"):
        shipped.resolve("xyzzy")


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_model_is_small_has_a_card_and_writes_tabs(name):
    folder = shipped.resolve(name)
    loaded = checkpoints.load(folder, torch.device("cpu"))
    texts = list(generate(loaded, ['\\title "'] * 8, range(8), Sampling(max_tokens=40, temperature=0.8, top_k=50)))
    titled = [text for text in texts if text.completion.partition('"')[2].startswith("\n\\")]

    assert all(path.stat().st_size <= 10 * MEGABYTE for path in folder.iterdir())
    assert len(titled) >= 3
    card = (folder / "README.md").read_text("utf-8")
    assert all(heading in card for heading in ("## Data", "## Scores", "## Limits"))


def test_all_shipped_models_together_are_at_most_forty_megabytes():
    sizes = [path.stat().st_size for path in shipped.FOLDER.glob("*/*")]

    assert sum(sizes) <= 40 * MEGABYTE
