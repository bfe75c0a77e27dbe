"""Rejects read again: from the run's rows, from their own bytes, from the file; and the run that comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from jobs import generation
from jobs.cli import main
from jobs.generator_options import ChosenEngine
from tests.scripted_engine import open_scripted
from tests.unit.no_ray import STATEMENT, stand_in_for_ray

RECORD = "<PubmedArticle><MedlineCitation><PMID>{}</PMID><Article><ArticleTitle>T</ArticleTitle></Article>"
RECORD += "</MedlineCitation></PubmedArticle>"


def invoke(*arguments: object) -> tuple[Result, dict[str, Any]]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result, json.loads(result.stdout.splitlines()[-1]) if result.stdout else {}


def rows(out: Path) -> dict[tuple[str, int], str]:
    """(file, record) of each row that a run wrote, with its document or its errors."""
    found = [row for path in out.glob("shards/*/rows/*.parquet") for row in pq.read_table(path).to_pylist()]
    return {
        (Path(row["source_file"]).name, row["record"]): "+".join(e["kind"] for e in row["errors"]) or row["doc_id"]
        for row in found
    }


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose third document kills a stage, and files with a broken record, a broken row, a cut end."""
    stand_in_for_ray(monkeypatch)
    folder = tmp_path / "in"
    folder.mkdir()
    texts = ["fine", "fine too", "poison"]
    (folder / "a.jsonl").write_text("".join(json.dumps({"pmid": i, "text": t}) + "\n" for i, t in enumerate(texts, 1)))
    (folder / "b.jsonl").write_text('{"pmid": 11, "text": "good"}\n{"pmid": 12, "text": \n')
    (folder / "c.csv").write_text("pmid,text\n21,good\n22,one,too many\n")
    (folder / "d.xml").write_text(f"<PubmedArticleSet>{RECORD.format(31)}{RECORD.format(32)[:50]}")
    assert invoke("extract", folder, "--out", tmp_path / "run")[0].exit_code == 1
    return folder


FIRST = {
    ("a.jsonl", 1): "PMID:1",
    ("a.jsonl", 2): "PMID:2",
    ("a.jsonl", 3): "crash",
    ("b.jsonl", 1): "PMID:11",
    ("b.jsonl", 2): "bad_json",
    ("c.csv", 2): "PMID:21",
    ("c.csv", 3): "bad_row",
    ("d.xml", 1): "PMID:31",
    ("d.xml", 2): "truncated",
}
REJECTS = {key: value for key, value in FIRST.items() if ":" not in value}


