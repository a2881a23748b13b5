r"""Build the suite `strict` from held-out tunes: twenty prompts of each of ten kinds, no two from one tune.

A prompt is the beginning of a tune in canonical form (one tag or one bar a line), cut where its kind says; the
reference is how the tune goes on, up to a bar line. Tunes come from the `test` split only, so no model has seen them,
and only those whose licence lets them travel with this package.

    alphatex data build --recipe benchmarks/strict_suite/tunes.toml --out data/strict_tunes
    python benchmarks/strict_suite/build.py data/strict_tunes/tunes.parquet
"""

from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.suites import Prompt, Sampling, Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Cut = tuple[str, int | None]
"""A text, a tune or a part of it, and where a prompt of some kind may end in it; None where it has no such place."""

VERSION, SEED, PER_KIND = "2", 2026, 20
LONGEST_PROMPT, LONGEST_REFERENCE, MOST_TOKENS = 800, 700, 200
"""Characters and tokens: a prompt leaves room in a context of 512 tokens, a reference is as long as a completion of 200
at the three and a half characters a token that this project's tokenizer needs."""
LEAST_STRUCK = 16
"""Notes and chords that a reference strikes at least: less is too little music to judge."""
STRUCK = re.compile(r"(?<![\w.(\"])\(?(?:\d+\.\d|x\.\d|[a-z]{6,})(?![^{]*\})")
"""A note, a chord or a stroke on drums outside braces."""
DUPLE_METERS = {"2 2", "4 4", "2 4", "6 8"}
LICENCES = ("Public domain", "CC0", "CC BY 4.0", "CC BY 3.0")


@dataclass(frozen=True)
class Tune:
    """A held-out tune in one arrangement. Arrangements of one tune share its `family`; `origin` gives the credit."""

    id: str
    family: str
    text: str
    origin: str


def after_title(text: str, _rng: random.Random) -> Cut:
    found = re.match(r"\\title .*\n", text)
    return text, found.end() if found else None


def after_tuning(text: str, rng: random.Random) -> Cut:
    return text, one_of(re.finditer(r"\\tuning \(.*\)\n(\\capo .*\n)?", text), rng)


def after_first_bars(text: str, rng: random.Random) -> Cut:
    ends = bar_ends(text)
    return text, rng.choice(ends[:2]) if len(ends) > 2 else None


def inside_a_bar(text: str, rng: random.Random) -> Cut:
    return text, one_of(re.finditer(r"(?<=[\d}] )(?=\d+\.\d)", music(text)), rng)


def inside_a_chord(text: str, rng: random.Random) -> Cut:
    """In the first part, or in another after eight bars of the first."""
    first, *others = parts(text)
    whole = joined(first, rng.choice(others), 0)[0] if others else text
    return whole, one_of(re.finditer(r"(?<=[ \n])\(\d+\.\d\S* (?=\d[^()\n]*\)[^\n]*\|)", music(whole)), rng)


def inside_an_effect(text: str, rng: random.Random) -> Cut:
    return text, one_of(re.finditer(r"\d\{(?!d\}|t\}|tu )", music(text)), rng)


def after_rest_or_tuplet(text: str, rng: random.Random) -> Cut:
    return text, one_of(re.finditer(r"((?<= )r(\.\d+)?|\{tu \d+\}) (?=[^|\n])", music(text)), rng)


def at_another_part(text: str, rng: random.Random) -> Cut:
    """Eight bars of the first part, then the settings of another track or a second voice."""
    first, *others = parts(text)
    others = [part for part in others if "instrument percussion" not in part]
    if not others:
        return text, None
    other = rng.choice(others)
    return joined(first, other, settings(other))


def inside_drums(text: str, rng: random.Random) -> Cut:
    """Eight bars of the first part, then one or two of the drums'."""
    first, *others = parts(text)
    drums = next((part for part in others if "instrument percussion" in part), "")
    ends = bar_ends(drums)
    return joined(first, drums, rng.choice(ends[:2])) if len(ends) > 2 else (text, None)


def in_another_meter(text: str, rng: random.Random) -> Cut:
    meter = re.search(r"\\ts \((\d+ \d+)\)", text)
    return after_first_bars(text, rng) if meter and meter.group(1) not in DUPLE_METERS else (text, None)


def parts(text: str) -> list[str]:
    """A tune's tracks and second voices, the first part with all that stands before it."""
    tracks = [match.start() for match in re.finditer(r"(?m)^\\track", text)][1:]
    voices = [match.start() for match in re.finditer(r"(?m)^\\voice", text)][1::2]
    starts = sorted([*tracks, *voices])
    return [text[start:end].rstrip("\n") + "\n" for start, end in pairwise([0, *starts, len(text)])]


