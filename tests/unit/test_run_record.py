"""The run record: sums over shards, and what it refuses to resume into."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from engine.output import write_json
from engine.shards import InputFile, Shard
from jobs import run_record
from jobs.run_record import Fingerprint, RunRecord, code_revision, open_record, summarise
from jobs.settings import Settings

NOW = Fingerprint(
    model_revision="m1",
    lexicon_version="l1",
    code_revision="c1",
    generator="g1",
    operating_point="p1",
    doubtful_from="d1",
)


def open_it(out: Path, fingerprint: Fingerprint = NOW, *, overwrite: bool = False) -> RunRecord:
    return open_record(out, fingerprint=fingerprint, settings=Settings(), overwrite=overwrite)


def started(out: Path) -> RunRecord:
    shard = Shard(index=0, folder=out / "shards" / "00000", inputs=(InputFile(path="/in/a.xml", bytes=5),))
    shard.folder.mkdir(parents=True)
    record = replace(open_it(out.parent / "fresh"), out=out, shards=(shard,))
    record.write(capacity={"cpus": 2.0})
    return record


def done(**other: Any) -> dict[str, Any]:
    base = {"records": 10, "rejected": 1, "rejects": {"read: no_pmid": 1}, "tables": {"document": 9, "evidence": 4}}
    return {**base, "stages": {"extract": {"seconds": 1.5, "rows": 10}}, "seconds": 3.0, **other}


def test_a_run_is_taken_up_with_its_id_and_shards(tmp_path: Path) -> None:
    record = started(tmp_path / "out")
    again = open_it(tmp_path / "out")
    assert (again.run_id, again.started, again.shards) == (record.run_id, record.started, record.shards)


@pytest.mark.parametrize("name", Fingerprint.__slots__)
def test_a_run_that_was_begun_with_something_else_is_refused(tmp_path: Path, name: str) -> None:
    started(tmp_path / "out")
    with pytest.raises(click.ClickException, match=f"{name.replace('_', ' ')} .1, this is new.*--overwrite"):
        open_it(tmp_path / "out", replace(NOW, **{name: "new"}))


def test_overwrite_removes_the_old_run_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    old = started(out)
    (out / "graph.kgl").touch()
    again = open_it(out, replace(NOW, model_revision="m2"), overwrite=True)
    assert again.run_id != old.run_id
    assert again.shards == ()
    assert [path.name for path in out.iterdir()] == ["graph.kgl"]


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    for overwrite in (False, True):
        with pytest.raises(click.ClickException, match=r"holds no run\.json"):
            open_it(tmp_path, overwrite=overwrite)


def test_what_a_command_without_a_record_left_is_no_stranger(tmp_path: Path) -> None:
    for name in ("answers.sqlite", "answers.sqlite-journal", ".shards.removed", ".run.json.7.tmp", "input"):
        (tmp_path / name).touch()
    assert open_it(tmp_path).shards == ()
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(click.ClickException, match="is not empty"):
        open_it(tmp_path)


def test_a_run_of_another_source_is_refused(tmp_path: Path) -> None:
    started(tmp_path / "out")
    with pytest.raises(click.ClickException, match=r"was made of documents, this is run r1: .*--overwrite"):
        open_record(tmp_path / "out", fingerprint=NOW, settings=Settings(), overwrite=False, source="r1")


def test_sums_are_over_the_finished_shards(tmp_path: Path) -> None:
    record = started(tmp_path / "out")
    assert record.done() == []
    write_json(record.shards[0].done, done())
    assert json.loads(record.path.read_text())["status"] == "running"
    assert not record.is_current()
    record.write(capacity={})
    assert record.is_current()
    written = json.loads(record.path.read_text())
    assert written["result"] == summarise([done()])
    assert (written["status"], written["model_revision"], written["shards"]) == (
        "finished",
        "m1",
        [[{"path": "/in/a.xml", "bytes": 5, "format": "auto"}]],
    )
    assert written["versions"]["pyarrow"]
    assert written["settings"]["batch_rows"] == Settings().batch_rows


def test_summing() -> None:
    total = summarise([done(), done(rejects={"read: no_pmid": 1, "extract: crash": 2}, rejected=3)])
    assert (total["records"], total["rejected"], total["seconds"]) == (20, 4, 6.0)
    assert total["rejects"] == {"extract: crash": 2, "read: no_pmid": 2}
    assert total["tables"] == {"document": 18, "evidence": 8}
    assert total["stages"]["extract"] == {"seconds": 3.0, "rows": 20}


def test_the_code_revision_is_stable() -> None:
    assert code_revision() == code_revision()
    assert len(code_revision()) == 16


@pytest.fixture
def other_process() -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def test_a_run_that_another_process_writes_is_neither_taken_up_nor_removed(tmp_path: Path, other_process: int) -> None:
    out = tmp_path / "out"
    started(out)
    written = json.loads((out / "run.json").read_text())
    written["driver"] |= {"pid": other_process, "born": run_record._born(other_process)}
    write_json(out / "run.json", written)
    for overwrite in (False, True):
        with pytest.raises(click.ClickException, match=f"process {other_process} of this machine is writing"):
            open_it(out, overwrite=overwrite)
    assert (out / "shards" / "00000").exists()


def test_shards_that_cannot_be_removed_are_told_and_leave_no_half_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_json(started(out).shards[0].done, done())

    def refuse(*_: object, **__: object) -> None:
        raise OSError("in use")

    removing = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(click.ClickException, match="can't be removed: in use"):
        open_it(out, overwrite=True)
    monkeypatch.setattr(shutil, "rmtree", removing)
    assert open_it(out).done() == [], "no shard counts as finished"
    open_it(out, overwrite=True)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_a_record_that_cannot_be_read_can_be_overwritten(tmp_path: Path, content: str) -> None:
    started(tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text(content)
    with pytest.raises(click.ClickException, match=r"cannot read|was begun with"):
        open_it(tmp_path / "out")
    assert open_it(tmp_path / "out", overwrite=True).shards == ()
