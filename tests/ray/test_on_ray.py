"""Stages over Ray Data: every document once, whatever dies on the way."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from engine import schema
from engine.journal import sum_journals
from engine.on_ray import run_shard
from engine.output import row_files
from engine.shards import InputFile, Shard
from engine.storage import StorageError
from tests.ray.standins import read_dangerously, stand_in_stages

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_cluster")]


def jsonl(path: Path, texts: dict[str, str]) -> InputFile:
    lines = (json.dumps({"id": doc_id, "text": text}) + "\n" for doc_id, text in texts.items())
    path.write_text("".join(lines), encoding="utf-8")
    return InputFile(path=str(path), bytes=path.stat().st_size)


def two_files(folder: Path) -> tuple[InputFile, ...]:
    first = jsonl(folder / "a.jsonl", {f"a{i}": f"ABL{i} is a gene." for i in range(12)})
    return first, jsonl(folder / "b.jsonl", {f"b{i}": f"KIT{i} is a gene." for i in range(8)})


def read_rows(shard: Shard) -> list[dict[str, Any]]:
    tables = [pq.read_table(path) for path in row_files(shard.rows)]
    assert all(table.schema.equals(schema.DOCUMENT_ROW) for table in tables)
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: str(row["doc_id"]))


def test_one_worker_gives_what_many_give(tmp_path: Path) -> None:
    inputs, rows = two_files(tmp_path), []
    for pool_size in (1, 3):
        shard = Shard(index=0, folder=tmp_path / f"pool{pool_size}", inputs=inputs)
        stages = stand_in_stages(tmp_path / f"calls{pool_size}", pool_size=pool_size)
        parts = list(run_shard(shard, stages, read_tasks=2, file_rows=5))
        assert sum(part.rows for part in parts) == sum(part.mentions for part in parts) == 20
        rows.append(read_rows(shard))
        assert sum_journals(shard.folder / "journal")["extract"]["tokens"] == 80
    assert rows[0] == rows[1]
    assert len({row["doc_id"] for row in rows[0]}) == 20


def test_a_shard_that_stopped_half_way_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    shard = Shard(index=0, folder=tmp_path / "shard", inputs=two_files(tmp_path))
    stages = stand_in_stages(tmp_path / "first", wait_s=0.1)
    parts = run_shard(shard, stages, read_tasks=1, file_rows=4)
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    before = {row["doc_id"] for row in read_rows(shard)}
    assert 0 < len(before) < 20
    list(run_shard(shard, stand_in_stages(tmp_path / "second"), read_tasks=1, file_rows=4))
    assert Counter(row["doc_id"] for row in read_rows(shard)).most_common(1)[0][1] == 1
    assert len(read_rows(shard)) == 20
    redone = set((tmp_path / "second").read_text().split())
    assert redone.isdisjoint(before), "finished documents were extracted again"
    assert list(run_shard(shard, stages, read_tasks=1, file_rows=4)) == [], "nothing was left to do"


def test_documents_that_kill_hang_or_raise_are_rejected_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.read.source.read_task", read_dangerously)
    bad = {2: "deadly to its reader", 5: "poison", 6: "endless", 11: "odd"}
    texts = {f"d{i:02}": bad.get(i, "ABL1 is a gene.") for i in range(13)}
    shard = Shard(index=0, folder=tmp_path / "shard", inputs=(jsonl(tmp_path / "a.jsonl", texts),))
    stages = stand_in_stages(tmp_path / "calls", timeout_s=2.0)
    (part,) = run_shard(shard, stages, read_tasks=1, file_rows=100, read_timeout_s=30.0)
    assert (part.rows, part.rejected, part.mentions) == (13, 4, 9)
    failed = {row["text"].strip() or str(row["raw"]): row["errors"] for row in read_rows(shard) if row["errors"]}
    kinds = {text: [f"{error['stage']}: {error['kind']}" for error in errors] for text, errors in failed.items()}
    unread = next(text for text in kinds if "deadly to its reader" in text)
    assert kinds == {
        unread: ["read: crash"],
        "poison": ["extract: crash"],
        "endless": ["extract: hang"],
        "odd": ["extract: exception"],
    }
    assert "in match" in failed["endless"][0]["message"]


def test_storage_that_is_gone_ends_the_run_by_an_error_that_names_the_file(tmp_path: Path) -> None:
    shard = Shard(index=0, folder=tmp_path / "shard", inputs=two_files(tmp_path))
    shard.folder.mkdir()
    shard.rows.touch()  # where a folder is to be made
    with pytest.raises(StorageError, match=f"^{shard.rows} can't be written: .*File exists"):
        list(run_shard(shard, stand_in_stages(tmp_path / "calls"), read_tasks=1, file_rows=4))
    shard.rows.unlink()
    Path(shard.inputs[1].path).unlink()
    with pytest.raises(StorageError, match=f"^{shard.inputs[1].path} was there when the run began, and is gone$"):
        list(run_shard(shard, stand_in_stages(tmp_path / "calls"), read_tasks=1, file_rows=4))
