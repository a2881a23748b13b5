"""Expectation by musical example: rhythms turned round, notes in another order, and habits of the piece itself."""

import pytest

from alphatex_eval.scorers import expectation as expectation_module
from alphatex_eval.scorers.melody import line_steps
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Status, Subject

HEADER = "\\ts (4 4)\n\\ks g\n"
MARCH = HEADER + (
    "0.3.4{d} 2.3.8 :4 0.2 0.2 | 1.2.4{d} 0.2.8 2.3.2 | 0.3.4{d} 2.3.8 :4 0.2 3.2 | 0.2.4 2.3.4 0.3.2 |"
    "0.3.4{d} 2.3.8 :4 0.2 0.2 | 1.2.4{d} 0.2.8 2.3.2 | 0.3.4{d} 2.3.8 :4 0.2 3.2 | 2.3.4 4.4.4 0.3.2"
)
FIGURE = ":8 0.3 4.3 0.1 0.2 0.3 4.4 0.4 0.3"
DRUMS = '\\track "Drums" {instrument percussion}\n\\articulation defaults\n\\ts (2 4)\n'


def judge(text, prompt="", finish_reason=FinishReason.STOP):
    subject = Subject(prompt=prompt, completion=text, finish_reason=finish_reason)
    return get_scorer("alphatex/expectation").build().score(subject)


def check(score, name):
    return next(found for found in score.checks if found.name == name)


def test_a_tune_as_people_write_them_is_expected():
    score = judge(MARCH)
    assert score.value > 0.9
    assert all(found.passed for found in score.checks)


@pytest.mark.parametrize(
    ("usual", "turned"),
    [
        ("0.3.4{d} 2.3.8 :4 0.2 0.2 |", "0.3.8 2.3.4{d} :4 0.2 0.2 |"),
        ("0.3.4{d} 2.3.8 :4 0.2 3.2 |", "r.8 0.3.4{d} :4 2.3 0.2 |"),
        ("1.2.4{d} 0.2.8 2.3.2", "1.2.8 0.2.2 2.3.4{d}"),
    ],
)
def test_durations_in_an_order_that_people_do_not_write_cost(usual, turned):
    straight, crooked = judge(MARCH), judge(MARCH.replace(usual, turned))
    assert crooked.metrics["durations"] < straight.metrics["durations"]
    assert crooked.value < straight.value


def test_notes_in_another_order_cost_although_the_durations_stay():
    straight, crooked = judge(MARCH), judge(MARCH.replace("0.3.4{d} 2.3.8 :4 0.2 3.2", "3.2.4{d} 0.3.8 :4 2.3 0.2"))
    assert crooked.metrics["durations"] == straight.metrics["durations"]
    assert crooked.metrics["intervals"] < straight.metrics["intervals"]


def test_every_surprise_more_costs_more_without_an_end():
    texts = [MARCH.replace("0.3.4{d} 2.3.8", "0.3.16 2.3.4{d} 2.3.16", count) for count in range(5)]
    values = [judge(text).value for text in texts]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
    assert min(values) > 0.0


def test_what_the_prompt_played_is_expected_to_come_again():
    alone, after = judge(f"{FIGURE} |"), judge(f"{FIGURE} |", prompt=HEADER + f"{FIGURE} |\n" * 4)
    assert after.metrics["intervals"] > alone.metrics["intervals"]


def test_what_the_prompt_wrote_badly_costs_nothing():
    bad = HEADER + "0.3.16 7.1.2{dd} 1.6.16 |\n"
    assert judge("0.3.2 2.3.2 |", prompt=bad).metrics["durations"] > judge(bad).metrics["durations"]
    assert judge("", prompt=MARCH).value == 0.0


def test_the_rarest_place_is_shown():
    text = MARCH.replace("2.3.4 4.4.4 0.3.2", "2.3.4 4.4.32 0.3.32 0.3.16 0.3.8 r.2")
    found = check(judge(text), "usual_durations")
    assert "4.4.32" in text[found.span[0] : found.span[1]]
    assert found.message.startswith("mean log-probability of the durations")


def test_drums_have_no_intervals_and_silence_is_worth_nothing():
    assert judge(DRUMS + ":8 KickHit SnareHit KickHit SnareHit").status is Status.SKIPPED
    assert judge(HEADER + "r.1 | r.1").value == 0.0
    assert judge("").value == 0.0
    assert 0.0 < judge(HEADER + "0.3.1").value < 1.0


def test_a_text_cut_off_in_a_bar_is_judged_by_what_is_there():
    whole, cut = judge(MARCH), judge(MARCH.removesuffix(" 0.3.2"), finish_reason=FinishReason.LENGTH)
    assert cut.value == pytest.approx(whole.value, abs=0.03)


def test_tables_are_learnt_from_lines():
    (line,) = passage(Subject(completion="\n".join([MARCH] + [MARCH.removeprefix(HEADER)] * 20))).lines
    durations = expectation_module.learn_durations(expectation_module.patterns_of(line)).counts
    assert durations["4/4 0"]["3/8"] > durations["4/4 0"]["1/4"]
    assert "4/4 3/8 1/8:" in durations
    intervals = expectation_module.learn_intervals([line_steps(line, declared=True, ended=True)[1]]).counts
    assert intervals["0"]["2"] > 20
