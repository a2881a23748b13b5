r"""The fast path of `check`: lines of tags and bars of beats that have been judged before are passed over whole.

In tabs almost every beat and every line of tags has been written before, so that a text can be judged by looking its
parts up. A beat is looked up by its text, for one kind of staff and number of strings; one that is not known yet is
judged by parser and semantic pass on its own, and becomes known only if they find nothing to say. Whatever else a text
holds (comments, escapes in strings, parts that belong together across blanks) goes the ordinary way, which stays the
truth.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alphatex_eval.language.context import NoteKind
from alphatex_eval.language.nodes import Beat, Tag
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.semantics import Semantics
from alphatex_eval.language.vocabulary import vocabulary

MOST_BARS = 20_000
MOST_BEATS = 50_000
MOST_LINES = 4_096
ANY_BEATS = ("3", "c4", "r", "x.1", "-.1", '"a"', "(c4)", "()")
NEVER_BEATS = "\\./{})*\0"

_SPACE = r"[ \t\n\v\r]"
_WORD = r"[^\x00 \t\n\v\r\"'/:(){}|*\\]"
_STRING = r"\"[^\"\\\x00|]*+\""
_BLOCK = rf"\{{(?:{_WORD}|{_SPACE}|[()]|{_STRING})*+\}}"
_NOTE = rf"(?:{_WORD}|{_BLOCK})"
_LIST = rf"\((?:{_NOTE}|{_SPACE})*+\)"
BEAT = re.compile(
    rf"(?::[0-9]++(?:{_BLOCK})?{_SPACE}++)?(?:{_NOTE}|{_LIST}){_NOTE}*+(?:{_SPACE}*+\*{_SPACE}*+[0-9]++)?+(?={_SPACE}|$)"
)
FRET = re.compile(r"(?<![0-9.])[0-9]+(?=\.[0-9])")
TAG_LINE = re.compile(r"\\[^\x00/|]*")
MARK = re.compile(rf"(?!{_SPACE}).", re.DOTALL)
CREDIT = re.compile(r'\\([A-Za-z]+) "[^"\\\x00|/]*"')
NEVER_AN_ARGUMENT = re.compile(rf"[:|]|\\{{1,2}}{_WORD}")
BAR = re.compile(rf"(?:{_SPACE}*+{BEAT.pattern})*+{_SPACE}*+")


class _Known:
    """What is known for one kind of staff: beats without flaw, beats with one, and bars made of the former."""

    def __init__(self, kind: NoteKind, strings: int, names: frozenset[str]) -> None:
        self._staff = (kind, strings)
        self._names = names
        self._good: dict[str, Beat] = {}
        self._other: set[str] = set()
        self.bars: dict[str, Beat] = {}

    def learn(self, bar: str) -> bool:
        """Whether all beats of a bar are flawless; if so the bar is known from now on."""
        if BAR.fullmatch(bar) is None:
            return False
        beats = BEAT.findall(bar)
        if not all(beat in self._good or self._judge(beat) for beat in beats):
            return False
        if len(self.bars) >= MOST_BARS:
            self.bars.clear()
        nodes = [self._good[beat] for beat in beats]
        self.bars[bar] = next((beat for beat in nodes if beat.notes), nodes[0])
        return True

    def _judge(self, text: str) -> bool:
        if text in self._other:
            return False
        if len(self._good) + len(self._other) >= MOST_BEATS:
            self._good.clear()
            self._other.clear()
            self.bars.clear()
        plain = _with_open_strings(text)
        beat = self._good.get(plain) or self._flawless(plain)
        if beat is None:
            self._other.add(text)
            return False
        self._good[plain] = self._good[text] = beat
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


def _with_open_strings(text: str) -> str:
    """The beat with every fret before its first block made 0: which fret it is, is never judged."""
    notes, brace, rest = text.partition("{")
    return FRET.sub("0", notes) + brace + rest


def _next_mark(text: str, position: int) -> int:
    """Where the next character stands that is not white space, -1 if there is none."""
    match = MARK.search(text, position)
    return match.start() if match else -1


@lru_cache(maxsize=MOST_LINES)
def _tags_of(line: str) -> tuple[Tag, ...]:
    """The tags of a line that holds nothing else and gives no cause for a finding; none for any other line."""
    if not TAG_LINE.fullmatch(line):
        return ()
    tags = _tags_before(line, "|")
    semantics = Semantics()
    for tag in tags:
        semantics.take(tag)
    semantics.finish()
    return () if semantics.findings.items else tags


def _tags_before(line: str, rest: str) -> tuple[Tag, ...]:
    """The tags of a line that only one more item follows in `rest`, none if there is anything to say about it."""
    parser = Parser(f"{line}\n{rest}")
    items = list(parser.items())
    tags = tuple(item for item in items if isinstance(item, Tag))
    clean = not parser.tokens.findings.items and not parser.findings.items
    return tags if clean and len(tags) == len(items) - 1 else ()


@lru_cache(maxsize=MOST_LINES)
def _is_closed(line: str) -> bool:
    """Whether the tags of a line are the same whatever beat follows."""
    tags = _tags_of(line)
    return all(_tags_before(line, beat) == tags for beat in ANY_BEATS)


def _known_on(semantics: Semantics) -> _Known:
    """What is known for the staff that is written to; one of no kind yet takes frets if the bar is of frets alone."""
    staff = semantics.staff
    kind = staff.kind or NoteKind.FRETTED
    names = frozenset(semantics.percussion_names) if kind is NoteKind.PERCUSSION else frozenset()
    return _known(kind, len(staff.strings), names)


def pass_over(text: str, position: int, semantics: Semantics) -> int:
    """Pass over what is known from `position` on, a place where a bar starts; the place where something new starts.

    That place is again one where a bar may start, or its beats.
    """
    known: _Known | None = None
    while semantics.first_fault is None:
        start = _next_mark(text, position)
        if start >= 0 and text[start] == "\\":
            position, known = _pass_over_lines(text, start, semantics), None
            start = _next_mark(text, position)
        if start < 0 or text[start] in NEVER_BEATS:
            return position
        if text[start] != "|":
            semantics.begin_beats()
            known = known or _known_on(semantics)
            end = text.find("|", start)
            bar = text[start:end] if end >= 0 else text[start:]
            if bar not in known.bars and not known.learn(bar):
                return position
            semantics.take_known_beats(known.bars[bar])
            if end < 0:
                return len(text)
            start = end
        semantics.take_bar_line()
        position = start + 1
    return position


def _pass_over_lines(text: str, position: int, semantics: Semantics) -> int:
    """Pass over whole lines of known tags, each followed by something that cannot be its argument.

    `position` is that of a backslash.
    """
    start = position
    while text[start] == "\\":
        end = text.find("\n", start)
        follower = _next_mark(text, end) if end >= 0 else -1
        line = _without_credit(text[start:end])
        tags = _tags_of(line) if follower >= 0 else ()
        if not tags or not (NEVER_AN_ARGUMENT.match(text, follower) or _beat_is_no_argument(text[follower], line)):
            break
        for tag in tags:
            semantics.take_known_tag(tag)
        position, start = end, follower
    return position


def _beat_is_no_argument(mark: str, line: str) -> bool:
    return mark not in NEVER_BEATS and _is_closed(line)


def _without_credit(line: str) -> str:
    """The line without the words of a title, an artist and the like: what they say is never judged."""
    credit = CREDIT.fullmatch(line)
    if credit is None:
        return line
    entry = vocabulary().tags.get(credit[1].lower())
    return f'\\{credit[1]} ""' if entry is not None and entry.level == "score" else line
