"""The strategies: what they give is accepted, musical where they say so, steerable, and shrinks to something small."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from alphatex_eval.language import Verdict, check, parse
from alphatex_eval.language.nodes import Bar, Beat, Chord, Document, Note, Rest
from alphatex_eval.music.loader import load
from alphatex_eval.testing import fretboard
from alphatex_eval.testing.damage import FAULTS, damage
from alphatex_eval.testing.strategies import (
    Feature,
    Instrument,
    bars,
    beats,
    chords,
    damaged,
    documents,
    durations,
    effects,
    notes,
    prompts,
    scores,
    texts,
    tracks,
    truncated,
    tunings,
    write,
)
from tests.testing.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from alphatex_eval.testing.strategies import Damaged
    from tests.reference.oracle import Oracle

FEW = settings(max_examples=40, database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
ANY_MUSIC = documents(tracks=(1, 3), instruments=list(Instrument))


# ---- alphaTab accepts it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "strategy",
    [texts(), ANY_MUSIC, documents(key="d", playable=False)],
    ids=["any syntax", "any music", "wild but in key"],
)
def test_alphatab_accepts_every_text_without_a_finding(strategy: st.SearchStrategy[str], oracle: Oracle) -> None:
    found = examples(strategy, 100)
    assert sum(len(text) > 200 for text in found) >= 40
    refused = [
        (text, answer)
        for text, answer in zip(found, oracle.check_all(found), strict=True)
        if not answer.accepted or answer.diagnostics
    ]
    assert not refused, refused[0]


# ---- it is music ---------------------------------------------------------------------------------------------------


@FEW
@given(ANY_MUSIC)
def test_every_bar_is_exactly_full(text: str) -> None:
    score = load(text)
    for track in score.tracks:
        for master, bar in zip(score.master_bars, track.staves[0].bars, strict=True):
            assert [voice.duration for voice in bar.voices] == [master.duration]


@FEW
@given(
    st.sampled_from([(4, 4), (3, 8), (7, 16), (5, 64)]).flatmap(
        lambda meter: st.tuples(st.just(meter), bars(time_signature=meter))
    )
)
def test_bars_of_any_meter_are_full(drawn: tuple[tuple[int, int], Bar]) -> None:
    meter, bar = drawn
    score = load(f"\\ts ({meter[0]} {meter[1]})\n{write(bar)}")
    assert score.tracks[0].staves[0].bars[0].voices[0].duration == Fraction(*meter)


def fretted(item: Note) -> tuple[int, int]:
    assert item.string is not None
    assert isinstance(item.value.value, int)
    assert isinstance(item.string.value, int)
    return item.string.value, item.value.value


@FEW
@given(chords())
def test_playable_chords_need_four_fingers_within_four_frets(chord: Chord) -> None:
    strings, frets = zip(*map(fretted, chord.notes), strict=True)
    pressed = [fret for fret in frets if fret > 0]
    assert len(set(strings)) == len(strings) >= 1
    assert len(pressed) <= 4
    assert max(pressed, default=0) - min(pressed, default=0) < 4


@FEW
@given(documents(key="eb", playable=False, instruments=[Instrument.GUITAR, Instrument.PIANO]))
def test_notes_are_in_key_if_asked(text: str) -> None:
    pitches = {
        note.pitch % 12
        for track in load(text).tracks
        for bar in track.staves[0].bars
        for beat in bar.voices[0].beats
        for note in beat.notes
        if note.pitch is not None and not note.dead and not set(note.effects) & {"ah", "th", "ph", "sh", "fh", "nh"}
    }
    assert pitches <= {3, 5, 7, 8, 10, 0, 2}


@FEW
@given(tunings(), st.data())
def test_notes_stay_on_the_strings_of_their_tuning(tuning: tuple[str, ...], data: st.DataObject) -> None:
    string, fret = fretted(data.draw(notes(tuning=tuning)))
    assert 1 <= string <= len(tuning)
    assert 0 <= fret <= fretboard.LAST_FRET


@FEW
@given(tunings(strings=7))
def test_tunings_have_as_many_strings_as_asked(tuning: tuple[str, ...]) -> None:
    assert len(tuning) == 7
    assert fretboard.pitch(tuning[0]) > fretboard.pitch(tuning[-1])


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(ValueError, match="no key signature 'h'"):
        examples(documents(key="h"), 1)


# ---- it can be steered ---------------------------------------------------------------------------------------------


@FEW
@given(documents(features=(), tracks=(1, 1), bars=(3, 3), tuning=fretboard.STANDARD))
def test_without_features_there_are_only_single_notes_of_plain_values(text: str) -> None:
    document = parse(text)
    assert len(document.bars) == 3
    for bar in document.bars:
        assert bar.tags == ()
        assert all(isinstance(beat.content, Note) and beat.properties is None for beat in bar.beats)


@FEW
@given(beats(features={Feature.CHORDS}))
def test_a_feature_switched_off_does_not_come_up(beat: object) -> None:
    assert not isinstance(getattr(beat, "content", None), Rest)
    assert "{" not in write(beat)


@pytest.mark.parametrize("wanted", [{"bars": (0, 4)}, {"bars": (4, 2)}, {"tracks": (0, 0)}, {"tracks": (3, 1)}])
def test_numbers_of_tracks_and_bars_that_make_no_sense_are_named(wanted: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="must be the fewest and the most, two numbers from 1 on"):
        examples(documents(**wanted), 1)


def test_long_pieces_pass_the_health_checks() -> None:
    assert min(len(text) for text in examples(documents(bars=(16, 16), tracks=(2, 2)), 12)) > 300


@FEW
@given(scores(tracks=(2, 3), bars=(2, 2), time_signature=(3, 4)))
def test_tracks_and_bars_are_as_many_as_asked(document: Document) -> None:
    score = load(write(document))
    assert 2 <= len(score.tracks) <= 3
    assert [master.time_signature for master in score.master_bars] == [(3, 4), (3, 4)]


@FEW
@given(texts(rule="bar_tag", without={"\\tempo", "\\section"}))
def test_texts_of_one_rule_leave_out_what_is_not_wanted(text: str) -> None:
    assert text.startswith("\\")
    assert not text.startswith(("\\tempo", "\\section"))
    assert check(text + "\n").accepted


@FEW
@given(tracks(instrument=Instrument.DRUMS, bars=(1, 2)), effects(), effects(of="beat"), durations())
def test_parts_can_be_used_alone(found: tuple[Bar, ...], note: object, beat: object, duration: Fraction) -> None:
    assert check(write(Document(found))).accepted
    assert check(f"3.3{{{write(note)} {write(beat)}}}").accepted
    assert 0 < duration <= 2


def test_effects_of_something_else_are_refused() -> None:
    with pytest.raises(ValueError, match='a "note" or a "beat", not \'nots\''):
        effects(of="nots")


@FEW
@given(documents(instrument=Instrument.PIANO, tracks=(2, 2), bars=(1, 1)))
def test_pieces_are_for_the_instrument_asked_for(text: str) -> None:
    assert text.count('\\track "Piano"') == 2


@FEW
@given(st.sampled_from([Instrument.DRUMS, Instrument.PIANO]).flatmap(lambda which: chords(instrument=which)))
def test_chords_without_strings_have_two_notes_or_more(chord: Chord) -> None:
    assert len({note.value.value for note in chord.notes}) == len(chord.notes) >= 2


# ---- it shrinks ----------------------------------------------------------------------------------------------------


def smallest(strategy: st.SearchStrategy[str], is_hit: Callable[[str], bool]) -> str:
    quickly = settings(max_examples=300, database=None, derandomize=True)
    return find(strategy, is_hit, settings=quickly)


def struck(text: str) -> list[Beat]:
    return [beat for bar in parse(text).bars for beat in bar.beats]


@pytest.mark.parametrize(
    "is_hit",
    [
        pytest.param(lambda text: "{tu" in text, id="a tuplet"),
        pytest.param(lambda text: any(len(beat.notes) == 3 for beat in struck(text)), id="a chord of three notes"),
        pytest.param(lambda text: ".6." in text, id="the sixth string"),
        pytest.param(lambda text: "{h}" in text, id="a hammer-on"),
        pytest.param(lambda text: "\\rc" in text, id="a repeat"),
    ],
)
def test_a_planted_bug_shrinks_to_one_bar_of_music(is_hit: Callable[[str], bool]) -> None:
    kept = {Feature.CHORDS, Feature.TUPLETS, Feature.EFFECTS, Feature.REPEATS, Feature.METERS}
    document = parse(smallest(documents(bars=(1, 2), features=kept), is_hit))
    assert len(document.bars) == 1
    assert len(document.bars[0].tags) <= 2
    assert len(document.bars[0].beats) <= 6  # three sixteenths in the time of two leave room for three beats


def test_a_planted_bug_between_bars_shrinks_to_two() -> None:
    ties = documents(tracks=(1, 2), bars=(1, 2), features={Feature.TIES, Feature.CHORDS})
    text = smallest(ties, lambda text: any("-" in write(bar).split(" ")[0] for bar in parse(text).bars[1:]))
    assert text == "0.1.1 |\n-.1.1 |\n"


def test_a_planted_bug_in_any_syntax_shrinks_to_a_few_lines() -> None:
    assert len(smallest(texts(size=60), lambda text: "\\capo" in text).splitlines()) <= 4


# ---- cut and damaged -----------------------------------------------------------------------------------------------


@settings(FEW, max_examples=100)
@given(truncated(ANY_MUSIC | texts()))
def test_a_cut_text_is_never_invalid(text: str) -> None:
    assert check(text).verdict is not Verdict.INVALID


@settings(FEW, max_examples=100)
@given(damaged(ANY_MUSIC))
def test_a_damaged_text_gets_the_diagnostic_that_was_promised(found: Damaged) -> None:
    report = check(found.text)
    assert (found.code, found.start) in [(item.code, item.start) for item in report.diagnostics]
    assert not report.accepted


def test_alphatab_sees_every_fault_where_it_was_planted(oracle: Oracle) -> None:
    found = [damage(text, fault, line) for line, text in enumerate(examples(ANY_MUSIC, 10)) for fault in FAULTS]
    for item, answer in zip(found, oracle.check_all([item.text for item in found]), strict=True):
        seen = [(f"AT{finding.code:03}", finding.start) for finding in answer.diagnostics if finding.severity == 2]
        assert (item.code, item.start) in seen, item


@pytest.mark.parametrize("text", ["/* a\nb */\n3.3 |\n", '\\title "a\nb"\n3.3 |\n', '\\title "a\u2028b"\n3.3 |\n'])
@pytest.mark.parametrize("line", [0, 1, 2, 3])
def test_no_fault_is_planted_into_a_comment_or_a_string(text: str, line: int) -> None:
    found = damage(text, FAULTS[0], line)
    assert (found.code, found.start) in [(item.code, item.start) for item in check(found.text).diagnostics]


def test_codes_that_no_fault_gives_are_named() -> None:
    with pytest.raises(ValueError, match=r"no fault gives AT999; there are AT001, "):
        examples(damaged(documents(), codes=("AT999",)), 1)


def test_faults_can_be_chosen_by_code() -> None:
    assert {item.code for item in examples(damaged(documents(), codes={"AT211"}), 20)} == {"AT211"}


@FEW
@given(prompts())
def test_a_prompt_is_the_first_lines_of_a_piece(text: str) -> None:
    assert text.endswith("\n")
    assert check(text).verdict is not Verdict.INVALID
