"""The generator of `grammars/canonical.lark`: the canonical form of alphaTex as a context-free grammar.

    python -m alphatex_eval.language.canonical            # says whether the file is up to date
    python -m alphatex_eval.language.canonical --write    # writes it

Names, words, signatures and ranges come from `vocabulary.json`, the shape of documents, bars and beats from
`canonical_rules.py`. The result keeps to what Lark and llguidance both read, and to LALR(1).
"""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from alphatex_eval.language import canonical_rules as rules
from alphatex_eval.language.vocabulary import Entry, Mode, Parameter, Signature, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXPLICIT_STRINGS = range(3, 11)
"""How many strings a tuning may name."""

NO_STRINGS = 0
IMPLICIT_STRINGS = 6
"""The strings of a track that names no instrument: alphaTab takes a steel guitar."""

WIDTH = 120
SPECIAL_TAGS = ("track", "staff", "voice", "tuning", "instrument", "articulation")
"""Tags that decide what may follow: `canonical_rules` spells them out."""

PARENTHESISED = ("section", "tempo")
"""Names that take no list, but whose only argument stands in parentheses: bare, they could swallow what follows."""

OPTIONAL_LISTS = ("chord.strings", "beaming.groups")
"""Lists that may be empty; alphaTab crashes on the others."""

ARGUMENTS = {
    "tag.tempo": 'quantity | "(" number " " tempo_details ")"',
    "tag.chorddiagramsinscore": "truth",
    "beat.instrument": 'program | "percussion"',
    "chord.showdiagram": 'truth | "1" | "0"',
    "chord.showfingering": 'truth | "1" | "0"',
    "chord.showname": 'truth | "1" | "0"',
    "note.b": "bend",
    "note.be": "exact_bend",
    "beat.tb": "whammy",
    "beat.tbe": "exact_whammy",
}
"""Arguments that the signatures describe too widely, as `level.name`."""

VALUES = {
    "ts.numerator": "ts_numerator",
    "ts.denominator": "ts_denominator",
    "ae.ending": "alternate_ending",
    "beaming.duration": "beaming_duration",
    "beaming.groups": "TUPLET",
    "sync.barIndex": "NATURAL",
    "sync.occurence": "NATURAL",
    "sync.millisecondOffset": "NATURAL",
    "lyrics.startBar": "NATURAL",
    "lyrics.line": "DIGIT",
    "chord.strings": '(FRET | "x")',
    "color.colorCode": "COLOUR",
    "tu.simple": "simple_tuplet",
    "tu.numerator": "TUPLET",
    "tu.denominator": "TUPLET",
    "tp.marks": "tremolo_marks",
    "tr.fret": "FRET",
    "tr.duration": "trill_speed",
    "lf.finger": "finger",
    "rf.finger": "finger",
}
"""What a parameter takes where its type says too little, as `name.parameter`."""


