"""`StreamChecker`: `check` for a text that arrives in pieces, such as one that a model is writing."""

from __future__ import annotations

from alphatex_eval.language.check import Judgement, check, judge, verdict_of
from alphatex_eval.language.completion import settled_end, take_settled
from alphatex_eval.language.diagnostics import Report, Stage, Verdict
from alphatex_eval.language.flawless import pass_over
from alphatex_eval.language.semantics import Semantics

SPARE = 4
"""How many tokens more than needed are kept, so that `check` looks for continuations from the same place."""


class StreamChecker:
    r"""Judges a text that grows: after every piece `verdict` is what `check` says of all pieces together.

    What no further piece changes is forgotten but for the state that it leaves behind, so that a piece costs time in
    proportion to itself and the beat or tag that it stands in. Where a text is invalid whatever follows, every further
    piece costs next to nothing. Pieces can be cut anywhere, within a word or a string too.

    >>> checker = StreamChecker()
    >>> [checker.feed(piece).value for piece in ("3.3 (4.", "4 5", ".5) |", " 3.7 5.5", " 2.2 |")]
    ['truncated', 'truncated', 'complete', 'invalid', 'invalid']
    >>> checker.report().diagnostics[0].code
    'AT208'
    """

    def __init__(self) -> None:
        self.verdict = Verdict.COMPLETE
        self._pieces: list[str] = []
        self._tail = ""
        self._before = Semantics()
        self._is_over = False

    @property
    def text(self) -> str:
        """All pieces together."""
        return "".join(self._pieces)

    def feed(self, piece: str) -> Verdict:
        """Add a piece to the end of the text; the verdict on all of it."""
        self._pieces.append(piece)
        if piece and not self._is_over:
            self._tail += piece
            self._forget_what_is_settled()
            judgement = judge(self._tail, self._before)
            self.verdict = verdict_of(self._tail, judgement)
            self._is_over = self.verdict is Verdict.INVALID and _for_good(self._tail, judgement)
        return self.verdict

    def report(self) -> Report:
        """What `check` says of the whole text, in the time that it takes for that."""
        return check(self.text)

    def _forget_what_is_settled(self) -> None:
        """Let the tail begin with the first item that what follows could still change, or that has a fault."""
        bars = self._tail[: self._tail.rfind("|") + 1]
        position = pass_over(bars, 0, self._before)
        state = self._before.copy()
        settled = take_settled(self._tail, position, state, spare=SPARE)
        if state.first_fault is None:
            self._before, position = state, settled
        self._tail = self._tail[position:]


def _for_good(text: str, judgement: Judgement) -> bool:
    """Whether what makes a text invalid stands so far before its end that nothing that follows can change it."""
    error, fault = judgement.first_error, judgement.first_fault
    if error is None:
        return False
    if fault is not None and fault < error.start:
        return fault <= settled_end(text, judgement.last_bar_line)
    if error.stage is Stage.LEXER:
        return error.end < len(text)
    return error.end <= settled_end(text, judgement.last_bar_line)
