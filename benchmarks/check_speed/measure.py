"""How fast is `check`, beside alphaTab's full importer in Node? Run: see README.md."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "tests" / "reference"
OURS = """
import json, sys, time
from alphatex_eval.language import check
texts = json.load(open(sys.argv[1], encoding="utf-8"))
start = time.perf_counter()
accepted = sum(check(text).accepted for text in texts)
print(json.dumps({"seconds": time.perf_counter() - start, "accepted": accepted}))
"""


def main() -> None:
    """Measure both, in turns, and write results.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="a tunes.parquet written by `alphatex data build`")
    parser.add_argument("--tabs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    texts = read_texts(arguments.corpus, arguments.tabs)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.json"
        path.write_text(json.dumps(texts), encoding="utf-8")
        rounds = [(run([sys.executable, "-c", OURS, path]), run_node(path)) for _ in range(arguments.rounds)]
    result = summary(rounds, len(texts), megabytes)
    (HERE / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def read_texts(corpus: Path, count: int) -> list[str]:
    """`count` texts of the corpus, spread evenly."""
    import pyarrow.parquet as pq

    texts: list[str] = pq.read_table(corpus).column("text").to_pylist()
    return texts[:: max(1, len(texts) // count)][:count]


def run_node(path: Path) -> dict[str, float]:
    """One process of alphaTab."""
    return run(["node", HERE / "alphatab.mjs", path, MODULES])


def run(command: list[str | Path]) -> dict[str, float]:
    """What a process prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def summary(rounds: list[tuple[dict[str, float], dict[str, float]]], texts: int, megabytes: float) -> dict[str, object]:
    """Medians over the rounds; the ratio is taken round by round."""
    return {
        "texts": texts,
        "megabytes": round(megabytes, 3),
        "accepted": {"check": rounds[0][0]["accepted"], "alphaTab": rounds[0][1]["accepted"]},
        "check_megabytes_per_second": round(megabytes / statistics.median(ours["seconds"] for ours, _ in rounds), 2),
        "alphatab_megabytes_per_second": round(megabytes / statistics.median(node["seconds"] for _, node in rounds), 2),
        "ratio_median": round(statistics.median(node["seconds"] / ours["seconds"] for ours, node in rounds), 3),
        "rounds": len(rounds),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
