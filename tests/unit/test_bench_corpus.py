"""The record of a run over a corpus: full texts and what they replace are counted, and an unfinished run is refused."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pyarrow as pa
import pytest

from bench.corpus import count_documents, describe_run
from engine.read.rows import number_revision


def test_a_document_counts_once_by_its_newest_revision() -> None:
    full = number_revision(full_text=True)
    rows = [("a", 0), ("b", 0), ("b", full), ("c", number_revision(date=20200101)), ("d", full), ("d", full + 1)]
    table = pa.table({"doc_id": [name for name, _ in rows], "revision": [revision for _, revision in rows]})
    assert count_documents(table) == {"full_texts": 2, "others": 2, "replaced": 2}


def test_a_run_that_has_not_ended_is_refused(tmp_path: Path) -> None:
    about = {"status": "running", "run_id": "r", "model_revision": "m", "lexicon_version": "l", "shards": []}
    (tmp_path / "run.json").write_text(json.dumps(about))
    with pytest.raises(click.ClickException, match="the run is running"):
        describe_run(tmp_path)
