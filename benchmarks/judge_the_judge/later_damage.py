"""Damage that the third version of the strict rubric had not seen; the fourth was tuned on some of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from damage import NOTE, OPEN_STRINGS, Damage, bars_of, if_changed, in_some_bars, named, some
from more_damage import beats_of, contents_of, with_contents

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

CHORD = re.compile(r"\((?:\d+\.\d(?:\{[^{}]*\})? ?){2,}\)")
HIGHEST_FRET = 15
PICKUP = re.compile(r"\A((?:\\.*\n)*?)\\ac\n((?:\\.*\n)*)[^\\\n].* \|\n")
"""The tags before the first bar, which is marked as an upbeat, and that bar."""

HITS = re.compile(r"(?<![\\\w])[A-Za-z]{4,}")


def reordered_durations(text: str, rng: random.Random) -> str | None:
    """In half of the bars the durations stand in another order, the notes stay."""

    def change(bar: str) -> str:
        written = with_durations(bar)
        if written is None:
            return bar
        durations = [duration for _, duration in written]
        rng.shuffle(durations)
        return _with_other_durations(written, durations, bar)

    return in_some_bars(text, rng, change, 0.5)


def reversed_durations(text: str, rng: random.Random) -> str | None:
    """In half of the bars long notes are short and short ones long: the durations run backwards."""

    def change(bar: str) -> str:
        written = with_durations(bar)
        if written is None:
            return bar
        backwards = [duration for _, duration in reversed(written)]
        return _with_other_durations(written, backwards, bar)

    return in_some_bars(text, rng, change, 0.5)


def augmented_bars(text: str, rng: random.Random) -> str | None:
    """In one bar of six every duration is twice as long."""

    def change(bar: str) -> str:
        return re.sub(r"(:|(?<=\d)\.|(?<=[})r])\.)(2|4|8|16|32)(?=[\s{]|$)", _halved_value, bar)

    return in_some_bars(text, rng, change, 1 / 6)


def _halved_value(match: re.Match[str]) -> str:
    return f"{match[1]}{int(match[2]) // 2}"


def with_durations(bar: str) -> list[tuple[str, str]] | None:
    """The contents of a bar's beats, each with its duration and dots; None where it has tuplets or says no duration."""
    if "tu " in bar:
        return None
    found: list[tuple[str, str]] = []
    now = ""
    place = 0
    matches, _ = beats_of(bar)
    for match in matches:
        said = re.findall(r":(\d+)", bar[place : match.start()])
        own = re.match(r"\.(\d+)", match["rest"])
        now = own[1] if own else said[-1] if said else now
        if not now:
            return None
        found.append((match["content"], now + ("{d}" if "{d}" in match["rest"] else "")))
        place = match.end()
    return found


def _with_other_durations(beats: list[tuple[str, str]], durations: list[str], bar: str) -> str:
    """The bar with other durations; as it is where they are the same: a bar spelt otherwise is not damaged."""
    changed = [(content, new) for (content, _), new in zip(beats, durations, strict=True)]
    return bar if changed == beats else spelt(changed, bar)


def spelt(beats: list[tuple[str, str]], bar: str) -> str:
    line = " ".join(f"{content}.{duration}" for content, duration in beats)
    return line + (" |" if bar.endswith("|") else "")


def wrong_chord_tones(text: str, rng: random.Random) -> str | None:
    """In a third of the chords one tone is a fret too high or too low."""

    def change(chord: re.Match[str]) -> str:
        notes = list(NOTE.finditer(chord[0]))
        if rng.random() > 1 / 3 or not notes:
            return chord[0]
        note = rng.choice(notes)
        fret = int(note[1])
        other = f"{fret + 1 if fret == 0 else fret + rng.choice([-1, 1])}.{note[2]}"
        return chord[0][: note.start()] + other + chord[0][note.end() :]

    return _changed(text, lambda bar: CHORD.sub(change, bar))


