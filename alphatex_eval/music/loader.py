r"""Text or document to score: what alphaTab's importer makes of the same text.

Two steps. Here the document is walked once, with the state that the semantic checker shares, and becomes drafts:
running durations, tuplets and dynamics are resolved, beats stand in their bars and voices. `assemble` then finishes the
drafts: ties, pitches, onsets, bars that are missing or superfluous.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alphatex_eval.language import parse
from alphatex_eval.language.context import Context, VoiceMode
from alphatex_eval.language.nodes import Document
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.assemble import assemble
from alphatex_eval.music.beats import read_beat
from alphatex_eval.music.drafts import BarDraft, MasterDraft, ScoreDraft, StaffDraft, TrackDraft
from alphatex_eval.music.score import TooManyBeatsError
from alphatex_eval.music.tags import number_at, set_bar, set_information, set_staff, set_track, text_at
from alphatex_eval.music.words import enum_word, values_of

if TYPE_CHECKING:
    from alphatex_eval.language.context import Due, Place
    from alphatex_eval.language.nodes import Bar, Beat, Literal, Tag
    from alphatex_eval.music.score import Score

BASS_CLEF = "f4"
STANDARD_NAMES = "defaults"
REPETITIONS = 100_000
"""How many beats `*` may add to a score: music never needs more, and `* 2147483648` would fill the memory."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Which nodes of the document the parts of a score come from.

    `beats` are the nodes of each voice of each bar, a node with `*` as often as it counts, so that they pair with the
    beats of the score. `bars` are the nodes with the place of their beats, `bar_tags` the tags with the bar that they
    set, `staff_tags` those with the (track, staff) that they set.
    """

    beats: dict[Place, list[Beat]] = field(default_factory=dict)
    bars: list[tuple[Place, Bar]] = field(default_factory=list)
    bar_tags: list[tuple[Place, Tag]] = field(default_factory=list)
    staff_tags: list[tuple[tuple[int, int], Tag]] = field(default_factory=list)


def load(source: str | Document) -> Score:
    r"""The score of a text or of a parsed document.

    Raises AlphaTexError for a text that is not alphaTex and TooManyBeatsError where `*`, or voices times bars, multiply
    beyond all music.
    What is grammatical but means nothing (a string that is not there, an unknown word) is left out: ask
    `alphatex_eval.language.check` whether alphaTab accepts the text.

    >>> score = load("\capo 2 3.6.8 r")
    >>> [(note.string, note.fret, note.pitch) for note in score.notes()]
    [(6, 3, 45)]
    >>> [beat.onset for beat in score.beats()]
    [Fraction(0, 1), Fraction(1, 8)]
    """
    return load_with_origins(source)[0]


def load_with_origins(source: str | Document) -> tuple[Score, Origins]:
    """As `load`, with the nodes that the score comes from."""
    document = source if isinstance(source, Document) else parse(source)
    loader = _Loader()
    return loader.load(document), loader.origins


class _Loader:
    """One walk over a document."""

    def __init__(self) -> None:
        self._context = Context()
        self._score = ScoreDraft()
        self._repetitions = 0
        self.origins = Origins()

    def load(self, document: Document) -> Score:
        for bar in document.bars:
            self._bar(bar)
        return assemble(self._score, self._context)

    def _bar(self, node: Bar) -> None:
        for tag in node.tags:
            self._tag(tag)
        self._apply(self._context.begin_beats())
        place = self._context.place
        self.origins.bars.append((place, node))
        bar = self._bar_at(place)
        if place.bar == 0 and self._context.current_staff.bass_clef:
            bar.clef = BASS_CLEF
        voice = bar.voice(place.voice)
        origins = self.origins.beats.setdefault(place, [])
        for beat in node.beats:
            draft = read_beat(self._context, bar, beat)
            if draft is not None:
                times = self._times(beat)
                voice += [draft] * times
                origins += [beat] * times
        if not voice:
            bar.silent.add(place.voice)
        self._context.end_bar(node)

    def _times(self, beat: Beat) -> int:
        """How often a beat counts, at least once."""
        if beat.multiplier is None:
            return 1
        more = max(int(beat.multiplier.number or 0) - 1, 0)
        self._repetitions += more
        if self._repetitions > REPETITIONS:
            raise TooManyBeatsError(f"`*` repeats more than {REPETITIONS:,} beats in all: use a smaller number")
        return 1 + more

    def _tag(self, tag: Tag) -> None:
        entry = vocabulary().tags.get(tag.key)
        if entry is None:
            return
        if entry.level == "structure":
            self._structure(tag)
        elif entry.level == "score":
            set_information(self._score, tag)
        elif entry.level == "staff":
            self._staff_tag(tag)
        else:
            self._apply(self._context.bar_tag(tag))

    def _structure(self, tag: Tag) -> None:
        context, score = self._context, self._score
        if tag.key == "voice":
            self._apply(context.voice())
        elif tag.key == "staff":
            due = context.staff()
            if len(context.current_track.staves) > len(score.tracks[-1].staves):
                score.tracks[-1].staves.append(StaffDraft())
            self._apply(due)
        else:
            due = context.track()
            if len(context.tracks) > len(score.tracks):
                score.tracks.append(TrackDraft())
            self._track_properties(tag)
            self._apply(due)

    def _track_properties(self, tag: Tag) -> None:
        set_track(self._score.tracks[-1], tag)
        for item in tag.properties.items if tag.properties else ():
            if item.key == "instrument" and values_of(item.arguments):
                self._context.track_instrument(values_of(item.arguments)[0])

    def _staff_tag(self, tag: Tag) -> None:
        self.origins.staff_tags.append(((len(self._score.tracks) - 1, len(self._score.tracks[-1].staves) - 1), tag))
        values = values_of(tag.arguments)
        if tag.key == "instrument" and values:
            self._context.instrument(values[0])
        elif tag.key == "tuning":
            self._context.tuning([value.text for value in values if value.text is not None])
        elif tag.key == "articulation":
            self._articulation(values)
        else:
            set_staff(self._score.tracks[-1].staves[-1], tag)

    def _articulation(self, values: tuple[Literal, ...]) -> None:
        name, names = text_at(values, 0), self._context.percussion
        if name == STANDARD_NAMES:
            names.add_standard(explicit=True)
        elif len(values) == 2:
            names.add(name, int(number_at(values, 1)))

    def _apply(self, due: Due) -> None:
        for place, tag in due:
            bar = self._bar_at(place)
            if tag.key == "voicemode":
                self._set_voice_mode(tag)
            set_bar(self._score.master_bars[place.bar], bar, tag)
            self.origins.bar_tags.append((place, tag))

    def _set_voice_mode(self, tag: Tag) -> None:
        word = enum_word("alphaTexVoiceMode", values_of(tag.arguments))
        self._context.voice_mode = VoiceMode(word) if word else self._context.voice_mode

    def _bar_at(self, place: Place) -> BarDraft:
        """The draft of a bar; it and its master bar are made when they are met first and inherit from those before."""
        masters, bars = self._score.master_bars, self._score.tracks[place.track].staves[place.staff].bars
        while len(masters) <= place.bar:
            masters.append(masters[-1].following() if masters else MasterDraft())
        while len(bars) <= place.bar:
            bars.append(bars[-1].following() if bars else BarDraft())
        return bars[place.bar]
