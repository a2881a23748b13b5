"""Properties of notes and beats that a musician could write anywhere: they change neither rhythm nor what is struck."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alphatex_eval.language.vocabulary import Entry, vocabulary
from alphatex_eval.testing.writing import Value, prop, word

if TYPE_CHECKING:
    from alphatex_eval.language.nodes import Property

CHANGES_RHYTHM = ("d", "dd", "tu", "gr")
CHANGES_NOTES = ("x", "t", "-", "ds", "slur", "instrument", "bank", "ot", "hide", "acc")
"""Dead and tied notes, slurs (two belong together), other instruments, and what hides or respells."""

EXAMPLES: dict[str, tuple[tuple[Value, ...], ...]] = {
    "b": ((0, 4), (0, 2), (0, 4, 0)),
    "be": ((0, 0, 60, 4), (word("bend"), 0, 0, 30, 4)),
    "ah": ((), (12,)),
    "th": ((12,),),
    "ph": ((7,),),
    "sh": ((12,),),
    "fh": ((12,),),
    "tr": ((5,), (7, 32)),
    "lf": ((1,), (2,), (3,), (4,), (5,)),
    "rf": ((1,), (2,), (3,), (4,), (5,)),
    "tb": ((0, -4, 0),),
    "tbe": ((0, 0, 30, -4, 60, 0),),
    "txt": (("let ring",),),
    "lyrics": (("la",), (1, "lo-")),
    "ch": (("Am",), ("G/B",)),
    "bu": ((), (60,)),
    "bd": ((), (60,)),
    "au": ((), (120,)),
    "ad": ((), (120,)),
    "tempo": ((96,), (120, "Faster")),
    "volume": ((12,),),
    "balance": ((8,),),
    "tp": ((3,), (2, word("buzzroll"))),
    "barre": ((5,), (3, word("half"))),
    "fermata": ((word("short"),), (word("long"), 1)),
}
PARENTHESISED = ("b", "be", "tb", "tbe", "tempo")


@cache
def note_effects() -> tuple[Property, ...]:
    """Properties for the block of a note, without those that beats have too."""
    names = vocabulary()
    return _effects([entry for name, entry in names.note_properties.items() if name not in names.beat_properties])


@cache
def beat_effects() -> tuple[Property, ...]:
    """Properties for the block of a beat."""
    return _effects(list(vocabulary().beat_properties.values()))


def _effects(entries: list[Entry]) -> tuple[Property, ...]:
    kept = [entry for entry in entries if entry.name not in (*CHANGES_RHYTHM, *CHANGES_NOTES)]
    return tuple(effect for entry in kept for effect in _ways_to_write(entry))


def _ways_to_write(entry: Entry) -> list[Property]:
    if entry.signatures is None:
        return [prop(entry.display)]
    if entry.name in EXAMPLES:
        inside = entry.name in PARENTHESISED
        return [prop(entry.display, *values, parenthesised=inside) for values in EXAMPLES[entry.name]]
    enum = entry.signatures[0].parameters[0].enum
    words = vocabulary().canonical.get(enum or "") or tuple(vocabulary().enums.get(enum or "", ()))
    return [prop(entry.display, word(text)) for text in words]
