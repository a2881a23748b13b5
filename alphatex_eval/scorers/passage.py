"""What the scorers share: a subject's text checked, parsed and loaded once, with the part that the model wrote marked.

A beat, note or bar is the model's own when it begins in the completion, or, for a bar, when some beat of it does. A
prompt that is no beginning of any alphaTex (say `Song Title: `) is left out and the completion is judged as a text of
its own. Where a text is cut off or wrong, the music is read up to its last good bar line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language import AlphaTexError, check
from alphatex_eval.language.context import Place
from alphatex_eval.language.diagnostics import Report, Severity, Verdict
from alphatex_eval.language.reading import Reading
from alphatex_eval.music.lines import nominal_duration, voices_of
from alphatex_eval.music.loader import load_outlines
from alphatex_eval.music.score import TooManyBeatsError
from alphatex_eval.scorers.lazy import lazy
from alphatex_eval.scorers.results import FinishReason, Subject
from alphatex_eval.scorers.traits import NO_TRAITS, BarTraits, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from alphatex_eval.language.nodes import Document, Span, Tag
    from alphatex_eval.language.outline import Outline
    from alphatex_eval.music.loader import Places
    from alphatex_eval.music.score import Beat, MasterBar, Score, Staff, Track, Voice
    from alphatex_eval.scorers.traits import Traits

    Sounding = tuple[Place, MasterBar, Voice]
    PlacedBar = tuple[Place, MasterBar, tuple[Beat, ...], Sequence[Span]]

ATTEMPTS = 4
SIMILE = "simile"
BARS_BACK = {"simple": 1, "firstofdouble": 2, "secondofdouble": 2}
"""How far before a bar with a simile mark the one stands that it has played again."""

STRING_OR_SPACE = re.compile(
    r"""("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')|("(?:[^"\\]|\\.)*+|'(?:[^'\\]|\\.)*+)|//[^\n]*|/\*.*?(?:\*/|$)|\s+""",
    re.DOTALL,
)
"""A string, a string without end, or what means nothing. Every character is looked at a few times at most."""
BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|$))*+", re.DOTALL)


class Event(NamedTuple):
    """A beat with its place in `Subject.text`, the number of its bar from 0, whether the model wrote it, its traits."""

    beat: Beat
    span: Span
    bar: int
    own: bool
    traits: Traits


class JudgedBar:
    """A bar of one voice of one staff with at least one beat; `own` if the model wrote or finished it.

    `traits` are those of all its beats, `own_traits` those of the beats that the model wrote.
    """

    __slots__ = (
        "_beats",
        "_events",
        "_spans",
        "_start",
        "last",
        "master",
        "number",
        "own",
        "own_traits",
        "traits",
    )

    def __init__(
        self, number: int, master: MasterBar, beats: tuple[Beat, ...], spans: Sequence[Span], start: int, *, last: bool
    ) -> None:
        """`spans` are the places of the beats; the model wrote those from `start` on."""
        self.number = number
        self.master = master
        self.traits = traits_of(beats)
        self.last = last
        self.own = not start or spans[-1][0] >= start
        self._beats = beats
        self._spans = spans
        self._start = start
        self._events: tuple[Event, ...] | None = None
        self.own_traits = self._own_traits() if start else self.traits

    @property
    def nominal(self) -> Fraction:
        """How much time its time signature asks for, in whole notes."""
        return nominal_duration(self.master)

    @property
    def filled(self) -> Fraction:
        """How much time its beats take, in whole notes."""
        return self._beats[-1].end

    @property
    def excess(self) -> int:
        """Less than 0 where its beats take less time than its time signature asks for, more where they take more."""
        (time, of), (top, bottom) = self.traits.filled, self.master.time_signature
        return time * bottom - top * of

    @property
    def span(self) -> Span:
        """From its first beat to its last."""
        return self._spans[0][0], self._spans[-1][1]

    @property
    def own_span(self) -> Span:
        """From the first beat that the model wrote to the last, which it did if the bar is its own."""
        return next(begin for begin, _ in self._spans if begin >= self._start), self._spans[-1][1]

    @property
    def events(self) -> tuple[Event, ...]:
        """Its beats in order of time."""
        if self._events is None:
            owned = [begin >= self._start for begin, _ in self._spans]
            numbers = [self.number] * len(owned)
            self._events = tuple(map(Event, self._beats, self._spans, numbers, owned, self.traits.beats))
        return self._events

    def own_spans(self, chosen: Sequence[bool]) -> list[Span]:
        """The places of the beats that the model wrote and that are chosen among all of the bar."""
        return [span for span, one in zip(self._spans, chosen, strict=True) if one and span[0] >= self._start]

    @property
    def owned_steps(self) -> list[bool]:
        """For each step of a line in it, whether the model wrote it."""
        steps = self.traits.steps
        if self.own_traits is self.traits or not self.own_traits.beats:
            return [self.own] * len(steps)
        return [event.own for event in self.events if event.traits.is_step]

    def _own_traits(self) -> BarTraits:
        own = [begin >= self._start for begin, _ in self._spans]
        if all(own):
            return self.traits
        return BarTraits(list(compress(self.traits.beats, own))) if any(own) else NO_TRAITS


