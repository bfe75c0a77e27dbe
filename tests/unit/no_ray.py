"""Runs a job's shards in this process, without Ray, model or lexicon, for tests of what is around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest

from engine import schema
from engine.output import RowCounts, count_rows, write_rows
from engine.read.files import read_file
from engine.shards import Shard
from engine.stage_actor import Stage, StageActor
from jobs import extract as job
from jobs.ray_session import Capacity
from jobs.run_record import Fingerprint
from tests.unit.rows import mention, relation, small_lexicon

STATEMENT = "imatinib inhibits ABL1"
CRASH = {"stage": "extract", "kind": "crash", "message": "it died"}


def stand_in_for_ray(monkeypatch: pytest.MonkeyPatch, *, poison: str = "poison") -> list[int]:
    """Returns: the shards in the order in which they ran.

    A text that holds `poison` is rejected by a stage; one that holds `STATEMENT` states that.
    """
    ran: list[int] = []

    @contextmanager
    def no_ray(**_: object) -> Iterator[Capacity]:
        yield Capacity(cpus=2.0, gpus=0.0)

    def run_here(shard: Shard, stages: Sequence[Stage], **_: object) -> Iterator[RowCounts]:
        assert [stage.name for stage in stages[:3]] == ["segment", "extract", "link"]
        ran.append(shard.index)
        for file in shard.inputs:
            rows = [
                {name: [] for name in schema.DOCUMENT_ROW.names}
                | row
                | read(row["text"])
                | {"errors": [*row["errors"], *killed(row["text"])]}
                for table in read_file(file.path, format=file.format)
                for row in table.to_pylist()
            ]
            content = pa.Table.from_pylist(rows, schema=schema.DOCUMENT_ROW)
            for stage in stages[3:]:
                content = StageActor(stage=stage, journal=shard.folder / "journal", actor_id="a")(content)
            write_rows(content, shard.rows)
            yield count_rows(content)

    def read(text: str) -> dict[str, Any]:
        if STATEMENT not in text:
            return {}
        ends = [mention(text, "imatinib", "Chemical", "mesh:D000068877"), mention(text, "ABL1", "Gene", "hgnc:76")]
        sentences = [{"start": 0, "end": len(text)}]
        return {"sentences": sentences, "mentions": ends, "relations": [relation(0, 1, "INHIBITS")]}

    def killed(text: str) -> list[dict[str, str]]:
        return [CRASH] if poison in text else []

    fingerprint = Fingerprint(model_revision="m1", lexicon_version="small", code_revision="c1")
    monkeypatch.setattr(job, "ray_session", no_ray)
    monkeypatch.setattr(job, "run_shard", run_here)
    monkeypatch.setattr(job, "_open_weights", lambda _: (small_lexicon(), None, fingerprint))
    return ran
