"""Files in object stores (on loopback) and on full disks: found, read, written, and refused with a reason."""

from __future__ import annotations

import errno
import gzip
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from engine import storage
from engine.output import row_files, write_flat_tables, write_json, write_rows
from engine.read.files import FORMATS, list_inputs, read_file
from engine.read.format import Format
from engine.schema import FLAT_TABLES
from engine.shards import Shard
from engine.storage import StorageError, file_size, list_remote, open_input, plain_path
from graph.write.shards import finished_shards
from graph.write.shards import read_table as read_shard_table
from jobs import extract as job
from tests.unit.little_space import little_space
from tests.unit.no_ray import stand_in_for_ray
from tests.unit.object_server import ObjectStore, object_store
from tests.unit.rows import document, small_lexicon, table

SCHEMES = ("s3", "gs")
LINES = "".join(json.dumps({"pmid": i, "title": f"Title {i}"}) + "\n" for i in range(1, 601)).encode()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store with the bucket `bucket`, which this process takes for S3 and for Google's."""
    with object_store() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("CLOUD_STORAGE_EMULATOR_ENDPOINT", server.url)
        monkeypatch.setenv("GS_NO_SIGN_REQUEST", "yes")
        monkeypatch.setattr(storage, "_TRIES", 1)
        monkeypatch.setattr(storage, "_GCS_RETRY", timedelta(seconds=1))
        storage._open_system.cache_clear()
        server.objects = {
            "bucket/in/b 1%.jsonl.gz": gzip.compress(LINES),
            "bucket/in/deep/er/c.jsonl": b'{"pmid": 7, "title": "T"}',
            "bucket/in/.hidden/d.jsonl": b"",
            "bucket/in/README.md": b"words",
            "bucket/other.jsonl": b"{}",
        }
        yield server
        storage._open_system.cache_clear()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_folders_globs_and_single_objects_are_found(store: ObjectStore, scheme: str) -> None:
    store.page_keys = 1
    first, second, odd, other = (
        f"{scheme}://bucket/{key}" for key in ("in/b 1%.jsonl.gz", "in/deep/er/c.jsonl", "in/README.md", "other.jsonl")
    )
    assert list(list_inputs([f"{scheme}://bucket/in/"])) == [first, second], "neither hidden nor of unknown format"
    assert list_inputs([first]) == {first: len(store.objects["bucket/in/b 1%.jsonl.gz"])}
    assert list(list_inputs([odd, second])) == [odd, second], "what was named itself stays"
    assert list(list_remote(f"{scheme}://bucket/*.jsonl")) == [other]
    assert list(list_remote(f"{scheme}://bucket/in/**/c.json?")) == [second]
    assert list(list_remote(f"{scheme}://bucket/in/d*")) == [second]
    assert len(list_remote(f"{scheme}://bucket")) == 4
    assert (file_size(second), file_size(f"{scheme}://bucket/in"), file_size(f"{scheme}://bucket/no")) == (
        25,
        None,
        None,
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_remote_file_gives_the_rows_of_a_local_one(store: ObjectStore, scheme: str, tmp_path: Path) -> None:
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINES))
    uri = f"{scheme}://bucket/in/b 1%.jsonl.gz"
    got, expected = (pa.concat_tables(read_file(path)) for path in (uri, str(tmp_path / "b.jsonl.gz")))
    assert set(got["source_file"].to_pylist()) == {uri}
    assert len(got) == 600
    assert got.drop(["source_file"]).equals(expected.drop(["source_file"]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_refused_or_absent_is_said(store: ObjectStore, scheme: str) -> None:
    store.forbidden.add("bucket")
    with pytest.raises(StorageError, match=rf"^{scheme}://bucket/in can't be read: .*(?i:denied).*environment"):
        list_remote(f"{scheme}://bucket/in")
    with pytest.raises(StorageError, match=f"^{scheme}://bucket/other.jsonl can't be read"):
        list(read_file(f"{scheme}://bucket/other.jsonl"))
    with pytest.raises(FileNotFoundError, match=f"no such bucket.*{scheme}://elsewhere/x"):
        list_remote(f"{scheme}://elsewhere/x")


def test_a_store_that_goes_away_while_it_is_read_is_no_broken_record(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_BUFFER_BYTES", 1 << 12)
    store.objects["bucket/large.jsonl"] = LINES * 2000
    tables = read_file("s3://bucket/large.jsonl")
    assert len(next(tables)) == 256
    store.forbidden.add("bucket")
    with pytest.raises(StorageError, match=r"^s3://bucket/large\.jsonl can't be read"):
        list(tables)


class Gone:
    """A stream that breaks off by its storage's fault."""

    def read(self, size: int, /) -> bytes:
        raise StorageError("gone")


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_no_reader_takes_gone_storage_for_a_broken_file(known: Format) -> None:
    with pytest.raises(StorageError, match=r"^gone$"):
        list(known.read(Gone(), "a"))


@pytest.mark.parametrize("public", [True, False])
def test_a_public_bucket_is_asked_without_a_signature(
    store: ObjectStore, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "yes" if public else "")
    assert file_size("s3://bucket/other.jsonl") == 2
    assert store.signed == [not public]


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("s3:///key", "expected s3://bucket/path, found no bucket"),
        ("s3://buck*/key", r"s3://buck\*/key: expected s3://bucket/path, found no bucket's name"),
        ("ftp://host/file.xml", "expected a path, or a URI that begins with s3://, gs://, file://"),
        ("s3://AKIA:secret@bucket/x", "credentials don't belong in a URI"),
        ("file://host/x", "expected file:///path"),
    ],
)
def test_uris_that_mean_nothing_are_refused_before_anyone_is_asked(uri: str, reason: str) -> None:
    with pytest.raises(StorageError, match=reason) as refused:
        list_inputs([uri])
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("endpoint", ["localhost:9000", "127.0.0.1:9000", "ftp://host"])
def test_an_endpoint_that_is_no_address_is_refused_and_amazon_not_asked(
    endpoint: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(StorageError, match=r"^AWS_ENDPOINT_URL must begin with http:// or https://$"):
        list_inputs(["s3://bucket/other.jsonl"])


def test_file_uris_are_local_paths(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    assert list_inputs([f"file://{tmp_path}"]) == list_inputs([str(tmp_path)])
    assert plain_path("s3://bucket/x") == "s3://bucket/x"


def test_a_run_reads_from_a_store_and_writes_only_to_folders(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = stand_in_for_ray(monkeypatch)
    out = str(tmp_path / "out")
    for _ in range(2):
        result = CliRunner().invoke(job.command, ["s3://bucket/in", "--out", f"file://{out}"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout.splitlines()[-1])["records"] == 601
    assert ran == [0]
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(job.command, ["s3://bucket/in", "--out", "s3://bucket/out"])
    assert (refused.exit_code, list(tmp_path.iterdir())) == (2, [tmp_path / "out"])
    assert "extract and run copy it by --copy-to" in refused.stderr
    store.forbidden.add("bucket")
    denied = CliRunner().invoke(job.command, ["s3://bucket/in", "--out", out])
    assert denied.exit_code == 2
    assert "ACCESS_DENIED" in denied.stderr


@pytest.mark.parametrize("scheme", SCHEMES)
def test_finished_shards_are_copied_once_their_markers_last(
    store: ObjectStore, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_ray(monkeypatch)
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (tmp_path / "b.jsonl").write_bytes(b'{"pmid": 7000, "title": "T"}')
    out = tmp_path / "out"
    arguments = [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl"), "--out", str(out), "--shard-files", "1"]
    arguments += ["--copy-to", f"{scheme}://bucket/runs/mine/"]
    assert CliRunner().invoke(job.command, arguments).exit_code == 0
    keys = [put.removeprefix("bucket/runs/mine/") for put in store.puts]
    assert [key for key in keys if "/" not in key or "_DONE" in key] == [
        "run.json",
        "shards/00000/_DONE",
        "shards/00001/_DONE",
        "run.json",
    ]
    assert set(keys[1:7]) == {f"shards/00000/{name}.parquet" for name in FLAT_TABLES}, (
        "what a marker stands for is there"
    )
    for key in keys:
        back = tmp_path / "back" / key
        back.parent.mkdir(parents=True, exist_ok=True)
        back.write_bytes(store.objects[f"bucket/runs/mine/{key}"])
    shards = finished_shards(tmp_path / "back")
    assert [read_shard_table(shard, "document").num_rows for shard in shards] == [600, 1]

    store.puts.clear()
    store.objects["bucket/runs/mine/shards/00001/_DONE"] = b"of another run"
    assert CliRunner().invoke(job.command, arguments).exit_code == 0
    assert [put for put in store.puts if "00000" in put] == [], "it is there already"
    assert [put for put in store.puts if "/shards/" not in put] == [f"bucket/runs/mine/{keys[0]}"] * 2
    assert (store.puts[0], store.puts[-2]) == ("bucket/runs/mine/run.json", "bucket/runs/mine/shards/00001/_DONE")
    store.objects["bucket/else/run.json"] = b"no record"
    elsewhere = [*arguments[:-1], f"{scheme}://bucket/else"]
    assert "holds another run" in CliRunner().invoke(job.command, elsewhere).stderr
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    for place in (arguments[-1], elsewhere[-1]):
        other = CliRunner().invoke(job.command, [*arguments[:-1], place, "--overwrite"])
        assert (other.exit_code, "holds another run" in other.stderr) == (1, True)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before, "and nothing was removed"


def test_a_store_that_takes_no_copy_is_found_out_before_anything_is_read(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = stand_in_for_ray(monkeypatch)
    store.forbidden.add("closed")
    (tmp_path / "a.jsonl").write_bytes(LINES)
    arguments = [str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--copy-to"]
    denied = CliRunner().invoke(job.command, [*arguments, "s3://closed/x"])
    assert denied.exit_code == 1
    assert "s3://closed/x/run.json can't be read" in denied.stderr
    assert "give the same command again" in denied.stderr
    for wrong in ("/tmp/x", "file:///tmp/x", "ftp://KEY:hush@bucket/x", "s3://"):
        refused = CliRunner().invoke(job.command, [*arguments, wrong])
        assert refused.exit_code == 2
        assert "--copy-to: expected s3://bucket/... or gs://bucket/...\n" in refused.stderr
    for wrong in ("s3:///x", "s3://KEY:hush@bucket/x"):
        refused = CliRunner().invoke(job.command, [*arguments, wrong])
        assert refused.exit_code == 1
        assert "hush" not in refused.stderr
    assert (ran, (tmp_path / "out" / "run.json").exists()) == ([], False), (
        "a place is looked at before anything is done"
    )
    assert CliRunner().invoke(job.command, [*arguments, "s3://bucket/x"]).exit_code == 0
    store.puts.clear()
    assert CliRunner().invoke(job.command, [*arguments, "s3://bucket/y"]).exit_code == 0
    assert (ran, len(store.puts)) == ([0], 9), "what was read isn't read again"
    assert store.puts[0] == "bucket/y/run.json", "the place has an owner before anything else is there"


# -------------------------------------------------------------------------------------------------- full disks


def rows() -> pa.Table:
    return table(*(document(f"PMID:{i}", os.urandom(400).hex(), record=i) for i in range(60)))


def test_row_files_that_do_not_fit_leave_nothing_behind(tmp_path: Path) -> None:
    with little_space(10_000), pytest.raises(StorageError, match="can't be written: no space is left there") as full:
        write_rows(rows(), tmp_path / "rows")
    assert full.value.errno == errno.EFBIG
    assert list((tmp_path / "rows").iterdir()) == []
    write_rows(rows(), tmp_path / "rows")
    assert len(row_files(tmp_path / "rows")) == 1


def test_flat_tables_that_do_not_fit_leave_nothing_behind(tmp_path: Path) -> None:
    shard = Shard(0, tmp_path, ())
    write_rows(rows(), shard.rows)
    with little_space(1000), pytest.raises(StorageError, match="no space is left there"):
        write_flat_tables(shard, lexicon=small_lexicon(), model_revision="m", run_id="r")
    assert list(tmp_path.iterdir()) == [shard.rows]
    counts = write_flat_tables(shard, lexicon=small_lexicon(), model_revision="m", run_id="r")
    assert pq.read_table(tmp_path / "document.parquet").num_rows == counts["document"] == 60


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": True})
    with little_space(1000), pytest.raises(StorageError, match=r"a\.json can't be written"):
        write_json(path, {"new": "x" * 2000})
    assert [(file.name, json.loads(file.read_text())) for file in tmp_path.iterdir()] == [("a.json", {"old": True})]


def test_a_run_on_a_full_disk_ends_with_what_to_do_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in_for_ray(monkeypatch)
    (tmp_path / "in.jsonl").write_bytes(LINES)
    arguments = [str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out")]
    with little_space(5000):
        full = CliRunner().invoke(job.command, arguments)
    assert (full.exit_code, full.stdout) == (1, "")
    assert full.stderr.endswith(
        f"What is finished is kept in {tmp_path / 'out'}: mend this and give the same command again.\n"
    )
    assert "no space is left there" in full.stderr
    assert not list(tmp_path.glob("out/**/.*.tmp"))
    result = CliRunner().invoke(job.command, arguments)
    assert json.loads(result.stdout.splitlines()[-1])["records"] == 600


def test_an_input_that_is_read_no_further_names_itself(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"can't be read: .*directory"), open_input(str(tmp_path)):
        pass
