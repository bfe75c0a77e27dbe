"""Draws a subgraph of hypotheses: SVG, PNG, or one HTML page that needs no network and no other file.

Places are computed here (networkx, spring layout with a fixed seed). The page is the SVG with a few lines of script
beside it: drag a concept, zoom with the wheel, click a line for its sentences. Text from documents is escaped, or
handed to the script as JSON and shown as text, never as HTML. PNG is drawn by matplotlib, which is no dependency of
the project but of its extra `notebooks`; without it, SVG says the same.
"""

from __future__ import annotations

import html
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import networkx as nx

from graph.errors import GraphError
from graph.hypotheses.subgraph import PREDICTED

_SEED: Final = 1
_WIDTH: Final = 1100
_HEIGHT: Final = 760
_MARGIN: Final = 90
_RADIUS: Final = 9
_LABEL_CHARS: Final = 28
_MOST_CONCEPTS: Final = 499  # for more networkx's layout needs scipy, and no name could be read

_FILL: Final = {
    "Chemical": "#2a78b8",
    "Gene": "#3f9b4f",
    "GeneFamily": "#8cc29a",
    "Disease": "#c8452f",
    "Phenotype": "#e09a7f",
}
_STROKE: Final = {1: "#b5482f", 0: "#8a8f98", -1: "#2f62b5"}  # raises, says no direction, lowers
SUFFIXES: Final = (".svg", ".png", ".html")


class PictureError(GraphError):
    """A picture that can't be drawn here."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the picture, in pixels."""

    x: float
    y: float


def draw(graph: nx.MultiDiGraph, path: Path, *, title: str) -> None:
    """Write the picture that the file's ending names.

    Raises: PictureError for another ending, a PNG without matplotlib, or too many concepts.
    """
    check_picture(path)
    if path.suffix == ".png":
        _draw_png(graph, path, title=title)
        return
    text = as_svg(graph, title=title) if path.suffix == ".svg" else as_html(graph, title=title)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def check_picture(path: Path) -> None:
    """Whether `draw` could write this file. Raises: PictureError."""
    if path.suffix not in SUFFIXES:
        raise PictureError(f"{path}: a picture ends in {', '.join(SUFFIXES)}")
    if path.suffix == ".png":
        _matplotlib(path)


def layout(graph: nx.MultiDiGraph) -> dict[str, Point]:
    """A place for each concept, the same each time.

    Raises: PictureError for more concepts than a picture has room for.
    """
    if not len(graph):
        return {}
    if len(graph) > _MOST_CONCEPTS:
        raise PictureError(
            f"{len(graph)} concepts are too many for a picture, {_MOST_CONCEPTS} can be drawn: fewer hypotheses "
            "(limit) or paths of each (paths) have fewer"
        )
    simple = nx.Graph()
    simple.add_nodes_from(sorted(graph))
    simple.add_edges_from(sorted((a, b) for a, b in graph.edges()))
    raw = nx.spring_layout(simple, seed=_SEED, k=2.2 / math.sqrt(len(simple)), iterations=200)
    xs, ys = ([float(place[axis]) for place in raw.values()] for axis in (0, 1))
    return {
        id: Point(_scaled(float(x), xs, _WIDTH), _scaled(float(y), ys, _HEIGHT)) for id, (x, y) in sorted(raw.items())
    }


def _scaled(value: float, all_values: list[float], length: int) -> float:
    low, high = min(all_values), max(all_values)
    share = (value - low) / (high - low) if high > low else 0.5
    return round(_MARGIN + share * (length - 2 * _MARGIN), 1)


