"""The strict scorers on small tabs: what each notices, and what it leaves alone."""

import pytest

from alphatex_eval.scorers.distribution import features
from alphatex_eval.scorers.diversity import answer, diversity
from alphatex_eval.scorers.novelty import NoveltyIndex
from alphatex_eval.scorers.registry import ScorerError, get_scorer
from alphatex_eval.scorers.results import FinishReason, Status, Subject

HEADER = '\\title "Reel"\n\\track "Guitar" {instrument acousticguitarsteel volume 12}\n\\ts (4 4)\n\\ks c\n'
BARS = ":8 3.5 0.4 2.4 3.4 0.3 2.3 0.2 1.2 |\n:4 0.1 1.2 :8 0.2 2.3 0.3 3.4 |\n:4 2.4 0.4 3.5.2"
TUNE = HEADER + BARS


def judge(name, text, **subject):
    return get_scorer(f"alphatex/{name}").build().score(Subject(completion=text, **subject))


def check(score, name):
    return next(found for found in score.checks if found.name == name)


@pytest.mark.parametrize("name", ["structure", "rhythm", "tab", "playability", "extent"])
def test_a_sound_tune_passes_every_error(name):
    score = judge(name, TUNE)
    assert score.status is Status.SCORED
    assert all(found.passed is not False for found in score.checks)


@pytest.mark.parametrize(
    "name", ["structure", "rhythm", "tab", "playability", "theory", "melody", "extent", "repetition"]
)
def test_the_empty_completion_earns_nothing_whatever_the_prompt(name):
    for prompt in ("", '\\title "', "| 3.2", TUNE + " |"):
        assert judge(name, "", prompt=prompt).value == 0.0


def test_a_wrong_tag_is_shown_at_its_place():
    text = TUNE.replace("\\track", "\\trakc")
    found = check(judge("structure", text), "valid_syntax")
    assert found.passed is False
    assert found.span[0] == text.index("\\trakc")


def test_a_text_cut_by_the_token_limit_costs_nothing_and_a_text_that_stops_costs():
    cut = TUNE[: TUNE.rindex("3.5") + 2]
    assert judge("structure", cut, finish_reason=FinishReason.LENGTH).value == 1.0
    stopped = judge("structure", TUNE + " |\n(3.3")
    assert check(stopped, "ends_whole").passed is False
    assert stopped.value <= 0.5


def test_a_wrong_end_costs_also_when_tokens_run_out():
    score = judge("structure", TUNE + " }", finish_reason=FinishReason.LENGTH)
    assert check(score, "valid_syntax").passed is False


def test_the_header_is_read_as_values_not_as_words():
    named = '\\title "instrument volume \\\\track"\n' + BARS
    score = judge("structure", named)
    assert [check(score, name).passed for name in ("title", "track", "instrument", "volume")] == [
        True,
        False,
        False,
        False,
    ]
    tuned = TUNE.replace("\\ts", "\\tuning (E4 B3 G3 D3 A2 E2)\n\\ts")
    wrong = judge("structure", tuned.replace("volume 12", "volume 99").replace("acousticguitarsteel", "steelguitarish"))
    assert check(wrong, "volume").message == "no usable volume"
    assert check(wrong, "instrument").message == "no usable instrument"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("\\ts", "\\tempo 5000 \\ts", "tempo"),
        ("\\ts", '\\track "B" {instrument gitar} \\tuning (E4 B3 G3 D3 A2 E2) \\ts', "instrument"),
        ("\\ts", '\\title "Reel" \\ts', "tags_once"),
    ],
)
def test_every_wrong_setting_costs_though_others_are_right(old, new, name):
    score = judge("structure", TUNE.replace(old, new, 1))
    assert check(score, name).passed is False
    assert score.value < judge("structure", TUNE).value


def test_what_the_prompt_wrote_is_not_asked_of_the_model():
    header, rest = TUNE.split("\n", 1)
    score = judge("structure", rest, prompt=header + "\n")
    assert check(score, "title").passed is None
    assert check(score, "track").passed is True
    music = judge("structure", " 3.2 | 3.2", prompt=TUNE)
    assert check(music, "track").passed is None


