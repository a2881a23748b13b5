"""Damaged texts for the agreement tests: seeded mutations at every level, from a character to a whole stretch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial

CHARACTERS = "()[]{}|.:*\\\"'/-#0123456789abcdefgrxntuv \n\t,;=%\u00e9\ufeff\0"
FRAGMENTS = (
    *("|", " | ", "\\", "//", "/* x */", ":8 ", ":3 ", ":4{tu 3} ", ".4", "* 2", "{h}", "{d}", "{b (0 4)}", "{tu 3}"),
    *(
        "\\ts 3 4 ",
        "\\ts (33 4) ",
        "\\track ",
        "\\staff ",
        "\\voice ",
        "\\tempo 120 ",
        "\\tuning e4 b3 ",
        "\\tuning none ",
    ),
    *(
        '"',
        "'",
        "(",
        ")",
        "{",
        "}",
        "r",
        "x",
        "-",
        "x.2",
        "c4",
        "3.3",
        "3.7",
        "38",
        "KickHit",
        "foo",
        "\\foo ",
        "()",
        "(0.1 1.2).8",
    ),
    *(
        "\\instrument percussion ",
        "\\instrument 33 ",
        "\\articulation defaults ",
        "\\section A ",
        "\\chord (C 0 1 x) ",
        ". ",
    ),
    *(
        "\\voicemode barwise ",
        "\\ae (1 2) ",
        "\\sync 0 0 0 ",
        "{foo (1)}",
        "{f (3)}",
        '"\\u0041"',
        '"\\q"',
        "{be (0 0 5)}",
        "{ah ()}",
    ),
)

Mutation = Callable[[random.Random, str], str]


def delete(chance: random.Random, text: str) -> str:
    """Cut a stretch out."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + text[start + chance.choice((1, 1, 2, 5, 20)) :]


def insert(chance: random.Random, text: str, pool: Sequence[str]) -> str:
    """Put something in."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice(pool) + text[start:]


def replace(chance: random.Random, text: str) -> str:
    """Change one character."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice(CHARACTERS) + text[start + 1 :]


def repeat(chance: random.Random, text: str) -> str:
    """Write a stretch twice."""
    start = chance.randrange(len(text) + 1)
    stretch = text[start : start + chance.choice((1, 3, 10, 40))]
    return text[:start] + stretch + text[start:]


def cut(chance: random.Random, text: str) -> str:
    """Leave the end out."""
    return text[: chance.randrange(len(text) + 1)]


def swap_words(chance: random.Random, text: str) -> str:
    """Exchange two words."""
    words = text.split(" ")
    a, b = chance.randrange(len(words)), chance.randrange(len(words))
    words[a], words[b] = words[b], words[a]
    return " ".join(words)


MUTATIONS: tuple[Mutation, ...] = (
    delete,
    replace,
    repeat,
    cut,
    swap_words,
    partial(insert, pool=CHARACTERS),
    partial(insert, pool=FRAGMENTS),
    partial(insert, pool=FRAGMENTS),
)


def mutants(texts: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """`count` texts, each one of `texts` with one to four mutations; every tenth has two texts in a row."""
    chance = random.Random(seed)
    for index in range(count):
        text = chance.choice(texts)
        if index % 10 == 0:
            text += chance.choice(("\n", " | ", "")) + chance.choice(texts)
        for _ in range(chance.choice((1, 1, 2, 4))):
            text = chance.choice(MUTATIONS)(chance, text)
        yield text
