"""The Ray source gives what the plain readers give, broken files included."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from engine.read.files import list_inputs, read_file
from engine.schema import SOURCE_ROW
from engine.shards import InputFile

pytestmark = pytest.mark.ray

RECORD = "<PubmedArticle><MedlineCitation><PMID>{}</PMID><Article/></MedlineCitation></PubmedArticle>"


def test_ray_reads_what_the_plain_reader_reads(ray_cluster: str, tmp_path: Path) -> None:
    import ray

    from engine.read.source import DocumentSource

    folder = tmp_path / "kind=odd"  # Ray would make a column of this
    folder.mkdir()
    records = "".join(RECORD.format(i) for i in range(1, 400))
    whole = gzip.compress(f"<PubmedArticleSet>{records}</PubmedArticleSet>".encode())
    (folder / "good.xml.gz").write_bytes(whole)
    (folder / "broken.xml.gz").write_bytes(whole[: len(whole) // 2])
    (folder / "misnamed.xml").write_bytes(whole)
    (folder / "no-gzip.xml.gz").write_bytes(b"<PubmedArticleSet/>" + RECORD.format(9).encode())
    (folder / "empty.xml").write_bytes(b"")
    (folder / "lines.jsonl").write_text('{"pmid": 1, "title": "T"}\n{"pmid": ')
    paths = list_inputs([str(folder)])
    assert len(paths) == 6

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    with ray.data.DataContext.current(context):
        blocks = ray.get(
            ray.data.read_datasource(
                DocumentSource([InputFile(path, size) for path, size in paths.items()], journal=tmp_path / "journal"),
                override_num_blocks=3,
            ).to_arrow_refs()
        )
    found = pa.concat_tables(blocks)
    expected = pa.concat_tables([table for path in paths for table in read_file(path)])
    assert found.schema.equals(SOURCE_ROW)
    order = [("source_file", "ascending"), ("record", "ascending")]
    assert found.sort_by(order).equals(expected.sort_by(order))
    kinds = [errors[0]["kind"] for errors in found.column("errors").to_pylist() if errors]
    assert sorted(kinds) == ["bad_json", "broken_stream", "empty"]
