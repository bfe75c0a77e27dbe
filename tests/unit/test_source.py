"""Files and tables: which files are read, by which reader, and in what pieces."""

from __future__ import annotations

import gzip
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from engine.read import files
from engine.read.files import list_inputs, read_file, read_tables
from engine.schema import SOURCE_ROW

RECORD = "<PubmedArticle><MedlineCitation><PMID>{}</PMID><Article/></MedlineCitation></PubmedArticle>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "b.xml").write_text(RECORD.format(1))
    (tmp_path / "a.XML.GZ").write_bytes(gzip.compress(RECORD.format(2).encode()))
    (tmp_path / "deep" / "er" / "c.jsonl").write_text('{"pmid": 3, "title": "T"}')
    (tmp_path / "deep" / "bare").write_text(RECORD.format(4))
    (tmp_path / "README.md").write_text("<PubmedArticle> is a tag")
    (tmp_path / "notes").write_text("words")
    (tmp_path / ".hidden" / "d.xml").write_text("")
    return tmp_path


def names(paths: Iterable[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_folders_are_searched_and_strangers_named_in_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = list_inputs([str(folder)])
    assert names(found) == ["a.XML.GZ", "b.xml", "bare", "c.jsonl"]
    assert list(found) == sorted(found)
    assert all(Path(path).stat().st_size == size for path, size in found.items())
    assert all(Path(path).is_absolute() for path in found)
    log = caplog.text
    assert "README.md" in log
    assert "notes" in log
    assert "2 files left out" in log


def test_folders_behind_links_are_searched_once(folder: Path) -> None:
    before = list_inputs([str(folder)])
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "also").symlink_to(folder / "deep")
    assert list_inputs([str(folder)]) == before
    (folder / "far").symlink_to(folder / ".hidden")
    assert list_inputs([str(folder)]).keys() - before.keys() == {str(folder / "far" / "d.xml")}


def test_order_and_repetition_of_inputs_do_not_matter(folder: Path) -> None:
    pattern, file = str(folder / "**" / "*.jsonl"), str(folder / "b.xml")
    assert names(list_inputs([pattern, file, file])) == ["b.xml", "c.jsonl"]
    assert list_inputs([file, pattern]) == list_inputs([pattern, file, file])


def test_a_file_that_was_named_is_never_left_out(folder: Path) -> None:
    path = str(folder / "README.md")
    assert list(list_inputs([path, str(folder)])) == sorted([path, *list_inputs([str(folder)])])
    (table,) = read_file(path)
    (row,) = table.to_pylist()
    assert row["errors"][0]["kind"] == "unknown_format"
    assert "README.md" in row["errors"][0]["message"]


def test_missing_input_is_said_at_once(folder: Path) -> None:
    for missing in ("nothing.xml", "*.parquet"):
        with pytest.raises(FileNotFoundError, match=missing.replace("*", r"\*")):
            list_inputs([str(folder / missing)])
    with pytest.raises(FileNotFoundError):
        list(read_file(str(folder / "nothing.xml")))


@pytest.mark.parametrize(("name", "pmid"), [("b.xml", 1), ("a.XML.GZ", 2), ("deep/er/c.jsonl", 3), ("deep/bare", 4)])
def test_each_format_is_found(folder: Path, name: str, pmid: int) -> None:
    (table,) = read_file(str(folder / name))
    assert table.column("doc_id").to_pylist() == [f"PMID:{pmid}"]
    assert table.column("source_file").to_pylist() == [str(folder / name)]


def test_tables_have_exactly_the_schema_and_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(json.dumps({"pmid": i, "text": "x" * 100}) for i in range(1, 601)))
    tables = list(read_file(str(path)))
    assert [table.num_rows for table in tables] == [256, 256, 88]
    assert all(table.schema.equals(SOURCE_ROW) for table in tables)
    whole = pa.concat_tables(tables)
    assert whole.column("doc_id").to_pylist() == [f"PMID:{i}" for i in range(1, 601)]
    assert pa.concat_tables(read_file(str(path))).equals(whole), "the same in every reading"
    monkeypatch.setattr(files, "TABLE_TEXT_CHARS", 1000)
    assert {table.num_rows for table in read_file(str(path))} == {10}


def test_a_table_of_rejects_alone_has_the_schema_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    path.write_bytes(b"")
    (table,) = read_file(str(path))
    assert table.schema.equals(SOURCE_ROW)
    assert table.column("errors").to_pylist()[0][0]["kind"] == "empty"


def test_rejects_of_two_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    ids = []
    for part in ("one", "two"):
        (tmp_path / part).mkdir()
        path = tmp_path / part / "same.xml"
        path.write_bytes(b"")
        ids += next(read_file(str(path))).column("doc_id").to_pylist()
    assert len(set(ids)) == 2


class Stream:
    """A stream that can only be read, in small pieces, as an object store gives it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        piece, self._data = self._data[: min(size, 11)], self._data[min(size, 11) :]
        return piece


def test_streams_need_only_read(folder: Path) -> None:
    for name in ("b.xml", "a.XML.GZ"):
        path = folder / name
        (expected,) = read_file(str(path))
        (table,) = read_tables(Stream(path.read_bytes()), str(path))
        assert table.equals(expected)


def test_a_name_that_is_no_utf_8_is_refused_by_name(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in (b"r\xe9sum\xe9.doc", b".\xe9.jsonl"):
        (folder / os.fsdecode(name)).touch()
    with caplog.at_level(logging.WARNING):
        assert len(list_inputs([str(folder)])) == 4
    assert "r\\udce9sum\\udce9.doc" in caplog.text
    odd = folder / os.fsdecode(b"caf\xe9.jsonl")
    odd.touch()
    for given in (folder, odd):
        with pytest.raises(FileNotFoundError, match=r"caf.udce9.jsonl': the name of an input must be UTF-8"):
            list_inputs([str(given)])
