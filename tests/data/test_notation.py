"""ABC in, bars out: what the tune books leave to the reader."""

from fractions import Fraction

import lytk
import pytest

from alphatex_model.data.notation import composer_of, key_signature, tune_of
from alphatex_model.data.tunes import BrokenTuneError, Provenance, Tune

ORIGIN = Provenance("ours", "CC0-1.0", "written for this test")


def tune(music: str, *, meter: str = "4/4", key: str = "C", extra: str = "") -> Tune:
    text = f"X:1\nT:Test\n{extra}M:{meter}\nL:1/8\nK:{key}\n{music}\n"
    score = lytk.from_abc_string(text).to_dict()
    return tune_of(score["metadata"], score["children"][0]["Part"], "test", ORIGIN)


def lengths(read: Tune) -> list[Fraction]:
    return [bar.length for bar in read.bars]


def test_pitches_durations_and_rests_are_read() -> None:
    (bar,) = tune("C2 ^F>G z4|").bars
    assert [(event.duration, event.pitches) for event in bar.events] == [
        (Fraction(1, 4), (60,)),
        (Fraction(3, 16), (66,)),
        (Fraction(1, 16), (67,)),
        (Fraction(1, 2), ()),
    ]


def test_triplets_are_exact() -> None:
    (bar,) = tune("(3CDE F2 G4|").bars
    assert bar.events[0].duration == Fraction(1, 12)
    assert bar.length == 1


def test_a_tie_holds_the_pitch_over_the_bar_line() -> None:
    first, second = tune("C8-|C4 D4|").bars
    assert not first.events[0].tied
    assert second.events[0].tied == {60}
    assert not second.events[1].tied


def test_an_up_beat_and_the_short_bar_before_the_repeat_are_pickups() -> None:
    read = tune("|:G|c8|c7:|")
    assert lengths(read) == [Fraction(1, 8), 1, Fraction(7, 8)]
    assert [bar.pickup for bar in read.bars] == [True, False, True]


def test_a_bar_split_by_a_double_bar_line_is_joined() -> None:
    assert lengths(tune("c8|c4||c4|c8|")) == [1, 1, 1]


def test_a_repeat_that_is_never_opened_starts_where_its_strain_does() -> None:
    read = tune("c8|d8:|e8|f8:|")
    assert [bar.repeat_open for bar in read.bars] == [True, False, True, False]
    assert [bar.repeat_close for bar in read.bars] == [0, 2, 0, 2]


def test_a_repeat_that_is_never_closed_is_dropped() -> None:
    assert not any(bar.repeat_open for bar in tune("|:c8|d8|").bars)


def test_every_bar_of_an_ending_belongs_to_it() -> None:
    read = tune("|:c8|1 d8|e8:|2 f8|g8||a8|")
    assert [bar.ending for bar in read.bars] == [0, 1, 1, 2, 2, 0]
    assert [bar.repeat_close for bar in read.bars] == [0, 0, 2, 0, 0, 0]


@pytest.mark.parametrize("music", ["c8|c9|c8|", "c8|c7|c8|", "|1 c8|2 d8|"])
def test_bars_that_do_not_add_up_are_an_error_that_names_the_bar(music: str) -> None:
    with pytest.raises(BrokenTuneError, match=r"bar [12]"):
        tune(music)


def test_a_tune_without_notes_is_an_error() -> None:
    with pytest.raises(BrokenTuneError, match="no note"):
        tune("z8|")


def test_tempo_counts_quarter_notes() -> None:
    assert tune("c6|", meter="6/8", extra="Q:3/8=120\n").bars[0].tempo == 180


@pytest.mark.parametrize(("written", "tempo"), [("1/64=640", 40), ("2/1=20", 160), ("5/8=30", None)])
def test_a_tempo_in_a_rare_note_value_is_read_or_left_out(written: str, tempo: int | None) -> None:
    assert tune("c8|", extra=f"Q:{written}\n").bars[0].tempo == tempo


@pytest.mark.parametrize(
    ("key", "name"), [({}, "c"), ({"fifths": 2}, "d"), ({"mode": "Minor"}, "aminor"), ({"fifths": -3}, "eb")]
)
def test_keys_are_spelled_as_alphatex_does(key: dict[str, object], name: str) -> None:
    assert key_signature(key) == name


@pytest.mark.parametrize(
    ("written", "composer"),
    [
        ("O'Carolan", "O'Carolan"),
        ('"collected by F.O\'Neill"', ""),
        ("SCOTCH.", ""),
        ("FRANK LIVINGSTON.", "Frank Livingston"),
    ],
)
def test_composers_are_told_from_collectors_and_countries(written: str, composer: str) -> None:
    assert composer_of(written) == composer
