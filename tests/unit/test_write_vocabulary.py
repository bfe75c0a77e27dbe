"""Vocabularies in a graph after a newer lexicon: edges of what changed its label, and edges that were dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from engine.schema import FLAT_TABLES
from graph.connect import open_store
from graph.counters import Counters
from graph.errors import QueryError
from graph.fingerprint import hash_graph
from graph.schema import LEXICON_TYPES
from graph.store import Store
from graph.write import load_folder
from tests.tables import Tables, entity_row, write_shard
from tests.unit.test_life_cycle import FAMILY, SRC, concepts, withdrawn
from tests.unit.test_write_embedded import ABL1, CML, IMATINIB, KIT, _DiesAt

CLASS, DIABETES = "fplx:class", "mondo:0005148"

Edge = tuple[str, str, str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "graph.kgl")) as opened:
        yield opened


def write(folder: Path, said: Tables, edges: Iterable[Edge], *, types: Mapping[str, str] | None = None) -> Path:
    """A run of these sentences with a lexicon of these edges, in which some concepts are of other types."""
    tables = said.tables()
    ends = {end for subject, _, object_ in edges for end in (subject, object_)}
    known = {id_: entity_row(id_) for id_ in said.concepts | ends if id_ != CLASS}
    known |= {CLASS: entity_row(FAMILY) | {"concept_id": CLASS, "name": "class"}} if CLASS in ends else {}
    rows = [row | {"type": (types or {}).get(id_, row["type"])} for id_, row in sorted(known.items())]
    tables["entity"] = pa.Table.from_pylist(rows, schema=FLAT_TABLES["entity"])
    named = [dict(zip(FLAT_TABLES["lexicon_edge"].names, edge, strict=True)) for edge in edges]
    tables["lexicon_edge"] = pa.Table.from_pylist(named, schema=FLAT_TABLES["lexicon_edge"])
    write_shard(folder / "shards" / "00000", tables)
    return folder


def stated(store: Store) -> set[Edge]:
    rows = store.execute(f"MATCH (a)-[r:{'|'.join(LEXICON_TYPES)}]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b")
    return {(str(row["a"]), str(row["type"]), str(row["b"])) for row in rows}


def test_a_family_brings_what_stands_below_it_and_takes_it_along(store: Store, tmp_path: Path) -> None:
    below = [(SRC, "MEMBER_OF", CLASS), (CLASS, "IS_A", FAMILY)]
    load_folder(store, write(tmp_path / "1", Tables().state("PMID:1", IMATINIB, "INHIBITS", FAMILY), below))
    assert concepts(store) == {IMATINIB, FAMILY, CLASS, SRC}
    assert stated(store) == set(below)
    load_folder(store, write(tmp_path / "2", Tables().state("PMID:2", IMATINIB, "INHIBITS", KIT), []))
    load_folder(store, write(tmp_path / "3", withdrawn("PMID:1"), []))
    assert concepts(store) == {IMATINIB, KIT}


def _relabelled(folder: Path) -> tuple[Path, Path]:
    """Two runs: by the second a disease is a phenotype, and its sentence comes without those that are below it."""
    said = Tables().state("PMID:1", IMATINIB, "TREATS", CML).state("PMID:2", IMATINIB, "TREATS", DIABETES)
    before = write(folder / "before", said, [(DIABETES, "IS_A", CML)])
    again = Tables().state("PMID:1", IMATINIB, "TREATS", CML)
    return before, write(folder / "after", again, [], types={CML: "Phenotype"})


def test_what_points_to_a_concept_that_changed_its_label_still_does(store: Store, tmp_path: Path) -> None:
    before, after = _relabelled(tmp_path)
    load_folder(store, before)
    load_folder(store, after)
    assert store.execute("MATCH (n {id: $id}) RETURN labels(n) AS labels", id=CML) == [{"labels": ["Phenotype"]}]
    assert stated(store) == {(DIABETES, "IS_A", CML)}
    assert load_folder(store, after).counters == Counters()


def test_two_ends_of_an_edge_may_change_their_label_at_once(store: Store, tmp_path: Path) -> None:
    said = Tables().state("PMID:1", IMATINIB, "TREATS", CML).state("PMID:2", IMATINIB, "TREATS", DIABETES)
    edge = (DIABETES, "IS_A", CML)
    load_folder(store, write(tmp_path / "1", said, [edge]))
    types = {CML: "Phenotype", DIABETES: "Phenotype"}
    load_folder(store, write(tmp_path / "2", said, [edge], types=types))
    found = store.execute("MATCH (a:Phenotype)-[:IS_A]->(b:Phenotype) RETURN a.id AS a, b.id AS b")
    assert found == [{"a": DIABETES, "b": CML}]
    assert stated(store) == {edge}


@pytest.mark.parametrize("after", [False, True])
def test_a_load_that_changes_a_label_may_be_killed_at_any_write(tmp_path: Path, after: bool) -> None:
    runs = _relabelled(tmp_path)
    with open_store(str(tmp_path / "whole.kgl")) as store:
        for run in runs:
            load_folder(store, run)
        whole = hash_graph(store)
    killed = 0
    for at_write in range(100):
        with open_store(str(tmp_path / f"{at_write}.kgl")) as store:
            load_folder(store, runs[0])
            try:
                load_folder(_DiesAt(store, at_write=at_write, after=after), runs[1])  # type: ignore[arg-type]
            except QueryError:
                killed += 1
                load_folder(store, runs[1])
            assert hash_graph(store) == whole, at_write
        if killed <= at_write:
            break
    assert killed > 6


@pytest.mark.parametrize("after", [False, True])
def test_a_label_that_a_killed_load_changed_by_half_is_whole_after_that_of_another_folder(
    tmp_path: Path, after: bool
) -> None:
    first, second = _relabelled(tmp_path)
    other = write(tmp_path / "other", Tables().state("PMID:3", IMATINIB, "INHIBITS", KIT), [])
    for at_write in range(8):
        with open_store(str(tmp_path / f"{at_write}.kgl")) as store:
            load_folder(store, first)
            with suppress(QueryError):
                load_folder(_DiesAt(store, at_write=at_write, after=after), second)  # type: ignore[arg-type]
            load_folder(store, other)
            assert len(store.execute("MATCH (n {id: $id}) RETURN n.id AS id", id=CML)) == 1, at_write
            assert len(store.execute("MATCH (:Chemical)-[r:TREATS]->(n {id: $id}) RETURN r.id AS id", id=CML)) == 1
            assert stated(store) == {(DIABETES, "IS_A", CML)}


def test_an_edge_that_a_newer_lexicon_dropped_goes_with_what_it_alone_had_brought(store: Store, tmp_path: Path) -> None:
    said = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).state("PMID:2", IMATINIB, "INHIBITS", KIT)
    older = [(ABL1, "MEMBER_OF", CLASS), (ABL1, "MEMBER_OF", FAMILY), (KIT, "MEMBER_OF", FAMILY)]
    newer = [(ABL1, "MEMBER_OF", FAMILY), (KIT, "MEMBER_OF", FAMILY)]
    load_folder(store, write(tmp_path / "1", said, older))
    report = load_folder(store, write(tmp_path / "2", said, newer))
    assert report.tally["lexicon_edges"]["removed"] == 1
    assert stated(store) == set(newer)
    assert concepts(store) == {IMATINIB, ABL1, KIT, FAMILY}
    load_folder(store, write(tmp_path / "3", said, []))
    assert stated(store) == set()
    assert concepts(store) == {IMATINIB, ABL1, KIT}


def test_edges_of_concepts_that_a_load_does_not_have_stay(store: Store, tmp_path: Path) -> None:
    load_folder(
        store, write(tmp_path / "1", Tables().state("PMID:1", IMATINIB, "INHIBITS", SRC), [(SRC, "MEMBER_OF", FAMILY)])
    )
    load_folder(store, write(tmp_path / "2", Tables().state("PMID:2", IMATINIB, "INHIBITS", FAMILY), []))
    assert stated(store) == {(SRC, "MEMBER_OF", FAMILY)}
