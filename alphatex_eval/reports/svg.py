"""A little SVG: elements with escaped attributes, a linear scale, round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def element(name: str, *children: str, **attributes: str | float | None) -> str:
    """One SVG element. `children` are markup; attributes of None are left out, `_` in their names becomes `-`."""
    pairs = [
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    ]
    return f"<{name}{''.join(pairs)}>{''.join(children)}</{name}>"


def text(content: str, x: float, y: float, **attributes: str | float | None) -> str:
    """A text element whose baseline starts at (x, y)."""
    return element("text", escape(content), x=x, y=y, **attributes)


def drawing(width: float, height: float, label: str, children: Iterable[str]) -> str:
    """A picture of the given size in CSS pixels that shrinks with its container; `label` is read to the blind."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """The `points` attribute of a line or an area."""
    return " ".join(f"{_value(x)},{_value(y)}" for x, y in points)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from data [low, high] to pixels [start, end]; an empty range maps to the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where `value` lies, in pixels."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """About `count` round values inside the range: steps of 1, 2 or 5 times a power of ten."""
        if self.high == self.low:
            return [self.low]
        step = _round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
