"""Random texts of `grammars/canonical.lark`, for tests and for the baseline that knows the grammar but no music.

    sample(random.Random(7).randrange)      # the same text for the same seed

Whoever calls decides every choice: `choose(n)` returns a number from 0 to n − 1, and 0 always leads to the shortest
text. A random text under a grammar is short and dull unless helped: here each text sticks to a few options of every
long menu (tags, properties, words), and where a rule repeats itself it is made likely to go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import inf, isqrt
from typing import TypeGuard

Choose = Callable[[int], int]

CHARACTERS = "aeinorst ABCDEGM0123456789'.,:;-#♯♭éßñ日🎸(){}|/*~"
MOST_SPELLED_OUT = 1000
LONG_MENU = 28
MENU_SIZE = 6
MOST_WORDS = 40
"""Longer lists of words are menus: instruments and drums."""

GO_ON = 5
"""The weight of going on where a rule repeats itself."""

MOST_REPEATS = 5
NEEDED_BY_A_LINE, NEEDED_INSIDE = 60, 4
"""How many choices every unfinished part of a text should have left, if another line, or another item of a list inside
a line, is to be begun."""

TOKEN = re.compile(r'//.*|\s+|"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)+/|\.\.|[a-zA-Z]\w*|[:|()?*+]')


@dataclass(frozen=True, slots=True)
class Literal:
    """Fixed text."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any one of these texts, in a single choice."""

    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class Name:
    """Another rule or terminal."""

    rule: str


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several. `tickets` holds the index of each option as often as its weight says.

    Where an option may lead back to the choice before any text is written, `needed` is what going on takes. Of a menu
    each text takes a few options only.
    """

    options: tuple[Node, ...]
    tickets: tuple[int, ...] = ()
    needed: int = 0
    is_menu: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """The item at least `least` times."""

    item: Node
    least: int
    most: int


Node = Literal | OneOf | Name | Row | Choice | Repeat


@dataclass(slots=True)
class _Reader:
    """Reads the dialect of `canonical.lark`: names, literals, ranges, groups, `|`, `?`, `*`, `+`."""

    tokens: list[str]
    place: int = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def rules(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while self.peek():
            name = self.take()
            self.take()
            found[name] = self.choice()
        return found

    def choice(self) -> Node:
        options = [self.sequence()]
        while self.peek() == "|":
            self.take()
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.peek() not in ("", "|", ")") and self.peek(1) != ":":
            items.append(self.repeat())
        return items[0] if len(items) == 1 else Row(tuple(items))

    def repeat(self) -> Node:
        item = self.item()
        bounds = {"?": (0, 1), "*": (0, MOST_REPEATS), "+": (1, MOST_REPEATS)}.get(self.peek())
        if bounds is None:
            return item
        self.take()
        return Repeat(item, *bounds)

    def item(self) -> Node:
        token = self.take()
        if token == "(":
            inside = self.choice()
            self.take()
            return inside
        if token.startswith("/"):
            return OneOf(CHARACTERS)
        if not token.startswith('"'):
            return Name(token)
        if self.peek() != "..":
            return Literal(_unquote(token))
        self.take()
        first, last = _unquote(token), _unquote(self.take())
        return OneOf("".join(chr(code) for code in range(ord(first), ord(last) + 1)))


def _unquote(literal: str) -> str:
    return re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), literal[1:-1])


def read(text: str) -> dict[str, Node]:
    """The rules of a grammar in the dialect of `canonical.lark`, as written."""
    tokens = [token for token in TOKEN.findall(text) if not token.isspace() and not token.startswith("//")]
    return _Reader(tokens).rules()


@dataclass(frozen=True, slots=True)
class Grammar:
    """Rules prepared for sampling: of every choice the shallowest option stands first."""

    rules: dict[str, Node]

    @classmethod
    def of(cls, text: str, without: frozenset[str] = frozenset()) -> Grammar:
        """The grammar that `text` describes, minus the options that begin with a word of `without`."""
        written = {name: _without(node, without) for name, node in read(text).items()}
        rules = {name: _spelled_out(node, written) if name.isupper() else node for name, node in written.items()}
        depths = _depths(rules)
        return cls({name: _ranked(name, node, rules, depths) for name, node in rules.items()})


@cache
def canonical(without: frozenset[str] = frozenset()) -> Grammar:
    r"""The canonical grammar, without the tags, properties and words named: `\\tempo`, `gr`."""
    text = files("alphatex_eval.grammars").joinpath("canonical.lark").read_text(encoding="utf-8")
    return Grammar.of(text, without)


def _spelled_out(node: Node, rules: dict[str, Node]) -> Node:
    """A terminal with few texts as these texts, so that one choice is enough."""
    texts = _texts(node, rules)
    return node if texts is None else OneOf(sorted(texts, key=len))


def _texts(node: Node, rules: dict[str, Node]) -> list[str] | None:
    """All texts of a node, None where they are too many."""
    match node:
        case Literal(text):
            return [text]
        case OneOf(members):
            return list(members)
        case Name(rule):
            return _texts(rules[rule], rules)
        case Choice(options):
            parts = [_texts(option, rules) for option in options]
            return _few([text for part in parts for text in part or ()]) if all(parts) else None
        case Row(items):
            return _products([_texts(item, rules) for item in items])
        case Repeat(item, least, most):
            several = [_products([_texts(item, rules)] * count) for count in range(least, most + 1)]
            return None if None in several else _few([text for part in several for text in part or ()])


def _products(parts: list[list[str] | None]) -> list[str] | None:
    found: list[str] | None = [""]
    for part in parts:
        found = None if part is None or found is None else _few([start + end for start in found for end in part])
    return found


def _few(texts: list[str]) -> list[str] | None:
    return texts if len(texts) <= MOST_SPELLED_OUT else None


def _without(node: Node, words: frozenset[str]) -> Node:
    match node:
        case Choice(options):
            kept = [option for option in options if not any(_is_one_of(item, words) for item in _first(option))]
            return Choice(tuple(_without(option, words) for option in kept or options))
        case Row(items):
            return Row(tuple(_without(item, words) for item in items))
        case Repeat(item, least, most):
            return Repeat(_without(item, words), least, most)
    return node


def _is_one_of(node: Node, words: frozenset[str]) -> bool:
    return isinstance(node, Literal) and node.text.rstrip() in words


def literals(node: Node) -> Iterator[str]:
    """The fixed texts in a node."""
    match node:
        case Literal(text):
            yield text
        case Row(parts) | Choice(parts):
            for part in parts:
                yield from literals(part)
        case Repeat(item):
            yield from literals(item)


def _depths(rules: dict[str, Node]) -> dict[str, float]:
    """How deep the shallowest tree of each rule is. Always taking the shallowest option ends, whatever the rules."""
    depths = dict.fromkeys(rules, inf)
    while True:
        deeper = {name: 1 + _depth(node, depths) for name, node in rules.items()}
        if deeper == depths:
            return depths
        depths = deeper


def _depth(node: Node, depths: dict[str, float]) -> float:
    match node:
        case Name(rule):
            return depths[rule]
        case Row(items):
            return max((_depth(item, depths) for item in items), default=0)
        case Choice(options):
            return min(_depth(option, depths) for option in options)
        case Repeat(item, least):
            return _depth(item, depths) if least else 0
    return 0


def _ranked(rule: str, node: Node, rules: dict[str, Node], depths: dict[str, float]) -> Node:
    match node:
        case Row(items):
            return Row(tuple(_ranked(rule, item, rules, depths) for item in items))
        case Repeat(item, least, most):
            return Repeat(_ranked(rule, item, rules, depths), least, most)
        case Choice(options):
            ranked = sorted(options, key=lambda option: (_begins_with(option, rule), _depth(option, depths)))
            weights = [_weight(option, rule, rules) for option in ranked]
            tickets = tuple(index for index, weight in enumerate(weights) for _ in range(weight))
            inner = tuple(_ranked(rule, option, rules, depths) for option in ranked)
            is_menu = len(inner) >= LONG_MENU and not _is_word_list(node)
            return Choice(inner, tickets, _needed(rule, node, rules), is_menu)
    return node


def _begins_with(node: Node, rule: str) -> bool:
    return any(item == Name(rule) for item in _first(node))


def _first(node: Node) -> Iterator[Node]:
    """What a text of the node may begin with."""
    match node:
        case Row(items) if items:
            yield from _first(items[0])
        case Choice(options):
            for option in options:
                yield from _first(option)
        case _:
            yield node


def _needed(rule: str, node: Node, rules: dict[str, Node]) -> int:
    if rule not in _beginnings(node, rules):
        return 0
    return NEEDED_BY_A_LINE if any(name.isupper() for name in _names(node)) else NEEDED_INSIDE


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name(rule):
            yield rule
        case Row(parts) | Choice(parts):
            for part in parts:
                yield from _names(part)
        case Repeat(item):
            yield from _names(item)


def _beginnings(node: Node, rules: dict[str, Node]) -> set[str]:
    """The rules that a text of the node may begin with, directly or not."""
    found: set[str] = set()
    pending = [node]
    while pending:
        names = {item.rule for item in _first(pending.pop()) if isinstance(item, Name)} - found
        found |= names
        pending += [rules[name] for name in names]
    return found


def _weight(option: Node, rule: str, rules: dict[str, Node]) -> int:
    """Going on is likelier; the name of a menu counts as much as the menu is long; what leads to many words, more."""
    if _begins_with(option, rule):
        return GO_ON
    if isinstance(option, Name):
        menu = _length(rules[option.rule], rules)
        return isqrt(menu) if option.rule in _beginnings(rules[option.rule], rules) else menu
    return 1 + _words(option, rules) // 3


def _words(node: Node, rules: dict[str, Node]) -> int:
    """How many words the longest list has that an option leads to: up to two rules away, endless lists aside."""
    near = [rules[name] for name in _names(node)]
    far = [rules[name] for rule in near if isinstance(rule, Row) for name in _names(rule)]
    return max((len(rule.options) for rule in near + far if _is_word_list(rule)), default=0)


def _is_word_list(rule: Node) -> TypeGuard[Choice]:
    return (
        isinstance(rule, Choice)
        and len(rule.options) <= MOST_WORDS
        and all(isinstance(option, Literal) for option in rule.options)
    )


def _length(node: Node, rules: dict[str, Node]) -> int:
    if not isinstance(node, Choice):
        return 1
    return sum(_length(rules[item.rule], rules) if isinstance(item, Name) else 1 for item in node.options)


@dataclass(slots=True)
class _Walk:
    """One walk through the grammar, with the menus that this text sticks to."""

    grammar: Grammar
    choose: Choose
    left: int
    menus: dict[int, list[Node]] = field(default_factory=dict)

    def pieces(self, start: str) -> list[str]:
        written: list[str] = []
        pending: list[Node] = [Name(start)]
        while pending:
            match pending.pop():
                case Literal(text):
                    written.append(text)
                case OneOf(members):
                    written.append(members[self.pick(len(members))])
                case Name(rule):
                    pending.append(self.grammar.rules[rule])
                case Row(items):
                    pending.extend(reversed(items))
                case Repeat(item, least, most):
                    pending.extend([item] * (least + self.pick(most - least + 1)))
                case Choice() as choice:
                    full = self.left < choice.needed * len(pending)
                    pending.append(choice.options[0] if full else self.option(choice))
        return written

    def pick(self, count: int) -> int:
        """A number below `count`; 0 once the walk has been long enough."""
        self.left -= 1
        return self.choose(count) if count > 1 and self.left > 0 else 0

    def option(self, choice: Choice) -> Node:
        if not choice.is_menu:
            return choice.options[choice.tickets[self.pick(len(choice.tickets))]]
        menu = self.menus.get(id(choice))
        if menu is None:
            size = 1 + self.pick(MENU_SIZE)
            menu = [choice.options[choice.tickets[self.pick(len(choice.tickets))]] for _ in range(size)]
            self.menus[id(choice)] = menu
        return menu[self.pick(len(menu))]


def sample(choose: Choose, *, start: str = "start", grammar: Grammar | None = None, limit: int = 1000) -> str:
    """A random text of the rule `start`, of the canonical grammar unless told otherwise.

    After `limit` choices the text ends the shortest way, so that every call ends.
    """
    return "".join(pieces(choose, start=start, grammar=grammar, limit=limit))


def pieces(choose: Choose, *, start: str = "start", grammar: Grammar | None = None, limit: int = 1000) -> list[str]:
    """As `sample`, but the text in the pieces that the grammar spells out."""
    return _Walk(grammar or canonical(), choose, limit).pieces(start)
