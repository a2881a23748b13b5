r"""The fast path of `check` and `parse`: lines of tags and bars of beats that have been met before are looked up.

In tabs almost every beat and every line of tags has been written before, so that a text can be read by looking its
parts up. A beat is looked up by its text; one that is not known yet is read by the parser on its own, and is known from
then on if it is all that the parser finds. Whatever else a text holds (comments, escapes in strings, parts that belong
together across blanks) goes the ordinary way, which stays the truth.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from alphatex_eval.language.nodes import Arguments, Beat, Kind, Literal, Tag
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.plain import plain_beat
from alphatex_eval.language.semantics import Semantics
from alphatex_eval.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Span

MOST_BEATS = 20_000
MOST_BARS = 8_192
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
WHOLE_BEATS = re.compile(rf"(?:{_SPACE}*+{BEAT.pattern}(?={_SPACE}))*+{_SPACE}*+")
TAG_LINE = re.compile(r"\\[^\x00/|]*")
MARK = re.compile(rf"(?!{_SPACE}).", re.DOTALL)
CREDIT = re.compile(r'\\([A-Za-z]+) ("[^"\\\x00|/]*")')
NO_WORDS = '""'
BEATS_END = re.compile(r"\||\\{1,2}[A-Za-z]")
NEVER_AN_ARGUMENT = re.compile(rf"[:|]|\\{{1,2}}{_WORD}")
BAR = re.compile(rf"(?:{_SPACE}*+{BEAT.pattern})*+{_SPACE}*+")


class KnownBar(NamedTuple):
    """The beats of a bar that is made of known beats, and the text of each.

    The spans of the nodes count from the start of each beat, `spans`, one for each beat, from the start of the bar.
    """

    text: str
    texts: tuple[str, ...]
    beats: tuple[Beat, ...]
    spans: tuple[Span, ...]


class Reader(Protocol):
    """Who takes what `walk` passes over."""

    @property
    def goes_on(self) -> bool:
        """Whether to look any further."""

    def take_tags(self, tags: tuple[Tag, ...], start: int) -> None:
        """The tags of a line that starts at `start`; their spans count from there."""

    def take_beats(self, bar: str, start: int) -> bool:
        """The beats of a bar; False if they must go the ordinary way."""

    def take_bar_line(self, start: int) -> None:
        """The bar line at `start`."""


def walk(text: str, position: int, reader: Reader) -> int:
    """Pass over what is known from `position` on, a place where a bar starts; the place where something new starts.

    That place is again one where a bar may start, or its beats.
    """
    while reader.goes_on:
        start = _next_mark(text, position)
        if start >= 0 and text[start] == "\\":
            position = _walk_lines(text, start, reader)
            start = _next_mark(text, position)
        if start < 0 or text[start] in NEVER_BEATS:
            return position
        if text[start] != "|":
            end = _end_of_beats(text, start)
            if not reader.take_beats(text[start:end], start):
                return position
            start = end
        if text.startswith("|", start):
            reader.take_bar_line(start)
            start += 1
        position = start
    return position


@lru_cache(maxsize=MOST_BARS)
def beats_of(bar: str) -> tuple[tuple[int, str], ...]:
    """The place and text of each beat of a bar that is made of nothing else; none for any other bar."""
    if BAR.fullmatch(bar) is None:
        return ()
    return tuple([(match.start(), match.group()) for match in BEAT.finditer(bar)])


@lru_cache(maxsize=MOST_BARS)
def known_bar(bar: str) -> KnownBar | None:
    """The beats of a bar, None unless it has some and is made of known beats."""
    texts, nodes, spans = [], [], []
    for start, text in beats_of(bar):
        node = parsed_beat(text)
        if node is None:
            return None
        texts.append(text)
        nodes.append(node)
        spans.append((start + node.span[0], start + node.span[1]))
    return KnownBar(bar, tuple(texts), tuple(nodes), tuple(spans)) if nodes else None


@lru_cache(maxsize=MOST_BEATS)
def parsed_beat(text: str) -> Beat | None:
    """The only beat of a text, None if there is more in it or the parser has anything to say about it."""
    return plain_beat(text) or _beat_by_grammar(text)


def _beat_by_grammar(text: str) -> Beat | None:
    """As `parsed_beat`, of any beat."""
    parser = Parser(text + " |")
    items = list(parser.items())
    if len(items) != 2 or not isinstance(items[0], Beat) or items[0].content is None:
        return None
    return None if parser.tokens.findings.items or parser.findings.items else items[0]


def _end_of_beats(text: str, start: int) -> int:
    """Where the next bar line or tag stands, or the text ends."""
    end = text.find("|", start)
    if end >= 0 and text.find("\\", start, end) < 0:
        return end
    ending = BEATS_END.search(text, start)
    return ending.start() if ending else len(text)


def _next_mark(text: str, position: int) -> int:
    """Where the next character stands that is not white space, -1 if there is none."""
    match = MARK.search(text, position)
    return match.start() if match else -1


def _walk_lines(text: str, position: int, reader: Reader) -> int:
    """Pass over whole lines of known tags, each followed by something that cannot be its argument.

    `position` is that of a backslash.
    """
    start = position
    while text[start] == "\\":
        end = text.find("\n", start)
        follower = _next_mark(text, end) if end >= 0 else -1
        if follower < 0:
            break
        line = text[start:end]
        tags = _tags_of(line)
        if not tags or not (NEVER_AN_ARGUMENT.match(text, follower) or _beat_is_no_argument(text[follower], line)):
            break
        reader.take_tags(tags, start)
        position, start = end, follower
    return position


def _beat_is_no_argument(mark: str, line: str) -> bool:
    return mark not in NEVER_BEATS and _is_closed(line)


@lru_cache(maxsize=MOST_LINES)
def _tags_of(line: str) -> tuple[Tag, ...]:
    """The tags of a line that holds nothing else and gives no cause for a finding; none for any other line."""
    credit = CREDIT.fullmatch(line)
    if credit is not None and _is_credit(credit[1].lower()):
        return (_credit(credit),)
    return _tags_by_grammar(line)


@cache
def _is_credit(key: str) -> bool:
    """Whether a tag is one such as a title, whose words are never judged."""
    entry = vocabulary().tags.get(key)
    return entry is not None and entry.level == "score" and bool(_tags_by_grammar(f"\\{key} {NO_WORDS}"))


def _credit(line: re.Match[str]) -> Tag:
    """The tag of a line that is one with one string."""
    words = Literal(Kind.STRING, line[2][1:-1], line.span(2))
    return Tag(line[1], Arguments((words,), False, line.span(2)), span=line.span())


def _tags_by_grammar(line: str) -> tuple[Tag, ...]:
    """As `_tags_of`, of any line."""
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
    credit = CREDIT.fullmatch(line)
    if credit is not None and credit[2] != NO_WORDS:
        return _is_closed(f"\\{credit[1]} {NO_WORDS}")
    tags = _tags_of(line)
    return all(_tags_before(line, beat) == tags for beat in ANY_BEATS)
