"""A finished run of the job as a corpus: documents with the mentions that the extractor found in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from engine.output import row_files
from engine.schema import Span
from engine.train.annotated import Annotated, CorpusError, GoldMention

CORPUS: Final = "run"
_COLUMNS: Final = ("doc_id", "text", "sentences", "mentions")


def read_run_id(folder: Path) -> str:
    """The id of a finished run, from its record.

    Raises: CorpusError if `folder` holds none, or one that still writes documents: a training that goes on would read
    others than it began with.
    """
    path = folder / "run.json"
    if not path.is_file():
        raise CorpusError(f"{folder}: no run of the job; name a folder that `hypograph extract` wrote")
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["status"] != "finished":
        raise CorpusError(f"{folder}: the run isn't finished; the command that began it goes on with it")
    return str(record["run_id"])


def read_run(folder: Path) -> Iterator[Annotated]:
    """Yield the documents of a run's row files that were read without error; a document without sentences isn't.

    Raises: CorpusError if `folder` holds no row file, or no record of a finished run.
    """
    read_run_id(folder)
    files = [path for shard in sorted((folder / "shards").glob("*")) for path in row_files(shard / "rows")]
    if not files:
        raise CorpusError(f"{folder}: the run has written no documents yet")
    for path in files:
        for row in pq.read_table(path, columns=list(_COLUMNS)).to_pylist():
            if not row["sentences"]:
                continue
            yield Annotated(
                doc_id=row["doc_id"],
                corpus=CORPUS,
                text=row["text"],
                mentions=tuple(GoldMention(m["start"], m["end"], m["type"]) for m in row["mentions"] or ()),
                sentences=tuple(Span(s["start"], s["end"]) for s in row["sentences"]),
            )
