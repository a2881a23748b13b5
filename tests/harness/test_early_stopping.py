from __future__ import annotations

import math

import numpy as np
import pytest

from alphatex_eval.harness.early_stopping import EarlyStopping, Evaluation, replay
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.summaries import PromptScores

PROMPTS = 60


def evaluation(
    step: int, mean: float, *, bits: float | None = None, noise: float = 0.1, prompts: int = PROMPTS
) -> Evaluation:
    rng = np.random.default_rng(step)
    scores = np.clip(mean + noise * rng.standard_normal(prompts), 0, 1)
    rows = tuple(
        PromptScores(id=f"p{i}", kind="tab", weight=1 / prompts, values=(float(score),))
        for i, score in enumerate(scores)
    )
    return Evaluation(step=step, prompts=rows, bits_per_byte=bits)


def test_a_clear_improvement_is_better_and_starts_patience_anew() -> None:
    first, second = replay(EarlyStopping(), [evaluation(500, 0.4), evaluation(1000, 0.8)])
    assert (first.better, second.better, second.best_step, second.state.waited) == (True, True, 1000, 0)
    assert second.reason == "better than step 500"


def test_a_higher_score_within_the_noise_is_not_better() -> None:
    decisions = replay(EarlyStopping(), [evaluation(500, 0.5, noise=0.3), evaluation(1000, 0.51, noise=0.3)])
    assert decisions[-1].best_step == 500
    assert decisions[-1].reason == "cannot be told apart from step 500"


def test_bits_per_byte_are_mentioned_only_where_they_were_measured() -> None:
    looks = [evaluation(500, 0.5, bits=0.8, noise=0.3), evaluation(1000, 0.51, bits=0.9, noise=0.3)]
    assert replay(EarlyStopping(), looks)[-1].reason.endswith("step 500; validation bits per byte did not fall")


def test_training_stops_after_patience_without_progress() -> None:
    looks = [evaluation(step, 0.6) for step in range(500, 6000, 500)]
    decisions = replay(EarlyStopping(patience=3), looks)
    assert [decision.step for decision in decisions] == [500, 1000, 1500, 2000]
    assert decisions[-1].stop


def test_falling_bits_per_byte_keep_training_going_while_the_score_is_not_worse() -> None:
    looks = [evaluation(500 * i, 0.6, bits=2 - 0.1 * i) for i in range(1, 9)]
    assert not any(decision.stop for decision in replay(EarlyStopping(patience=2), looks))


def test_falling_bits_per_byte_do_not_excuse_a_score_proven_worse() -> None:
    looks = [evaluation(500, 0.9, bits=1.0), *(evaluation(500 * i, 0.4, bits=1 - 0.05 * i) for i in range(2, 9))]
    decisions = replay(EarlyStopping(patience=3), looks)
    assert (decisions[-1].step, decisions[-1].best_step, decisions[-1].stop) == (2000, 500, True)
    assert decisions[-1].reason == "worse than step 500"


def test_a_tie_goes_to_fewer_bits_per_byte_unless_the_score_is_lower() -> None:
    rule = EarlyStopping().update(evaluation(500, 0.5, noise=0.3, bits=0.9)).state
    higher = rule.update(evaluation(1000, 0.5, noise=0.3, bits=0.8))
    lower = rule.update(evaluation(1000, 0.42, noise=0.3, bits=0.8))
    assert [decision.reason for decision in (higher, lower)] == [
        "cannot be told apart from step 500; validation bits per byte fell"
    ] * 2
    assert [decision.better for decision in (higher, lower)] == [False, False]
    assert [decision.best_step for decision in (higher, lower)] == [1000, 500]


def test_small_steps_in_bits_per_byte_add_up() -> None:
    looks = [evaluation(500 * i, 0.6, bits=1 - 0.004 * i, noise=0) for i in range(1, 12)]
    waits = [decision.state.waited for decision in replay(EarlyStopping(patience=9, min_bits=0.01), looks)]
    assert max(waits) == 2


def test_an_improvement_below_min_delta_is_not_worth_it() -> None:
    looks = [evaluation(500, 0.4), evaluation(1000, 0.5)]
    assert replay(EarlyStopping(min_delta=0.05), looks)[-1].better
    assert not replay(EarlyStopping(min_delta=0.2), looks)[-1].better


def test_prompts_that_all_improve_alike_count_by_the_sign_flip_test() -> None:
    assert replay(EarlyStopping(), [evaluation(1, 0.4, noise=0), evaluation(2, 0.5, noise=0)])[-1].better
    few = [evaluation(1, 0.4, noise=0, prompts=3), evaluation(2, 0.5, noise=0, prompts=3)]
    assert not replay(EarlyStopping(), few)[-1].better


def without_score(step: int) -> Evaluation:
    look = evaluation(step, 0.5)
    return look.model_copy(update={"prompts": tuple(p.model_copy(update={"values": ()}) for p in look.prompts)})


def test_a_look_without_any_score_is_never_the_best_and_a_scored_one_is_better_than_none() -> None:
    looks = [without_score(1), evaluation(2, 0.5), without_score(3), evaluation(4, 0.9)]
    decisions = replay(EarlyStopping(patience=2), looks)
    assert [decision.better for decision in decisions] == [False, True, False, True]
    assert [decision.reason for decision in decisions] == [
        "no prompt has a scored sample",
        "first evaluation with a score",
        "no prompt has a scored sample",
        "better than step 2",
    ]
    assert [decision.state.best and decision.state.best.step for decision in decisions] == [None, 2, 2, 4]


def test_the_rule_goes_on_from_its_json_exactly() -> None:
    looks = [evaluation(500 * i, 0.3 + 0.05 * min(i, 5), bits=1 / i) for i in range(1, 10)]
    straight = replay(EarlyStopping(patience=2), looks)
    rule, decisions = EarlyStopping(patience=2), []
    for look in looks[: len(straight)]:
        decisions.append(rule.update(look))
        rule = EarlyStopping.model_validate_json(decisions[-1].state.model_dump_json())
    assert decisions == straight


def test_updating_leaves_the_rule_as_it_was() -> None:
    rule = EarlyStopping()
    rule.update(evaluation(500, 0.5))
    assert rule == EarlyStopping()


def test_steps_that_do_not_grow_and_other_prompts_are_refused() -> None:
    rule = EarlyStopping().update(evaluation(500, 0.5)).state
    with pytest.raises(HarnessError, match="steps must grow"):
        rule.update(evaluation(500, 0.5))
    with pytest.raises(HarnessError, match="asked different prompts"):
        rule.update(evaluation(1000, 0.5, prompts=10))


@pytest.mark.parametrize("bits", [math.nan, math.inf, -math.inf])
def test_bits_per_byte_that_are_no_number_count_as_not_measured(bits: float) -> None:
    looks = [evaluation(500, 0.6, bits=bits), *(evaluation(500 * i, 0.6, bits=2 - 0.1 * i) for i in range(2, 9))]
    decisions = replay(EarlyStopping(patience=2), looks)
    assert decisions[0].state.lowest_bits is None
    assert not any(decision.stop for decision in decisions)
