"""What sounds the same gets the same, however it is written; what is no music earns nothing, however good its start."""

import pytest

from alphatex_eval import score
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Subject

HEADER = '\\title "Reel" \\track "Guitar" {instrument acousticguitarsteel volume 12} \\tempo 100 \\ks c '
GOOD = ["3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2", "0.2 2.3 0.3 3.4 2.4 0.4 2.4 3.5", "3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2"]
TUNE = HEADER + ":8 " + " | ".join(GOOD) + " | 1.2.1 |"
START = HEADER + ":8 " + " | ".join(GOOD) + " | "
OTHER_STRINGS = {"3.5": "8.6", "0.4": "5.5", "2.4": "7.5", "3.4": "8.5", "0.3": "5.4", "2.3": "7.4", "0.2": "4.3"}


def judge(name, text, **subject):
    return get_scorer(f"alphatex/{name}").build().score(Subject(completion=text, **subject))


def check(found, name):
    return next(one for one in found.checks if one.name == name)


def on_another_string(beats, place):
    return [OTHER_STRINGS.get(beat, beat) if number == place % 7 else beat for number, beat in enumerate(beats)]


def in_a_tuplet_of_one(beats, place):
    return [f"{beat} {{tu (1 1)}}" if number == place % 8 else beat for number, beat in enumerate(beats)]


def with_a_grace_note(beats, place):
    return [f"5.3{{gr}} {beat}" if number == place % 8 else beat for number, beat in enumerate(beats)]


def with_another_note(beats, place):
    return [f"{place % 5}.3" if number == place % 8 else beat for number, beat in enumerate(beats)]


def cut_short(beats, place):
    return [f"{beat}.16 r.16" if number == place % 8 else f"{beat}.8" for number, beat in enumerate(beats)]


DISGUISES = [on_another_string, in_a_tuplet_of_one, with_a_grace_note, with_another_note, cut_short]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_loop_is_one_however_its_bars_are_written(disguise):
    bars = [" ".join(disguise(GOOD[0].split(), place)) for place in range(16)]
    found = judge("repetition", HEADER + ":8 " + " | ".join(bars))
    assert check(found, "no_loop").passed is False
    assert found.value < 0.05


@pytest.mark.parametrize("disguise", DISGUISES)
def test_bars_of_the_prompt_earn_nothing_however_they_are_written(disguise):
    bars = ["3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2", "0.2 2.3 0.3 3.4 2.4 0.4 2.4 3.5", "0.1 1.2 0.2 2.3 0.3 3.4 2.4 0.4"]
    prompt = HEADER + ":8 " + " | ".join(bars) + " | "
    again = " | ".join(" ".join(disguise(bar.split(), place)) for place, bar in enumerate(bars)) + " |"
    found = judge("repetition", ":8 " + again, prompt=prompt)
    assert check(found, "new_bars").passed is False
    assert found.value < 0.05


def test_a_figure_that_stays_while_bass_and_melody_move_is_no_loop_and_one_with_a_moving_bass_is():
    study = [f":8 {low}.5 0.3 1.2 0.1 {high}.2 0.1 1.2 0.3" for low, high in zip("02350235", "13131353", strict=True)]
    assert check(judge("repetition", " | ".join(study)), "no_loop").passed is True
    still = [bar.replace("3.2", "1.2").replace("5.2", "1.2") for bar in study]
    assert check(judge("repetition", " | ".join(still)), "no_loop").passed is False


def test_a_scale_up_and_down_is_no_loop_and_a_figure_of_few_notes_is_in_any_order():
    up, down = GOOD[0], " ".join(reversed(GOOD[0].split()))
    assert judge("repetition", f":8 {up} | {down} | {up} | 1.2.1").value == 1.0
    few = [":4 3.5 0.4 2.4 3.4", ":4 0.4 3.5 3.4 2.4", ":4 3.4 2.4 0.4 3.5"]
    assert check(judge("repetition", " | ".join(few * 4)), "no_loop").passed is False


