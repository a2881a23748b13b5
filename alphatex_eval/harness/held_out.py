r"""Held-out human tunes as a generator: the ceiling, and the proof that the judge knows music when it sees it.

A prompt that was cut from a tune is answered with the rest of that tune. Any other prompt gets a held-out tune fitted
to it: a header goes on with the tune's own (`\title "` is followed by its title), and notes go on with a tune in the
same metre whose first beats last as long as the prompt's.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.baselines import CHARACTERS_PER_TOKEN, completion, digest, read_tunes
from alphatex_eval.language import AlphaTexError, Verdict, check, parse
from alphatex_eval.music.loader import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from alphatex_eval.harness.generators import Completion, Request
    from alphatex_eval.music.score import Beat, Score, Voice

OPEN_STRING = re.compile(r'\\(\w+) \(?"$')
TAG_LINE = re.compile(r"\\(\w+)")
TITLE = re.compile(r'\\title "((?:[^"\\]|\\.)*)"')
LEAST_BARS = 6
TIMED = re.compile(r"(\)|\d\.\d+)\.\d+$")


class HeldOut:
    """The test tunes of a file as a generator: another tune for every sample, in the order of the samples' seeds.

    Which one a sample gets depends on those before it.
    """

    name = "human"
    needs_all_requests = True

    def __init__(self, path: Path) -> None:
        self._tunes = read_tunes(path, "test")
        self._bars: dict[int, list[list[Beat]]] = {}

    def identity(self) -> dict[str, object]:
        """A hash of the tunes."""
        return {"generator": "human", "version": 1, "tunes": digest(self._tunes)}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion for each request, cut where its token limit would cut a model."""
        used: set[int] = set()
        return (self._complete(request, request.seed + place, used) for place, request in enumerate(requests))

    def _complete(self, request: Request, start: int, used: set[int]) -> Completion:
        text = request.prompt.reference or self.fitted(request.prompt.text, start, used)
        length = round(request.sampling.max_tokens * CHARACTERS_PER_TOKEN)
        return completion(request, text[:length], ended=len(text) <= length)

    def fitted(self, prompt: str, start: int, used: set[int]) -> str:
        """What continues `prompt`: the first tune from number `start` on that fits, if possible one not `used`."""
        continued = self._continuing(prompt)
        numbers = [(start + step) % len(self._tunes) for step in range(len(self._tunes))]
        for number in sorted(numbers, key=used.__contains__):
            text = continued(number)
            if text is not None:
                used.add(number)
                return text
        return ""

    def _continuing(self, prompt: str) -> Callable[[int], str | None]:
        """What gives the text that continues `prompt` with the tune of a number, None where that tune does not fit."""
        if check(prompt).verdict is Verdict.INVALID:
            return self._tunes.__getitem__
        opening = _music_of(prompt)
        if opening is None:
            return lambda number: with_header(prompt, self._tunes[number])
        return partial(self._continued, prompt, opening)

    def _continued(self, prompt: str, opening: Score, number: int) -> str | None:
        """The tune after the prompt's beats, None where its first beats last otherwise."""
        if number not in self._bars:
            self._bars[number] = plain_bars(load(parse(self._tunes[number])))
        bars = self._bars[number]
        given = [beat for bar in opening.tracks[0].staves[0].bars for beat in bar.voices[0].beats]
        first = bars[0][: len(given)] if bars else []
        settled = len(given) - (not TIMED.search(prompt))
        lengths = [beat.duration for beat in given[:settled]]
        if len(first) < len(given) or lengths != [beat.duration for beat in first[:settled]]:
            return None
        dot = "" if prompt.endswith(".") else "."
        joint = "" if settled == len(given) else dot + _duration(first[-1])
        rest = [bars[0][len(given) :], *bars[1:]]
        return joint + " " + " |\n".join(" ".join(map(written, bar)) for bar in rest)


def _music_of(prompt: str) -> Score | None:
    """The score of a prompt with notes, None for a header."""
    try:
        score = load(parse(prompt + "4" * prompt.endswith(".")))
    except AlphaTexError:
        return None
    return score if any(score.notes()) else None


def with_header(prompt: str, tune: str) -> str:
    """The tune after a prompt that is a header or the beginning of one, without the tags that the prompt has."""
    opened = OPEN_STRING.search(prompt)
    title = TITLE.search(tune)
    said = {name.lower() for name in TAG_LINE.findall(prompt)}
    lines = [line for line in tune.split("\n") if not _repeats(line, said)]
    start = f'{title[1] if title else "Tune"}"' if opened else ""
    return start + (")" if opened and opened[0].endswith('("') else "") + "\n" + "\n".join(lines)


def _repeats(line: str, said: set[str]) -> bool:
    tag = TAG_LINE.match(line)
    return tag is not None and tag[1].lower() in said


def plain_bars(score: Score) -> list[list[Beat]]:
    """The beats of the full bars of a tune in whole bars, after its pick-up and up to the next short bar.

    Empty for a tune in another metre, with several voices, or with fewer than `LEAST_BARS` such bars.
    """
    bars = [bar.voices[0] for bar in score.tracks[0].staves[0].bars if len(bar.voices) == 1]
    full = [list(voice.beats) for voice in takewhile(_is_full, dropwhile(lambda voice: not _is_full(voice), bars))]
    plain = all(Fraction(*master.time_signature) == 1 for master in score.master_bars)
    return full if plain and len(full) >= LEAST_BARS else []


def _is_full(voice: Voice) -> bool:
    return voice.duration == 1


def written(beat: Beat) -> str:
    """A beat with its own duration, without effects."""
    notes = [f"{note.fret}.{note.string}" + ("{t}" if note.tied else "") for note in beat.notes]
    content = notes[0] if len(notes) == 1 else f"({' '.join(notes)})" if notes else "r"
    return f"{content}.{_duration(beat)}"


def _duration(beat: Beat) -> str:
    marks = ["d"] * (beat.dots == 1) + ["dd"] * (beat.dots == 2)
    marks += [f"tu ({beat.tuplet[0]} {beat.tuplet[1]})"] if beat.tuplet else []
    return f"{beat.value}" + (f"{{{' '.join(marks)}}}" if marks else "")


def human(path: str) -> HeldOut:
    """The held-out tunes of a file: `human:data/tune_books/tunes.parquet`."""
    return HeldOut(Path(path))
