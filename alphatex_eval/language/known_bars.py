r"""The fast path of `check`: bars without tags whose beats have all been judged before are passed over whole.

In tabs almost every beat has been written before, so that a bar can be judged by looking its beats up. A beat is looked
up by its text, for one kind of staff and number of strings; a text that is not known yet is judged by parser and semantic
pass on its own, and becomes known only if they find nothing to say. What a bar holds besides such beats (tags, strings
with escapes, comments, parts that belong together across blanks) sends it down the ordinary path, which stays the truth.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alphatex_eval.language.context import NoteKind
from alphatex_eval.language.nodes import Beat
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.semantics import Semantics

MOST_BARS = 20_000
MOST_BEATS = 50_000

_SPACE = r"[ \t\n\v\r]"
_WORD = r"[^\x00 \t\n\v\r\"'/:(){}|*\\]"
_STRING = r"\"[^\"\\\x00|]*+\""
_BLOCK = rf"\{{(?:{_WORD}|{_SPACE}|[()]|{_STRING})*+\}}"
_NOTE = rf"(?:{_WORD}|{_BLOCK})"
_LIST = rf"\((?:{_NOTE}|{_SPACE})*+\)"
BEAT = re.compile(
    rf"(?::[0-9]++(?:{_BLOCK})?{_SPACE}++)?(?:{_NOTE}|{_LIST}){_NOTE}*+(?:{_SPACE}*+\*{_SPACE}*+[0-9]++)?+(?={_SPACE}|$)"
)
BAR = re.compile(rf"(?:{_SPACE}*+{BEAT.pattern})*+{_SPACE}*+")


class _Known:
    """What is known for one kind of staff: beats without flaw, beats with one, and bars made of the former."""

    def __init__(self, kind: NoteKind, strings: int, names: frozenset[str]) -> None:
        self._staff = (kind, strings)
        self._names = names
        self._good: dict[str, Beat] = {}
        self._other: set[str] = set()
        self.bars: dict[str, Beat | None] = {}

    def learn(self, bar: str) -> bool:
        """Whether all beats of a bar are flawless; if so the bar is known from now on."""
        if BAR.fullmatch(bar) is None:
            return False
        beats = BEAT.findall(bar)
        if not all(beat in self._good or self._judge(beat) for beat in beats):
            return False
        if len(self.bars) >= MOST_BARS:
            self.bars.clear()
        self.bars[bar] = self._good[beats[0]] if beats else None
        return True

    def _judge(self, text: str) -> bool:
        if text in self._other:
            return False
        if len(self._good) + len(self._other) >= MOST_BEATS:
            self._good.clear()
            self._other.clear()
            self.bars.clear()
        beat = self._flawless(text)
        if beat is None:
            self._other.add(text)
            return False
        self._good[text] = beat
        return True

    def _flawless(self, text: str) -> Beat | None:
        """The only beat of a text, None if there is more in it or anything to say about it before a bar line."""
        parser = Parser(text + " |")
        items = list(parser.items())
        if len(items) != 2 or not isinstance(items[0], Beat) or items[0].content is None:
            return None
        semantics = Semantics.on_staff(*self._staff, self._names)
        semantics.take(items[0])
        found = parser.tokens.findings.items or parser.findings.items or semantics.findings.items
        return None if found or semantics.crashed else items[0]


@lru_cache(maxsize=64)
def _known(kind: NoteKind, strings: int, names: frozenset[str]) -> _Known:
    return _Known(kind, strings, names)


def known_bars(text: str, position: int, semantics: Semantics) -> int:
    """Pass over the known bars from `position` on, just after a bar line; the place after the last of them."""
    staff = semantics.staff
    if staff.kind is None:
        return position
    names = frozenset(semantics.percussion_names) if staff.kind is NoteKind.PERCUSSION else frozenset()
    known = _known(staff.kind, len(staff.strings), names)
    while (end := text.find("|", position)) >= 0:
        bar = text[position:end]
        if bar not in known.bars and ("\\" in bar or not known.learn(bar)):
            break
        semantics.take_known_bar(known.bars[bar])
        position = end + 1
    return position
