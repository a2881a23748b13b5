"""Accompaniments from patterns: strummed and picked guitar, riffs, bass and drums under a tune.

A pattern is a cycle of cells, one a beat; a cell is cut into equal parts, one a letter. `.` holds what sounds, `-` is a
rest. Letters of a guitar: `B` bass note, `b` the other bass note, `D` and `U` strum down and up, `x` damped strum,
`P` power chord, `p` its root palm-muted, digits the notes of the chord from the lowest. Letters of a bass: the degrees
`1`, `3`, `5`, `8` of the chord. Letters of drums: see `DRUM_HITS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from alphatex_model.data.fingering import finger
from alphatex_model.data.instruments import DRUMS, Instrument
from alphatex_model.data.rhythm import beat_of, spell
from alphatex_model.data.tab import ChordDiagram, DeadNote, Hit, Note, TabBar, TabBeat, TabNote, Track
from alphatex_model.data.voicings import power_chords, voicing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from alphatex_model.data.fingering import Place
    from alphatex_model.data.harmony import Chord
    from alphatex_model.data.tunes import Bar

Cells = tuple[str, ...]
HOLD, SILENCE = ".", "-"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Cells for beats that divide by two and for those that divide by three."""

    simple: Cells
    compound: Cells


STRUMS = {
    "down": Pattern(("D.",), ("D..",)),
    "folk": Pattern(("D.", "DU"), ("D.U", "D.U")),
    "folk_syncopated": Pattern(("D.", "DU", ".U", "DU"), ("D.U", ".DU")),
    "boom_chuck": Pattern(("B.", "D.", "b.", "D."), ("B.D", "b.D")),
    "boom_strum": Pattern(("B.", "DU", "b.", "DU"), ("BDU", "bDU")),
    "damped": Pattern(("D.", "xU", "DU", "xU"), ("DxU", "DxU")),
    "arpeggio": Pattern(("02", "32"), ("023", "132")),
    "arpeggio_up": Pattern(("01", "23"), ("012", "321")),
}
RIFFS = {
    "chug": Pattern(("Pp", "pp"), ("Ppp", "ppp")),
    "gallop": Pattern(("P.pp", "p.pp"), ("Ppp", "Pp.")),
    "stabs": Pattern(("P.", "-p", "P-", "pp"), ("P.p", "P..")),
}
BASS_LINES = {
    "roots": Pattern(("1.", ".."), ("1..", "1.5")),
    "root_fifth": Pattern(("1.", "5."), ("1.5", "1.5")),
    "pumping": Pattern(("11",), ("111",)),
    "walking": Pattern(("1.", "3.", "5.", "8."), ("135", "853")),
}
BEATS = {
    "rock": Pattern(("kh", "sh", "kk", "sh"), ("khh", "shh")),
    "march": Pattern(("k.", "s."), ("k.h", "s.h")),
    "shuffle": Pattern(("kh", "sh"), ("k.h", "s.h")),
    "half_time": Pattern(("kh", "hh", "sh", "hh"), ("khh", "hhh", "shh", "hhh")),
    "ride": Pattern(("Kr", "Sr"), ("Krr", "Srr")),
}
DRUM_HITS = {
    "k": ("kickhit", "hihatclosed"),
    "s": ("snarehit", "hihatclosed"),
    "h": ("hihatclosed",),
    "o": ("hihatopen",),
    "K": ("kickhit", "ridemiddle"),
    "S": ("snarehit", "ridemiddle"),
    "r": ("ridemiddle",),
    "c": ("kickhit", "crashhighhit"),
    "n": ("snarehit",),
    "t": ("midtomhit",),
    "f": ("lowfloortomhit",),
}
FILL = Pattern(("nn", "nt", "tf", "ff"), ("nnn", "ttf"))
PHRASE = 8
"""Bars after which the drummer plays a fill."""
BRUSHES = {"D": ("bd",), "U": ("bu",)}
DEGREE_TONES = {"1": 0, "3": 1, "5": 2, "8": 3}

Stroke = tuple[str, Fraction, Fraction]
"""Letter, onset and duration within the bar."""


def strokes(bar: Bar, pattern: Pattern) -> Iterator[Stroke]:
    """The pattern laid over a bar, held letters merged into the stroke before; a pick-up is one silence."""
    if bar.pickup:
        yield SILENCE, bar.capacity - bar.length, bar.length
        return
    beat = beat_of(bar.meter)
    compound = beat.numerator == 3
    cells = pattern.compound if compound else pattern.simple
    letters = [(letter, beat / len(cell)) for cell in _cycle(cells, bar.capacity / beat) for letter in cell]
    current, onset, duration = SILENCE, Fraction(0), Fraction(0)
    for letter, length in letters:
        if letter != HOLD and duration:
            yield current, onset, duration
            onset, duration = onset + duration, Fraction(0)
        current = current if letter == HOLD else letter
        duration += length
    yield current, onset, duration


def _cycle(cells: Cells, beats: Fraction) -> list[str]:
    return [cells[index % len(cells)] for index in range(int(beats))]


def fill_bar(bar: Bar, pattern: Pattern, play: Callable[[str], tuple[Note, ...]]) -> TabBar:
    """A bar of the pattern: `play` gives the notes of a letter; strums are brushed."""
    beats: list[TabBeat] = []
    for letter, onset, duration in strokes(bar, pattern):
        notes = play(letter) if letter != SILENCE else ()
        first, *tied = spell(duration, onset, beat_of(bar.meter))
        beats.append(TabBeat(first, notes, BRUSHES.get(letter, ()) if notes else ()))
        beats += [TabBeat(value, tuple(map(held, notes))) for value in tied]
    return TabBar(bar, tuple(beats))


