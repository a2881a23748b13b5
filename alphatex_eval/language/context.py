r"""What a place in a document means: which bar of which voice comes next, which strings and note kind its staff has.

alphaTex has no nesting: `\track`, `\staff` and `\voice` are tags that switch where this bar and the following ones
go, and the rules are full of first-use exceptions. `Context` is that state. The semantic checker and the loader of
scores both drive it with the same events, in the order of the text:

    context = Context()
    for bar in document.bars:
        for tag in bar.tags:
            track, staff, voice   → due = context.track() | context.staff() | context.voice()
            a bar-level tag       → due = context.bar_tag(tag)
            instrument            → context.instrument(argument)
            track {instrument …}  → context.track_instrument(argument)
            tuning                → context.tuning(its texts)
            articulation          → context.percussion.add_standard(explicit=True) | .add(name, number)
        due = context.begin_beats()
        for each note             → context.percussion_number(name), context.settle(kind)
        context.end_bar(played=…, bar_line=…)

`due` are the bar-level tags that take effect now, with their bar: before the first bar of the score exists they wait,
so that `\ts (3 4) \track "A"` reaches the bar of track A. `\voicemode` is such a tag: set `context.voice_mode` when
it is due. A tag that is rejected for its arguments must not be reported here, a bar-level tag always. The object is
plain data: `copy()` gives an independent state. Facts: alphaTab 1.8.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from alphatex_eval.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alphatex_eval.language.nodes import Literal, Tag

Value = str | int | Fraction

MIDI_OCTAVE = 12
MIDI_PROGRAMS = 128
DEFAULT_PROGRAM = 25
PERCUSSION_PROGRAM = 0
PERCUSSION = "percussion"
PITCHED_TUNINGS = frozenset({"piano", "none", "voice"})
OCTAVE_DIGITS = 9


@lru_cache(maxsize=4096)
def pitch_of(name: str) -> int | None:
    """The MIDI pitch of a note name such as `c4` (60), `Bb3` or `f##5`, None for any other text.

    A letter, then digits and an accidental in any order: the digits together are the octave, which is unbounded; of a
    longer number only the first digits count, since no instrument tells such octaves apart.
    """
    digits = "".join(character for character in name if character in "0123456789")
    accidental = "".join(character for character in name[1:] if character not in "0123456789").lower()
    letters, accidentals = _pitch_tables()
    letter = letters.get(name[:1].lower())
    if letter is None or not digits or accidental not in accidentals or not name[0].isascii():
        return None
    octave = int(digits.lstrip("0")[:OCTAVE_DIGITS] or "0")
    return (octave + 1) * MIDI_OCTAVE + letter + accidentals[accidental]


def program_of(name: str) -> int:
    """The MIDI program of an instrument name; any unknown name is a grand piano (0), as in alphaTab."""
    programs: dict[str, int] = vocabulary().data["instruments"]
    return programs.get(name.lower().replace(" ", ""), 0)


@cache
def default_strings(program: int) -> tuple[int, ...]:
    """The open strings (MIDI pitches, string 1 first) that alphaTab gives a program, none for most programs."""
    for entry in vocabulary().data["default_tunings"]:
        if entry["first_program"] <= program <= entry["last_program"]:
            return tuple(entry["strings"])
    return ()


def is_bass(program: int) -> bool:
    """Whether a program is one of the basses, whose first bar gets the bass clef."""
    return 32 <= program <= 39


@cache
def _pitch_tables() -> tuple[dict[str, int], dict[str, int]]:
    pitch: dict[str, dict[str, int]] = vocabulary().data["pitch"]
    return pitch["letters"], pitch["accidentals"]


@cache
def _standard_percussion(explicit: bool) -> dict[str, int]:
    entries: list[dict[str, Any]] = vocabulary().data["percussion"]["names"]
    known = [entry for entry in entries if explicit or not entry.get("explicit_defaults_only")]
    return {name.lower(): entry["id"] for entry in known for name in (entry["name"], entry["short"])}


class NoteKind(StrEnum):
    """What the notes of a staff are: names (`c4`), frets on strings (`3.3`) or percussion articulations."""

    PITCHED = "pitched"
    FRETTED = "fretted"
    PERCUSSION = "percussion"


class VoiceMode(StrEnum):
    r"""What `\voice` does: start the next voice at bar 1 of the staff, or start the next voice of the same bar."""

    STAFF_WISE = "staffwise"
    BAR_WISE = "barwise"


class Place(NamedTuple):
    """A bar of a staff and a voice in it, all counted from 0."""

    track: int
    staff: int
    bar: int
    voice: int


Due = list[tuple[Place, "Tag"]]


@dataclass(slots=True)
class StaffState:
    """A staff so far. `strings` are the MIDI pitches of its open strings, string 1 first; `kind` None is undecided.

    `derived` tells that the strings follow from program or tuning and need no new look; `filled` has one entry a bar:
    whether its first voice has a beat.
    """

    strings: tuple[int, ...] = ()
    kind: NoteKind | None = None
    explicit_tuning: bool = False
    derived: bool = False
    percussion: bool = False
    bass_clef: bool = False
    voices: int = 1
    filled: list[bool] = field(default_factory=list)

    def settle(self, kind: NoteKind) -> None:
        """Make it a staff of this kind: pitched and percussion staves have no strings."""
        self.kind = kind
        self.percussion = kind is NoteKind.PERCUSSION
        if kind is not NoteKind.FRETTED:
            self.strings = ()

    def derive_strings(self, program: int) -> None:
        r"""Take the strings that the MIDI program implies, once, unless `\tuning` gave them."""
        if not self.derived and not self.explicit_tuning:
            fallback = default_strings(DEFAULT_PROGRAM) if self.kind is NoteKind.FRETTED else ()
            self.strings = default_strings(program) or fallback
            self.bass_clef = self.bass_clef or is_bass(program)
        self.derived = True

    def copy(self) -> StaffState:
        """An independent staff in the same state."""
        return StaffState(
            self.strings,
            self.kind,
            self.explicit_tuning,
            self.derived,
            self.percussion,
            self.bass_clef,
            self.voices,
            self.filled.copy(),
        )


@dataclass(slots=True)
class TrackState:
    """A track so far: its MIDI program and its staves, of which the last one is written to."""

    program: int = DEFAULT_PROGRAM
    staves: list[StaffState] = field(default_factory=lambda: [StaffState(default_strings(DEFAULT_PROGRAM))])

    def copy(self, *, whole: bool) -> TrackState:
        """An independent track in the same state, which shares all staves but the last unless it is `whole`."""
        finished = 0 if whole else len(self.staves) - 1
        return TrackState(self.program, self.staves[:finished] + [staff.copy() for staff in self.staves[finished:]])


@dataclass(slots=True)
class Running:
    """What holds until changed: note value (4 = quarter), tuplet (numerator, denominator) and dynamics."""

    duration: int = 4
    tuplet: tuple[Value, Value] | None = None
    dynamics: str = "f"

    def copy(self) -> Running:
        """The same values, which change independently."""
        return Running(self.duration, self.tuplet, self.dynamics)


class PercussionNames:
    """The percussion names of a document, lower case, with their articulation numbers; empty at first."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def copy(self) -> PercussionNames:
        """The same names, to which others can be added."""
        twin = PercussionNames()
        twin.numbers = self.numbers.copy()
        return twin

    def add(self, name: str, number: int) -> None:
        r"""Register one name, as `\articulation (name number)` does."""
        self.numbers[name.lower()] = number

    def add_standard(self, *, explicit: bool) -> None:
        r"""Register all standard names; two of them only where `\articulation defaults` asks (`explicit`)."""
        self.numbers.update(_standard_percussion(explicit))


