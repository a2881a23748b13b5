"""More ways to damage a tab, none of which the first scorers were tuned on; see `damage.py` for how texts are read."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from damage import NOTE, SOME, Damage, bars_of, if_changed, in_some_bars, named, some

if TYPE_CHECKING:
    import random

BEAT = re.compile(
    r"(?P<content>\((?:[^()]|\([^()]*\))*\)|\d+\.[1-9](?:\{(?:[^{}()]|\([^()]*\))*\})?|r|[a-z]+)"
    r"(?P<rest>(?:\.\d+)?(?:\{(?:[^{}()]|\([^()]*\))*\})?)"
)
KEYS = ("c", "g", "d", "a", "e", "b", "f#", "db", "ab", "eb", "bb", "f")
PROSE = "Then play the chorus again, a little softer this time."
LOOKALIKES = str.maketrans({"0": "O", "1": "l", ".": "․", "|": "ǀ", '"': "”"})
TUNING = re.compile(r"\\tuning \(([^()]*)\)")
METER = re.compile(r"\\ts \((\d+) (\d+)\)")


def beats_of(bar: str) -> tuple[list[re.Match[str]], str]:
    """The beats of a bar in order, and the bar."""
    return [match for match in BEAT.finditer(bar) if not bar[: match.start()].endswith(":")], bar


def with_contents(bar: str, contents: list[str]) -> str:
    """The bar with other contents of its beats, each in the place and duration of the one that stood there."""
    matches, _ = beats_of(bar)
    for match, content in reversed(list(zip(matches, contents, strict=True))):
        bar = bar[: match.start("content")] + content + bar[match.end("content") :]
    return bar


def contents_of(bar: str) -> list[str]:
    """What sounds in each beat of a bar."""
    return [match["content"] for match in beats_of(bar)[0]]


def reordered(text: str, rng: random.Random, order: object, share: float = SOME) -> str | None:
    """A share of the bars with their contents in the order that `order(contents)` gives."""
    return in_some_bars(text, rng, lambda bar: with_contents(bar, order(contents_of(bar))), share)  # type: ignore[operator]


def swapped_neighbours(text: str, rng: random.Random) -> str | None:
    """In half of the bars two neighbouring beats change places, durations stay."""

    def swap(contents: list[str]) -> list[str]:
        places = [place for place, (one, other) in enumerate(pairwise(contents)) if one != other]
        if places:
            place = rng.choice(places)
            contents[place : place + 2] = contents[place + 1], contents[place]
        return contents

    return reordered(text, rng, swap, 0.5)


def swapped_across_bar_lines(text: str, rng: random.Random) -> str | None:
    """At half of the bar lines the last beat and the next bar's first change places, durations stay."""
    lines, bars = bars_of(text)
    pairs = [one for one, other in pairwise(bars) if other == one + 1]
    for number in some(pairs, rng, 0.5):
        one, other = contents_of(lines[number]), contents_of(lines[number + 1])
        if one and other:
            one[-1], other[0] = other[0], one[-1]
            lines[number], lines[number + 1] = (
                with_contents(lines[number], one),
                with_contents(lines[number + 1], other),
            )
    return if_changed("\n".join(lines), text)


def reversed_contents(text: str, rng: random.Random) -> str | None:
    """In half of the bars the notes stand in reverse order, durations stay."""
    return reordered(text, rng, lambda contents: contents[::-1], 0.5)


