"""What lints look at: the text, its tree, its music, and which node of the tree each beat of the music comes from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from alphatex_eval.language import nodes, parse
from alphatex_eval.language.context import Place
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music import (
    Beat,
    MasterBar,
    Note,
    Origins,
    Score,
    Staff,
    TooManyBeatsError,
    Track,
    load_with_origins,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.nodes import Literal, Property, Span, Tag


@dataclass(frozen=True, slots=True)
class Moment:
    """A beat of the music and the node that spells it."""

    beat: Beat
    node: nodes.Beat

    @property
    def notes(self) -> Iterator[tuple[Note, nodes.Note]]:
        """The notes with their nodes; none for a dead slap, which has no note of its own."""
        return zip(self.beat.notes, self.node.notes, strict=False)


@dataclass(frozen=True, slots=True)
class VoiceBar:
    """One voice of one bar, with at least one beat."""

    place: Place
    master: MasterBar
    moments: tuple[Moment, ...]

    @property
    def filled(self) -> Fraction:
        """The time that its beats take, in whole notes."""
        return self.moments[-1].beat.end

    @property
    def nominal(self) -> Fraction:
        """The time that its time signature asks for, in whole notes."""
        return Fraction(*self.master.time_signature)

    @property
    def span(self) -> Span:
        """From its first beat to its last."""
        return self.moments[0].node.span[0], self.moments[-1].node.span[1]


@dataclass(frozen=True, slots=True)
class Line:
    """One voice of a staff through all bars where it has beats."""

    track: Track
    staff: Staff
    bars: tuple[VoiceBar, ...]

    @property
    def moments(self) -> Iterator[Moment]:
        """Its beats in order of time."""
        return (moment for bar in self.bars for moment in bar.moments)


class Piece:
    """An accepted text, read as far as somebody asks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.document = parse(text)

    @cached_property
    def _loaded(self) -> tuple[Score, Origins] | TooManyBeatsError:
        """The music or why there is none, so that nobody tries again in vain."""
        try:
            return load_with_origins(self.document)
        except TooManyBeatsError as error:
            return error

    @property
    def _music(self) -> tuple[Score, Origins]:
        if isinstance(self._loaded, TooManyBeatsError):
            raise self._loaded
        return self._loaded

    @property
    def score(self) -> Score:
        """The music. Raises TooManyBeatsError."""
        return self._music[0]

    @property
    def origins(self) -> Origins:
        """The nodes that the music comes from. Raises TooManyBeatsError."""
        return self._music[1]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All voices of all staves that have beats."""
        return tuple(
            Line(track, staff, bars)
            for number, track in enumerate(self.score.tracks)
            for index, staff in enumerate(track.staves)
            for voice in range(len(staff.bars[0].voices))
            if (bars := tuple(self._voice_bars(staff, (number, index, voice))))
        )

    def _voice_bars(self, staff: Staff, where: tuple[int, int, int]) -> Iterator[VoiceBar]:
        track, index, voice = where
        for number, (bar, master) in enumerate(zip(staff.bars, self.score.master_bars, strict=True)):
            beats = bar.voices[voice].beats
            place = Place(track, index, number, voice)
            if beats:
                written = self.origins.beats[place]
                yield VoiceBar(place, master, tuple(map(Moment, beats, written)))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """All tags in order of the text."""
        return tuple(tag for bar in self.document.bars for tag in bar.tags)

    @cached_property
    def beats(self) -> tuple[nodes.Beat, ...]:
        """All beats in order of the text, each once."""
        return tuple(beat for bar in self.document.bars for beat in bar.beats)

    @cached_property
    def _properties(self) -> dict[str, list[Property]]:
        found: dict[str, list[Property]] = defaultdict(list)
        for beat in self.beats:
            blocks = [beat.duration_change.properties if beat.duration_change else None]
            blocks += [*(note.properties for note in beat.notes), beat.properties]
            for item in items_of(*blocks):
                found[item.key].append(item)
        return found

    def properties(self, *keys: str) -> Iterator[Property]:
        """The properties of notes, beats and duration changes with one of the names."""
        return (item for key in keys for item in self._properties.get(key, ()))

    def tag_properties(self, *keys: str) -> Iterator[Property]:
        """The properties of tags with one of the names."""
        return (item for tag in self.tags for item in items_of(tag.properties) if item.key in keys)

    def bar_tags(self, key: str) -> dict[int, Tag]:
        """The first tag of a name in each bar of the score where there is one."""
        found: dict[int, Tag] = {}
        for place, tag in self.origins.bar_tags:
            if tag.key == key:
                found.setdefault(place.bar, tag)
        return found


def items_of(*blocks: nodes.Properties | None) -> Iterator[Property]:
    """The properties of some blocks."""
    return (item for block in blocks if block is not None for item in block.items)


def scopes_of(beat: nodes.Beat) -> Iterator[Sequence[Property]]:
    """The properties of each note of a beat, then those of the beat itself, wherever they are written."""
    own = list(items_of(beat.properties))
    for note in beat.notes:
        items = list(items_of(note.properties))
        yield [item for item in items if item.key in vocabulary().note_properties]
        own += [item for item in items if item.key not in vocabulary().note_properties]
    yield own


def numbers_of(owner: Tag | Property) -> list[tuple[int | Fraction, Span]]:
    """The numbers among the arguments with their places."""
    return [(value.number, value.span) for value in arguments_of(owner) if value.number is not None]


def arguments_of(owner: Tag | Property) -> tuple[Literal, ...]:
    """The arguments, none where there is no list."""
    return owner.arguments.values if owner.arguments else ()
