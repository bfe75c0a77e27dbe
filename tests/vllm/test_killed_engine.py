"""The real engine in a run on Ray, killed in its middle: every row is answered, and each once."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: make test-vllm")

from engine.generate.stage import Generator, Tasks
from engine.generate.vllm_engine import VllmEngine, generator_revision
from engine.on_ray import run_shard
from engine.output import row_files, write_rows
from engine.shards import EXTRACTED_ROWS, InputFile, Shard
from engine.stage_actor import Stage
from tests.tiny_llama import save_tiny_llama
from tests.unit.rows import document, mention, relation, table

pytestmark = [pytest.mark.vllm, pytest.mark.filterwarnings("default"), pytest.mark.timeout(900)]

ROWS = 40
KILLED_AFTER = 12


@pytest.fixture
def ray_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import ray

    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()), prepend=":")
    ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=256 << 20, log_to_driver=False)
    yield
    ray.shutdown()


def doubtful(number: int) -> dict[str, Any]:
    text = f"In trial {number} imatinib inhibits ABL1."
    ends = [mention(text, "imatinib", "Chemical", "mesh:D000068877"), mention(text, "ABL1", "Gene", "hgnc:76")]
    return document(
        f"PMID:{number}", text, record=number, mentions=ends, relations=[relation(0, 1, "INHIBITS", score=0.5)]
    )


def answers(cache: Path) -> int:
    """How many answers are kept so far."""
    if not cache.exists():
        return 0
    with closing(sqlite3.connect(cache, timeout=60)) as file:
        return int(file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answer'").fetchone()[0]) and int(
            file.execute("SELECT count(*) FROM answer").fetchone()[0]
        )


def engine_processes() -> list[int]:
    """The processes below this one that vLLM's engines run in, by the name that they give themselves."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended
                if (entry / "cmdline").read_bytes().startswith(b"VLLM::EngineCore") and _is_below(int(entry.name)):
                    found.append(int(entry.name))
    return found


def _is_below(process: int) -> bool:
    """Whether this process started another one, itself or through those that it started."""
    while process > 1 and process != os.getpid():
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return process == os.getpid()


def test_an_engine_that_is_killed_in_the_middle_of_a_run_costs_no_row(ray_here: None, tmp_path: Path) -> None:
    model, cache = save_tiny_llama(tmp_path / "llama"), tmp_path / "answers.sqlite"
    path = write_rows(table(*map(doubtful, range(ROWS))), tmp_path / "in")
    shard = Shard(0, tmp_path / "shard", (InputFile(str(path), path.stat().st_size, EXTRACTED_ROWS),))
    engine = partial(
        VllmEngine,
        model=model,
        revision=generator_revision(model),
        context_tokens=2048,
        cpu_cache_gb=1,
        sequences=16,
    )
    stage = Stage(
        name="generate",
        actor=Generator,
        kwargs={"open_engine": engine, "cache": cache, "tasks": Tasks(generator="tiny", band=(0.2, 0.8))},
        needs=(),
        adds=("relations",),
        batch_rows=4,
        cpus=0.25,
        max_deaths=3,
    )
    killed: list[int] = []

    def kill_one() -> None:
        while answers(cache) < KILLED_AFTER:
            time.sleep(0.05)
        for process in engine_processes():
            killed.append(answers(cache))
            os.kill(process, signal.SIGKILL)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    parts = list(run_shard(shard, [stage], read_tasks=1, file_rows=100))
    killer.join(timeout=10)
    assert killed, "nothing was killed"
    assert KILLED_AFTER <= killed[0] < ROWS, "the engine was killed when all was done"
    assert sum(part.rows for part in parts) == ROWS
    got = [row for file in row_files(shard.rows) for row in pq.read_table(file).to_pylist()]
    assert sorted(row["doc_id"] for row in got) == sorted(f"PMID:{number}" for number in range(ROWS))
    assert not any(row["errors"] for row in got)
    assert all(row["relations"][0]["verifier_score"] is not None for row in got)
    with closing(sqlite3.connect(cache)) as file:
        (deaths,) = file.execute("SELECT count(*) FROM death").fetchone()
    assert 1 <= deaths <= 8, "what was in flight: two batches at most"
