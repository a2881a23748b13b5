"""Ways to damage a tab: each takes a canonical text and a random generator and gives a worse text, or None.

Texts are taken line by line: in canonical form a line that starts with a backslash is a tag, any other line a bar that
says its own durations. Each operator is one kind of mistake, at the strength named in its docstring.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

Named = TypeVar("Named", bound=Callable[..., object])
Damage = Callable[[str, random.Random], str | None]

NOTE = re.compile(r"(?<![\w.])(\d+)\.([1-9])(?![\w])")
DURATION = re.compile(r"(:|(?<=\.\d\.)|(?<=\d\d\.\d\.)|(?<=\)\.)|(?<=r\.)|(?<=\}\.))(1|2|4|8|16|32)(?=[\s{]|$)")
OPEN_STRINGS = (64, 59, 55, 50, 45, 40)
SOME = 0.25


def bars_of(text: str) -> tuple[list[str], list[int]]:
    """The lines of a text, and the numbers of those that are bars."""
    lines = text.split("\n")
    return lines, [number for number, line in enumerate(lines) if line.strip() and not line.startswith("\\")]


def some(numbers: list[int], rng: random.Random, share: float = SOME) -> list[int]:
    """A share of the numbers, at least one, in order."""
    return sorted(rng.sample(numbers, max(1, round(share * len(numbers))))) if numbers else []


def if_changed(damaged: str, text: str) -> str | None:
    """The damaged text; None if it is the one it was made from."""
    return damaged if damaged != text else None


def in_some_bars(text: str, rng: random.Random, change: Callable[[str], str], share: float = SOME) -> str | None:
    """The text with a share of its bars changed; None where nothing changes."""
    lines, bars = bars_of(text)
    for number in some(bars, rng, share):
        lines[number] = change(lines[number])
    return if_changed("\n".join(lines), text)


def lost_bar_lines(text: str, rng: random.Random) -> str | None:
    """One bar line in eight is lost, at least one."""
    places = [match.start() for match in re.finditer(r" \|\n(?!\\)", text)]
    for place in reversed(some(places, rng, 1 / 8)):
        text = text[:place] + text[place + 2 :]
    return text if places else None


def moved_bar_lines(text: str, rng: random.Random) -> str | None:
    """One bar line in eight stands a beat too early."""
    lines, bars = bars_of(text)
    pairs = [one for one, other in pairwise(bars) if other == one + 1 and len(_beats(lines[one])) > 1]
    for number in reversed(some(pairs, rng, 1 / 8)):
        beats = lines[number].removesuffix(" |").split(" ")
        lines[number] = " ".join(beats[:-1]) + " |"
        lines[number + 1] = f"{beats[-1]} {lines[number + 1]}"
    return "\n".join(lines) if pairs else None


def _beats(bar: str) -> list[str]:
    return [item for item in bar.split() if not item.startswith((":", "|"))]


def wrong_durations(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one duration is halved or doubled."""
    return in_some_bars(text, rng, lambda bar: _one(DURATION, bar, rng, _other_duration(rng)))


