"""Rubrics: data that is validated, weighed and gated."""

import json
import pickle
import tomllib

import pytest

from alphatex_eval.harness.suites import load_suite
from alphatex_eval.rubrics import RubricError, load_rubric, rubric_names, score
from alphatex_eval.rubrics.data import RubricData, ScorerUse
from alphatex_eval.rubrics.rubric import SMALL_TUNE, Rubric
from alphatex_eval.scorers.registry import get_scorer, scorer_names
from alphatex_eval.scorers.results import FinishReason, Status, Subject

OWN = """
schema_version = 1
name = "house"
version = "2"
description = "Ours."
[scorers."alphatex/seed-tab"]
weight = 3
[scorers."alphatex/seed-note"]
weight = 1
[[gates]]
scorer = "alphatex/seed-note"
check = "has_effects"
cap = 0.3
reason = "no effects"
"""


@pytest.fixture
def house(tmp_path):
    path = tmp_path / "house.toml"
    path.write_text(OWN)
    return path


def test_each_prompt_is_judged_by_the_scorer_of_its_kind():
    result = load_rubric("seed-2026-02").score(Subject(completion="3.3.4 5.3.4", kind="tab"))
    assert list(result.scores) == ["alphatex/seed-tab"]
    assert result.value == 1.0


def test_a_text_without_kind_is_judged_by_all_scorers_with_their_weights():
    result = load_rubric("seed-2026-02").score(Subject(completion="3.3.4 5.3.4"))
    values = [found.value for found in result.scores.values()]
    assert values == [1 / 8, 1.0, 3 / 6]
    assert result.value == pytest.approx(0.5 * values[0] + 0.25 * values[1] + 0.25 * values[2])


@pytest.mark.parametrize(
    ("rubric", "expected"),
    [
        ("seed-2026-02", 0.5 * 0.979 + 0.25 * 0.933 + 0.25 * 0.933),
        ("seed-2026-02@table-3.1", 0.4 * 0.979 + 0.3 * 0.933 + 0.3 * 0.933),
        ("seed-2026-02@prompts", (6 * 0.979 + 3 * 0.933 + 3 * 0.933) / 12),
    ],
)
def test_the_composites_of_the_reports_tables_are_selectable(rubric, expected):
    kinds = ["structure"] * 6 + ["tab"] * 3 + ["note"] * 3
    values = [0.979] * 6 + [0.933] * 6
    weights = load_rubric(rubric).prompt_weights(kinds)
    assert sum(weights) == pytest.approx(1.0)
    assert sum(w * v for w, v in zip(weights, values, strict=True)) == pytest.approx(expected)


def test_a_kind_without_weight_is_refused():
    with pytest.raises(RubricError, match="gives no weight to prompts of kind 'ballad'"):
        load_rubric("seed-2026-02").prompt_weights(["tab", "ballad"])


def test_a_weighting_under_which_no_prompt_counts_is_refused():
    data = load_rubric("seed-2026-02").data
    none = Rubric(data.model_copy(update={"weightings": {"none": {"tab": 0.0}}, "weighting": "none"}))
    with pytest.raises(RubricError, match="weighting 'none' gives all of these prompts the weight 0"):
        none.prompt_weights(["tab", "tab"])


@pytest.mark.parametrize("rubric", ["seed-2026-02", "seed-2026-02@prompts"])
def test_no_prompts_cannot_be_weighed(rubric):
    with pytest.raises(RubricError, match="there are no prompts to be weighed"):
        load_rubric(rubric).prompt_weights([])


def test_a_gate_scales_the_value_to_its_cap_and_says_why(house):
    result = score("(3.3 5.2).8 r.4", rubric=house)
    assert result.value == pytest.approx(0.3 * (3 * 1.0 + 5 / 6) / 4)
    assert result.message == "× 0.30: no effects"
    assert score("(3.3 5.2).8{f} r.4", rubric=house).message == ""


def test_a_rubric_may_be_written_as_json(house):
    path = house.with_suffix(".json")
    path.write_text(json.dumps(tomllib.loads(OWN)))
    assert load_rubric(path).identity() == load_rubric(house).identity()
    path.write_text("[]")
    with pytest.raises(RubricError, match="must be an object"):
        load_rubric(path)
    path.write_text("{")
    with pytest.raises(RubricError, match="not JSON"):
        load_rubric(str(path))


def test_a_gate_without_check_caps_at_the_value_of_its_scorer(house):
    gates = 'scorer = "alphatex/seed-note"\nreason = "weakest link"\n'
    house.write_text(OWN.partition("[[gates]]")[0] + "[[gates]]\n" + gates)
    result = score("3.3.4 5.3.4", rubric=house)
    assert result.scores["alphatex/seed-note"].value == 0.5
    assert result.value == pytest.approx(0.5 * (3 * 1.0 + 0.5) / 4)


def test_a_failed_generation_is_unscored_and_never_zero():
    rubric = load_rubric("seed-2026-02")
    subject = Subject(completion="", finish_reason=FinishReason.ERROR)
    for result in (rubric.score(subject), rubric.score_many([subject])[0]):
        assert (result.status, result.value) == (Status.UNSCORED, None)


