r"""Hypothesis strategies for alphaTex, in two families.

Grammar-driven: `texts()` knows all of the syntax and no music. Every tag, property and word can come up, and alphaTab
accepts every text.

Music-driven: `notes()`, `chords()`, `beats()`, `bars()`, `tracks()` and `scores()` give nodes of a syntax tree,
`documents()` gives text. Bars are exactly full, chords can be gripped, and notes are in key if asked. `write(node)`
turns any node into text.

    @given(documents(bars=(1, 4), features={Feature.CHORDS}))
    def test_my_reader_keeps_chords(text): ...

On top of either: `truncated`, `damaged` and `prompts`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("alphatex_eval.testing.strategies needs Hypothesis: pip install 'alphatex-eval[test]'") from error

from alphatex_eval.language import sampler
from alphatex_eval.testing import effects as known_effects
from alphatex_eval.testing import fretboard, music, rhythm
from alphatex_eval.testing import scores as pieces
from alphatex_eval.testing.damage import FAULTS, Damaged, damage
from alphatex_eval.testing.music import ALL_FEATURES, COMMON, Feature, Instrument, Style
from alphatex_eval.testing.writing import write

if TYPE_CHECKING:
    from collections.abc import Collection
    from fractions import Fraction
    from typing import Unpack

    from alphatex_eval.language.nodes import Bar, Beat, Chord, Document, Note, Property
    from alphatex_eval.testing.fretboard import Tuning

__all__ = [
    "ALL_FEATURES",
    "Damaged",
    "Feature",
    "Instrument",
    "bars",
    "beats",
    "chords",
    "damaged",
    "documents",
    "durations",
    "effects",
    "notes",
    "prompts",
    "scores",
    "texts",
    "tracks",
    "truncated",
    "tunings",
    "write",
]

Range = tuple[int, int]
SIZE = 500


# ---- grammar-driven ------------------------------------------------------------------------------------------------


@st.composite
def texts(draw: st.DrawFn, *, rule: str = "start", without: Collection[str] = (), size: int = SIZE) -> str:
    r"""A text of the canonical grammar, or of one of its rules (`"fretted_6_beats"`, `"bar_tag"`, …).

    `without` names tags, properties and words that must not come up (`{"\\tempo", "gr"}`). `size` bounds the choices
    made for one text: 500 give about 600 characters.
    """
    grammar = sampler.canonical(frozenset(without))
    return sampler.sample(lambda count: music.pick(draw, count), start=rule, grammar=grammar, limit=size)


# ---- music-driven --------------------------------------------------------------------------------------------------


def tunings(*, strings: int | None = None) -> st.SearchStrategy[Tuning]:
    """Tunings in use, from string 1 on: ("E4", "B3", …). The standard tuning is the simplest."""
    return st.sampled_from([found for found in fretboard.TUNINGS if strings in (None, len(found))])


def durations(*, dots: bool = True, tuplets: bool = True) -> st.SearchStrategy[Fraction]:
    """How long a beat can last, as a share of a whole note."""
    found = rhythm.figures(dots=dots, tuplets=tuplets)
    return st.sampled_from([figure.length / len(figure.steps) for figure in found])


def effects(*, of: str = "note") -> st.SearchStrategy[Property]:
    """Properties of a "note" or a "beat" that change neither rhythm nor what is struck; ValueError for any other."""
    if of not in ("note", "beat"):
        raise ValueError(f'effects are those of a "note" or a "beat", not {of!r}')
    return st.sampled_from(known_effects.note_effects() if of == "note" else known_effects.beat_effects())


class StyleOptions(TypedDict, total=False):
    """What all music-driven strategies take.

    `instrument`: guitar unless told otherwise. `tuning`: note names from string 1 on. `key`: a key signature ("d") that
    all notes keep to. `playable`: whether one hand can grip every chord. `features`: what may occur; nothing but plain
    single notes where it is empty.
    """

    instrument: Instrument
    tuning: Tuning
    key: str | None
    playable: bool
    features: Collection[Feature]


@st.composite
def notes(draw: st.DrawFn, **style: Unpack[StyleOptions]) -> Note:
    """Single notes, without properties."""
    return music.draw_note(draw, Style(**style))


@st.composite
def chords(draw: st.DrawFn, **style: Unpack[StyleOptions]) -> Chord:
    """Chords on neighbouring strings; playable ones need at most four fingers within four frets."""
    return music.draw_chord(draw, Style(**style))


@st.composite
def beats(draw: st.DrawFn, **style: Unpack[StyleOptions]) -> Beat:
    """Single beats of plain values, from whole notes to thirty-seconds."""
    figure = music.choose(draw, rhythm.figures(dots=False, tuplets=False))
    return music.draw_beat(draw, Style(**style), figure.steps[0])


@st.composite
def bars(draw: st.DrawFn, *, time_signature: tuple[int, int] = COMMON, **style: Unpack[StyleOptions]) -> Bar:
    r"""Bars that the beats fill exactly. A bar itself has no tags: `\ts` stands where it is needed, before it."""
    return music.draw_bar(draw, Style(**style), time_signature)


@st.composite
def tracks(
    draw: st.DrawFn,
    *,
    bars: Range = (1, 8),
    time_signature: tuple[int, int] | None = None,
    **style: Unpack[StyleOptions],
) -> tuple[Bar, ...]:
    """The bars of one track, the first with its name, instrument, tuning and meter. `bars`: fewest and most."""
    return pieces.draw_document(draw, [Style(**style)], bars, time_signature, named=True).bars


@st.composite
def scores(
    draw: st.DrawFn,
    *,
    tracks: Range = (1, 2),
    bars: Range = (1, 8),
    time_signature: tuple[int, int] | None = None,
    instruments: Collection[Instrument] = (),
    **style: Unpack[StyleOptions],
) -> Document:
    """Whole pieces. `tracks` and `bars`: fewest and most; `instruments`: what each track is drawn from.

    Where `instruments` is empty, all tracks are for `instrument`.
    Without `time_signature` the meter is drawn and may change; without `tuning` each guitar gets one of those in use.
    """
    pieces.check_range("tracks", tracks)
    base = Style(**style)
    part = st.sampled_from(list(instruments) or [base.instrument])
    parts = [draw(part), *draw(st.lists(part, min_size=tracks[0] - 1, max_size=tracks[1] - 1))]
    tuned = [style.get("tuning") or draw(tunings()) for _ in parts]
    styles = [replace(base, instrument=part, tuning=tuning) for part, tuning in zip(parts, tuned, strict=True)]
    return pieces.draw_document(draw, styles, bars, time_signature, fewest_tracks=tracks[0])


def documents(
    *,
    tracks: Range = (1, 2),
    bars: Range = (1, 8),
    time_signature: tuple[int, int] | None = None,
    instruments: Collection[Instrument] = (),
    **style: Unpack[StyleOptions],
) -> st.SearchStrategy[str]:
    """The text of `scores`."""
    return scores(tracks=tracks, bars=bars, time_signature=time_signature, instruments=instruments, **style).map(write)


# ---- on top of either ----------------------------------------------------------------------------------------------


@st.composite
def truncated(draw: st.DrawFn, documents: st.SearchStrategy[str]) -> str:
    """The beginning of a text, cut anywhere: what a model that runs out of tokens leaves. Never `invalid`."""
    text = draw(documents)
    return text[: music.pick(draw, len(text) + 1)]


@st.composite
def damaged(draw: st.DrawFn, documents: st.SearchStrategy[str], *, codes: Collection[str] | None = None) -> Damaged:
    """A text with one fault, and the diagnostic to expect. `codes` picks faults by their code ("AT209").

    Raises ValueError where no fault has such a code.
    """
    faults = [fault for fault in FAULTS if codes is None or fault.code in codes]
    if not faults:
        known = ", ".join(sorted({fault.code for fault in FAULTS}))
        raise ValueError(f"no fault gives {', '.join(codes or ())}; there are {known}")
    text = draw(documents)
    return damage(text, draw(st.sampled_from(faults)), music.pick(draw, text.count("\n") + 1))


@st.composite
def prompts(draw: st.DrawFn, documents: st.SearchStrategy[str] | None = None) -> str:
    """The first lines of a piece, for a model to go on from: at least one, and not all where there are several."""
    lines = draw(_documents() if documents is None else documents).splitlines(keepends=True)
    return "".join(lines[: 1 + music.pick(draw, max(1, len(lines) - 1))])


_documents = documents
