"""What is in a corpus: figures for programs, and a page for people."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from statistics import quantiles
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alphatex_model.data.recipe import Recipe
    from alphatex_model.data.rows import Row
    from alphatex_model.data.tunes import Fault

EFFECTS = {
    "ac": "accent", "b": "bend", "bd": "strum down", "be": "bend", "bu": "strum up", "ch": "chord name", "d": "dot",
    "fermata": "fermata", "g": "ghost note", "gr": "grace note",
    "h": "hammer-on or pull-off", "lr": "let ring", "nh": "natural harmonic",
    "pm": "palm mute", "sd": "pick stroke down", "sib": "slide in", "sl": "legato slide", "ss": "shift slide",
    "st": "staccato", "su": "pick stroke up", "t": "tie", "tp": "tremolo picking", "tr": "trill", "tu": "tuplet",
    "v": "vibrato",
}  # fmt: skip
"""Properties of notes and beats that are counted."""
BLOCK = re.compile(r"\{([^{}]*)\}")
PROPERTY = re.compile(r"([a-z]+)(?: \([^)]*\)| \"[^\"]*\"| [\d.]+| medium)?")
PERCENTILES = (5, 25, 50, 75, 95)
MOST = 12
"""Lines of a table on the page."""


def statistics_of(
    recipe: Recipe, rows: Sequence[Row], faults: Sequence[Fault], left_out: Mapping[str, int]
) -> dict[str, Any]:
    """Counts of everything in the corpus, and of what was left out."""
    return {
        "recipe": recipe.name,
        "description": recipe.description,
        "tunes": len(rows),
        "characters": sum(len(row.text) for row in rows),
        "bars": sum(row.n_bars for row in rows),
        **left_out,
        "skipped": len(faults),
        "splits": counts(row.split for row in rows),
        "sources": counts(row.source for row in rows),
        "licences": counts(row.licence for row in rows),
        "arrangements": counts(row.arrangement.split()[0] for row in rows),
        "instruments": counts(row.arrangement.split()[1] for row in rows if " " in row.arrangement),
        "meters": counts(row.meter for row in rows),
        "keys": counts(row.key for row in rows),
        "effects": counts(effect for row in rows for effect in effects_of(row.text)),
        "characters_a_tune": percentiles([len(row.text) for row in rows]),
        "bars_a_tune": percentiles([row.n_bars for row in rows]),
        "reasons": counts(re.sub(r"\d+(/\d+)?", "N", fault.reason) for fault in faults),
        "attributions": counts(row.attribution for row in rows),
        "faults": [asdict(fault) for fault in faults],
    }


def counts(values: Iterable[object]) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return {str(value): number for value, number in Counter(values).most_common()}


def percentiles(values: Sequence[int]) -> dict[str, int]:
    """The values below which so many per cent lie, by "5", "25" and so on; empty for fewer than two values."""
    if len(values) < 2:
        return {}
    cuts = quantiles(values, n=100, method="inclusive")
    return {str(share): round(cuts[share - 1]) for share in PERCENTILES}


def effects_of(text: str) -> list[str]:
    """The techniques written in a text, by their names in `EFFECTS`, as often as they occur."""
    names = (name for block in BLOCK.findall(text) for name in PROPERTY.findall(block))
    return [EFFECTS[name] for name in names if name in EFFECTS]


def page(statistics: dict[str, Any]) -> str:
    """The statistics as a page of Markdown: what a corpus folder's README says."""
    splits = ", ".join(f"{number:,} {name}" for name, number in statistics["splits"].items())
    parts = [
        f"# Corpus {statistics['recipe']}",
        statistics["description"],
        f"{statistics['tunes']:,} tunes ({splits}), {statistics['bars']:,} bars of melody, "
        f"{statistics['characters'] / 1e6:.1f} million characters of alphaTex. Left out: {statistics['skipped']:,} "
        f"that do not add up or do not fit, {statistics['repeated']:,} that repeat another in some key, "
        f"{statistics['torn']:,} kin to tunes of different splits.",
        table("length of a tune", statistics["characters_a_tune"], "percentile", "characters"),
        *(table(name, statistics[name]) for name in ("sources", "licences", "arrangements", "instruments")),
        *(table(name, statistics[name]) for name in ("meters", "keys", "effects")),
        table("why tunes were left out", statistics["reasons"]),
        table("attributions", statistics["attributions"]),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def table(title: str, rows: dict[str, int], head: str = "", unit: str = "count") -> str:
    """A Markdown table of the first rows, with the rest summed up; empty without rows."""
    if not rows:
        return ""
    shown = list(rows.items())[:MOST]
    rest = sum(list(rows.values())[MOST:])
    lines = [f"| {name or '(none)'} | {number:,} |" for name, number in shown]
    lines += [f"| {len(rows) - MOST} more | {rest:,} |"] if rest else []
    return "\n".join([f"## {title.capitalize()}", "", f"| {head} | {unit} |", "|---|---:|", *lines])
