"""What lints look at: the text, its tree, its music, and which node of the tree each beat of the music comes from."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from alphatex_eval.language import nodes, parse
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music import Origins, Score, TooManyBeatsError, load_with_origins
from alphatex_eval.music.lines import Line, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.nodes import Literal, Property, Span, Tag
    from alphatex_eval.music import Staff
    from alphatex_eval.music.score import Value


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
        return tuple(lines_of(self.score, self.origins))

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


def similes(staff: Staff) -> Iterator[int]:
    """The bars of a staff with a simile mark: they repeat what stands before and have no beats of their own."""
    return (number for number, bar in enumerate(staff.bars) if bar.is_simile)


def decimal(number: Value) -> str:
    """A number as it is written in a tab: 5/2 is 2.5."""
    is_broken = isinstance(number, Fraction) and number.denominator != 1
    return f"{float(number):g}" if is_broken else str(number)


def arguments_of(owner: Tag | Property) -> tuple[Literal, ...]:
    """The arguments, none where there is no list."""
    return owner.arguments.values if owner.arguments else ()
