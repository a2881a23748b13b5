"""String literals: escapes, surrogates and what can go wrong with them."""

from __future__ import annotations

import re
from typing import NamedTuple

SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
PLAIN = {quote: re.compile(rf"[^{quote}\\\0]*") for quote in "\"'"}
WHITE_SPACE = r"[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"  # as ECMAScript has it
HEXADECIMAL = re.compile(rf"{WHITE_SPACE}*([+-]?)(?:0[xX])?+([0-9a-fA-F]+)")


class StringLiteral(NamedTuple):
    """A string as read: its value and end, or what is wrong with it (`code` not None) and where reading stopped."""

    value: str
    end: int
    code: str | None = None
    message: str = ""
    help: str | None = None


def read_string(text: str, start: int) -> StringLiteral:
    """Read the string whose opening quote stands at `start`."""
    quote = text[start]
    plain = PLAIN[quote]
    parts: list[str] = []
    position = start + 1
    while True:
        match = plain.match(text, position)
        assert match is not None
        parts.append(match.group())
        position = match.end()
        mark = text[position : position + 1]
        if mark == quote:
            return StringLiteral(_join(parts), position + 1)
        if mark != "\\":
            return _unterminated(quote, position)
        escape = _read_escape(text, position, quote)
        if escape.code is not None:
            return escape
        parts.append(escape.value)
        position = escape.end


def _read_escape(text: str, start: int, quote: str) -> StringLiteral:
    """Read the escape whose backslash stands at `start`."""
    mark = text[start + 1 : start + 2]
    if mark == quote:
        return StringLiteral(quote, start + 2)
    if mark == "u":
        return _read_code_unit(text, start)
    if mark and mark.lower() in SIMPLE_ESCAPES:
        return StringLiteral(SIMPLE_ESCAPES[mark.lower()], start + 2)
    shown = f"`\\{mark}`" if mark else "a backslash at the end"
    message = f"{shown} is not an escape that alphaTex knows"
    help_ = r"use `\\`, `\"`, `\n`, `\r`, `\t` or `\u` and four hexadecimal digits"
    return StringLiteral("", start + 1, "AT005", message, help_)


def _read_code_unit(text: str, start: int) -> StringLiteral:
    digits = text[start + 2 : start + 6]
    if len(digits) < 4 or "\0" in digits:
        end = start + 2 + len(digits.partition("\0")[0])
        return StringLiteral("", end, "AT003", r"the text ends inside a `\u` escape", "write four digits")
    match = HEXADECIMAL.match(digits)
    if match is None:
        message = rf"`\u{digits}` has no hexadecimal digits"
        return StringLiteral("", start + 5, "AT004", message, r"write four of 0-9 and a-f, as in `\u266f`")
    value = int(match[2], 16)
    return StringLiteral(chr(value) if value > 0 and match[1] != "-" else "", start + 6)


def _unterminated(quote: str, end: int) -> StringLiteral:
    return StringLiteral("", end, "AT006", f"this string is never closed: {quote} is missing", f"close it with {quote}")


def _join(parts: list[str]) -> str:
    """The parts as one text, with pairs of surrogates combined and lone leading ones dropped where they end nothing."""
    value = "".join(parts)
    if any("\ud800" <= mark <= "\udfff" for mark in value):
        value = re.sub("[\ud800-\udbff](?=[\ud800-\udbff]|\\Z)", "", value)
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return value