def test_a_title_begun_by_the_prompt_is_the_models_when_it_finishes_it():
    score = judge("structure", TUNE.removeprefix('\\title "'), prompt='\\title "')
    assert check(score, "title").passed is True


def test_a_prompt_that_is_no_alphatex_is_left_out():
    score = judge("structure", TUNE, prompt="Song Title: ")
    assert score.value == 1.0
    broken = judge("structure", TUNE + " }", prompt="Song Title: ")
    assert check(broken, "valid_syntax").span[0] == len("Song Title: ") + len(TUNE) + 1


@pytest.mark.parametrize(
    ("bars", "message"),
    [
        (":4 3.3 3.3 3.3 3.3 | 3.3 3.3 3.3 | 3.3.1", "bar 2 is short: 3/4 of a whole note in 4/4 (1 of 3)"),
        (":4 3.3 3.3 3.3 3.3 3.3 | 3.3.1", "bar 1 is overfull: 5/4 of a whole note in 4/4 (1 of 2)"),
        ("\\ts (6 8) :8 3.3 3.3 3.3 3.3.4 | 3.3.2{d}", "bar 1 is short: 5/8 of a whole note in 6/8 (1 of 2)"),
    ],
)
def test_bars_must_add_up(bars, message):
    bars = (
        bars if "short: 5/8" not in message else bars.replace("3.3.2{d}", "3.3.2{d} | 3.3.2{d}").replace("| ", "| ", 1)
    )
    found = check(judge("rhythm", "3.3.1 | " + bars if "short" in message else bars), "bars_filled")
    assert found.passed is False
    assert found.message.split(" is ")[1].split(" (")[0] == message.split(" is ")[1].split(" (")[0]


def test_dots_tuplets_and_voices_are_exact():
    bars = "3.3.4{d} 3.3.8 :8{tu 3} 3.3 3.3 3.3 :4 r | 3.3.16{d} 3.3.32 3.3.8 3.3.2{d}"
    score = judge("rhythm", bars)
    assert score.value == 1.0
    assert score.metrics == {"bars": 2.0, "exact_share": 1.0}


def test_a_pickup_and_the_last_bar_that_completes_it_are_exact():
    tune = "\\ac 3.3.4 | 3.3.1 | \\ac 3.3.2{d}"
    assert judge("rhythm", tune).value == 1.0
    alone = judge("rhythm", "\\ac 3.3.4 | 3.3.1 | \\ac 3.3.2")
    assert check(alone, "pickups_complete").passed is False
    assert check(alone, "bars_filled").passed is True


def test_two_short_bars_that_make_a_whole_one_are_unusual_and_no_mistake():
    score = judge("rhythm", "3.3.1 | 3.3.2{d} | 3.3.4 | 3.3.1 | 3.3.1")
    assert check(score, "bars_filled").passed is True
    assert check(score, "pickups_complete").passed is False
    assert check(judge("rhythm", "3.3.1 | 3.3.2{d} | 3.3.1 | 3.3.4 | 3.3.1"), "bars_filled").passed is False


def test_a_bar_without_even_a_rest_costs():
    score = judge("rhythm", "3.3.1 | | 3.3.1 | 3.3.1")
    assert check(score, "no_empty_bars").passed is False
    assert score.value < 1.0


SHORT_PART = '\\track "A" 3.3.1 | 3.3.1 \\track "B" 3.3.1 | 3.3.1 | 3.3.1'


def test_a_part_that_ends_before_a_later_one_is_shown():
    found = check(judge("rhythm", SHORT_PART), "no_short_part")
    assert found.passed is False
    assert found.span == (SHORT_PART.index("3.3.1 \\"), SHORT_PART.index(' \\track "B'))
    assert "bar 2, a later one with bar 3" in found.message