def held(note: Note) -> Note:
    """The same note tied on; what cannot be tied is struck again."""
    return TabNote(note.string, note.fret, ("t",)) if isinstance(note, TabNote) else note


def strummed(bars: Sequence[Bar], chords: Sequence[Chord], pattern: Pattern, instrument: Instrument) -> Track:
    """A rhythm guitar: chord names above the bars where they change, diagrams in front."""
    shapes = {chord: voicing(chord, instrument) for chord in chords}
    played: list[TabBar] = []
    before = None
    for bar, chord in zip(bars, chords, strict=True):
        filled = fill_bar(bar, pattern, partial(strum, shapes[chord]))
        played.append(named(filled, chord) if chord != before and not bar.pickup else filled)
        before = before if bar.pickup else chord
    diagrams = tuple(diagram(chord, shape, instrument) for chord, shape in shapes.items() if shape)
    return Track(instrument, tuple(played), "Rhythm Guitar", diagrams)


def strum(shape: tuple[Place, ...], letter: str) -> tuple[Note, ...]:
    """The notes of one letter on a chord shape, given from the bass string upwards."""
    if not shape:
        return ()
    if letter == "x":
        return tuple(DeadNote(string) for string, _ in sorted(shape[-3:]))
    if letter.isdigit():
        return (TabNote(*shape[int(letter) % len(shape)], ("lr",)),)
    chosen = {"B": shape[:1], "b": shape[1:2], "U": shape[-4:]}.get(letter, shape)
    return tuple(TabNote(string, fret) for string, fret in sorted(chosen))


def named(bar: TabBar, chord: Chord) -> TabBar:
    """The bar with the chord's name above its first beat."""
    first, *rest = bar.beats
    named_beat = TabBeat(first.value, first.notes, (f'ch "{chord.symbol}"', *first.effects)) if first.notes else first
    return TabBar(bar.frame, (named_beat, *rest))


def diagram(chord: Chord, shape: tuple[Place, ...], instrument: Instrument) -> ChordDiagram:
    """The chord's shape as a diagram."""
    frets = dict(shape)
    return ChordDiagram(chord.symbol, tuple(frets.get(string) for string in range(1, len(instrument.strings) + 1)))


def riff(bars: Sequence[Bar], chords: Sequence[Chord], pattern: Pattern, instrument: Instrument) -> Track:
    """Power chords and palm-muted roots."""
    shapes = list(nearest_shapes(chords, instrument))
    played = [fill_bar(bar, pattern, partial(chug, shape)) for bar, shape in zip(bars, shapes, strict=True)]
    return Track(instrument, tuple(played), "Rhythm Guitar")


def nearest_shapes(chords: Sequence[Chord], instrument: Instrument) -> Iterator[tuple[Place, ...]]:
    """For every chord the power chord whose root is nearest to the one before, the lowest one at first."""
    fret = 0
    for chord in chords:
        shape = nearest(power_chords(chord.root, instrument), fret) or voicing(chord, instrument)[:3]
        fret = shape[0][1] if shape else fret
        yield shape


def nearest(shapes: Sequence[tuple[Place, ...]], fret: int) -> tuple[Place, ...]:
    """The shape whose bass lies nearest to a fret; nothing of nothing."""
    return min(shapes, key=lambda shape: abs(shape[0][1] - fret), default=())


def chug(shape: tuple[Place, ...], letter: str) -> tuple[Note, ...]:
    """A power chord, or its root under the palm."""
    if letter == "p":
        return tuple(TabNote(string, fret, ("pm",)) for string, fret in shape[:1])
    return tuple(TabNote(string, fret) for string, fret in sorted(shape))


def bass_line(bars: Sequence[Bar], chords: Sequence[Chord], pattern: Pattern, instrument: Instrument) -> Track:
    """A bass: degrees of each bar's chord, fingered as one passage."""
    letters = [[letter for letter, _, _ in strokes(bar, pattern) if letter != SILENCE] for bar in bars]
    pitches = [
        (bass_pitch(chord, letter, instrument),) for bar, chord in zip(letters, chords, strict=True) for letter in bar
    ]
    path = iter(finger(pitches, [frozenset[int]()] * len(pitches), instrument))
    played = [fill_bar(bar, pattern, lambda _: (TabNote(*next(path).places[0]),)) for bar in bars]
    return Track(instrument, tuple(played))


def bass_pitch(chord: Chord, degree: str, instrument: Instrument) -> int:
    """The degree of a chord above its lowest root on the instrument."""
    root = instrument.lowest + (chord.root - instrument.lowest) % 12
    tones = (*((tone - chord.root) % 12 for tone in chord.tones[:3]), 12)
    return root + tones[DEGREE_TONES[degree]]


def drum_beat(bars: Sequence[Bar], pattern: Pattern) -> Track:
    """Drums: the pattern, and a fill at the end of every phrase."""
    patterns = [FILL if number % PHRASE == 0 else pattern for number in range(1, len(bars) + 1)]
    return Track(DRUMS, tuple(fill_bar(bar, cells, drum) for bar, cells in zip(bars, patterns, strict=True)))


def drum(letter: str) -> tuple[Note, ...]:
    """What a letter strikes."""
    return tuple(map(Hit, DRUM_HITS[letter]))
