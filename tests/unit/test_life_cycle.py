"""What leaves a graph and what stays: concepts that nothing names, models side by side, versions, killed loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.schema import AFFIRMED
from graph.changes import Change, EdgeChange, PublicationChange, read_changes, to_json
from graph.connect import open_store
from graph.counters import Counters
from graph.describe import describe_graph
from graph.diff import diff_edges
from graph.errors import ChangesError, LoadError, QueryError
from graph.fingerprint import count_graph, hash_graph
from graph.migrate import migrate
from graph.schema import ENTITY_LABELS, SCHEMA_VERSION
from graph.store import Store
from graph.write import load_folder
from tests.tables import Tables, believed, write_run
from tests.unit.test_write_embedded import ABL1, CML, IMATINIB, KIT, MOUSE_ABL1, _DiesAt, edges

FAMILY, SRC, PROTEIN = "fplx:SRC_family", "hgnc:11283", "uniprot:P00519"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "graph.kgl")) as opened:
        yield opened


class Runs:
    """Writes runs into folders of their own and loads them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder, self._n = store, folder, 0

    def __call__(self, *shards: Tables, model: str = "model-1", keep: bool = False) -> Counters:
        self._n += 1
        run = write_run(self._folder / f"run{self._n}", shards, model=model)
        return load_folder(self._store, run, keep_other_models=keep).counters


@pytest.fixture
def load(store: Store, tmp_path: Path) -> Runs:
    return Runs(store, tmp_path)


def concepts(store: Store) -> set[object]:
    return {row["id"] for label in ENTITY_LABELS for row in store.execute(f"MATCH (n:{label}) RETURN n.id AS id")}


def _named_twice() -> Tables:
    twice = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, sentence="Both, and both again.")
    return twice.state("PMID:1", IMATINIB, "INHIBITS", ABL1, at=40, sentence="Both, and both again.")


def withdrawn(doc_id: str) -> Tables:
    return Tables().add_document(doc_id, revision=9, deleted=True)


def models(store: Store) -> list[object]:
    rows = store.execute("MATCH (e:Evidence) RETURN e.model_revision AS model ORDER BY model")
    return [row["model"] for row in rows]


def test_a_concept_goes_with_the_last_that_named_it_and_takes_what_it_brought(store: Store, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", FAMILY).state("PMID:2", IMATINIB, "INHIBITS", MOUSE_ABL1))
    assert concepts(store) == {IMATINIB, FAMILY, SRC, MOUSE_ABL1, ABL1, PROTEIN}
    load(withdrawn("PMID:1"))  # a family brings its members
    assert concepts(store) == {IMATINIB, MOUSE_ABL1, ABL1, PROTEIN}
    load(withdrawn("PMID:2"))
    assert concepts(store) == set()


def test_a_concept_stays_while_something_named_brings_it(store: Store, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).state("PMID:2", MOUSE_ABL1, "PROMOTES", CML))
    load(withdrawn("PMID:1"))
    assert concepts(store) == {MOUSE_ABL1, ABL1, PROTEIN, CML}
    load(Tables().state("PMID:3", IMATINIB, "INHIBITS", FAMILY).state("PMID:4", IMATINIB, "INHIBITS", SRC))
    load(withdrawn("PMID:4"))  # the family that names it as its member is named
    assert {FAMILY, SRC} <= concepts(store)


def test_a_concept_stays_that_only_retracted_papers_name(store: Store, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT).add_document("PMID:1", retracted=True))
    load(Tables().state("PMID:2", IMATINIB, "INHIBITS", KIT))
    load(withdrawn("PMID:2"))
    assert edges(store) == []
    assert concepts(store) == {IMATINIB, KIT}


def test_what_only_superseded_rows_of_a_shard_name_stays_out(store: Store, load: Runs) -> None:
    old, new = Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT), Tables().add_document("PMID:1", revision=2)
    load(old, new)
    assert concepts(store) == set()
    assert load(old) == Counters()


