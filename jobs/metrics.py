"""How far a run is, for Prometheus: the driver answers `GET /metrics` while it runs.

All numbers come from the run's own folder: finished shards' `_DONE`, row files and journals of the others. So one
address covers every node, the last numbers are those of run.json, and a killed run that is taken up goes on where it
stood. Ray's own exporter would need a target a node, and count anew with each worker.
It knows nothing of Ray. A scrape reads the journals, and row files that came since the last one.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.journal import JOURNAL_FOLDER, sum_journals
from engine.output import RowCounts, count_file, row_files
from engine.shards import Shard
from jobs.asgi import url_of
from jobs.run_record import RunRecord, summarise

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_TOTALS: Final = {
    "documents": ("records", "Documents in row files, rejected ones among them."),
    "rejects": ("rejected", "Records that were rejected."),
    "mentions": ("mentions", "Mentions in row files."),
    "relations": ("relations", "Relations in row files."),
}
# What a journal calls its own numbers; those of the stage's actor keep their names.
_STAGE_NAMES: Final = {"rows": "documents", "seconds_to_start": "start_seconds"}
_STAGE_HELP: Final = {
    "documents": "Documents that a stage's actors took, some of them again after a crash.",
    "seconds": "Seconds in a stage's actors, summed over them.",
    "start_seconds": "Seconds of building a stage's actors, summed over them.",
    "tokens": "Word pieces that the encoder read, without padding.",
    "padded_tokens": "Word pieces that the encoder read, with padding.",
    "pairs_again": "Pairs that were read a second time.",
    "tokens_again": "Word pieces of sentences of pairs read a second time, without padding.",
    "padded_tokens_again": "Word pieces of sentences of pairs read a second time, with padding.",
}


class RunMetrics:
    """Collects a run's counters from its folder, for one or several scrapes at a time; none ever goes back."""

    def __init__(self, record: RunRecord, *, to_come: int) -> None:
        """`to_come`: about how many documents the unfinished shards hold."""
        self._record = record
        self._lock = threading.Lock()
        self._done: dict[int, Mapping[str, Any]] = {}
        self._counted: dict[Path, RowCounts] = {}
        self._highest: dict[tuple[str, ...], float] = {}
        self._started = time.monotonic()
        self._records_before = self.read()["records"]
        unfinished = sum(counts.rows for counts in self._counted.values())
        self._expected = self._records_before - unfinished + to_come

    def read(self) -> dict[str, Any]:
        """What `run.json` will say under "result", as far as it is known; tables are those of finished shards."""
        parts = [self._read_shard(shard) for shard in self._record.shards]
        return summarise(parts) | {"shards": len(self._done)}

    def _read_shard(self, shard: Shard) -> Mapping[str, Any]:
        if shard.index not in self._done and shard.done.exists():
            self._done[shard.index] = json.loads(shard.done.read_text(encoding="utf-8"))
        if shard.index in self._done:
            return self._done[shard.index]
        files = row_files(shard.rows)
        self._counted |= {path: count_file(path) for path in files if path not in self._counted}
        held = sum((self._counted[path] for path in files), RowCounts())
        return {
            "records": held.rows,
            "mentions": held.mentions,
            "relations": held.relations,
            "rejected": held.rejected,
            "rejects": {},
            "tables": {},
            "stages": sum_journals(shard.folder / JOURNAL_FOLDER),
            "seconds": 0.0,
        }

    def collect(self) -> Iterator[Metric]:
        """The counters of one scrape."""
        with self._lock:
            result = self.read()
            yield from self._gauges(result)
            yield from self._counters(result)

    def _gauges(self, result: Mapping[str, Any]) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        labels = {"run_id": self._record.run_id}
        about = {name: value or "" for name, value in asdict(self._record.fingerprint).items()}
        seconds = max(1e-9, time.monotonic() - self._started)
        for name, text, value, more in (
            ("run_info", "Always 1; what the run is made with.", 1.0, about),
            ("shards", "Shards of the run.", len(self._record.shards), {}),
            ("documents_expected", "About how many documents there are.", self._expected, {}),
            (
                "documents_per_second",
                "Documents a second since the driver began; rate(hypograph_documents_total) is that of late.",
                (result["records"] - self._records_before) / seconds,
                {},
            ),
        ):
            gauge = GaugeMetricFamily(f"hypograph_{name}", text, labels=[*labels, *more])
            gauge.add_metric([*labels.values(), *more.values()], value)
            yield gauge

    def _counters(self, result: Mapping[str, Any]) -> Iterator[Metric]:
        for name, (key, text) in _TOTALS.items():
            yield self._counter(name, text, {(): result[key]})
        yield self._counter("shards_finished", "Shards that are finished.", {(): result["shards"]})
        yield self._counter(
            "table_rows",
            "Rows of the flat tables of finished shards.",
            {(table,): rows for table, rows in result["tables"].items()},
            label="table",
        )
        stages: dict[str, dict[tuple[str, ...], float]] = {}
        for stage, numbers in result["stages"].items():
            for name, number in numbers.items():
                stages.setdefault(_STAGE_NAMES.get(name, name), {})[stage,] = number
        for name, values in stages.items():
            text = _STAGE_HELP.get(name, f"What a stage's actors count as {name}.")
            yield self._counter(f"stage_{name}", text, values, label="stage")

    def _counter(
        self, name: str, text: str, values: Mapping[tuple[str, ...], float], *, label: str | None = None
    ) -> Metric:
        """A counter by one label at most; it never falls, whatever a retried write left behind."""
        from prometheus_client.core import CounterMetricFamily

        counter = CounterMetricFamily(f"hypograph_{name}", text, labels=["run_id", *([label] if label else [])])
        for key, value in values.items():
            highest = self._highest[name, *key] = max(value, self._highest.get((name, *key), 0))
            counter.add_metric([self._record.run_id, *key], highest)
        return counter


@contextmanager
def serve_metrics(record: RunRecord, *, host: str, port: int | None, to_come: int) -> Iterator[None]:
    """Answers at `http://HOST:PORT/metrics` as long as the block runs; without a port it does nothing.

    `to_come`: about how many documents the unfinished shards hold.
    Raises: click.ClickException if the address can't be listened on.
    """
    if port is None:
        yield
        return
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(RunMetrics(record, to_come=to_come))
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port} (--metrics-port): {error}") from error
    print(f"counters for Prometheus: {url_of(host, port)}/metrics", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
