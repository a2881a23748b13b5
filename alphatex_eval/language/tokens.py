"""Text to tokens, one at a time: the parser asks for a token when it needs one, and errors count only up to there."""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from typing import NamedTuple

from alphatex_eval.language.diagnostics import Stage
from alphatex_eval.language.findings import Findings
from alphatex_eval.language.strings import read_string
from alphatex_eval.language.tables import tables

END = "$END"
LARGEST_NUMBER_LENGTH = 300


class Token(NamedTuple):
    """One token. `kind` is a terminal of the grammar, the first of those that share its pattern, or `$END`.

    `value` is the text of a word or tag (without backslashes), the text of a string with escapes resolved, or a number.
    """

    kind: str
    value: str | int
    start: int
    end: int


@cache
def scanner() -> re.Pattern[str]:
    """One expression for all tokens, spaces and comments; strings and lone marks are left to the code."""
    patterns = tables().patterns
    names = ["WHITE_SPACE", "NUMBER", "PROPERTY", "TAG", *_marks(patterns), "LINE_COMMENT", "BLOCK_COMMENT"]
    return re.compile("|".join(f"(?P<{name}>{patterns[name]})" for name in names))


@cache
def float_tail() -> re.Pattern[str]:
    """What makes a float of the integer before it."""
    return re.compile(tables().patterns["FLOAT"].removeprefix("-?[0-9]+"))


def _marks(patterns: dict[str, str]) -> list[str]:
    """The first terminal of each single-character pattern."""
    first: dict[str, str] = {}
    for name, pattern in patterns.items():
        if len(pattern) <= 2 and not pattern.isalpha():
            first.setdefault(pattern, name)
    return list(first.values())


def integer(digits: str) -> int:
    """The value of a run of digits; of a longer run than any sane number the first digits."""
    return int(digits[:LARGEST_NUMBER_LENGTH])


class TokenStream:
    """The tokens of `text` from `position` on, with look-ahead.

    After an error that ends the reading (an open string, a lone slash) and after `stop()` only `$END` tokens follow.
    """

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position
        self.findings = Findings(Stage.LEXER)
        self.comments: list[tuple[int, int]] = []
        self._ahead: deque[Token] = deque()
        self._ended = False

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or the one `ahead` after it, without taking it."""
        tokens = self._ahead
        while len(tokens) <= ahead:
            tokens.append(self._read())
        return tokens[ahead]

    def take(self) -> Token:
        """The next token."""
        return self._ahead.popleft() if self._ahead else self._read()

    def put_back(self, tokens: list[Token]) -> None:
        """Make `tokens` the next ones."""
        self._ahead.extendleft(reversed(tokens))

    def stop(self, position: int) -> None:
        """Read nothing more; the end stands at `position`."""
        self._ahead.clear()
        self._ended = True
        self.position = position

    def extend_float(self, token: Token, times: int = 1) -> Token:
        r"""`token`, or the float that begins with it; only meaningful before a token after it has been read.

        alphaTab extends a bare number once for each signature that may take a fraction, so that the tail of
        `\\tempo 1.5.5` vanishes: it is part of the token, not of its value.
        """
        value = token.value
        for _ in range(times if token.kind in ("NUMBER", "FLOAT") and not self._ahead else 0):
            match = float_tail().match(self.text, token.end)
            if match is None:
                break
            if token.kind == "NUMBER":
                value = self.text[token.start : match.end()]
            token = Token("FLOAT", value, token.start, match.end())
            self.position = match.end()
        return token

    def _read(self) -> Token:
        scan = scanner()
        while not self._ended:
            match = scan.match(self.text, self.position)
            if match is None:
                token = self._read_unusual()
                if token is not None:
                    return token
                continue
            kind = match.lastgroup
            start, self.position = match.span()
            if kind == "WHITE_SPACE":
                continue
            if kind in ("LINE_COMMENT", "BLOCK_COMMENT"):
                self.comments.append((start, self.position))
                continue
            assert kind is not None
            return Token(kind, _value(kind, match.group()), start, self.position)
        return Token(END, "", self.position, self.position)

    def _read_unusual(self) -> Token | None:
        """What the scanner does not match: a string, the end, an open comment, a lone slash or backslash."""
        mark = self.text[self.position : self.position + 1]
        if mark in ("", "\0"):
            self._ended = True
        elif mark == "/":
            self._read_slash()
        elif mark == "\\":
            self._read_backslash()
        else:
            return self._read_string()
        return None

    def _read_string(self) -> Token | None:
        start = self.position
        string = read_string(self.text, start)
        self.position = string.end
        if string.code is None:
            return Token("STRING", string.value, start, string.end)
        self.findings.add(string.code, start, string.end, string.message, string.help)
        self._ended = True
        return None

    def _read_slash(self) -> None:
        start = self.position
        self._ended = True
        if self.text.startswith("/*", start):
            end = self.text.find("\0", start)
            self.position = len(self.text) if end < 0 else end
            self.comments.append((start, self.position))
            return
        self.position = start + 1
        message = "a single `/` is not alphaTex"
        self.findings.add("AT001", start, start + 1, message, "write `// …` or `/* … */` for a comment")

    def _read_backslash(self) -> None:
        start = self.position
        self.position += 2 if self.text.startswith("\\\\", start) else 1
        message = "a backslash must be followed by the name of a tag"
        self.findings.add(
            "AT002", start, self.position, message, r"write a tag such as `\title`, or remove the backslash"
        )


def _value(kind: str, text: str) -> str | int:
    if kind == "NUMBER":
        return integer(text)
    return text.lstrip("\\") if kind == "TAG" else text
