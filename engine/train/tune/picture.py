"""What mattered in a search, as one SVG picture: a row a setting, its importance and every trial at its value.

Plain string templates, no drawing library, as in `engine.train.measure.picture`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from engine.train.svg import PAGE, TITLE

_MARGIN, _HEAD, _ROW, _GAP = 20, 52, 76, 22
_NAME_WIDTH, _BAR_WIDTH, _PLOT_WIDTH = 130, 180, 420
_TRIAL, _BEST, _DEFAULTS = "#4477aa", "#228833", "#ee6677"
_MARKS: Final = (("a trial", _TRIAL, 3.0), ("the best", _BEST, 5.5), ("the defaults", _DEFAULTS, 5.5))

_TEXT = '<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
_BAR = '<rect x="{x}" y="{y}" width="{width:.1f}" height="16" fill="{colour}"/>'
_FRAME = '<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="#cccccc"/>'
_POINT = '<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{colour}" fill-opacity="0.75"/>'


def draw_importance(report: Mapping[str, Any]) -> str:
    """Settings from the most important down: a bar of importance, and the trials' scores after their first part."""
    importance: Mapping[str, float] = report["importance"]
    ranges = {row["name"]: row for row in report["space"]}
    names = [*importance, *(name for name in ranges if name not in importance)]
    scores = [trial["scores"][0]["score"] for trial in report["trials"]]
    low, high = min(scores), max(scores)
    bar_x = _MARGIN + _NAME_WIDTH
    plot_x = bar_x + _BAR_WIDTH + 100
    body = [
        TITLE.format(x=bar_x, y=_MARGIN + 4, text="Importance (PED-ANOVA)"),
        TITLE.format(x=plot_x, y=_MARGIN + 4, text=f"Score after the first part, {low:.3f} to {high:.3f}"),
    ]
    for number, (label, colour, radius) in enumerate(_MARKS):
        x = plot_x + 110 * number
        body.append(_POINT.format(x=x + 4, y=_MARGIN + 20, r=radius, colour=colour))
        body.append(_TEXT.format(x=x + 14, y=_MARGIN + 24, anchor="start", text=label))
    most = max(importance.values(), default=1.0) or 1.0
    for row, name in enumerate(names):
        y = _MARGIN + _HEAD + row * (_ROW + _GAP)
        body.append(_TEXT.format(x=bar_x - 8, y=y + _ROW / 2 + 4, anchor="end", text=escape(name.replace("_", " "))))
        if name in importance:
            share = importance[name]
            width = _BAR_WIDTH * share / most
            body.append(_BAR.format(x=bar_x, y=y + _ROW // 2 - 8, width=width, colour=_TRIAL))
            body.append(_TEXT.format(x=bar_x + width + 6, y=y + _ROW / 2 + 4, anchor="start", text=f"{share:.3f}"))
        body += _draw_trials(plot_x, y, ranges[name], report, (low, high))
    height = _MARGIN + _HEAD + len(names) * (_ROW + _GAP) + _MARGIN
    return PAGE.format(width=plot_x + _PLOT_WIDTH + _MARGIN, height=height, body="\n".join(body))


def _draw_trials(
    left: int, top: int, dimension: Mapping[str, Any], report: Mapping[str, Any], limits: tuple[float, float]
) -> list[str]:
    low, high = limits
    name = dimension["name"]

    def place(trial: Mapping[str, Any]) -> tuple[float, float]:
        across = _share_of_range(trial["values"][name], dimension)
        up = (trial["scores"][0]["score"] - low) / (high - low) if high > low else 0.5
        return left + 6 + (_PLOT_WIDTH - 12) * across, top + 6 + (_ROW - 12) * (1 - up)

    parts = [_FRAME.format(x=left, y=top, width=_PLOT_WIDTH, height=_ROW)]
    marked: Sequence[Mapping[str, Any]] = (*report["trials"], report["best"], report["defaults"])
    marks = [_MARKS[0]] * len(report["trials"]) + list(_MARKS[1:])
    for trial, (_, colour, radius) in zip(marked, marks, strict=True):
        x, y = place(trial)
        parts.append(_POINT.format(x=x, y=y, r=radius, colour=colour))
    for x, anchor, value in ((left, "start", dimension["low"]), (left + _PLOT_WIDTH, "end", dimension["high"])):
        parts.append(_TEXT.format(x=x, y=top + _ROW + 13, anchor=anchor, text=f"{value:g}"))
    return parts


def _share_of_range(value: float, dimension: Mapping[str, Any]) -> float:
    low, high = dimension["low"], dimension["high"]
    if dimension["log"]:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))
