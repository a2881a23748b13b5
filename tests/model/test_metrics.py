"""The log of a run survives a kill and a full disk, and says where it is broken."""

import json

import pytest

from alphatex_model import metrics
from alphatex_model.errors import ModelError


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for step in (5, 10, 15):
        metrics.append_metrics(path, {"step": step, "loss": 3.5 - step / 10})
    return path


def test_rows_come_back_as_they_were_written(log):
    assert [row["loss"] for row in metrics.read_metrics(log)] == [3.0, 2.5, 2.0]


def test_a_row_that_a_kill_cut_off_is_passed_over_and_cut_away(log):
    with log.open("a") as file:
        file.write('{"step": 20, "lo')

    assert [row["step"] for row in metrics.read_metrics(log)] == [5, 10, 15]
    metrics.cut_metrics(log, 10)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [5, 10]


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert metrics.read_metrics(tmp_path / "metrics.jsonl") == []


@pytest.mark.parametrize("line", ["nonsense", "[]", "{}", '{"step": "x"}', "3"])
def test_a_line_that_is_no_row_is_named(log, line):
    log.write_text(f"{line}\n" + log.read_text())
    with pytest.raises(ModelError, match=r"metrics\.jsonl:1: not a row of metrics"):
        metrics.read_metrics(log)


def test_a_log_that_cannot_be_written_is_one_clear_line(log):
    before = log.read_text()
    log.with_name("metrics.jsonl.new").mkdir()
    with pytest.raises(ModelError, match=r"metrics\.jsonl: cannot be written \(Is a directory\)"):
        metrics.cut_metrics(log, 5)
    with pytest.raises(ModelError, match="cannot be written"):
        metrics.append_metrics(log.parent, {"step": 1})

    assert log.read_text() == before
