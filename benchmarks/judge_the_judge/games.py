"""Ways to please a judge without making music: each answers every prompt, and should earn next to nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from damage import named

from alphatex_eval.harness.generators import Completion
from alphatex_eval.language import check
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.harness.generators import Request

Game = Callable[[str, int], str]
"""What is written after a prompt; the number differs for each sample."""

GOOD_BAR = ":8 3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2 |"
SCALE = ((5, (3,)), (4, (0, 2, 3)), (3, (0, 2)), (2, (0, 1, 3)), (1, (0, 1, 3)))
CHORDS = (
    ("3.5", "2.4", "0.3", "1.2", "0.1"),
    ("0.5", "2.4", "2.3", "1.2", "0.1"),
    ("0.4", "2.3", "3.2", "1.1"),
    ("3.6", "2.5", "0.4", "0.3", "3.1"),
)
FORM = "ABCDABCDEFGHABCD"
NOTE = re.compile(r"(?<![\w.(])(\d+)\.([1-5])(?=[\s.])(?![^()]*\))")
LOWER_STRING = {1: 5, 2: 4, 3: 5, 4: 5, 5: 5}
"""Frets between a string of a guitar and the next lower one."""

ENDINGS = ("", "4", '"', '")', ")", ").4", "}", "h}", ".4", "4)", ".4)")


@lru_cache(maxsize=1024)
def closed(prompt: str) -> str:
    """What makes a whole text of the prompt, up to a bar line."""
    ending = next((ending for ending in ENDINGS if check(prompt + ending).accepted), "")
    return ending + " |\n"


def prompt_again(prompt: str, _: int) -> str:
    """The last eight bars of the prompt once more."""
    bars = last_bars(prompt)
    return closed(prompt) + "\n".join(bars) if bars else ""


def prompt_refingered(prompt: str, number: int) -> str:
    """The last eight bars of the prompt once more, a note of each on another string."""
    rng = random.Random(number)
    bars = [_refingered(bar, rng) for bar in last_bars(prompt)]
    return closed(prompt) + "\n".join(bars) if bars else ""


def prompt_transposed(prompt: str, number: int) -> str:
    """The last eight bars of the prompt once more, some frets higher."""
    up = 2 + number % 11
    bars = [NOTE.sub(lambda note: f"{int(note[1]) + up}.{note[2]}", bar) for bar in last_bars(prompt)]
    return closed(prompt) + "\n".join(bars) if bars else ""


def last_bars(prompt: str) -> list[str]:
    """The last eight bars of the prompt."""
    return [line for line in prompt.split("\n") if line.rstrip().endswith("|") and not line.startswith("\\")][-8:]


def _refingered(bar: str, rng: random.Random) -> str:
    notes = list(NOTE.finditer(bar))
    if not notes:
        return bar
    note = rng.choice(notes)
    fret, string = int(note[1]), int(note[2])
    return f"{bar[: note.start()]}{fret + LOWER_STRING[string]}.{string + 1}{bar[note.end() :]}"


def good_bar(prompt: str, _: int) -> str:
    """One good bar sixteen times."""
    return closed(prompt) + "\n".join([GOOD_BAR] * 16)


def good_bar_in_keys(prompt: str, number: int) -> str:
    """One good bar sixteen times, in another key for every sample."""
    up = number % 9
    bar = " ".join(f"{int(item[:-2]) + up}{item[-2:]}" if "." in item else item for item in GOOD_BAR.split())
    return closed(prompt) + "\n".join([bar] * 16)


def good_bar_refingered(prompt: str, number: int) -> str:
    """One good bar sixteen times, a note of each on another string."""
    rng = random.Random(number)
    return closed(prompt) + "\n".join(_refingered(GOOD_BAR, rng) for _ in range(16))


def good_start(prompt: str, _: int) -> str:
    """Two good bars and thirty of rest."""
    return closed(prompt) + "\n".join([GOOD_BAR, ":8 0.2 2.3 0.3 3.4 2.4 0.4 2.4 3.5 |", *["r.1 |"] * 30])


def held(prompt: str, _: int) -> str:
    """A good bar whose last note is held for thirty more."""
    return closed(prompt) + "\n".join([GOOD_BAR, *["-.2.1 |"] * 30])


def similes(prompt: str, _: int) -> str:
    """Two good bars, the second played again thirty times by a mark."""
    return closed(prompt) + "\n".join([GOOD_BAR, ":8 0.2 2.3 0.3 3.4 2.4 0.4 2.4 3.5 |", *["\\simile simple |"] * 30])


def hi_hat(prompt: str, _: int) -> str:
    """A drummer who has only a hi-hat joins for eight bars."""
    track = '\\track "Drums" {instrument percussion volume 12}\n'
    return closed(prompt) + track + "\n".join([":8 42 42 42 42 42 42 42 42 |"] * 8)


def rests(prompt: str, _: int) -> str:
    """Sixteen bars of rest."""
    return closed(prompt) + "r.1 |\n" * 16


def whole_notes(prompt: str, number: int) -> str:
    """Sixteen bars with a whole note each."""
    rng = random.Random(number)
    return closed(prompt) + " |\n".join(f"{rng.choice((0, 2, 3, 5, 7))}.1.1" for _ in range(16))


def scale(prompt: str, number: int) -> str:
    """A scale up and down, from another fret for every sample."""
    up = [f"{fret + number % 5}.{string}" for string, fret in ((5, 3), (4, 0), (4, 2), (4, 3), (3, 0), (3, 2), (2, 0))]
    bars = [":8 " + " ".join(notes) for notes in ([*up, up[-2]], [*up[::-1], up[1]])]
    return closed(prompt) + " |\n".join(bars * 6)


def pentatonic_noise(prompt: str, number: int) -> str:
    """Eighths at random on frets 0, 2 and 3 of the four upper strings."""
    rng = random.Random(number)
    bars = ([f"{rng.choice((0, 2, 3))}.{rng.randint(1, 4)}" for _ in range(8)] for _ in range(10))
    return closed(prompt) + " |\n".join(":8 " + " ".join(bar) for bar in bars)


def scale_walk(prompt: str, number: int) -> str:
    """Eighths that wander up and down the scale of C by one or two degrees at random."""
    return closed(prompt) + " |\n".join(_walk(number, 10))


def walk_in_form(prompt: str, number: int) -> str:
    """The same of eight bars, which come back as phrases do."""
    bars = dict(zip(sorted(set(FORM)), _walk(number, len(set(FORM))), strict=True))
    return closed(prompt) + " |\n".join(bars[name] for name in FORM)


def _walk(number: int, count: int) -> list[str]:
    rng = random.Random(number)
    degrees = [f"{fret}.{string}" for string, frets in SCALE for fret in frets]
    place, bars = len(degrees) // 2, []
    for _ in range(count):
        bar = []
        for _ in range(8):
            place = max(0, min(len(degrees) - 1, place + rng.choice((-2, -1, 1, 2))))
            bar.append(degrees[place])
        bars.append(":8 " + " ".join(bar))
    return bars


def random_arpeggios(prompt: str, number: int) -> str:
    """Tidy eighths on the tones of one chord a bar, chords and tones at random."""
    rng = random.Random(number)
    bars = (":8 " + " ".join(rng.choice(chord) for _ in range(8)) for chord in rng.choices(CHORDS, k=10))
    return closed(prompt) + " |\n".join(bars)


def comments(prompt: str, _: int) -> str:
    """Comments only."""
    return closed(prompt) + "// a lovely tune\n" * 30


def tags(prompt: str, _: int) -> str:
    """A thousand tags and a good bar."""
    return closed(prompt) + '\\section "A"\n' * 1000 + GOOD_BAR


def stars(prompt: str, _: int) -> str:
    """A note repeated sixty-four times by `*`."""
    return closed(prompt) + "3.3.4 * 64"


def many_stars(prompt: str, _: int) -> str:
    """A note repeated two million times by `*`."""
    return closed(prompt) + "3.3.4 * 2000000"


def many_tracks(prompt: str, _: int) -> str:
    """A hundred tracks with a note each."""
    return closed(prompt) + '\\track "A" {instrument 25}\n3.3.1\n' * 100


def nothing(prompt: str, _: int) -> str:
    """The prompt is closed and that is all."""
    return closed(prompt)


class Memorised:
    """One human tune, learnt by heart, after every prompt."""

    def __init__(self, tune: str) -> None:
        self._bars = "\n".join(line for line in tune.split("\n") if not line.startswith("\\"))

    def __call__(self, prompt: str, _: int) -> str:
        """The tune's bars."""
        return closed(prompt) + self._bars


class Player:
    """A game as a generator."""

    def __init__(self, name: str, game: Game) -> None:
        self.name = name
        self._game = game

    def identity(self) -> dict[str, object]:
        """It has no settings."""
        return {"generator": self.name}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion for each request, as long as the game makes it."""
        for number, request in enumerate(requests):
            yield Completion(
                id=request.id, text=self._game(request.prompt.text, number), finish_reason=FinishReason.STOP
            )


GAMES: dict[str, Game] = named(
    nothing,
    comments,
    rests,
    held,
    many_stars,
    stars,
    many_tracks,
    tags,
    whole_notes,
    good_bar,
    good_bar_in_keys,
    good_bar_refingered,
    good_start,
    similes,
    scale,
    prompt_again,
    prompt_refingered,
    prompt_transposed,
    pentatonic_noise,
    scale_walk,
    walk_in_form,
    random_arpeggios,
    hi_hat,
)