def test_a_prompt_that_no_scorer_judges_is_unscored():
    assert load_rubric("seed-2026-02").score(Subject(completion="r", kind="ballad")).status is Status.UNSCORED


def test_many_subjects_give_the_same_results_in_any_number_of_processes():
    subjects = [Subject(completion=f"{fret}.3.4 " * 5) for fret in range(200)]
    rubric = load_rubric("seed-2026-02")
    assert rubric.score_many(subjects, 2) == [rubric.score(subject) for subject in subjects]


def test_identity_changes_with_everything_that_changes_a_value(house):
    first = load_rubric(house).identity()
    house.write_text(OWN.replace("cap = 0.3", "cap = 0.4"))
    assert load_rubric(house).identity()["sha256"] != first["sha256"]
    assert first["scorers"] == {"alphatex/seed-tab": "1", "alphatex/seed-note": "1"}
    weightings = [load_rubric(name).identity()["sha256"] for name in ("seed-2026-02", "seed-2026-02@prompts")]
    assert len(set(weightings)) == 2


def test_a_rubric_survives_pickling():
    rubric = load_rubric("seed-2026-02")
    assert pickle.loads(pickle.dumps(rubric)).identity() == rubric.identity()


def test_our_rubrics_load():
    assert [load_rubric(name).name for name in rubric_names()] == rubric_names()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("seed-2026-03", r"no rubric 'seed-2026-03'. Did you mean 'seed-2026-02'\?"),
        ("seed-2026-02@table-3.3", r"no weighting 'table-3.3'. Did you mean 'table-3.[12]'\?"),
        ("missing.toml", "rubric missing.toml: cannot be read: No such file or directory"),
    ],
)
def test_an_unknown_rubric_is_one_clear_line(name, message):
    with pytest.raises(RubricError, match=message):
        load_rubric(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 3", "weight = -3", "scorers.alphatex/seed-tab.weight: Input should be greater than or equal to 0"),
        ("weight = 3", "wait = 3", r"scorers.alphatex/seed-tab.wait: there is no such key. Did you mean 'weight'\?"),
        ('check = "has_effects"', 'check = "has_efects"', r"makes no check 'has_efects'. Did you mean 'has_effects'\?"),
        (
            'check = "has_effects"',
            'check = "in_tune"',
            r"makes no check 'in_tune'. Known: has_effects, has_fret_numbers",
        ),
        (
            '"alphatex/seed-tab"]',
            '"alphatex/playability"]\nparameters = { hand = nan }',
            "rubric house: parameter 'hand' of 'alphatex/playability': Input should be a finite number, not nan",
        ),
        ('"alphatex/seed-tab"', '"alphatex/seed-tap"', r"no scorer 'alphatex/seed-tap'. Did you mean"),
        ("cap = 0.3", "", "a gate names a check and a cap, or neither"),
        ('scorer = "alphatex/seed-note"', 'scorer = "alphatex/seed-not"', "which is not among the scorers"),
        ('name = "house"', "name = house", "not TOML"),
        (
            'name = "house"',
            'name = "house"\nmodules = ["nosuch"]',
            "module 'nosuch' cannot be imported: ModuleNotFound",
        ),
    ],
)
def test_a_broken_rubric_file_is_one_clear_line(house, old, new, message):
    house.write_text(OWN.replace(old, new))
    with pytest.raises(RubricError, match=message):
        load_rubric(house)


@pytest.mark.parametrize("name", scorer_names())
def test_the_small_tune_brings_every_check_of_ours(name):
    bound = get_scorer(name).build()
    if bound.scorer.of_set or name == "alphatex/novelty":  # that one needs an index of other tunes
        return
    tunes = [prompt.text + prompt.reference for prompt in load_suite("strict").prompts[:8]]
    made = {check.name for check in bound.score(Subject(completion=SMALL_TUNE)).checks}
    assert made
    assert {check.name for tune in tunes for check in bound.score(Subject(completion=tune)).checks} <= made


def test_a_rubric_in_which_nothing_counts_is_refused():
    with pytest.raises(ValueError, match="no scorer has a weight above 0"):
        RubricData(
            schema_version=1,
            name="idle",
            version="1",
            description="",
            scorers={"alphatex/seed-tab": ScorerUse(weight=0)},
        )


def test_a_broken_scorer_makes_the_result_an_error_not_a_zero():
    data = load_rubric("seed-2026-02").data
    rubric = Rubric(data)
    bound = rubric._bound["alphatex/seed-tab"]
    rubric._bound["alphatex/seed-tab"] = type(bound)(bound.scorer, lambda subject: 1 / 0, {})
    result = rubric.score(Subject(completion="r"))
    assert (result.status, result.value) == (Status.ERROR, None)
    assert "alphatex/seed-tab failed: ZeroDivisionError" in result.message


def test_a_folder_may_have_the_sign_of_weightings_in_its_name(house):
    folder = house.parent / "me@home"
    folder.mkdir()
    house.rename(folder / "house.toml")
    assert load_rubric(folder / "house.toml").name == load_rubric(f"{folder}/house.toml@prompts").name == "house"