def grammar_text() -> str:
    """The text of `canonical.lark`."""
    sections = (
        rules.HEADER,
        _document(),
        rules.BEATS,
        rules.BLOCKS,
        _structure_tags(),
        *_tags(),
        *_properties(),
        rules.SHARED,
        _ranges(),
        _words(),
        _terminals(),
    )
    lines = "\n".join(section.strip("\n") + "\n" for section in sections).split("\n")
    return "\n".join(row for line in lines for row in _laid_out(line))


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with every `<name>` replaced by its value."""
    return re.sub(r"<(\w+)>", lambda place: str(values[place[1]]), template)


def either(pattern: str, counts: Iterable[int]) -> str:
    """The alternatives `pattern` for each number of strings: `tuned_3 | tuned_4 | …`."""
    return " | ".join(fill(pattern, {"n": count}) for count in counts)


def literals(words: Iterable[object]) -> str:
    """The alternatives `"a" | "b" | …`."""
    return " | ".join('"' + str(word).replace('"', '\\"') + '"' for word in words)


# ---- document ------------------------------------------------------------------------------------------------------


def _document() -> str:
    defaults, counts = _default_counts(), [NO_STRINGS, *EXPLICIT_STRINGS]
    values = {
        "tracks": either("track_<n>", defaults),
        "staffs": either("staff_<n>", defaults),
        "begun": either("begun_<n>", defaults),
        "tuned": either("tuned_<n>", EXPLICIT_STRINGS),
        "waiting": either("waiting_<n>", counts),
        "waiting_open": either("waiting_<n>_open", counts),
        "fretted": either("fretted_<n>", EXPLICIT_STRINGS),
        "fretted_open": either("fretted_<n>_open", EXPLICIT_STRINGS),
        "ready": either("ready_<n>", counts),
    }
    document = fill(rules.DOCUMENT, values) + "".join(_head(count) for count in defaults)
    staffs = "".join(_staff(count) for count in counts)
    return document + staffs + fill(rules.OTHER_KINDS, values)


def _head(count: int) -> str:
    implicit = count == IMPLICIT_STRINGS
    values = {
        "n": count,
        "unstaffed": f"(song | track_{count})" if implicit else f"track_{count}",
        "implicit": "song | " if implicit else "",
        "later": " | ended staff_tag NL" if count == NO_STRINGS else "",
    }
    return fill(rules.HEAD, values)


def _staff(count: int) -> str:
    default = count in _default_counts()
    heads = [f"begun_{count}"] * default + [f"tuned_{count}"] * (count != NO_STRINGS)
    values = {
        "n": count,
        "ready": " | ".join([*heads, f"waiting_{count}"]),
        "tag": f"(plain_tag | instrument_tag_{count})" if default else "plain_tag",
        "open_strings": _open_strings(count),
    }
    return fill(rules.WAITING + (rules.FRETTED if count else ""), values)


def _open_strings(count: int) -> str:
    if count == EXPLICIT_STRINGS[0]:
        return ' " " '.join(["OPEN_STRING"] * count)
    return f'open_strings_{count - 1} " " OPEN_STRING'


def _structure_tags() -> str:
    defaults = _default_counts()
    values = {
        "instrument_tags": either("instrument_tag_<n>", defaults),
        "programs": either("program_<n>", defaults),
    }
    tags = "".join(_track_tag(count) for count in defaults)
    return fill(rules.STRUCTURE_TAGS, values) + tags + _programs()


def _track_tag(count: int) -> str:
    unnamed = ' | "\\\\track " (track_name | (track_name " ")? plain_block)' if count == IMPLICIT_STRINGS else ""
    return fill(rules.TRACK_TAG, {"n": count, "unnamed": unnamed})


def _programs() -> str:
    names: dict[int, list[object]] = {count: [] for count in _default_counts()}
    for name, program in vocabulary().data["instruments"].items():
        names[_strings_of(program)] += [name, program]
    return "".join(_rule(f"program_{count}", literals(words)) for count, words in names.items())


def _default_counts() -> list[int]:
    """The numbers of strings that instruments bring along, none included."""
    return sorted({_strings_of(program) for program in range(128)})


def _strings_of(program: int) -> int:
    for tuning in vocabulary().data["default_tunings"]:
        if tuning["first_program"] <= program <= tuning["last_program"]:
            return len(tuning["strings"])
    return NO_STRINGS


# ---- tags and properties -------------------------------------------------------------------------------------------


def _tags() -> list[str]:
    tags = [tag for tag in vocabulary().tags.values() if tag.name not in SPECIAL_TAGS]
    headings = {"score": "score_tag", "staff": "staff_level_tag", "bar": "bar_tag"}
    return [
        _heading(f"tags of the {level}") + _rule(rule, *(_tag(tag) for tag in tags if tag.level == level))
        for level, rule in headings.items()
    ]


def _tag(tag: Entry) -> str:
    block = f' (" " {tag.name}_block)?' if tag.properties else ""
    name = f'"\\\\{tag.display}'
    body = f'{name} " {_arguments("tag", tag)}' if tag.signatures else f'{name}"'
    return f"{body}{block}  // {tag.meaning}"


def _properties() -> list[str]:
    names = vocabulary()
    levels = {
        "track": [item for item in names.tags["track"].properties.values() if item.name != "instrument"],
        "staff": names.tags["staff"].properties.values(),
        "tuning": names.tags["tuning"].properties.values(),
        "chord": names.tags["chord"].properties.values(),
        "duration": names.duration_properties.values(),
        "beat": names.beat_properties.values(),
        "note": [item for item in names.note_properties.values() if item.name not in names.beat_properties],
    }
    return [
        _heading(f"properties of a {level}") + _rule(f"{level}_property", *(_property(level, item) for item in items))
        for level, items in levels.items()
    ]


def _property(level: str, item: Entry) -> str:
    return f"{_property_body(level, item)}  // {item.meaning}"


def _property_body(level: str, item: Entry) -> str:
    name = f'"{item.display}'
    if not item.signatures:
        return f'{name}"'
    first = next(iter(item.signatures[0].parameters), None)
    if first is None or first.mode is not Mode.OPTIONAL:
        return f'{name} " {_arguments(level, item)}'
    if first.enum:
        return f'{name} " {_snake(first.enum)}'
    return f'{name}" (SPACED_NATURAL | " (" FRACTION ")")?'


def _arguments(level: str, entry: Entry) -> str:
    special = ARGUMENTS.get(f"{level}.{entry.name}")
    forms = [special] if special else [form for item in entry.signatures or () for form in _forms(entry.name, item)]
    alternatives = " | ".join(dict.fromkeys(forms))
    return f"({alternatives})" if " | " in alternatives else alternatives


def _forms(name: str, signature: Signature) -> list[str]:
    """The ways to write the arguments of one signature: bare, in parentheses, or both."""
    needed = list(takewhile(lambda parameter: _needed(name, parameter), signature.parameters))
    optional = signature.parameters[len(needed) :]
    swallows = name in PARENTHESISED or any(parameter.mode.takes_list for parameter in signature.parameters)
    if len(needed) > 1 or swallows:
        return [_parenthesised(name, needed, optional)]
    bare = _value(name, needed[0], bare=True)
    return [bare, _parenthesised(name, [*needed, optional[0]], optional[1:])] if optional else [bare]


def _needed(name: str, parameter: Parameter) -> bool:
    return parameter.mode.needed or (parameter.mode.takes_list and f"{name}.{parameter.name}" not in OPTIONAL_LISTS)


def _parenthesised(name: str, needed: Iterable[Parameter], optional: Iterable[Parameter]) -> str:
    inside = ' " " '.join(_item(name, parameter) for parameter in needed)
    for parameter in optional:
        repeat = "*" if parameter.mode.takes_list else "?"
        inside += f' (" " {_value(name, parameter)}){repeat}'
    return f'"(" {inside} ")"'


def _item(name: str, parameter: Parameter) -> str:
    value = _value(name, parameter)
    return f'{value} (" " {value})*' if parameter.mode.takes_list else value


def _value(name: str, parameter: Parameter, *, bare: bool = False) -> str:
    """The rule or terminal for one argument."""
    if parameter.enum:
        return _snake(parameter.enum)
    if parameter.words:
        return literals(sorted(parameter.words))
    by_type = ("STRING",) if "string" in parameter.types else ("IDENTIFIER",)
    if "number" in parameter.types:
        by_type = ("quantity",) if bare else ("number",)
    return VALUES.get(f"{name}.{parameter.name}", by_type[0])


# ---- words, ranges, terminals --------------------------------------------------------------------------------------


def _words() -> str:
    data = vocabulary().data["enums"]
    drums = [drum for drum in vocabulary().data["percussion"]["names"] if not drum.get("explicit_defaults_only")]
    enums = [
        _rule(_snake(name), literals([*(enum["canonical"] or enum["spellings"]), *enum.get("numbers", ())]))
        for name, enum in data.items()
    ]
    return _heading("words") + "".join(
        [
            *enums,
            _rule("drum", literals(drum["short"] for drum in drums)),
            _rule("quoted_drum", literals(f'"{drum["name"]}"' for drum in drums)),
            _rule("articulation_id", literals(vocabulary().data["percussion"]["articulation_ids"])),
        ]
    )


def _ranges() -> str:
    ranges, tuplets = vocabulary().data["ranges"], vocabulary().data["tuplets"]
    marks = ranges["tremolo_marks"]
    values = {
        "ts_numerator": _span(ranges["time_signature_numerator"]),
        "ts_denominator": ranges["time_signature_denominator"],
        "alternate_ending": _span(ranges["alternate_ending"]),
        "beaming_duration": ranges["beaming_duration"],
        "simple_tuplet": tuplets,
        "tremolo_marks": [*_span(marks["range"]), *marks["legacy"]],
        "trill_speed": ranges["trill_speed"],
        "finger": _span(ranges["finger"]),
    }
    return _heading("ranges") + "".join(_rule(name, literals(numbers)) for name, numbers in values.items())


def _span(bounds: list[int]) -> range:
    return range(bounds[0], bounds[1] + 1)


def _terminals() -> str:
    accidentals = [spelling for spelling in vocabulary().data["pitch"]["accidentals"] if 0 < len(spelling) <= 2]
    values = {"durations": literals(vocabulary().data["durations"]["allowed"]), "accidentals": literals(accidentals)}
    digits = [f'STRING_{count}: "1".."{count}"\n' for count in EXPLICIT_STRINGS if count < 10]
    return fill(rules.TERMINALS, values) + "".join([*digits, 'STRING_10: NONZERO | "10"\n'])


# ---- form ----------------------------------------------------------------------------------------------------------


def _heading(title: str) -> str:
    return f"// ---- {title} ".ljust(119, "-") + "\n\n"


def _rule(name: str, *alternatives: str) -> str:
    return f"{name}: " + f"\n{' ' * len(name)}| ".join(alternatives) + "\n"


def _laid_out(line: str) -> list[str]:
    """The line in rows of at most `WIDTH` characters, comments aside, broken between alternatives."""
    code, *comment = line.split("  // ")
    if len(code) <= WIDTH or line.startswith("//"):
        return [line]
    indent = " " * (len(code) - len(code.lstrip()) or code.index(":"))
    rows = [""]
    for part in re.split(r"(?= \| )", code):
        if len(rows[-1] + part) > WIDTH:
            rows.append(indent + part.removeprefix(" "))
        else:
            rows[-1] += part
    return [*rows[:-1], "  // ".join([rows[-1], *comment])]


def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def main(arguments: list[str]) -> int:
    """Write the file with `--write`; otherwise say whether it equals what the vocabulary gives."""
    path = Path(str(files("alphatex_eval.grammars").joinpath("canonical.lark")))
    if arguments == ["--write"]:
        path.write_text(grammar_text(), encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == grammar_text():
        return 0
    print(f"{path} is out of date: run `python -m alphatex_eval.language.canonical --write`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
