"""What two texts share: runs of eight beats, transposed or not."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, compress
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.walks import walks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.music.score import Beat
    from alphatex_eval.scorers.passage import Line, Passage
    from alphatex_eval.scorers.traits import BarTraits
    from alphatex_eval.scorers.walks import Walk

LENGTH = 8
TUNEFUL = 4
"""Different pitches that make a run a tune, recognised in any key; one with fewer is the same only at its own pitch."""

Run = str
"""Eight beats as text: the first without the interval that leads to it, with its pitch where there are few."""


class Beats:
    """Some beats as runs see them, compared by identity.

    `texts` tell how each continues the line, `interval,duration` with the intervals of a chord, or the drums that are
    hit; `pitches` are those of their first notes as text, nothing for rests and drums.
    """

    __slots__ = ("pitches", "texts")

    def __init__(self, texts: Sequence[str], pitches: Sequence[str]) -> None:
        self.texts = texts
        self.pitches = pitches

    def only(self, chosen: Sequence[bool]) -> Beats:
        """Some of them."""
        return Beats(list(compress(self.texts, chosen)), list(compress(self.pitches, chosen)))


class Voice(NamedTuple):
    """The beats of a voice, bar by bar: those that the prompt wrote, and those that the model wrote."""

    given: list[Beats]
    own: list[Beats]


def voices(found: Passage, lines: Iterable[Line]) -> list[Voice]:
    """Who wrote what of some voices."""
    declared, ended = found.declares_key, not found.cut_off
    return [_voice(line, declared=declared, ended=ended) for line in lines]


def _voice(line: Line, *, declared: bool, ended: bool) -> Voice:
    """The beats of a voice; those in a bar that the model finished are parted."""
    bars, drums = line.bars, line.is_percussion
    if drums:
        found = [_hits(bar.traits) for bar in bars]
    else:
        found = list(map(_steps, walks_of(line, declared=declared, ended=ended)[: len(bars)]))
    if line.is_all_own:
        return Voice([], found)
    given: list[Beats] = []
    own: list[Beats] = []
    for bar, beats in zip(bars, found, strict=True):
        if bar.own_traits is bar.traits:
            own.append(beats)
        elif not bar.own_traits.beats:
            given.append(beats)
        else:
            mine = [event.own for event in bar.events] if drums else bar.owned_steps
            given.append(beats.only([not one for one in mine]))
            own.append(beats.only(mine))
    return Voice(given, own)


@lru_cache(maxsize=BARS)
def _steps(walk: Walk) -> Beats:
    return Beats(walk.texts, [beat.first_pitch for beat in walk.beats])


@lru_cache(maxsize=BARS)
def _hits(bar: BarTraits) -> Beats:
    return Beats([_hit(beat.beat) for beat in bar.beats], [""] * len(bar.beats))


def _hit(beat: Beat) -> str:
    hit = " ".join(sorted([str(note.percussion) for note in beat.notes]))
    return f"{hit},{beat.duration.numerator}/{beat.duration.denominator}"


def own_runs(found: Passage) -> list[list[Run]]:
    """The runs of each voice that the model wrote, in order; voices in which it wrote nothing are left out."""
    return [runs for voice in voices(found, found.lines) if (runs := runs_of(voice.own))]


def new_and_given_runs(found: Passage) -> tuple[set[Run], set[Run]]:
    """The runs that the model wrote and those that the prompt wrote; drums that the prompt began are neither.

    What a drummer beats under a tune is common property.
    """
    lines = [line for line in found.lines if not line.is_percussion or line.bars[0].events[0].own]
    found_voices = voices(found, lines)
    own = {run for voice in found_voices for run in runs_of(voice.own)}
    return own, {run for voice in found_voices for run in runs_of(voice.given)}


def runs_of(bars: Iterable[Beats]) -> list[Run]:
    """The runs of eight beats of a voice; one shorter run where there are fewer, none where there is nothing.

    Intervals make a transposed copy equal to its original. The first interval of a run is left out: it leads there.
    """
    sounding = tuple([bar for bar in bars if bar.texts])
    sizes = [len(bar.texts) for bar in sounding]
    length = min(LENGTH, sum(sizes))
    return list(chain.from_iterable([_runs_from(found, length) for found in _neighbours(sounding, sizes, length)]))


def _neighbours(bars: tuple[Beats, ...], sizes: Sequence[int], length: int) -> Iterator[tuple[Beats, ...]]:
    """For each bar in which runs of a length begin: it, and those behind it up to where the last of them ends.

    `sizes` are the numbers of their beats. Together they can be looked up.
    """
    left, count = sum(sizes), len(sizes)
    for number, size in enumerate(sizes):
        if left < length:
            return
        left -= size
        behind, end = 1, number + 1
        while behind < length and end < count:
            behind += sizes[end]
            end += 1
        yield bars[number:end]


@lru_cache(maxsize=BARS)
def _runs_from(bars: tuple[Beats, ...], length: int) -> list[Run]:
    """The runs that begin in the first of some bars."""
    texts = list(chain.from_iterable([bar.texts for bar in bars]))
    pitches = list(chain.from_iterable([bar.pitches for bar in bars]))
    starts = range(min(len(bars[0].texts), len(texts) - length + 1))
    return [_run(texts[start : start + length], pitches[start : start + length]) for start in starts]


def _run(texts: Sequence[str], pitches: Sequence[str]) -> Run:
    pitch = "" if len(set(pitches)) >= TUNEFUL else pitches[0]
    return " ".join([f"{pitch} {texts[0].partition(',')[2]}", *texts[1:]])
