"""Collects what a strategy gives, so that many texts go to alphaTab in one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import Phase, given, seed, settings

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def examples(strategy: SearchStrategy[T], count: int, *, first_seed: int = 0) -> list[T]:
    """`count` examples, the same in every run. Health checks are on."""
    found: list[T] = []

    @seed(first_seed)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate])
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found
