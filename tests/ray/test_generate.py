"""The generative stage over Ray Data: row files in, row files out, and an engine that dies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import schema
from engine.generate.request import Answer, EngineUnavailableError, Request
from engine.generate.stage import Generator, Tasks
from engine.journal import sum_journals
from engine.on_ray import run_shard
from engine.output import row_files, write_rows
from engine.shards import EXTRACTED_ROWS, InputFile, Shard
from engine.stage_actor import Stage
from tests.scripted_engine import ScriptedEngine, open_scripted
from tests.unit.rows import document, mention, relation, table

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_cluster")]


def doubtful(number: int, text: str) -> dict[str, Any]:
    ends = [mention(text, "imatinib", "Chemical", "mesh:D000068877"), mention(text, "ABL1", "Gene", "hgnc:76")]
    found = [relation(0, 1, "INHIBITS", score=0.5)]
    return document(f"PMID:{number}", text, record=number, mentions=ends, relations=found)


def test_a_dead_engine_s_rows_are_redone_and_the_prompt_that_killed_it_twice_is_rejected(tmp_path: Path) -> None:
    texts = ["imatinib poison ABL1." if i == 7 else f"imatinib {i} inhibits ABL1." for i in range(12)]
    rows = [doubtful(i, text) for i, text in enumerate(texts)]
    earlier = schema.DOCUMENT_ROW.field("relations").type.value_type
    older = pa.list_(pa.struct([field for field in earlier if field.name != "classifier_score"]))
    for part in (rows[:6], rows[6:]):
        path = write_rows(table(*part), tmp_path / "in")
        content = pq.read_table(path)
        relations = [
            [{k: v for k, v in r.items() if k != "classifier_score"} for r in row["relations"]] for row in part
        ]
        column = content.column_names.index("relations")
        pq.write_table(content.set_column(column, "relations", pa.array(relations, older)), path)
    inputs = tuple(InputFile(str(path), path.stat().st_size, EXTRACTED_ROWS) for path in row_files(tmp_path / "in"))
    shard = Shard(0, tmp_path / "shard", inputs)
    stage = Stage(
        name="generate",
        actor=Generator,
        kwargs={
            "open_engine": partial(open_scripted, log=tmp_path / "log"),
            "cache": tmp_path / "answers.sqlite",
            "tasks": Tasks(generator="scripted", band=(0.2, 0.8)),
        },
        needs=(),
        adds=("relations",),
        batch_rows=4,
        pool_size=1,
        cpus=0.25,
        max_deaths=3,
    )
    parts = list(run_shard(shard, [stage], read_tasks=1, file_rows=100))
    assert sum(part.rows for part in parts) == 12
    got = [row for path in row_files(shard.rows) for row in pq.read_table(path).to_pylist()]
    by_id = {row["doc_id"]: row for row in got}
    assert len(by_id) == len(got) == 12
    poisoned = by_id.pop("PMID:7")
    assert "died 2 times while it held this prompt" in poisoned["errors"][0]["message"]
    assert poisoned["relations"][0]["verifier_score"] is None
    assert all(row["relations"][0]["verifier_score"] == pytest.approx(0.9) for row in by_id.values())
    assert not any(row["errors"] for row in by_id.values())
    assert sum_journals(shard.folder / "journal")["generate"]["rejected"] == 1
    assert (tmp_path / "log").read_text().count("poison") == 2
    assert list(run_shard(shard, [stage], read_tasks=1, file_rows=100)) == [], "nothing was left to do"


class Unreachable(ScriptedEngine):
    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        raise EngineUnavailableError("http://127.0.0.1:1/v1 can't be reached")


def test_an_engine_that_cannot_be_reached_ends_the_run_by_its_own_error(tmp_path: Path) -> None:
    path = write_rows(table(doubtful(1, "imatinib inhibits ABL1.")), tmp_path / "in")
    shard = Shard(0, tmp_path / "shard", (InputFile(str(path), path.stat().st_size, EXTRACTED_ROWS),))
    tasks = Tasks(generator="scripted", band=(0.2, 0.8))
    kwargs = {"open_engine": Unreachable, "cache": tmp_path / "answers.sqlite", "tasks": tasks}
    stage = Stage(name="generate", actor=Generator, kwargs=kwargs, needs=(), adds=("relations",), cpus=0.25)
    with pytest.raises(EngineUnavailableError, match=r"^http://127.0.0.1:1/v1 can't be reached$"):
        list(run_shard(shard, [stage], read_tasks=1, file_rows=100))