def as_svg(graph: nx.MultiDiGraph, *, title: str) -> str:
    """The picture as a file of its own."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="16" y="26" font-size="16">{html.escape(title)}</text>\n{_drawing(graph)}\n</svg>\n'
    )


def as_html(graph: nx.MultiDiGraph, *, title: str) -> str:
    """One page: the picture, what its colours mean, and the sentences of what is clicked."""
    details = {
        key: {
            "says": f"{graph.nodes[a]['name']} {data['predicate']} {graph.nodes[b]['name']}",
            **{name: value for name, value in data.items() if name != "predicate"},
        }
        for a, b, key, data in graph.edges(keys=True, data=True)
    }
    concepts = {id: {"id": id, **data} for id, data in graph.nodes(data=True)}
    data = json.dumps({"edges": details, "concepts": concepts}, ensure_ascii=False).replace("<", "\\u003c")
    drawing = f'<svg id="picture" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">{_drawing(graph)}</svg>'
    parts = {"TITLE": html.escape(title), "DRAWING": drawing, "DATA": data}
    return re.sub(r"@([A-Z]+)@", lambda match: parts[match[1]], _PAGE)


def _drawing(graph: nx.MultiDiGraph) -> str:
    places = layout(graph)
    parallel: dict[frozenset[str], int] = {}
    lines = []
    for a, b, key, data in sorted(graph.edges(keys=True, data=True), key=lambda e: e[:3]):
        ends = frozenset((a, b))
        number = parallel[ends] = parallel.get(ends, -1) + 1
        bend = (number + 1) // 2 * 22 * (1 if number % 2 else -1) * (1 if a < b else -1)
        lines.append(_line(a, b, key, data, places, bend))
    dots = [_dot(id, data, places[id]) for id, data in sorted(graph.nodes(data=True))]
    return "\n".join([_ARROWS, "<g>", *lines, "</g>", "<g>", *dots, "</g>"])


def _line(a: str, b: str, key: str, data: Mapping[str, Any], places: Mapping[str, Point], bend: int) -> str:
    start, end = places[a], places[b]
    is_predicted = data["kind"] == PREDICTED
    width = 1.6 if is_predicted else 0.8 + 3.0 * data["belief"]
    dashes = ' stroke-dasharray="6 5"' if is_predicted else ""
    name = html.escape(f"{data['predicate']}")
    sign = {1: "plus", 0: "none", -1: "minus"}[data["sign"]]
    return (
        f'<path class="edge" data-key="{html.escape(key)}" data-a="{html.escape(a)}" data-b="{html.escape(b)}" '
        f'data-bend="{bend}" d="{_curve(start, end, bend)}" fill="none" stroke="{_STROKE[data["sign"]]}" '
        f'stroke-width="{width:.1f}" stroke-opacity="0.75"{dashes} marker-end="url(#{sign})">'
        f"<title>{name}</title></path>"
    )


def _curve(start: Point, end: Point, bend: int) -> str:
    """A curve from one dot's rim to the other's, through a middle that is moved aside by `bend` pixels."""
    dx, dy = end.x - start.x, end.y - start.y
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    x1, y1, x2, y2 = start.x + ux * _RADIUS, start.y + uy * _RADIUS, end.x - ux * 15, end.y - uy * 15
    mx, my = (start.x + end.x) / 2 - uy * bend * 2, (start.y + end.y) / 2 + ux * bend * 2
    return f"M{x1:.1f} {y1:.1f} Q{mx:.1f} {my:.1f} {x2:.1f} {y2:.1f}"


def _dot(id: str, data: Mapping[str, Any], place: Point) -> str:
    name = str(data["name"])
    label = name if len(name) <= _LABEL_CHARS else f"{name[: _LABEL_CHARS - 1]}…"
    return (
        f'<g class="concept" data-id="{html.escape(id)}" transform="translate({place.x} {place.y})">'
        f'<circle r="{_RADIUS}" fill="{_FILL[data["label"]]}"/><title>{html.escape(f"{name} ({id})")}</title>'
        f'<text x="{_RADIUS + 4}" y="4" font-size="12" fill="#20242b" stroke="#ffffff" stroke-width="3" '
        f'paint-order="stroke">{html.escape(label)}</text></g>'
    )


def _matplotlib(path: Path) -> Any:
    try:
        import matplotlib  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise PictureError(
            f"{path}: a PNG needs matplotlib (`make install EXTRAS=notebooks`); .svg and .html need nothing"
        ) from error
    matplotlib.use("agg")
    return matplotlib


def _draw_png(graph: nx.MultiDiGraph, path: Path, *, title: str) -> None:
    _matplotlib(path)
    from matplotlib.figure import Figure  # type: ignore[import-not-found, unused-ignore]

    places = layout(graph)
    figure = Figure(figsize=(_WIDTH / 100, _HEIGHT / 100), dpi=150)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(_HEIGHT, 0)
    axes.axis("off")
    axes.text(16, 26, _plain(title), fontsize=10)
    for a, b, data in sorted(graph.edges(data=True), key=lambda e: (e[0], e[1], e[2]["predicate"])):
        is_predicted = data["kind"] == PREDICTED
        arrow = {
            "arrowstyle": "-|>",
            "color": _STROKE[data["sign"]],
            "alpha": 0.75,
            "linewidth": 1.2 if is_predicted else 0.6 + 2.0 * data["belief"],
            "linestyle": "--" if is_predicted else "-",
            "shrinkA": 6,
            "shrinkB": 7,
        }
        axes.annotate("", (places[b].x, places[b].y), (places[a].x, places[a].y), arrowprops=arrow)
    for id, data in sorted(graph.nodes(data=True)):
        place = places[id]
        axes.plot([place.x], [place.y], "o", color=_FILL[data["label"]], markersize=9)
        axes.text(place.x + 12, place.y + 4, _plain(str(data["name"])[:_LABEL_CHARS]), fontsize=7)
    partial = path.with_name(f"{path.name}.partial")
    figure.savefig(partial, format="png")
    os.replace(partial, path)


def _plain(text: str) -> str:
    """Text that matplotlib doesn't take for mathematics."""
    return text.replace("$", r"\$")


