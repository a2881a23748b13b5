"""The LALR tables of `grammars/alphatex.lark`: built by Lark, shipped as JSON, so that a check starts without Lark.

Run `python -m alphatex_eval.language.tables` after a change of the grammar. Tables that do not belong to the grammar
beside them are ignored and built anew.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

GRAMMAR = "alphatex.lark"
TABLES = "alphatex.tables.json"


@dataclass(frozen=True, slots=True)
class Tables:
    """A parser as data.

    `rows[state]` maps a terminal to an action: a state to shift to (0 or more), or -1 - rule to reduce. `gotos[state]`
    maps a rule's name to the state after it. `rules[rule]` is (name, label, length): the label is the alias where the
    grammar gives one. `patterns` maps the terminals that have one, in the grammar's order, to their regular expression.
    """

    start: int
    end: int
    rows: tuple[dict[str, int], ...]
    gotos: tuple[dict[str, int], ...]
    rules: tuple[tuple[str, str, int], ...]
    patterns: dict[str, str]


def grammar_text() -> str:
    """The grammar of the whole language."""
    return files("alphatex_eval.grammars").joinpath(GRAMMAR).read_text(encoding="utf-8")


def grammar_hash() -> str:
    """SHA-256 of the grammar and the vocabulary: the identity of the language."""
    vocabulary = files("alphatex_eval.grammars").joinpath("vocabulary.json").read_text(encoding="utf-8")
    return sha256((grammar_text() + vocabulary).encode()).hexdigest()


@cache
def tables() -> Tables:
    """The tables of the grammar: the shipped ones where they fit, else built by Lark."""
    grammar = grammar_text()
    shipped = files("alphatex_eval.grammars").joinpath(TABLES)
    data = json.loads(shipped.read_text(encoding="utf-8")) if shipped.is_file() else {}
    if data.get("grammar") != _digest(grammar):
        data = build(grammar)
    return Tables(
        start=data["start"],
        end=data["end"],
        rows=tuple(data["rows"]),
        gotos=tuple(data["gotos"]),
        rules=tuple((name, label, length) for name, label, length in data["rules"]),
        patterns=data["patterns"],
    )


def build(grammar: str) -> dict[str, Any]:
    """Let Lark build the tables of `grammar`, as plain data with states numbered from 0 in a stable order."""
    from lark import Lark  # slow to import, and not needed where the shipped tables fit
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", keep_all_tokens=True)
    table = lark.parser.parser._parse_table
    states, numbers = _number_states(table)
    rules = {rule: index for index, rule in enumerate(lark.rules)}

    def code(action: Any, target: Any) -> int:
        return numbers[target] if action is Shift else -1 - rules[target]

    names = {name for row in states for name in table.states[row] if name.isupper()}
    return {
        "grammar": _digest(grammar),
        "start": numbers[table.start_states["start"]],
        "end": numbers[table.end_states["start"]],
        "rows": [{n: code(*a) for n, a in sorted(table.states[s].items()) if n in names} for s in states],
        "gotos": [{n: code(*a) for n, a in sorted(table.states[s].items()) if n not in names} for s in states],
        "rules": [(rule.origin.name, rule.alias or rule.origin.name, len(rule.expansion)) for rule in rules],
        "patterns": _patterns(grammar, {terminal.name: terminal.pattern.to_regexp() for terminal in lark.terminals}),
    }


def _patterns(grammar: str, patterns: dict[str, str]) -> dict[str, str]:
    """`patterns` in the order in which the grammar defines the terminals: Lark sorts them by its own needs."""
    order = re.findall(r"^([A-Z_]+)[.:]", grammar, re.MULTILINE)
    return {name: patterns[name] for name in order}


def _number_states(table: Any) -> tuple[list[Any], dict[Any, int]]:
    """States in order of first visit from the start state, following transitions by name."""
    from lark.parsers.lalr_analysis import Shift

    order = [table.start_states["start"]]
    seen = set(order)
    for state in order:
        for _, (action, target) in sorted(table.states[state].items()):
            if action is Shift and target not in seen:
                seen.add(target)
                order.append(target)
    return order, {state: number for number, state in enumerate(order)}


def _digest(grammar: str) -> str:
    return sha256(grammar.encode()).hexdigest()


def write(path: Path) -> None:
    """Write the tables of the current grammar to `path`."""
    data = build(grammar_text())
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(str(files("alphatex_eval.grammars").joinpath(TABLES))))