def test_nothing_has_changed_and_the_same_is_rejected_again(inputs: Path, tmp_path: Path) -> None:
    assert rows(tmp_path / "run") == FIRST
    result, summary = invoke("replay", tmp_path / "run", "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert rows(tmp_path / "again") == REJECTS
    assert summary["replayed"] == {"rejects": 4, "records": 4, "recovered": 0, "rejected_again": 4, "not_found": 0}
    assert (tmp_path / "again" / "run.json").exists()
    assert invoke("replay", tmp_path / "run", "--out", tmp_path / "strict", "--max-reject-share", 0.5)[0].exit_code == 1


def test_what_the_stages_and_the_files_give_now_is_recovered(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_ray(monkeypatch, poison="nothing of that kind")
    (inputs / "d.xml").write_text(f"<PubmedArticleSet>{''.join(map(RECORD.format, (31, 32, 33)))}</PubmedArticleSet>")
    (inputs / "a.jsonl").unlink()  # its row is in the run
    (inputs / "c.csv").unlink()
    result, summary = invoke("replay", tmp_path / "run", "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert rows(tmp_path / "again") == {
        ("a.jsonl", 3): "PMID:3",
        ("b.jsonl", 2): "bad_json",
        ("c.csv", 3): "bad_row",  # a row alone is no table
        ("d.xml", 2): "PMID:32",
        ("d.xml", 3): "PMID:33",
    }
    assert summary["replayed"] == {"rejects": 4, "records": 5, "recovered": 3, "rejected_again": 2, "not_found": 0}
    (row,) = pq.read_table(
        tmp_path / "again" / "shards" / "00000" / "document.parquet", filters=[("doc_id", "=", "PMID:3")]
    ).to_pylist()
    assert row["source_file"] == str(inputs / "a.jsonl")


def test_records_of_which_nothing_is_left_are_told(inputs: Path, tmp_path: Path) -> None:
    (inputs / "d.xml").unlink()
    result, summary = invoke("replay", tmp_path / "run", "--out", tmp_path / "again", "--kind", "truncated")
    assert rows(tmp_path / "again") == {("d.xml", 2): "not_found"}
    assert summary["replayed"] == {"rejects": 1, "records": 1, "recovered": 0, "rejected_again": 1, "not_found": 1}
    assert "1 of them because they were not found" in result.stderr


def test_a_file_of_another_size_is_not_trusted_for_its_numbers(inputs: Path, tmp_path: Path) -> None:
    (inputs / "c.csv").write_text("pmid,text\n20,new\n21,good\n22,fine\n")
    invoke("replay", tmp_path / "run", "--out", tmp_path / "again", "--kind", "bad_row")
    assert rows(tmp_path / "again") == {("c.csv", 3): "bad_row"}
    (reject,) = pq.read_table(tmp_path / "again" / "shards" / "00000" / "reject.parquet").to_pylist()
    assert reject["message"] == "c.csv, record 3: 3 cells, the first line names 2 columns"


def test_a_readers_fault_that_is_mended_recovers_the_kept_bytes(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.read.jsonl._read_line", lambda piece: {"doc_id": "PMID:12", "text": "mended"})
    (inputs / "b.jsonl").unlink()
    invoke("replay", tmp_path / "run", "--out", tmp_path / "again", "--kind", "bad_json")
    assert rows(tmp_path / "again") == {("b.jsonl", 2): "PMID:12"}


def test_a_record_that_alone_looks_like_the_end_of_a_file_stays_what_it_was(inputs: Path, tmp_path: Path) -> None:
    path = inputs / "f.xml"
    path.write_text(f"<PubmedArticleSet>{RECORD.format(51)[:50]}{RECORD.format(52)}</PubmedArticleSet>")
    invoke("extract", path, "--out", tmp_path / "first")
    path.unlink()
    invoke("replay", tmp_path / "first", "--out", tmp_path / "again")
    assert rows(tmp_path / "again") == {("f.xml", 1): "unclosed"}


@pytest.mark.parametrize("cut", [0, 6])
def test_what_a_file_broke_off_in_is_read_when_it_is_whole(inputs: Path, tmp_path: Path, cut: int) -> None:
    path = inputs / "f.xml"
    path.write_text(f"<PubmedArticleSet>{RECORD.format(51)}{RECORD[:cut]}")
    invoke("extract", path, "--out", tmp_path / "first")
    path.write_text(f"<PubmedArticleSet>{RECORD.format(51)}{RECORD.format(52)}</PubmedArticleSet>")
    invoke("replay", tmp_path / "first", "--out", tmp_path / "again")
    assert rows(tmp_path / "again") == {("f.xml", 2): "PMID:52"}


def test_a_file_that_only_lacked_its_end_is_told_to_hold_nothing_more(inputs: Path, tmp_path: Path) -> None:
    path = inputs / "f.xml"
    path.write_text(f"<PubmedArticleSet>{RECORD.format(51)}")
    invoke("extract", path, "--out", tmp_path / "first")
    path.write_text(f"<PubmedArticleSet>{RECORD.format(51)}</PubmedArticleSet>")
    invoke("replay", tmp_path / "first", "--out", tmp_path / "again")
    (reject,) = pq.read_table(tmp_path / "again" / "shards" / "00000" / "reject.parquet").to_pylist()
    assert (reject["kind"], reject["message"]) == (
        "not_found",
        "f.xml, record 2: the file that it was read from ends before it",
    )


def test_stages_and_kinds_select(inputs: Path, tmp_path: Path) -> None:
    invoke("replay", tmp_path / "run", "--out", tmp_path / "read", "--stage", "read")
    assert set(rows(tmp_path / "read").values()) == {"bad_json", "bad_row", "truncated"}
    result, summary = invoke("replay", tmp_path / "run", "--out", tmp_path / "none", "--kind", "unheard")
    assert (result.exit_code, summary["replayed"]["rejects"]) == (0, 0)
    assert not (tmp_path / "none").exists()
    assert invoke("replay", tmp_path / "run", "--out", tmp_path / "none", "--stage", "reed")[0].exit_code == 2


def test_a_replay_goes_on_and_keeps_to_what_it_began_with(inputs: Path, tmp_path: Path) -> None:
    replay = ["replay", tmp_path / "run", "--out", tmp_path / "again"]
    first = invoke(*replay)[1]
    (tmp_path / "again" / "shards" / "00000" / "_DONE").unlink()
    for path in inputs.iterdir():
        path.unlink()  # they aren't read a second time
    assert invoke(*replay)[1]["replayed"] == first["replayed"]
    result, _ = invoke(*replay, "--stage", "read")
    assert result.exit_code == 1
    assert "give another --out, or --overwrite" in result.output
    assert invoke(*replay, "--stage", "extract", "--overwrite")[1]["replayed"]["rejects"] == 1
    assert rows(tmp_path / "again") == {("a.jsonl", 3): "crash"}


def test_a_replay_does_not_stand_for_what_its_run_rejected_since(inputs: Path, tmp_path: Path) -> None:
    replay = ["replay", tmp_path / "run", "--out", tmp_path / "again"]
    assert invoke(*replay)[1]["replayed"]["rejects"] == 4
    (inputs / "e.jsonl").write_text('{"pmid": \n')
    invoke("extract", inputs, "--out", tmp_path / "run")
    result, _ = invoke(*replay)
    assert (result.exit_code, "give another --out, or --overwrite" in result.output) == (1, True)
    assert invoke(*replay, "--overwrite")[1]["replayed"]["rejects"] == 5
    invoke("extract", inputs / "b.jsonl", "--out", tmp_path / "run", "--overwrite")
    assert invoke(*replay)[0].exit_code == 1, "it is another run"


def test_unanswered_prompts_are_asked_again_only_by_a_language_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_ray(monkeypatch)
    chosen = ChosenEngine("scripted", "scripted-1", open_scripted, in_process=True)
    monkeypatch.setattr(generation, "choose_engine", lambda *_: chosen)
    texts = [f"{STATEMENT} in silence", "poison"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"pmid": i, "title": t}) + "\n" for i, t in enumerate(texts)))
    generate = ["--generate", "scripted", "--verify-to", 1]
    summary = invoke("extract", tmp_path / "a.jsonl", "--out", tmp_path / "run", *generate)[1]
    assert summary["rejects"] == {"extract: crash": 1, "generate: unanswered": 1}
    replay = ["replay", tmp_path / "run", "--out"]
    assert invoke(*replay, tmp_path / "plain")[1]["replayed"]["rejects"] == 1, "the other would lose what it was told"
    assert invoke(*replay, tmp_path / "again", *generate)[1]["replayed"]["rejects"] == 2
    result, _ = invoke(*replay, tmp_path / "no", "--stage", "generate")
    assert (result.exit_code, "needs --generate" in result.stderr) == (2, True)
    assert invoke(*replay, tmp_path / "one", "--stage", "generate", *generate)[1]["replayed"]["rejects"] == 1