_ARROWS: Final = (
    "<defs>"
    + "".join(
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="{_STROKE[sign]}"/></marker>'
        for sign, name in ((1, "plus"), (0, "none"), (-1, "minus"))
    )
    + "</defs>"
)

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>@TITLE@</title>
<style>
body { margin: 0; font: 14px/1.45 sans-serif; color: #20242b; display: flex; flex-wrap: wrap; }
main { flex: 1 1 640px; min-width: 0; }
aside { flex: 0 1 340px; padding: 12px 18px; box-sizing: border-box; }
h1 { font-size: 17px; margin: 12px 18px 0; }
svg { width: 100%; height: auto; max-height: 92vh; touch-action: none; }
.edge { cursor: pointer; } .concept { cursor: grab; }
.chosen { stroke-opacity: 1; stroke-width: 5; }
dt { font-weight: bold; } dd { margin: 0 0 8px; }
</style>
</head>
<body>
<main><h1>@TITLE@</h1>@DRAWING@</main>
<aside>
<p>Blue dots are chemicals, green ones genes, red ones diseases. Red lines raise, blue ones lower, grey ones say
neither; dashed ones are predicted. The thicker, the surer. Drag a dot, zoom with the wheel, click a dot or a line.</p>
<dl id="details"></dl>
</aside>
<script type="application/json" id="data">@DATA@</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const picture = document.getElementById("picture"), details = document.getElementById("details");
const names = {says: "says", id: "id", name: "name", label: "type", belief: "belief", n_for: "sentences for",
  n_against: "sentences against", n_speculated: "sentences that guess", first_year: "first year",
  last_year: "last year", sentence: "best for", against: "best against", publications: "publications",
  publications_against: "publications against", rank: "rank", score: "score", n_paths: "paths",
  degree: "neighbours here", betweenness: "betweenness", community: "community"};
function show(entry) {
  details.replaceChildren();
  for (const [key, name] of Object.entries(names)) {
    if (entry[key] === undefined || entry[key] === "") continue;
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = name;
    text.textContent = key === "score" ? entry[key].toPrecision(3) : String(entry[key]).replaceAll("|", ", ");
    details.append(term, text);
  }
}
const places = new Map(), edges = [...document.querySelectorAll(".edge")];
for (const dot of document.querySelectorAll(".concept")) {
  const [x, y] = dot.getAttribute("transform").match(/[-\\d.]+/g).map(Number);
  places.set(dot.dataset.id, {x, y});
}
function redraw(id) {
  for (const line of edges) {
    const {a, b, bend} = line.dataset;
    if (a !== id && b !== id) continue;
    const p = places.get(a), q = places.get(b), dx = q.x - p.x, dy = q.y - p.y, d = Math.hypot(dx, dy) || 1;
    const ux = dx / d, uy = dy / d;
    line.setAttribute("d", `M${p.x + ux * 9} ${p.y + uy * 9} Q${(p.x + q.x) / 2 - uy * bend * 2} ` +
      `${(p.y + q.y) / 2 + ux * bend * 2} ${q.x - ux * 15} ${q.y - uy * 15}`);
  }
}
function at(event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
}
let held = null, from = null;
picture.addEventListener("pointerdown", event => {
  const dot = event.target.closest(".concept"), line = event.target.closest(".edge");
  edges.forEach(edge => edge.classList.toggle("chosen", edge === line));
  if (line) show(data.edges[line.dataset.key]);
  if (dot) { held = dot; show(data.concepts[dot.dataset.id]); }
  if (!dot && !line) from = at(event);
  picture.setPointerCapture(event.pointerId);
});
picture.addEventListener("pointermove", event => {
  const p = at(event), box = picture.viewBox.baseVal;
  if (held) {
    places.set(held.dataset.id, {x: p.x, y: p.y});
    held.setAttribute("transform", `translate(${p.x} ${p.y})`);
    redraw(held.dataset.id);
  } else if (from) { box.x += from.x - p.x; box.y += from.y - p.y; }
});
picture.addEventListener("pointerup", () => { held = from = null; });
picture.addEventListener("wheel", event => {
  event.preventDefault();
  const p = at(event), box = picture.viewBox.baseVal, by = event.deltaY > 0 ? 1.15 : 1 / 1.15;
  box.x = p.x - (p.x - box.x) * by; box.y = p.y - (p.y - box.y) * by;
  box.width *= by; box.height *= by;
}, {passive: false});
</script>
</body>
</html>
"""