def test_the_last_part_may_break_off_and_one_part_is_no_question():
    broken_off = '\\track "A" 3.3.1 | 3.3.1 | 3.3.1 \\track "B" 3.3.1 | 3.3.1'
    assert check(judge("rhythm", broken_off), "no_short_part").passed is True
    assert check(judge("rhythm", "3.3.1 | 3.3.1"), "no_short_part").passed is None


def test_parts_of_the_prompt_that_do_not_match_are_not_the_models():
    given = judge("rhythm", ' \\track "C" 3.3.1', prompt=SHORT_PART)
    assert check(given, "no_short_part").passed is True
    longer = judge("rhythm", " | 3.3.1", prompt=SHORT_PART)
    assert check(longer, "no_short_part").passed is False


def test_a_second_voice_may_end_early():
    voices = "\\voice 3.3.1 | 3.3.1 | 3.3.1 \\voice 1.1.1 | 1.1.1"
    assert check(judge("rhythm", voices), "no_short_part").passed is None


def test_a_bar_that_the_prompt_filled_is_not_judged():
    score = judge("rhythm", "3.3.1 |", prompt=":4 3.3 3.3 3.3 3.3 3.3 |\n")
    assert score.metrics["bars"] == 1.0
    assert score.value == 1.0


def test_a_bar_that_the_model_finishes_is_judged():
    assert judge("rhythm", " 3.3.2{d} | 3.3.1", prompt="3.3.1 | 3.3.4").value == 1.0
    assert judge("rhythm", " 3.3.2 | 3.3.1", prompt="3.3.1 | 3.3.4").value < 1.0


def test_a_bar_cut_off_by_the_token_limit_is_not_counted():
    assert judge("rhythm", "3.3.1 | 3.3.4 3.3", finish_reason=FinishReason.LENGTH).metrics["bars"] == 1.0
    assert judge("rhythm", "3.3.1 | 3.3.4 3.3").metrics["exact_share"] == 0.5


def test_frets_beyond_the_neck_are_shown():
    found = check(judge("tab", TUNE.replace("2.3", "25.3", 1)), "frets_on_neck")
    assert found.message == "fret 25 (1 of 17)"
    assert TUNE.replace("2.3", "25.3", 1)[slice(*found.span)].startswith("25.3")


def test_drums_are_no_tablature():
    drums = "\\instrument percussion \\articulation defaults :4 KickHit SnareHit KickHit SnareHit"
    assert judge("tab", drums).status is Status.SKIPPED
    assert judge("playability", drums).status is Status.SKIPPED
    assert judge("theory", drums).status is Status.SKIPPED


@pytest.mark.parametrize("chord", ["(3.3 5.3)", "(1.1 9.2)", "(1.1 2.2 3.3 4.4 5.5)"])
def test_a_chord_that_no_hand_can_hold_is_an_error(chord):
    score = judge("playability", TUNE.replace("2.3", chord, 1))
    assert check(score, "playable").passed is False
    assert score.value < judge("playability", TUNE).value


def test_a_fingering_far_from_the_easiest_costs():
    easy, hard = ":4 0.1 2.2 0.2 2.3", ":4 14.4 22.6 7.6 14.5"
    scores = [judge("playability", text) for text in (easy, hard)]
    assert scores[0].metrics["gap"] < scores[1].metrics["gap"]
    assert scores[0].value > scores[1].value


def test_a_capo_changes_no_playability():
    values = {judge("playability", f"\\capo {fret} " + BARS).value for fret in (0, 2, 12)}
    assert len(values) == 1


def test_notes_outside_the_declared_key_cost():
    assert judge("theory", TUNE).metrics["key_share"] == 1.0
    wrong = judge("theory", TUNE.replace("\\ks c", "\\ks e"))
    assert wrong.metrics["key_share"] < 0.6
    assert check(wrong, "in_key").passed is False


def test_the_raised_seventh_belongs_to_a_minor_key():
    score = judge("theory", "\\ks aminor :4 2.3 0.2 1.2 3.2 | 0.1 1.3 2.3 r")
    assert score.metrics["key_share"] == 1.0