def joined(first: str, second: str, cut: int) -> Cut:
    """The first eight bars of two parts, cut `cut` characters into the second."""
    head = eight_bars(first)
    return head + eight_bars(second), len(head) + cut


def eight_bars(part: str) -> str:
    ends = bar_ends(part)
    return part[: ends[7]] if len(ends) > 7 else part


def settings(part: str) -> int:
    """Where a part's track, staff, tuning or voice tags end."""
    return max((match.end() for match in re.finditer(r"(?m)^\\(track|staff|tuning|voice)\b.*\n", part)), default=0)


KINDS: dict[str, Callable[[str, random.Random], Cut]] = {
    "meter": in_another_meter,
    "chord": inside_a_chord,
    "drums": inside_drums,
    "parts": at_another_part,
    "effect": inside_an_effect,
    "rhythm": after_rest_or_tuplet,
    "setup": after_tuning,
    "header": after_title,
    "opening": after_first_bars,
    "tab": inside_a_bar,
}
"""The kinds, rarest first, so that each finds its tunes."""


def build(tunes: Sequence[Tune], seed: int = SEED, per_kind: int = PER_KIND) -> Suite:
    """The suite of `per_kind` prompts of each kind; the same tunes and seed give the same suite.

    Raises ValueError naming the kinds that the tunes do not suffice for.
    """
    rng, used = random.Random(seed), set[str]()
    shuffled = sorted(tunes, key=lambda tune: tune.id)
    rng.shuffle(shuffled)
    prompts = {kind: list(take(kind, shuffled, rng, per_kind, used)) for kind in KINDS}
    short = {kind: len(found) for kind, found in prompts.items() if len(found) < per_kind}
    if short:
        raise ValueError(f"not enough tunes: of {per_kind} prompts each, found {short}")
    return Suite(
        name="strict",
        version=VERSION,
        description=f"{per_kind} prompts of each of {len(KINDS)} kinds, cut from held-out tunes.",
        sampling=Sampling(max_tokens=MOST_TOKENS),
        prompts=tuple(prompt for kind in sorted(prompts) for prompt in prompts[kind]),
    )


def read_tunes(path: Path) -> list[Tune]:
    """The tunes of the test split that may travel."""
    from pyarrow import parquet

    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    kept = [row for row in rows if row["split"] == "test" and row["licence"].startswith(LICENCES)]
    return [
        Tune(
            row["id"],
            row["id"].partition("@")[0],
            row["text"],
            f"{row['source']}, {row['licence']}, {row['attribution']}",
        )
        for row in kept
    ]


def take(kind: str, tunes: Sequence[Tune], rng: random.Random, count: int, used: set[str]) -> Iterator[Prompt]:
    """Up to `count` prompts of a kind, from tunes that have a place for one and are not used yet."""
    names = (f"{kind}-{number:02}" for number in range(1, count + 1))
    for tune in tunes:
        text, cut = (tune.text, None) if tune.family in used else KINDS[kind](tune.text, rng)
        reference = "" if cut is None else up_to_a_bar_line(text[cut:])
        if cut is None or cut > LONGEST_PROMPT or len(STRUCK.findall(music(reference))) < LEAST_STRUCK:
            continue
        name = next(names, None)
        if name is None:
            return
        used.add(tune.family)
        yield Prompt(id=name, kind=kind, text=text[:cut], reference=reference, note=f"{tune.id}: {tune.origin}")


def up_to_a_bar_line(rest: str) -> str:
    """The rest of a tune, or as much of it as a completion may be long, to a bar line."""
    if len(rest) <= LONGEST_REFERENCE:
        return rest
    return rest[: rest.rfind("|\n", 0, LONGEST_REFERENCE) + 1]


def bar_ends(text: str) -> list[int]:
    """Where bars end that another bar follows."""
    return [match.end() for match in re.finditer(r"(?m)^[^\\\n].*\|\n", text)]


def music(text: str) -> str:
    """The text with its first settings blanked, so that offsets stay."""
    start = re.search(r"(?m)^[^\\\n]", text)
    return " " * start.start() + text[start.start() :] if start else ""


def one_of(matches: Iterable[re.Match[str]], rng: random.Random) -> int | None:
    """The end of one of the matches that a prompt can reach."""
    ends = [match.end() for match in matches if match.end() <= LONGEST_PROMPT]
    return rng.choice(ends) if ends else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the suite `strict` from held-out tunes.")
    parser.add_argument("tunes", type=Path, help="tunes.parquet of a built corpus")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "suites/strict.json")
    given = parser.parse_args()
    suite = build(read_tunes(given.tunes))
    given.out.write_text(json.dumps(suite.model_dump(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{given.out}: {len(suite.prompts)} prompts, identity {suite.identity()['prompts']}")


if __name__ == "__main__":
    main()