def shuffled_contents(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars the notes stand in another order, durations stay."""
    return reordered(text, rng, lambda contents: rng.sample(contents, len(contents)))


def other_tuning(text: str, rng: random.Random) -> str | None:
    """The strings are tuned otherwise: each of them a tone or so up or down."""
    found = TUNING.search(text)
    if not found:
        return None
    notes = found[1].split()
    for place, name in enumerate(notes):
        letter = "CDEFGAB".index(name[0])
        notes[place] = "CDEFGAB"[(letter + rng.choice([-1, 1])) % 7] + name[-1]
    return text[: found.start(1)] + " ".join(notes) + text[found.end(1) :]


def other_key(text: str, rng: random.Random) -> str | None:
    """Every key signature is one that is three to six fifths away."""
    shift = rng.choice([-5, -4, -3, 3, 4, 5, 6])

    def other(match: re.Match[str]) -> str:
        key = match[1]
        return f"\\ks {KEYS[(KEYS.index(key) + shift) % 12]}{match[2]}" if key in KEYS else match[0]

    damaged = re.sub(r"\\ks ([a-g][#b]?)(minor|major)?", lambda m: other(_with_mode(m)), text)
    return if_changed(damaged, text)


def _with_mode(match: re.Match[str]) -> re.Match[str]:
    found = re.match(r"\\ks ([a-g][#b]?)((?:minor|major)?)", match[0])
    assert found
    return found


def retimed_bars(text: str, rng: random.Random) -> str | None:
    """A quarter of the bars goes twice as fast, so that they are half empty."""
    double = re.compile(r"(:|\.)(1|2|4|8|16)(?=[\s{]|$)")
    return in_some_bars(text, rng, lambda bar: double.sub(lambda match: f"{match[1]}{2 * int(match[2])}", bar))


def equal_durations(text: str, _: random.Random) -> str | None:
    """Every beat is an eighth."""
    damaged = _in_bars(text, lambda bar: re.sub(r"\.\d+(?=[\s{]|$)(?<!\d\.\d)", "", bar))
    return None if damaged is None else _in_bars(damaged, lambda bar: re.sub(r"^|:\d+ ", ":8 ", bar, count=1))


def _in_bars(text: str, change: object) -> str | None:
    lines, bars = bars_of(text)
    for number in bars:
        lines[number] = change(lines[number])  # type: ignore[operator]
    return if_changed("\n".join(lines), text)


def other_meter(text: str, rng: random.Random) -> str | None:
    """Every time signature is another one, the bars stay."""
    add = rng.choice([1, 2, 3])
    damaged = METER.sub(lambda match: f"\\ts ({int(match[1]) + add} {match[2]})", text)
    return if_changed(damaged, text)


def tritone_bars(text: str, _: random.Random) -> str | None:
    """Every second bar is transposed by a tritone."""
    lines, bars = bars_of(text)
    for number in bars[1::2]:
        lines[number] = NOTE.sub(lambda note: f"{int(note[1]) + 6}.{note[2]}", lines[number])
    return if_changed("\n".join(lines), text)


def neighbouring_strings(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars every note is on the next string, its fret stays."""
    return in_some_bars(text, rng, lambda bar: NOTE.sub(lambda note: f"{note[1]}.{int(note[2]) % 4 + 1}", bar))


def displaced_octaves(text: str, rng: random.Random) -> str | None:
    """One note in five sounds an octave higher."""
    return _some_notes(text, rng, lambda note: f"{int(note[1]) + 12}.{note[2]}")


def walked_frets(text: str, rng: random.Random) -> str | None:
    """One note in five is a fret or two off."""
    return _some_notes(text, rng, lambda note: f"{abs(int(note[1]) + rng.choice([-2, -1, 1, 2]))}.{note[2]}")


def dead_notes(text: str, rng: random.Random) -> str | None:
    """One note in three is dead."""
    return _some_notes(text, rng, lambda note: f"x.{note[2]}", 1 / 3)


def wild_effects(text: str, rng: random.Random) -> str | None:
    """One note in five gets an effect that leads nowhere in particular."""
    plain = re.compile(NOTE.pattern + r"(?!\{)(?=[\s.)])")
    return _some_notes(text, rng, lambda note: f"{note[0]}{{{rng.choice(['h', 'sl', 'ss'])}}}", pattern=plain)


def _some_notes(
    text: str, rng: random.Random, new: object, share: float = 0.2, pattern: re.Pattern[str] = NOTE
) -> str | None:
    return _in_bars(text, lambda bar: pattern.sub(lambda note: new(note) if rng.random() < share else note[0], bar))  # type: ignore[operator]


def frets_within_key(text: str, rng: random.Random) -> str | None:
    """In half of the bars the notes change places with each other, across these bars, durations stay."""
    lines, bars = bars_of(text)
    chosen = some(bars, rng, 0.5)
    pool = [content for number in chosen for content in contents_of(lines[number])]
    rng.shuffle(pool)
    for number in chosen:
        count = len(contents_of(lines[number]))
        lines[number] = with_contents(lines[number], pool[:count])
        del pool[:count]
    return if_changed("\n".join(lines), text)


def clusters(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars a note or chord becomes three neighbouring semitones."""

    def change(contents: list[str]) -> list[str]:
        places = [place for place, content in enumerate(contents) if content[0] in "(0123456789"]
        if places:
            fret = rng.randint(5, 9)
            contents[rng.choice(places)] = f"({fret}.4 {fret - 4}.3 {fret - 7 if fret >= 7 else 0}.2)"
        return contents

    return reordered(text, rng, change)


def lost_ties(text: str, _: random.Random) -> str | None:
    """Every tied note is struck again."""
    damaged = text.replace("{t}", "")
    return if_changed(damaged, text)


def looped_beat(text: str, rng: random.Random) -> str | None:
    """In an eighth of the bars one beat is written four times more."""

    def change(bar: str) -> str:
        matches, _ = beats_of(bar)
        match = rng.choice(matches) if matches else None
        return bar if match is None else bar[: match.end()] + f" {match[0]}" * 4 + bar[match.end() :]

    return in_some_bars(text, rng, change, 1 / 8)


def starred_beats(text: str, rng: random.Random) -> str | None:
    """In an eighth of the bars a beat is repeated by `* 3`."""

    def change(bar: str) -> str:
        matches, _ = beats_of(bar)
        match = rng.choice(matches) if matches else None
        return bar if match is None else bar[: match.end()] + " * 3" + bar[match.end() :]

    return in_some_bars(text, rng, change, 1 / 8)


def lost_beats(text: str, rng: random.Random) -> str | None:
    """In a quarter of the bars one beat is missing."""

    def change(bar: str) -> str:
        matches, _ = beats_of(bar)
        match = rng.choice(matches) if len(matches) > 1 else None
        return bar if match is None else bar[: match.start()] + bar[match.end() :]

    return in_some_bars(text, rng, change)


def one_long_bar(text: str, _: random.Random) -> str | None:
    """All bar lines are lost."""
    damaged = re.sub(r" \|(?=\n|$)", "", text)
    return if_changed(damaged, text)


def padded_with_rests(text: str, rng: random.Random) -> str | None:
    """After a third of the bars stands a bar of rest."""
    return in_some_bars(text, rng, lambda bar: f"{bar.removesuffix('|').rstrip()} |\nr.1 |", 1 / 3)


def padded_with_bar_lines(text: str, rng: random.Random) -> str | None:
    """After a third of the bars stands an empty bar."""
    return in_some_bars(text, rng, lambda bar: f"{bar.removesuffix('|').rstrip()} |\n|", 1 / 3)


def stuttered_bars(text: str, _: random.Random) -> str | None:
    """Every bar stands twice."""
    return _in_bars(text, lambda bar: f"{bar.removesuffix('|').rstrip()} |\n" + bar)


def flattened(text: str, rng: random.Random) -> str | None:
    """In half of the bars all beats sound like the first."""
    return reordered(text, rng, lambda contents: contents[:1] * len(contents), 0.5)


def prose(text: str, rng: random.Random) -> str | None:
    """A sentence stands among the bars."""
    return _with_line(text, rng, PROSE)


def hallucinated_tag(text: str, rng: random.Random) -> str | None:
    """A tag stands among the bars that alphaTex does not have."""
    return _with_line(text, rng, rng.choice([r"\strumming (down up)", r"\chords Am", r"\repeat 2", r"\bar 4"]))


def _with_line(text: str, rng: random.Random, line: str) -> str | None:
    lines, bars = bars_of(text)
    if not bars:
        return None
    lines.insert(rng.choice(bars), line)
    return "\n".join(lines)


def lookalikes(text: str, rng: random.Random) -> str | None:
    """One character is another one that looks like it."""
    places = [place for place, character in enumerate(text) if ord(character) in LOOKALIKES]
    if not places:
        return None
    place = rng.choice(places)
    return text[:place] + text[place].translate(LOOKALIKES) + text[place + 1 :]


def doubled_tag(text: str, rng: random.Random) -> str | None:
    """A tag of the header stands twice."""
    tags = list(re.finditer(r"^\\(?:title|tempo|ts|ks|tuning|capo)\b.*$", text, re.MULTILINE))
    if not tags:
        return None
    tag = rng.choice(tags)
    return text[: tag.end()] + "\n" + tag[0] + text[tag.end() :]


def lost_header(text: str, _: random.Random) -> str | None:
    """Title and track are missing."""
    damaged = re.sub(r"^\\title .*\n|^\\track .*\n", "", text, count=2, flags=re.MULTILINE)
    return damaged if damaged != text and "\\track" not in damaged else None


def wild_tempo(text: str, rng: random.Random) -> str | None:
    """The tempo is none that anybody plays."""
    return _replaced(text, r"\\tempo \d+", f"\\tempo {rng.choice([0, 3, 999, 12000])}")


def unknown_instrument(text: str, rng: random.Random) -> str | None:
    """The instrument is one that does not exist."""
    return _replaced(text, r"\{instrument \w+", "{instrument " + rng.choice(["gitar", "guitar", "steelstring"]))


def _replaced(text: str, pattern: str, new: str) -> str | None:
    damaged = re.sub(pattern, new.replace("\\", r"\\"), text, count=1)
    return if_changed(damaged, text)


OPERATORS: dict[str, Damage] = named(
    swapped_neighbours,
    swapped_across_bar_lines,
    reversed_contents,
    shuffled_contents,
    frets_within_key,
    walked_frets,
    displaced_octaves,
    tritone_bars,
    neighbouring_strings,
    clusters,
    flattened,
    dead_notes,
    wild_effects,
    other_tuning,
    other_key,
    other_meter,
    retimed_bars,
    equal_durations,
    lost_ties,
    lost_beats,
    looped_beat,
    starred_beats,
    one_long_bar,
    stuttered_bars,
    padded_with_rests,
    padded_with_bar_lines,
    prose,
    hallucinated_tag,
    lookalikes,
    doubled_tag,
    lost_header,
    wild_tempo,
    unknown_instrument,
)