def test_a_replay_can_be_replayed(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("replay", tmp_path / "run", "--out", tmp_path / "again")
    stand_in_for_ray(monkeypatch, poison="nothing of that kind")
    summary = invoke("replay", tmp_path / "again", "--out", tmp_path / "third")[1]
    assert summary["replayed"]["recovered"] == 1
    assert rows(tmp_path / "third")["a.jsonl", 3] == "PMID:3"
    assert rows(tmp_path / "third").keys() == REJECTS.keys()


def test_the_run_that_is_read_is_never_written_to(inputs: Path, tmp_path: Path) -> None:
    before = sorted((tmp_path / "run").rglob("*"))
    for out in (tmp_path / "run", tmp_path / "run" / "again", tmp_path):
        result, _ = invoke("replay", tmp_path / "run", "--out", out, "--overwrite")
        assert (result.exit_code, "must lie apart" in result.output) == (2, True)
    assert sorted((tmp_path / "run").rglob("*")) == before


def test_folders_that_are_no_runs(inputs: Path, tmp_path: Path) -> None:
    result, _ = invoke("replay", inputs, "--out", tmp_path / "again")
    assert (result.exit_code, "it holds no run.json" in result.output) == (1, True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text('{"loss": 0.1}')
    result, _ = invoke("replay", tmp_path / "other", "--out", tmp_path / "again")
    assert (result.exit_code, "expected the record of a run, it lacks 'run_id'" in result.output) == (1, True)
    result, _ = invoke("replay", tmp_path / "run", "--out", inputs)
    assert (result.exit_code, "give an empty folder" in result.output) == (1, True)
    assert not (inputs / "input").exists()


def test_a_row_of_parquet_is_replayed_from_its_bytes(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inputs / "e.parquet"
    pq.write_table(pa.table({"pmid": ["41", "42", "x"], "text": ["good", None, "good"]}), path)
    invoke("extract", path, "--out", tmp_path / "first")
    assert rows(tmp_path / "first") == {
        ("e.parquet", 1): "PMID:41",
        ("e.parquet", 2): "no_text",
        ("e.parquet", 3): "bad_pmid",
    }
    for run, changed in (("first", "rewritten"), ("rewritten", "gone")):
        if changed == "rewritten":
            pq.write_table(pa.table({"pmid": ["41"], "text": ["good"]}), path)
        else:
            path.unlink()
        invoke("replay", tmp_path / run, "--out", tmp_path / changed)
        assert rows(tmp_path / changed) == {("e.parquet", 2): "no_text", ("e.parquet", 3): "bad_pmid"}
