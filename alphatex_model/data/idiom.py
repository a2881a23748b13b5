"""Styles: the ways one tune is set for guitar, from the bare melody to a band."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from alphatex_model.data.accompaniment import BASS_LINES, BEATS, RIFFS, STRUMS, bass_line, drum_beat, riff, strummed
from alphatex_model.data.arranger import COMFORTABLE, TEMPO, arrange, fitted, place_bars
from alphatex_model.data.fingerstyle import OVER_A_BASS, fingerstyle
from alphatex_model.data.harmony import chords_of
from alphatex_model.data.instruments import BASS, GUITAR, INSTRUMENTS
from alphatex_model.data.tab import Tab, Track
from alphatex_model.data.techniques import ornament

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from alphatex_model.data.accompaniment import Pattern
    from alphatex_model.data.instruments import Instrument
    from alphatex_model.data.techniques import Rates
    from alphatex_model.data.tunes import Bar, Tune

STYLES = ("plain", "techniques", "fingerstyle", "accompanied", "riff", "band")
"""The bare melody; with techniques; with a bass on the same guitar; with a rhythm guitar; over power chords; with
rhythm guitar, bass and drums."""


def set_in_style(tune: Tune, style: str, instrument: Instrument, rates: Rates, rng: random.Random) -> Tab:
    """The tune in one of `STYLES`, its melody on `instrument`."""
    if style == "plain":
        return arrange(tune, instrument)
    home = OVER_A_BASS if style == "fingerstyle" else COMFORTABLE
    lettered = fitted(replace(tune, bars=label_sections(tune.bars)), instrument, home)
    head = Tab(tune.title, tune.composer, tune.bars[0].tempo or TEMPO, ())
    if style == "fingerstyle":
        return replace(head, tracks=(fingerstyle(lettered.bars, chords_of(lettered.bars), instrument),))
    melody = Track(instrument, ornament(tuple(place_bars(lettered.bars, instrument)), rates, rng))
    return replace(head, tracks=(melody, *_backing(style, lettered.bars, rng)))


def _backing(style: str, bars: Sequence[Bar], rng: random.Random) -> list[Track]:
    """The tracks that a style sets under the melody."""
    if style == "techniques":
        return []
    chords = chords_of(bars)
    if style == "riff":
        guitar = INSTRUMENTS[rng.choice(("drop_d", "guitar"))]
        heavy = replace(guitar, sound=rng.choice(("distortionguitar", "overdrivenguitar")))
        return [riff(bars, chords, _one_of(RIFFS, rng), heavy)]
    rhythm = strummed(bars, chords, _one_of(STRUMS, rng), GUITAR)
    if style == "accompanied":
        return [rhythm]
    return [rhythm, bass_line(bars, chords, _one_of(BASS_LINES, rng), BASS), drum_beat(bars, _one_of(BEATS, rng))]


def _one_of(choices: Mapping[str, Pattern], rng: random.Random) -> Pattern:
    return choices[rng.choice(list(choices))]


def label_sections(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """The bars with a letter where a strain begins: A, B, C … as musicians call them."""
    starts = [True, *(_strain_begins(left, right) for left, right in pairwise(bars))]
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return tuple(replace(bar, section=next(letters, "")) if new else bar for bar, new in zip(bars, starts, strict=True))


def _strain_begins(left: Bar, right: Bar) -> bool:
    if right.ending:
        return False
    return bool(left.ending or left.repeat_close or left.strain_end or right.repeat_open)