def test_drums_hide_no_loop_of_others_and_alone_may_keep_a_groove():
    groove = ":8 (36 42) 42 (38 42) 42 (36 42) (36 42) (38 42) 42 | "
    fills = [":4 36 38 36 45", ":4 38 36 45 36", ":4 45 45 38 36", ":4 36 36 45 38"]
    band = '\\track "A" ' + " | ".join([":4 3.5 0.4 2.4 3.4"] * 16)
    drums = ' \\track "B" {instrument percussion} ' + " | ".join(fills * 4)
    assert check(judge("repetition", band + drums), "no_loop").passed is False
    alone = '\\track "B" {instrument percussion} '
    kept = alone + (groove * 3 + ":16 38 38 38 38 48 48 48 48 45 45 45 45 43 43 43 43 | ") * 2
    assert judge("repetition", kept).value == 1.0
    assert judge("repetition", alone + groove * 60).value < 0.5


def test_places_of_loops_and_copies_lie_in_order_in_what_the_model_wrote():
    prompt = HEADER + ":8 " + " | ".join(GOOD) + " | "
    found = judge("repetition", (GOOD[1] + " | ") * 9, prompt=prompt)
    two = '\\track "A" {instrument 25} | | | | 3.3.1 | 3.3.1 | 3.3.1 \\track "B" {instrument 25} 3.3.1 | 3.3.1 | 3.3.1 '
    for one in (*found.checks, *judge("repetition", two).checks):
        assert one.span[0] < one.span[1]
    assert all(one.span[0] >= len(prompt) for one in found.checks)


@pytest.mark.parametrize("tail", ["(3.3 " + "5.2 " * 500, '\\title "' + "la " * 500, ":8 3.3 {" + " f" * 900])
def test_a_tail_that_never_becomes_a_bar_costs_also_when_tokens_run_out(tail):
    whole = score(START, finish_reason=FinishReason.LENGTH)
    lost = score(START + tail, finish_reason=FinishReason.LENGTH)
    assert whole.value > 0.9
    assert lost.value < 0.5
    assert check(lost.scores["alphatex/extent"], "bars_to_the_end").passed is False


def test_a_comment_behind_the_last_bar_is_no_lost_music():
    cut = score(START + "3.3 5.3", finish_reason=FinishReason.LENGTH)
    assert score(START + "/* " + "la " * 500 + "*/ 3.3 5.3", finish_reason=FinishReason.LENGTH).value == cut.value


@pytest.mark.parametrize("nothing", ["r.1 | " * 40, "| " * 40])
def test_bars_in_which_nobody_plays_earn_nothing(nothing):
    found = score(START + nothing)
    assert found.value < 0.2
    assert check(found.scores["alphatex/extent"], "sounding_bars").passed is False


def test_a_part_may_rest_while_others_play():
    resting = '\\track "B" {instrument 25} ' + "r.1 | " * 3 + "3.3.1 |"
    assert check(judge("extent", TUNE + resting), "sounding_bars").passed is True


@pytest.mark.parametrize("setting", ["\\transpose -96", "\\tuning (E14 B13 G13 D13 A12 E12)", "\\capo 300"])
def test_what_nobody_can_hear_earns_nothing(setting):
    assert score(TUNE.replace("\\ks", f"{setting} \\ks")).value < 0.05


def test_a_capo_takes_frets_away():
    high = HEADER + "\\capo 12 :4 13.1 14.1 3.1 5.1 |"
    found = judge("tab", high)
    assert check(found, "frets_on_neck").message == "fret 13 above the capo at 12 (2 of 4)"
    assert check(judge("tab", high.replace("12 :4", "5 :4")), "frets_on_neck").passed is True


def test_grace_notes_are_no_place_for_anything():
    heap = " ".join(f"{place * 7 % 23}.{1 + place * 5 % 6}{{gr}}" for place in range(60))
    assert check(judge("note", TUNE.replace("0.4", f"{heap} 0.4", 1)), "graces").passed is False
    assert check(judge("note", TUNE.replace("0.4", "5.4{gr} 7.4{gr} 0.4", 1)), "graces").passed is True


