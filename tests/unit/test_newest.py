"""Which row of a document counts over several shards, and that loading shard by shard reads each shard a fixed number
of times."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from engine.schema import FULL_TEXT
from engine.shards import Shard
from graph.write import NewestRows
from graph.write.shards import read_documents
from jobs import run as job
from tests.tables import Tables, write_run


@pytest.mark.parametrize("seed", range(5))
def test_one_row_of_each_document_counts_in_whatever_order_shards_are_added(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    shards = [Tables() for _ in range(7)]
    for tables in shards:
        for _ in range(rng.choice((0, 3, 30))):
            doc_id, source = f"PMID:{rng.randrange(40)}", rng.choice(("b.xml", "a.xml", None))
            tables.add_document(doc_id, revision=rng.randrange(3), source_file=source)
    folders = sorted((write_run(tmp_path, shards) / "shards").iterdir())
    documents = {folder: read_documents(folder) for folder in folders}
    rows = [
        (row["doc_id"], -row["revision"], row["source_file"] or "", folder, number)
        for folder, table in documents.items()
        for number, row in enumerate(table.to_pylist())
    ]
    best = {row[0]: row for row in sorted(rows, reverse=True)}
    for _ in range(4):
        newest = NewestRows()
        for folder in rng.sample(folders, len(folders)):
            newest.add(folder)
        counting = {
            (folder, number)
            for folder, table in documents.items()
            for number, counts in enumerate(newest.of(folder, table).to_pylist())
            if counts
        }
        assert counting == {row[3:] for row in best.values()}


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_record_below_a_full_text_marks_it_in_whatever_order_shards_are_added(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    shards = [Tables() for _ in range(6)]
    records: dict[str, tuple[int, bool, list[str]]] = {}
    for number in range(60):
        doc_id, is_full_text = f"PMID:{rng.randrange(15)}", rng.random() < 0.3
        revision, flagged = number + (FULL_TEXT if is_full_text else 0), not is_full_text and rng.random() < 0.4
        named = [] if is_full_text or rng.random() < 0.7 else [f"PMID:{rng.randrange(100, 200)}"]
        rng.choice(shards).add_document(doc_id, revision=revision, retracted=flagged, retracts=named)
        if not is_full_text:
            records[doc_id] = revision, flagged, named
    folders = sorted((write_run(tmp_path, shards) / "shards").iterdir())
    says = {(doc_id, revision) for doc_id, (revision, flagged, named) in records.items() if flagged or named}
    for _ in range(4):
        newest = NewestRows()
        for folder in rng.sample(folders, len(folders)):
            newest.add(folder)
        found = set()
        for folder in folders:
            table = read_documents(folder)
            for row in newest.mark(table).to_pylist():
                if row["revision"] >= FULL_TEXT:
                    said = records.get(row["doc_id"], (0, False, []))
                    assert (row["retracted"], row["retracts"]) == said[1:]
            overruling = table.filter(newest.overruling(table)).to_pylist()
            found |= {(row["doc_id"], row["revision"]) for row in overruling}
        assert found == says


def test_a_run_reads_each_shards_documents_thrice_however_many_shards_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To see which rows count, for their digest, to load them; again for each later shard would be quadratic."""
    opened: Counter[str] = Counter()

    class CountingFile(pq.ParquetFile):  # type: ignore[misc]
        def __init__(self, path: Path) -> None:
            opened[path.name] += 1
            super().__init__(path)

    n_shards = 6

    def extract(*_: object, out: Path, on_shards: Callable[[Sequence[Shard]], None], **__: object) -> dict[str, Any]:
        for index in range(n_shards):
            tables = Tables().add_document(f"PMID:{index}").add_document("PMID:in all", revision=index)
            write_run(tmp_path / f"{index}", [tables])
            folder = out / "shards" / f"{index:05d}"
            folder.parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / f"{index}" / "shards" / "00000").rename(folder)
            on_shards([Shard(index=index, folder=folder, inputs=())])
        return {"rejected": 0, "records": n_shards, "tables": {"document": n_shards}}

    monkeypatch.setattr(job, "extract", extract)
    monkeypatch.setattr("graph.write.shards.pq.ParquetFile", CountingFile)
    (tmp_path / "in.jsonl").touch()
    arguments = [str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out"), "--graph", str(tmp_path / "graph.kgl")]
    result = CliRunner().invoke(job.command, arguments)
    assert result.exit_code == 0, result.output
    loaded = json.loads(result.stdout.splitlines()[-1])["load"]
    assert loaded["documents"]["written"] == 2 * n_shards
    assert opened["document.parquet"] == 3 * n_shards
