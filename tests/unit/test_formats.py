"""All formats together: each file is known by its name and its beginning, or by what the user says it is."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from engine.read.chunks import BrokenStreamError
from engine.read.files import FORMAT_NAMES, FORMATS, find_format, list_inputs, read_file, read_tables
from engine.read.lines import cut_lines
from engine.read.rows import document_row
from engine.schema import SOURCE_ROW
from engine.shards import InputFile, plan_from_json, plan_shards, plan_to_json
from jobs.extract import command
from jobs.settings import SettingsError, load_settings


def parquet_bytes() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"pmid": [7], "text": ["T"]}), stream)
    return stream.getvalue()


def rows_bytes() -> bytes:
    stream = io.BytesIO()
    row = document_row(doc_id="PMID:7", source_file="/old/a.xml", record=3, title="T", text="T")
    pq.write_table(pa.Table.from_pylist([row], schema=SOURCE_ROW), stream)
    return stream.getvalue()


BIOC = {"id": "7", "passages": [{"infons": {"type": "title"}, "offset": 0, "text": "T"}]}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- x -->\n'
SAMPLES: dict[str, bytes] = {
    "pubmed": f"{HEAD}<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>T"
    "</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>".encode(),
    "bioc-xml": f"{HEAD}<!DOCTYPE collection SYSTEM 'BioC.dtd'><collection><source>PMC</source><document><id>7</id>"
    "<passage><text>T</text></passage><passage><text>A</text></passage></document></collection>".encode(),
    "jats": f"{HEAD}<!DOCTYPE article PUBLIC 'x' 'JATS.dtd'><article><front><article-meta>"
    "<article-id pub-id-type='pmid'>7</article-id>"
    "<title-group><article-title>T</article-title></title-group></article-meta></front></article>".encode(),
    "medline": b"\nPMID- 7\nOWN - NLM\nTI  - T\n",
    "pubtator": b"7|t|T\n7|a|A\n",
    "bioc-json": json.dumps({"documents": [BIOC]}, indent=1).encode(),
    "jsonl": b'{"pmid": 7, "title": "T"}\n{"pmid": 7, "title": "T"}\n',
    "csv": b"pmid,title\n7,T\n",
    "rows": rows_bytes(),
    "parquet": parquet_bytes(),
    "text": b"Imatinib inhibits ABL.\n",
}
NOT_SHOWN = ("text", "rows")  # words may be anything, and rows are Parquet


def test_every_format_has_a_sample_a_name_and_endings_of_its_own() -> None:
    assert [known.name for known in FORMATS] == list(SAMPLES)
    assert list(FORMAT_NAMES) == ["auto", *SAMPLES]
    endings = [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(endings) == len(set(endings)), "an ending has one owner"
    for known in FORMATS:
        assert set(known.shared) <= set(endings) - set(known.suffixes)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
def test_auto_knows_every_format_by_each_of_its_endings(tmp_path: Path, name: str, packed: bool) -> None:
    known = next(known for known in FORMATS if known.name == name)
    data = gzip.compress(SAMPLES[name]) if packed else SAMPLES[name]
    bare = [] if name in NOT_SHOWN else [""]
    for ending in [*known.suffixes, *known.shared, *bare]:
        path = tmp_path / f"sample{ending.upper()}{'.gz' if packed and ending else ''}"
        path.write_bytes(data)
        assert find_format(str(path), data[:65536]) is known
        (table,) = read_file(str(path))
        assert table.schema.equals(SOURCE_ROW)
        assert table.column("errors").to_pylist()[0] == []
        if name != "text":
            assert table.column("doc_id").to_pylist()[0] == "PMID:7"
        path.unlink()


@pytest.mark.parametrize("name", SAMPLES)
def test_only_its_own_beginning_shows_a_format(name: str) -> None:
    showing = [known.name for known in FORMATS if known.shows(SAMPLES[name])]
    assert showing == ({"text": [], "rows": ["parquet"]}.get(name, [name]))
    assert not any(known.shows(b"") for known in FORMATS)


def test_an_object_over_several_lines_is_no_json_lines() -> None:
    content = b'{"pmid": 7, "title": "T",\n "abstract": "A"}\n'
    found = find_format("one.json", content)
    assert found is not None
    assert found.name == "bioc-json"
    assert [row["doc_id"] for row in found.read(io.BytesIO(content), "one.json")] == ["PMID:7"]


def test_a_statistic_in_plain_text_is_no_pubtator() -> None:
    found = find_format("notes.txt", b"Voxels with |t| > 3.1 were kept.\n\nMetformin lowers glucose.\n")
    assert found is not None
    assert found.name == "text"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["bioc-xml", "jats", "medline", "pubtator", "jsonl", "csv"])
def test_byte_order_marks_hide_nothing(name: str, encoding: str) -> None:
    data = SAMPLES[name].replace(b' encoding="UTF-8"', b"").decode().encode(encoding)
    found = find_format("no-ending", data)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", SAMPLES)
def test_the_format_that_is_said_wins_over_the_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "odd.data.2024"
    path.write_bytes(SAMPLES[name])
    (table,) = read_file(str(path), format=name)
    assert table.column("errors").to_pylist()[0] == []
    (unknown,) = read_file(str(path))
    message = unknown.column("errors").to_pylist()[0][0]["message"]
    assert "no known format" in message
    assert "--format" in message


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("wrong", SAMPLES)
def test_a_file_that_is_read_as_another_format_is_told(name: str, wrong: str) -> None:
    """Words can be read as plain text, rows as Parquet, JSON lines as JSON; nothing else passes for what it isn't."""
    if wrong in (name, "text") or (name, wrong) in {("rows", "parquet"), ("jsonl", "bioc-json")}:
        return
    tables = list(read_tables(io.BytesIO(SAMPLES[name]), "/in/some.file", format=wrong))
    rows = [row for table in tables for row in table.to_pylist()]
    assert rows
    assert all(row["errors"] for row in rows)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format is 'docx', expected one of auto, pubmed"):
        list(read_tables(io.BytesIO(b"x"), "x", format="docx"))
    with pytest.raises(SettingsError, match="format: Input should be 'auto', 'pubmed'"):
        load_settings(config=None, flags={"format": "docx"})


