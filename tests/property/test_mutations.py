"""Damaged records of every format: no reader raises, and what is not read is rejected."""

from __future__ import annotations

import io
from random import Random

import pytest

from bench.__main__ import run_module
from bench.mutants import MUTATIONS, SHAPES, Text, mutant
from bench.mutations import Fates, Tally, read_mutants, sample_texts
from engine.read.files import read_tables

TEXT = Text(100, "Imatinib & ABL1", "It inhibits ABL1.", 2001)


@pytest.fixture(scope="module")
def tally() -> Tally:
    """Three of every kind of damage in every format."""
    return read_mutants(3 * len(MUTATIONS) * len(SHAPES), seed=59, texts=sample_texts(60))


def test_every_damaged_record_is_accounted_for(tally: Tally) -> None:
    assert tally.faults == []
    assert tally.files == 3 * len(MUTATIONS) * len(SHAPES)
    kinds = {(format, mutation) for format in SHAPES for mutation in MUTATIONS}
    assert {kind: fates.accepted + fates.rejected for kind, fates in tally.fates.items()} == dict.fromkeys(kinds, 3)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_ten_thousand_are_accounted_for_and_the_benchmark_tells_by_format_and_damage() -> None:
    code, told = run_module("mutations")
    assert (code, told["faults"]) == (0, [])
    assert (told["lost"], told["crashed"], told["wrong"]) == (0, 0, 0)
    assert told["accepted"] + told["rejected"] == told["records"] == 10_000
    kinds = [fates for by_damage in told["by_format"].values() for fates in by_damage.values()]
    assert len(kinds) == len(SHAPES) * len(MUTATIONS)
    assert min(fates["accepted"] + fates["rejected"] for fates in kinds) == 10_000 // len(kinds)
    assert sum(fates["accepted"] for fates in kinds) == told["accepted"] > 0


def test_the_damage_is_some_and_not_all(tally: Tally) -> None:
    """Else the test above would pass for want of damage, or because readers gave up on everything."""
    assert sum(tally.rejects.values()) > 0.4 * tally.files
    assert tally.documents > tally.files
    assert 0.6 < tally.neighbours_whole / tally.neighbours < 0.95


def test_records_that_are_gone_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.read.jsonl._read_line", lambda piece: None)
    tally = read_mutants(len(MUTATIONS) * len(SHAPES), seed=59, texts=[TEXT])
    assert any("2 of 2 undamaged records are gone and nothing is rejected" in fault for fault in tally.faults)
    assert sum(fates.lost for kind, fates in tally.fates.items() if kind[0] == "jsonl") > 0
    assert sum(fates.lost for kind, fates in tally.fates.items() if kind[0] != "jsonl") == 0


def test_a_reader_that_raises_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("bench.mutations.read_tables", fail)
    tally = read_mutants(2, seed=59, texts=[TEXT])
    assert ["broken" in fault for fault in tally.faults] == [True, True]
    assert sum(tally.fates.values(), Fates()).crashed == 2


@pytest.mark.parametrize("format", SHAPES)
def test_undamaged_files_are_read(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MUTATIONS, "none", lambda random, raw: raw)
    (table,) = read_tables(io.BytesIO(mutant(format, "none", TEXT, Random(1))), "/in/a", format=format)
    assert table["errors"].to_pylist() == [[]] * len(table)
    assert len(table) == (1 if format == "text" else 3)
    assert any("It inhibits ABL1." in text for text in table["text"].to_pylist())


def test_a_value_that_no_column_holds_costs_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    years = {b"1": 2001, b"2": 10**9, b"3": 2003}
    monkeypatch.setattr("engine.read.jsonl._read_line", lambda piece: {"doc_id": "a", "year": years[piece.raw]})
    (table,) = read_tables(io.BytesIO(b"1\n2\n3\n"), "/in/a.jsonl")
    kinds = [[error["kind"] for error in errors] for errors in table["errors"].to_pylist()]
    assert kinds == [[], ["bad_value"], []]
    assert table["record"].to_pylist() == [1, 2, 3]
