"""The grammar monkey: a null baseline that types at random, yet always parses and fills every bar.

It knows the language and the time signature, nothing of music: every choice among durations, strings, frets, chord
sizes and effects is uniform. What a judge of music gives it is what syntax and arithmetic alone are worth.
"""

from __future__ import annotations

import random
import string
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.harness.baselines import CHARACTERS_PER_TOKEN, completion
from alphatex_eval.language import Verdict, check, parse
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.fretboard import FRETS
from alphatex_eval.music.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.harness.generators import Completion, Request

VALUES = (1, 2, 4, 8, 16, 32)
STRINGS = 6
LARGEST_CHORD = 6
CHORDS, RESTS, EFFECTS = 0.2, 0.1, 0.2
METERS = ((2, 4), (3, 4), (4, 4), (6, 8), (9, 8), (5, 4))
ENDINGS = ("", "4", '"', '")', ")", ").4", "}", "h}", ".4", "4)", ".4)")
"""What may complete a prompt that stops in the middle, tried in this order; after a dot a number comes first."""

NOT_EFFECTS = frozenset({"-", "hide", "t"})


class Monkey:
    """The grammar monkey as a generator."""

    name = "monkey"

    def identity(self) -> dict[str, object]:
        """It has no settings; its version changes when its choices do."""
        return {"generator": "monkey", "version": 1}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion for each request, in whole bars, as long as its token limit allows."""
        return (self._complete(request) for request in requests)

    def _complete(self, request: Request) -> Completion:
        length = round(request.sampling.max_tokens * CHARACTERS_PER_TOKEN)
        return completion(request, typed(request.prompt.text, length, random.Random(request.seed)), ended=True)


def typed(prompt: str, length: int, rng: random.Random) -> str:
    """At most about `length` characters that continue `prompt`, or stand alone where nothing can continue it.

    Nothing is written in a meter whose bars are shorter than the shortest value.
    """
    end, meter, room, starts = _joined(prompt)
    text = end
    if starts:
        text += "\n" + _header(meter := rng.choice(METERS), rng)
        room = Fraction(*meter)
    lines = [_bar(room, rng)] if room else [""]
    while len(text) + sum(map(len, lines)) < length and (bar := _bar(Fraction(*meter), rng)):
        lines.append(bar)
    return text + (" " if not starts else "") + " |\n".join(lines)


def _joined(prompt: str) -> tuple[str, tuple[int, int], Fraction, bool]:
    """How to complete the prompt; its meter; the room left in its last bar; whether a header may follow."""
    if check(prompt).verdict is not Verdict.INVALID:
        for end in ENDINGS[prompt.endswith(".") :]:
            if check(prompt + end).accepted:
                return end, *_state(prompt + end)
    return "", (4, 4), Fraction(1), True


def _state(text: str) -> tuple[tuple[int, int], Fraction, bool]:
    score = load(parse(text))
    bars = score.tracks[-1].staves[-1].bars
    filled = [(number, bar.voices[0].duration) for number, bar in enumerate(bars) if bar.voices[0].beats]
    if not filled:
        return (4, 4), Fraction(1), True
    number, duration = filled[-1]
    meter = score.master_bars[number].time_signature
    room = Fraction(*meter) - (0 if text.rstrip().endswith("|") else duration)
    return meter, max(room, Fraction(0)), False


def _header(meter: tuple[int, int], rng: random.Random) -> str:
    program = rng.randint(24, 31)
    tags = (
        f'\\title "{_word(rng)}"',
        f'\\track "{_word(rng)}" {{instrument {program} volume {rng.randint(0, 16)}}}',
        f"\\tempo {rng.randint(20, 300)}",
        f"\\ts ({meter[0]} {meter[1]})",
    )
    return "\n".join(tags) + "\n"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_letters, k=rng.randint(1, 12)))


def _bar(room: Fraction, rng: random.Random) -> str:
    """Beats that fill `room` exactly, or nearly where no written duration fits the rest."""
    beats: list[str] = []
    while fitting := [(value, dots) for value in VALUES for dots in (0, 1) if _fits(value, dots, room)]:
        value, dots = rng.choice(fitting)
        room -= _time(value, dots)
        beats.append(f"{_content(rng)}.{value}" + ("{d}" if dots else ""))
    return " ".join(beats)


def _fits(value: int, dots: int, room: Fraction) -> bool:
    """Whether a duration leaves a rest that can be filled: a dotted one of the shortest value would not."""
    return _time(value, dots) <= room and not (dots and value == VALUES[-1])


def _time(value: int, dots: int) -> Fraction:
    return Fraction(3, 2 * value) if dots else Fraction(1, value)


def _content(rng: random.Random) -> str:
    if rng.random() < RESTS:
        return "r"
    if rng.random() < CHORDS:
        return "(" + " ".join(_note(rng) for _ in range(rng.randint(2, LARGEST_CHORD))) + ")"
    return _note(rng)


def _note(rng: random.Random) -> str:
    effect = f"{{{rng.choice(_effects())}}}" if rng.random() < EFFECTS else ""
    return f"{rng.randint(0, FRETS)}.{rng.randint(1, STRINGS)}{effect}"


@cache
def _effects() -> tuple[str, ...]:
    """The note effects that take no arguments."""
    known = vocabulary().note_properties.items()
    return tuple(name for name, entry in known if entry.signatures is None and name not in NOT_EFFECTS)


def monkey(_: str = "") -> Monkey:
    """The grammar monkey."""
    return Monkey()
