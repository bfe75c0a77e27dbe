"""The whole job on 20 real records with the shipped model and lexicon: its output, resuming, rejects, exit codes."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from engine import schema
from engine.link.lexicon import SHIPPED
from engine.model.checkpoint import fast_dtype
from engine.model.config import ExtractorConfig
from engine.output import finished_keys, row_files
from engine.shards import Shard
from jobs import generation
from jobs.cli import main
from jobs.extract import extract, list_input_files
from jobs.generator_options import ChosenEngine
from jobs.settings import SHIPPED_MODEL, Settings
from tests.ray.same_output import check_same
from tests.scripted_engine import open_scripted

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_cluster", "weights")]

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "jobs" / "demo" / "records.xml.gz"
GOLDEN = ROOT / "tests" / "golden" / "evidence.tsv"
GOLDEN_COLUMNS = ("doc_id", "head_id", "predicate", "tail_id", "assertion", "head_text", "tail_text")
# float32, because the same bfloat16 model may fall on either side of a threshold on another processor
SETTINGS = Settings(dtype="float32", shard_files=2, file_rows=4, extract_actors=1, progress_s=0)


@pytest.fixture(scope="session")
def weights() -> None:
    """The shipped model and lexicon; without them these tests are skipped, but never where CI=true."""
    for path in (SHIPPED_MODEL, SHIPPED):
        if not path.exists():
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{path} is not there")


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of five records each."""
    folder = tmp_path_factory.mktemp("inputs")
    for i in range(4):
        write_records(folder / f"{i}.xml.gz", 5 * i, 5 * i + 5)
    return folder


def write_records(path: Path, start: int, end: int) -> None:
    """Some of the demo's records as a file."""
    records = re.findall(r"<PubmedArticle>.*?</PubmedArticle>", gzip.decompress(RECORDS.read_bytes()).decode(), re.S)
    content = f"<PubmedArticleSet>{''.join(records[start:end])}</PubmedArticleSet>".encode()
    path.write_bytes(gzip.compress(content, mtime=0))