def test_a_marked_pickup_is_completed_by_the_last_bar():
    found = judge("rhythm", "\\ac 3.3.4 | 5.3.4 7.3 8.3 10.3 | 7.3.2 {d} |")
    assert check(found, "pickups_complete").passed is True
    assert found.value == 0.25 + 0.75 * 1.5 / 2


def test_free_time_neither_costs_full_bars_nor_saves_others():
    bars = ["\\ft :8 " + bar for bar in GOOD]
    assert judge("rhythm", " | ".join(bars)).value == 1.0
    ragged = judge("rhythm", " | ".join(bar + " 3.3" for bar in bars))
    assert check(ragged, "bars_filled").passed is True
    assert 0.5 < ragged.value < 0.7


def test_a_hammer_on_may_sound_over_a_bass_note_and_not_over_its_own_line():
    assert check(judge("note", ":8 0.2{h} 3.5 1.2 3.5 0.2{h} 3.5 1.2 3.5"), "effects").passed is True
    assert check(judge("note", ":8 0.2{h} 2.3 1.2 3.5"), "effects").passed is False
    assert check(judge("note", ":8 0.2{h} r 1.2 3.5"), "effects").passed is False


def test_a_grace_note_does_not_break_a_triplet():
    bar = "3.5.8{tu 3} 2.4{gr}.16 0.4.8{tu 3} 2.4{tu 3} 3.4.4 0.3.4 2.3.4"
    assert check(judge("note", bar), "tuplets").passed is True


def test_voices_of_a_staff_share_its_strings_and_one_hand():
    bar = ":8 3.5 0.4 2.4 4.4 0.3 2.3 0.2 1.2"
    above = ":8 15.5 12.4 14.4 16.4 12.3 14.3 12.2 13.2"
    found = check(judge("playability", f"\\voice {bar} \\voice {above}"), "playable")
    assert found.message == "with the other voices two notes on string 5 (8 of 16)"
    assert check(judge("playability", f"\\voice {bar} \\voice {bar}"), "playable").passed is True
    assert check(judge("playability", "\\voice :2 3.1 5.1 \\voice :2 3.6 5.6"), "playable").passed is True


def test_harmonics_and_tapped_notes_are_not_asked_of_the_hand():
    harmonics = ":8 12.6{nh} 7.5{nh} 12.4{nh} 7.4{nh} 12.3{nh} 7.3{nh} 12.2{nh} 7.1{nh}"
    assert judge("playability", harmonics).value == 0.5
    assert (
        judge("playability", f"{harmonics} | :4 3.5 0.4 2.4 3.4").value
        == judge("playability", ":4 3.5 0.4 2.4 3.4").value
    )
    assert judge("playability", "r.1 | r.1").value == 0.0


def test_a_bar_that_says_it_is_the_one_before_again_is_not_empty():
    found = judge("rhythm", "3.3.1 | \\simile simple | 3.3.1 | 5.3.1")
    assert check(found, "no_empty_bars").passed is True


def test_instruments_may_be_written_in_words():
    words = HEADER.replace("acousticguitarsteel", '"Acoustic Guitar Steel"')
    piano = HEADER.replace("acousticguitarsteel", '"Acoustic Grand Piano"')
    assert check(judge("structure", words + ":4 3.3 5.3 3.3 5.3"), "instrument").passed is True
    assert check(judge("structure", piano + ":4 c4 d4 e4 f4"), "instrument").passed is True


def test_without_a_key_notes_outside_the_one_that_fits_are_shown():
    text = '\\track "A" :8 0.6 2.5 4.5 1.3 2.4 1.4 4.5 2.5 | 0.6 2.5 4.5 1.3 2.4 1.4 4.5 0.5 | 1.5.1'
    found = check(judge("theory", text), "in_key")
    assert text[slice(*found.span)] == "1.5.1"


def test_a_text_without_strings_is_no_tablature():
    assert judge("playability", ":4 c4 d4 e4 f4").value == 0.5


