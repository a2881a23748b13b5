from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from alphatex_model.data.recipe import Recipe
from alphatex_model.data.rows import Arranged, arrange_unit
from alphatex_model.data.sources import BOOKS, tune_book_units

if TYPE_CHECKING:
    from alphatex_model.data.rows import Row

SAMPLE = 300


@pytest.fixture(scope="session")
def sample() -> list[Row]:
    """A seeded sample of arranged tunes from every tune book."""
    rng = random.Random(6)
    units = tune_book_units(tuple(BOOKS))
    chosen = rng.sample(units, 4)
    arranged = [item for unit in chosen for item in arrange_unit(Recipe(name="plain"), unit)]
    rows = [item.rows[0] for item in arranged if isinstance(item, Arranged)]
    return rng.sample(rows, SAMPLE)
