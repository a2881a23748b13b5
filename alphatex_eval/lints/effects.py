"""AE3xx: whether ties, slides, graces, bends and other effects have what they need."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_eval.language.context import NoteKind
from alphatex_eval.lints.piece import Piece, arguments_of, items_of, numbers_of, scopes_of
from alphatex_eval.lints.rule import ERROR, HINT, WARNING, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language import nodes
    from alphatex_eval.language.nodes import Property
    from alphatex_eval.music import Note
    from alphatex_eval.music.lines import Line, Moment

LEGATO = {"h": "hammer-on or pull-off", "sl": "slide", "ss": "slide"}
REACH = 3
"""alphaTab looks for the other end of a slide or hammer-on at most so many bars ahead."""

ALTERNATIVES = (
    ("nh", "ah", "th", "ph", "sh", "fh"),
    ("sl", "ss", "sou", "sod", "psu", "psd"),
    ("sib", "sia"),
    ("ac", "hac", "ten"),
    ("v", "vw"),
    ("turn", "iturn", "umordent", "lmordent"),
    ("b", "be"),
    ("d", "dd"),
    ("su", "sd"),
    ("bu", "bd", "au", "ad"),
    ("f", "fo", "vs"),
    ("cre", "dec"),
    ("glpf", "glpt"),
    ("waho", "wahc"),
    ("tb", "tbe"),
)
"""Effects of which a note or beat has one: alphaTab keeps the last."""

REPEATABLE = frozenset({"lyrics", "slur", "beam", "spd", "sph", "spu", "spe", "tempo"})
LAST_OFFSET = 60
MOST_POINTS = 60


@rule("AE301", "tie-without-origin", ERROR, bad="-.3.4 3.3", good="3.3.4 -.3")
def tie_without_origin(piece: Piece) -> Iterator[Problem]:
    """A tie has no note before it to continue.

    It needs one on the same string (or of the same pitch) in the same voice, at most three bars back. Without one
    alphaTab strikes the open string.
    """
    for line in piece.lines:
        for moment in line.moments:
            for note, node in moment.notes:
                if note.loose_tie:
                    where = f"on string {note.string}" if note.string else "here"
                    yield Problem(node.span, f"there is no note {where} to tie to", "write the fret instead of the tie")


@rule("AE302", "tie-changes-fret", WARNING, bad="3.3 5.3{t}", good="3.3 3.3{t}")
def tie_changes_fret(piece: Piece) -> Iterator[Problem]:
    """A note that is tied to the one before names another fret.

    A tie continues the same sound, so alphaTab plays the earlier fret and drops the one that is written.
    """
    for line in piece.lines:
        for moment in line.moments:
            for note, node in moment.notes:
                written = node.value.number
                if note.tied and note.fret is not None and written is not None and written != note.fret:
                    message = f"fret {written} is tied to fret {note.fret}, which is what sounds"
                    yield Problem(node.span, message, "take `t` away, or use a slide (`sl`) or hammer-on (`h`)")


@rule("AE303", "legato-without-target", WARNING, bad="3.3{h} 5.2", good="3.3{h} 5.3")
def legato_without_target(piece: Piece) -> Iterator[Problem]:
    """A hammer-on, pull-off or slide has no note on the same string to go to.

    The target is the next note on the string in the same voice, at most three bars ahead. Without one there
    is nothing to hear.
    """
    for note, node, name, target in _legatos(piece):
        if target is None:
            message = f"the {LEGATO[name]} on string {note.string} leads nowhere"
            yield Problem(node.span, message, f"write a note on string {note.string} behind it")


@rule("AE304", "legato-to-same-fret", WARNING, bad="3.3{h} 3.3", good="3.3{h} 5.3")
def legato_to_same_fret(piece: Piece) -> Iterator[Problem]:
    """A hammer-on, pull-off or slide goes to the fret where it starts.

    There is nothing to hammer or slide: a tie (`-.3`) continues a note, striking it anew needs no mark.
    """
    for note, node, name, target in _legatos(piece):
        if target is not None and not target.tied and target.fret == note.fret:
            yield Problem(node.span, f"the {LEGATO[name]} goes to fret {note.fret} again", f"take `{name}` away")


@rule("AE305", "slur-unclosed", WARNING, bad="3.3{slur A} 5.3", good="3.3{slur A} 5.3{slur A}")
def slur_unclosed(piece: Piece) -> Iterator[Problem]:
    """A slur has one end only.

    The first note with an id starts the slur, the next one of the same staff with the same id ends it.
    """
    for line_of_staff in _staves(piece):
        opened: dict[str, Property] = {}
        for item in line_of_staff:
            name = str(arguments_of(item)[0].value)
            if opened.pop(name, None) is None:
                opened[name] = item
        for name, item in opened.items():
            yield Problem(item.span, f"slur `{name}` does not end", "give its last note the same id")


@rule("AE306", "grace-without-main-note", WARNING, bad="3.3.4 5.3{gr}", good="3.3{gr}.16 5.3.4")
def grace_without_main_note(piece: Piece) -> Iterator[Problem]:
    """A grace beat is not followed by a note that it could ornament.

    A grace takes its time from the note behind it in the same voice; before a rest or the end it hangs in the air.
    """
    for line in piece.lines:
        run: list[Moment] = []
        for moment in line.moments:
            if moment.beat.grace:
                run.append(moment)
                continue
            yield from _stranded(run if moment.beat.is_rest else [])
            run = []
        yield from _stranded(run)


@rule("AE307", "bend-one-point", WARNING, bad="3.3{b (4)}", good="3.3{b (0 4)}")
def bend_one_point(piece: Piece) -> Iterator[Problem]:
    """A bend or whammy dive has fewer than two points.

    It leads from one pitch to another: `b (0 4)` bends a whole tone up, in quarter tones. One point
    leads nowhere. A bend whose kind is named (`b (hold 4)`) is not judged.
    """
    for item, points in _curves(piece):
        if len(points) < 2 and all(value.text is None for value in arguments_of(item)):
            yield Problem(item.span, f"`{item.name}` has one point", f"write where it starts, too: `{_two(item)}`")


@rule("AE308", "bend-points", WARNING, bad="3.3{be (0 0 90 4)}", good="3.3{be (0 0 60 4)}")
def bend_points(piece: Piece) -> Iterator[Problem]:
    """The points of a bend or whammy dive lie outside the note, run backwards, or are too many.

    Offsets run from 0 to 60, the start and the end of the note, and alphaTab keeps 60 points at most.
    """
    for item, points in _curves(piece):
        offsets = [offset for offset, _ in points]
        if len(points) > MOST_POINTS:
            yield Problem(item.span, f"{len(points)} points, alphaTab keeps {MOST_POINTS}")
        elif item.key in ("be", "tbe") and not all(0 <= offset <= LAST_OFFSET for offset in offsets):
            yield Problem(item.span, "an offset is not within the note", f"offsets run from 0 to {LAST_OFFSET}")
        elif any(one > other for one, other in pairwise(offsets)):
            yield Problem(item.span, "its points run backwards", "write (offset value) pairs in order of time")


@rule("AE309", "effects-contradict", WARNING, bad="3.3{v vw}", good="3.3{vw}")
def effects_contradict(piece: Piece) -> Iterator[Problem]:
    """A note or beat has two effects of which it can have one.

    Two harmonics, two slides, one dot and two dots, stroke up and stroke down: alphaTab keeps the last one.
    """
    for scope in _scopes(piece):
        for choice in ALTERNATIVES:
            found = [item for item in scope if item.key in choice]
            if len({item.key for item in found}) > 1:
                names = " and ".join(f"`{item.name}`" for item in found)
                yield Problem(found[-1].span, f"{names} exclude each other", f"alphaTab keeps `{found[-1].name}`")


@rule("AE310", "effect-twice", HINT, bad="3.3{h h} 5.3", good="3.3{h} 5.3")
def effect_twice(piece: Piece) -> Iterator[Problem]:
    """A note or beat has the same effect twice.

    The second one changes nothing, or overwrites the arguments of the first.
    """
    for scope in _scopes(piece):
        counts = Counter(item.key for item in scope)
        for item in scope:
            if counts[item.key] > 1 and item.key not in REPEATABLE:
                yield Problem(item.span, f"`{item.name}` stands here {counts[item.key]} times", "write it once")
                counts[item.key] = 0


@rule("AE311", "trill-to-same-fret", WARNING, bad="5.3{tr 5}", good="5.3{tr 7}")
def trill_to_same_fret(piece: Piece) -> Iterator[Problem]:
    """A trill alternates a note with itself.

    `tr` takes the fret of the other note, not the distance to it.
    """
    for line in piece.lines:
        for moment in line.moments:
            for note, _ in moment.notes:
                frets = note.effects.get("tr", ())
                if frets and note.fret == frets[0]:
                    item = next(item for item in items_of(*_blocks(moment.node)) if item.key == "tr")
                    yield Problem(item.span, f"the trill goes to fret {note.fret} again", "write the other fret")


def _legatos(piece: Piece) -> Iterator[tuple[Note, nodes.Note, str, Note | None]]:
    """Every note with a hammer-on or slide on a string, with the next note on that string or None."""
    for line in piece.lines:
        if line.staff.kind is NoteKind.FRETTED:
            yield from _legatos_of(line)


def _legatos_of(line: Line) -> Iterator[tuple[Note, nodes.Note, str, Note | None]]:
    following: dict[int | None, tuple[int, Note]] = {}
    for bar in reversed(line.bars):
        for moment in reversed(bar.moments):
            for note, node in moment.notes:
                bar_number, target = following.get(note.string, (bar.place.bar + REACH + 1, None))
                for name in LEGATO:
                    if name in note.effects:
                        yield note, node, name, target if bar_number <= bar.place.bar + REACH else None
            following |= {note.string: (bar.place.bar, note) for note in moment.beat.notes}


def _staves(piece: Piece) -> Iterator[list[Property]]:
    """The slurs of each staff in order of the text."""
    found: dict[tuple[int, int], list[Property]] = {}
    for place, bar in piece.origins.bars:
        items = (item for beat in bar.beats for item in items_of(*_blocks(beat)) if item.key == "slur")
        found.setdefault((place.track, place.staff), []).extend(items)
    return iter(found.values())


def _stranded(run: Sequence[Moment]) -> Iterator[Problem]:
    if run:
        span = run[0].node.span[0], run[-1].node.span[1]
        yield Problem(span, "no note follows this grace", "put it before the note that it ornaments")


def _curves(piece: Piece) -> Iterator[tuple[Property, list[tuple[Fraction, Fraction]]]]:
    """Bends and whammy dives with their (offset, value) points."""
    for item in piece.properties("b", "be", "tb", "tbe"):
        numbers = [Fraction(number) for number, _ in numbers_of(item)]
        if item.key in ("b", "tb"):
            yield item, [(Fraction(index), value) for index, value in enumerate(numbers)]
        else:
            yield item, list(zip(numbers[::2], numbers[1::2], strict=False))


def _two(item: Property) -> str:
    return f"{item.name} (0 4)" if item.key in ("b", "tb") else f"{item.name} (0 0 60 4)"


def _scopes(piece: Piece) -> Iterator[Sequence[Property]]:
    return (scope for beat in piece.beats for scope in scopes_of(beat) if len(scope) > 1)


def _blocks(beat: nodes.Beat) -> list[nodes.Properties | None]:
    return [*(note.properties for note in beat.notes), beat.properties]
