"""Lines in a picture: a plain SVG of a few series over one axis, which any browser shows. Knows nothing of training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

Point = tuple[float, float]

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 36, 44
_COLOURS: Final = ("#1f6fb2", "#d1601f", "#3a8f4b", "#8a4fa3")
_TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Series:
    """A named line; `dots` marks its points, where they are few."""

    name: str
    points: Sequence[Point]
    dots: bool = False


def draw_chart(series: Sequence[Series], *, title: str, x_label: str, y_label: str) -> str:
    """The picture as text.

    Raises: ValueError if no series has a point.
    """
    points = [point for line in series for point in line.points if all(map(math.isfinite, point))]
    if not points:
        raise ValueError("a chart needs a point")
    x_ticks, y_ticks = (round_ticks(min(axis), max(axis)) for axis in zip(*points, strict=True))
    middle_x, middle_y = (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="{middle_x:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(14 {middle_y:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>',
    ]

    def place(point: Point) -> Point:
        x = _LEFT + (point[0] - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]) * (_WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - (point[1] - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (_HEIGHT - _TOP - _BOTTOM)
        return x, y

    for tick in x_ticks:
        x, y = place((tick, y_ticks[0]))
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{tick:g}</text>')
    for tick in y_ticks:
        x, y = place((x_ticks[0], tick))
        parts.append(f'<line x1="{x}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for index, line in enumerate(series):
        colour = _COLOURS[index % len(_COLOURS)]
        placed = [place(point) for point in line.points if all(map(math.isfinite, point))]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if line.dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        label_y = _TOP + 14 + 16 * index
        label_x = _WIDTH - _RIGHT - 8
        parts.append(f'<text x="{label_x}" y="{label_y}" text-anchor="end" fill="{colour}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def round_ticks(low: float, high: float) -> list[float]:
    """Round numbers, at least two, from at most `low` to at least `high`, about five steps apart."""
    if high <= low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * i, 12) for i in range(first, last + 1)]
