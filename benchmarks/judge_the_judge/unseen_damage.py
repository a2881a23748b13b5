"""Damage that the second version of the strict rubric had not seen; the third was tuned on some of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from damage import NOTE, Damage, bars_of, if_changed, in_some_bars, named, some
from more_damage import beats_of, contents_of, with_contents

if TYPE_CHECKING:
    import random


def swapped_halves(text: str, rng: random.Random) -> str | None:
    """In half of the bars the first notes and the last change places, durations stay."""

    def swap(bar: str) -> str:
        contents = contents_of(bar)
        middle = len(contents) // 2
        return with_contents(bar, contents[middle:] + contents[:middle])

    return in_some_bars(text, rng, swap, 0.5)


def mirrored_frets(text: str, rng: random.Random) -> str | None:
    """In a third of the bars low frets are high and high ones low."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda note: f"{abs(9 - int(note[1]))}.{note[2]}", bar), 1 / 3)


def open_strings(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars all strings are open."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda note: f"0.{note[2]}", bar))


def bars_in_another_key(text: str, rng: random.Random) -> str | None:
    """A third of the bars is four semitones higher."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda note: f"{int(note[1]) + 4}.{note[2]}", bar), 1 / 3)


def leaps(text: str, rng: random.Random) -> str | None:
    """In a third of the bars every second note is seven frets higher."""

    def leap(bar: str) -> str:
        for note in reversed(list(NOTE.finditer(bar))[1::2]):
            bar = bar[: note.start()] + f"{int(note[1]) + 7}.{note[2]}" + bar[note.end() :]
        return bar

    return in_some_bars(text, rng, leap, 1 / 3)


def missing_strings(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one note is on a string that the instrument lacks."""

    def change(bar: str) -> str:
        notes = list(NOTE.finditer(bar))
        note = rng.choice(notes) if notes else None
        return bar if note is None else bar[: note.start()] + f"{note[1]}.9" + bar[note.end() :]

    return in_some_bars(text, rng, change)


def all_bar_lines_moved(text: str, _: random.Random) -> str | None:
    """Every bar line stands a beat too late."""
    lines, bars = bars_of(text)
    pairs = [(one, other) for one, other in pairwise(bars) if other == one + 1]
    for one, other in pairs:
        matches, bar = beats_of(lines[other])
        if len(matches) > 1:
            end = matches[0].end()
            lines[one] = f"{lines[one].removesuffix('|').rstrip()} {bar[:end]} |"
            lines[other] = bar[end:].lstrip()
    return if_changed("\n".join(lines), text)


def odd_meter(text: str, rng: random.Random) -> str | None:
    """From some bar on the time signature is 7/8."""
    return _with_line(text, rng, r"\ts (7 8)")


def _with_line(text: str, rng: random.Random, line: str) -> str | None:
    lines, bars = bars_of(text)
    if len(bars) < 3:
        return None
    lines.insert(rng.choice(bars[:-2]), line)
    return "\n".join(lines)


def decimal_commas(text: str, rng: random.Random) -> str | None:
    """In one note a comma stands for the full stop."""
    return _one_note(text, rng, lambda note: note.replace(".", ","))


def letters_for_digits(text: str, rng: random.Random) -> str | None:
    """In one note the fret is spelt out."""
    return _one_note(text, rng, lambda note: "three" + note[note.index(".") :])


def _one_note(text: str, rng: random.Random, change: object) -> str | None:
    lines, bars = bars_of(text)
    chosen = [number for number in bars if NOTE.search(lines[number])]
    if not chosen:
        return None
    number = rng.choice(chosen)
    lines[number] = NOTE.sub(lambda note: change(note[0]), lines[number], count=1)  # type: ignore[operator]
    return "\n".join(lines)


def repeated_end(text: str, _: random.Random) -> str | None:
    """The last third of the bars is its first bar over and over."""
    lines, bars = bars_of(text)
    last = bars[-max(3, len(bars) // 3) :]
    for number in last[1:]:
        lines[number] = lines[last[0]].removesuffix("|").rstrip() + (" |" if lines[number].endswith("|") else "")
    return if_changed("\n".join(lines), text)


def lost_notes(text: str, rng: random.Random) -> str | None:
    """One note or chord in five becomes a rest."""
    lines, bars = bars_of(text)
    for number in bars:
        contents = ["r" if rng.random() < 0.2 else content for content in contents_of(lines[number])]
        lines[number] = with_contents(lines[number], contents)
    return if_changed("\n".join(lines), text)


def other_instrument_strings(text: str, _: random.Random) -> str | None:
    """A guitar is tuned like a ukulele, with the same tab."""
    damaged = re.sub(r"\\tuning \(([^()]* ){5}[^()]*\)", r"\\tuning (A4 E4 C4 G4)", text)
    return if_changed(damaged, text)


def bars_from_elsewhere(text: str, rng: random.Random) -> str | None:
    """A quarter of the bars is another bar of the piece, backwards."""
    lines, bars = bars_of(text)
    for number in some(bars, rng):
        other = contents_of(lines[rng.choice(bars)])[::-1]
        own = contents_of(lines[number])
        if other:
            lines[number] = with_contents(lines[number], (other * len(own))[: len(own)])
    return if_changed("\n".join(lines), text)


OPERATORS: dict[str, Damage] = named(
    swapped_halves,
    mirrored_frets,
    open_strings,
    bars_in_another_key,
    leaps,
    missing_strings,
    all_bar_lines_moved,
    odd_meter,
    decimal_commas,
    letters_for_digits,
    repeated_end,
    lost_notes,
    other_instrument_strings,
    bars_from_elsewhere,
)
