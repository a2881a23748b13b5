"""Whether there is enough to judge: a short good passage is no proof, nor is one that loses itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import Fault, asked, scored
from alphatex_eval.scorers.passage import Passage, passage, weight
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Check, Score, Subject

Onsets = Annotated[int, Field(ge=1)]

TIMES_OF_BAR = 2

USUAL_SOUNDING = 0.75
"""The share of bars in which somebody plays; in the corpora no piece of people's has less than 0.9."""

USUAL_TAIL = 400
"""So many characters stand behind the last bar of a text that was cut off: of people's texts 250 at most."""


@scorer("alphatex/extent", version="4")
def extent(subject: Subject, *, onsets: Onsets = 12) -> Score:
    """How much music the model wrote: times at which something is struck, up to `onsets` (about two bars).

    Checks (warnings): enough_music; sounding_bars (somebody plays in three bars of four; notes may be held for two
    bars); bars_to_the_end (a text that was cut off has no more than 400 characters behind its last bar line, comments
    and blanks left out). Value: times at which the completion strikes something ÷ `onsets`, at most 1, times the share
    of its bars in which somebody plays ÷ 0.75, at most 1, times the share of its characters that became bars, 400 left
    out; 0 for an empty or unreadable completion. Notes at one time count once, in whatever voices and tracks, tied
    notes not at all; a bar in which something is struck counts as two times at least, since basses and hymns move
    slowly. Meant as a ceiling: what the prompt contains earns nothing, and three perfect notes are no perfect tune.
    Metrics: onsets, sounding (share of bars), read (share of characters).
    """
    found = passage(subject)
    own: dict[int, frozenset[tuple[int, int]]] = {}
    mine: set[int] = set()
    heard: set[int] = set()
    held: set[int] = set()
    for bar in [bar for line in found.lines for bar in line.bars]:
        if bar.traits.onsets:
            heard.add(bar.number)
        elif True in bar.traits.holds:
            held.add(bar.number)
        if bar.own:
            mine.add(bar.number)
        if onsets_of_bar := bar.own_traits.onsets:
            own[bar.number] = own.get(bar.number, onsets_of_bar) | onsets_of_bar
    heard |= {number for number in held if not heard.isdisjoint((number - 1, number - 2))}
    struck = list(map(len, own.values()))
    bars, silent = len(mine), len(mine - heard) + len(found.empty_bars)
    sounding = 1.0 - silent / (bars + len(found.empty_bars)) if bars else 0.0
    read = _read(found)
    enough = sum([max(TIMES_OF_BAR, times) for times in struck]) / onsets
    value = min(1.0, enough) * min(1.0, sounding / USUAL_SOUNDING) * read
    end = len(subject.text)
    checks = [
        _check("enough_music", enough >= 1.0, f"something is struck {sum(struck)} times, too little to judge", end),
        _check("sounding_bars", sounding >= USUAL_SOUNDING or not bars, f"nobody plays in {silent} bars", end),
        _check("bars_to_the_end", read == 1.0, f"only {read:.2f} of the text became bars", end),
    ]
    return scored(value, checks, {"onsets": float(sum(struck)), "sounding": sounding, "read": read})


def _check(name: str, passed: bool, message: str, end: int) -> Check:
    return asked(name, [] if passed else [Fault(message, (end, end))], 1, Severity.WARNING)


def _read(found: Passage) -> float:
    """The share of the characters of the completion that became bars, but for a tail that is usual; 1 for whole texts.

    Where there is an error, `alphatex/structure` tells how much stands before it.
    """
    if found.report.accepted or not found.sound or not found.bars:
        return 1.0
    end = found.bars[-1].span[1]
    if len(found.text) - end <= USUAL_TAIL:
        return 1.0
    tail = weight(found.text[end:]) - USUAL_TAIL
    read = weight(found.text[found.start : end])
    return read / (read + tail) if tail > 0 else 1.0
