from __future__ import annotations

from fractions import Fraction

import pytest

from alphatex_model.data.neutral import Limits, read_row
from alphatex_model.data.tunes import Event, Fault, Tune

SCALE = "60@1/4 62@1/4 64@1/4 65@1/4"


def passages(music: str, limits: Limits = Limits()) -> list[Tune | Fault]:  # noqa: B008
    row = {
        "id": "ours/piece#0.1m",
        "source": "ours",
        "name": "Piece",
        "composer": None,
        "licence": "CC0-1.0",
        "attribution": None,
        "ir": music,
    }
    return list(read_row(row, limits))


def one(music: str) -> Tune:
    (found,) = passages(music)
    assert isinstance(found, Tune)
    return found


def test_tokens_are_read_as_they_are_described() -> None:
    read = one(
        f'T3/4 KAminor A 60@1/4 | [: "Am" 60~+64@3/8 r@3/8 | 67@1/12 69@1/12 71@1/12 72@1/2 :] | {SCALE[:20]} | '
        "60@1/4 62@1/4 64@1/4 | 60@1/4 62@1/4 64@1/4"
    )
    pickup, first, second, *_ = read.bars
    assert pickup.pickup
    assert (first.meter, first.key) == ((3, 4), "aminor")
    assert first.events[0] == Event(Fraction(3, 8), (60, 64), frozenset({60}), "Am")
    assert first.events[1] == Event(Fraction(3, 8))
    assert (first.repeat_open, second.repeat_close) == (True, 2)
    assert second.events[0].duration == Fraction(1, 12)
    assert (read.licence, read.work) == ("CC0-1.0", "ours/piece")


def test_only_bars_that_add_up_are_taken() -> None:
    good = " | ".join([SCALE] * 5)
    found = passages(f"T4/4 {good} | 60@1/4 | {good} || T4/4 60@1/1")
    assert [len(tune.bars) for tune in found if isinstance(tune, Tune)] == [5, 5]


def test_long_parts_are_cut_and_counted() -> None:
    found = passages("T4/4 " + " | ".join([SCALE] * 40), Limits(bars=16, passages=2))
    assert [len(tune.bars) for tune in found if isinstance(tune, Tune)] == [16, 16]
    assert [tune.id for tune in found if isinstance(tune, Tune)] == ["ours/piece#0.1m/1", "ours/piece#0.1m/2"]


def test_a_tie_into_a_passage_is_dropped() -> None:
    held = one("T4/4 60~@1/4 62@1/4 64@1/4 65@1/4 | 65~@1/4 62@1/4 64@1/4 65@1/4 | " + f"{SCALE} | {SCALE}")
    assert [bar.events[0].tied for bar in held.bars[:2]] == [frozenset(), frozenset({65})]


@pytest.mark.parametrize("music", ["T4/4 60@1/4", "T4/4 60@x", "T4/4 ?? 60@1/4", "T0/0 60@1/4"])
def test_a_row_without_music_that_adds_up_is_a_fault(music: str) -> None:
    (fault,) = passages(music)
    assert isinstance(fault, Fault)


@pytest.mark.parametrize("key", ["KCmajor", "KHminor"])
def test_a_row_in_a_key_that_does_not_exist_is_a_fault_that_names_it(key: str) -> None:
    (fault,) = passages(f"{key} " + " | ".join([SCALE] * 4))
    assert fault == Fault("ours/piece#0.1m", f"cannot be read: unknown token {key!r}")
