"""A text checked and parsed in one go, for those who need both."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from alphatex_eval.language.check import judge, report_of
from alphatex_eval.language.document import document_of, outlines_of
from alphatex_eval.language.outline import Collector

if TYPE_CHECKING:
    from alphatex_eval.language.diagnostics import Report
    from alphatex_eval.language.nodes import Document
    from alphatex_eval.language.outline import Outline


class Reading:
    """What `check` says of a text, and the bars of it or of its beginning without another look at the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._collector = Collector()
        self._judgement = judge(text, collector=self._collector)

    @cached_property
    def report(self) -> Report:
        """As `check` gives it."""
        return report_of(self._text, self._judgement)

    def is_comment(self, place: int) -> bool:
        """Whether the character at `place` stands in a comment before the first error."""
        comments = self._judgement.comments
        before = bisect_right(comments, place, key=itemgetter(0))
        return before > 0 and place < comments[before - 1][1]

    def bars(self, end: int) -> list[Outline]:
        """The bars of the text up to `end`, which is that of an accepted text, or where a bar line ends.

        Raises AlphaTexError where there is an error before.
        """
        if end == len(self._text) and self.report.accepted:
            return self._collector.bars()
        bars = self._collector.bars_to(end)
        return outlines_of(self._text[:end])[0] if bars is None else bars

    def document(self, bars: list[Outline]) -> Document:
        """The document of some of the first bars."""
        end = bars[-1].span[1] if bars and not self.report.accepted else len(self._text)
        return document_of(bars, self._text, [span for span in self._judgement.comments if span[0] < end])