@pytest.mark.parametrize("held", ["-.4 -.4 -.4 -.4 | " * 12, "-.4.1 | " * 200])
def test_notes_that_are_held_for_ever_are_no_music(held):
    found = judge("extent", f":4 3.5 0.4 2.4 3.4 | {held}")
    assert check(found, "sounding_bars").passed is False
    assert found.value < 0.15


def test_a_note_may_be_held_for_two_bars():
    organ = "3.5.1 | -.5.1 | -.5.1 | 2.5.1 | -.5.1 | -.5.1 | " * 3
    assert judge("extent", organ).value == 1.0


def test_a_simile_mark_is_worth_what_it_has_played_again():
    bars = [f":8 {bar}" for bar in GOOD[:2]]
    for marks, written in (
        (["\\simile simple"] * 20, [bars[1]] * 20),
        (["\\simile firstofdouble", "\\simile secondofdouble"] * 8, bars * 8),
    ):
        short, long = (score(HEADER + " | ".join([*bars, *more]) + " |") for more in (marks, written))
        assert short.value == pytest.approx(long.value)
        assert check(short.scores["alphatex/repetition"], "no_loop").passed is False
    assert score("\\simile simple | " * 9, prompt=START).value < 0.05


@pytest.mark.parametrize("mark", ["", "\\ac "])
def test_half_empty_bars_do_not_complete_each_other_without_end(mark):
    halves = [" ".join(bar.split()[half : half + 4]) for bar in GOOD for half in (0, 4)]
    found = judge("rhythm", " | ".join(f"{mark}:8 {half}" for half in halves) + " |")
    assert check(found, "bars_filled").passed is False
    assert found.value < 0.2


@pytest.mark.parametrize("length", [9, 11, 13])
def test_a_figure_that_does_not_fit_the_bar_is_a_loop_too(length):
    figure = " ".join(GOOD).split()[:length]
    notes = figure * 16
    bars = [" ".join(notes[start : start + 8]) for start in range(0, len(notes) - 7, 8)]
    assert check(judge("repetition", ":8 " + " | ".join(bars)), "no_loop").passed is False


def test_a_phrase_is_a_loop_only_where_it_comes_back_five_times():
    strings = [f"{fret}.{string}" for string in (5, 4, 3, 2, 1) for fret in (0, 2, 3)]
    phrase = [":8 " + " ".join(strings[(step * (bar + 2) + bar) % 15] for step in range(8)) for bar in range(5)]
    assert check(judge("repetition", " | ".join(phrase * 4)), "no_loop").passed is True
    assert check(judge("repetition", " | ".join(phrase * 5)), "no_loop").passed is False


@pytest.mark.parametrize("frets", [2, 5, 12])
def test_the_prompt_in_another_key_or_octave_is_nothing_new(frets):
    bars = ["3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2", "0.2 2.3 0.3 3.4 2.4 0.4 2.4 3.5", "0.1 1.2 0.2 2.3 0.3 3.4 2.4 0.4"]
    higher = [" ".join(f"{int(note[:-2]) + frets}{note[-2:]}" for note in bar.split()) for bar in bars]
    found = judge("repetition", ":8 " + " | ".join(higher) + " |", prompt=HEADER + ":8 " + " | ".join(bars) + " | ")
    assert check(found, "new_bars").passed is True
    assert check(found, "new_runs").passed is False
    assert found.value < 0.3


def test_strumming_one_chord_a_bar_is_less_static_than_striking_one_note():
    chords = ["(0.5 2.4 2.3 1.2)", "(3.6 2.5 0.4 0.3)", "(1.6 3.5 3.4 2.3)", "(0.4 2.3 3.2 2.1)"]
    strummed = judge("repetition", ":8 " + " | ".join(" ".join([chord] * 8) for chord in chords * 2))
    notes = judge("repetition", ":8 " + " | ".join(" ".join([chord[1:4]] * 8) for chord in chords * 2))
    assert strummed.metrics["static"] == 0.5
    assert notes.metrics["static"] == 1.0
