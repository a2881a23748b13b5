"""Tokens to syntax nodes: a loop over Lark's LALR tables that repairs what alphaTab repairs and goes on.

The parser hands out tags, beats, bar lines and separators as it recognises them, so that memory does not grow with the
text. Findings are those of alphaTab's parser: same code, same place.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from alphatex_eval.language.builder import BUILDERS, BarLine, Multiplier, Separator
from alphatex_eval.language.diagnostics import Stage
from alphatex_eval.language.findings import Findings, Help
from alphatex_eval.language.framer import Owner, frame, skip_to_property
from alphatex_eval.language.messages import show, suggest
from alphatex_eval.language.nodes import Beat, Tag
from alphatex_eval.language.tables import tables
from alphatex_eval.language.tokens import END, Token, TokenStream
from alphatex_eval.language.vocabulary import Entry, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = Tag | Beat | BarLine | Separator
TAG_TERMINALS = ("TAG", "FLAG", "CHORD_TAG")
DOTS = ("STRING_DOT", "DURATION_DOT")
NO_ACTION = 1_000_000
MARKS = ("x", "-")
SPECIAL_WORDS = frozenset({"r", *MARKS})
ITEMS = frozenset({"tag", "chord_with_block_first", "beat"})
DURATION_FIRST = "a duration stands before the block, as in `(3.3 5.2).4{f}`"
CLOSERS = {"BLOCK_CLOSE": "}", "NOTES_CLOSE": ")"}


@cache
def alternatives() -> dict[str, tuple[str, ...]]:
    """The terminals that share a pattern, by the first of them, in the grammar's order."""
    by_pattern: dict[str, list[str]] = {}
    for terminal, pattern in tables().patterns.items():
        by_pattern.setdefault(pattern, []).append(terminal)
    return {names[0]: tuple(names) for names in by_pattern.values()}


@cache
def block_properties(opening: str) -> tuple[dict[str, Entry], ...]:
    """The property tables of a block, by its opening terminal; those of a tag's block depend on the tag."""
    words = vocabulary()
    return {
        "DURATION_BLOCK_OPEN": (words.duration_properties,),
        "BEAT_BLOCK_OPEN": (words.beat_properties,),
        "NOTE_BLOCK_OPEN": (words.note_properties, words.beat_properties),
    }[opening]


def find_property(name: str, known: tuple[dict[str, Entry], ...]) -> Entry | None:
    """The entry of a property in the first table that has it."""
    return next((table[name.lower()] for table in known if name.lower() in table), None)


def unknown_property_help(name: str, known: tuple[dict[str, Entry], ...]) -> Help:
    """What to write for a property that the tables of its block do not have."""
    entry = vocabulary().note_properties.get(name.lower())
    if entry is not None and vocabulary().beat_properties in known:
        shown = f"{entry.name} …" if entry.signatures else entry.name
        return f"write it directly behind a note, before the duration, as in `3.3{{{shown}}}.4`"
    names = [other.display for table in known for other in table.values()]
    return suggest(name, names, None if names else "remove it")


