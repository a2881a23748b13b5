r"""The checks of the report of February 2026, kept so that its tables can be compared; not a good judge.

The report names nineteen checks in three groups of eight, five and six, and gives a few words for each ("contains a
\title tag", "braces pair up"). It gives no code: what a word leaves open is decided here, once, in the docstring of
each predicate. All of them read prompt and completion as one text, and each looks for the presence of substrings. Known
faults, kept on purpose:

* One constant string passes all nineteen (`alphatex_eval.harness.baselines.CONSTANT`).
* What the prompt contains earns points: `\title "` gives `has_title` before the model adds anything.
* Nothing is parsed: a wrong tag, an overfull bar or a fret beyond the neck costs nothing.
* The report calls a note `string.fret`; in alphaTex it is `fret.string`. The checks cannot tell.
* The report's note scores are multiples of 1/15: with three prompts one of its six documented checks was not scored.
  All six are scored here.
* The checks of one text are not independent; see the statistics of the harness for intervals that know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Check, Score, Status, Subject

Predicate = Callable[[str], bool]

FRETTED = re.compile(r"\d\.\d")
TAG_WITH_VALUE = re.compile(r"\\[A-Za-z]+\s*[\"'({A-Za-z0-9]")
QUOTED = re.compile(r"\"[^\"\n]++\"")
NOTE_GROUP = re.compile(r"\(\s*+\d++\.\d[^()]*+\)")
RHYTHM_DOT = re.compile(r"(\)|\d\.\d++)\.\d")
EFFECT_BLOCK = re.compile(r"\{[^{}A-Za-z]*+[A-Za-z][^{}]*+\}")
GIBBERISH = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
REPETITIONS = 9
LENGTH_RANGE = (10, 2000)


def has_title(text: str) -> bool:
    r"""Whether the text contains `\title`."""
    return r"\title" in text


def has_track(text: str) -> bool:
    r"""Whether the text contains `\track`."""
    return r"\track" in text


def has_braces(text: str) -> bool:
    """Whether the text contains `{` and as many `}`, in any order."""
    return 0 < text.count("{") == text.count("}")


def has_quotes(text: str) -> bool:
    """Whether something stands between two double quotes on one line."""
    return QUOTED.search(text) is not None


def valid_structure(text: str) -> bool:
    """Whether some tag is followed by a value, quote, parenthesis or brace."""
    return TAG_WITH_VALUE.search(text) is not None


def no_gibberish(text: str) -> bool:
    """Whether the text is not blank and free of control characters and U+FFFD, the mark of undecodable bytes."""
    return bool(text.strip()) and GIBBERISH.search(text) is None


def has_instrument(text: str) -> bool:
    """Whether the text contains the word `instrument`."""
    return "instrument" in text


def has_volume(text: str) -> bool:
    """Whether the text contains the word `volume`."""
    return "volume" in text


def has_fret_number(text: str) -> bool:
    """Whether the text contains a digit."""
    return any(character in "0123456789" for character in text)


def has_dot_separator(text: str) -> bool:
    """Whether the text contains a full stop."""
    return "." in text


def valid_format(text: str) -> bool:
    """Whether the text contains number, full stop, number."""
    return FRETTED.search(text) is not None


def no_repetition(text: str) -> bool:
    """Whether no item between blanks is written ten times or more in a row."""
    run = 0
    for before, item in pairwise(text.split()):
        run = run + 1 if before == item else int(before.endswith(item))
        if run == REPETITIONS:
            return False
    return True


def reasonable_length(text: str) -> bool:
    """Whether the text has 10 to 2000 characters."""
    return LENGTH_RANGE[0] <= len(text) <= LENGTH_RANGE[1]


def has_parentheses(text: str) -> bool:
    """Whether the text contains `(` and as many `)`, in any order."""
    return 0 < text.count("(") == text.count(")")


def valid_note_format(text: str) -> bool:
    """Whether parentheses that begin with number, full stop, number are closed."""
    return NOTE_GROUP.search(text) is not None


def has_rhythm_dot(text: str) -> bool:
    """Whether a note or group is followed by a full stop and a number."""
    return RHYTHM_DOT.search(text) is not None


def has_effects(text: str) -> bool:
    """Whether braces enclose a letter."""
    return EFFECT_BLOCK.search(text) is not None


def reasonable_content(text: str) -> bool:
    """Whether the text holds two different items between blanks and the length is reasonable."""
    return reasonable_length(text) and len(set(text.split())) >= 2


STRUCTURE_CHECKS: Mapping[str, Predicate] = {
    "has_title": has_title,
    "has_track": has_track,
    "has_braces": has_braces,
    "has_quotes": has_quotes,
    "valid_structure": valid_structure,
    "no_gibberish": no_gibberish,
    "has_instrument": has_instrument,
    "has_volume": has_volume,
}
TAB_CHECKS: Mapping[str, Predicate] = {
    "has_fret_number": has_fret_number,
    "has_dot_separator": has_dot_separator,
    "valid_format": valid_format,
    "no_repetition": no_repetition,
    "reasonable_length": reasonable_length,
}
NOTE_CHECKS: Mapping[str, Predicate] = {
    "has_parentheses": has_parentheses,
    "has_fret_numbers": valid_format,
    "valid_note_format": valid_note_format,
    "has_rhythm_dot": has_rhythm_dot,
    "has_effects": has_effects,
    "reasonable_content": reasonable_content,
}


def _share_of_checks(checks: Mapping[str, Predicate], text: str) -> Score:
    asked = tuple(_check(name, predicate, text) for name, predicate in checks.items())
    passed = sum(bool(check.passed) for check in asked)
    metrics = {"passed": float(passed), "checks": float(len(asked))}
    return Score(status=Status.SCORED, value=passed / len(asked), checks=asked, metrics=metrics)


def _check(name: str, predicate: Predicate, text: str) -> Check:
    if predicate(text):
        return Check(name=name, passed=True)
    question = (predicate.__doc__ or "").removeprefix("Whether ").rstrip(".")
    return Check(name=name, passed=False, message=f"expected: {question}", span=(0, len(text)))


@scorer("alphatex/seed-structure", version="1")
def seed_structure(subject: Subject) -> Score:
    """The report's eight checks of structure: the share that pass, from presence of substrings alone.

    has_title, has_track, has_braces, has_quotes, valid_structure, no_gibberish, has_instrument, has_volume.
    Range [0, 1] in steps of 1/8; the empty text gets 0.
    """
    return _share_of_checks(STRUCTURE_CHECKS, subject.text)


@scorer("alphatex/seed-tab", version="1")
def seed_tab(subject: Subject) -> Score:
    """The report's five checks of tab completion: the share that pass.

    has_fret_number, has_dot_separator, valid_format, no_repetition, reasonable_length.
    Range [0, 1] in steps of 1/5; the empty text gets 1/5, for it repeats nothing.
    """
    return _share_of_checks(TAB_CHECKS, subject.text)


@scorer("alphatex/seed-note", version="1")
def seed_note(subject: Subject) -> Score:
    """The report's six checks of note completion: the share that pass.

    has_parentheses, has_fret_numbers, valid_note_format, has_rhythm_dot, has_effects, reasonable_content.
    Range [0, 1] in steps of 1/6; the empty text gets 0.
    """
    return _share_of_checks(NOTE_CHECKS, subject.text)
