"""The fast path must say what the slow path says: the same texts, with and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alphatex_eval.language import AlphaTexError, flawless, parse
from alphatex_eval.language.check import judge
from tests.language.cases import ACCEPTED, REJECTED
from tests.language.mutation import mutants

if TYPE_CHECKING:
    from collections.abc import Callable

TABS = [
    f'\\title "T"\n\\track "G" {{instrument {instrument}}}\n\\staff {{score tabs}}\n\\tempo 120\n\\ts (4 4)\n{bars}'
    for instrument in ("acousticguitarsteel", "electricbassfinger", "percussion", "acousticgrandpiano")
    for bars in (
        ":8 3.3 3.3 0.1 0.1 | 3.3.4 r (0.1 1.2).2{d} |\n\\ro\n0.4.8{v} | :16 3.3{h} 5.3 * 2 3.3{b (0 4)} |\n\\rc 2",
        "38.4 | (38).4 (36 42).8 r |\n\\ac\n38 38 |\n| |",
        "c4.4 e4 | d4.8{tu 3} c#4{v} |\n\\staff\n3.3 | x.2 x | -.3 - |",
    )
]
PLAIN = "3.3.4 0.2 r 2.1 |\n0.4.2 2.4 |\n"
TABS += [
    f'\\track "G"\n\\tuning (E4 B3 G3 D3)\n\\ts (4 4)\n{PLAIN * 3}\\track "B"\n{PLAIN}\\ro\n{PLAIN}3.3.1',
    f"\\tuning (E4 B3)\n{PLAIN.replace('.4', '.1') * 2}\\voice\n{PLAIN.replace('.4', '.1') * 3}",
    f"\\voicemode barwise\n\\tuning (E4 B3 G3 D3)\n{PLAIN * 2}\\voice\n{PLAIN * 2}",
]


def without_shortcuts(reading: Callable[[str], object], text: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """What the slow path alone says."""

    def nothing(text: str, position: int, *_: object) -> int:
        return position

    with monkeypatch.context() as patch:
        patch.setitem(judge.__globals__, "pass_over", nothing)
        patch.setitem(parse.__globals__, "walk", nothing)
        return reading(text)


def judged(text: str) -> object:
    """All that a judgement says except how far lookups went."""
    judgement = judge(text)
    return [(item.code, item.start, item.end) for item in judgement.findings], judgement.first_fault


def parsed(text: str) -> object:
    """The document with the places of all nodes, which take no part in comparison, or what is wrong with the text."""
    try:
        return repr(parse(text))
    except AlphaTexError as error:
        return error.diagnostics


@pytest.mark.parametrize("reading", [judged, parsed])
@pytest.mark.parametrize("seed", range(4))
def test_shortcuts_change_nothing(reading: Callable[[str], object], seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(mutants([*TABS, *ACCEPTED, *REJECTED], 400, seed))
    for text in [*texts, *TABS]:
        assert reading(text) == without_shortcuts(reading, text, monkeypatch), text


def test_what_is_known_may_be_forgotten_in_the_middle_of_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: a text of many different beats empties it again and again."""
    beats = [f"{fret}.{string}{{h}}.{value}" for fret in range(20) for string in range(1, 7) for value in (4, 8, 16)]
    text = " | ".join(" ".join(beats[start : start + 7]) for start in range(0, len(beats), 7))
    expected = judged(text)
    flawless._known.cache_clear()
    monkeypatch.setattr(flawless, "MOST_BEATS", 10)
    monkeypatch.setattr(flawless, "MOST_BARS", 3)
    assert judged(text) == expected