def _other_duration(rng: random.Random) -> Callable[[re.Match[str]], str]:
    def other(match: re.Match[str]) -> str:
        value = int(match[2])
        return match[1] + str(value * 2 if value == 1 or (value < 32 and rng.random() < 0.5) else value // 2)

    return other


def _one(pattern: re.Pattern[str], bar: str, rng: random.Random, new: Callable[[re.Match[str]], str]) -> str:
    """The bar with one match of the pattern replaced."""
    matches = list(pattern.finditer(bar))
    if not matches:
        return bar
    match = rng.choice(matches)
    return bar[: match.start()] + new(match) + bar[match.end() :]


def lost_dots(text: str, _: random.Random) -> str | None:
    """All dots are lost."""
    damaged = text.replace("{d}", "")
    return if_changed(damaged, text)


def one_string(text: str, rng: random.Random) -> str | None:
    """A quarter of the bars is played on one string, at the same pitches."""
    string = rng.randint(4, 6)

    def move(match: re.Match[str]) -> str:
        pitch = OPEN_STRINGS[int(match[2]) - 1] + int(match[1]) if int(match[2]) <= 6 else 0
        return f"{pitch - OPEN_STRINGS[string - 1]}.{string}" if pitch >= OPEN_STRINGS[string - 1] else match[0]

    return in_some_bars(text, rng, lambda bar: NOTE.sub(move, bar))


def doubled_strings(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one note gets a second one on its own string."""
    return in_some_bars(
        text, rng, lambda bar: _one_single(bar, rng, lambda n: f"({n[1]}.{n[2]} {int(n[1]) + 2}.{n[2]})")
    )


def _one_single(bar: str, rng: random.Random, new: Callable[[re.Match[str]], str]) -> str:
    """As `_one` for notes outside chords and without properties of their own."""
    return _one(re.compile(r"(?<![\w.(])(?<!\(\d\.\d )(\d+)\.([1-9])(?=[\s.])(?![^()]*\))"), bar, rng, new)


def impossible_spans(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one note becomes a chord that no hand spans."""

    def stretch(match: re.Match[str]) -> str:
        fret, string = max(1, int(match[1])), int(match[2])
        return f"({fret}.{string} {fret + rng.randint(9, 12)}.{string + 1 if string < 6 else 5})"

    return in_some_bars(text, rng, lambda bar: _one_single(bar, rng, stretch))


def off_the_neck(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one note lies beyond the neck."""
    return in_some_bars(text, rng, lambda bar: _one(NOTE, bar, rng, lambda n: f"{rng.randint(25, 40)}.{n[2]}"))


def transposed_half_bars(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars the second half is transposed by up to six semitones."""

    def transpose(bar: str) -> str:
        step = rng.choice([-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6])
        middle = bar.rfind(" ", 0, max(len(bar) // 2, 1)) + 1
        return bar[:middle] + NOTE.sub(lambda n: f"{abs(int(n[1]) + step)}.{n[2]}", bar[middle:])

    return in_some_bars(text, rng, transpose)


def shuffled_bars(text: str, rng: random.Random) -> str | None:
    """All bars stand in another order; tags stay where they are."""
    lines, bars = bars_of(text)
    contents = [lines[number].removesuffix(" |") for number in bars]
    if len(set(contents)) < 2:
        return None
    order = list(range(len(bars)))
    while [contents[place] for place in order] == contents:
        rng.shuffle(order)
    for number, place in zip(bars, order, strict=True):
        lines[number] = contents[place] + (" |" if lines[number].endswith("|") else "")
    return "\n".join(lines)


def copied_loop(text: str, rng: random.Random) -> str | None:
    """Half of the piece is one bar over and over."""
    lines, bars = bars_of(text)
    first = rng.randrange(max(1, len(bars) // 2))
    for number in bars[first + 1 : first + 1 + max(3, len(bars) // 2)]:
        lines[number] = lines[bars[first]].removesuffix(" |") + (" |" if lines[number].endswith("|") else "")
    return if_changed("\n".join(lines), text)


def swapped_fret_and_string(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars fret and string change places, as in the report's `string.fret`."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda n: f"{n[2]}.{n[1]}", bar))


def random_frets(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars every fret is a random one."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda n: f"{rng.randint(0, 12)}.{n[2]}", bar))


def random_strings(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars every note is on a random string at its fret."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda n: f"{n[1]}.{rng.randint(1, 6)}", bar))


def silenced(text: str, rng: random.Random) -> str | None:
    """In half of the bars every note becomes a rest."""
    return in_some_bars(text, rng, lambda bar: re.sub(r"\([^)]*\)|" + NOTE.pattern, "r", bar), 0.5)


def reversed_bars(text: str, _: random.Random) -> str | None:
    """The bars stand in reverse order."""
    lines, bars = bars_of(text)
    contents = [lines[number].removesuffix(" |") for number in bars]
    if contents == contents[::-1]:
        return None
    for number, content in zip(bars, reversed(contents), strict=True):
        lines[number] = content + (" |" if lines[number].endswith("|") else "")
    return "\n".join(lines)


def cut_quote(text: str, rng: random.Random) -> str | None:
    """One quotation mark is lost."""
    return _without_one(text, '"', rng)


def cut_brace(text: str, rng: random.Random) -> str | None:
    """One brace is lost."""
    return _without_one(text, "{}", rng)


def cut_parenthesis(text: str, rng: random.Random) -> str | None:
    """One parenthesis is lost."""
    return _without_one(text, "()", rng)


def _without_one(text: str, marks: str, rng: random.Random) -> str | None:
    places = [place for place, character in enumerate(text) if character in marks]
    if not places:
        return None
    place = rng.choice(places)
    return text[:place] + text[place + 1 :]


def misspelt_tag(text: str, rng: random.Random) -> str | None:
    """Two letters of a tag change places, or one is lost."""
    tags = list(re.finditer(r"\\([a-z]{3,})", text, re.IGNORECASE))
    if not tags:
        return None
    tag = rng.choice(tags)
    letters = list(tag[1])
    place = rng.randrange(len(letters) - 1)
    if letters[place] == letters[place + 1]:
        del letters[place]
    else:
        letters[place : place + 2] = letters[place + 1], letters[place]
    return text[: tag.start(1)] + "".join(letters) + text[tag.end(1) :]


def stopped_short(text: str, rng: random.Random) -> str | None:
    """The text stops in the middle of a bar, though the model says that it is whole."""
    lines, bars = bars_of(text)
    candidates = [number for number in bars[len(bars) // 2 :] if len(_beats(lines[number])) > 1]
    if not candidates:
        return None
    number = rng.choice(candidates)
    beats = lines[number].removesuffix(" |").split(" ")
    return "\n".join([*lines[:number], " ".join(beats[:-1])])


def named(*functions: Named) -> dict[str, Named]:
    """Functions by their own names."""
    return {function.__name__: function for function in functions}


OPERATORS: dict[str, Damage] = named(
    lost_bar_lines,
    moved_bar_lines,
    wrong_durations,
    lost_dots,
    one_string,
    doubled_strings,
    impossible_spans,
    off_the_neck,
    transposed_half_bars,
    shuffled_bars,
    reversed_bars,
    copied_loop,
    swapped_fret_and_string,
    random_frets,
    random_strings,
    silenced,
    cut_quote,
    cut_brace,
    cut_parenthesis,
    misspelt_tag,
    stopped_short,
)
