"""The report of an evaluation as one SVG picture: F1 with its intervals, and what relation scores are worth.

Plain string templates, no drawing library: the picture opens in any browser and its text stays text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from engine.train.svg import PAGE, TITLE

_LABEL_WIDTH, _BAR_WIDTH, _ROW_HEIGHT, _HEAD_HEIGHT, _MARGIN = 300, 320, 22, 34, 20
_PLOT_SIZE, _PLOT_GAP = 260, 110
_COLOURS = {"mentions": "#4477aa", "relations": "#228833", "end to end": "#ccbb44", "classes": "#aa3377"}
_SPLIT_COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#66ccee", "#ccbb44")

_TEXT = '<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
_BAR = '<rect x="{x}" y="{y}" width="{width:.1f}" height="14" fill="{colour}"/>'
_LINE = '<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
_CURVE = '<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
_POINT = '<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def draw_picture(report: Mapping[str, Any]) -> str:
    """Bars of strict F1 a type and of micro-F1 of relations on the left, reliability curves on the right."""
    bars = list(_list_bars(report["splits"]))
    plot_x = _MARGIN + _LABEL_WIDTH + _BAR_WIDTH + _PLOT_GAP
    curves = {name: figures["calibration"]["bins"] for name, figures in report["splits"].items()}
    curves = {name: bins for name, bins in curves.items() if bins}
    body = [TITLE.format(x=_MARGIN, y=_MARGIN + 4, text="F1 with 95 % intervals")]
    body += [
        part for row, bar in enumerate(bars) for part in _draw_bar(_HEAD_HEIGHT + _MARGIN + row * _ROW_HEIGHT, *bar)
    ]
    body += _draw_reliability(plot_x, curves) if curves else []
    plot_rows = _PLOT_SIZE + 60 + 18 * len(curves) if curves else 0
    height = 2 * _MARGIN + _HEAD_HEIGHT + max(len(bars) * _ROW_HEIGHT, plot_rows)
    width = plot_x + (_PLOT_SIZE + 2 * _MARGIN if curves else 0)
    return PAGE.format(width=width, height=height, body="\n".join(body))


def _list_bars(splits: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(label, kind, figures) of each bar, split by split."""
    for name, figures in splits.items():
        for type, scores in figures["spans"].items():
            yield f"{name} {type}", "mentions", scores
        for key, kind in (("relations", "relations"), ("end_to_end", "end to end")):
            if figures[key]:
                yield f"{name} relations{', end to end' if key == 'end_to_end' else ''}", kind, figures[f"{key}_micro"]
        if figures.get("classes"):
            yield f"{name} classes (macro)", "classes", figures["classes_macro"]


def _draw_bar(y: int, label: str, kind: str, scores: Mapping[str, Any]) -> list[str]:
    left, middle = _MARGIN + _LABEL_WIDTH, y + 7
    low, high = (left + _BAR_WIDTH * limit for limit in scores["intervals_95"]["f1"])
    return [
        _TEXT.format(x=left - 8, y=y + 11, anchor="end", text=escape(label)),
        _BAR.format(x=left, y=y, width=_BAR_WIDTH * scores["f1"], colour=_COLOURS[kind]),
        _LINE.format(x1=low, y1=middle, x2=high, y2=middle, colour="black"),
        *(_LINE.format(x1=x, y1=middle - 4, x2=x, y2=middle + 4, colour="black") for x in (low, high)),
        _TEXT.format(x=left + _BAR_WIDTH + 8, y=y + 11, anchor="start", text=f"{scores['f1']:.3f}"),
    ]


def _draw_reliability(x: int, curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Share right against mean score, a curve a split; on the diagonal scores mean what they say."""
    top = _MARGIN + _HEAD_HEIGHT
    bottom = top + _PLOT_SIZE

    def place(score: float, share: float) -> tuple[float, float]:
        return x + _PLOT_SIZE * score, bottom - _PLOT_SIZE * share

    corners = (((0, 0), (1, 0)), ((0, 0), (0, 1)), ((0, 0), (1, 1)))
    parts = [TITLE.format(x=x, y=_MARGIN + 4, text="Share right by score of relations")]
    for first, last in corners:
        (x1, y1), (x2, y2) = place(*first), place(*last)
        parts.append(_LINE.format(x1=x1, y1=y1, x2=x2, y2=y2, colour="#999999"))
    for tick in (0.0, 0.5, 1.0):
        across, up = place(tick, 0)[0], place(0, tick)[1]
        parts.append(_TEXT.format(x=across, y=bottom + 16, anchor="middle", text=f"{tick:g}"))
        parts.append(_TEXT.format(x=x - 6, y=up + 4, anchor="end", text=f"{tick:g}"))
    for number, (name, bins) in enumerate(curves.items()):
        colour = _SPLIT_COLOURS[number % len(_SPLIT_COLOURS)]
        points = [place(b["mean_score"], b["share_right"]) for b in bins]
        parts.append(_CURVE.format(points=" ".join(f"{px:.1f},{py:.1f}" for px, py in points), colour=colour))
        parts += [_POINT.format(x=px, y=py, colour=colour) for px, py in points]
        y = bottom + 40 + 18 * number
        parts.append(_POINT.format(x=x + 4, y=y - 4, colour=colour))
        parts.append(_TEXT.format(x=x + 14, y=y, anchor="start", text=escape(name)))
    return parts
