from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.language import format_text
from alphatex_eval.music import load
from alphatex_model.data.accompaniment import BASS_LINES, BEATS, RIFFS, STRUMS, Pattern, strokes
from alphatex_model.data.arranger import arrange
from alphatex_model.data.idiom import STYLES, label_sections, set_in_style
from alphatex_model.data.instruments import GUITAR, INSTRUMENTS
from alphatex_model.data.tab import Tab, TabBeat, TabNote
from alphatex_model.data.techniques import TECHNIQUES, ornament
from alphatex_model.data.tunes import Bar, BrokenTuneError, Tune
from alphatex_model.data.writer import write
from tests.data.test_notation import tune

if TYPE_CHECKING:
    from tests.reference.oracle import Oracle

JIG = "|:G|AGA BAB|c2A AGE|G3- GAB|cde d2:|e|f2f fed|[ce]2c z2A|(3BcB (3ABA G2|A3 A2|"
SOMETIMES = dict.fromkeys(TECHNIQUES, 0.3)
PATTERNS = [*STRUMS.values(), *RIFFS.values(), *BASS_LINES.values(), *BEATS.values()]


def jig() -> Tune:
    return tune(JIG, meter="6/8", key="Am")


@pytest.fixture(scope="module")
def settings() -> list[tuple[str, Tab]]:
    """The jig in every style on every instrument it fits."""
    found = []
    for seed, (style, name) in enumerate(product(STYLES, INSTRUMENTS)):
        try:
            tab = set_in_style(jig(), style, INSTRUMENTS[name], SOMETIMES, random.Random(seed))
        except BrokenTuneError:
            assert name == "bass"
        else:
            found.append((f"{style} {name}", tab))
    return found


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("meter", [(2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8), (3, 8), (5, 4), (3, 2)])
def test_every_pattern_fills_every_bar(pattern: Pattern, meter: tuple[int, int]) -> None:
    found = list(strokes(Bar((), meter=meter), pattern))
    assert sum(duration for _, _, duration in found) == Fraction(*meter)
    assert all(onset + duration == following for (_, onset, duration), (_, following, _) in pairwise(found))


def lengths(bars: list[tuple[TabBeat, ...]]) -> list[Fraction]:
    return [sum((beat.value.duration for beat in beats), Fraction(0)) for beats in bars]


def test_all_tracks_are_as_long_as_the_melody_bar_for_bar(settings: list[tuple[str, Tab]]) -> None:
    for name, tab in settings:
        for track in tab.tracks:
            assert lengths([bar.beats for bar in track.bars]) == [bar.length for bar in jig().bars], name
            if any(bar.second for bar in track.bars):
                assert lengths([bar.second for bar in track.bars]) == [bar.length for bar in jig().bars], name


def test_alphatab_accepts_every_style_on_every_instrument(settings: list[tuple[str, Tab]], oracle: Oracle) -> None:
    answers = oracle.check_all([write(tab) for _, tab in settings])
    clean = [answer.accepted and not answer.diagnostics for answer in answers]
    assert [name for (name, _), good in zip(settings, clean, strict=True) if not good] == []


def test_every_style_is_canonical_and_fills_its_bars_when_loaded(settings: list[tuple[str, Tab]]) -> None:
    for name, tab in settings[::3]:
        text = write(tab)
        assert format_text(text) == text, name
        score = load(text)
        for _, staff in score.staves():
            for bar, master in zip(staff.bars, score.master_bars, strict=True):
                assert {voice.duration for voice in bar.voices if voice.beats} == {master.duration}, name


def test_without_rates_nothing_is_ornamented() -> None:
    (melody,) = arrange(jig()).tracks
    assert ornament(melody.bars, {}, random.Random(1)) == melody.bars


def test_the_same_seed_gives_the_same_setting() -> None:
    once, again = (write(set_in_style(jig(), "band", GUITAR, SOMETIMES, random.Random(4))) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("technique", ["hammer", "slide", "shift_slide"])
def test_legato_leads_to_another_fret_of_the_same_string(technique: str) -> None:
    (melody,) = arrange(jig()).tracks
    played = ornament(melody.bars, {technique: 1.0}, random.Random(1))
    notes = [beat.notes for bar in played for beat in bar.beats]
    led = [(one[0], other[0]) for one, other in pairwise(notes) if one and {"h", "sl", "ss"} & set(one[0].effects)]
    assert led
    for one, other in led:
        assert isinstance(one, TabNote)
        assert isinstance(other, TabNote)
        assert one.string == other.string
        assert one.fret != other.fret


def test_a_bend_reaches_the_pitch_that_was_written() -> None:
    (melody,) = arrange(tune("E,4 c'4|E,4 b4|")).tracks
    bent = ornament(melody.bars, {"bend": 1.0}, random.Random(1))
    notes = [[beat.notes[0] for bar in bars for beat in bar.beats] for bars in (melody.bars, bent)]
    changed = [(old, new) for old, new in zip(*notes, strict=True) if old != new]
    assert changed
    assert all(new.fret == old.fret - 2 and new.effects == ("b (0 4)",) for old, new in changed)


def test_sections_are_lettered_where_strains_begin() -> None:
    sections = [bar.section for bar in label_sections(jig().bars)]
    assert [letter for letter in sections if letter] == ["A", "B"]
    assert sections.index("B") == 5


def test_a_band_names_its_tracks_and_its_chords() -> None:
    text = write(set_in_style(jig(), "band", GUITAR, {}, random.Random(1)))
    assert re.findall(r'\\track "(.*?)"', text) == ["Guitar", "Rhythm Guitar", "Bass", "Drums"]
    assert '\\chord ("Am" ' in text
    assert '{ch "Am"' in text


def test_fingerstyle_sets_roots_under_the_melody_in_a_second_voice() -> None:
    tab = set_in_style(tune("e2 f2 g2 e2|f4 d4|B2 d2 g2 f2|e8|"), "fingerstyle", GUITAR, {}, random.Random(1))
    bass = [note for bar in tab.tracks[0].bars for beat in bar.second for note in beat.notes]
    roots = {GUITAR.strings[note.string - 1] + note.fret for note in bass if isinstance(note, TabNote)}
    assert {pitch % 12 for pitch in roots} <= {0, 5, 7, 9, 2}
    assert roots
    assert max(roots) <= 55
    assert write(tab).count("\\voice") == 2
