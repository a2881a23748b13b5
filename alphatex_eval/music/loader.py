r"""Text or document to score: what alphaTab's importer makes of the same text.

Two steps. Here the document is walked once, with the state that the semantic checker shares, and becomes drafts:
running durations, tuplets and dynamics are resolved, beats stand in their bars and voices. `assemble` then finishes the
drafts: ties, pitches, onsets, bars that are missing or superfluous.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from alphatex_eval.language import parse
from alphatex_eval.language.context import Context, VoiceMode
from alphatex_eval.language.nodes import Document, Span
from alphatex_eval.language.outline import Outline
from alphatex_eval.language.vocabulary import vocabulary
from alphatex_eval.music.assemble import assemble
from alphatex_eval.music.beats import read_beat, read_known_beats
from alphatex_eval.music.drafts import BarDraft, MasterDraft, ScoreDraft, StaffDraft, TrackDraft
from alphatex_eval.music.score import TooManyBeatsError
from alphatex_eval.music.tags import number_at, set_bar, set_information, set_staff, set_track, text_at
from alphatex_eval.music.words import enum_word, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.language.context import Due, Place
    from alphatex_eval.language.nodes import Bar, Beat, Literal, Tag
    from alphatex_eval.music.drafts import BeatDraft
    from alphatex_eval.music.score import Score

BASS_CLEF = "f4"
STANDARD_NAMES = "defaults"
REPETITIONS = 100_000
"""How many beats `*` may add to a score: music never needs more, and `* 2147483648` would fill the memory."""


BeatOrigin = TypeVar("BeatOrigin")
BarOrigin = TypeVar("BarOrigin", "Bar", "Outline")


@dataclass(frozen=True, slots=True)
class _Sources(Generic[BeatOrigin, BarOrigin]):
    beats: dict[Place, Sequence[BeatOrigin]] = field(default_factory=dict)
    bars: list[tuple[Place, BarOrigin]] = field(default_factory=list)
    bar_tags: list[tuple[Place, Tag]] = field(default_factory=list)
    staff_tags: list[tuple[tuple[int, int], Tag]] = field(default_factory=list)

    def add(self, place: Place, beats: Sequence[BeatOrigin]) -> None:
        """The next beats of a voice of a bar; mostly they are all that it has."""
        before: Sequence[BeatOrigin] | None = self.beats.get(place)
        self.beats[place] = beats if before is None else list(before) + list(beats)


_AnySources = _Sources[Any, Any]


class Origins(_Sources["Beat", "Bar"]):
    """Which nodes of the document the parts of a score come from.

    `beats` are the nodes of each voice of each bar, a node with `*` as often as it counts, so that they pair with the
    beats of the score. `bars` are the nodes with the place of their beats, `bar_tags` the tags with the bar that they
    set, `staff_tags` those with the (track, staff) that they set.
    """


class Places(_Sources[Span, Outline]):
    """Where the parts of a score stand in the text: as `Origins`, with the spans of beats and the outlines of bars."""


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
    loader, origins = _Loader(), Origins()
    for bar in document.bars:
        loader.take(bar, bar.beats, origins)
    return loader.finish(), origins


def load_outlines(bars: Sequence[Outline]) -> tuple[Score, Places]:
    """As `load_with_origins`, without nodes of beats at their places. Raises TooManyBeatsError."""
    loader, places = _Loader(), Places()
    for bar in bars:
        loader.take(bar, bar.spans, places)
    return loader.finish(), places


class _Loader:
    """One walk over a document."""

    def __init__(self) -> None:
        self._context = Context()
        self._score = ScoreDraft()
        self._repetitions = 0

    def finish(self) -> Score:
        """The score of the bars that were taken."""
        return assemble(self._score, self._context)

    def take(self, node: BarOrigin, origins: Sequence[BeatOrigin], sources: _Sources[BeatOrigin, BarOrigin]) -> None:
        """The next bar, with an origin for each of its beats."""
        if self._take_known(node, origins, sources):
            return
        context = self._context
        for tag in node.tags:
            self._tag(tag, sources)
        if due := context.begin_beats():
            self._apply(due, sources)
        place = context.place
        sources.bars.append((place, node))
        bar = self._bar_at(place)
        if place.bar == 0 and context.current_staff.bass_clef:
            bar.clef = BASS_CLEF
        voice = bar.voice(place.voice)
        looked_up = node.known if isinstance(node, Outline) else None
        known = None if looked_up is None else read_known_beats(context, looked_up)
        if known is not None:
            voice += known
        else:
            origins = list(self._read(node.beats, origins, bar, voice))
        sources.add(place, origins)
        if not voice:
            bar.silent |= {place.voice}
        played = looked_up is not None or any(beat.content is not None for beat in node.beats)
        context.end_bar(played=played, bar_line=node.bar_line)

    def _take_known(self, node: BarOrigin, origins: Sequence[Any], sources: _AnySources) -> bool:
        """Take a bar of known beats between bar lines, without tags; False for any other."""
        context = self._context
        if not isinstance(node, Outline) or node.known is None or node.tags or not node.bar_line:
            return False
        if not context.is_between_bar_lines or (known := read_known_beats(context, node.known)) is None:
            return False
        place = context.place_in(context.pass_bars())
        sources.bars.append((place, node))
        voice = self._bar_at(place).voice(place.voice)
        voice += known
        sources.add(place, origins)
        return True

    def _read(
        self, beats: Sequence[Beat], origins: Sequence[BeatOrigin], bar: BarDraft, voice: list[BeatDraft]
    ) -> Iterator[BeatOrigin]:
        """Add beats to a voice one by one, and give the origin of each as often as it counts."""
        for beat, origin in zip(beats, origins, strict=True):
            draft = read_beat(self._context, bar, beat)
            if draft is not None:
                times = self._times(beat)
                voice += [draft] * times if not draft.tempos else self._with_tempo(draft, times)
                yield from [origin] * times

    def _with_tempo(self, draft: BeatDraft, times: int) -> list[BeatDraft]:
        """A beat that changes the tempo, as often as it counts: only the first changes it."""
        master = self._score.master_bars[self._context.place.bar]
        master.beat_tempo_first = master.beat_tempo_first or 0 not in master.tempos
        return [draft] + [replace(draft, tempos=[])] * (times - 1)

    def _times(self, beat: Beat) -> int:
        """How often a beat counts, at least once."""
        if beat.multiplier is None:
            return 1
        more = max(int(beat.multiplier.number or 0) - 1, 0)
        self._repetitions += more
        if self._repetitions > REPETITIONS:
            raise TooManyBeatsError(f"`*` repeats more than {REPETITIONS:,} beats in all: use a smaller number")
        return 1 + more

    def _tag(self, tag: Tag, sources: _AnySources) -> None:
        entry = vocabulary().tags.get(tag.key)
        if entry is None:
            return
        if entry.level == "structure":
            self._structure(tag, sources)
        elif entry.level == "score":
            set_information(self._score, tag)
        elif entry.level == "staff":
            self._staff_tag(tag, sources)
        else:
            self._apply(self._context.bar_tag(tag), sources)

    def _structure(self, tag: Tag, sources: _AnySources) -> None:
        context, score = self._context, self._score
        if tag.key == "voice":
            self._apply(context.voice(), sources)
        elif tag.key == "staff":
            due = context.staff()
            if len(context.current_track.staves) > len(score.tracks[-1].staves):
                score.tracks[-1].staves.append(StaffDraft())
            self._apply(due, sources)
        else:
            due = context.track()
            if len(context.tracks) > len(score.tracks):
                score.tracks.append(TrackDraft())
            self._track_properties(tag)
            self._apply(due, sources)

    def _track_properties(self, tag: Tag) -> None:
        set_track(self._score.tracks[-1], tag)
        for item in tag.properties.items if tag.properties else ():
            if item.key == "instrument" and values_of(item.arguments):
                self._context.track_instrument(values_of(item.arguments)[0])

    def _staff_tag(self, tag: Tag, sources: _AnySources) -> None:
        sources.staff_tags.append(((len(self._score.tracks) - 1, len(self._score.tracks[-1].staves) - 1), tag))
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

    def _apply(self, due: Due, sources: _AnySources) -> None:
        for place, tag in due:
            bar = self._bar_at(place)
            if tag.key == "voicemode":
                self._set_voice_mode(tag)
            set_bar(self._score.master_bars[place.bar], bar, tag)
            sources.bar_tags.append((place, tag))

    def _set_voice_mode(self, tag: Tag) -> None:
        word = enum_word("alphaTexVoiceMode", values_of(tag.arguments))
        self._context.voice_mode = VoiceMode(word) if word else self._context.voice_mode

    def _bar_at(self, place: Place) -> BarDraft:
        """The draft of a bar; it and its master bar are made when they are met first and inherit from those before."""
        bars = self._score.tracks[place.track].staves[place.staff].bars
        if place.bar < len(bars):
            return bars[place.bar]
        masters = self._score.master_bars
        while len(masters) <= place.bar:
            masters.append(masters[-1].following() if masters else MasterDraft())
        while len(bars) <= place.bar:
            bars.append(bars[-1].following() if bars else BarDraft())
        return bars[place.bar]