class Parser:
    """Recognises `text` from `position` on, a place where a bar may start."""

    def __init__(self, text: str, position: int = 0) -> None:
        self.tokens = TokenStream(text, position)
        self.findings = Findings(Stage.PARSER)
        self._tables = tables()
        self._states = [self._tables.start]
        self._values: list[Any] = []
        self._properties: tuple[dict[str, Entry], ...] = ()
        self._tag: Token | None = None
        self._chord_block_first = False
        self._early_multiplier: Multiplier | None = None
        self._shifted = ""

    @property
    def failed(self) -> bool:
        """Whether the lexer or the parser has met an error."""
        return self.tokens.findings.first_error is not None or self.findings.first_error is not None

    def items(self) -> Iterator[Item]:
        """The tags, beats, bar lines and separators of the text, in order."""
        states, end = self._states, self._tables.end
        while states[-1] != end:
            token = self.tokens.peek()
            variant = _variant(token)
            terminal, action = _action(states[-1], token.kind, variant)
            while action < 0:
                item = self._reduce(-1 - action)
                if item is not None:
                    yield item
                if states[-1] == end:
                    return
                terminal, action = _action(states[-1], token.kind, variant)
            item = self._repair(token) if action == NO_ACTION else self._shift(token, terminal, action)
            if item is not None:
                yield item

    def _reduce(self, rule: int) -> Item | None:
        name, label, length = self._tables.rules[rule]
        children: list[Any] = []
        if length:
            children = self._values[-length:]
            del self._values[-length:]
            del self._states[-length:]
        if list in map(type, children):
            children = _flatten(children)
        item: Item | None = None
        builder = BUILDERS.get(label)
        value: Any = children if builder is None else builder(children)
        if label in ITEMS:
            item, value = value, []
        self._values.append(value)
        self._states.append(self._tables.gotos[self._states[-1]][name])
        return item

    def _shift(self, token: Token, terminal: str, state: int) -> Item | None:
        if terminal == "END_OF_TEXT":
            self._push(Token(terminal, "", token.start, token.start), state)
            return None
        if terminal in TAG_TERMINALS and not self._tag_is_known(token):
            return None
        if terminal in DOTS and not self._dot_counts(terminal):
            return None
        self.tokens.take()
        item: Item | None = None
        if terminal in ("SEPARATOR", "BAR_LINE"):
            item = self._divide(token, terminal)
            self._push([], state)
        else:
            self._push(token, state)
        self._after_shift(token, terminal)
        return item

    def _push(self, value: Any, state: int) -> None:
        self._values.append(value)
        self._states.append(state)

    def _divide(self, token: Token, terminal: str) -> Item:
        span = (token.start, token.end)
        if terminal == "BAR_LINE":
            return BarLine(span)
        help_ = DURATION_FIRST if self._is_late_duration() else "remove it"
        self.findings.add("AT400", *span, "this dot divides nothing in today's alphaTex", help_)
        return Separator(span)

    def _is_late_duration(self) -> bool:
        """Whether a dot just taken stands between the block of a beat and a lone number."""
        behind_block = self._shifted == "BLOCK_CLOSE" and vocabulary().beat_properties in self._properties
        return behind_block and self.tokens.peek().kind == "NUMBER" and self.tokens.peek(1).kind not in DOTS

    def _after_shift(self, token: Token, terminal: str) -> None:
        """Settle what the grammar cannot: arguments, kinds of blocks, numbers that must follow."""
        self._shifted = terminal
        if terminal in TAG_TERMINALS:
            self._tag = token
            self._chord_block_first = terminal == "CHORD_TAG" and self.tokens.peek().kind == "TAG_BLOCK_OPEN"
            if terminal != "FLAG" and not self._chord_block_first:
                self._frame_tag(token)
        elif terminal == "TAG_BLOCK_OPEN":
            assert self._tag is not None
            entry = vocabulary().tags.get(str(self._tag.value).lower())
            self._properties = (entry.properties,) if entry else ()
        elif terminal.endswith("_BLOCK_OPEN"):
            self._properties = block_properties(terminal)
            self._early_multiplier = self._multiplier_before(terminal)
        elif terminal == "BLOCK_CLOSE":
            self._warn_of_early_multiplier()
            if self._chord_block_first and self._tag is not None:
                self._chord_block_first = False
                self._frame_tag(self._tag, properties_first=True)
        elif terminal == "PROPERTY":
            self._frame_property(token)
        elif terminal in ("COLON", "ASTERISK"):
            self._want_number(token, terminal)

    def _frame_tag(self, token: Token, *, properties_first: bool = False) -> None:
        entry = vocabulary().tags.get(str(token.value).lower())
        frame(self.tokens, Owner(token, entry, False, properties_first), self.findings)

    def _frame_property(self, token: Token) -> None:
        entry = find_property(str(token.value), self._properties)
        if entry is not None or self.tokens.peek().kind == "ARGUMENTS_OPEN":
            frame(self.tokens, Owner(token, entry, True), self.findings)
        elif self._properties:
            message = f"there is no property {show(token)} here"
            help_ = unknown_property_help(str(token.value), self._properties)
            self.findings.add("AT205", token.start, token.end, message, help_)
            skip_to_property(self.tokens)

    def _multiplier_before(self, terminal: str) -> Multiplier | None:
        """The multiplier that stands directly before the block of a beat."""
        before = self._values[-2] if len(self._values) > 1 else None
        is_real = isinstance(before, Multiplier) and before.literal.span[0] < before.span[1]
        return before if terminal == "BEAT_BLOCK_OPEN" and is_real else None

    def _warn_of_early_multiplier(self) -> None:
        if self._early_multiplier is not None:
            message, help_ = (
                "the multiplier stands before the beat's properties",
                "write it after the block: `3.3.4{f} * 2`",
            )
            self.findings.add("AT304", *self._early_multiplier.span, message, help_)
            self._early_multiplier = None

    def _tag_is_known(self, token: Token) -> bool:
        """Whether to go on with a tag: an unknown one without parentheses ends the reading."""
        if str(token.value).lower() in vocabulary().tags or self.tokens.peek(1).kind == "ARGUMENTS_OPEN":
            return True
        help_ = suggest(str(token.value), [entry.display for entry in vocabulary().tags.values()])
        self._fail("AT204", token, f"there is no tag {show(token)}", help_)
        return False

    def _want_number(self, token: Token, terminal: str) -> None:
        """Stand in for the number that must follow `:` or `*` where it is missing."""
        if self.tokens.peek().kind == "NUMBER":
            return
        if terminal == "COLON":
            message, help_ = "`:` must be followed by a duration", "write one such as `:8`"
            self.findings.add("AT201", token.start, token.end, message, help_)
        else:
            message, help_ = "`*` must be followed by how often the beat is played", "write a number, as in `* 2`"
            self.findings.add("AT200", token.start, token.end, message, help_)
        if self.tokens.peek().kind == "TAG_BLOCK_OPEN" and terminal == "COLON":
            self._fail("AT202", self.tokens.peek(), "a block cannot stand here", "write the duration first: `:8{tu 3}`")
        self.tokens.put_back([Token("NUMBER", 1, token.end, token.end)])

    def _dot_counts(self, terminal: str) -> bool:
        """Whether the dot ahead is followed by its number; one before a tag or the end is dropped."""
        after = self.tokens.peek(1)
        if after.kind == "NUMBER":
            return True
        if after.kind == "TAG" or (after.kind == END and terminal == "DURATION_DOT"):
            self.tokens.take()
            return False
        what = "the number of a string" if terminal == "STRING_DOT" else "a duration"
        example = "write fret and string, as in `3.2`" if terminal == "STRING_DOT" else "write one such as `.4`"
        code = "AT203" if after.kind == END else "AT202"
        self._fail(code, after, f"the dot must be followed by {what}, not by {show(after)}", example)
        return False

    def _repair(self, token: Token) -> Item | None:
        """Deal with a token that cannot stand here: end what can only end, close what is open, or stop reading."""
        row = self._tables.rows[self._states[-1]]
        actions = set(row.values())
        if len(actions) == 1 and min(actions) < 0:
            return self._reduce(-1 - actions.pop())
        closer = next((terminal for terminal in CLOSERS if terminal in row), None)
        if closer == "NOTES_CLOSE" and token.kind != END:
            message = f"{show(token)} cannot stand inside a chord"
            self._fail("AT202", token, message, "a chord holds notes separated by blanks: `(0.1 2.2)`")
        elif closer is not None:
            mark = CLOSERS[closer]
            what = "property block" if mark == "}" else "chord"
            message = f"this {what} is not closed before {show(token)}"
            self.findings.add("AT206", token.start, token.end, message, f"close it with `{mark}`")
            self.tokens.put_back([Token(closer, mark, token.start, token.start)])
        else:
            self._fail("AT202", token, f"{show(token)} cannot stand here", _stray_help(token))
        return None

    def _fail(self, code: str, token: Token, message: str, help_: Help = None) -> None:
        """Record an error after which alphaTab reads no further."""
        self.findings.add(code, token.start, token.end, message, help_)
        self.tokens.stop(token.start)