def test_the_choices_of_the_flag_are_the_readers_that_there_are() -> None:
    text = " ".join(CliRunner().invoke(command, ["--help"], terminal_width=400).output.split())
    assert f"--format [{'|'.join(FORMAT_NAMES)}]" in text
    assert load_settings(config=None, flags={}).format == "auto"


def test_folders_hold_every_format_and_a_given_one_leaves_nothing_out(tmp_path: Path) -> None:
    for name, sample in SAMPLES.items():
        (tmp_path / f"a{next(k.suffixes[0] for k in FORMATS if k.name == name)}").write_bytes(sample)
    (tmp_path / "notes.md").write_text("words")
    assert len(list_inputs([str(tmp_path)])) == len(SAMPLES)
    assert len(list_inputs([str(tmp_path)], format="text")) == len(SAMPLES) + 1


def test_a_run_remembers_what_its_files_were_read_as(tmp_path: Path) -> None:
    file = InputFile(path="/in/a", bytes=1, format="pubtator")
    planned = plan_shards(tmp_path, [file], max_files=1, max_bytes=1)
    assert plan_from_json(tmp_path, json.loads(json.dumps(plan_to_json(planned)))) == planned
    other = InputFile(path="/in/a", bytes=1)
    with pytest.raises(ValueError, match="was of format pubtator when this run began and is auto now"):
        plan_shards(tmp_path, [other], max_files=1, max_bytes=1, planned=planned)


def test_lines_past_the_limit_and_streams_that_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.read.lines.RECORD_LIMIT_BYTES", 10)

    def chunks(*parts: bytes) -> list[tuple[str, bytes]]:
        def stream() -> object:
            for part in parts:
                if part == b"!":
                    raise BrokenStreamError("it broke")
                yield part

        return [(piece.kind, piece.raw) for piece in cut_lines(stream())]  # type: ignore[arg-type]

    assert chunks(b"a\nb", b"c\n") == [("record", b"a"), ("record", b"bc")]
    assert chunks(b"a\n0123456789x", b"more", b"\nb") == [
        ("record", b"a"),
        ("oversized", b"0123456789x"),
        ("record", b"b"),
    ]
    assert chunks(b"a\nb", b"!") == [("record", b"a"), ("broken_stream", b"b")]
    assert chunks() == [("empty", b"")]
