"""From a unit of a source to rows of a corpus: every tune in as many settings as the recipe wants."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_model.data.arranger import fits, transpose
from alphatex_model.data.idiom import set_in_style
from alphatex_model.data.instruments import INSTRUMENTS
from alphatex_model.data.sources import read
from alphatex_model.data.splits import digest, melody_identity, name_key, passages
from alphatex_model.data.tunes import BrokenTuneError, Fault, Finished, Tune
from alphatex_model.data.writer import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_model.data.recipe import Arrange, Recipe
    from alphatex_model.data.sources import Unit

WIDEST = "guitar"
"""The instrument of tunes that are too wide for the one that was drawn."""


@dataclass(frozen=True, slots=True)
class Row:
    """One tune of a corpus: a row of `tunes.parquet`."""

    id: str
    source: str
    licence: str
    attribution: str
    split: str
    title: str
    composer: str
    arrangement: str
    key: str
    meter: str
    n_bars: int
    text: str


@dataclass(frozen=True, slots=True)
class Arranged:
    """A tune's rows before their split is known, with what decides the split.

    A tune without rows fits no instrument, for the `reason` given; it still tells which tunes are kin.
    """

    id: str
    source: str
    rows: tuple[Row, ...]
    keys: frozenset[int | str]
    identity: int
    reason: str = ""


def arrange_unit(recipe: Recipe, unit: Unit) -> list[Arranged | Fault]:
    """Read and arrange one unit."""
    return [arrange_item(recipe, item) for item in read(unit, recipe)]


def arrange_item(recipe: Recipe, item: Tune | Finished | Fault) -> Arranged | Fault:
    """What a reader found as rows: a tune is arranged, a finished piece is taken as it is."""
    if isinstance(item, Fault):
        return item
    if isinstance(item, Finished):
        return arranged(item.tune, [row_of(item.tune, item.tune.id, "native", item.text)])
    return arrange_tune(recipe, item)


def arrange_tune(recipe: Recipe, tune: Tune) -> Arranged:
    """One tune in as many arrangements as the recipe wants; those are left out that do not fit their instrument."""
    part = recipe.parts.get(tune.source)
    copies = part.copies if part and part.copies else recipe.arrange.copies
    rng = random.Random(digest(f"{recipe.split.seed} {tune.id}"))
    steps = [0, *rng.sample(recipe.arrange.intervals, copies - 1)]
    rows, reason = [], ""
    for number, semitones in enumerate(steps):
        try:
            rows.append(arranged_row(transpose(tune, semitones), semitones, number, recipe.arrange, rng))
        except BrokenTuneError as error:
            reason = str(error)
    return arranged(tune, rows, reason)


def arranged(tune: Tune, rows: Sequence[Row], reason: str = "") -> Arranged:
    """The rows with what their tune shares with its variants, and what it shares with its transpositions alone."""
    keys = passages(tune) | {name_key(tune), f"work {tune.work or tune.id}"}
    return Arranged(tune.id, tune.source, tuple(rows), keys, melody_identity(tune), reason)


def arranged_row(tune: Tune, semitones: int, number: int, plan: Arrange, rng: random.Random) -> Row:
    """A tune, moved by `semitones` already, in a style and on an instrument drawn from the plan."""
    style, instrument = _drawn(plan.styles, rng), _drawn(plan.instruments, rng)
    instrument = instrument if fits(tune, INSTRUMENTS[instrument]) else WIDEST
    text = write(set_in_style(tune, style, INSTRUMENTS[instrument], plan.techniques, rng))
    own = tune.id if number == 0 else f"{tune.id}@{number}"
    return row_of(tune, own, f"{style} {instrument} {semitones:+d}", text)


def row_of(tune: Tune, own: str, arrangement: str, text: str) -> Row:
    """The row `own` of a tune, without split."""
    first = tune.bars[0]
    return Row(
        id=own,
        source=tune.source,
        licence=tune.licence,
        attribution=tune.attribution,
        split="",
        title=tune.title,
        composer=tune.composer,
        arrangement=arrangement,
        key=first.key,
        meter=f"{first.meter[0]}/{first.meter[1]}",
        n_bars=len(tune.bars),
        text=text,
    )


def _drawn(weights: dict[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
