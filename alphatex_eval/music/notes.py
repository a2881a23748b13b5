"""Drafts of notes to notes: what a tie continues, on which string it is, and which pitch sounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.music.drafts import BeatDraft, NoteDraft

Key = tuple[str, int]
TIE_REACH = 3
"""A tie finds its origin at most so many bars back."""


@dataclass(frozen=True, slots=True, eq=False)
class Neck:
    """What the pitches of a staff depend on; equal necks are one object: see `neck_of`.

    `lines` are the strings counted from the last one, `shift` is what a transposition adds.
    """

    lines: tuple[int, ...]
    capo: int
    shift: int

    def string(self, draft: NoteDraft) -> int | None:
        """The string of a note, None for one without."""
        string = 0 if draft.line is None else len(self.lines) - draft.line + 1
        return string if string > 0 else None

    def pitch(self, draft: NoteDraft) -> int | None:
        """What sounds, None for percussion and for what has no place on the neck."""
        if draft.is_percussion:
            return None
        if draft.line is None:
            return None if draft.pitch is None else draft.pitch + self.shift
        if not 1 <= draft.line <= len(self.lines):
            return None
        stopped = 0 if draft.natural else draft.fret
        return self.lines[draft.line - 1] + self.capo + stopped + draft.interval + self.shift


@lru_cache(maxsize=256)
def neck_of(strings: tuple[int, ...], capo: int, transposition: int) -> Neck:
    """The neck with these strings, string 1 first."""
    return Neck(strings[::-1], capo, transposition)


@lru_cache(maxsize=8192)
def plain_note(draft: NoteDraft, neck: Neck) -> Note:
    """The note of a draft that is no tie; notes that are alike are one object."""
    return _note(draft, neck, loose=False)


@lru_cache(maxsize=8192)
def plain_notes(beat: BeatDraft, neck: Neck) -> tuple[Note, ...]:
    """The notes of a beat in a voice without ties."""
    return tuple([plain_note(draft, neck) for draft in beat.notes])


def _note(draft: NoteDraft, neck: Neck, *, loose: bool) -> Note:
    return Note(
        string=neck.string(draft),
        fret=None if draft.line is None else draft.fret,
        pitch=neck.pitch(draft),
        percussion=draft.percussion,
        tied=draft.tie,
        loose_tie=loose,
        dead=draft.dead,
        effects=draft.effects,
    )


@lru_cache(maxsize=8192)
def have_ties(beats: tuple[BeatDraft, ...]) -> bool:
    """Whether a note is written as a tie."""
    return any(note.tie for beat in beats for note in beat.notes)


@lru_cache(maxsize=4096)
def _origins(beats: tuple[BeatDraft, ...]) -> tuple[tuple[Key, NoteDraft], ...]:
    """The notes that ties behind these beats can continue, in the order in which later ones replace earlier ones."""
    notes = [(index, note) for beat in beats for index, note in enumerate(beat.notes)]
    return tuple([(key, note) for index, note in notes for key in (("place", index), _key(note, index))])


class NoteReader:
    """The notes of one staff with the neck that it has at its end.

    Notes come voice by voice in the order of time. A tie continues the last note on the same string, the last of the
    same pitch or, if it has neither string nor pitch, the one at the same place in its beat.
    """

    def __init__(self, neck: Neck) -> None:
        self.neck = neck
        self.start_voice(ties=True)

    def start_voice(self, *, ties: bool) -> None:
        """Ties do not reach from one voice into another; `ties` tells whether the next one has any."""
        self.ties = ties
        self._last: dict[Key, tuple[int, NoteDraft]] = {}

    def notes(self, beat: BeatDraft, bar: int) -> tuple[Note, ...]:
        """The notes of the next beat of the voice, which stands in bar number `bar`."""
        return self._tied_notes(beat.notes, bar) if self.ties else plain_notes(beat, self.neck)

    def pass_over(self, beats: tuple[BeatDraft, ...], bar: int) -> None:
        """Beats without ties in bar number `bar` were read elsewhere; ties behind them may continue their notes."""
        if self.ties:
            self._last.update({key: (bar, draft) for key, draft in _origins(beats)})

    def _tied_notes(self, drafts: Sequence[NoteDraft], bar: int) -> tuple[Note, ...]:
        resolved = [self._tied(draft, index, bar) if draft.tie else draft for index, draft in enumerate(drafts)]
        for index, (draft, written) in enumerate(zip(resolved, drafts, strict=True)):
            self._remember(draft, written, index, bar)
        return tuple(self._note(draft, written) for draft, written in zip(resolved, drafts, strict=True))

    def _tied(self, draft: NoteDraft, index: int, bar: int) -> NoteDraft:
        """The draft with fret and pitch of what it continues; without tie where there is nothing in reach."""
        found = self._last.get(_key(draft, index))
        if found is None or found[0] < bar - TIE_REACH:
            return replace(draft, tie=False)
        return replace(draft, fret=found[1].fret, pitch=found[1].pitch)

    def _remember(self, draft: NoteDraft, written: NoteDraft, index: int, bar: int) -> None:
        self._last["place", index] = (bar, draft)
        if draft.line is not None or written.pitch is not None:
            self._last[_key(written, index)] = (bar, draft)

    def _note(self, draft: NoteDraft, written: NoteDraft) -> Note:
        if written.tie:
            return _note(draft, self.neck, loose=not draft.tie)
        return plain_note(draft, self.neck)


def _key(draft: NoteDraft, index: int) -> Key:
    """How a tie looks for its origin."""
    if draft.line is not None:
        return "line", draft.line
    return ("place", index) if draft.pitch is None else ("pitch", draft.pitch)
