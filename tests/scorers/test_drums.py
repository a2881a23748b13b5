"""Drums by musical example: grooves of many styles, one drum alone, hits at random, late and off the grid."""

import random
from itertools import cycle, islice

import pytest

from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import Status, Subject

HEADER = '\\title "T" \\track "D" {instrument percussion volume 12} \\tempo 100 '
ROCK = ":8 (36 42) 42 (38 42) 42 (36 42) (36 42) (38 42) 42"
GROOVES = {
    "rock": [ROCK],
    "disco": [":8 (36 42) 46 (36 38 42) 46 (36 42) 46 (36 38 42) 46"],
    "sixteenths": [":16 (36 42) 42 42 42 (38 42) 42 42 36 (36 42) 42 36 42 (38 42) 42 42 46"],
    "jazz ride": [":4 51 :8{tu 3} (51 44) r 51 :4 51 :8{tu 3} (51 44) r 51"],
    "swing": [":4 (36 51) :8{tu 3} (51 44) r 51 :4 (36 51) :8{tu 3} (51 44) 38 51"],
    "bossa": [":8 (36 42 37) 42 42 (36 42 37) (36 42) 42 (37 42) 36", ":8 (36 42) 42 (37 42) 36 (36 42 37) 42 42 36"],
    "shuffle": [":8{tu 3} (36 42) r 42 (38 42) r 42 (36 42) r (36 42) (38 42) r 42"],
    "waltz": ["\\ts (3 4) :4 36 42 42", ":4 36 38 38"],
    "train beat": [":16 (36 38) 38 38 38 (44 38) 38 38 38 (36 38) 38 38 38 (44 38) 38 38 38"],
    "half time": [":8 (36 42) 42 42 42 (38 42) 42 (36 42) 42"],
    "slow six": ["\\ts (6 8) :8 (36 42) 42 42 (38 42) 42 42"],
    "fills": [
        ":8 (36 49) 51 (38 51) 51 (36 51) 51 (38 51) 51",
        ROCK,
        ROCK,
        ":8 38 38 :16 48 48 48 48 :8 45 45 41 41",
    ],
}
HAT = ":8 42 42 42 42 42 42 42 42"
GUITAR = (
    '\\track "G" {instrument acousticguitarsteel} :8 3.6 0.4 0.3 0.2 0.1 0.2 0.3 0.4 | 0.5 2.4 2.3 1.2 0.1 1.2 2.3 2.4 '
)


def judge(text, prompt=""):
    return get_scorer("alphatex/drums").build().score(Subject(prompt=prompt, completion=text))


def played(bars, times=8):
    """The bars in turn, so many in all."""
    return judge(HEADER + " | ".join(islice(cycle(bars), times)))


def bar_of(hits):
    return f":{len(hits)} " + " ".join(hits)


@pytest.mark.parametrize("style", GROOVES)
def test_grooves_of_many_styles_are_good(style):
    score = played(GROOVES[style])
    assert score.value > 0.75
    assert all(found.passed for found in score.checks)


@pytest.mark.parametrize(("one", "other"), [("36", "35"), ("38", "40"), ("42", "46"), ("49", "57"), ("51", "59")])
def test_the_same_part_on_another_drum_is_as_good(one, other):
    bars = [bar.replace(one, other) for bar in GROOVES["fills"]]
    assert played(bars).value == pytest.approx(played(GROOVES["fills"]).value)


@pytest.mark.parametrize("drum", ["36", "38", "42", "49", "56"])
def test_one_drum_alone_is_no_groove(drum):
    assert played([bar_of([drum] * 8)]).value < 0.25


def test_a_hi_hat_with_a_kick_now_and_then_is_no_groove():
    assert played([HAT.replace("42", "(36 42)", 1), HAT], 60).value < 0.45
    assert played([":8 42 46 42 46 42 46 42 46", ":8 42 51 42 51 42 51 42 51"]).value < 0.25


def test_a_hi_hat_alone_behind_a_guitar_is_no_groove():
    track = '\\track "D" {instrument percussion} '
    assert judge(f"{track}{HAT} | {HAT}", prompt=GUITAR).value < 0.25
    assert judge(f"{track}{ROCK} | {ROCK}", prompt=GUITAR).value > 0.9


def test_hands_and_feet_may_be_written_as_two_voices():
    feet = ":4 36 r 36 r | 36 r 36 r"
    hands = ":8 42 42 (38 42) 42 42 42 (38 42) 42 | 42 42 (38 42) 42 42 42 (38 42) 42"
    assert judge(HEADER + f"\\voice {hands} \\voice {feet}").metrics["mixed"] == 1.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kit", [("36", "38", "42"), ("36", "38", "42", "45", "49", "51")])
def test_hits_at_random_are_no_groove(seed, kit):
    rng = random.Random(seed)
    assert played([bar_of(rng.choices(kit, k=8)) for _ in range(40)], 40).value < 0.15


@pytest.mark.parametrize("seed", range(4))
def test_hits_of_a_groove_in_any_order_are_none(seed):
    rng = random.Random(seed)
    hits = ["(36 42)", "42", "(38 42)", "42", "(36 42)", "(36 42)", "(38 42)", "42"]
    assert played([bar_of(rng.sample(hits, 8)) for _ in range(8)]).value < 0.2


def test_a_groove_that_comes_late_is_worth_less():
    late = [":8 42 (36 42) 42 (38 42) 42 (36 42) (36 42) (38 42)"]
    later = [":16 42 " + ROCK.removesuffix(" 42") + " :16 42"]
    off_the_grid = [":32 r " + ROCK.removesuffix(" 42") + " :32 r r r"]
    assert played(late).value < 0.35
    assert next(found for found in played(late).checks if found.name == "usual_hits").passed is False
    assert played(later).value < 0.35
    assert played(off_the_grid).value < 0.01


def test_drums_that_never_play_are_worth_nothing_and_may_pause():
    assert judge(HEADER + "r.1 | r.1").value == 0.0
    assert judge(" | r.1", prompt=HEADER + ROCK).status is Status.SKIPPED
