"""Reliability as an SVG picture: the share that is right by how far it was believed, and how many items stand there."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from engine.train.svg import PAGE, TITLE

_SIZE, _LEFT, _TOP, _LEGEND = 300, 50, 40, 190
_COLOURS: Final = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#66ccee", "#ccbb44")
_TEXT: Final = '<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'
_AXES: Final = (
    '<rect x="{x}" y="{y}" width="{size}" height="{size}" fill="none" stroke="#999999"/>'
    '<line x1="{x}" y1="{bottom}" x2="{right}" y2="{y}" stroke="#999999" stroke-dasharray="4 3"/>'
)
_CURVE: Final = '<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
_POINT: Final = '<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}" fill-opacity="0.8"/>'


def draw_reliability(curves: Mapping[str, Mapping[str, Any]]) -> str:
    """One curve a name, from a `Reliability` as plain values; a point's area grows with its items.

    On the dashed line beliefs mean what they say.
    """
    bottom, right = _TOP + _SIZE, _LEFT + _SIZE
    body = [
        TITLE.format(x=_LEFT, y=_TOP - 16, text="Share right by belief"),
        _AXES.format(x=_LEFT, y=_TOP, size=_SIZE, bottom=bottom, right=right),
    ]
    for tick in (0.0, 0.5, 1.0):
        body.append(_TEXT.format(x=_LEFT + _SIZE * tick, y=bottom + 18, anchor="middle", text=f"{tick:g}"))
        body.append(_TEXT.format(x=_LEFT - 8, y=bottom - _SIZE * tick + 4, anchor="end", text=f"{tick:g}"))
    for number, (name, found) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(_LEFT + _SIZE * b["mean_chance"], bottom - _SIZE * b["share_right"], b["n"]) for b in found["bins"]]
        body.append(_CURVE.format(points=" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places), colour=colour))
        body += [_POINT.format(x=x, y=y, r=2 + 8 * (n / found["n"]) ** 0.5, colour=colour) for x, y, n in places]
        y = _TOP + 20 + 22 * number
        body.append(_POINT.format(x=right + 20, y=y - 4, r=4, colour=colour))
        body.append(_TEXT.format(x=right + 30, y=y, anchor="start", text=escape(f"{name}, {found['n']:,} items")))
    return PAGE.format(width=right + _LEGEND + 40, height=bottom + 40, body="\n".join(body))
