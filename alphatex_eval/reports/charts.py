"""The report's pictures as inline SVG: interval bars, curves with bands, heat maps. Pure functions, no dependency.

Colours come from the page's style sheet by class, so that a picture prints and themes with its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from alphatex_eval.reports.svg import Scale, drawing, element, polyline, text
from alphatex_eval.reports.wording import percent_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.harness.statistics import Estimate

LEFT, RIGHT, TOP, BOTTOM = 56.0, 16.0, 22.0, 34.0
NAMES = 96.0
LETTER, LONGEST = 7.4, 32
"""Width of a label's letter in pixels, and how many letters a label has at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a training step, with its interval where there is one."""

    step: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A named row of points; `tone` 1 to 4 chooses the colour."""

    name: str
    points: tuple[Point, ...]
    tone: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A step worth pointing at, say where training should have stopped. `kind` is a CSS class."""

    step: int
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of a heat map; `share` in [0, 1] or None for no value; `hint` is shown on hovering."""

    share: float | None
    hint: str


def interval_bar(score: Estimate, width: float = 260, height: float = 20) -> str:
    """A score between 0 and 1 as a dot on its interval, over a faint grid of tenths."""
    scale, middle = Scale(0, 1, 6, width - 6), height / 2
    parts = [_tick_line(scale(i / 4), 0, height) for i in range(5)]
    if score.low is not None and score.high is not None:
        parts.append(
            element("line", x1=scale(score.low), x2=scale(score.high), y1=middle, y2=middle, class_="interval")
        )
    if score.value is not None:
        parts.append(element("circle", cx=scale(score.value), cy=middle, r=4, class_="dot"))
    return drawing(width, height, percent_interval(score), parts)


def interval_axis(width: float = 260, height: float = 14) -> str:
    """The axis over a column of interval bars."""
    scale = Scale(0, 1, 6, width - 6)
    anchors = {0: "start", 4: "end"}
    labels = [
        text(f"{25 * i}", scale(i / 4), 11, text_anchor=anchors.get(i, "middle"), class_="tick") for i in range(5)
    ]
    return drawing(width, height, "0 to 100 percent", labels)


def line_chart(
    curves: Sequence[Curve],
    title: str,
    *,
    steps: tuple[int, int],
    marks: Sequence[Mark] = (),
    percent: bool = False,
    width: float = 860,
    height: float = 260,
) -> str:
    """Curves over the training steps from `steps[0]` to `steps[1]`.

    Bands are drawn where points have intervals, and a dashed line for each mark.
    """
    points = [point for curve in curves for point in curve.points]
    x = Scale(*steps, LEFT, width - RIGHT - (NAMES if len(curves) > 1 else 0))
    y = _vertical(points, height, percent=percent)
    parts = [text(title, 0, 12, class_="title"), *_axes(x, y, percent=percent, height=height)]
    parts += [_mark(mark, x, height, row) for row, mark in enumerate(marks)]
    parts += [_curve(curve, x, y) for curve in curves]
    parts += _names(curves, x, y)
    return drawing(width, height, title, parts)


def heat_map(rows: Sequence[tuple[str, Sequence[Cell]]], columns: Sequence[str], width: float = 860) -> str:
    """Rows of cells from pale (0) to deep (1); `columns` are group names, each drawn over its first cell."""
    label_width = 14 + LETTER * min(LONGEST, max(len(name) for name, _ in rows))
    cell_width = (width - label_width) / len(columns)
    cell_height = 22.0 if len(rows) <= 16 else 14.0
    parts = [
        text(name, label_width + i * cell_width, 12, class_="tick")
        for i, name in enumerate(columns)
        if i == 0 or columns[i - 1] != name
    ]
    for row, (name, cells) in enumerate(rows):
        top = 20 + row * cell_height
        parts.append(
            text(_shortened(name), label_width - 8, top + cell_height * 0.68, text_anchor="end", class_="label")
        )
        parts += [
            _cell(cell, label_width + i * cell_width, top, cell_width, cell_height) for i, cell in enumerate(cells)
        ]
    return drawing(width, 22 + len(rows) * cell_height, "scores by prompt", parts)


def _shortened(name: str) -> str:
    """A label whose end tells it from others, as names of checkpoints do."""
    return name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"


def _vertical(points: Sequence[Point], height: float, *, percent: bool) -> Scale:
    lows = [point.value if point.low is None else point.low for point in points]
    highs = [point.value if point.high is None else point.high for point in points]
    margin = 0.08 * (max(highs) - min(lows)) or 0.05
    low, high = min(lows) - margin, max(highs) + margin
    if percent:
        low, high = max(0.0, low), min(1.0, high)
    return Scale(low, high, height - BOTTOM, TOP + 8)


def _axes(x: Scale, y: Scale, *, percent: bool, height: float) -> list[str]:
    parts = []
    for value in y.ticks():
        label = f"{100 * value:.0f} %" if percent else f"{value:.4g}"
        parts.append(element("line", x1=LEFT, x2=x.end, y1=y(value), y2=y(value), class_="grid"))
        parts.append(text(label, LEFT - 8, y(value) + 4, text_anchor="end", class_="tick"))
    floor = height - BOTTOM + 18
    steps = [text(f"{value:,.0f}", x(value), floor, text_anchor="middle", class_="tick") for value in x.ticks(6)]
    return [*parts, *steps, text("step", LEFT - 8, floor, text_anchor="end", class_="tick")]


def _curve(curve: Curve, x: Scale, y: Scale) -> str:
    banded = [(p.step, p.low, p.high) for p in curve.points if p.low is not None and p.high is not None]
    upper = [(x(step), y(high)) for step, _, high in banded]
    lower = [(x(step), y(low)) for step, low, _ in reversed(banded)]
    line = [(x(point.step), y(point.value)) for point in curve.points]
    dots = [element("circle", _hint(point), cx=x(point.step), cy=y(point.value), r=3) for point in curve.points]
    return element(
        "g",
        element("polygon", points=polyline(upper + lower), class_="band") if banded else "",
        element("polyline", points=polyline(line), class_="line"),
        *(dots if len(dots) <= 60 else ()),
        class_=f"tone{curve.tone}",
    )


def _names(curves: Sequence[Curve], x: Scale, y: Scale) -> list[str]:
    """Names at the curves' right ends, pushed apart where they would overlap."""
    named = [(y(curve.points[-1].value), curve) for curve in curves if curve.name and len(curves) > 1]
    parts: list[str] = []
    lowest = -1e9
    for end, curve in sorted(named, key=lambda pair: pair[0]):
        lowest = max(end + 4, lowest + 14)
        parts.append(text(curve.name, x.end + 10, lowest, class_=f"name tone{curve.tone}"))
    return parts


