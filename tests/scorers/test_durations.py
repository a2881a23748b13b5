"""Durations by musical example: rhythms turned round, beats where nobody expects them, and what is left alone."""

import pytest

from alphatex_eval.scorers import durations as durations_module
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Status, Subject

HEADER = "\\ts (4 4)\n\\ks g\n"
MARCH = HEADER + (
    "0.3.4{d} 2.3.8 :4 0.2 0.2 | 1.2.4{d} 0.2.8 2.3.2 | 0.3.4{d} 2.3.8 :4 0.2 3.2 | 0.2.4 2.3.4 0.3.2 |"
    "0.3.4{d} 2.3.8 :4 0.2 0.2 | 1.2.4{d} 0.2.8 2.3.2 | 0.3.4{d} 2.3.8 :4 0.2 3.2 | 2.3.4 4.4.4 0.3.2"
)
DRUMS = '\\track "Drums" {instrument percussion}\n\\articulation defaults\n\\ts (2 4)\n'


def judge(text, prompt="", finish_reason=FinishReason.STOP):
    subject = Subject(prompt=prompt, completion=text, finish_reason=finish_reason)
    return get_scorer("alphatex/durations").build().score(subject)


def test_a_tune_as_people_write_them_is_expected():
    score = judge(MARCH)
    assert score.value > 0.95
    assert all(check.passed for check in score.checks)


@pytest.mark.parametrize(
    ("usual", "turned"),
    [
        ("0.3.4{d} 2.3.8 :4 0.2 0.2 |", "0.3.8 2.3.4{d} :4 0.2 0.2 |"),
        ("0.3.4{d} 2.3.8 :4 0.2 3.2 |", "r.8 0.3.4{d} :4 2.3 0.2 |"),
        ("1.2.4{d} 0.2.8 2.3.2", "1.2.8 0.2.2 2.3.4{d}"),
    ],
)
def test_durations_in_an_order_that_people_do_not_write_cost(usual, turned):
    assert judge(MARCH.replace(usual, turned)).value < judge(MARCH).value


def test_notes_on_other_frets_change_nothing():
    assert judge(MARCH.replace("0.3", "5.3")) == judge(MARCH)


def test_a_note_that_is_held_lasts_as_long_as_one_that_is_struck():
    bars = "0.3.2 0.3.2 | 0.3.2 0.3.2 |"
    assert judge(HEADER + bars.replace("| 0.3.2", "| -.3.2")).value == pytest.approx(
        judge(HEADER + bars).value, abs=0.01
    )


def test_every_surprise_more_costs_more_without_an_end():
    texts = [MARCH.replace("0.3.4{d} 2.3.8", "0.3.16 2.3.4{d} 2.3.16", count) for count in range(5)]
    values = [judge(text).value for text in texts]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_durations_that_nobody_writes_cost_a_part_of_the_value():
    assert 0.5 < judge(HEADER + "0.3.64{dd} 2.3.128 0.3.16{tu 7} 0.3.256 " * 8).value < 0.85


def test_what_the_prompt_wrote_badly_costs_nothing():
    bad = HEADER + "0.3.16 7.1.2{dd} 1.6.16 |\n"
    assert judge("0.3.2 2.3.2 |", prompt=bad).value > judge(bad).value
    assert judge("", prompt=MARCH).value == 0.0


def test_the_model_answers_for_its_part_of_a_bar():
    begun = HEADER + "0.3.4{d} "
    good, bad = judge("2.3.8 0.2.4 0.2.4", prompt=begun), judge("2.3.16 0.2.4{d} 0.2.16", prompt=begun)
    assert good.value > bad.value


def test_the_least_expected_place_is_shown():
    text = MARCH.replace("2.3.4 4.4.4 0.3.2", "2.3.4 4.4.32 0.3.32 0.3.16 0.3.8 r.2")
    (found,) = judge(text).checks
    assert "4.4.32" in text[found.span[0] : found.span[1]]
    assert found.message.startswith("mean log-probability of the durations")


def test_drums_have_a_scorer_of_their_own_and_silence_is_worth_nothing():
    assert judge(DRUMS + ":8 KickHit SnareHit KickHit SnareHit").status is Status.SKIPPED
    assert judge(HEADER + "r.1 | r.1").value == 0.0
    assert judge("").value == 0.0
    assert 0.0 < judge(HEADER + "0.3.1").value < 1.0


def test_a_text_cut_off_in_a_bar_is_judged_by_what_is_there():
    whole, cut = judge(MARCH), judge(MARCH.removesuffix(" 0.3.2"), finish_reason=FinishReason.LENGTH)
    assert cut.value == pytest.approx(whole.value, abs=0.03)


def test_a_table_is_learnt_from_the_rhythms_of_a_line():
    (line,) = passage(Subject(completion="\n".join([MARCH] + [MARCH.removeprefix(HEADER)] * 20))).lines
    counts = durations_module.learn(durations_module.rhythms(line)).counts
    assert counts["4/4 0"]["3/8"] > counts["4/4 0"]["1/4"]
    assert "4/4 3/8 1/8:" in counts
