"""Train, validation and test without leakage: variants of one tune always fall into the same split.

Two tunes are variants when they share title and composer, or a passage of `PASSAGE` notes with the same intervals and
rhythm (so a transposition is a variant). Variants of variants are variants. Which split a family of tunes goes to
depends only on the family's own names and the recipe's seed. The tune books, which every recipe can have, form their
families among themselves: their tunes lie in the same split whatever else is in the corpus.
"""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

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


class Kinship:
    """Families of items that share a key, directly or through others; built one item at a time."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._first: dict[object, int] = {}

    def family(self, item: int) -> int:
        """The first item of the family that `item` belongs to."""
        parent = self._parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def families_with(self, keys: Iterable[object]) -> set[int]:
        """The families that share one of `keys`."""
        return {self.family(self._first[key]) for key in keys if key in self._first}

    def add(self, keys: Collection[object]) -> None:
        """The next item: it joins all families that share one of its keys into one."""
        item = len(self._parent)
        kin = {item, *self.families_with(keys)}
        self._parent.append(item)
        for one in kin:
            self._parent[one] = min(kin)
        for key in keys:
            self._first.setdefault(key, item)


def drawn_by(seed: int, shares: tuple[float, float]) -> Callable[[str], str]:
    """How a family draws its split by its name; `shares` are those of validation and test."""
    return lambda name: _split(digest(f"{seed} {name}") / 2**64, shares)


def assign(
    names: Sequence[str], keys: Sequence[Collection[object]], settled: int, drawn: Callable[[str], str]
) -> list[str]:
    """The split of every item, by the least name of its family.

    The families of the first `settled` items are formed among them alone, so that what follows never moves them. A
    later item goes where its family is; one that is kin to families in different splits belongs nowhere ("").
    """
    kinship = Kinship()
    for own in keys[:settled]:
        kinship.add(own)
    split_of = {kinship.family(item): split for item, split in enumerate(_draws(names[:settled], kinship, drawn))}
    torn = set()
    for item, own in enumerate(keys[settled:], start=settled):
        splits = {split_of[family] for family in kinship.families_with(own) if family in split_of}
        torn |= {item} if len(splits) > 1 else set()
        kinship.add(() if item in torn else own)
    free = _draws(names, kinship, drawn)
    return ["" if item in torn else split_of.get(kinship.family(item), free[item]) for item in range(len(names))]


def _draws(names: Sequence[str], kinship: Kinship, drawn: Callable[[str], str]) -> list[str]:
    """The split that each item's family draws by its least name."""
    family = [kinship.family(item) for item in range(len(names))]
    least: dict[int, str] = {}
    for name, root in zip(names, family, strict=True):
        least[root] = min(least.get(root, name), name)
    return [drawn(least[root]) for root in family]


def _split(draw: float, shares: tuple[float, float]) -> str:
    validation, test = shares
    if draw < validation:
        return "validation"
    return "test" if draw < validation + test else "train"


def melody_identity(tune: Tune) -> int:
    """A digest that two tunes share when one is a transposition of the other, note for note."""
    melody = list(_melody(tune))
    return digest(" ".join(f"{pitch - melody[0][0]}:{length}" for pitch, length in melody))
