"""What a score says about small tabs, in a musician's words."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction

import pytest

from alphatex_eval.language import AlphaTexError, format_text, parse
from alphatex_eval.language.sampler import sample
from alphatex_eval.music import Beat, ChordDiagram, Note, Section, Tempo, TooManyBeatsError, load


def beats(text: str) -> tuple[Beat, ...]:
    """The beats of the first bar of the first voice."""
    return load(text).tracks[0].staves[0].bars[0].voices[0].beats


def notes(text: str) -> list[Note]:
    return list(load(text).notes())


def test_a_beat_knows_its_time_and_its_written_value() -> None:
    first, second = beats(":8{tu 3} 3.3 (0.1 1.2){d}")
    assert (first.onset, first.duration, first.written_duration) == (0, Fraction(1, 12), Fraction(1, 8))
    assert (second.onset, second.end, second.dots, second.tuplet) == (Fraction(1, 12), Fraction(5, 24), 1, (3, 2))


def test_a_quintuplet_fills_its_bar_exactly() -> None:
    assert sum(beat.duration for beat in beats("\\ts (2 4) :8{tu 5} 0.1 1.1 3.1 5.1 7.1")) == Fraction(1, 2)


def test_a_note_knows_string_fret_and_pitch() -> None:
    assert notes("\\capo 2 3.6") == [Note(string=6, fret=3, pitch=45)]


def test_effects_keep_their_arguments_in_one_spelling() -> None:
    (beat,) = beats("3.3{B Bend 0 4 H}.4{gr OB tp (3 BUZZROLL)}")
    assert beat.notes[0].effects == {"b": ("bend", 0, 4), "h": ()}
    assert (beat.grace, beat.effects) == ("onbeat", {"tp": (3, "buzzroll")})


def test_a_tie_continues_its_note_and_a_loose_one_says_so() -> None:
    struck, tied, loose = notes("3.3 -.3 -.4")
    assert (tied.fret, tied.pitch, tied.tied, tied.loose_tie) == (struck.fret, struck.pitch, True, False)
    assert (loose.fret, loose.tied, loose.loose_tie) == (0, False, True)


def test_a_tie_reaches_three_bars_back_and_no_further() -> None:
    near, far = notes("5.3 | | | -.3")[-1], notes("5.3 | | | | -.3")[-1]
    assert (near.tied, near.fret, far.tied, far.fret) == (True, 5, False, 0)


def test_percussion_has_articulations_and_no_pitch() -> None:
    assert notes("KickHit 38 999") == [Note(percussion=35), Note(percussion=38), Note(percussion=None)]


def test_a_rest_and_a_dead_slap_differ() -> None:
    rest, slap = beats("r x.3{ds}")
    assert (rest.is_rest, slap.is_rest, slap.notes) == (True, False, ())


def test_bars_share_what_all_staves_share() -> None:
    score = load("\\ac 3.3.8 | \\ts (3 4) \\ro 3.3 | \\rc 2 \\ae (1 2) \\section (A Verse) 3.3")
    assert [bar.duration for bar in score.master_bars] == [Fraction(1, 8), Fraction(3, 4), Fraction(3, 4)]
    assert [bar.onset for bar in score.master_bars] == [0, Fraction(1, 8), Fraction(7, 8)]
    last = score.master_bars[-1]
    assert (last.repeat_count, last.endings, last.section) == (2, (1, 2), Section("A", "Verse"))


def test_shorter_staves_are_filled_with_empty_bars() -> None:
    score = load("c4 | d4 | e4 \\track 3.3")
    assert [[bar.is_empty for bar in staff.bars] for _, staff in score.staves()] == [[False] * 3, [False, True, True]]


def test_the_tempo_is_120_until_one_is_given() -> None:
    assert (load("c4").tempo, load("\\tempo 90 c4").tempo) == (120, 90)


def test_a_tempo_at_a_beat_stands_at_its_share_of_the_bar() -> None:
    score = load("\\tempo 100 c4 d4 e4{tempo 80}")
    assert [(tempo.bpm, tempo.position) for tempo in score.master_bars[0].tempos] == [(100, 0), (80, Fraction(1, 2))]


def test_a_tempo_of_a_later_staff_stands_in_place_of_the_first_at_a_beat() -> None:
    score = load('c4 d4{tempo (90 "a")} * 2 \\staff \\tempo (104 "b" hide) c4')
    assert score.master_bars[0].tempos == (Tempo(104, Fraction(1, 4), "b", visible=False),)


def test_chord_diagrams_belong_to_their_staff() -> None:
    (track,) = load('\\chord ("Am" 0 1 2 2 0 x) {firstfret 1} (0.1 1.2){ch "Am"}').tracks
    assert track.staves[0].chords == (ChordDiagram("Am", (0, 1, 2, 2, 0, None)),)


def test_dynamics_hold_until_changed() -> None:
    assert [beat.dynamics for beat in beats("c4 d4{dy PP} e4")] == ["f", "pp", "pp"]


def test_a_text_and_its_document_give_the_same_score() -> None:
    text = '\\title "T" \\track "A" 3.3{h} 5.3 | r.1 \\track "B" c4'
    assert load(text) == load(parse(text))


def test_white_space_makes_no_other_score() -> None:
    assert load("3.3.8 5.3|r") == load("// tune\n3.3.8\n5.3 |\n r")


def test_a_score_survives_pickling() -> None:
    score = load("3.3{b (0 4)} -.3")
    assert pickle.loads(pickle.dumps(score)) == score


def test_what_is_no_alphatex_has_no_score() -> None:
    with pytest.raises(AlphaTexError):
        load("3.3 (")


@pytest.mark.parametrize(
    ("text", "played"),
    [
        ("3.7 3.3", 1),
        ("3.3 c4", 1),
        ("3.3 x", 1),
        ("foo c4", 1),
        ("c4 \\clef 44 \\ts (33 0) \\ks (foo) \\tf 9 \\jump (1) d4", 2),
        ("c4{dy (5 f) gr (foo) tu 4 tp (x)} \\instrument () \\voicemode (x) d4:3", 2),
        ("\\tuning (foo 3) \\chord (5) \\capo () 3.3", 0),
        ("\\staff \\voice \\voice \\track b3", 0),
    ],
)
def test_what_means_nothing_is_left_out(text: str, played: int) -> None:
    assert len(notes(text)) == played


def test_a_multiplier_beyond_all_music_is_refused_in_one_line() -> None:
    with pytest.raises(TooManyBeatsError, match="use a smaller number"):
        load("3.3 * 2147483648")


def test_a_text_that_multiplies_voices_by_bars_is_refused_too() -> None:
    with pytest.raises(TooManyBeatsError, match="voices of"):
        load("\\voice c4 " * 1500 + "c4 | " * 1500)


@pytest.mark.parametrize("seed", range(120))
def test_formatting_a_random_text_keeps_its_score(seed: int) -> None:
    text = sample(random.Random(seed).randrange, limit=300)
    assert load(format_text(text)) == load(text)
