"""Words for people: how tokens, signatures and near misses are shown in diagnostics."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from alphatex_eval.language.tokens import END, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alphatex_eval.language.vocabulary import Entry, Parameter, Signature

LONGEST_SHOWN = 40
FEW_WORDS = 8


def show(token: Token) -> str:
    """A token as it may stand in a sentence."""
    if token.kind == END:
        return "the end of the text"
    text = f'"{token.value}"' if token.kind == "STRING" else str(token.value)
    if token.kind == "TAG":
        text = "\\" + text
    return f"`{shorten(text)}`"


def shorten(text: str) -> str:
    """`text`, with its middle left out where it is long."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 10]}…{text[-8:]}"


def suggest(name: str, names: Iterable[str], otherwise: str | None = None) -> Callable[[], str | None]:
    """A suggestion for a misspelt name, made only when it is shown; `otherwise` where nothing is near."""
    return lambda: did_you_mean(name, names) or otherwise


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """A suggestion for a misspelt name, None when nothing is near."""
    by_key = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower()[:LONGEST_SHOWN], by_key, n=1, cutoff=0.6)
    return f"did you mean `{by_key[close[0]]}`?" if close else None


def signature_help(entry: Entry | None, is_property: bool) -> str | None:
    """How a tag or property is written, one form after the other."""
    if entry is None:
        return None
    name = entry.display if is_property else "\\" + entry.display
    if not entry.signatures:
        return f"write `{name}` alone"
    forms = dict.fromkeys(_form(name, signature) for signature in entry.signatures)
    return "write " + " or ".join(f"`{form}`" for form in forms)


def misfit_help(entry: Entry | None, is_property: bool, found: object) -> Callable[[], str | None]:
    """A near word of the parameters' for the argument `found`, else how the tag or property is written."""
    parameters = [p for signature in (entry.signatures or () if entry else ()) for p in signature.parameters]
    words = sorted({word for parameter in parameters for word in parameter.words or ()})
    return suggest(str(found), words, signature_help(entry, is_property))


def _form(name: str, signature: Signature) -> str:
    shown = " ".join(_parameter(parameter) for parameter in signature.parameters)
    if not shown:
        return name
    return f"{name} {shown}" if len(signature.parameters) == 1 and " " not in shown else f"{name} ({shown})"


def _parameter(parameter: Parameter) -> str:
    words = sorted(parameter.words or ())
    if words and "number" not in parameter.types:
        text = "|".join(words[:FEW_WORDS]) + ("|…" if len(words) > FEW_WORDS else "")
    elif parameter.types == {"number"}:
        text = parameter.name
    elif parameter.types == {"string"}:
        text = f'"{parameter.name}"'
    else:
        text = parameter.name
    if parameter.mode.takes_list:
        return f"{text} …"
    return text if parameter.mode.needed else f"[{text}]"