def slipped_chords(text: str, rng: random.Random) -> str | None:
    """A third of the chords stands one string too low, with the same frets."""

    def change(chord: re.Match[str]) -> str:
        strings = [int(note[2]) for note in NOTE.finditer(chord[0])]
        if not strings or rng.random() > 1 / 3:
            return chord[0]
        step = 1 if max(strings) < len(OPEN_STRINGS) else -1
        if min(strings) + step < 1:
            return chord[0]
        return NOTE.sub(lambda note: f"{note[1]}.{int(note[2]) + step}", chord[0])

    return _changed(text, lambda bar: CHORD.sub(change, bar))


def slipped_strings(text: str, rng: random.Random) -> str | None:
    """In a third of the bars what belongs to one string is written on the next."""

    def change(bar: str) -> str:
        strings = sorted({int(note[2]) for note in NOTE.finditer(bar)})
        if not strings:
            return bar
        string = rng.choice(strings)
        other = string + 1 if string < 4 else string - 1
        return NOTE.sub(lambda note: f"{note[1]}.{other if int(note[2]) == string else note[2]}", bar)

    return in_some_bars(text, rng, change, 1 / 3)


def _changed(text: str, change: Callable[[str], str]) -> str | None:
    lines, bars = bars_of(text)
    for number in bars:
        lines[number] = change(lines[number])
    return if_changed("\n".join(lines), text)


def _tracks(text: str) -> list[tuple[int, int]]:
    """First and last line (exclusive) of each track."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("\\track")]
    return list(pairwise([*starts, len(lines)]))


def late_track(text: str, _: random.Random) -> str | None:
    """The last of several tracks plays everything a bar too late."""
    tracks = _tracks(text)
    if len(tracks) < 2:
        return None
    lines, bars = bars_of(text)
    own = [number for number in bars if number >= tracks[-1][0]]
    contents = [lines[number].removesuffix(" |") for number in own]
    for number, content in zip(own, [contents[-1:][0], *contents[:-1]] if own else [], strict=True):
        lines[number] = content + (" |" if lines[number].endswith("|") else "")
    return if_changed("\n".join(lines), text)


def transposed_track(text: str, rng: random.Random) -> str | None:
    """The last of several tracks is played in another key than the others."""
    tracks = _tracks(text)
    if len(tracks) < 2:
        return None
    lines, bars = bars_of(text)
    step = rng.choice([1, 2, 3, 4, 6])
    for number in bars:
        if number >= tracks[-1][0]:
            lines[number] = NOTE.sub(lambda note: f"{int(note[1]) + step}.{note[2]}", lines[number])
    return if_changed("\n".join(lines), text)


def inverted_melody(text: str, rng: random.Random) -> str | None:
    """In half of the bars the line goes down where it went up, on a guitar's strings."""

    def change(bar: str) -> str:
        notes = list(NOTE.finditer(bar))
        if len(notes) < 3 or "(" in bar or max(int(note[2]) for note in notes) > len(OPEN_STRINGS):
            return bar
        first = _pitch(notes[0])
        return NOTE.sub(lambda note: _placed(2 * first - _pitch(note), note[0]), bar)

    return in_some_bars(text, rng, change, 0.5)


def _pitch(note: re.Match[str]) -> int:
    return OPEN_STRINGS[int(note[2]) - 1] + int(note[1])


def _placed(pitch: int, otherwise: str) -> str:
    """The pitch on the highest string that has it in reach."""
    places = [(pitch - low, string) for string, low in enumerate(OPEN_STRINGS, start=1) if pitch - low >= 0]
    fret, string = min(places, default=(99, 1))
    return f"{fret}.{string}" if fret <= HIGHEST_FRET else otherwise


def scattered_sharps(text: str, rng: random.Random) -> str | None:
    """One note in ten is a semitone too high."""
    return _changed(
        text, lambda bar: NOTE.sub(lambda n: f"{int(n[1]) + 1}.{n[2]}" if rng.random() < 0.1 else n[0], bar)
    )


def lost_pickup(text: str, _: random.Random) -> str | None:
    """The upbeat with which the piece begins is missing."""
    return if_changed(PICKUP.sub(r"\1\2", text), text)


