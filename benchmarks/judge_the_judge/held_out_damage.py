"""Damage that no scorer was tuned on: written before the fourth version of the strict rubric, measured after it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from damage import NOTE, Damage, bars_of, if_changed, in_some_bars, named, some
from later_damage import spelt, with_durations
from more_damage import contents_of, with_contents

if TYPE_CHECKING:
    import random

SINGLE = re.compile(r"(?<![\w.(])(\d+)\.([1-9])(?=[\s.])(?![^()]*\))")


def late_beats(text: str, rng: random.Random) -> str | None:
    """In a third of the bars every beat, note and duration, comes one place later, the last one first."""

    def change(bar: str) -> str:
        beats = with_durations(bar)
        return bar if beats is None or len(set(beats)) < 2 else spelt(beats[-1:] + beats[:-1], bar)

    return in_some_bars(text, rng, change, 1 / 3)


def mixed_beats(text: str, rng: random.Random) -> str | None:
    """In a third of the bars the beats, note and duration together, stand in another order."""

    def change(bar: str) -> str:
        beats = with_durations(bar)
        mixed = rng.sample(beats or [], len(beats or []))
        return bar if beats is None or mixed == beats else spelt(mixed, bar)

    return in_some_bars(text, rng, change, 1 / 3)


def dotted_pairs(text: str, rng: random.Random) -> str | None:
    """In half of the bars two neighbours of one duration become a dotted one and one of half the length."""

    def change(bar: str) -> str:
        beats = with_durations(bar) or []
        pairs = [
            place
            for place, ((_, one), (_, other)) in enumerate(pairwise(beats))
            if one == other and one in ("2", "4", "8")
        ]
        if not pairs:
            return bar
        place = rng.choice(pairs)
        (one, value), (other, _) = beats[place : place + 2]
        beats[place : place + 2] = (one, value + "{d}"), (other, str(int(value) * 2))
        return spelt(beats, bar)

    return in_some_bars(text, rng, change, 0.5)


def early_voice(text: str, _: random.Random) -> str | None:
    """The last of several voices plays everything a bar too early."""
    lines, bars = bars_of(text)
    starts = [number for number, line in enumerate(lines) if line.startswith(("\\voice", "\\track"))]
    own = [number for number in bars if starts and number > starts[-1]]
    if not own or own == bars:
        return None
    contents = [lines[number].removesuffix(" |") for number in own]
    for number, content in zip(own, [*contents[1:], contents[0]], strict=True):
        lines[number] = content + (" |" if lines[number].endswith("|") else "")
    return if_changed("\n".join(lines), text)


def missing_bars(text: str, rng: random.Random) -> str | None:
    """One bar in six of the first voice is missing."""
    lines, bars = bars_of(text)
    first = next((place for place, number in enumerate(bars) if place and number > bars[place - 1] + 12), len(bars))
    for number in reversed(some(bars[1 : first - 1], rng, 1 / 6)):
        del lines[number]
    return if_changed("\n".join(lines), text)


def octave_bars(text: str, rng: random.Random) -> str | None:
    """A quarter of the bars is an octave higher."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda note: f"{int(note[1]) + 12}.{note[2]}", bar))


def wrong_thirds(text: str, rng: random.Random) -> str | None:
    """One note in eight is three or four frets too high."""
    lines, bars = bars_of(text)
    for number in bars:
        lines[number] = NOTE.sub(
            lambda note: f"{int(note[1]) + rng.choice([3, 4])}.{note[2]}" if rng.random() < 1 / 8 else note[0],
            lines[number],
        )
    return if_changed("\n".join(lines), text)


def stray_notes(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars a single note gets a second one beside it, on any fret within reach."""

    def add(bar: str) -> str:
        notes = list(SINGLE.finditer(bar))
        if not notes:
            return bar
        note = rng.choice(notes)
        fret, string = int(note[1]), int(note[2])
        other = f"{max(0, fret + rng.randint(-3, 3))}.{string + 1 if string < 4 else string - 1}"
        return f"{bar[: note.start()]}({note[0]} {other}){bar[note.end() :]}"

    return in_some_bars(text, rng, add)


def repeated_halves(text: str, rng: random.Random) -> str | None:
    """In a third of the bars the second half has the notes of the first, durations stay."""

    def change(bar: str) -> str:
        contents = contents_of(bar)
        middle = len(contents) // 2
        return with_contents(bar, (contents[:middle] * 3)[: len(contents)]) if middle else bar

    return in_some_bars(text, rng, change, 1 / 3)


def risen_second_half(text: str, _: random.Random) -> str | None:
    """In the second half of each voice everything is a semitone higher."""
    lines, bars = bars_of(text)
    starts = {number for number, line in enumerate(lines) if line.startswith(("\\voice", "\\track"))}
    parts: list[list[int]] = [[]]
    for number in range(len(lines)):
        if number in starts:
            parts.append([])
        elif number in bars:
            parts[-1].append(number)
    for part in parts:
        for number in part[len(part) // 2 :]:
            lines[number] = NOTE.sub(lambda note: f"{int(note[1]) + 1}.{note[2]}", lines[number])
    return if_changed("\n".join(lines), text)


OPERATORS: dict[str, Damage] = named(
    late_beats,
    mixed_beats,
    dotted_pairs,
    early_voice,
    missing_bars,
    octave_bars,
    wrong_thirds,
    stray_notes,
    repeated_halves,
    risen_second_half,
)