def test_models_stand_beside_one_another_on_request(store: Store, load: Runs) -> None:
    first = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.5)
    second = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.8, model="model-2")
    load(first)
    load(second, model="model-2", keep=True)
    (edge,) = edges(store)
    alone = believed(("PMID:1", 0.8, AFFIRMED))  # one paper, by its best sentence
    assert (edge["n"], edge["publications"], edge["belief"]) == (1, 1, alone)
    for shard, model in ((first, "model-1"), (second, "model-2")):
        assert load(shard, model=model, keep=True) == Counters()
    load(Tables().add_document("PMID:1"), model="model-2", keep=True)  # with another lexicon, say, it finds nothing
    assert models(store) == ["model-1"]
    load(second, model="model-2")
    assert models(store) == ["model-2"]


def test_a_sentence_that_names_both_twice_counts_once(store: Store, load: Runs) -> None:
    load(_named_twice())
    (edge,) = edges(store)
    assert (edge["n"], edge["publications"]) == (1, 1)
    assert count_graph(store).nodes["Evidence"] == 2


def test_a_new_revision_replaces_the_evidence_of_all_models(store: Store, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1))
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, model="model-2"), model="model-2", keep=True)
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=2), keep=True)
    assert models(store) == ["model-1"]
    newer = Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=2, model="model-2")
    load(newer, model="model-2", keep=True)
    assert models(store) == ["model-1", "model-2"]


def test_keeping_other_models_needs_to_know_which_one_this_is(store: Store, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [Tables().add_document("PMID:1")])
    (run / "run.json").unlink()
    with pytest.raises(LoadError, match=r"run\.json: expected the record of a run"):
        load_folder(store, run, keep_other_models=True)


def test_what_a_runs_own_generator_found_before_is_replaced_beside_other_models(store: Store, tmp_path: Path) -> None:
    def load_run(name: str, *said: tuple[str, str]) -> None:
        tables = Tables().add_document("PMID:1")
        for number, (object_, model) in enumerate(said):
            tables.state("PMID:1", IMATINIB, "INHIBITS", object_, at=50 * number, model=model)
        run = write_run(tmp_path / name, [tables], generators={"generator": "generator-1"})
        load_folder(store, run, keep_other_models=True)

    load_run("first", (ABL1, "model-1"), (KIT, "generator-1"))
    load_run("again", (ABL1, "model-1"), (SRC, "generator-1"))
    assert {edge["b"] for edge in edges(store)} == {ABL1, SRC}
    assert models(store) == ["generator-1", "model-1"]


def test_a_load_beside_another_model_may_be_killed_at_any_write(tmp_path: Path) -> None:
    old = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).state("PMID:2", IMATINIB, "TREATS", CML)
    new = Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=2, model="model-2")
    new.state("PMID:2", IMATINIB, "INHIBITS", FAMILY, model="model-2")
    runs = [write_run(tmp_path / "old", [old]), write_run(tmp_path / "new", [new], model="model-2")]

    def graph(name: str) -> Store:
        store = open_store(str(tmp_path / f"{name}.kgl"))
        load_folder(store, runs[0])
        return store

    with graph("whole") as store:
        load_folder(store, runs[1], keep_other_models=True)
        whole, n_writes = hash_graph(store), 0
    for at_write in range(100):
        with graph(str(at_write)) as store:
            try:
                load_folder(_DiesAt(store, at_write=at_write), runs[1], keep_other_models=True)  # type: ignore[arg-type]
            except QueryError:
                n_writes += 1
                load_folder(store, runs[1], keep_other_models=True)
            assert hash_graph(store) == whole, at_write
        if n_writes <= at_write:
            break
    assert n_writes > 8


def test_a_graph_of_version_1_is_refused_until_it_is_migrated(store: Store, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1))
    whole = hash_graph(store)
    store.execute_write("CREATE (a:Gene {id: 'hgnc:1'})-[:ENCODES]->(b:Protein {id: 'uniprot:1'})")
    store.execute_write("DROP INDEX publication_retracted")
    store.execute_write("MATCH (m:Hypograph) SET m.schema_version = 1, m.settled = false REMOVE m.belief_version")
    assert [item["name"] for item in describe_graph(store)["schema"] if not item["present"]] == [
        "publication_retracted"
    ]
    with pytest.raises(LoadError, match=f"version 1, .* version {SCHEMA_VERSION}: `hypograph graph migrate`"):
        load(Tables().add_document("PMID:2"))
    with pytest.raises(LoadError, match="repeat it with the program that began it"):
        list(migrate(store))
    store.execute_write("MATCH (m:Hypograph) SET m.settled = true")
    assert [step.name for step in migrate(store)] == ["version 1 to 2", "version 2 to 3"]
    assert hash_graph(store) == whole
    about = describe_graph(store)
    assert (about["schema_version"], about["settled"]) == (SCHEMA_VERSION, True)
    assert all(item["present"] for item in about["schema"])
    assert list(migrate(store)) == []


