"""A tab as music: what is played when, on which string and fret, at which pitch. Immutable, and time is exact.

Times are fractions of a whole note: a quarter is 1/4, an eighth of a triplet 1/12. Pitches are MIDI keys (c4 = 60,
string 1 of a guitar 64). Strings count from 1, the first of the tuning, which is the highest by convention. Words that
alphaTex spells in several ways (`ob`, `onbeat`) appear in their first spelling. Repeats, jumps and endings are kept,
not played.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from alphatex_eval.language.context import NoteKind

Value = str | int | Fraction
Effects = Mapping[str, tuple[Value, ...]]
"""What is written in `{…}` by name: `{h b (0 4)}` is `{"h": (), "b": (0, 4)}`. Read-only."""

WHOLE = Fraction(1)

_NO_EFFECTS: Effects = {}


class TooManyBeatsError(ValueError):
    """A short text asks for more music than there is memory; alphaTab hangs on it."""


def no_effects() -> Effects:
    """The one empty set of effects that all notes and beats without effects share."""
    return _NO_EFFECTS


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `pitch` is what sounds: capo, transposition and harmonics included.

    A fretted note has string and fret, a percussion note the number of its articulation (None where alphaTab knows
    none), and `x` on a staff without strings has nothing at all. `tied` continues the note before it; `loose_tie` was
    written as a tie but finds nothing to continue, so that it is struck anew.
    """

    string: int | None = None
    fret: int | None = None
    pitch: int | None = None
    percussion: int | None = None
    tied: bool = False
    loose_tie: bool = False
    dead: bool = False
    effects: Effects = field(default_factory=no_effects, hash=False)


@dataclass(frozen=True, slots=True)
class Beat:
    """Notes struck together, or a rest.

    `onset` counts from the start of the bar. `duration` is the time taken in the bar: tuplets and dots included, 0 for
    a grace beat, the whole bar for a lone whole rest. `value` is the written note value: 1, 2, 4 … 256, or -2 and -4
    for a double and a quadruple whole. `tuplet` is (3, 2) for three in the time of two. `grace` is onbeat, beforebeat
    or bendgrace. Dynamics are those in force.
    """

    onset: Fraction
    duration: Fraction
    value: int = 4
    dots: int = 0
    tuplet: tuple[Value, Value] | None = None
    grace: str | None = None
    dynamics: str = "f"
    notes: tuple[Note, ...] = ()
    effects: Effects = field(default_factory=no_effects, hash=False)

    @property
    def is_rest(self) -> bool:
        """Whether nothing is struck: no notes and no dead slap."""
        return not self.notes and "ds" not in self.effects

    @property
    def written_duration(self) -> Fraction:
        """The note value with its dots, without tuplet, as a share of a whole note."""
        return dotted(self.value, self.dots)

    @property
    def end(self) -> Fraction:
        """The end, counted from the start of the bar."""
        return later(self.onset, self.duration)


