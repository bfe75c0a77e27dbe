"""Progress: the estimate of how many records there are, and the line."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from engine.shards import InputFile
from jobs import progress


def input_file(path: Path, content: bytes) -> InputFile:
    path.write_bytes(content)
    return InputFile(path=str(path), bytes=len(content))


def test_small_files_are_counted_exactly(tmp_path: Path) -> None:
    xml = b"<PubmedArticleSet>" + b"<PubmedArticle><PMID>1</PMID></PubmedArticle>" * 7 + b"</PubmedArticleSet>"
    assert progress.estimate_records(input_file(tmp_path / "a.xml", xml)) == 7
    assert progress.estimate_records(input_file(tmp_path / "a.xml.gz", gzip.compress(xml))) == 7
    assert progress.estimate_records(input_file(tmp_path / "a.jsonl", b'{"id": 1}\n' * 5)) == 5


@pytest.mark.parametrize("packed", [False, True])
def test_large_files_are_estimated_from_their_beginning(
    tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_SAMPLE_BYTES", 200_000)
    words = random.Random(1)
    record = "<PubmedArticle>{}</PubmedArticle>\n"
    text = "".join(record.format(" ".join(str(words.random()) for _ in range(40))) for _ in range(2000)).encode()
    file = input_file(tmp_path / "a.xml", gzip.compress(text) if packed else text)
    assert progress.estimate_records(file) == pytest.approx(2000, rel=0.2)


def test_an_unreadable_file_is_no_obstacle(tmp_path: Path) -> None:
    assert progress.estimate_records(input_file(tmp_path / "a.gz", b"\x1f\x8bnonsense")) == 0
    assert progress.estimate_records(InputFile(path=str(tmp_path / "absent"), bytes=3)) == 0


def test_the_line_says_rate_rejects_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    line = progress.ProgressLine(300, every_s=10)
    clock[0] += 5
    line.add(rows=50, rejected=1)
    assert capsys.readouterr().err == ""
    clock[0] += 5
    line.add(rows=50, rejected=0)
    assert capsys.readouterr() == (
        "",
        "100 of about 300 documents, 10.0/s, 1 rejected, 10 s gone, 20 s left\n",
    )


@pytest.mark.parametrize(("seconds", "text"), [(59.4, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")])
def test_seconds_are_readable(seconds: float, text: str) -> None:
    assert progress.format_s(seconds) == text
