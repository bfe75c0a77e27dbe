"""What the beginning of an input tells: how many records there are, and how many go into a row file."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.shards import InputFile, Shard
from jobs import input_sample
from jobs.input_sample import Sample, choose_file_rows, estimate_documents, sample_input


def input_file(path: Path, content: bytes) -> InputFile:
    path.write_bytes(content)
    return InputFile(path=str(path), bytes=len(content))


def test_small_files_are_counted_exactly(tmp_path: Path) -> None:
    xml = b"<PubmedArticleSet>" + b"<PubmedArticle><PMID>1</PMID></PubmedArticle>" * 7 + b"</PubmedArticleSet>"
    plain, packed = input_file(tmp_path / "a.xml", xml), input_file(tmp_path / "a.xml.gz", gzip.compress(xml))
    assert sample_input(plain) == sample_input(packed) == Sample(7, len(xml) / 7)
    lines = input_file(tmp_path / "a.jsonl", b'{"id": 1}\n' * 5)
    assert sample_input(lines) == Sample(5, 10.0)
    assert estimate_documents([Shard(0, tmp_path, (plain, lines)), Shard(1, tmp_path, (packed,))]) == 19


PUBTATOR = "{0}|t|Title {0}\n{0}|a|BRAF.\n" + "{0}\t0\t4\tBRAF\tGene\t673\n" * 9 + "\n"
PASSAGES = [{"offset": offset, "text": "BRAF", "annotations": []} for offset in (0, 5)]


@pytest.mark.parametrize(
    ("name", "content", "records"),
    [
        ("a.txt", "A title\n\n" + "A line of its text.\n" * 50, 1),
        ("a.pubtator", "".join(map(PUBTATOR.format, range(1, 8))), 7),
        ("a.json", json.dumps({"documents": [{"id": str(i), "passages": PASSAGES} for i in range(7)]}, indent=1), 7),
        ("b.json", json.dumps([{"pmid": i, "title": "T", "text": "BRAF."} for i in range(7)]), 7),
        ("a.xml", "<PubmedArticleSet>" + "<PubmedBookArticle>\n\n</PubmedBookArticle>" * 7 + "</PubmedArticleSet>", 7),
        ("a.jsonl", '{"id": 1}', 1),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_records_are_counted_by_what_their_format_has_once(
    tmp_path: Path, name: str, content: str, records: int, packed: bool
) -> None:
    raw = content.encode()
    file = input_file(tmp_path / (f"{name}.gz" if packed else name), gzip.compress(raw) if packed else raw)
    assert sample_input(file) == Sample(records, pytest.approx(len(raw) / records))


def test_a_parquet_file_says_how_many_rows_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"pmid": range(5_000), "text": ["BRAF is a gene."] * 5_000}), tmp_path / "a.parquet")
    found = sample_input(InputFile(str(tmp_path / "a.parquet"), (tmp_path / "a.parquet").stat().st_size))
    assert found.records == 5_000
    assert sample_input(input_file(tmp_path / "cut.parquet", b"PAR1")) == Sample()


@pytest.mark.parametrize("packed", [False, True])
def test_large_files_are_estimated_from_their_beginning(
    tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_sample, "_SAMPLE_BYTES", 200_000)
    words = random.Random(1)
    record = "<PubmedArticle>{}</PubmedArticle>\n"
    text = "".join(record.format(" ".join(str(words.random()) for _ in range(40))) for _ in range(2000)).encode()
    half = len(text) // 2
    members = gzip.compress(text[:half]) + gzip.compress(text[half:])
    found = sample_input(input_file(tmp_path / "a.xml", members if packed else text))
    assert found.records == pytest.approx(2000, rel=0.2)
    assert found.record_bytes == pytest.approx(len(text) / 2000, rel=0.1)


def test_an_unreadable_file_is_no_obstacle(tmp_path: Path) -> None:
    broken = input_file(tmp_path / "a.gz", b"\x1f\x8bnonsense")
    absent = InputFile(path=str(tmp_path / "absent"), bytes=3)
    assert sample_input(broken) == sample_input(absent) == Sample()
    assert choose_file_rows(Shard(0, tmp_path, (broken, absent))) == 1024


def test_the_longer_documents_are_the_fewer_go_into_a_row_file(tmp_path: Path) -> None:
    abstracts = input_file(tmp_path / "a.jsonl", (b"x" * 1_500 + b"\n") * 9)
    papers = input_file(tmp_path / "b.jsonl.gz", gzip.compress((b"x" * 41_999 + b"\n") * 9))
    book = input_file(tmp_path / "c.jsonl", b"x" * (9 << 20) + b"\n")
    assert choose_file_rows(Shard(0, tmp_path, (abstracts,))) == 1024
    assert choose_file_rows(Shard(0, tmp_path, (abstracts, papers))) == round((8 << 20) / 42_000) == 200
    assert choose_file_rows(Shard(0, tmp_path, (book,))) == 8, "no record ends in what was looked at"
    article = input_file(tmp_path / "d.xml", b'<article lang="en">\n' + b"<p>x</p>\n" * 9_000 + b"</article>")
    assert sample_input(article).records == 1, "and not a record a line"