def _hint(point: Point) -> str:
    interval = "" if point.low is None or point.high is None else f" [{point.low:.3f}, {point.high:.3f}]"
    return element("title", f"step {point.step:,}: {point.value:.4f}{interval}")


def _mark(mark: Mark, scale: Scale, height: float, row: int) -> str:
    """A dashed line with its label on the side that has room; labels of several marks go one below the other."""
    x, late = scale(mark.step), scale(mark.step) > (scale.start + scale.end) / 2
    label = text(mark.label, x - 6 if late else x + 6, TOP + 10 + 14 * row, text_anchor="end" if late else "start")
    return element("g", element("line", x1=x, x2=x, y1=TOP, y2=height - BOTTOM), label, class_=f"mark {mark.kind}")


def _cell(cell: Cell, x: float, y: float, width: float, height: float) -> str:
    share = "none" if cell.share is None else f"{100 * cell.share:.0f}%"
    gap = 1.0 if width > 6 else 0.0
    return element(
        "rect",
        element("title", escape(cell.hint)),
        x=x,
        y=y,
        width=width - gap,
        height=height - 1,
        class_="cell" if cell.share is not None else "cell empty",
        style=f"--share:{share}" if cell.share is not None else None,
    )


def _tick_line(x: float, top: float, bottom: float) -> str:
    return element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid")
