"""AE41x: whether tracks, staves, voices and tags fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.lints.piece import Piece, arguments_of, numbers_of, similes
from alphatex_eval.lints.rule import ERROR, HINT, WARNING, Problem, rule
from alphatex_eval.music.drafts import BarDraft, MasterDraft
from alphatex_eval.music.loader import REPETITIONS
from alphatex_eval.music.tags import set_bar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from alphatex_eval.language.nodes import Span, Tag
    from alphatex_eval.music.score import Value

SHARED = ("ts", "tempo", "tf")
"""Tags that set a bar for all tracks."""

COLLECTING = frozenset({"ae", "jump", "sync", "spd", "sph", "spu", "lyrics"})
"""Tags that add to what is there instead of overwriting it."""

MOST_REPETITIONS = 1000


@rule(
    "AE411",
    "shared-setting-contradicted",
    WARNING,
    bad=r'\track "A" \ts (3 4) 3.3.2 {d} \track "B" \ts (4 4) 3.3.1',
    good=r'\track "A" \ts (4 4) 3.3.1 \track "B" \ts (4 4) 3.3.1',
)
def shared_setting_contradicted(piece: Piece) -> Iterator[Problem]:
    r"""A later track gives a bar another time signature, tempo or triplet feel than an earlier one.

    All tracks share them, so the later tag overwrites the earlier one in every track.
    """
    first: dict[Hashable, tuple[int, object]] = {}
    for place, tag in piece.origins.bar_tags:
        if tag.key in SHARED:
            meaning = _meaning(tag)
            track, before = first.setdefault((place.bar, tag.key, _part(tag)), (place.track, meaning))
            if track < place.track and meaning != before:
                message = rf"`\{tag.name}` overwrites that of bar {place.bar + 1} in an earlier track"
                yield Problem(tag.span, message, "all tracks share it: write it once")


@rule("AE412", "tag-twice", WARNING, bad=r'\title "A" \title "B" 3.3', good=r'\title "A" \subtitle "B" 3.3')
def tag_twice(piece: Piece) -> Iterator[Problem]:
    """A tag is written twice, with different arguments, for the same score, staff or bar.

    The last one counts, silently, wherever it stands.
    """
    seen: dict[Hashable, list[Value]] = {}
    for key, tag in _settings(piece):
        values = [value.value for value in arguments_of(tag)]
        if seen.get(key, values) != values:
            yield Problem(tag.span, rf"`\{tag.name}` was set before; this one counts", "write it once")
        seen[key] = values


@rule(
    "AE413",
    "tracks-unequal",
    WARNING,
    bad=r'\track "A" 3.3.1 | 5.3.1 \track "B" 3.3.1',
    good=r'\track "A" 3.3.1 | 5.3.1 \track "B" 3.3.1 | r.1',
)
def tracks_unequal(piece: Piece) -> Iterator[Problem]:
    """A track or staff ends before the others.

    Its missing bars stay blank. Silence is written as rests, or something got lost.
    """
    ends: dict[tuple[int, int], tuple[int, Span]] = {}
    for line in piece.lines:
        place, span = line.bars[-1].place, line.bars[-1].span
        end, staff = max((place.bar, *similes(line.staff))), (place.track, place.staff)
        if staff not in ends or end > ends[staff][0]:
            ends[staff] = end, span
    longest = max((end for end, _ in ends.values()), default=0)
    for staff, (end, span) in ends.items():
        if end < longest:
            message = f"{_name(piece, *staff)} ends with bar {end + 1} of {longest + 1}"
            yield Problem(span, message, "write rests up to the end")


@rule(
    "AE414",
    "voices-unequal",
    HINT,
    bad=r"\voice 0.6.1 | 3.6.1 \voice 3.3.1",
    good=r"\voice 0.6.1 | 3.6.1 \voice 3.3.1 | r.1",
)
def voices_unequal(piece: Piece) -> Iterator[Problem]:
    """A voice ends some bars before the first voice of its staff.

    It may just be silent; where it is not, something got lost.
    """
    ends: dict[tuple[int, int], int] = {}
    for line in piece.lines:
        place = line.bars[-1].place
        end = ends.setdefault((place.track, place.staff), place.bar)
        if place.bar < end:
            message = f"voice {place.voice + 1} ends with bar {place.bar + 1} of {end + 1}"
            yield Problem(line.bars[-1].span, message, "write rests where it is silent")


@rule("AE415", "voice-not-started", WARNING, bad=r"3.3.1 \voice 0.6.1", good=r"\voice 3.3.1 \voice 0.6.1")
def voice_not_started(piece: Piece) -> Iterator[Problem]:
    r"""A `\voice` after one bar is taken for the tag of the first voice.

    alphaTab starts a second voice only where the first one had its tag or has two bars; so both halves become one voice
    with two bars.
    """
    bar_wise = any(tag.key == "voicemode" for tag in piece.tags)
    for place, bar in piece.origins.bars:
        for tag in bar.tags:
            if tag.key == "voice" and place.voice == 0 and place.bar > 0 and not bar_wise:
                yield Problem(tag.span, "this starts no second voice", r"write `\voice` before the first voice, too")


@rule("AE416", "sync-beyond-end", WARNING, bad=r"3.3.1 \sync (8 0 0)", good=r"3.3.1 \sync (0 0 0)")
def sync_beyond_end(piece: Piece) -> Iterator[Problem]:
    r"""A `\sync` point names a bar that the score does not have.

    Bars count from 0. alphaTab ignores the point.
    """
    last = len(piece.score.master_bars) - 1
    for tag in piece.tags:
        if tag.key == "sync":
            for number, span in numbers_of(tag)[:1]:
                if number > last:
                    yield Problem(span, f"there is no bar {number}: the last one is {last}", "bars count from 0")


@rule("AE417", "multiplier-without-effect", HINT, bad="3.3 * 0", good="3.3 * 2")
def multiplier_without_effect(piece: Piece) -> Iterator[Problem]:
    """A `*` is followed by 1, 0 or less.

    alphaTab plays the beat once, whatever the number says.
    """
    for beat in piece.beats:
        if beat.multiplier is not None and int(beat.multiplier.number or 0) < 2:
            yield Problem(beat.multiplier.span, "this repeats nothing", "write how often the beat is played: `* 2`")


@rule("AE418", "multiplier-too-large", ERROR, bad="3.3 * 2000000", good=r"3.3 * 4")
def multiplier_too_large(piece: Piece) -> Iterator[Problem]:
    """A `*` repeats a beat more than a thousand times, or many of them add up to more than 100,000 beats.

    No piece does, and programs that read the tab run out of memory. Other lints do not judge what would be too much.
    """
    total = 0
    for beat in piece.beats:
        count = int(beat.multiplier.number or 0) if beat.multiplier is not None else 0
        total += max(count - 1, 0)
        if beat.multiplier is not None and (count > MOST_REPETITIONS or total > REPETITIONS):
            yield Problem(beat.multiplier.span, f"this repeats the beat {count} times")


def _meaning(tag: Tag) -> object:
    """What a tag sets in all tracks, however it is spelt."""
    master = MasterDraft()
    set_bar(master, BarDraft(), tag)
    return master.time_signature, master.triplet_feel, master.tempos


def _name(piece: Piece, track: int, staff: int) -> str:
    """A staff as it is called in a message: its track where that has no other."""
    shown = f"track {track + 1}"
    return shown if len(piece.score.tracks[track].staves) == 1 else f"staff {staff + 1} of {shown}"


def _settings(piece: Piece) -> Iterator[tuple[Hashable, Tag]]:
    """Every tag that overwrites, with what it overwrites."""
    levels = vocabulary().tags
    for tag in piece.tags:
        if tag.key in levels and levels[tag.key].level == "score":
            yield tag.key, tag
    for staff, tag in piece.origins.staff_tags:
        if tag.key not in COLLECTING:
            yield (staff, tag.key, _part(tag)), tag
    for place, tag in piece.origins.bar_tags:
        if tag.key not in COLLECTING:
            yield (place, tag.key, _part(tag)), tag


def _part(tag: Tag) -> Value | None:
    """What tells apart tags of one name that do not overwrite each other: a chord's name, a tempo's place."""
    values = arguments_of(tag)
    if tag.key in ("chord", "articulation", "beaming"):
        return values[0].value if values else None
    if tag.key == "tempo":
        return next((value.number for value in values[1:] if value.number is not None), 0)
    return None
