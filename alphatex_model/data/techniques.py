"""Left- and right-hand techniques on a fingered melody, by the rules of the instrument.

Each rule looks at a beat and its neighbours and says which properties it may take. Whether it takes them is drawn with
the rate that a recipe gives for the technique, from a generator seeded with the tune, so that builds repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from alphatex_model.data.rhythm import beat_of
from alphatex_model.data.tab import TabBar, TabBeat, TabNote

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


EIGHTH, QUARTER, HALF = Fraction(1, 8), Fraction(1, 4), Fraction(1, 2)
BEND, RELEASE = "b (0 4)", "b (0 2 0)"
"""Up a tone; up a semitone and back. In quarter tones."""
LEADING = ("h", "sl", "ss")
"""Properties that lead the left hand to the next note, which is then left as it is."""
Rates = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A single note in its surroundings: the note after it (None before rests, chords and ties), where it stands."""

    beat: TabBeat
    note: TabNote
    after: TabNote | None
    on_beat: bool
    opens_bar: bool
    last: bool
    duration: Fraction

    @property
    def leads_on(self) -> bool:
        """Whether the next note lies on the same string at another fret, near enough for the left hand alone."""
        return self.after is not None and self.after.string == self.note.string and 0 < abs(self.step) <= 4

    @property
    def step(self) -> int:
        """Frets to the next note."""
        return self.after.fret - self.note.fret if self.after else 0


@dataclass(frozen=True, slots=True)
class Technique:
    """A rule: where it may stand, and the properties it writes; `whole_beat` for properties of the beat."""

    allowed: Callable[[Place], bool]
    properties: Callable[[Place], TabNote]
    whole_beat: str = ""


def _with(*effects: str) -> Callable[[Place], TabNote]:
    return lambda place: replace(place.note, effects=effects)


def _bent(place: Place) -> TabNote:
    """The pitch reached by bending the string from two frets below."""
    return TabNote(place.note.string, place.note.fret - 2, (BEND,))


def _trilled(place: Place) -> TabNote:
    """A trill with the tone above."""
    return replace(place.note, effects=(f"tr {place.note.fret + 2}",))


def _same(place: Place) -> TabNote:
    return place.note


TECHNIQUES = {
    "hammer": Technique(lambda p: p.leads_on and p.duration <= EIGHTH, _with("h")),
    "slide": Technique(lambda p: p.leads_on and p.note.fret > 0 and p.note.fret + p.step > 0, _with("sl")),
    "shift_slide": Technique(lambda p: p.leads_on and p.note.fret > 0 and p.note.fret + p.step > 0, _with("ss")),
    "slide_in": Technique(lambda p: p.note.fret >= 3 and p.duration >= QUARTER, _with("sib")),
    "bend": Technique(lambda p: p.note.fret >= 5 and p.note.string <= 3 and p.duration >= QUARTER, _bent),
    "release": Technique(lambda p: p.note.fret >= 2 and p.note.string <= 3 and p.duration >= QUARTER, _with(RELEASE)),
    "harmonic": Technique(lambda p: p.note.fret == 12 and p.duration >= QUARTER, _with("nh")),
    "vibrato": Technique(lambda p: p.note.fret > 0 and p.duration >= QUARTER, _with("v")),
    "trill": Technique(lambda p: p.note.fret > 0 and p.duration == QUARTER, _trilled),
    "tremolo": Technique(lambda p: p.duration >= HALF, _same, whole_beat="tp 3"),
    "palm_mute": Technique(lambda p: p.note.string >= 4 and p.duration <= EIGHTH, _with("pm")),
    "let_ring": Technique(lambda p: p.after is not None and p.after.string != p.note.string, _with("lr")),
    "accent": Technique(lambda p: p.opens_bar, _with("ac")),
    "staccato": Technique(lambda p: p.on_beat and p.duration == EIGHTH and not p.leads_on, _with("st")),
    "ghost": Technique(lambda p: not p.on_beat and p.duration <= EIGHTH, _with("g")),
    "pick_down": Technique(lambda p: p.on_beat, _same, whole_beat="sd"),
    "pick_up": Technique(lambda p: not p.on_beat, _same, whole_beat="su"),
    "fermata": Technique(lambda p: p.last and p.duration >= QUARTER, _same, whole_beat="fermata medium"),
}
"""In the order in which they are tried; a note takes the first that is drawn."""


def ornament(bars: Sequence[TabBar], rates: Rates, rng: random.Random) -> tuple[TabBar, ...]:
    """The bars with techniques at the given rates (shares of the notes that may take one)."""
    played: list[TabBar] = []
    led = False
    for bar, places in zip(bars, _places(bars), strict=True):
        beats = []
        for place in places:
            plain = place if isinstance(place, TabBeat) else place.beat
            beat = plain if led or isinstance(place, TabBeat) else _drawn(place, rates, rng)
            led = any(effect in LEADING for note in beat.notes for effect in note.effects)
            beats.append(beat)
        played.append(replace(bar, beats=tuple(beats)))
    return tuple(played)


def _drawn(place: Place, rates: Rates, rng: random.Random) -> TabBeat:
    """The beat with the first technique that is allowed and drawn."""
    for name, technique in TECHNIQUES.items():
        rate = rates.get(name, 0.0)
        if rate and technique.allowed(place) and rng.random() < rate:
            effects = (technique.whole_beat,) if technique.whole_beat else ()
            return replace(place.beat, notes=(technique.properties(place),), effects=effects)
    return place.beat


def _places(bars: Sequence[TabBar]) -> list[list[Place | TabBeat]]:
    """Every beat of every bar: a `Place` where it is one plain note, the beat itself elsewhere."""
    notes = [_plain(beat) for bar in bars for beat in bar.beats]
    around = zip(notes, [*notes[1:], None], strict=True)
    left = len(notes)
    rows: list[list[Place | TabBeat]] = []
    for bar in bars:
        beat_length = beat_of(bar.frame.meter)
        onset = bar.frame.capacity - bar.frame.length if bar.frame.pickup else Fraction(0)
        rows.append([])
        for beat, (note, after) in zip(bar.beats, around, strict=False):
            left -= 1
            on_beat = onset % beat_length == 0
            length = beat.duration
            rows[-1].append(Place(beat, note, after, on_beat, onset == 0, left == 0, length) if note else beat)
            onset += length
    return rows


def _plain(beat: TabBeat) -> TabNote | None:
    """The beat's note if it has just one, freshly struck."""
    note = beat.notes[0] if len(beat.notes) == 1 and beat.duration else None
    return note if isinstance(note, TabNote) and not note.effects else None
