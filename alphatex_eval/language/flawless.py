"""Which beats and tags are flawless, known from before: what lets `check` pass over most of a text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.language.context import NoteKind
from alphatex_eval.language.semantics import Semantics
from alphatex_eval.language.shortcuts import NEVER_BEATS, WHOLE_BEATS, beats_of, known_bar, parsed_beat, walk

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Beat, Tag
    from alphatex_eval.language.outline import Collector

MOST_BARS = 20_000
MOST_BEATS = 50_000
StaffKey = tuple[NoteKind, int, frozenset[str]]
"""What the flaws of a beat depend on: the kind of its staff, how many strings it has, and known percussion names."""

NO_BEGINNING = f"{NEVER_BEATS}|\"'"
"""Marks that no beat begins with, or one that the lexer may find fault with."""

FRET = re.compile(r"(?<![0-9.])[0-9]+(?=\.[0-9])")


def pass_over(text: str, position: int, semantics: Semantics, collector: Collector | None = None) -> int:
    """Pass over what is flawless from `position` on, a place where a bar starts, and tell `semantics`.

    What is passed goes to the `collector`, if there is one. Returns the place where something new starts, which is
    again one where a bar may start, or its beats.
    """
    judge = _Judge(semantics, collector)
    end = walk(text, position, judge)
    judge.begin()
    return end


def pass_over_beats(text: str, position: int, semantics: Semantics, collector: Collector | None = None) -> int:
    """Pass over flawless beats from `position` on, a place where `pass_over` stopped; where the last of them ends.

    Nothing is passed over unless another beat begins behind them.
    """
    beats = _whole_beats(text, position)
    if not beats or not semantics.has_beats or semantics.first_fault is not None:
        return position
    known = _known(_staff_of(semantics))
    if beats not in known.bars and not known.learn(beats):
        return position
    if collector is not None and not collector.take_beats(beats, position):
        return position
    semantics.take_known_beats(known.bars[beats])
    start, last = beats_of(beats)[-1]
    return position + start + len(last)


def last_beat(text: str, position: int, before: Semantics) -> tuple[int, StaffKey] | None:
    """Where the last beat of a text begins, and for which kind of staff; None unless only flawless ones precede it.

    They are those from `position` on, where a bar starts in the state `before`, which is left alone.
    """
    beats = _whole_beats(text, position)
    if beats is None:
        return None
    semantics = before.copy()
    semantics.begin_beats()
    staff = _staff_of(semantics)
    is_good = semantics.first_fault is None and (not beats.strip() or _known(staff).learn(beats))
    return (position + len(beats), staff) if is_good else None


def _whole_beats(text: str, position: int) -> str | None:
    """The whole beats from `position` on with the blanks around them, None unless another beat begins behind them."""
    match = WHOLE_BEATS.match(text, position)
    end = match.end() if match else len(text)
    return None if end == len(text) or text[end] in NO_BEGINNING else text[position:end]


class _Judge:
    """Tells the semantic pass of known tags and beats without showing it the beats."""

    def __init__(self, semantics: Semantics, collector: Collector | None) -> None:
        self._semantics = semantics
        self._collector = collector
        self._known: _Known | None = None
        self._between_bar_lines = False
        self._passed = 0
        self._waiting: Beat | None = None

    @property
    def goes_on(self) -> bool:
        return self._semantics.first_fault is None

    def begin(self) -> None:
        """Tell of bars that were passed and of beats that wait for their bar line: something else follows."""
        if self._passed:
            self._semantics.pass_known_bars(self._passed)
            self._passed = 0
        if self._waiting is not None:
            self._semantics.begin_beats()
            self._semantics.take_known_beats(self._waiting)
            self._waiting = None

    def take_tags(self, tags: tuple[Tag, ...], start: int) -> None:
        self.begin()
        self._known, self._between_bar_lines = None, False
        for tag in tags:
            self._semantics.take_known_tag(tag, start)
        if self._collector is not None:
            self._collector.take_tags(tags, start)

    def take_beats(self, bar: str, start: int) -> bool:
        if not self._between_bar_lines:
            self._semantics.begin_beats()
        known = self._known = self._known or _known(_staff_of(self._semantics))
        is_known = bar in known.bars or known.learn(bar)
        if not is_known or (self._collector is not None and not self._collector.take_beats(bar, start)):
            if self._between_bar_lines:
                self.begin()
                self._semantics.begin_beats()
            return False
        if self._between_bar_lines:
            self._waiting = known.bars[bar]
        else:
            self._semantics.take_known_beats(known.bars[bar])
        return True

    def take_bar_line(self, start: int) -> None:
        if self._waiting is not None:
            self._passed += 1
            self._waiting = None
        else:
            self.begin()
            self._semantics.take_bar_line()
            self._between_bar_lines = self._semantics.is_between_bar_lines
        if self._collector is not None:
            self._collector.take_bar_line(start)


class _Known:
    """What is known for one kind of staff: beats without flaw, beats with one, and bars made of the former."""

    def __init__(self, staff: StaffKey) -> None:
        self._staff = staff
        self._good: set[str] = set()
        self._other: set[str] = set()
        self.bars: dict[str, Beat] = {}

    def learn(self, bar: str) -> bool:
        """Whether all beats of a bar are flawless; if so the bar is known from now on."""
        known = known_bar(bar)
        if known is None:
            return False
        if not self._good.issuperset(known.texts) and not all(map(self._is_flawless, known.texts)):
            return False
        if len(self.bars) >= MOST_BARS:
            self.bars.clear()
        self.bars[bar] = next((beat for beat in known.beats if beat.notes), known.beats[0])
        return True

    def _is_flawless(self, text: str) -> bool:
        if text in self._good or text in self._other:
            return text in self._good
        if len(self._good) + len(self._other) >= MOST_BEATS:
            self._good.clear()
            self._other.clear()
            self.bars.clear()
        plain = with_open_strings(text)
        is_good = plain in self._good or self._judge(plain)
        if is_good:
            self._good |= {plain, text}
        else:
            self._other.add(text)
        return is_good

    def _judge(self, text: str) -> bool:
        """Whether there is nothing to say about a beat before a bar line."""
        beat = parsed_beat(text)
        if beat is None:
            return False
        semantics = Semantics.on_staff(*self._staff)
        semantics.take(beat)
        return not semantics.findings.items and not semantics.crashed


@lru_cache(maxsize=64)
def _known(staff: StaffKey) -> _Known:
    return _Known(staff)


def _staff_of(semantics: Semantics) -> StaffKey:
    """The staff that is written to; one of no kind yet takes frets if the bar is of frets alone."""
    staff = semantics.staff
    kind = staff.kind or NoteKind.FRETTED
    names = frozenset(semantics.percussion_names) if kind is NoteKind.PERCUSSION else frozenset()
    return kind, len(staff.strings), names


def with_open_strings(text: str) -> str:
    """The beat with every fret before its first block made 0: which fret it is, is never judged."""
    notes, brace, rest = text.partition("{")
    return FRET.sub("0", notes) + brace + rest
