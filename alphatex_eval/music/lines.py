"""A score as lines: each voice of each staff through its bars, with the nodes of the text that spell its beats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language.context import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language import nodes
    from alphatex_eval.language.nodes import Span
    from alphatex_eval.music.loader import Origins
    from alphatex_eval.music.score import Beat, MasterBar, Note, Score, Staff, Track, Voice


class Moment(NamedTuple):
    """A beat of the music and the node that spells it."""

    beat: Beat
    node: nodes.Beat

    @property
    def notes(self) -> Iterator[tuple[Note, nodes.Note]]:
        """The notes with their nodes; none for a dead slap, which has no note of its own."""
        return zip(self.beat.notes, self.node.notes, strict=False)


class VoiceBar(NamedTuple):
    """One voice of one bar, with at least one beat; `nodes` spell its beats, one each."""

    place: Place
    master: MasterBar
    beats: tuple[Beat, ...]
    nodes: Sequence[nodes.Beat]

    @property
    def moments(self) -> list[Moment]:
        """The beats with their nodes."""
        return list(map(Moment, self.beats, self.nodes))

    @property
    def filled(self) -> Fraction:
        """The time that its beats take, in whole notes."""
        return self.beats[-1].end

    @property
    def nominal(self) -> Fraction:
        """The time that its time signature asks for, in whole notes."""
        return nominal_duration(self.master)

    @property
    def span(self) -> Span:
        """From its first beat to its last."""
        return self.nodes[0].span[0], self.nodes[-1].span[1]


@dataclass(frozen=True, eq=False)
class Line:
    """One voice of a staff through all bars where it has beats."""

    track: Track
    staff: Staff
    bars: tuple[VoiceBar, ...]

    @property
    def moments(self) -> Iterator[Moment]:
        """Its beats in order of time."""
        return (moment for bar in self.bars for moment in bar.moments)


def lines_of(score: Score, origins: Origins) -> Iterator[Line]:
    """All voices of all staves that have beats, in order of the score."""
    for track, staff, bars in voices_of(score):
        found = [VoiceBar(place, master, voice.beats, origins.beats[place]) for place, master, voice in bars]
        yield Line(track, staff, tuple(found))


def voices_of(score: Score) -> Iterator[tuple[Track, Staff, list[tuple[Place, MasterBar, Voice]]]]:
    """All voices of all staves that have beats, in order of the score, with their bars that have some."""
    for number, track in enumerate(score.tracks):
        for index, staff in enumerate(track.staves):
            for voice in range(len(staff.bars[0].voices) if staff.bars else 0):
                found = [bar.voices[voice] for bar in staff.bars]
                bars = [
                    (Place(number, index, place, voice), master, part)
                    for place, (part, master) in enumerate(zip(found, score.master_bars, strict=True))
                    if part.beats
                ]
                if bars:
                    yield track, staff, bars


def nominal_duration(master: MasterBar) -> Fraction:
    """The time that the time signature of a bar asks for, in whole notes."""
    return _whole_notes(*master.time_signature)


def at_seam(masters: Sequence[MasterBar], number: int) -> bool:
    """Whether a part of the piece (a repeat, an ending, a section, the whole) ends or begins with a bar."""
    if number in (0, len(masters) - 1):
        return True
    bar, before, after = masters[number], masters[number - 1], masters[number + 1]
    begins = bar.repeat_start or bar.section or bar.endings or before.repeat_count or before.endings
    return bool(begins or bar.repeat_count or after.repeat_start or after.section or after.endings)


@cache
def _whole_notes(top: int, bottom: int) -> Fraction:
    return Fraction(top, bottom)
