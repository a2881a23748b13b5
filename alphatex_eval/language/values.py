"""Judges argument values: words of enumerations, ranges of numbers, and what makes alphaTab fail.

alphaTab reads the argument at a fixed place, whether or not it was the one that matched the signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from alphatex_eval.language.arguments import CrashError
from alphatex_eval.language.context import MIDI_PROGRAMS, PITCHED_TUNINGS, pitch_of
from alphatex_eval.language.messages import FEW_WORDS, shorten, suggest
from alphatex_eval.language.nodes import Kind, Literal, Property, Span, Tag
from alphatex_eval.language.vocabulary import Entry, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from alphatex_eval.language.findings import Findings, Help


@dataclass(frozen=True, slots=True)
class Call:
    """A tag or property with its arguments, and where to report."""

    owner: Tag | Property
    entry: Entry
    findings: Findings

    @property
    def values(self) -> tuple[Literal, ...]:
        """The arguments, none where there is no list."""
        return self.owner.arguments.values if self.owner.arguments else ()

    def number(self, index: int) -> int | Fraction | None:
        """The number at a place, None where there is none."""
        return self.values[index].number if index < len(self.values) else None

    def reject(self, code: str, value: Literal, what: str, help_: Help = None) -> None:
        """Report that a value is not `what` it must be."""
        self.findings.add(code, *value.span, f"`{shorten(str(value.value))}` is not {what}", help_)

    def one_of(self, index: int, allowed: list[int], what: str, code: str = "AT209") -> bool:
        """Whether the value at a place is among the `allowed`; reported if not."""
        if self.values[index].value in allowed:
            return True
        self.reject(code, self.values[index], what, "write one of " + ", ".join(map(str, allowed)))
        return False

    def word(self, index: int, enum: str) -> None:
        """The value at a place must be a word of the enumeration or one of its numbers."""
        value = self.values[index]
        words, numbers = vocabulary().enums[enum], vocabulary().data["enums"][enum].get("numbers")
        if value.text is None and numbers is None:
            raise CrashError(
                value.span, f"alphaTab fails where `{self.owner.name}` gets a number here", words_help(enum)
            )
        if str(value.value) in (numbers or {}) or (value.text or "").lower() in words:
            return
        help_ = suggest(str(value.value), words, words_help(enum))
        self.reject("AT209", value, f"a word that `{self.owner.name}` knows", help_)


def check_values(owner: Tag | Property, entry: Entry, findings: Findings) -> bool:
    """Whether alphaTab takes the values of the arguments of `owner`, which fit a signature already.

    Raises CrashError where alphaTab fails.
    """
    if entry.signatures is None:
        return True
    before = len(findings.items)
    call = Call(owner, entry, findings)
    if entry.name in SPECIAL:
        SPECIAL[entry.name](call)
    else:
        _check_words(call)
    return len(findings.items) == before


def words_help(enum: str) -> str:
    """The first words of an enumeration, as a suggestion."""
    words = vocabulary().canonical[enum]
    return "write one of " + ", ".join(words[:FEW_WORDS]) + (", …" if len(words) > FEW_WORDS else "")


def _check_words(call: Call) -> None:
    """The words of the only signature, each at its place."""
    if call.entry.signatures and len(call.entry.signatures) == 1:
        for index, parameter in enumerate(call.entry.signatures[0].parameters):
            if parameter.enum is not None and index < len(call.values):
                call.word(index, parameter.enum)


def _range(name: str) -> Any:
    return vocabulary().data["ranges"][name]


def _fail(span: Span, what: str, help_: str | None = None, *, late: bool = False) -> NoReturn:
    raise CrashError(span, f"alphaTab fails on {what}", help_, late=late)


def _want_text(call: Call, *, late: bool = False) -> None:
    if call.values[0].text is None:
        what = f"`{call.owner.name}` with a number for a name"
        _fail(call.values[0].span, what, "write the name in quotes", late=late)


def _want_list(call: Call) -> None:
    if call.owner.arguments is None:
        _fail(call.owner.span, f"`{call.owner.name}` without a value", f"write `{call.owner.name} (…)`")


# --- Tags ---------------------------------------------------------------------------------------------------------


def _track(call: Call) -> None:
    if call.values and call.values[0].text is None and not any(value.text for value in call.values[1:2]):
        _want_text(call, late=True)


def _time_signature(call: Call) -> None:
    first = call.values[0]
    if first.text is not None:
        if first.text.lower() != "common":
            call.reject("AT209", first, "a time signature", r"write `\ts (3 4)` or `\ts common`")
        return
    low, high = _range("time_signature_numerator")
    if not low <= int(call.number(0) or 0) <= high:
        call.reject("AT211", first, f"a number of beats from {low} to {high}", r"write `\ts (3 4)`")
    beat_unit, units = call.number(1), _range("time_signature_denominator")
    if beat_unit is None or int(beat_unit) not in units:
        message = f"the beat unit of a time signature cannot be `{shorten(str(call.values[1].value))}`"
        call.findings.add("AT211", *first.span, message, "write one of " + ", ".join(map(str, units)))


def _alternate_ending(call: Call) -> None:
    low, high = _range("alternate_ending")
    for value in call.values:
        if value.number is None:
            call.reject("AT202", value, "the number of an ending", r"write `\ae (1 2)`")
        elif not low <= value.number <= high:
            call.reject("AT211", value, f"an ending from {low} to {high}")
            return


def _instrument(call: Call) -> None:
    number = call.number(0)
    if call.entry is vocabulary().beat_properties["instrument"]:
        return
    if number is not None and not 0 <= number <= MIDI_PROGRAMS - 1:
        call.reject("AT211", call.values[0], f"a MIDI program from 0 to {MIDI_PROGRAMS - 1}")


def _tuning(call: Call) -> None:
    if call.owner.arguments is None:
        _fail(call.owner.span, "a tuning without strings", r"write `\tuning (E4 B3 G3 D3 A2 E2)`")
    found = 0
    for index, value in enumerate(call.values):
        if value.text is None:
            _fail(value.span, "a number among the strings of a tuning", "write note names such as `E4`")
        elif value.text in PITCHED_TUNINGS:
            return
        elif pitch_of(value.text) is not None:
            found += 1
        elif value.text == "hide":
            _warn_in_tuning(call, value, "hides the tuning", "{hide}")
        elif found and index == len(call.values) - 1:
            _warn_in_tuning(call, value, "is the label of the tuning", f'{{label "{value.text}"}}')
        else:
            call.reject("AT209", value, "a note name", "write letter, accidental and octave, as in `E4` or `Bb3`")


def _warn_in_tuning(call: Call, value: Literal, what: str, block: str) -> None:
    message = f"`{shorten(str(value.value))}` {what}: an old way to write it"
    call.findings.add("AT305", *value.span, message, f"write it as a property after the strings: `{shorten(block)}`")


def _chord(call: Call) -> None:
    _want_text(call)
    for value in call.values[1:]:
        if value.kind is Kind.IDENT and value.text != "x":
            call.reject("AT209", value, "a fret", "write a number, or `x` for a string that is not played")


def _articulation(call: Call) -> None:
    if len(call.values) == 2 and call.values[0].value != "defaults":
        known = vocabulary().data["percussion"]["articulation_ids"]
        if call.values[1].value not in known:
            call.reject("AT209", call.values[1], "the number of an articulation", "write one such as 38, a snare")


def _lyrics(call: Call) -> None:
    first = call.number(0)
    if first is None or not isinstance(call.owner, Tag) or len(call.values) != 2:
        return
    if first > 0 and first.denominator != 1:
        _fail(call.values[0].span, "lyrics that start between bars", "write a whole number", late=True)


def _sync(call: Call) -> None:
    bar = call.number(0)
    if bar is not None and (bar < 0 or bar.denominator != 1):
        help_ = "count bars from 0, in whole numbers"
        _fail(call.owner.span, "a sync point before the first bar or between bars", help_, late=True)


def _beaming(call: Call) -> None:
    if not call.one_of(0, _range("beaming_duration"), "a duration whose beams can be grouped"):
        return
    for value in call.values[1:]:
        if value.number is not None and value.number < _range("beaming_group_min"):
            call.reject("AT209", value, "a group of beats", "write a number from 1")
            return


def _colour(call: Call) -> None:
    text = call.values[0].text
    if text is None or (text.startswith("rgb") and not ("(" in text and ")" in text)):
        call.reject("AT213", call.values[0], "a colour", 'write `"#ff8800"` or `"rgb(255, 136, 0)"`')


# --- Properties ---------------------------------------------------------------------------------------------------


def _tuplet(call: Call) -> None:
    tuplets = vocabulary().data["tuplets"]
    if len(call.values) != 2 and str(call.values[0].value) not in tuplets:
        help_ = "write one of " + ", ".join(tuplets) + ", or two numbers: `tu (5 3)` is 5 in the time of 3"
        call.reject("AT209", call.values[0], "a tuplet with a usual ratio", help_)


def _tempo(call: Call) -> None:
    if isinstance(call.owner, Property) and len(call.values) > 2 and call.values[2].text != "hide":
        call.reject("AT209", call.values[2], "the word `hide`")


def _tremolo(call: Call) -> None:
    limits = _range("tremolo_marks")
    (low, high), legacy = limits["range"], limits["legacy"]
    marks = call.number(0)
    if marks is None or not (low <= marks <= high or marks in legacy):
        call.reject("AT209", call.values[0], f"a number of tremolo marks from {low} to {high}")
    elif len(call.values) > 1:
        call.word(1, "tremoloPickingStyle")


def _barre(call: Call) -> None:
    _want_list(call)
    _check_words(call)


def _trill(call: Call) -> None:
    if len(call.values) > 1:
        call.one_of(1, _range("trill_speed"), "the speed of a trill")


def _finger(call: Call) -> None:
    low, high = _range("finger")
    number = call.number(0)
    if number not in range(low, high + 1):
        call.reject("AT211", call.values[0], f"a finger from {low} to {high}", "1 is the thumb, 5 the little finger")


def _harmonic(call: Call) -> None:
    if call.owner.arguments is not None and not call.values:
        name = call.owner.name
        _fail(call.owner.span, f"`{name} ()`", f"write `{name}` or `{name} 12`")


def _curve(type_enum: str, *, pairs: bool) -> Callable[[Call], None]:
    """A check for bends and whammy dives: types and styles, then points."""

    def check(call: Call) -> None:
        words = {*vocabulary().enums[type_enum], *vocabulary().enums["bendStyle"]}
        points = list(call.values)
        while points and points[0].text is not None:
            if points[0].text.lower() not in words:
                call.reject("AT209", points[0], "a kind of curve", words_help(type_enum))
                return
            points.pop(0)
        example = f"{call.owner.name} (0 0 60 4)" if pairs else f"{call.owner.name} (0 4)"
        if not points:
            _fail(call.owner.span, f"`{call.owner.name}` without values", f"write `{example}`")
        if pairs and len(points) % 2:
            assert call.owner.arguments is not None
            end = call.owner.arguments.span[1]
            call.findings.add("AT214", end, end, "a curve wants pairs of offset and value", f"write `{example}`")

    return check


SPECIAL: dict[str, Callable[[Call], None]] = {
    "track": _track,
    "ts": _time_signature,
    "ae": _alternate_ending,
    "instrument": _instrument,
    "tuning": _tuning,
    "chord": _chord,
    "articulation": _articulation,
    "lyrics": _lyrics,
    "sync": _sync,
    "beaming": _beaming,
    "color": _colour,
    "systemslayout": _want_list,
    "showdiagram": _want_list,
    "showfingering": _want_list,
    "showname": _want_list,
    "ch": _want_text,
    "acc": _want_text,
    "tu": _tuplet,
    "tempo": _tempo,
    "tp": _tremolo,
    "barre": _barre,
    "tr": _trill,
    "lf": _finger,
    "rf": _finger,
    "ah": _harmonic,
    "th": _harmonic,
    "ph": _harmonic,
    "sh": _harmonic,
    "fh": _harmonic,
    "b": _curve("bendType", pairs=False),
    "be": _curve("bendType", pairs=True),
    "tb": _curve("whammyType", pairs=False),
    "tbe": _curve("whammyType", pairs=True),
}
