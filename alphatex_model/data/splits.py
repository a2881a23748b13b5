"""Train, validation and test without leakage: variants of one tune always fall into the same split.

Two tunes are variants when they share title and composer, or a passage of `PASSAGE` notes with the same intervals and
rhythm (so a transposition is a variant). Variants of variants are variants. Which split a family of tunes goes to
depends only on the family's own names and the recipe's seed.
"""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alphatex_model.data.tunes import Tune

PASSAGE = 16
"""Notes in a row that make two tunes variants of each other: two to four bars of eighths."""
SPLITS = ("train", "validation", "test")


def digest(text: str) -> int:
    """64 bits of a text that are the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def passages(tune: Tune) -> frozenset[int]:
    """Digests of all the tune's passages, the same in every key; of the whole melody when it is shorter than one."""
    melody = list(_melody(tune))
    steps = [f"{after - before}:{length}" for (before, length), (after, _) in pairwise(melody)]
    starts = range(max(1, len(steps) - PASSAGE + 1)) if steps else range(0)
    return frozenset(digest(" ".join(steps[at : at + PASSAGE])) for at in starts)


def _melody(tune: Tune) -> Iterable[tuple[int, Fraction]]:
    """Top pitches and their durations, ties and rests counted to the note before."""
    pitch, length = None, Fraction(0)
    for event in tune.events:
        held = not event.pitches or len(event.tied) == len(event.pitches)
        if held:
            length += event.duration
            continue
        if pitch is not None:
            yield pitch, length
        pitch, length = event.pitches[-1], event.duration
    if pitch is not None:
        yield pitch, length


def name_key(tune: Tune) -> str:
    """Title and composer without case, punctuation, articles and numbers of versions."""
    words = re.findall(r"\w+", f"{tune.title} {tune.composer}".casefold())
    return " ".join(sorted(word for word in words if word not in {"the", "a", "an"}))


def families(keys: Sequence[Iterable[object]]) -> list[int]:
    """For each item the index of the first item of its family: items that share a key, directly or through others."""
    parent = list(range(len(keys)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    first: dict[object, int] = {}
    for index, own in enumerate(keys):
        for key in own:
            a, b = root(index), root(first.setdefault(key, index))
            parent[max(a, b)] = min(a, b)
    return [root(index) for index in range(len(keys))]


def assign(names: Sequence[str], family: Sequence[int], seed: int, shares: tuple[float, float]) -> list[str]:
    """The split of every item. `shares` are those of validation and test; a family goes by its least name's digest."""
    least: dict[int, str] = {}
    for name, root in zip(names, family, strict=True):
        least[root] = min(least.get(root, name), name)
    return [_split(digest(f"{seed} {least[root]}") / 2**64, shares) for root in family]


def _split(draw: float, shares: tuple[float, float]) -> str:
    validation, test = shares
    if draw < validation:
        return "validation"
    return "test" if draw < validation + test else "train"


def melody_identity(tune: Tune) -> int:
    """A digest that two tunes share when one is a transposition of the other, note for note."""
    melody = list(_melody(tune))
    return digest(" ".join(f"{pitch - melody[0][0]}:{length}" for pitch, length in melody))
