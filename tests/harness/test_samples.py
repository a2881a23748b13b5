from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.samples import LineWriter, Sample, exclusive, read_samples, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def sample(name: str, completion: str = " 3.3 |") -> Sample:
    return Sample(id=name, prompt_id="p", kind="tab", index=0, prompt="0.6", completion=completion)


def write(path: Path, *samples: Sample) -> None:
    with LineWriter(path) as writer:
        for item in samples:
            writer.write(item)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    write(path, sample("a"), sample("b", 'title "é\n𝄞"'))
    assert read_samples(path) == {"a": sample("a"), "b": sample("b", 'title "é\n𝄞"')}


def test_no_file_means_no_samples(tmp_path: Path) -> None:
    assert read_samples(tmp_path / "none.jsonl") == {}


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(min_value=0), block=st.sampled_from(["x", "a longer completion " * 9000]))
def test_a_file_cut_anywhere_loses_only_the_line_that_was_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int, block: str
) -> None:
    path = tmp_path_factory.mktemp("cut") / "samples.jsonl"
    write(path, sample("a"), sample("b", block), sample("c"))
    whole = path.read_bytes()
    cut %= len(whole) + 1
    path.write_bytes(whole[:cut])
    survivors = whole[:cut].count(b"\n")
    assert list(read_samples(path)) == ["a", "b", "c"][:survivors]
    write(path, sample("d"))
    assert list(read_samples(path)) == [*["a", "b", "c"][:survivors], "d"]


def test_the_last_of_two_samples_with_one_id_counts(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    write(path, sample("a", "first"), sample("a", "second"))
    assert read_samples(path)["a"].completion == "second"


def test_a_corrupt_line_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    write(path, sample("a"))
    path.write_bytes(path.read_bytes() + b'{"id": 3}\n')
    with pytest.raises(HarnessError, match=r"samples\.jsonl:2: not a valid line .*delete or mend it and run again"):
        read_samples(path)


def test_a_full_disk_is_one_line_and_the_samples_before_it_are_safe(tmp_path: Path) -> None:
    script = f"""
import resource, signal
from pathlib import Path
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.samples import LineWriter, Sample
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with LineWriter(Path({str(tmp_path / "samples.jsonl")!r})) as writer:
        for i in range(100):
            writer.write(Sample(id=str(i), prompt_id="p", kind="tab", index=i, prompt="0.6", completion="x" * 50))
except HarnessError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "File too large. What was written before is safe" in done.stdout
    assert done.stderr == ""
    kept = read_samples(tmp_path / "samples.jsonl")
    assert list(kept) == [str(i) for i in range(len(kept))]
    assert len(kept) >= 4


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="Cannot write"), exclusive(tmp_path / "file" / "run"):
        pass


def test_a_folder_in_use_is_refused_to_a_second_process(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.samples import exclusive
try:
    with exclusive(Path({str(tmp_path)!r})):
        print("got it")
except HarnessError as error:
    print(error)
"""

    def second() -> str:
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    with exclusive(tmp_path):
        assert "is in use by another process" in second()
    assert "got it" in second()


def test_replacing_a_file_leaves_nothing_else_behind(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_atomically(path, "old")
    write_atomically(path, "new")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["new"]