def test_without_a_declared_key_the_best_one_counts():
    text = BARS
    assert judge("theory", text).metrics["key_share"] == judge("theory", text).metrics["scale_consistency"] == 1.0


def test_shuffled_notes_are_less_usual_than_a_tune():
    notes = [3.5, 0.4, 2.4, 3.4, 0.3, 2.3, 0.2, 1.2]
    tune = "\\ks c :8 " + " ".join(map(str, notes))
    shuffled = "\\ks c :8 " + " ".join(map(str, [notes[place] for place in (3, 7, 0, 6, 1, 5, 2, 4)]))
    assert judge("melody", tune).value > judge("melody", shuffled).value


def test_the_least_likely_step_is_shown():
    text = TUNE.replace("2.3", "22.1", 1)
    found = judge("melody", text).checks[0]
    place = text.index("22.1")
    assert found.passed is True or found.span[0] in (place, place + 5)


def test_a_figure_that_stays_under_a_moving_melody_is_no_loop():
    melody = " | ".join([":4 3.5 0.4 2.4 3.4", ":4 0.3 2.3 0.2 1.2", ":4 0.1 1.2 0.2 2.3", ":4 0.3 3.4 2.4 0.4"] * 2)
    strums = " | ".join([":8 (3.6 5.5) (3.6 5.5) (3.6 5.5) (3.6 5.5) (3.6 5.5) (3.6 5.5) (3.6 5.5) (3.6 5.5)"] * 8)
    both = f'\\track "A" {melody} \\track "B" {strums}'
    assert judge("repetition", strums).value < 0.3
    assert judge("repetition", both).metrics["looped"] == 0.0


def test_a_voice_that_stays_on_one_bar_costs_a_little_whatever_the_others_do():
    bars = [":4 3.5 0.4 2.4 3.4", ":4 0.3 2.3 0.2 1.2", ":4 0.1 1.2 0.2 2.3", ":4 0.3 3.4 2.4 0.4"]
    melody, moving = " | ".join(bars * 2), " | ".join([":2 3.6 0.5", ":2 2.5 3.5", ":2 0.6 2.6", ":2 1.6 3.6"] * 2)
    stuck = " | ".join([":2 3.6 0.5"] * 7 + [":1 3.6"])
    free = judge("repetition", f'\\track "A" {melody} \\track "B" {moving}')
    score = judge("repetition", f'\\track "A" {melody} \\track "B" {stuck}')
    assert check(free, "no_stuck_voice").passed is True
    assert check(score, "no_stuck_voice").passed is False
    assert score.metrics["stuck"] == 7 / 8
    assert free.value == 1.0
    assert score.value == pytest.approx(1.0 - 0.15 * (7 / 8 - 0.5), abs=1e-6)


def test_drums_may_stay_on_one_bar():
    melody = " | ".join([":4 3.5 0.4 2.4 3.4", ":4 0.3 2.3 0.2 1.2", ":4 0.1 1.2 0.2 2.3", ":4 0.3 3.4 2.4 0.4"] * 2)
    beat = " | ".join([":4 36 38 36 38"] * 8)
    score = judge("repetition", f'\\track "A" {melody} \\track "B" {{instrument percussion}} {beat}')
    assert check(score, "no_stuck_voice").passed is True


def test_bars_of_the_prompt_once_more_earn_little():
    bars = ":4 3.5 0.4 2.4 3.4 | :4 0.3 2.3 0.2 1.2 | :4 0.1 1.2 0.2 2.3 | :4 0.3 3.4 2.4 0.4 |\n"
    score = judge("repetition", bars, prompt=HEADER + bars)
    assert check(score, "new_bars").passed is False
    assert score.value <= 0.501


def test_held_notes_are_no_loop():
    held = "3.3.1 | " + "3.3{t}.1 | " * 9 + ":4 3.3 5.3 7.3 5.3 | :4 2.3 3.3 0.2 1.2"
    assert judge("repetition", held).metrics["looped"] == 0.0


