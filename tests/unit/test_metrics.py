"""Counters of a run for Prometheus: strict text, never falling, equal to run.json at the end; and the board on them."""

from __future__ import annotations

import itertools
import json
import re
import socket
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from engine.journal import Journal
from engine.output import RowCounts
from engine.shards import Shard
from jobs import extract as job
from jobs.metrics import RunMetrics, serve_metrics
from jobs.run_record import RunRecord, open_record
from jobs.settings import Settings
from tests.unit.no_ray import stand_in_for_ray

BOARD = Path(job.__file__).parent / "grafana_board.json"
GENERATOR_COUNTERS = {f"verify_{name}": 1.0 for name in ("prompts", "cached", "asked", "prompt_tokens")} | {
    f"extract_{name}": 1.0 for name in ("prompts", "cached", "asked", "prompt_tokens", "answer_tokens")
}

Samples = dict[tuple[str, str], float]


def read_samples(text: str) -> Samples:
    """Each sample by its name and its label beside the run, if it has one."""
    samples: Samples = {}
    for family in parse_text(text):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "run_id"}
            samples[sample.name, labels.get("stage", labels.get("table", ""))] = sample.value
    return samples


def read_metrics(metrics: RunMetrics) -> Samples:
    registry = CollectorRegistry()
    registry.register(metrics)  # type: ignore[arg-type]
    openmetrics = {family.name for family in parse_openmetrics(generate_openmetrics(registry).decode())}  # type: ignore[no-untyped-call]
    text = generate_latest(registry).decode()
    assert {f.name for f in parse_text(text)} == openmetrics, "the strict parser finds the same"
    return read_samples(text)


def counters(samples: Samples) -> Samples:
    return {key: value for key, value in samples.items() if key[0].endswith("_total")}