def test_a_graph_of_version_2_counts_its_sentences_anew(store: Store, load: Runs) -> None:
    scores = {"score": 0.89375, "mention_score": 0.81418, "head_link_score": 0.91323, "tail_link_score": 0.79702}
    load(_named_twice().state("PMID:2", IMATINIB, "INHIBITS", KIT, **scores))
    whole = hash_graph(store)
    store.execute_write("MATCH ()-[r:INHIBITS]->() SET r.n_evidence = 4, r.n_negated = 2")
    store.execute_write("MATCH (m:Hypograph) SET m.schema_version = 2")
    assert [step.name for step in migrate(store)] == ["version 2 to 3"]
    assert hash_graph(store) == whole


def test_belief_of_other_coefficients_is_computed_anew(store: Store, load: Runs) -> None:
    tables = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).state("PMID:2", IMATINIB, "INHIBITS", ABL1)
    load(tables)
    whole = hash_graph(store)
    store.execute_write("MATCH (e:Evidence) SET e.chance = 0.5")
    store.execute_write("MATCH ()-[r:INHIBITS]->() SET r.belief = 0.5")
    store.execute_write("MATCH (m:Hypograph) SET m.belief_version = 'older'")
    with pytest.raises(LoadError, match=r"computed with coefficients older, .* `hypograph graph migrate`"):
        load(tables)
    assert [step.name for step in migrate(store)] == ["belief"]
    assert hash_graph(store) == whole
    assert load(tables) == Counters()


def test_a_graph_of_a_newer_program_or_none_is_not_migrated(store: Store, load: Runs) -> None:
    with pytest.raises(LoadError, match="no graph to migrate"):
        list(migrate(store))
    load(Tables().add_document("PMID:1"))
    store.execute_write("MATCH (m:Hypograph) SET m.schema_version = 99")
    for attempt in (lambda: list(migrate(store)), lambda: load(Tables())):
        with pytest.raises(LoadError, match="use a newer"):
            attempt()


def test_a_graph_is_described(store: Store, load: Runs) -> None:
    paper = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).add_document("PMID:1", year=1999)
    load(paper, Tables().add_document("PMID:2", year=2020, retracts=["PMID:1", "PMID:7"]), withdrawn("PMID:3"))
    about = describe_graph(store)
    counts = count_graph(store)
    assert (about["nodes"], about["relationships"]) == (counts.nodes, counts.relationships)
    assert about["publications"] == {"retracted": 1, "withdrawn": 1, "named_by_notice_only": 1}
    assert about["years"] == [1999, 2020]
    assert about["models"] == [{"model": "model-1", "extractor": "encoder", "evidence": 1, "publications": 1}]


def test_changes_survive_a_file_and_what_is_none_is_named(tmp_path: Path) -> None:
    numbers = {"belief": 0.5, "n_evidence": 1}
    changes: list[Change] = [
        EdgeChange("added", "T:1", "a", "INHIBITS", "b", "A", "β", None, numbers),
        PublicationChange("withdrawn", "PMID:1", "Title", {"revision": 1}, {"revision": 2}, {"removed": 2}),
    ]
    path = tmp_path / "changes.jsonl"
    path.write_text("".join(to_json(change) + "\n" for change in changes), encoding="utf-8")
    assert list(read_changes(path)) == changes
    assert changes[0].size == 0.5
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "node"}\n')
    with pytest.raises(ChangesError, match=r"changes\.jsonl, line 3: no change"):
        list(read_changes(path))


def test_only_graphs_are_compared(store: Store, tmp_path: Path, load: Runs) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1))
    with (
        open_store(str(tmp_path / "empty.kgl")) as empty,
        pytest.raises(ChangesError, match="the new graph holds nothing"),
    ):
        list(diff_edges(store, empty))
