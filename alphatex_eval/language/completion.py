"""Is a rejected text only unfinished? It is if some continuation of it is accepted: we look for one.

Each guess answers the error that stands at the end of the text: an open string gets its quote, a cut word the rest of a
known word, an open block its brace, a tag its arguments. The checker itself judges every guess, so that a text that is
called unfinished has a continuation that was really accepted. Only the bar in which the text ends is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy

from alphatex_eval.language.findings import Finding
from alphatex_eval.language.parser import Parser
from alphatex_eval.language.semantics import Semantics
from alphatex_eval.language.tokens import END, Token, TokenStream
from alphatex_eval.language.vocabulary import Entry, Parameter, vocabulary

MOST_GUESSES = 250
DEPTH = 7
NUMBER_ENDINGS = ("1", "2", "4", "0", "8", "6", "3", "5", "9", "28", "56", "27", "00", "16")
NUMBER_SAMPLES = {("articulation", "value"): "38", ("tr", "duration"): "16", ("tu", "simple"): "3"}
COLOUR = "rgb(0)"


def can_be_completed(text: str, bar_start: int, error: Finding) -> bool:
    """Whether some continuation of `text` is accepted, given its first `error`.

    `bar_start` is the last place after a bar line before the error, or 0.
    """
    tail = text[bar_start:]
    if error.end < bar_start + min(_tokens(tail)[-1].start, len(tail)):
        return False
    before = Semantics()
    for item in Parser(text[:bar_start]).items():
        before.take(item)
    return before.first_fault is None and _Search(tail, before).run()


class _Search:
    """Depth-first search for an accepted continuation of `tail`, judged in the state `before` it."""

    def __init__(self, tail: str, before: Semantics) -> None:
        self._tail = tail
        self._before = before
        self._left = MOST_GUESSES
        self._seen: set[str] = set()

    def run(self) -> bool:
        """Whether a continuation was found."""
        return self._try(self._tail, None, DEPTH)

    def _try(self, text: str, before: Finding | None, depth: int) -> bool:
        """Whether `text` can be continued; a guess that leaves the error it answered where it was leads nowhere."""
        if text in self._seen or self._left == 0:
            return False
        self._seen.add(text)
        self._left -= 1
        errors = self._errors(text)
        if not errors:
            return True
        first = min(errors, key=lambda error: error.start)
        stuck = before is not None and (first.start < before.start or (first.start, first.code) == (before.start, before.code))
        if depth == 0 or stuck:
            return False
        tokens = _tokens(text)
        if first.end < min(tokens[-1].start, len(self._tail)):
            return False
        return any(self._try(text + guess, first, depth - 1) for guess in _guesses(text, tokens, errors))

    def _errors(self, text: str) -> list[Finding]:
        parser, semantics = Parser(text), deepcopy(self._before)
        for item in parser.items():
            if not parser.failed:
                semantics.take(item)
        found = parser.tokens.findings.items + parser.findings.items
        if not parser.failed:
            semantics.finish()
            found += semantics.findings.items
        return [finding for finding in found if finding.is_error]


def _tokens(text: str) -> list[Token]:
    """The tokens of a text; where one is cut it is the last, without a kind."""
    stream = TokenStream(text)
    tokens = []
    while (token := stream.take()).kind != END:
        tokens.append(token)
    broken = stream.findings.first_error
    if broken is not None and (not tokens or broken.start >= tokens[-1].end):
        tokens.append(Token("", text[broken.start :], broken.start, len(text)))
    return tokens or [Token("", "", 0, 0)]


def _guesses(text: str, tokens: list[Token], errors: list[Finding]) -> Iterator[str]:
    """What may follow `text`, the likeliest first."""
    codes = {error.code for error in errors}
    last = tokens[-1]
    fragment = text[last.start :].rstrip("\t\n\v\r ")
    cut = last.end == len(text)
    if "//" in text[last.end :]:
        yield "\n"
    if last.kind == "":
        yield from _end_of_broken_token(text, fragment, codes, tokens)
        return
    if "AT206" in codes:
        yield from (")", "}")
    if fragment.endswith((":", "*")):
        yield "4"
    if fragment == "-":
        yield "4"
    if fragment.endswith("."):
        yield from ("1", "5")
    if last.kind == "NUMBER" and cut:
        yield from NUMBER_ENDINGS
    if last.kind in ("NUMBER", "PROPERTY", "STRING"):
        yield ".1"
    if last.kind in ("PROPERTY", "TAG") and cut:
        yield from _word_endings(fragment.lstrip("\\"), last.kind == "TAG", tokens)
    yield from (" " + sample for owner in _owners(tokens) for sample in _samples(owner))


def _end_of_broken_token(text: str, fragment: str, codes: set[str], tokens: list[Token]) -> Iterator[str]:
    """The rest of a string, comment or tag of which not even the first part is a token."""
    if "AT001" in codes:
        yield "/\n"
    elif "AT002" in codes:
        yield "ro"
    elif "AT003" in codes:
        digits = text[text.rindex("\\u") + 2 :]
        yield "0" * (4 - len(digits))
    elif "AT005" in codes:
        yield "\\"
    else:
        quote, content = fragment[:1], fragment[1:]
        yield quote
        names = [entry["name"] for entry in vocabulary().data["percussion"]["names"]]
        words = [*_words(_owners(tokens)), *names, COLOUR]
        yield from (ending + quote for ending in _endings(content, words))


def _word_endings(word: str, is_tag: bool, tokens: list[Token]) -> Iterator[str]:
    """The rest of the known words that begin with `word`."""
    words = vocabulary()
    if is_tag:
        yield from _endings(word, words.tags)
        return
    yield from ("4", "#4", "b4")
    yield from _endings(word, _words(_owners(tokens)))
    properties = [*words.note_properties, *words.beat_properties, *words.duration_properties]
    properties += [name for entry in words.tags.values() for name in entry.properties]
    yield from _endings(word, properties)
    yield from _endings(word, [entry["short"] for entry in words.data["percussion"]["names"]])


def _endings(begun: str, words: Iterable[str]) -> list[str]:
    """The rests of the words that begin with `begun` in any case, without repeats, the shortest first."""
    rests = {word[len(begun) :] for word in words if word.lower().startswith(begun.lower())}
    return sorted(rests - {""}, key=lambda rest: (len(rest), rest))


def _owners(tokens: list[Token]) -> list[Entry]:
    """The tags and properties whose arguments the text may end in: the last words that can be such a name."""
    words = vocabulary()
    found: list[Entry] = []
    for token in reversed(tokens):
        name = str(token.value).lower()
        if token.kind == "TAG":
            if name in words.tags:
                found += [words.tags[name]]
            return found
        if token.kind == "PROPERTY" and len(found) < 2:
            tables = [words.note_properties, words.beat_properties, words.duration_properties]
            tables += [entry.properties for entry in words.tags.values()]
            found += [table[name] for table in tables if name in table][:1]
    return found


def _words(owners: list[Entry]) -> list[str]:
    """The words that the parameters of the owners allow."""
    signatures = [signature for owner in owners for signature in owner.signatures or ()]
    parameters = [parameter for signature in signatures for parameter in signature.parameters]
    return [word for parameter in parameters for word in sorted(parameter.words or ())] + ["hide"]


def _samples(owner: Entry) -> list[str]:
    """Arguments that may complete those of `owner`: for each signature the whole list and its ends, the shortest first."""
    lists = [[_sample(owner, parameter) for parameter in signature.parameters] for signature in owner.signatures or ()]
    return sorted({" ".join(texts[start:]) for texts in lists for start in range(len(texts))}, key=len)


def _sample(owner: Entry, parameter: Parameter) -> str:
    if parameter.words:
        return min(parameter.words)
    if parameter.types == {"string"}:
        return '"a"'
    if "number" not in parameter.types or owner.name == "tuning":
        return "e4"
    return NUMBER_SAMPLES.get((owner.name, parameter.name), "4")