@dataclass(slots=True)
class _Bar:
    """What has happened among the tags of the bar that is being read; `origin` is where its first switch led."""

    waiting: list[Tag] | None
    origin: tuple[int, int] = (0, 0)
    index: int | None = None
    new_track: bool = False
    new_staff: bool = False
    new_voice: bool = False

    def settle(self, origin: tuple[int, int]) -> list[Tag]:
        """The first bar of the score exists: hand over the waiting tags and start counting afresh."""
        tags, self.waiting = self.waiting or [], None
        self.origin = origin
        self.new_track = self.new_staff = self.new_voice = False
        return tags

    def copy(self) -> _Bar:
        """An independent bar in the same state."""
        waiting = None if self.waiting is None else self.waiting.copy()
        return _Bar(waiting, self.origin, self.index, self.new_track, self.new_staff, self.new_voice)


class Context:
    """The state between two events; see the module. `tracks[-1].staves[-1]` is the staff that is written to."""

    def __init__(self) -> None:
        self.tracks = [TrackState()]
        self.running = Running()
        self.percussion = PercussionNames()
        self.voice_mode = VoiceMode.STAFF_WISE
        self.bars = 0
        self._next_bar = 0
        self._voice = 0
        self._track_named = False
        self._staff_named = False
        self._voice_named = False
        self._bar_completed = False
        self._bar = _Bar([])

    def copy(self) -> Context:
        """An independent context in the same state. Finished tracks and staves are shared: nothing changes them."""
        twin = object.__new__(Context)
        twin.__dict__.update(self.__dict__)
        finished = 0 if self.waits else len(self.tracks) - 1
        twin.tracks = self.tracks[:finished] + [track.copy(whole=self.waits) for track in self.tracks[finished:]]
        twin.running, twin.percussion, twin._bar = self.running.copy(), self.percussion.copy(), self._bar.copy()
        return twin

    @property
    def waits(self) -> bool:
        """Whether bar-level tags wait for the first bar of the score."""
        return self._bar.waiting is not None

    @property
    def current_track(self) -> TrackState:
        """The track that is written to."""
        return self.tracks[-1]

    @property
    def current_staff(self) -> StaffState:
        """The staff that is written to; its `strings` bound the string numbers, from `begin_beats` on."""
        return self.tracks[-1].staves[-1]

    @property
    def place(self) -> Place:
        """Where the beats of this bar go; defined between `begin_beats` and `end_bar`."""
        assert self._bar.index is not None
        return self.place_in(self._bar.index)

    def place_in(self, bar: int) -> Place:
        """The present voice of a bar of the present staff."""
        return Place(len(self.tracks) - 1, len(self.tracks[-1].staves) - 1, bar, self._voice)

    @property
    def is_between_bar_lines(self) -> bool:
        """Whether a bar of the same voice comes next, and no tag has been met since the one before: see `pass_bars`."""
        bar = self._bar
        switched = bar.new_track or bar.new_staff or bar.new_voice
        fresh = bar.waiting is None and bar.index is None and self._bar_completed
        return fresh and not switched and self.tracks[-1].staves[-1].derived

    @property
    def voice_missing(self) -> bool:
        r"""Whether the bar lacks the voice of its beats: alphaTab crashes on `\staff \voice \voice \track`."""
        return self._voice >= self.current_staff.voices

    @property
    def _staff_at(self) -> tuple[int, int]:
        return len(self.tracks) - 1, len(self.current_track.staves) - 1

    def track(self) -> Due:
        r"""`\track`: names the implicit first track if nothing precedes it, else starts one."""
        self._voice_named = self._staff_named = False
        if self._track_named or self.bars:
            self._begin_staff()
            self.tracks.append(TrackState())
            self.running = Running(duration=self.running.duration)
        self._track_named = True
        again = self._bar.new_staff or self._bar.new_track
        if not again:
            self._bar.new_track, self._bar.origin = True, self._staff_at
        return self._after_switch(again)

    def staff(self) -> Due:
        r"""`\staff`: names the implicit first staff of a track that has no bars yet, else starts one."""
        self._voice_named = False
        if self._staff_named or self.current_track.staves[0].filled:
            self._append_staff()
        else:
            self._staff_named = True
        again = self._bar.new_staff
        if not again:
            self._bar.new_staff, self._bar.origin = True, self._staff_at
        return self._after_switch(again)

    def voice(self) -> Due:
        r"""`\voice`: names the implicit first voice or starts the next one, which forgets the running tuplet."""
        self._bar.new_voice = True
        if self._names_first_voice():
            self._voice_named = True
            return []
        self._voice += 1
        self.running.tuplet = None
        if self.voice_mode is VoiceMode.STAFF_WISE:
            self._next_bar = 0
        staff = self.current_staff
        if staff.filled:
            staff.voices = max(staff.voices, self._voice + 1)
        return []

    def bar_tag(self, tag: Tag) -> Due:
        """Any bar-level tag: it makes its bar exist, or waits while the score has none."""
        if self._bar.waiting is not None:
            self._bar.waiting.append(tag)
            return []
        self._enter_bar()
        return [(self.place, tag)]

    def instrument(self, value: Literal) -> None:
        r"""`\instrument`: as the track property, and the strings of this staff are derived anew at its next beats."""
        self.current_staff.derived = False
        self.track_instrument(value)

    def track_instrument(self, value: Literal) -> None:
        """The track property `instrument`: a program or its name, or `percussion` for every present staff of the track.

        A number that is no MIDI program changes nothing.
        """
        if isinstance(value.value, str):
            self._named_instrument(value.value)
        elif 0 <= value.value < MIDI_PROGRAMS:
            self.current_track.program = int(value.value)

    def _named_instrument(self, name: str) -> None:
        if name.lower() == PERCUSSION:
            staves = self.current_track.staves
            for index, staff in enumerate(staves):
                if staff.kind is not NoteKind.PERCUSSION or staff.strings:
                    staves[index] = staff.copy()  # copies of this context share it
                    staves[index].settle(NoteKind.PERCUSSION)
        else:
            self.current_track.program = program_of(name)

    def tuning(self, names: Iterable[str]) -> None:
        r"""`\tuning` with its texts in order: words that are no note names are skipped, `piano` ends the list."""
        staff, pitches = self.current_staff, list[int]()
        for name in names:
            if name in PITCHED_TUNINGS:
                staff.settle(NoteKind.PITCHED)
                break
            if (pitch := pitch_of(name)) is not None:
                pitches.append(pitch)
        staff.explicit_tuning, staff.derived, staff.strings = True, False, tuple(pitches)

    def begin_beats(self) -> Due:
        """The tags of the bar are over: the bar exists now and its staff knows its strings."""
        due = self._enter_bar()
        self.current_staff.derive_strings(self.current_track.program)
        return due

    def percussion_number(self, name: str) -> int | None:
        """The articulation of a percussion name, None if unknown.

        The first name on a staff of undecided kind loads the standard names if no name is registered yet.
        """
        if self.current_staff.kind is None and not self.percussion.numbers:
            self.percussion.add_standard(explicit=False)
        return self.percussion.numbers.get(name.lower())

    def settle(self, kind: NoteKind | None) -> NoteKind | None:
        """A note of this kind (None: a bare `x` or `-`) is met: the kind of the staff, decided now if it was open."""
        staff = self.current_staff
        if staff.kind is None and kind is not None:
            staff.settle(kind)
            if kind is NoteKind.FRETTED:
                staff.derive_strings(self.current_track.program)
        return staff.kind

    def end_bar(self, *, played: bool, bar_line: bool) -> None:
        """The bar is over: the next one comes behind it, in bar-wise voice mode only after a bar line.

        `played`: whether it has a note, a chord or a rest.
        """
        if self._voice == 0 and played:
            assert self._bar.index is not None
            self.current_staff.filled[self._bar.index] = True
        bar_wise = self.voice_mode is VoiceMode.BAR_WISE
        if bar_line or not bar_wise:
            self._next_bar += 1
            self._bar_completed = True
        if bar_line and bar_wise:
            self._voice, self._voice_named = 0, False
        self._bar = _Bar(None)

    def pass_bars(self, count: int = 1) -> int:
        """So many bars in which something is played, without tags and between bar lines: the number of the first."""
        staff, first = self.tracks[-1].staves[-1], self._next_bar
        end = self._next_bar = first + count
        if self._voice == 0:
            staff.filled[first:end] = [True] * count
        else:
            staff.filled += [False] * (end - len(staff.filled))
        self.bars = max(self.bars, len(staff.filled))
        return first

    def _begin_staff(self) -> None:
        self.current_staff.derive_strings(self.current_track.program)
        self._next_bar = self._voice = 0

    def _append_staff(self) -> None:
        self._begin_staff()
        percussion = self.current_staff.percussion
        self.current_track.staves.append(StaffState(percussion=percussion))
        if percussion:
            self.current_track.program = PERCUSSION_PROGRAM
        self.running.dynamics = Running().dynamics

    def _names_first_voice(self) -> bool:
        staff = self.current_staff
        if self._voice or self._voice_named:
            return False
        if not staff.filled:
            return True
        if self.voice_mode is VoiceMode.STAFF_WISE:
            return len(staff.filled) == 1
        return self._next_bar >= len(staff.filled) or not staff.filled[self._next_bar]

    def _after_switch(self, again: bool) -> Due:
        """A second switch before the first bar of the score leaves a bar behind, which takes the waiting tags."""
        self._bar.index = None
        if not again or self._bar.waiting is None:
            return []
        track, staff = self._bar.origin
        self._add_bar(self.tracks[track].staves[staff], voices=1)
        return [(Place(track, staff, 0, 0), tag) for tag in self._bar.settle(self._staff_at)]

    def _enter_bar(self) -> Due:
        bar = self._bar
        if bar.index is not None:
            return []
        if not bar.new_voice and not self._bar_completed:
            self._next_bar += 1
        staff = self.current_staff
        if self._next_bar >= len(staff.filled):
            self._next_bar = len(staff.filled)
            self._add_bar(staff, voices=self._voice + 1)
        bar.index = self._next_bar
        if bar.waiting is None:
            return []
        return [(self.place, tag) for tag in bar.settle(self._staff_at)]

    def _add_bar(self, staff: StaffState, voices: int) -> None:
        if not staff.filled:
            staff.voices = voices
        staff.filled.append(False)
        self.bars = max(self.bars, len(staff.filled))
