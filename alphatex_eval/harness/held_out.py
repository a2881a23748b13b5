r"""Held-out human tunes as a generator: the ceiling, and the proof that the judge knows music when it sees it.

A prompt that was cut from a tune is answered with the rest of that tune. Any other prompt gets a held-out tune fitted
to it: a header goes on with the tune's own (`\title "` is followed by its title), and notes go on with a tune in the
same metre whose first beats last as long as the prompt's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.harness.baselines import CHARACTERS_PER_TOKEN, completion, digest, read_tunes
from alphatex_eval.language import AlphaTexError, Verdict, check, parse
from alphatex_eval.music.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.harness.generators import Completion, Request
    from alphatex_eval.music.score import Beat, Score

OPEN_STRING = re.compile(r'\\(\w+) \(?"$')
TAG_LINE = re.compile(r"\\(\w+)")
TITLE = re.compile(r'\\title "((?:[^"\\]|\\.)*)"')
TIMED = re.compile(r"(\)|\d\.\d+)\.\d+$")


class HeldOut:
    """The test tunes of a file as a generator: another tune for every sample, in the order of the samples' seeds."""

    name = "human"

    def __init__(self, path: Path) -> None:
        self._tunes = read_tunes(path, "test")
        self._bars: dict[int, list[list[Beat]]] = {}

    def identity(self) -> dict[str, object]:
        """A hash of the tunes."""
        return {"generator": "human", "version": 1, "tunes": digest(self._tunes)}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """One completion for each request, cut where its token limit would cut a model."""
        return (self._complete(place, request) for place, request in enumerate(requests))

    def _complete(self, place: int, request: Request) -> Completion:
        text = request.prompt.reference or self.fitted(request.prompt.text, request.seed + place)
        length = round(request.sampling.max_tokens * CHARACTERS_PER_TOKEN)
        return completion(request, text[:length], ended=len(text) <= length)

    def fitted(self, prompt: str, start: int) -> str:
        """The continuation of `prompt` by the first tune from number `start` on that fits."""
        numbers = [(start + step) % len(self._tunes) for step in range(len(self._tunes))]
        if check(prompt).verdict is Verdict.INVALID:
            return self._tunes[numbers[0]]
        opening = _music_of(prompt)
        if opening is None:
            return with_header(prompt, self._tunes[numbers[0]])
        continuations = (self._continued(prompt, opening, number) for number in numbers)
        return next((text for text in continuations if text is not None), "")

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
    for end in ("", "4"):
        try:
            score = load(parse(prompt + end))
        except AlphaTexError:
            continue
        if any(score.notes()):
            return score
    return None


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
    """The beats of a tune in 4/4 that begins with a full bar of one staff and voice; none for any other tune."""
    staff = score.tracks[0].staves[0]
    meters = {master.time_signature for master in score.master_bars}
    if meters != {(4, 4)} or score.master_bars[0].anacrusis or len(staff.bars[0].voices) > 1:
        return []
    return [list(bar.voices[0].beats) for bar in staff.bars]


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
