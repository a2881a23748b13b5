"""Motives and drums by musical example: notes in an order that people give them, figures and grooves that return."""

import random

import pytest

from alphatex_eval.scorers import drums as drums_module
from alphatex_eval.scorers import motives as motives_module
from alphatex_eval.scorers.passage import passage
from alphatex_eval.scorers.registry import get_scorer
from alphatex_eval.scorers.results import FinishReason, Status, Subject
from alphatex_eval.scorers.walks import line_steps

HEADER = "\\ts (4 4)\n\\ks g\n"
REEL = HEADER + " |\n".join(
    [
        ":8 0.3 2.3 0.2 0.3 3.2 0.3 0.2 0.3",
        ":8 0.1 3.2 0.2 2.3 0.3 4.4 2.4 0.4",
        ":8 0.3 2.3 0.2 0.3 3.2 0.3 0.2 0.3",
        ":8 0.2 2.3 0.3 4.4 0.3.4 0.3",
    ]
    * 2
)
SCALE = [
    f"{fret}.{string}"
    for string, frets in ((4, (0, 2, 4)), (3, (0, 2)), (2, (0, 1, 3)), (1, (0, 2, 3)))
    for fret in frets
]
GROOVE = ":8 (KickHit HiHatClosed) HiHatClosed (SnareHit HiHatClosed) HiHatClosed"
KIT = ("KickHit", "SnareHit", "HiHatClosed", "LowTomHit", "CrashHighHit")
DRUMS = '\\track "Drums" {instrument percussion}\n\\articulation defaults\n\\ts (2 4)\n'


def judge(name, text, prompt="", finish_reason=FinishReason.STOP):
    subject = Subject(prompt=prompt, completion=text, finish_reason=finish_reason)
    return get_scorer(f"alphatex/{name}").build().score(subject)


def check(score, name):
    return next(found for found in score.checks if found.name == name)


def eighths(notes):
    bars = [notes[start : start + 8] for start in range(0, len(notes), 8)]
    return HEADER + " |\n".join(":8 " + " ".join(bar) for bar in bars)


def noise(seed):
    rng = random.Random(seed)
    return eighths([f"{rng.choice((0, 2, 3))}.{rng.randint(1, 4)}" for _ in range(80)])


def wandering(seed):
    rng = random.Random(seed)
    place, notes = len(SCALE) // 2, []
    for _ in range(80):
        place = max(0, min(len(SCALE) - 1, place + rng.choice((-2, -1, 1, 2))))
        notes.append(SCALE[place])
    return eighths(notes)


def test_a_tune_is_in_an_order_that_people_give_notes_and_its_figures_return():
    score = judge("motives", REEL)
    assert score.value > 0.95
    assert all(found.passed for found in score.checks)
    assert score.metrics["returns"] > 0.5


@pytest.mark.parametrize("seed", range(4))
def test_random_notes_of_a_scale_in_tidy_rhythm_are_no_tune(seed):
    score = judge("motives", noise(seed))
    assert score.value < 0.4
    assert check(score, "order").passed is False
    assert "than by chance" in check(score, "order").message


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_along_the_scale_that_never_comes_back_to_a_figure_is_no_tune(seed):
    score = judge("motives", wandering(seed))
    assert score.value < 0.7
    assert check(score, "returns").passed is False


def test_the_notes_of_a_tune_from_a_hat_are_worth_less():
    lines = REEL.split("\n")
    notes = " ".join(lines[2:]).replace("|", "").replace(":8", "").replace(".4 ", " ").split()
    drawn = random.Random(1).sample(notes, len(notes))
    assert judge("motives", eighths(drawn)).metrics["order"] < judge("motives", eighths(notes)).metrics["order"]


def test_figures_are_the_same_in_another_key_and_not_at_another_place_of_the_bar():
    figure = "0.4 2.4 4.4 0.3"
    higher = "5.4 7.4 9.4 5.3"
    same = judge("motives", HEADER + f":8 {figure} r r r r | {higher} r r r r | {figure} r r r r")
    late = judge("motives", HEADER + f":8 {figure} r r r r | r {higher} r r r | r r {figure} r r")
    assert same.metrics["returns"] > late.metrics["returns"]


