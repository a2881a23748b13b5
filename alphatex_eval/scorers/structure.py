"""Whether a text is alphaTex, whole, and has a header that says what a tab's header says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.context import program_of
from alphatex_eval.language.diagnostics import Severity, Verdict
from alphatex_eval.music.ranges import FASTEST, LOUDEST, SLOWEST
from alphatex_eval.scorers.findings import Fault, asked, scored, share
from alphatex_eval.scorers.passage import Passage, is_blank, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from alphatex_eval.language.nodes import Arguments, Literal, Tag
    from alphatex_eval.scorers.results import Check, Score, Subject

PlacedTag = tuple["Tag", int]
PlacedValue = tuple["Literal | None", int]
"""What stands as many characters behind its span."""

BROKEN = 0.5
HEADER_SHARE = 0.3
TRACK = "track"
HEADER = ("title", TRACK, "instrument", "volume", "tempo")
SCORE_TAGS = frozenset(
    {"title", "subtitle", "artist", "album", "words", "music", "copyright", "instructions", "notices"}
)


@scorer("alphatex/structure", version="3")
def structure(subject: Subject) -> Score:
    """Whether the text parses, is whole, and has a header whose values make sense.

    Checks: wrote_something; valid_syntax (some continuation is alphaTex); ends_whole (a text that the model ended is
    complete; running out of tokens costs nothing); title, track, instrument, volume and tempo as parsed values: names
    that are not blank, instruments that exist, volumes of 0 to 16, 20 to 400 beats a minute; and tags_once (no tag says
    again what was said for the same bar or score). All but the tempo must be given where the prompt leaves the header
    to the model. What the prompt already wrote is not asked.

    Value: 0 for an empty completion; otherwise 1 for a sound text, half the share of the completion before the first
    error for any other, times 0.7 + 0.3 × the share passed of those checks from title to tags_once that apply.
    Metrics: valid_share (0 to 1).
    """
    found = passage(subject)
    header = list(_header_checks(found))
    checks = [_wrote_something(found), *_syntax_checks(found), *header]
    if is_blank(subject.completion):
        return scored(0.0, checks, {"valid_share": 0.0})
    body = 1.0 if found.sound else BROKEN * found.valid_share
    questions = [check for check in header if check.passed is not None]
    told = share(sum(bool(check.passed) for check in questions), len(questions))
    value = body * (1.0 - HEADER_SHARE + HEADER_SHARE * told)
    return scored(value, checks, {"valid_share": found.valid_share})


def _wrote_something(found: Passage) -> Check:
    faults = [Fault("the completion is empty", _end(found))] if is_blank(found.subject.completion) else []
    return asked("wrote_something", faults, 1)


def _end(found: Passage) -> tuple[int, int]:
    length = len(found.subject.text)
    return length, length


def _syntax_checks(found: Passage) -> tuple[Check, Check]:
    invalid = found.report.verdict is Verdict.INVALID
    unfinished = not invalid and not found.sound
    wrong = [Fault(*found.first_error)] if invalid else []
    torn = [Fault(f"ended by the model, but {found.first_error[0]}", found.first_error[1])] if unfinished else []
    return asked("valid_syntax", wrong, 1), asked("ends_whole", torn, 0 if invalid else 1)


def _header_checks(found: Passage) -> Iterator[Check]:
    """One check for each part of the header, None where it is no question.

    What the model leaves out is a fault only where the prompt wrote neither it nor any music; what it writes must make
    sense everywhere.
    """
    leaves_header = found.score is not None and not found.has_given_beats
    for name, values in _header(found.tags).items():
        yield _header_check(found, values, name, needed=leaves_header and name != "tempo")
    own = sum([tag.span[1] + shift > found.start for tag, shift in found.tags]) if found.start else len(found.tags)
    twice = [Fault(f"`\\{tag.name}` stands twice", found.place(*tag.span, shift)) for tag, shift in _repeated(found)]
    yield asked("tags_once", twice, own, Severity.WARNING)


def _repeated(found: Passage) -> Iterator[PlacedTag]:
    """The model's tags that say again what was said for the same bar or score."""
    seen: set[Hashable] = set()
    for number, bar in enumerate(found.bars):
        if not bar.tags:
            continue
        keys = {tag.key for tag in bar.tags}
        many = len(keys) < len(bar.tags)
        if not many and SCORE_TAGS.isdisjoint(keys):
            continue
        for tag, shift in zip(bar.tags, bar.shifts, strict=True):
            if not many and tag.key not in SCORE_TAGS:
                continue
            key = tag.key if tag.key in SCORE_TAGS else (number, tag)
            if key in seen and tag.span[1] + shift > found.start:
                yield tag, shift
            seen.add(key)


def _header_check(found: Passage, values: Sequence[PlacedValue], name: str, *, needed: bool) -> Check:
    good = GOOD[name]
    own = [item for item in values if item[0] is None or item[0].span[1] + item[1] > found.start]
    bad = [item for item in own if item[0] is None or not good(item[0])]
    if bad:
        places = [found.place(*value.span, shift) for value, shift in bad if value is not None]
        place = next(iter(places), found.place(found.start, found.start))
        return asked(name, [Fault(f"no usable {name}", place)] * len(bad), len(own), Severity.WARNING)
    missing = needed and not values
    fault = [Fault(f"no {name} is given", found.place(found.start, found.start))] if missing else []
    return asked(name, fault, len(own) or missing, Severity.WARNING)


def _header(tags: Iterable[PlacedTag]) -> dict[str, list[PlacedValue]]:
    """What is written for each part of the header: the first arguments of tags, and of the properties of tracks."""
    found: dict[str, list[PlacedValue]] = {name: [] for name in HEADER}
    for tag, shift in tags:
        key = tag.key
        if key in found:
            found[key].append((_first_value(tag.arguments), shift))
        if key == TRACK and tag.properties:
            for item in tag.properties.items:
                if item.key in found and item.key != TRACK:
                    found[item.key].append((_first_value(item.arguments), shift))
    return found


def _first_value(arguments: Arguments | None) -> Literal | None:
    return arguments.values[0] if arguments and arguments.values else None


def _is_named(value: Literal) -> bool:
    return bool(value.text and value.text.strip())


def _is_instrument(value: Literal) -> bool:
    """Whether the instrument exists: alphaTab silently plays an unknown name on a grand piano."""
    if value.text is None:
        return True
    name = value.text.lower().replace(" ", "")
    return name in (PERCUSSION, PIANO) or program_of(name) != 0


def _is_volume(value: Literal) -> bool:
    return value.number is not None and 0 <= value.number <= LOUDEST


def _is_tempo(value: Literal) -> bool:
    return value.number is not None and SLOWEST <= value.number <= FASTEST


PIANO = "acousticgrandpiano"
PERCUSSION = "percussion"
GOOD: dict[str, Callable[[Literal], bool]] = {
    "title": _is_named,
    "track": _is_named,
    "instrument": _is_instrument,
    "volume": _is_volume,
    "tempo": _is_tempo,
}
