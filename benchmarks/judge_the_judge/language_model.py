"""How much of the damage can be heard at all? The shipped language model and the strict rubric on the same pairs.

    python benchmarks/judge_the_judge/language_model.py data/full/tunes.parquet

A pair is ranked right by the model when the damaged text costs it more bits a token than its original, each token read
after the 256 to 512 tokens before it. The tunes are of the validation split, which the model was not trained on.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from measure import GROUPS

from alphatex_eval.harness.baselines import read_tunes
from alphatex_eval.rubrics import load_rubric
from alphatex_eval.scorers.results import Subject
from alphatex_model.checkpoints import load_for_generation
from alphatex_model.gpt import soft_cap
from alphatex_model.shipped import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alphatex_model.checkpoints import Loaded

COUNT, LONGEST, SEED = 80, 2000, 1
"""Tunes, the tokens of each that are read at most, and the seed of the choice."""

OPERATORS = {name: operator for group in GROUPS.values() for name, operator in group.items()}
KINDS = (
    *("shuffled_bars", "transposed_half_bars", "reversed_contents", "missing_bars", "lost_pickup", "wrong_final"),
    *("late_beats", "lost_ties", "moved_ties", "mixed_halves", "swapped_across_bar_lines", "sorted_contents"),
    *("stray_notes", "repeated_end", "swapped_halves", "slipped_strings", "scattered_sharps"),
)
"""What the rubric finds hard, and some damage that it does not."""


@torch.inference_mode()
def surprise(loaded: Loaded, text: str) -> float:
    """The mean negative log-probability of a token of the text, in nats."""
    ids = [loaded.tokenizer.bos_id, *loaded.tokenizer.encode(text)[:LONGEST]]
    length = loaded.record.model.sequence_len
    total, position = 0.0, 0
    while position + 1 < len(ids):
        start = max(0, position - length // 2)
        window = torch.tensor(ids[start : start + length + 1])
        chances = torch.log_softmax(soft_cap(loaded.model(window[None, :-1])), -1)[0]
        costs = -chances.gather(1, window[1:, None])[position - start :]
        total += float(costs.sum())
        position += len(costs)
    return total / (len(ids) - 1)


def strict_faults(text: str) -> float:
    """What the strict rubric takes from a text."""
    return 1.0 - (load_rubric("strict").score(Subject(completion=text)).value or 0.0)


def ranked_right(pairs: Sequence[tuple[str, str]], badness: Callable[[str], float]) -> float:
    """The share of pairs of which the second text is worse than the first."""
    return sum(badness(damaged) > badness(text) for text, damaged in pairs) / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tunes", type=Path)
    parser.add_argument("--model", default="d8")
    options = parser.parse_args()
    loaded = load_for_generation(resolve(options.model), torch.device("cpu"))
    known: dict[str, float] = {}

    def modelled(text: str) -> float:
        if text not in known:
            known[text] = surprise(loaded, text)
        return known[text]

    tunes = random.Random(SEED).sample(read_tunes(options.tunes, "validation"), COUNT)
    print("| damage | pairs | model | strict |\n|---|---|---|---|")
    for kind in KINDS:
        made = [(text, OPERATORS[kind](text, random.Random(place))) for place, text in enumerate(tunes)]
        pairs = [(text, damaged) for text, damaged in made if damaged is not None]
        shares = ranked_right(pairs, modelled), ranked_right(pairs, strict_faults)
        print(f"| {kind} | {len(pairs)} | " + " | ".join(f"{share:.3f}" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