def test_a_figure_of_the_prompt_that_is_taken_up_returns_and_the_prompt_alone_earns_nothing():
    prompt, rest = REEL[: REEL.index("|") + 1], REEL[REEL.index("|") + 1 :]
    alone = judge("motives", rest)
    after = judge("motives", rest, prompt=prompt)
    assert after.metrics["returns"] > alone.metrics["returns"]
    assert judge("motives", "", prompt=REEL).value == 0.0


def test_a_few_notes_prove_little():
    assert judge("motives", HEADER + ":8 0.4 3.1 2.4 0.1").value > 0.8


def test_motives_are_not_asked_of_drums_and_drums_not_of_guitars():
    assert judge("motives", DRUMS + GROOVE).status is Status.SKIPPED
    assert judge("drums", REEL).status is Status.SKIPPED
    assert judge("motives", "").value == 0.0


def test_a_groove_that_stays_is_good_and_hits_at_random_are_not():
    groove = judge("drums", DRUMS + " | ".join([GROOVE] * 8))
    rng = random.Random(3)
    hits = [" ".join(rng.choice(KIT) for _ in range(4)) for _ in range(8)]
    wild = judge("drums", DRUMS + ":8 " + " | ".join(hits))
    assert groove.value > 0.9
    assert wild.value < 0.3
    assert check(wild, "groove").passed is False
    assert all(found.passed for found in groove.checks)


def test_a_groove_of_the_prompt_is_kept():
    bar = ":8 LowTomHit LowTomHit CrashHighHit SnareHit |"
    alone, kept = judge("drums", DRUMS + bar), judge("drums", bar, prompt=DRUMS + bar)
    assert alone.metrics["returns"] == 0.0
    assert kept.metrics["returns"] > 0.5
    assert kept.value > alone.value


def test_an_unknown_groove_that_stays_is_worth_more_than_a_changing_one():
    bars = [" ".join(KIT[(3 * bar + hit) % 5] for hit in range(4)) for bar in range(8)]
    staying, changing = (judge("drums", DRUMS + ":8 " + " | ".join(found)) for found in (bars[:1] * 8, bars))
    assert staying.value > changing.value


def test_the_tables_are_learnt_from_what_is_heard():
    lines = passage(Subject(completion=REEL)).lines
    walks = [line_steps(line, declared=True, ended=True) for line in lines] * 300
    assert "" in motives_module.learn(walks).counts
    hits = [drums_module.hits_of(line) for line in passage(Subject(completion=DRUMS + GROOVE)).lines]
    assert drums_module.learn(hits * 3).counts["first"] == {"kick": 3, "cymbal": 3}


def test_a_voice_that_plays_what_another_has_played_in_the_prompt_is_a_copy():
    prompt = REEL + ' |\n\\track "Second" {instrument acousticguitarsteel}\n'
    bars = REEL.removeprefix(HEADER)
    score = get_scorer("alphatex/repetition").build().score(Subject(prompt=prompt, completion=HEADER + bars))
    assert score.metrics["copied"] == 1.0
    other = bars.replace("0.3", "3.4")
    new = get_scorer("alphatex/repetition").build().score(Subject(prompt=prompt, completion=HEADER + other))
    assert new.metrics["copied"] < 0.5


def test_a_loop_whose_beats_change_places_is_a_loop():
    bars = ["3.5 0.4 2.4 3.4", "2.4 3.4 3.5 0.4", "0.4 3.5 3.4 2.4", "3.4 2.4 0.4 3.5"] * 2
    assert judge("repetition", ":4 " + " | ".join(bars)).metrics["looped"] == 1.0


def test_a_note_held_on_is_worth_more_than_the_same_note_struck_again():
    tied = HEADER + "0.3.4 2.3 0.2 0.2{t} | 0.2.4 2.3 0.3.2"
    assert judge("melody", tied).value > judge("melody", tied.replace("{t}", "")).value
    chord = HEADER + "(0.3 0.2).4 (0.3{t} 1.2) (0.3{t} 3.2) (0.3 1.2) | (0.3 0.2).1"
    assert judge("melody", chord).value > judge("melody", chord.replace("{t}", "")).value