@dataclass(frozen=True, eq=False)
class Line:
    """One voice of a staff from its first to its last beat."""

    track: Track
    staff: Staff
    bars: tuple[JudgedBar, ...]

    @property
    def is_percussion(self) -> bool:
        """Whether it is of drums."""
        return self.staff.kind == "percussion"

    @lazy
    def is_own(self) -> bool:
        """Whether the model wrote some of it."""
        return any(bar.own for bar in self.bars)

    @lazy
    def is_all_own(self) -> bool:
        """Whether the model wrote every beat of it."""
        return all(bar.own_traits is bar.traits for bar in self.bars)

    @lazy
    def events(self) -> tuple[Event, ...]:
        """Its beats in order of time."""
        return tuple([event for bar in self.bars for event in bar.events])

    @lazy
    def own(self) -> tuple[Event, ...]:
        """The events that the model wrote."""
        return tuple([event for event in self.events if event.own])


def own_span(lines: Sequence[Line]) -> Span:
    """From the first to the last thing that the model wrote of `lines`, each of which it wrote something of."""
    first = next(bar for bar in lines[0].bars if bar.own)
    last = next(bar for bar in reversed(lines[-1].bars) if bar.own)
    return first.own_span[0], last.own_span[1]


class Passage:
    """The analysis of one subject; everything is worked out when first asked for."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        alone = _is_foreign(subject.prompt)
        self.text = subject.completion if alone else subject.text
        self.offset = len(subject.prompt) if alone else 0
        self.start = 0 if alone else len(subject.prompt)

    @lazy
    def _reading(self) -> Reading:
        return Reading(self.text)

    @property
    def report(self) -> Report:
        """The checker's judgement of the text."""
        return self._reading.report

    @property
    def cut_off(self) -> bool:
        """Whether the generator ran out of tokens."""
        return self.subject.finish_reason is FinishReason.LENGTH

    @property
    def sound(self) -> bool:
        """Whether the text is whole, or only lacks its end because the generator ran out of tokens."""
        if self.report.accepted:
            return True
        return self.cut_off and self.report.verdict is Verdict.TRUNCATED

    @property
    def valid_share(self) -> float:
        """The share of the completion before its first error, 0 to 1; 1 without error, 0 for none of it.

        Blanks and comments are not counted.
        """
        if self.sound:
            return 1.0
        written = weight(self.text[self.start :])
        return weight(self.text[self.start : self.report.valid_prefix]) / written if written else 0.0

    @property
    def first_error(self) -> tuple[str, Span]:
        """What the checker objects to first and where in `Subject.text`; the end of the text where it names nothing."""
        errors = [found for found in self.report.diagnostics if found.severity is Severity.ERROR]
        if not errors:
            return "the text stops in the middle", self.place(len(self.text), len(self.text))
        return f"{errors[0].code}: {errors[0].message}", self.place(errors[0].start, errors[0].end)

    def place(self, start: int, end: int, shift: int = 0) -> Span:
        """A span of the judged text, or one that counts from `shift` on, as a span of `Subject.text`."""
        return start + shift + self.offset, end + shift + self.offset

    @lazy
    def _read(self) -> tuple[list[Outline], Score, Places] | None:
        for end in self._ends():
            try:
                bars = self._reading.bars(end)
                return bars, *load_outlines(bars)
            except (AlphaTexError, TooManyBeatsError):
                continue
        return None

    def _ends(self) -> Iterator[int]:
        """The end of the text, or that of its good part: one of the last bar lines."""
        if self.report.accepted:
            yield len(self.text)
            return
        end, left = self.report.valid_prefix, ATTEMPTS
        while left and (end := self.text.rfind("|", 0, end)) >= self.start:
            if not self._reading.is_comment(end):
                left -= 1
                yield end + 1

    @property
    def bars(self) -> list[Outline]:
        """The bars of the text or of its good part, none where nothing can be read."""
        return self._read[0] if self._read else []

    @lazy
    def document(self) -> Document | None:
        """The syntax tree of the text or of its good part; None where nothing can be read."""
        return self._reading.document(self._read[0]) if self._read else None

    @property
    def score(self) -> Score | None:
        """The music of the text or of its good part; None where nothing can be read."""
        return self._read[1] if self._read else None

    @lazy
    def tags(self) -> tuple[tuple[Tag, int], ...]:
        """The tags of the document in order, each with how many characters it stands behind its span."""
        tagged = [bar for bar in self.bars if bar.tags]
        return tuple([item for bar in tagged for item in zip(bar.tags, bar.shifts, strict=True)])

    @lazy
    def lines(self) -> tuple[Line, ...]:
        """All voices with at least one beat."""
        if self._read is None:
            return ()
        _, score, places = self._read
        return tuple(
            Line(track, staff, tuple(self._judged_bars(self._with_similes(staff, bars, places))))
            for track, staff, bars in voices_of(score)
        )

    @lazy
    def _similes(self) -> dict[tuple[int, int], dict[int, Span]]:
        """The places of all bars by staff and number where the text has simile marks; nothing where it has none."""
        found: defaultdict[tuple[int, int], dict[int, Span]] = defaultdict(dict)
        if self._read is not None and any(tag.key == SIMILE for tag, _ in self.tags):
            for place, node in self._read[2].bars:
                found[place.track, place.staff][place.bar] = node.span
        return found

    def _with_similes(self, staff: Staff, bars: Sequence[Sounding], places: Places) -> list[PlacedBar]:
        """The bars of a voice with the places of their beats, also those that a simile mark has played again."""
        written = [(place, master, voice.beats, places.beats[place]) for place, master, voice in bars]
        track, index, _, voice = bars[0][0]
        marks = self._similes.get((track, index))
        if marks is None:
            return written
        played = {bar[0].bar: bar for bar in written}
        for number, span in sorted(marks.items()):
            bar = staff.bars[number] if number < len(staff.bars) else None
            if bar is not None and bar.is_simile and bar.is_empty and (number - BARS_BACK[bar.simile]) in played:
                _, master, beats, _ = played[number - BARS_BACK[bar.simile]]
                played[number] = Place(track, index, number, voice), master, beats, [span] * len(beats)
        return [played[number] for number in sorted(played)]

    def _judged_bars(self, bars: Sequence[PlacedBar]) -> Iterator[JudgedBar]:
        last, offset = bars[-1][0].bar, self.offset
        for place, master, beats, spans in bars:
            if offset:
                spans = [self.place(*span) for span in spans]
            yield JudgedBar(place.bar, master, beats, spans, self.start + offset, last=place.bar == last)

    @lazy
    def declares_key(self) -> bool:
        """Whether the text, prompt included, has a key signature."""
        return any(tag.key == "ks" for tag, _ in self.tags)

    @lazy
    def events(self) -> tuple[Event, ...]:
        """The events of all voices, those of the prompt included; most scorers need only the bars of the lines."""
        return tuple([event for line in self.lines for event in line.events])

    @lazy
    def own(self) -> tuple[Event, ...]:
        """The events that the model wrote, of all voices."""
        return tuple([event for event in self.events if event.own])

    @lazy
    def own_beats(self) -> int:
        """How many beats the model wrote, in all voices."""
        return sum([len(bar.own_traits.beats) for line in self.lines for bar in line.bars])

    @lazy
    def has_given_beats(self) -> bool:
        """Whether there are beats that the prompt wrote."""
        return not all(line.is_all_own for line in self.lines)

    @lazy
    def voices(self) -> tuple[tuple[JudgedBar, ...], ...]:
        """The bars of each line, without the one in which the generator ran out of tokens."""
        whole = not self.cut_off or self._ends_with_bar_line
        return tuple(line.bars if whole else line.bars[:-1] for line in self.lines)

    @lazy
    def empty_bars(self) -> tuple[Span, ...]:
        """The places of bars that the model ended although nobody plays or rests in them."""
        if self._read is None:
            return ()
        _, score, places = self._read
        return tuple(
            self.place(*node.span)
            for place, node in places.bars
            if not node.beats and node.bar_line and node.span[1] > self.start and _is_silent(score, place)
        )

    @property
    def _ends_with_bar_line(self) -> bool:
        return bool(self.bars and self.bars[-1].bar_line)


def _is_silent(score: Score, place: Place) -> bool:
    """Whether no voice of the staff has a beat in a bar, which does not say that the bars before are played again."""
    bars = score.tracks[place.track].staves[place.staff].bars
    return place.bar >= len(bars) or (bars[place.bar].is_empty and not bars[place.bar].is_simile)


def is_blank(text: str) -> bool:
    """Whether a text has nothing but blanks and comments."""
    return BLANK.fullmatch(text) is not None


def weight(text: str) -> int:
    """The number of characters of a text without blanks and comments."""
    return len(STRING_OR_SPACE.sub(lambda found: found[1] or "".join((found[2] or "").split()), text))


@lru_cache(maxsize=1024)
def _is_foreign(prompt: str) -> bool:
    """Whether no continuation can make a prompt alphaTex."""
    return bool(prompt) and check(prompt).verdict is Verdict.INVALID


_latest = Passage(Subject(completion=""))


def passage(subject: Subject) -> Passage:
    """The analysis of a subject, shared by the scorers that judge it one after the other."""
    global _latest
    found = _latest
    if found.subject is not subject:
        found = _latest = Passage(subject)
    return found