def test_a_loop_costs_and_a_repeated_phrase_does_not():
    phrase = [":4 3.5 0.4 2.4 3.4", ":4 0.3 2.3 0.2 1.2", ":4 0.1 1.2 0.2 2.3", ":1 3.5"]
    assert judge("repetition", " | ".join(phrase * 2)).value == 1.0
    loop = judge("repetition", " | ".join(phrase[:1] * 8))
    assert loop.value < 0.2
    assert check(loop, "no_loop").passed is False


def test_the_worst_loop_can_still_get_worse():
    loop = "3.3.1 | " * 8
    assert judge("repetition", ":4 3.3 3.3 3.3 3.3 | " + loop).value > judge("repetition", loop).value > 0.0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (":4 (3.3 5.3) 3.3 3.3 3.3", "chords"),
        (":4 -.3 3.3 3.3 3.3", "ties"),
        (":4 3.3{h} 3.2 3.3 3.3", "effects"),
        (":4 3.3 3.3 3.3 :8{tu 3} 3.3 3.3", "tuplets"),
    ],
)
def test_each_misused_construct_is_noticed(text, name):
    score = judge("note", text)
    assert check(score, name).passed is False
    assert score.value < 1.0


def test_a_unison_is_named_and_costs_nothing():
    score = judge("note", ":4 (0.1 5.2) 3.3 3.3 3.3")
    assert check(score, "unisons").passed is False
    assert score.value == 1.0


def test_clusters_are_unusual_and_triads_are_not():
    triads = "\\ks c :4 (0.1 1.2 0.3) (1.1 1.2 2.3) (3.1 3.2 4.3) (0.1 1.2 0.3)"
    cluster = triads.replace("(1.1 1.2 2.3)", "(6.2 9.3 15.4)")
    assert judge("sonority", triads).value > judge("sonority", cluster).value
    assert judge("sonority", ":4 3.3 5.3").status is Status.SKIPPED


def test_drums_beside_a_guitar_are_not_asked_for_strings():
    drums = '\\track "D" {instrument percussion} \\articulation defaults :4 KickHit SnareHit KickHit SnareHit'
    score = judge("tab", f'\\track "G" :4 3.3 5.3 3.3 5.3 {drums}')
    assert all(found.passed for found in score.checks)


def test_drums_that_the_prompt_began_may_be_the_same_for_many_prompts():
    beat = ":8 KickHit HiHatClosed SnareHit HiHatClosed KickHit HiHatClosed SnareHit HiHatClosed |"
    prompts = [f"\\tempo {n} \\instrument percussion \\articulation defaults r.1 |" for n in (90, 91, 92, 93)]
    answers = [answer(Subject(prompt=prompt, completion=beat)) for prompt in prompts]
    assert [score.value for score in diversity(answers)] == [1.0] * 4


def test_well_used_constructs_are_left_alone_and_none_at_all_is_no_fault():
    good = ":4 (0.1 1.2) -.1 3.3{h} 5.3 | :8{tu 3} 3.3 3.3 3.3 3.3.2{d}"
    assert judge("note", good).value == 1.0
    assert judge("note", ":4 3.3 5.3 3.3 5.3").status is Status.SKIPPED


def test_three_notes_are_too_little_to_judge():
    assert judge("extent", ":4 3.3 5.3 3.3").value == 0.25
    assert judge("extent", ":4 3.3", prompt=TUNE + " |\n").value == pytest.approx(1 / 6)


def test_the_same_music_for_every_prompt_earns_nothing_however_good():
    prompts = ["| 3.2", '\\title "', "(6.2 1.5).4 |\n", "Song Title: "]
    answers = [answer(Subject(prompt=prompt, completion=BARS)) for prompt in prompts]
    assert [score.value for score in diversity(answers)] == [0.0] * 4
    words = [answer(Subject(prompt=prompt, completion="la la la")) for prompt in prompts]
    assert [score.value for score in diversity(words)] == [0.0] * 4


