"""Drafts of notes to notes: what a tie continues, on which string it is, and which pitch sounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alphatex_eval.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.music.drafts import BeatDraft, NoteDraft
    from alphatex_eval.music.score import Value

TIE_REACH = 3
"""A tie finds its origin at most so many bars back."""


class NoteReader:
    """The notes of one staff with the strings, capo and transposition that hold at its end.

    Notes come voice by voice in the order of time. A tie continues the last note on the same string, the last of the
    same pitch or, if it has neither string nor pitch, the one at the same place in its beat.
    """

    def __init__(self, strings: tuple[int, ...], capo: Value, transposition: Value) -> None:
        self._lines = strings[::-1]
        self._capo = int(capo)
        self._shift = int(transposition)
        self._plain: dict[NoteDraft, Note] = {}
        self._chords: dict[BeatDraft, tuple[Note, ...]] = {}
        self.start_voice(ties=True)

    def start_voice(self, *, ties: bool) -> None:
        """Ties do not reach from one voice into another; `ties` tells whether the next one has any."""
        self._ties = ties
        self._last: dict[tuple[str, int], tuple[int, NoteDraft]] = {}

    def notes(self, beat: BeatDraft, bar: int) -> tuple[Note, ...]:
        """The notes of the next beat of the voice, which stands in bar number `bar`."""
        if self._ties:
            return self._tied_notes(beat.notes, bar)
        notes = self._chords.get(beat)
        if notes is None:
            notes = self._chords[beat] = tuple([self._note(draft, draft) for draft in beat.notes])
        return notes

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
        if written.tie or draft.effects:
            return self._fresh(draft, loose=written.tie and not draft.tie)
        note = self._plain.get(draft)
        if note is None:
            note = self._plain[draft] = self._fresh(draft, loose=False)
        return note

    def _fresh(self, draft: NoteDraft, *, loose: bool) -> Note:
        string = None if draft.line is None else len(self._lines) - draft.line + 1
        return Note(
            string=string if string is not None and string > 0 else None,
            fret=None if draft.line is None else draft.fret,
            pitch=self._pitch(draft),
            percussion=draft.percussion,
            tied=draft.tie,
            loose_tie=loose,
            dead=draft.dead,
            effects=draft.effects,
        )

    def _pitch(self, draft: NoteDraft) -> int | None:
        if draft.is_percussion:
            return None
        if draft.line is None:
            return None if draft.pitch is None else draft.pitch + self._shift
        if not 1 <= draft.line <= len(self._lines):
            return None
        stopped = 0 if draft.natural else draft.fret
        return self._lines[draft.line - 1] + self._capo + stopped + draft.interval + self._shift


def _key(draft: NoteDraft, index: int) -> tuple[str, int]:
    """How a tie looks for its origin."""
    if draft.line is not None:
        return "line", draft.line
    return ("place", index) if draft.pitch is None else ("pitch", draft.pitch)