def _variant(token: Token) -> str:
    """What the terminal of a token depends on besides its kind: the few words that mean something, the sort of tag."""
    if token.kind == "TAG":
        return _tag_terminal(str(token.value))
    return str(token.value) if token.value in SPECIAL_WORDS else ""


@cache
def _action(state: int, kind: str, variant: str) -> tuple[str, int]:
    """The first terminal that a token can be and the grammar allows in a state, and what the tables say of it."""
    names: tuple[str, ...]
    if kind == "PROPERTY":
        names = ("PROPERTY", {"": "NAME", "r": "REST"}.get(variant, "MARK"))
    elif kind == "STRING":
        names = ("MARK_STRING" if variant in MARKS else "STRING",)
    elif kind == "TAG":
        names = (variant,)
    elif kind == END:
        names = ("END_OF_TEXT", END)
    else:
        names = alternatives().get(kind, (kind,))
    row = tables().rows[state]
    return next(((name, row[name]) for name in names if name in row), ("", NO_ACTION))


@cache
def _tag_terminal(name: str) -> str:
    entry = vocabulary().tags.get(name.lower())
    if name == "chord":
        return "CHORD_TAG"
    return "FLAG" if entry is not None and entry.signatures is None else "TAG"


def _flatten(children: list[Any]) -> list[Any]:
    """The children with inlined rules opened; the first list grows in place, so that long runs stay linear."""
    result: list[Any] = children[0] if type(children[0]) is list else [children[0]]
    for child in children[1:]:
        if type(child) is list:
            result.extend(child)
        else:
            result.append(child)
    return result


def _stray_help(token: Token) -> str | None:
    helps = {
        "TAG_BLOCK_OPEN": "a property block stands directly after a tag, a note or a beat",
        "BLOCK_CLOSE": "remove it, or open the block with `{`",
        "ARGUMENTS_CLOSE": "remove it, or open the chord with `(`",
        "ASTERISK": "write it directly after a beat",
        "COLON": "write one duration, then a note or a rest",
    }
    return helps.get(token.kind, "a note, a chord or a rest must stand here")
