"""Is a rejected text only unfinished? It is if some continuation of it is accepted: we look for one.

Each guess answers the error that stands at the end of the text: an open string gets its quote, a cut word the rest of a
known word, an open block its brace, a tag its arguments. The checker itself judges every guess, so that a text that is
called unfinished has a continuation that was really accepted. Only the bar in which the text ends is read again.
"""

from __future__ import annotations

from functools import lru_cache
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language.findings import CRASH, Finding
from alphatex_eval.language.flawless import StaffKey, last_beat, with_open_strings
from alphatex_eval.language.parser import MARKS, Parser
from alphatex_eval.language.semantics import Semantics
from alphatex_eval.language.tokens import END, Token, TokenStream
from alphatex_eval.language.vocabulary import Entry, Parameter, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BEATS = 20_000
MOST_TAGS = 4_096
MOST_GUESSES = 400
MOST_WORK = 400_000  # characters read again in all: beyond a bar of a thousand characters fewer guesses are made
SETTLED_BEFORE = 4
NUMBER_ENDINGS = ("1", "2", "4", "0", "8", "6", "3", "5", "9", "28", "56", "27", "00", "16")
NEXT = {":": ("4",), "*": ("4",), "-": ("4",), ".": ("1", "5")}
CLOSERS = frozenset({"ARGUMENTS_CLOSE", "BLOCK_CLOSE", "BAR_LINE"})
NUMBER_SAMPLES = {("articulation", "value"): "38", ("tr", "duration"): "16", ("tu", "simple"): "3"}
ESCAPES = ("0063", "0034")  # c and 4: any string can become the name of a note, or be any text
COLOUR = "rgb(0)"
STRING_ENDINGS = ("4", "c4", "()")  # the octave of a note, a note, the brackets of a colour


def can_be_completed(text: str, bar_start: int, error: Finding, before: Semantics) -> bool:
    """Whether some continuation of `text` is accepted, given its first `error`.

    `bar_start` is the last place after a bar line before the error, or 0; `before` is the state there, which is
    left alone.
    """
    beat = last_beat(text, bar_start, before)
    if beat is not None:
        beginning = with_open_strings(text[beat[0] :])
        if _beat_can_be_completed(beginning, len(text) - error.end, beat[1]):
            return True
    if error.end < _tokens(text, bar_start)[-2:][0].start:
        return False
    search = _Search(text[bar_start:], before.copy())
    return search.accepts_what_tags_lack() or search.run() is not None


@lru_cache(maxsize=MOST_TAGS)
def _lacking(tags: str) -> str | None:
    """As `completion`, of a text that ends in tags; the beginnings of tags are few."""
    return completion(tags)


@lru_cache(maxsize=MOST_BEATS)
def _beat_can_be_completed(beginning: str, behind: int, staff: StaffKey) -> bool:
    """As `can_be_completed`, of a single beat, `behind` whose error are so many characters; such beginnings are few."""
    if len(beginning) - behind < _tokens(beginning)[-2:][0].start:
        return False
    return _Search(beginning, Semantics.on_staff(*staff)).run() is not None


def completion(text: str) -> str | None:
    """What makes `text` an accepted one if it follows (nothing, if it is one), None where none was found."""
    return _Search(text, Semantics()).run()


class _Attempt(NamedTuple):
    """A continued text and its errors: those with few `faults` come first, then those with little and in few `guesses`.

    `cost` is their number times the characters added: neither long words nor long chains of short ones come too late.
    """

    faults: int
    cost: int
    guesses: int
    text: str
    errors: list[Finding]

    @property
    def first_error(self) -> Finding:
        """The error that the next guess must answer."""
        return min(self.errors, key=_start)


