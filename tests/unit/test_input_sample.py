"""What the beginning of an input tells: how many records there are, and how many go into a row file."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

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
