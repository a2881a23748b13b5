from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphatex_eval.reports.charts import Cell, Curve, Mark, Point, heat_map, line_chart
from alphatex_eval.reports.svg import Scale, element, text


def test_attributes_and_text_are_escaped() -> None:
    assert text('<"&', 1, 2) == '<text x="1" y="2">&lt;&quot;&amp;</text>'
    assert element("g", class_="a<b", stroke_width=1.5, fill=None) == '<g class="a&lt;b" stroke-width="1.5"></g>'


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6), count=st.integers(2, 9))
def test_ticks_are_round_few_and_inside(low: float, span: float, count: int) -> None:
    ticks = Scale(low, low + span, 0, 100).ticks(count)
    assert len(ticks) <= count + 1
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)


def test_ticks_step_by_one_two_or_five() -> None:
    assert Scale(0, 1, 0, 100).ticks(5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert Scale(3, 27, 0, 100).ticks(5) == [5, 10, 15, 20, 25]
    assert Scale(2, 2, 0, 100).ticks() == [2]


def test_a_scale_without_range_points_to_the_middle() -> None:
    assert Scale(1, 1, 0, 10)(1) == 5


def test_a_line_chart_draws_band_line_and_marks() -> None:
    points = (Point(0, 0.2, 0.1, 0.3), Point(10, 0.4, 0.3, 0.5))
    picture = line_chart([Curve("d8", points)], "Score", steps=(0, 10), marks=[Mark(10, "stop", "stop")], percent=True)
    assert picture.count("<polygon") == picture.count("<polyline") == 1
    assert picture.count("<circle") == 2
    assert ">stop</text>" in picture
    assert "step 10: 0.4000 [0.300, 0.500]" in picture


def test_curves_that_end_at_the_same_value_are_both_named() -> None:
    curves = [Curve(name, (Point(0, start), Point(10, 0.4))) for name, start in (("d4", 0.1), ("d8", 0.2))]
    picture = line_chart(curves, "Score", steps=(0, 10))
    assert picture.index(">d4</text>") < picture.index(">d8</text>")


def test_one_look_makes_a_chart_too() -> None:
    assert "<circle" in line_chart([Curve("", (Point(5, 0.5),))], "Score", steps=(5, 5))


def test_a_heat_map_names_each_group_once_and_shows_what_is_missing() -> None:
    picture = heat_map([("a", [Cell(0.5, "half"), Cell(None, "none"), Cell(1.0, "all")])], ["tab", "tab", "note"])
    assert picture.count(">tab</text>") == 1
    assert picture.count("<rect") == 3
    assert picture.count("cell empty") == 1
    assert "--share:50%" in picture


def test_the_labels_of_a_heat_map_keep_the_end_of_long_names() -> None:
    picture = heat_map([("runs/of/a/very/long/folder/name/checkpoint@500", [Cell(0.5, "half")])], ["tab"])
    assert ">…long/folder/name/checkpoint@500</text>" in picture