def test_other_music_for_other_prompts_is_diverse_and_samples_of_one_prompt_may_be_alike():
    others = [
        ":8 " + " ".join(f"{(step * fret) % 9}.{string}" for step in range(9)) for fret, string in ((2, 1), (4, 3))
    ]
    answers = [answer(Subject(prompt=f"\\tempo {n}", completion=" " + text)) for n, text in enumerate(others * 2)]
    assert [score.metrics["copies"] for score in diversity(answers)] == [1.0] * 4
    alike = [answer(Subject(prompt="\\tempo 9", completion=" " + others[0]))] * 3
    assert [score.value for score in diversity(alike)] == [1.0] * 3


@pytest.mark.parametrize(("header", "share"), [("", 0.0), ('\\title "A" \\track "B" ', 0.6)])
def test_a_missing_header_costs_a_broken_text_the_same_share(header, share):
    broken = judge("structure", header + ":4 3.3 5.3 2.2 3.2 | 3.3 5.3 2.2 3.2 | zzz")
    valid = broken.metrics["valid_share"]
    assert valid > 0.9
    assert broken.value == pytest.approx(0.5 * valid * (0.7 + 0.3 * share))


def test_a_transposed_training_tune_is_not_new(tmp_path):
    path = tmp_path / "index.json"
    NoveltyIndex.of_texts([TUNE]).save(path)
    novelty = get_scorer("alphatex/novelty").build({"index": str(path)})
    transposed = "\\capo 3\n" + TUNE
    assert novelty.score(Subject(completion=transposed)).value == 0.0
    new = ":16 " + " ".join(f"{(7 * step) % 11}.2" for step in range(32))
    assert novelty.score(Subject(completion=new)).value == 1.0


def test_novelty_without_an_index_is_skipped_and_with_a_wrong_one_an_error(tmp_path):
    assert judge("novelty", TUNE).status is Status.SKIPPED
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    score = get_scorer("alphatex/novelty").build({"index": str(wrong)}).score(Subject(completion=TUNE))
    assert score.status is Status.ERROR
    assert "is no novelty index" in score.message


@pytest.mark.parametrize(
    "rest",
    ["", ', "runs": 3', ', "runs": [3]', ', "runs": {"0123456789abcdef": 1}', ', "runs": ["xyz"]', ', "runs": ["ab"]'],
)
def test_a_damaged_novelty_index_is_one_clear_line(tmp_path, rest):
    damaged = tmp_path / "damaged.json"
    damaged.write_text(f'{{"format": "alphatex-eval novelty index 2"{rest}}}')
    with pytest.raises(ValueError, match=r"^novelty index \S+ is damaged: its runs must be hashes of 16 hex digits$"):
        NoveltyIndex.load(damaged)


def test_an_index_of_a_million_brackets_cannot_be_read(tmp_path):
    damaged = tmp_path / "damaged.json"
    damaged.write_text("[" * 1_000_000)
    with pytest.raises(ValueError, match=r"^novelty index \S+ cannot be read: [^\n]+$"):
        NoveltyIndex.load(damaged)


def test_the_distribution_needs_a_set_and_random_notes_are_farther_than_tunes():
    scorer = get_scorer("alphatex/distribution").build()
    assert scorer.score_set([features(Subject(completion=TUNE))])[0].status is Status.SKIPPED
    tunes = [features(Subject(completion=TUNE.replace("0.4", f"{fret}.4"))) for fret in range(8)]
    wild = ":32 " + " ".join(f"{(7 * step) % 24}.{step % 6 + 1}" for step in range(64))
    random = [features(Subject(completion=wild))] * 8
    near, far = (scorer.score_set(samples)[0].value for samples in (tunes, random))
    assert near > far


def test_an_unknown_parameter_is_refused():
    with pytest.raises(ScorerError, match="has no parameter 'necks'"):
        get_scorer("alphatex/tab").build({"necks": 20})


def test_one_note_for_ever_is_a_loop_even_without_bar_lines():
    score = judge("repetition", "3.3 " * 200)
    assert score.metrics["looped"] == 1.0
    assert check(score, "no_loop").passed is False


def test_more_beats_than_music_has_are_not_read():
    assert judge("extent", "3.3*100000000").value == 0.0
