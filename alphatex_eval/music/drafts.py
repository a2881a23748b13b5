"""A score while it is read: the mutable counterparts of `score`, before ties, pitches and times are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alphatex_eval.music.score import no_effects

if TYPE_CHECKING:
    from fractions import Fraction

    from alphatex_eval.music.score import ChordDiagram, Effects, Section, Tempo, Value


Tempos = Mapping["Fraction", "Tempo"]
"""Changes of tempo by their share of the bar. Read-only."""

_NO_TEMPOS: Tempos = {}


def no_tempos() -> Tempos:
    """The one empty set of tempos that all bars without a change share."""
    return _NO_TEMPOS


@dataclass(frozen=True, slots=True, eq=False)
class NoteDraft:
    r"""A note as written, shared by all equal notes.

    `line` is its string counted from the last one, which is how alphaTab keeps it: a later `\tuning` with more strings
    renumbers the strings of earlier notes. `interval` is what a harmonic adds, `natural` whether it replaces the fret.
    """

    line: int | None = None
    fret: int = 0
    pitch: int | None = None
    is_percussion: bool = False
    percussion: int | None = None
    tie: bool = False
    dead: bool = False
    interval: int = 0
    natural: bool = False
    effects: Effects = field(default_factory=no_effects)


@dataclass(slots=True, eq=False)
class BeatDraft:
    """A beat as written; never changed once it stands in a voice, so that beats that are alike share one."""

    value: int = 4
    dots: int = 0
    tuplet: tuple[Value, Value] | None = None
    grace: str | None = None
    dynamics: str = "f"
    notes: list[NoteDraft] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    effects: Effects = field(default_factory=no_effects)

    @property
    def is_rest(self) -> bool:
        """Whether nothing is seen or struck: hidden notes count as a rest, a dead slap does not."""
        if not self.notes:
            return "ds" not in self.effects
        return all("hide" in note.effects for note in self.notes)


@dataclass(slots=True)
class BarDraft:
    """A bar of a staff.

    `pedals` are the sustain pedal marks: (kind spd, sph or spu, share of the bar). `silent` are the voices that were
    written without beats; alphaTab puts an unseen quarter there, behind which the beats of a second visit come late.
    """

    voices: list[list[BeatDraft]] = field(default_factory=list)
    clef: str = "g2"
    ottava: str = "regular"
    key: int = 0
    minor: bool = False
    simile: str = "none"
    styled_lines: bool = False
    pedals: tuple[tuple[str, float], ...] = ()
    silent: frozenset[int] = frozenset()

    def following(self) -> BarDraft:
        """An empty bar that inherits clef and key."""
        return BarDraft([], self.clef, self.ottava, self.key, self.minor)

    def voice(self, index: int) -> list[BeatDraft]:
        """The beats of a voice, which exists from now on."""
        while len(self.voices) <= index:
            self.voices.append([])
        return self.voices[index]

    @property
    def is_empty(self) -> bool:
        """Whether no voice has a beat."""
        return not any(self.voices)

    @property
    def signature(self) -> tuple[object, ...]:
        """What a bar inherits, to see whether it changes."""
        return self.clef, self.ottava, self.key, self.minor


@dataclass(slots=True)
class MasterDraft:
    """What all staves share in a bar; `tempos` by their share of the bar.

    `beat_tempo_first`: whether a beat changed the tempo before a tag gave one to the start of the bar. As in alphaTab
    such a tag replaces the first change at a beat, where that stands.
    """

    time_signature: tuple[int, int] = (4, 4)
    common_time: bool = False
    triplet_feel: str = "none"
    free_time: bool = False
    anacrusis: bool = False
    repeat_start: bool = False
    repeat_count: Value = 0
    endings: frozenset[int] = frozenset()
    section: Section | None = None
    jumps: tuple[str, ...] = ()
    tempos: Tempos = field(default_factory=no_tempos)
    beat_tempos: tuple[Tempo, ...] = ()
    beat_tempo_first: bool = False

    def following(self) -> MasterDraft:
        """A bar that inherits time signature and triplet feel, but not the sign for common time."""
        return MasterDraft(self.time_signature, False, self.triplet_feel)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is set but time signature and triplet feel."""
        flags = self.common_time or self.free_time or self.anacrusis or self.repeat_start or self.repeat_count
        marks = self.endings or self.section or self.jumps or self.tempos or self.beat_tempos
        return not flags and not marks


@dataclass(slots=True)
class StaffDraft:
    """A staff."""

    bars: list[BarDraft] = field(default_factory=list)
    capo: Value = 0
    transposition: Value = 0
    chords: dict[str, ChordDiagram] = field(default_factory=dict)


@dataclass(slots=True)
class TrackDraft:
    """A track; its program and the strings of its staves are kept by the context."""

    name: str = ""
    short_name: str = ""
    volume: Value = 15
    balance: Value = 8
    staves: list[StaffDraft] = field(default_factory=lambda: [StaffDraft()])


@dataclass(slots=True)
class ScoreDraft:
    """A score. `information` has the fields of `Score` that are texts."""

    information: dict[str, str] = field(default_factory=dict)
    master_bars: list[MasterDraft] = field(default_factory=list)
    tracks: list[TrackDraft] = field(default_factory=lambda: [TrackDraft()])