@dataclass(frozen=True, slots=True)
class Voice:
    """The beats of one voice in one bar; none where the voice is silent without a written rest."""

    beats: tuple[Beat, ...] = ()

    @property
    def duration(self) -> Fraction:
        """The time that the beats fill."""
        return self.beats[-1].end if self.beats else Fraction(0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of one staff; all have as many voices. `key` counts accidentals, -7 (flats) to 7 (sharps)."""

    voices: tuple[Voice, ...] = (Voice(),)
    clef: str = "g2"
    ottava: str = "regular"
    key: int = 0
    minor: bool = False
    simile: str = "none"

    @property
    def is_empty(self) -> bool:
        """Whether no voice has a beat."""
        return not any(voice.beats for voice in self.voices)

    @property
    def is_simile(self) -> bool:
        """Whether it repeats what stands before by a mark, and needs no beats of its own."""
        return self.simile != "none"


@dataclass(frozen=True, slots=True)
class ChordDiagram:
    r"""A chord as `\chord` defines it: one fret a string, string 1 first, None for a string that is not played."""

    name: str
    frets: tuple[int | None, ...] = ()
    first_fret: int = 1


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff. `tuning` has the open strings as MIDI pitches, string 1 first, without capo and transposition.

    `kind` is pitched, fretted or percussion, None while no note decided it. `transposition` is in sounding semitones.
    """

    bars: tuple[Bar, ...] = ()
    tuning: tuple[int, ...] = ()
    kind: NoteKind | None = None
    capo: Value = 0
    transposition: Value = 0
    chords: tuple[ChordDiagram, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """An instrument with its staves. `program` is the MIDI program, volume and balance run from 0 to 16."""

    name: str = ""
    short_name: str = ""
    program: int = 25
    volume: Value = 15
    balance: Value = 8
    staves: tuple[Staff, ...] = (Staff(),)

    @property
    def is_percussion(self) -> bool:
        """Whether any of its staves is for percussion."""
        return any(staff.kind is NoteKind.PERCUSSION for staff in self.staves)


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo in quarter notes a minute from `position`, a share of the bar, onwards."""

    bpm: Value = 120
    position: Fraction = Fraction(0)
    label: str = ""
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """The start of a section, say Section("A", "Chorus")."""

    marker: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class MasterBar:
    """What all staves share in a bar. `onset` counts from the start of the score as written.

    `duration` is what the time signature says, in a pick-up bar (`anacrusis`) the time of its longest voice.
    `repeat_count` is the total number of times, 0 where no repeat ends; `endings` are the passes that the bar belongs
    to, from 1. `tempos` are changes, also those written at a beat; the first bar always has one at position 0.
    """

    onset: Fraction = Fraction(0)
    duration: Fraction = WHOLE
    time_signature: tuple[int, int] = (4, 4)
    common_time: bool = False
    free_time: bool = False
    anacrusis: bool = False
    repeat_start: bool = False
    repeat_count: Value = 0
    endings: tuple[int, ...] = ()
    triplet_feel: str = "none"
    section: Section | None = None
    jumps: tuple[str, ...] = ()
    tempos: tuple[Tempo, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A whole tab. Every staff has as many bars as there are master bars."""

    title: str = ""
    subtitle: str = ""
    artist: str = ""
    album: str = ""
    words: str = ""
    music: str = ""
    copyright: str = ""
    transcriber: str = ""
    instructions: str = ""
    notices: str = ""
    master_bars: tuple[MasterBar, ...] = (MasterBar(),)
    tracks: tuple[Track, ...] = (Track(),)

    @property
    def tempo(self) -> Value:
        """The tempo of the first bar in quarter notes a minute."""
        return self.master_bars[0].tempos[0].bpm

    def staves(self) -> Iterator[tuple[Track, Staff]]:
        """Every staff with its track."""
        return ((track, staff) for track in self.tracks for staff in track.staves)

    def beats(self) -> Iterator[Beat]:
        """Every beat, track by track, staff by staff, bar by bar, voice by voice."""
        return (
            beat for _, staff in self.staves() for bar in staff.bars for voice in bar.voices for beat in voice.beats
        )

    def notes(self) -> Iterator[Note]:
        """Every note, in the order of `beats`."""
        return (note for beat in self.beats() for note in beat.notes)


def later(time: Fraction, duration: Fraction) -> Fraction:
    """The sum of two times; those of music are few, so that most sums have been made before."""
    return _sum(time.as_integer_ratio(), duration.as_integer_ratio())


@lru_cache(maxsize=4096)
def _sum(one: tuple[int, int], other: tuple[int, int]) -> Fraction:
    return Fraction(*one) + Fraction(*other)


def dotted(value: int, dots: int) -> Fraction:
    """A note value with dots as a share of a whole note: `dotted(4, 1)` is 3/8, `dotted(-2, 0)` is 2."""
    plain = Fraction(1, value) if value > 0 else Fraction(-value)
    return plain * (2 - Fraction(1, 2**dots))
