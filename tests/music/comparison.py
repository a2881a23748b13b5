"""Our score against alphaTab's: every bar, beat and note, in alphaTab's units.

alphaTab counts 960 ticks to the quarter note and cuts every duration to whole ticks, so that the comparison counts the
ticks of our beats in the same way and demands equality.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.music.score import Beat, MasterBar, Note, Score, Staff, Track

TICKS = 3840
GRACES = (None, "onbeat", "beforebeat", "bendgrace")
NOTE_FIELDS = ("string", "fret", "pitch", "percussion", "tied", "dead")


def differences(score: Score, reference: dict[str, Any]) -> list[str]:
    """What differs, one line each: empty for equal scores."""
    return [*_head(score, reference), *_all(_track, score.tracks, reference["tracks"], "track")]


def _head(score: Score, reference: dict[str, Any]) -> Iterator[str]:
    for name, text in reference["head"].items():
        yield from _same(getattr(score, {"tab": "transcriber"}.get(name, name)), text, name)
    yield from _all(_master_bar, score.master_bars, reference["masterBars"], "master bar")


def _master_bar(bar: MasterBar, reference: dict[str, Any]) -> Iterator[str]:
    endings = tuple(ending + 1 for ending in range(31) if reference["endings"] >> ending & 1)
    section = (bar.section.marker, bar.section.text) if bar.section else None
    yield from _same(bar.time_signature, tuple(reference["time"]), "time signature")
    yield from _same(section, reference["section"] and tuple(reference["section"]), "section")
    yield from _same(bar.endings, endings, "endings")
    for name, ours in {
        "common": bar.common_time,
        "freeTime": bar.free_time,
        "anacrusis": bar.anacrusis,
        "repeatStart": bar.repeat_start,
        "repeatCount": bar.repeat_count,
    }.items():
        yield from _same(ours, reference.get(name), name)
    tempos = sorted({tempo.get("bpm") for tempo in reference["tempos"]})
    yield from _same(sorted({float(tempo.bpm) for tempo in bar.tempos}), tempos, "tempos")


def _track(track: Track, reference: dict[str, Any]) -> Iterator[str]:
    for name, ours in {"name": track.name, "program": track.program, "volume": track.volume}.items():
        yield from _same(ours, reference.get(name), name)
    yield from _same(track.short_name, reference["shortName"], "short name")
    yield from _all(_staff, track.staves, reference["staves"], "staff")


def _staff(staff: Staff, reference: dict[str, Any]) -> Iterator[str]:
    yield from _same(list(staff.tuning), reference["tuning"], "tuning")
    yield from _same(staff.capo, reference.get("capo"), "capo")
    yield from _same(-staff.transposition, reference.get("transpose"), "transposition")
    for number, (bar, other) in enumerate(_pairs(staff.bars, reference["bars"])):
        yield from _same((bar.key, bar.minor), (other["key"], bool(other["minor"])), f"key of bar {number}")
        for index, (voice, beats) in enumerate(_pairs(bar.voices, other["voices"])):
            played = [beat for beat in beats if beat["notes"] or not beat["empty"]]
            where = f"bar {number} voice {index}"
            yield from (f"{where}: {line}" for line in _voice(voice.beats, played))
    yield from _same(len(staff.bars), len(reference["bars"]), "number of bars")


def _voice(beats: Sequence[Beat], reference: list[dict[str, Any]]) -> Iterator[str]:
    yield from _same(len(beats), len(reference), "number of beats")
    yield from (f"beat {number} does not begin where the one before ends" for number in _gaps(beats))
    onset = int(beats[0].onset * TICKS) if beats else 0
    for index, (beat, other) in enumerate(zip(beats, reference, strict=False)):
        length = _ticks(beat)
        for name, ours in {"start": onset, "length": length, "dots": beat.dots}.items():
            yield from _same(ours, other[name], f"beat {index} {name}")
        yield from _same(GRACES.index(beat.grace), other["grace"], f"beat {index} grace")
        onset += length
        yield from (f"beat {index} {line}" for line in _all(_note, beat.notes, other["notes"], "note"))


def _gaps(beats: Sequence[Beat]) -> Iterator[int]:
    return (index for index, beat in enumerate(beats) if index and beat.onset != beats[index - 1].end)


def _note(note: Note, reference: dict[str, Any]) -> Iterator[str]:
    for name in NOTE_FIELDS:
        yield from _same(getattr(note, name), reference[name], name)


def _ticks(beat: Beat) -> int:
    """The duration as alphaTab cuts it: after the dots, and again after the tuplet."""
    if beat.grace or not beat.duration:
        return 0
    plain = _cut(Fraction(TICKS) / beat.value if beat.value > 0 else Fraction(-beat.value * TICKS))
    part = {0: 0, 1: plain // 2, 2: plain // 4 * 3}[beat.dots]
    factor = beat.duration / beat.written_duration
    return _cut((plain + part) * factor)


def _cut(ticks: Fraction) -> int:
    return int(ticks)


def _all(compare: Any, ours: Sequence[Any], theirs: Sequence[Any], name: str) -> Iterator[str]:
    yield from _same(len(ours), len(theirs), f"number of {name}s")
    for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        yield from (f"{name} {index}: {line}" for line in compare(one, other))


def _pairs(ours: Sequence[Any], theirs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(ours, theirs, strict=False)


def _same(ours: object, theirs: object, name: str) -> Iterator[str]:
    if (float(ours) if isinstance(ours, Fraction) else ours) != theirs:
        yield f"{name} is {ours!r}, alphaTab has {theirs!r}"
