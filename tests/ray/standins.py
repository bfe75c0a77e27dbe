"""Stages that cost nothing, for tests of what carries them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from engine import schema
from engine.read import jsonl
from engine.read.format import Piece
from engine.read.source import read_task
from engine.segment import Segmenter
from engine.shards import InputFile
from engine.stage_actor import Stage


class Tagger:
    """One mention a document, its first word; counts its calls; dies, hangs, raises or waits as a text asks.

    Beside the list of its calls it leaves its process's id, for whoever wants to kill it.
    """

    def __init__(self, *, calls: Path, wait_s: float = 0.0) -> None:
        calls.with_suffix(".pid").write_text(str(os.getpid()))
        self._calls, self._wait_s = calls, wait_s
        self.counters = {"tokens": 0}

    def __call__(self, rows: pa.Table) -> pa.Table:
        texts = [text or "" for text in rows["text"].to_pylist()]
        if any("poison" in text for text in texts):
            os._exit(1)
        if any("endless" in text for text in texts):
            re.match("(a+)+$", "a" * 64 + "b")  # holds Python's lock
        if any("odd" in text for text in texts):
            raise KeyError("odd")
        with self._calls.open("a", encoding="utf-8") as log:
            log.writelines(f"{doc_id}\n" for doc_id in rows["doc_id"].to_pylist())
        time.sleep(self._wait_s * len(texts))
        self.counters["tokens"] += sum(len(text.split()) for text in texts)
        skip = [bool(errors) for errors in rows["errors"].to_pylist()]
        mentions = [
            [] if failed or not text else [{"start": 0, "end": len(text.split()[0]), "type": "Gene", "score": 1.0}]
            for text, failed in zip(texts, skip, strict=True)
        ]
        types = schema.EXTRACT_COLUMNS
        rows = rows.append_column(types.field("mentions"), pa.array(mentions, types.field("mentions").type))
        for name in ("relations", "labels"):
            rows = rows.append_column(types.field(name), pa.array([[]] * len(rows), types.field(name).type))
        return rows


def read_dangerously(file: InputFile, *, journal: Path, timeout_s: float | None) -> Iterator[pa.Table]:
    """A read task that dies of a record that holds `deadly`."""
    read_line = jsonl._read_line

    def read(piece: Piece) -> dict[str, Any] | None:
        if b"deadly" in piece.raw:
            os._exit(1)
        return read_line(piece)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "_read_line", read)
        yield from read_task(file, journal=journal, timeout_s=timeout_s)


def stand_in_stages(
    calls: Path,
    *,
    actor: type[Tagger] = Tagger,
    pool_size: int = 1,
    wait_s: float = 0.0,
    batch_rows: int = 4,
    timeout_s: float | None = None,
) -> list[Stage]:
    """The real segmenter and the tagger above, or one of its kind."""
    return [
        Stage(name="segment", actor=Segmenter, needs=("text",), adds=("sentences",), batch_rows=batch_rows),
        Stage(
            name="extract",
            actor=actor,
            kwargs={"calls": calls, "wait_s": wait_s},
            needs=("text",),
            adds=("mentions", "relations", "labels"),
            batch_rows=batch_rows,
            pool_size=pool_size,
            cpus=0.25,
            timeout_s=timeout_s,
        ),
    ]