@pytest.fixture(scope="module")
def whole(ray_cluster: str, weights: None, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of an undisturbed run, beside its summary and its last page of counters."""
    out = tmp_path_factory.mktemp("whole") / "out"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def keep_counters(_: object) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
            (out.parent / "metrics.txt").write_bytes(page.read())

    settings = SETTINGS.model_copy(update={"metrics_port": port})
    summary = extract(list_input_files([str(inputs)]), out=out, settings=settings, on_shards=keep_counters)
    (out.parent / "summary.json").write_text(json.dumps(summary))
    return out


def read_tables(out: Path) -> dict[str, list[dict[str, Any]]]:
    """The flat tables of all shards, sorted, without what differs from run to run."""
    found = {}
    for name, columns in schema.FLAT_TABLES.items():
        tables = [pq.read_table(path) for path in sorted(out.glob(f"shards/*/{name}.parquet"))]
        assert all(table.schema.equals(columns) for table in tables), name
        rows = [{k: v for k, v in row.items() if k != "run_id"} for row in pa.concat_tables(tables).to_pylist()]
        found[name] = sorted(rows, key=repr)
    return found


def test_every_document_is_there_with_the_sentences_of_its_evidence(whole: Path) -> None:
    tables = read_tables(whole)
    assert len({row["doc_id"] for row in tables["document"]}) == len(tables["document"]) == 20
    assert tables["reject"] == []
    assert tables["evidence"], "20 abstracts state something"
    for row in tables["evidence"]:
        assert row["head_text"] in row["sentence"]
        assert row["tail_text"] in row["sentence"]
        assert (row["triple_id"] is None) == (
            None in (row["head_id"], row["tail_id"]) or row["head_id"] == row["tail_id"]
        )
    stated = {row["triple_id"] for row in tables["evidence"]} - {None}
    assert stated == {row["triple_id"] for row in tables["triple"]}
    known = {row["concept_id"] for row in tables["entity"]}
    assert {end for row in tables["triple"] for end in (row["subject"], row["object"])} <= known
    assert {end for row in tables["lexicon_edge"] for end in (row["subject"], row["object"])} <= known


def test_the_record_says_what_was_done_with_what(whole: Path) -> None:
    record = json.loads((whole / "run.json").read_text())
    summary = json.loads((whole.parent / "summary.json").read_text())
    assert record["status"] == "finished"
    assert (summary["records"], summary["rejected"], summary["shards"]) == (20, 0, 2)
    assert record["result"]["tables"]["document"] == 20
    assert {"segment", "extract", "link", "tables"} <= record["result"]["stages"].keys()
    assert record["result"]["stages"]["extract"]["rows"] == 20
    assert record["result"]["stages"]["extract"]["tokens"] > 20 * 100
    assert [len(shard) for shard in record["shards"]] == [2, 2]


def test_counters_for_prometheus_end_with_what_the_record_says(whole: Path) -> None:
    result = json.loads((whole / "run.json").read_text())["result"]
    families = text_string_to_metric_families((whole.parent / "metrics.txt").read_text())
    found = {(s.name, s.labels.get("stage", "")): s.value for family in families for s in family.samples}
    assert found["hypograph_documents_total", ""] == result["records"] == 20
    assert found["hypograph_mentions_total", ""] == result["mentions"] > 20
    assert found["hypograph_relations_total", ""] == result["relations"] > 5
    for stage, numbers in result["stages"].items():
        assert found["hypograph_stage_seconds_total", stage] == numbers["seconds"]
    read = result["stages"]["extract"]
    assert found["hypograph_stage_tokens_total", "extract"] == read["tokens"] < read["padded_tokens"]


def test_evidence_is_exactly_what_it_was(whole: Path) -> None:
    """After a change that is meant: HYPOGRAPH_UPDATE_GOLDEN=1 writes the file anew; read its diff."""
    found = sorted(tuple(row[name] or "" for name in GOLDEN_COLUMNS) for row in read_tables(whole)["evidence"])
    if os.environ.get("HYPOGRAPH_UPDATE_GOLDEN"):
        with GOLDEN.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows([GOLDEN_COLUMNS, *found])
    assert found == read_golden()


def read_golden() -> list[tuple[str, ...]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        _, *rows = map(tuple, csv.reader(file, delimiter="\t"))
    return rows


def test_a_language_model_reads_what_the_pipeline_links(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ChosenEngine("scripted", "scripted-1", open_scripted, in_process=True)
    monkeypatch.setattr(generation, "choose_engine", lambda *_: chosen)
    asked = {"generate": "scripted", "verify_from": 0.0, "verify_to": 1.0, "extract": "COEXPRESSED_WITH"}
    settings = Settings(**SETTINGS.model_dump(exclude_unset=True), **asked)
    summary = extract(list_input_files([str(inputs / "0.xml.gz")]), out=tmp_path / "out", settings=settings)
    tables = read_tables(tmp_path / "out")
    ours = [row for row in tables["evidence"] if row["extractor"] == "encoder"]
    assert all(row["verifier_score"] is not None and row["classifier_score"] is not None for row in ours)
    documents = {row["doc_id"] for row in tables["document"]}
    expected = [row for row in read_golden() if row[0] in documents]
    assert sorted(tuple(row[name] or "" for name in GOLDEN_COLUMNS) for row in ours) == expected
    assert (len(documents), len(expected) > 0) == (5, True)
    costs = summary["stages"]["generate"]
    assert (costs["rows"], costs["verify_prompts"] > 0) == (5, True)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["generator"].startswith("scripted-1 ")


def test_the_same_command_again_reads_nothing(whole: Path, inputs: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}
    given: list[Shard] = []
    extract(list_input_files([str(inputs)]), out=whole, settings=SETTINGS, on_shards=given.extend)
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()} == before
    assert [shard.index for shard in given] == [0, 1]


def test_a_killed_run_goes_on_and_gives_the_same_tables(
    ray_cluster: str, whole: Path, inputs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    flags = [
        "--dtype=float32",
        "--shard-files=2",
        "--file-rows=4",
        "--extract-actors=1",
        f"--ray-address={ray_cluster}",
    ]
    command = [sys.executable, "-m", "jobs.extract", str(inputs), f"--out={out}", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 200
        while not list(out.glob("shards/*/rows/*.parquet")) and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        run.kill()
    written = row_files(out / "shards" / "00000" / "rows")
    assert written, "the run was killed after its first row file"
    assert not (out / "shards" / "00001" / "_DONE").exists(), "and before it was finished"
    extract(list_input_files([str(inputs)]), out=out, settings=SETTINGS)
    assert read_tables(out) == read_tables(whole)


def test_a_resumed_run_in_the_default_number_format_gives_the_same_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a killed run leaves is some of the row files; what is missing is then read in other batches."""
    (tmp_path / "in").mkdir()
    write_records(tmp_path / "in" / "a.xml.gz", 20, 60)
    files = list_input_files([str(tmp_path / "in")])
    settings = SETTINGS.model_copy(update={"dtype": "auto"})
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    extract(files, out=whole, settings=settings)
    shutil.copytree(whole, resumed)
    (shard,) = (resumed / "shards").iterdir()
    for path in [*shard.glob("*.parquet"), shard / "_DONE", *row_files(shard / "rows")[::2]]:
        path.unlink()
    kept = finished_keys(shard / "rows")
    before = json.loads((shard / "journal" / "clock.json").read_text())["seconds"]
    took = extract(files, out=resumed, settings=settings)["seconds"]
    assert took > before + 1, "what the killed run took is counted"
    assert (len(kept), len(finished_keys(shard / "rows"))) == (20, 40)
    found = check_same(read_tables(whole), read_tables(resumed), ExtractorConfig.load(SHIPPED_MODEL))
    with capsys.disabled():
        format = str(fast_dtype("cpu")).removeprefix("torch.")
        told = f"{found.evidence} pieces of evidence alike, {len(found.apart)} at a threshold"
        sys.stdout.write(f"\n{format}: {told}, scores differ by {found.most_different:.2g}\n")
    assert found.evidence > 20
    assert not found.apart
    assert found.most_different < 1e-5


def test_rejects_are_counted_and_decide_the_exit_code(ray_cluster: str, inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    content = (inputs / "0.xml.gz").read_bytes()
    (folder / "good.xml.gz").write_bytes(content)
    (folder / "broken.xml.gz").write_bytes(content[: len(content) // 2])
    out = tmp_path / "out"
    arguments = ["extract", str(folder), "--out", str(out), "--dtype", "float32"]
    result = CliRunner().invoke(main, [*arguments, "--max-reject-share", "0.01"])
    assert result.exit_code == 1, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert summary["ok"] is False
    assert summary["rejected"] == sum(summary["rejects"].values()) >= 1
    assert "broken.xml.gz" in read_tables(out)["reject"][0]["source_file"]
    assert "records were rejected" in result.stderr
    again = CliRunner().invoke(main, [*arguments, "--max-reject-share", "1"])
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout.splitlines()[-1])["rejected"] == summary["rejected"]
