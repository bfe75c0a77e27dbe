"""Row files and the flat tables on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import output, schema, tables
from engine.shards import Shard
from tests.unit.rows import document, mention, relation, small_lexicon, table

TEXT = "Imatinib inhibits ABL."


def some_rows(count: int) -> pa.Table:
    mentions = [mention(TEXT, "Imatinib", "Chemical", "mesh:D000068877"), mention(TEXT, "ABL", "Gene", "hgnc:76")]
    relations = [relation(0, 1, "INHIBITS")]
    return table(
        *(document(f"PMID:{i}", TEXT, record=i, mentions=mentions, relations=relations) for i in range(count)),
        document(None, record=99, errors=[{"stage": "read", "kind": "no_pmid", "message": "record 99"}]),
    )


def test_writing_the_same_rows_again_replaces_their_file(tmp_path: Path) -> None:
    rows = some_rows(3)
    assert output.write_rows(rows, tmp_path) == output.write_rows(rows, tmp_path)
    assert output.write_rows(rows.slice(1), tmp_path) != output.write_rows(rows, tmp_path)
    assert len(output.row_files(tmp_path)) == 2
    assert not list(tmp_path.glob(".*"))


def test_finished_keys_are_those_of_the_rows(tmp_path: Path) -> None:
    rows = some_rows(5)
    assert len(output.finished_keys(tmp_path)) == 0
    output.write_rows(rows.slice(0, 2), tmp_path)
    output.write_rows(rows.slice(4), tmp_path)
    known = np.isin(output.row_keys(rows), output.finished_keys(tmp_path))
    assert known.tolist() == [True, True, False, False, True, True]


def test_a_row_without_an_answer_is_no_rejected_one(tmp_path: Path) -> None:
    unanswered, crash = ({"stage": stage, "kind": "x", "message": "y"} for stage in ("generate", "link"))
    errors = [[], [unanswered], [crash], [unanswered, crash, crash]]
    rows = table(*(document(f"PMID:{i}", TEXT, record=i, errors=each) for i, each in enumerate(errors)))
    assert output.count_rows(rows) == output.count_file(output.write_rows(rows, tmp_path))
    assert (output.count_rows(rows).rejected, output.count_rows(pa.concat_tables([rows, rows])).rejected) == (2, 4)
    assert output.count_rows(rows.slice(0, 2)).rejected == 0


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    output.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        output.write_json(path, {"a": object()})
    assert path.read_text() == '{\n "a": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("batch_rows", [1, 2048])
def test_tables_on_disk_equal_those_of_all_rows_at_once(
    tmp_path: Path, batch_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_BATCH_ROWS", batch_rows)
    rows = some_rows(4)
    shard = Shard(index=0, folder=tmp_path, inputs=())
    for i in range(0, 5, 2):
        output.write_rows(rows.slice(i, 2), shard.rows)
    identity = {"lexicon": small_lexicon(), "model_revision": "m", "run_id": "r"}
    counts = output.write_flat_tables(shard, **identity)  # type: ignore[arg-type]
    expected = tables.derive_tables(rows, **identity)  # type: ignore[arg-type]
    for name, wanted in expected.items():
        got = pq.read_table(tmp_path / f"{name}.parquet")
        assert got.schema.equals(schema.FLAT_TABLES[name]), name
        assert counts[name] == len(wanted)
        assert sorted(map(repr, got.to_pylist())) == sorted(map(repr, wanted.to_pylist()))


def test_rows_that_two_attempts_wrote_count_once(tmp_path: Path) -> None:
    shard = Shard(index=0, folder=tmp_path, inputs=())
    rows = some_rows(3)
    for part in (rows, rows.slice(1), rows.slice(2)):
        output.write_rows(part, shard.rows)
    counts = output.write_flat_tables(shard, lexicon=small_lexicon(), model_revision="m", run_id="r")  # type: ignore[arg-type]
    assert (counts["document"], counts["evidence"], counts["reject"]) == (3, 3, 1)
    assert len(output.finished_keys(shard.rows)) == 4


def test_a_shard_without_a_single_row_still_has_its_tables(tmp_path: Path) -> None:
    shard = Shard(index=0, folder=tmp_path, inputs=())
    counts = output.write_flat_tables(shard, lexicon=small_lexicon(), model_revision="m", run_id="r")  # type: ignore[arg-type]
    assert counts == dict.fromkeys(schema.FLAT_TABLES, 0)
    assert {p.stem for p in tmp_path.glob("*.parquet")} == set(schema.FLAT_TABLES)