class _Search:
    """Best-first search for what can follow `tail`, judged in the state `before` it.

    What no continuation changes, all items but the last ones, is read once.
    """

    def __init__(self, tail: str, before: Semantics) -> None:
        self._before = before
        self._tail = tail[take_settled(tail, 0, before) :]
        self._queue: list[_Attempt] = []

    def run(self) -> str | None:
        """What makes the tail an accepted one if it follows, None if nothing is found; attempts come in their order."""
        if self._before.first_fault is not None:
            return None
        start = self._attempt(self._tail, 0)
        if not start.errors:
            return ""
        self._queue = [start]
        seen = {self._tail}
        most = min(MOST_GUESSES, MOST_WORK // (len(self._tail) + 1))
        while self._queue:
            attempt = heappop(self._queue)
            names = self._before.percussion_names
            for guess in _guesses(attempt.text, names, attempt.errors, is_cut=attempt.guesses == 0):
                text = attempt.text + guess
                if text in seen:
                    continue
                seen.add(text)
                if self._accepts(text, attempt):
                    return text[len(self._tail) :]
                if len(seen) > most:
                    return None
        return None

    def accepts_what_tags_lack(self) -> bool:
        """Whether the tail is of tags, and what completes them at the beginning of a text completes them here."""
        if self._before.first_fault is not None or not self._tail.startswith("\\"):
            return False
        lacking = _lacking(self._tail)
        return lacking is not None and not self._attempt(self._tail + lacking, 0).errors

    def _accepts(self, text: str, before: _Attempt) -> bool:
        """Whether `text` is accepted; if not and it is nearer than the attempt `before`, it is kept to be continued.

        It is no nearer if an error stands before the one that the guess answered, or if that one is still there.
        """
        attempt, answered = self._attempt(text, before.guesses + 1), before.first_error
        if attempt.errors:
            first = attempt.first_error
            if first.start > answered.start or (first.start == answered.start and first.code != answered.code):
                heappush(self._queue, attempt)
        return not attempt.errors

    def _attempt(self, text: str, guesses: int) -> _Attempt:
        parser, semantics = Parser(text), self._before.copy()
        for item in parser.items():
            if not parser.failed:
                semantics.take(item)
        found = parser.tokens.findings.items + parser.findings.items
        if not parser.failed:
            semantics.finish()
            found += semantics.findings.items
        errors = [finding for finding in found if finding.is_error]
        return _Attempt(len(errors), guesses * (len(text) - len(self._tail)), guesses, text, errors)


def settled_end(text: str, position: int) -> int:
    """Up to where the tokens of `text`, read from `position` on, are the same whatever follows, and what they mean.

    At most the last two tokens can become other ones, and the parser looks one token ahead.
    """
    return _tokens(text, position)[-SETTLED_BEFORE:][0].start


def take_settled(text: str, position: int, semantics: Semantics, spare: int = 0) -> int:
    """Let `semantics` take the items from `position` on that are settled; where the next one begins.

    That one and what follows holds `spare` tokens more than are needed.
    """
    last = _tokens(text, position)[-SETTLED_BEFORE - spare :][0].start
    item = None
    for following in (parser := Parser(text, position)).items():
        begin = following.span[0]
        if begin > last or semantics.first_fault is not None or any(start < begin for start in _error_starts(parser)):
            break
        if item is not None:
            semantics.take(item)
        position, item = begin, following
        if parser.failed:
            break
    return position


def _error_starts(parser: Parser) -> list[int]:
    """Where the first errors of lexer and parser begin."""
    return [found.first_error.start for found in (parser.tokens.findings, parser.findings) if found.first_error]


def _tokens(text: str, position: int = 0) -> list[Token]:
    """The tokens of a text from `position` on; where one is cut it is the last, without a kind."""
    stream = TokenStream(text, position)
    tokens = []
    while (token := stream.take()).kind != END:
        tokens.append(token)
    broken = stream.findings.first_error
    if broken is not None and (not tokens or broken.start >= tokens[-1].end):
        tokens.append(Token("", text[broken.start :], broken.start, len(text)))
    return tokens or [Token("", "", position, position)]


def _start(finding: Finding) -> int:
    return finding.start


def _guesses(text: str, names: Iterable[str], errors: list[Finding], *, is_cut: bool) -> Iterator[str]:
    """What may follow `text`, the likeliest first; its last word is finished only if `is_cut`.

    `names` are the percussion names known before it.
    """
    codes = {error.code for error in errors}
    tokens = _tokens(text)
    last = tokens[-1]
    fragment = text[last.start :]
    if last.kind:
        fragment = fragment.rstrip("\t\n\v\r ")
    if "//" in text[last.end :]:
        yield "\n"
    if last.kind == "":
        yield from _end_of_broken_token(text, fragment, codes, tokens, names)
        return
    if "AT206" in codes:
        yield from (")", "}")
    if "AT218" in codes:
        yield ".1"
    yield from NEXT.get(fragment[-1:], ())
    if is_cut and last.end == len(text):
        yield from _token_endings(fragment.lstrip("\\"), last.kind, codes, tokens, names)
    if codes & {"AT207", "AT209", "AT218"} or (is_cut and (last.kind == "NUMBER" or fragment in MARKS)):
        yield ".1"
    if "AT203" in codes or (codes & {"AT206", "AT219", CRASH} and last.kind not in CLOSERS):
        for owner in _owners(tokens):
            samples = [" " + sample for sample in _samples(owner)]
            yield from samples if is_cut else samples[:2]
    if "AT205" in codes:
        yield "(1)"


def _end_of_broken_token(
    text: str, fragment: str, codes: set[str], tokens: list[Token], names: Iterable[str]
) -> Iterator[str]:
    """The rest of a string, comment or tag of which not even the first part is a token."""
    if "AT001" in codes:
        yield "/\n"
    elif "AT002" in codes:
        yield "ro"
    elif "AT003" in codes:
        digits = text[text.rindex("\\u") + 2 :]
        yield from [code[len(digits) :] for code in ESCAPES if code.startswith(digits)] or ["0" * (4 - len(digits))]
    elif "AT005" in codes:
        yield from ("u" + code for code in ESCAPES)
    else:
        quote, content = fragment[:1], fragment[1:]
        yield quote
        drums = [entry["name"] for entry in vocabulary().data["percussion"]["names"]]
        others = [content + ending for ending in STRING_ENDINGS]
        words = [*_words(_owners(tokens)), *_pitches(content), *drums, *names, COLOUR, *others]
        yield from (ending + quote for ending in _endings(content, words))


def _token_endings(
    fragment: str, kind: str, codes: set[str], tokens: list[Token], names: Iterable[str]
) -> Iterator[str]:
    """The rest of the known words, names or numbers that begin with the last token."""
    words = vocabulary()
    if kind == "TAG":
        yield from _endings(fragment, words.tags)
        return
    owners = _owners(tokens)
    yield from _endings(fragment, _words(owners))
    if kind == "NUMBER":
        yield from NUMBER_ENDINGS
    if _in_arguments(tokens, owners):
        yield from _endings(fragment, _pitches(fragment))
        return
    if "AT205" in codes:
        properties = [*words.note_properties, *words.beat_properties, *words.duration_properties]
        yield from _endings(fragment, properties + [name for entry in words.tags.values() for name in entry.properties])
    elif kind == "PROPERTY":
        written = [str(token.value) for token in tokens[:-1] if token.kind in ("PROPERTY", "STRING")]
        drums = [entry["short"] for entry in words.data["percussion"]["names"]]
        yield from _endings(fragment, [*_pitches(fragment), *written, *drums, *names])


def _in_arguments(tokens: list[Token], owners: list[Entry]) -> bool:
    """Whether the text ends inside a parenthesised list of arguments: only their words and pitches can go on there."""
    names = {owner.name for owner in owners}
    for before, token in zip(reversed(tokens[:-1]), reversed(tokens[1:]), strict=True):
        if token.kind == "ARGUMENTS_CLOSE":
            return False
        if token.kind == "ARGUMENTS_OPEN":
            return str(before.value).lower() in names
    return False


def _pitches(begun: str) -> list[str]:
    """Note names with the first letter of a text."""
    pitch = vocabulary().data["pitch"]
    letters = [begun[:1]] if begun[:1].lower() in pitch["letters"] else []
    return [f"{letter}{accidental}4" for letter in letters for accidental in pitch["accidentals"]]


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
    """Arguments that may complete those of `owner`: all parts of all its signatures, the shortest first."""
    lists = [[_sample(owner, parameter) for parameter in signature.parameters] for signature in owner.signatures or ()]
    parts = (texts[a:b] for texts in lists for a in range(len(texts)) for b in range(a + 1, len(texts) + 1))
    return sorted({" ".join(part) for part in parts}, key=lambda text: (len(text), text))


def _sample(owner: Entry, parameter: Parameter) -> str:
    if parameter.words:
        return min(parameter.words)
    if parameter.types == {"string"}:
        return '"a"'
    if "number" not in parameter.types or owner.name == "tuning":
        return "e4"
    return NUMBER_SAMPLES.get((owner.name, parameter.name), "4")
