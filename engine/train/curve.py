"""The loss of every step as JSON lines, and the same as a picture.

The lines are the record: a run that goes on cuts those off that came after its checkpoint, and writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.train.chart import Point, Series, draw_chart

LINES_FILE: Final = "loss.jsonl"
PICTURE_FILE: Final = "loss.svg"
_DRAWN_POINTS: Final = 200


class LossCurve:
    """The rows of one run: `{"step": ..., "loss": ...}` a step, `{"step": ..., "held_out_loss": ...}` an evaluation."""

    def __init__(self, out: Path, *, title: str, loss: str, held_out: str) -> None:
        """`title`, and what a `loss` is and what is `held_out`, in the picture's words."""
        self._out = out
        self._title, self._loss, self._held_out = title, loss, held_out
        self._path = out / LINES_FILE

    def cut(self, step: int) -> None:
        """Keep what was written up to `step`; 0 keeps nothing."""
        self._out.mkdir(parents=True, exist_ok=True)
        kept = [row for row in self.rows() if step > 0 and row["step"] <= step]
        partial = self._path.with_suffix(".partial")
        partial.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
        os.replace(partial, self._path)

    def add(self, row: Mapping[str, float | int | None]) -> None:
        """Append a row; values that are None are left out."""
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({name: value for name, value in row.items() if value is not None}) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """All rows; a last line that a kill broke off is none."""
        if not self._path.is_file():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def draw(self) -> None:
        """Write the picture: training losses as means over up to 200 stretches, held-out ones as they are."""
        rows = self.rows()
        trained = [(float(row["step"]), float(row["loss"])) for row in rows if "loss" in row]
        held_out = [(float(row["step"]), float(row["held_out_loss"])) for row in rows if "held_out_loss" in row]
        series = [Series("training", smooth(trained)), Series(self._held_out, held_out, dots=True)]
        picture = draw_chart(series, title=self._title, x_label="step", y_label=self._loss)
        (self._out / PICTURE_FILE).write_text(picture, encoding="utf-8")


def smooth(points: list[Point], *, most: int = _DRAWN_POINTS) -> list[Point]:
    """Means over stretches of equal length, at most `most` of them."""
    stretch = max(1, -(-len(points) // most))
    parts = [points[i : i + stretch] for i in range(0, len(points), stretch)]
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts]