def shuffled_drums(text: str, rng: random.Random) -> str | None:
    """In half of the bars of drums the hits stand in another order."""

    def change(bar: str) -> str:
        return with_contents(bar, rng.sample(contents_of(bar), len(contents_of(bar)))) if HITS.search(bar) else bar

    return _in_drums(text, rng, change)


def late_drums(text: str, rng: random.Random) -> str | None:
    """In half of the bars of drums every hit comes one beat of the pattern later."""

    def change(bar: str) -> str:
        contents = contents_of(bar)
        return with_contents(bar, contents[-1:] + contents[:-1]) if HITS.search(bar) else bar

    return _in_drums(text, rng, change)


def other_drums(text: str, rng: random.Random) -> str | None:
    """In half of the bars of drums the hits are drums at random."""
    hits = sorted(set(HITS.findall("\n".join(line for line in text.split("\n") if not line.startswith("\\")))))
    return _in_drums(text, rng, lambda bar: HITS.sub(lambda _: rng.choice(hits), bar)) if len(hits) > 1 else None


def _in_drums(text: str, rng: random.Random, change: Callable[[str], str]) -> str | None:
    lines, bars = bars_of(text)
    for number in some([number for number in bars if HITS.search(lines[number])], rng, 0.5):
        lines[number] = change(lines[number])
    return if_changed("\n".join(lines), text)


def moved_ties(text: str, _: random.Random) -> str | None:
    """Every tie stands on the note after the one that it held."""

    def change(bar: str) -> str:
        contents = contents_of(bar)
        tied = ["{t}" in content for content in contents]
        bare = [content.replace("{t}", "") for content in contents]
        places = [False, *tied[:-1]]
        marked = [NOTE.sub(r"\g<0>{t}", content) if now else content for content, now in zip(bare, places, strict=True)]
        return with_contents(bar, marked)

    return _changed(text, change) if "{t}" in text else None


def wrong_final(text: str, rng: random.Random) -> str | None:
    """The last three notes or chords are two or three frets too high."""
    notes = list(NOTE.finditer(text))[-3:]
    for note in reversed(notes):
        text = text[: note.start()] + f"{int(note[1]) + rng.choice([2, 3])}.{note[2]}" + text[note.end() :]
    return text if notes else None


def late_entries(text: str, rng: random.Random) -> str | None:
    """A third of the bars begins with a rest, and its notes come one place later."""

    def change(bar: str) -> str:
        contents = contents_of(bar)
        return with_contents(bar, ["r", *contents[:-1]]) if len(contents) > 1 else bar

    return in_some_bars(text, rng, change, 1 / 3)


def sorted_contents(text: str, rng: random.Random) -> str | None:
    """In half of the bars the notes stand in order of their height, durations stay."""

    def change(bar: str) -> str:
        return with_contents(bar, sorted(contents_of(bar), key=_height))

    return in_some_bars(text, rng, change, 0.5)


def _height(content: str) -> int:
    notes = [note for note in NOTE.finditer(content) if int(note[2]) <= len(OPEN_STRINGS)]
    return max(map(_pitch, notes), default=0)


def mixed_halves(text: str, rng: random.Random) -> str | None:
    """A third of the bars ends like another bar of as many notes."""
    lines, bars = bars_of(text)
    by_size: dict[int, list[int]] = {}
    for number in bars:
        by_size.setdefault(len(contents_of(lines[number])), []).append(number)
    for number in some(bars, rng, 1 / 3):
        own = contents_of(lines[number])
        other = contents_of(lines[rng.choice(by_size[len(own)])])
        middle = len(own) // 2
        lines[number] = with_contents(lines[number], own[:middle] + other[middle:])
    return if_changed("\n".join(lines), text)


OPERATORS: dict[str, Damage] = named(
    reordered_durations,
    reversed_durations,
    augmented_bars,
    wrong_chord_tones,
    slipped_chords,
    slipped_strings,
    late_track,
    transposed_track,
    inverted_melody,
    scattered_sharps,
    lost_pickup,
    shuffled_drums,
    late_drums,
    other_drums,
    moved_ties,
    wrong_final,
    late_entries,
    sorted_contents,
    mixed_halves,
)