def expect_counters(result: dict[str, Any]) -> Samples:
    """What a scrape has to say of the result that run.json holds."""
    expected: Samples = {
        ("hypograph_documents_total", ""): result["records"],
        ("hypograph_rejects_total", ""): result["rejected"],
        ("hypograph_mentions_total", ""): result["mentions"],
        ("hypograph_relations_total", ""): result["relations"],
        ("hypograph_shards_finished_total", ""): result["shards"],
    }
    expected |= {("hypograph_table_rows_total", table): rows for table, rows in result["tables"].items()}
    renamed = {"rows": "documents", "seconds_to_start": "start_seconds"}
    for stage, numbers in result["stages"].items():
        for name, value in numbers.items():
            expected[f"hypograph_stage_{renamed.get(name, name)}_total", stage] = value
    return expected


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def with_journals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Shards run here, without Ray, and note in a journal what they read."""
    ran = stand_in_for_ray(monkeypatch)
    run_here = job.run_shard

    def run(shard: Shard, stages: Sequence[Any], **options: Any) -> Iterator[RowCounts]:
        journal, read = Journal(shard.folder / "journal", "extract", "a"), 0
        for part in run_here(shard, stages, **options):
            read += part.rows
            first = {"tokens": 90 * read, "padded_tokens": 100 * read}
            again = {"pairs_again": read, "tokens_again": 9 * read, "padded_tokens_again": 10 * read}
            journal.finish(rows=part.rows, seconds=0.25, counters=first | again)
            yield part

    monkeypatch.setattr(job, "run_shard", run)
    return ran


def write_inputs(folder: Path, *texts: Sequence[str]) -> Path:
    (folder / "in").mkdir()
    for i, some in enumerate(texts):
        lines = (json.dumps({"pmid": 10 * i + j, "title": text}) + "\n" for j, text in enumerate(some))
        (folder / "in" / f"{i}.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder / "in"


def test_a_scrape_follows_the_run_and_ends_with_what_its_record_says(
    tmp_path: Path, with_journals: list[int], port: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    inputs = write_inputs(tmp_path, ["a", "b"], ["poison"], ["c", "d", "e"])
    pages: list[Samples] = []

    def scrape(*_: object) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            pages.append(read_samples(answer.read().decode()))

    add = job.ProgressLine.add
    monkeypatch.setattr(job.ProgressLine, "add", lambda self, **counts: (scrape(), add(self, **counts)))
    settings = Settings(shard_files=2, metrics_port=port)
    files = job.list_input_files([str(inputs)])
    job.extract(files, out=tmp_path / "out", settings=settings, on_shards=scrape)
    assert f"http://127.0.0.1:{port}/metrics" in capsys.readouterr().err

    documents = [page["hypograph_documents_total", ""] for page in pages]
    assert documents == [2, 3, 3, 6, 6], "after each row file, and after each shard"
    assert [page["hypograph_rejects_total", ""] for page in pages] == [0, 1, 1, 1, 1]
    assert [page["hypograph_stage_tokens_total", "extract"] for page in pages] == [180, 270, 270, 540, 540]
    for before, after in itertools.pairwise(pages):
        assert all(after[key] >= value for key, value in counters(before).items())
    result = json.loads((tmp_path / "out" / "run.json").read_text())["result"]
    assert counters(pages[-1]) == expect_counters(result)
    assert pages[-1]["hypograph_documents_expected", ""] == 6
    with pytest.raises(OSError, match="refused"):
        scrape()


def test_a_run_that_is_taken_up_goes_on_where_it_stood(tmp_path: Path, with_journals: list[int]) -> None:
    inputs, out = write_inputs(tmp_path, ["a", "b"], ["c"]), tmp_path / "out"
    flags = ["--shard-files", "1"]
    CliRunner().invoke(job.command, [str(inputs), "--out", str(out), *flags])
    (out / "shards" / "00001" / "_DONE").unlink()
    record = opened(out)
    metrics = RunMetrics(record, to_come=1)
    stood = read_metrics(metrics)
    assert (stood["hypograph_documents_total", ""], stood["hypograph_shards_finished_total", ""]) == (3, 1)
    assert (stood["hypograph_documents_expected", ""], stood["hypograph_documents_per_second", ""]) == (3, 0)
    assert stood["hypograph_stage_tokens_total", "extract"] == 270
    result = CliRunner().invoke(job.command, [str(inputs), "--out", str(out), *flags])
    assert result.exit_code == 0, result.output
    assert counters(read_metrics(metrics)) == expect_counters(json.loads((out / "run.json").read_text())["result"])


def opened(out: Path) -> RunRecord:
    found = json.loads((out / "run.json").read_text())
    fingerprint = job.Fingerprint(*(found[name] for name in ("model_revision", "lexicon_version", "code_revision")))
    return open_record(out, fingerprint=fingerprint, settings=Settings(), overwrite=False)


def test_a_counter_does_not_fall_where_a_row_file_is_replaced(tmp_path: Path, with_journals: list[int]) -> None:
    out = tmp_path / "out"
    CliRunner().invoke(job.command, [str(write_inputs(tmp_path, ["a", "b"])), "--out", str(out)])
    (out / "shards" / "00000" / "_DONE").unlink()
    metrics = RunMetrics(opened(out), to_come=2)
    before = read_metrics(metrics)
    for path in (out / "shards" / "00000" / "rows").iterdir():
        path.unlink()
    assert counters(read_metrics(metrics)) == counters(before)


def test_an_address_in_use_is_refused_before_anything_runs(tmp_path: Path, with_journals: list[int], port: int) -> None:
    inputs = write_inputs(tmp_path, ["a"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        arguments = [str(inputs), "--out", str(tmp_path / "out"), "--metrics-port", str(port)]
        result = CliRunner().invoke(job.command, arguments)
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port} (--metrics-port)" in result.output
    assert with_journals == []


def test_an_ipv6_address_is_told_as_a_url(
    tmp_path: Path,
    with_journals: list[int],
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(  # the machine may have no IPv6
        "prometheus_client.start_http_server",
        lambda port, addr, registry: start_http_server(port, "127.0.0.1", registry),
    )
    out = tmp_path / "out"
    CliRunner().invoke(job.command, [str(write_inputs(tmp_path, ["a"])), "--out", str(out)])
    with serve_metrics(opened(out), host="::1", port=port, to_come=0):
        assert f"http://[::1]:{port}/metrics" in capsys.readouterr().err


def board() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(BOARD.read_text(encoding="utf-8"))
    return content


def test_the_board_asks_for_nothing_that_is_not_exported(tmp_path: Path, with_journals: list[int]) -> None:
    out = tmp_path / "out"
    CliRunner().invoke(job.command, [str(write_inputs(tmp_path, ["a"])), "--out", str(out)])
    (out / "shards" / "00000" / "_DONE").unlink()
    journal = Journal(out / "shards" / "00000" / "journal", "generate", "g")
    journal.finish(rows=1, seconds=1.0, counters=GENERATOR_COUNTERS)
    exported = {name for name, _ in read_metrics(RunMetrics(opened(out), to_come=1))}
    exported.add("hypograph_table_rows_total")  # of finished shards, which this has none of any more
    queries = [target["expr"] for panel in board()["panels"] for target in panel["targets"]]
    queries += [variable["query"]["query"] for variable in board()["templating"]["list"] if variable["type"] == "query"]
    for query in queries:
        asked = set(re.findall(r"hypograph_\w+", query))
        assert asked, query
        assert asked <= exported, query
        assert query.count("(") == query.count(")")
        assert query.startswith("label_values") or query.count('{run_id=~"$run_id"}') == len(
            re.findall(r"hypograph_\w+", query)
        ), "each asks for the chosen runs only"


def test_the_boards_panels_are_distinct_and_do_not_overlap() -> None:
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
