"""Loading into the embedded store: what a graph holds afterwards, that a rerun writes nothing, and the life cycle."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from engine.schema import AFFIRMED, FULL_TEXT, NEGATED, triple_id
from graph.changes import Change
from graph.connect import open_store
from graph.counters import Counters
from graph.diff import diff_edges, diff_publications
from graph.errors import LoadError, QueryError
from graph.fingerprint import count_graph, hash_graph
from graph.schema import read_loaded
from graph.store import Answer, Store
from graph.write import LoadReport, load_folder
from graph.write.shards import EvidenceByDocument
from tests.tables import Tables, believed, write_run, write_shard

IMATINIB, GLUCOSE = "mesh:D000068877", "mesh:D005947"
ABL1, KIT, SRC, MOUSE_ABL1 = "hgnc:76", "hgnc:6342", "hgnc:11283", "ncbigene:11350"
CML = "mondo:0011996"

Load = Callable[..., LoadReport]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "graph.kgl")) as opened:
        yield opened


@pytest.fixture
def load(store: Store, tmp_path: Path) -> Load:
    """Writes the given shards as a run's folder of its own and loads it."""
    runs = iter(range(100))

    def write_and_load(*shards: Tables) -> LoadReport:
        return load_folder(store, write_run(tmp_path / f"run{next(runs)}", shards))

    return write_and_load


def small() -> Tables:
    tables = Tables()
    tables.state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.8).add_document("PMID:1", year=2001)
    tables.state("PMID:2", IMATINIB, "INHIBITS", ABL1, score=0.5).add_document("PMID:2", year=2005)
    tables.state("PMID:2", IMATINIB, "TREATS", CML, at=100, assertion="speculated")
    tables.state("PMID:3", KIT, "BINDS", ABL1, head_link_score=0.5)
    return tables.add_document("PMID:4").leave_unlinked("PMID:4")


def edges(store: Store, type_: str = "INHIBITS") -> list[dict[str, Any]]:
    return store.execute(
        f"MATCH (a)-[r:{type_}]->(b) RETURN a.id AS a, b.id AS b, r.id AS id, r.belief AS belief, r.sign AS sign, "
        "r.n_evidence AS n, r.n_publications AS publications, r.n_negated AS negated, r.n_speculated AS speculated, "
        "r.first_year AS first, r.last_year AS last ORDER BY a, b"
    )


def publications(store: Store, *columns: str) -> dict[object, tuple[object, ...]]:
    returned = ", ".join(f"p.{name} AS {name}" for name in columns)
    rows = store.execute(f"MATCH (p:Publication) RETURN p.id AS key, {returned} ORDER BY key")
    return {row["key"]: tuple(row[name] for name in columns) for row in rows}


def test_a_graph_holds_what_the_tables_say(store: Store, load: Load) -> None:
    report = load(small())
    counts = count_graph(store)
    assert counts.nodes == {
        "Gene": 2,
        "Protein": 1,
        "Chemical": 1,
        "Drug": 1,
        "Disease": 1,
        "Publication": 4,
        "Evidence": 4,
    }
    assert counts.relationships == {"INHIBITS": 1, "TREATS": 1, "BINDS": 1, "ENCODES": 1, "IN": 4}
    assert (counts.n_nodes, counts.n_relationships) == (13, 8)
    assert edges(store) == [
        {
            "a": IMATINIB,
            "b": ABL1,
            "id": triple_id(IMATINIB, "INHIBITS", ABL1),
            "belief": believed(("PMID:1", 0.8, AFFIRMED), ("PMID:2", 0.5, AFFIRMED)),
            "sign": -1,
            "n": 2,
            "publications": 2,
            "negated": 0,
            "speculated": 0,
            "first": 2001,
            "last": 2005,
        }
    ]
    treats = edges(store, "TREATS")[0]
    assert (treats["belief"] > 0.0, treats["speculated"], treats["first"]) == (True, 1, None)
    assert report.tally["evidence"] == {
        "rows": 4,
        "unlinked": 1,
        "superseded": 0,
        "quoted": 0,
        "written": 4,
        "unchanged": 0,
        "removed": 0,
    }
    assert report.tally["documents"]["written"] == 4
    assert report.tally["edges"]["written"] == 3


def test_an_entity_carries_its_names(store: Store, load: Load) -> None:
    load(small())
    answer = store.query("MATCH (d:Drug) RETURN d", timeout_s=5, limit_rows=2)
    assert isinstance(answer, Answer)
    node: Any = answer.rows[0]["d"]
    assert node["labels"] == ["Chemical", "Drug"]
    assert node["properties"].pop("hash")
    assert node["properties"] == {
        "id": IMATINIB,
        "name": "Imatinib",
        "synonyms": ["Gleevec", "STI571"],
        "xrefs": [f"xref:{IMATINIB}"],
        "name_key": "imatinib",
        "synonym_keys": ["gleevec", "sti571"],
    }


def test_evidence_carries_its_sentence_and_scores(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, head_link_score=0.5, tail_link_score=0.9))
    rows = store.execute(
        "MATCH (e:Evidence)-[:IN]->(p:Publication) RETURN p.id AS doc, e.sentence AS sentence, e.score AS score, "
        "e.link_score AS link_score, e.head_text AS head, e.model_revision AS model, e.run_id AS run"
    )
    assert rows == [
        {
            "doc": "PMID:1",
            "sentence": "Imatinib INHIBITS ABL1 (PMID:1, 0).",
            "score": 0.9,
            "link_score": 0.45,
            "head": "Imatinib",
            "model": "model-1",
            "run": None,
        }
    ]


def test_symmetric_edges_have_one_direction(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", KIT, "BINDS", ABL1).state("PMID:2", ABL1, "BINDS", KIT))
    assert [(row["a"], row["b"], row["n"]) for row in edges(store, "BINDS")] == [(KIT, ABL1, 2)]


def test_the_same_rows_from_another_run_write_nothing(store: Store, load: Load) -> None:
    load(small())
    before = hash_graph(store)
    again = small()
    again.run_id = "run-2"
    for row in again.evidence.values():
        row["run_id"] = "run-2"
    report = load(again)
    assert report.counters == Counters()
    assert report.tally["documents"] == {"rows": 4, "superseded": 0, "unchanged": 4, "written": 0}
    assert report.tally["evidence"]["unchanged"] == 4
    assert report.tally["entities"]["written"] == 0
    assert hash_graph(store) == before


def test_only_what_differs_is_written(store: Store, load: Load) -> None:
    load(small())
    changed = small().state("PMID:2", IMATINIB, "INHIBITS", ABL1, score=0.6)
    report = load(changed.add_document("PMID:2", year=2005))
    assert report.tally["documents"]["written"] == 1
    assert report.tally["evidence"]["written"] == 1
    assert report.tally["evidence"]["unchanged"] == 3
    assert report.tally["edges"] == {"written": 1, "unchanged": 1, "removed": 0}
    assert edges(store)[0]["belief"] == believed(("PMID:1", 0.8, AFFIRMED), ("PMID:2", 0.6, AFFIRMED))


def test_support_is_computed_over_all_shards(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.8))
    load(Tables().state("PMID:2", IMATINIB, "INHIBITS", ABL1, score=0.5, assertion="negated"))
    (edge,) = edges(store)
    assert (edge["n"], edge["negated"], edge["belief"]) == (
        2,
        1,
        believed(("PMID:1", 0.8, AFFIRMED), ("PMID:2", 0.5, NEGATED)),
    )


def test_higher_revision_replaces_even_without_triples(store: Store, load: Load) -> None:
    load(small())
    load(Tables().add_document("PMID:1", revision=2, title="Corrected"))
    assert publications(store, "title", "revision")["PMID:1"] == ("Corrected", 2)
    assert [(edge["n"], edge["belief"]) for edge in edges(store)] == [(1, believed(("PMID:2", 0.5, AFFIRMED)))]
    load(Tables().add_document("PMID:2", revision=2))
    assert edges(store) == []
    assert edges(store, "TREATS") == []
    assert count_graph(store).nodes["Evidence"] == 1


def test_lower_revision_is_ignored(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=5))
    before = hash_graph(store)
    report = load(Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=4, score=0.1))
    assert report.tally["documents"]["superseded"] == 1
    assert report.counters == Counters()
    assert hash_graph(store) == before


def test_a_new_model_replaces_the_old_ones_evidence(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, model="model-1"))
    load(Tables().state("PMID:1", IMATINIB, "ACTIVATES", KIT, model="model-2"))
    assert edges(store) == []
    assert [edge["b"] for edge in edges(store, "ACTIVATES")] == [KIT]
    assert store.execute("MATCH (e:Evidence) RETURN e.model_revision AS model") == [{"model": "model-2"}]


def test_withdrawn_documents_lose_their_evidence_and_do_not_come_back(store: Store, load: Load) -> None:
    load(small())
    load(Tables().add_document("PMID:2", revision=3, deleted=True, title=None, year=None))
    assert publications(store, "deleted", "title", "year")["PMID:2"] == (True, "", None)
    assert edges(store)[0]["n"] == 1
    report = load(Tables().state("PMID:2", IMATINIB, "INHIBITS", ABL1, revision=2))
    assert report.counters == Counters()
    load(Tables().state("PMID:2", IMATINIB, "INHIBITS", ABL1, revision=4))
    assert edges(store)[0]["n"] == 2
    assert publications(store, "deleted")["PMID:2"] == (False,)


def test_a_record_that_says_retracted_takes_its_evidence_out_of_belief(store: Store, load: Load) -> None:
    load(small())
    load(small().add_document("PMID:1", retracted=True, year=2001))
    (edge,) = edges(store)
    assert (edge["n"], edge["belief"], edge["first"]) == (1, believed(("PMID:2", 0.5, AFFIRMED)), 2005)
    assert count_graph(store).nodes["Evidence"] == 4
    assert publications(store, "retracted")["PMID:1"] == (True,)


def _full_text_and_its_record() -> tuple[Tables, Tables]:
    full_text = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, revision=FULL_TEXT)
    record = Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=3)
    return full_text.add_document("PMID:8", revision=FULL_TEXT), record.add_document(
        "PMID:1", revision=3, retracted=True
    )


def test_what_a_record_says_of_a_retraction_counts_for_the_full_text_above_it(tmp_path: Path) -> None:
    full_text, record = _full_text_and_its_record()
    together = write_run(tmp_path / "together", [record, full_text])
    runs = [write_run(tmp_path / name, [tables]) for name, tables in (("text", full_text), ("record", record))]
    hashes = set()
    for name, order in (("once", [together]), ("first", runs), ("last", runs[::-1]), ("twice", [*runs, *runs])):
        with open_store(str(tmp_path / f"{name}.kgl")) as store:
            for run in order:
                load_folder(store, run)
            found = publications(store, "revision", "flagged", "retracted")
            assert found == {"PMID:1": (FULL_TEXT, True, True), "PMID:8": (FULL_TEXT, False, False)}
            assert edges(store) == []
            for run in (*runs, together):
                assert load_folder(store, run).counters == Counters(), name
            hashes.add(hash_graph(store))
    assert len(hashes) == 1


def test_what_a_record_retracts_is_retracted_by_the_full_text_above_it(tmp_path: Path) -> None:
    paper = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1)
    full_text = Tables().add_document("PMID:9", revision=FULL_TEXT)
    record = Tables().add_document("PMID:9", revision=3, retracts=["PMID:1"])
    together = write_run(tmp_path / "together", [paper, full_text, record])
    runs = [write_run(tmp_path / f"{number}", [tables]) for number, tables in enumerate((paper, full_text, record))]
    hashes = set()
    for number, order in enumerate(([together], *permutations(runs), [*runs, *runs])):
        with open_store(str(tmp_path / f"{number}.kgl")) as store:
            for run in order:
                load_folder(store, run)
            found = publications(store, "revision", "flagged", "retracted")
            assert found == {"PMID:1": (1, False, True), "PMID:9": (FULL_TEXT, False, False)}
            assert edges(store) == []
            assert count_graph(store).relationships["RETRACTS"] == 1
            for run in (*runs, together):
                assert load_folder(store, run).counters == Counters(), number
            hashes.add(hash_graph(store))
            withdrawn = Tables().add_document("PMID:9", revision=FULL_TEXT + 1, deleted=True)
            load_folder(store, write_run(tmp_path / f"withdrawn-{number}", [withdrawn]))
            assert [edge["n"] for edge in edges(store)] == [1]
    assert len(hashes) == 1


@pytest.mark.parametrize("shards", [("00000", "00001"), ("00001", "00000")])
def test_a_full_text_is_flagged_where_its_record_is_in_another_shard(
    store: Store, tmp_path: Path, shards: Sequence[str]
) -> None:
    folder = write_run(tmp_path / "run", _full_text_and_its_record())
    for shard in shards:
        load_folder(store, folder, only=[folder / "shards" / shard])
    assert publications(store, "flagged", "retracted")["PMID:1"] == (True, True)
    assert edges(store) == []


@pytest.mark.parametrize(("revision", "source"), [(FULL_TEXT + 1, "b.xml"), (FULL_TEXT, "a.xml")])
@pytest.mark.parametrize("flagged_first", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_full_text_is_flagged_where_another_form_of_it_is(
    store: Store, tmp_path: Path, revision: int, source: str, flagged_first: bool, at_once: bool
) -> None:
    """So says the shard that holds the other form with the record below it."""
    forms = [
        Tables()
        .state("PMID:1", IMATINIB, "INHIBITS", ABL1, revision=FULL_TEXT)
        .add_document("PMID:1", revision=FULL_TEXT, source_file="b.xml", retracted=True),
        Tables()
        .state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=revision)
        .add_document("PMID:1", revision=revision, source_file=source),
    ]
    shards = forms if flagged_first else forms[::-1]
    for number, shard in enumerate([shards] if at_once else [[shard] for shard in shards]):
        load_folder(store, write_run(tmp_path / f"{number}", shard))
    assert publications(store, "flagged", "retracted") == {"PMID:1": (True, True)}
    assert edges(store) == []


def test_all_that_one_shard_says_of_a_full_text_counts(store: Store, tmp_path: Path) -> None:
    papers = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).state("PMID:2", IMATINIB, "INHIBITS", KIT)
    forms = Tables().add_document("PMID:9", revision=FULL_TEXT, retracts=["PMID:1"])
    forms.add_document("PMID:9", revision=3, retracts=["PMID:2"])
    newest = Tables().add_document("PMID:9", revision=FULL_TEXT + 5)
    for number, tables in enumerate((papers, newest, forms)):
        load_folder(store, write_run(tmp_path / f"{number}", [tables]))
    assert publications(store, "retracted") == {"PMID:1": (True,), "PMID:2": (True,), "PMID:9": (False,)}
    assert edges(store) == []


def test_what_a_record_says_of_the_full_text_above_it_is_told(tmp_path: Path) -> None:
    full_text, record = _full_text_and_its_record()
    told: list[Change] = []
    with open_store(str(tmp_path / "before.kgl")) as store:
        load_folder(store, write_run(tmp_path / "text", [full_text]))
    shutil.copy(tmp_path / "before.kgl", tmp_path / "after.kgl")
    with open_store(str(tmp_path / "after.kgl")) as store:
        load_folder(store, write_run(tmp_path / "record", [record]), on_change=told.append)
    with (
        open_store(str(tmp_path / "before.kgl"), read_only=True) as old,
        open_store(str(tmp_path / "after.kgl"), read_only=True) as new,
    ):
        found = [*diff_edges(old, new), *diff_publications(old, new)]
    assert {change.change for change in found} == {"removed", "reread", "retracted"}
    assert sorted(map(repr, told)) == sorted(map(repr, found))


def test_a_record_that_flags_a_full_text_may_be_killed_at_any_write(tmp_path: Path) -> None:
    full_text, record = _full_text_and_its_record()
    runs = [write_run(tmp_path / name, [tables]) for name, tables in (("text", full_text), ("record", record))]
    hashes = set()
    for at_write in range(10):
        with open_store(str(tmp_path / f"{at_write}.kgl")) as store:
            load_folder(store, runs[0])
            with suppress(QueryError):
                load_folder(_DiesAt(store, at_write=at_write), runs[1])  # type: ignore[arg-type]
            load_folder(store, runs[1])
            assert edges(store) == []
            hashes.add(hash_graph(store))
    assert len(hashes) == 1


@pytest.mark.parametrize("notice_first", [True, False])
def test_a_notice_retracts_in_either_order(store: Store, load: Load, notice_first: bool) -> None:
    notice = Tables().add_document("PMID:9", retracts=["PMID:1"])
    paper = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1)
    for tables in (notice, paper) if notice_first else (paper, notice):
        load(tables)
    assert edges(store) == []
    assert publications(store, "retracted", "revision") == {"PMID:1": (True, 1), "PMID:9": (False, 1)}
    assert count_graph(store).relationships == {"ENCODES": 1, "IN": 1, "RETRACTS": 1}
    assert load(paper, notice).counters == Counters()
    load(Tables().add_document("PMID:9", revision=2, deleted=True))
    assert [edge["n"] for edge in edges(store)] == [1]
    assert publications(store, "retracted")["PMID:1"] == (False,)


@pytest.mark.parametrize("called", ["Retraction of Publication", "Retraction Notice", "retraction"])
def test_what_a_notice_quotes_of_the_paper_is_no_evidence(store: Store, load: Load, called: str) -> None:
    tables = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1)
    tables.state("PMID:9", IMATINIB, "INHIBITS", ABL1, sentence="Retraction: Imatinib inhibits ABL1.", section="TITLE")
    tables.add_document("PMID:9", retracts=["PMID:1"], publication_types=[called])
    tally = load(tables).tally["evidence"]
    assert edges(store) == []
    assert (tally["rows"], tally["written"], tally["quoted"]) == (2, 1, 1)
    tables.add_document("PMID:9", retracts=["PMID:1"], publication_types=["Corrected and Republished Article"])
    load(tables)  # the paper anew, which says it for itself
    assert [edge["publications"] for edge in edges(store)] == [1]


def test_a_paper_known_only_by_a_notice_goes_with_it(store: Store, load: Load) -> None:
    load(Tables().add_document("PMID:9", retracts=["PMID:1"]))
    assert publications(store, "retracted", "revision", "title")["PMID:1"] == (True, -1, "")
    load(Tables().add_document("PMID:9", revision=2))
    assert list(publications(store, "id")) == ["PMID:9"]


def test_an_entity_that_became_a_drug_or_ceased_to_be_one(store: Store, load: Load, tmp_path: Path) -> None:
    def load_glucose(type_: str, name: str) -> None:
        tables = Tables().state("PMID:1", GLUCOSE, "INHIBITS", ABL1).tables()
        rows = [row | {"type": type_} if row["concept_id"] == GLUCOSE else row for row in tables["entity"].to_pylist()]
        tables["entity"] = pa.Table.from_pylist(rows, schema=tables["entity"].schema)
        write_shard(tmp_path / name / "shards" / "00000", tables)
        load_folder(store, tmp_path / name)

    for number, (type_, labels) in enumerate(
        [("Chemical", ["Chemical"]), ("Drug", ["Chemical", "Drug"]), ("Chemical", ["Chemical"]), ("Gene", ["Gene"])]
    ):
        load_glucose(type_, f"lexicon{number}")
        assert store.execute("MATCH (n {id: $id}) RETURN labels(n) AS labels", id=GLUCOSE) == [{"labels": labels}]
        assert [(edge["a"], edge["n"]) for edge in edges(store)] == [(GLUCOSE, 1)]


def test_an_entity_that_changes_its_label_keeps_its_vocabulary_edges(store: Store, tmp_path: Path) -> None:
    for name, type_ in (("before", "Gene"), ("after", "GeneFamily")):
        tables = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1).tables()
        rows = [row | {"type": type_} if row["concept_id"] == ABL1 else row for row in tables["entity"].to_pylist()]
        tables["entity"] = pa.Table.from_pylist(rows, schema=tables["entity"].schema)
        write_shard(tmp_path / name / "shards" / "00000", tables)
        load_folder(store, tmp_path / name)
    counts = count_graph(store)
    assert counts.relationships == {"INHIBITS": 1, "ENCODES": 1, "IN": 1}
    assert counts.nodes["GeneFamily"] == 1
    assert "Gene" not in counts.nodes


def test_the_hash_does_not_see_the_stores_own_numbers(tmp_path: Path) -> None:
    shards = [Tables().state("PMID:1", KIT, "BINDS", ABL1), Tables().state("PMID:2", IMATINIB, "TREATS", CML)]
    hashes = set()
    for number, order in enumerate((shards, shards[::-1])):
        with open_store(str(tmp_path / f"{number}.kgl")) as store:
            load_folder(store, write_run(tmp_path / f"order{number}", order))
            hashes.add(hash_graph(store))
    assert len(hashes) == 1


def test_ortholog_and_protein_edges(store: Store, load: Load) -> None:
    load(Tables().state("PMID:1", IMATINIB, "INHIBITS", MOUSE_ABL1))
    path = store.execute("MATCH (m:Gene)-[:ORTHOLOG_OF]->(h:Gene)-[:ENCODES]->(p:Protein) RETURN m.id AS m, p.id AS p")
    assert path == [{"m": MOUSE_ABL1, "p": "uniprot:P00519"}]


def test_of_equal_revisions_the_first_source_file_counts_however_shards_are_cut(store: Store, tmp_path: Path) -> None:
    first = Tables().add_document("PMID:1", source_file="a.xml", title="from a")
    second = Tables().add_document("PMID:1", source_file="b.xml", title="from b")
    folder = write_run(tmp_path / "run", [second, first])
    load_folder(store, folder)
    assert publications(store, "title")["PMID:1"] == ("from a",)
    for shard in ("00000", "00001", "00000"):
        assert load_folder(store, folder, only=[folder / "shards" / shard]).counters == Counters()


class _DiesAt:
    """A store that fails at its n-th write, as if the process were killed there: before it is done, or just after."""

    def __init__(self, store: Store, *, at_write: int, after: bool = False) -> None:
        self._store, self._left, self._after = store, at_write, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def execute_write(self, cypher: str, /, **params: object) -> Counters:
        return self._write(lambda: self._store.execute_write(cypher, **params))

    def create(self, cypher: str, or_merge: str, /, **params: object) -> Counters:
        return self.execute_write(cypher, **params)

    def create_edges(self, type_: str, labels: tuple[str, str], edges: pa.Table) -> Counters:
        return self._write(lambda: self._store.create_edges(type_, labels, edges))

    def _write(self, write: Callable[[], Counters]) -> Counters:
        self._left -= 1
        if self._left < 0 and self._after:
            write()
        if self._left < 0:
            raise QueryError("killed")
        return write()


def test_a_flag_that_a_killed_load_wrote_counts_after_the_load_of_another_folder(tmp_path: Path) -> None:
    before = write_run(tmp_path / "before", [small()])
    flagged = write_run(tmp_path / "flagged", [small().add_document("PMID:1", retracted=True, year=2001)])
    other = write_run(tmp_path / "other", [Tables().state("PMID:11", SRC, "BINDS", KIT)])
    n_flagged = 0
    for at_write in range(20):
        with open_store(str(tmp_path / f"{at_write}.kgl")) as store:
            load_folder(store, before)
            with suppress(QueryError):
                load_folder(_DiesAt(store, at_write=at_write), flagged)  # type: ignore[arg-type]
            load_folder(store, other)
            is_flagged, is_retracted = publications(store, "flagged", "retracted")["PMID:1"]
            assert is_flagged == is_retracted, at_write
            assert edges(store)[0]["n"] == (1 if is_flagged else 2)
            n_flagged += bool(is_flagged)
    assert 0 < n_flagged < 20


@pytest.mark.parametrize("after", [False, True])
def test_a_load_killed_at_any_write_is_made_whole_by_the_next(tmp_path: Path, after: bool) -> None:
    before = write_run(tmp_path / "before", [small().add_document("PMID:9", retracts=["PMID:3"])])
    update = Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=2)
    update.add_document("PMID:2", revision=2, deleted=True).add_document("PMID:9", revision=2, retracts=["PMID:1"])
    update.state("PMID:11", SRC, "BINDS", KIT).state("PMID:12", SRC, "BINDS", KIT)  # new, with vocabulary of its own
    revised = write_run(tmp_path / "after", [update])
    with open_store(str(tmp_path / "whole.kgl")) as store:
        load_folder(store, before)
        load_folder(store, revised)
        whole = hash_graph(store)
    killed = 0
    for at_write in range(100):
        with open_store(str(tmp_path / f"{at_write}.kgl")) as store:
            load_folder(store, before)
            try:
                load_folder(_DiesAt(store, at_write=at_write, after=after), revised)  # type: ignore[arg-type]
            except QueryError:
                killed += 1
                load_folder(store, revised)
            assert hash_graph(store) == whole
            assert load_folder(store, revised).counters == Counters()
        if killed <= at_write:
            break
    assert killed > 8


def test_a_log_that_was_cut_short_holds_documents_whole_or_not_at_all(tmp_path: Path) -> None:
    """The process dies while the embedded store writes its log: what was half written is gone, and is written again."""
    folder = write_run(tmp_path / "run", [small()])
    with open_store(str(tmp_path / "whole.kgl")) as store:
        load_folder(store, folder)
        whole = hash_graph(store)
    path, log = tmp_path / "graph.kgl", tmp_path / "graph.kgl-wal"
    with open_store(str(path)) as store:
        new = path.read_bytes()
        load_folder(store, folder)
        logged = log.read_bytes()
    counts = set()
    for size in range(len(logged) // 8, len(logged), len(logged) // 8):
        for left in tmp_path.glob("graph.kgl*"):
            left.unlink()
        path.write_bytes(new)
        log.write_bytes(logged[:size])
        with open_store(str(path)) as store:
            rows = store.execute("MATCH (p:Publication) OPTIONAL MATCH (p)<-[:IN]-(e:Evidence) RETURN p.id AS id, e")
            counts.add(len(rows))
            load_folder(store, folder)
            assert hash_graph(store) == whole
    assert len(counts) == 2, "all documents come in one statement: all or none"


def test_sentences_of_a_shard_may_be_of_more_than_two_gib(tmp_path: Path) -> None:
    (shard,) = (write_run(tmp_path, [small()]) / "shards").iterdir()
    evidence = EvidenceByDocument(shard)
    assert evidence._table.schema.field("sentence").type == pa.large_string()
    assert {row["doc_id"] for row in evidence.of({"PMID:1": 1, "PMID:2": 1})} == {"PMID:1", "PMID:2"}


def break_tables(tmp_path: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    tables = small().tables()
    write_shard(tmp_path / "broken" / "shards" / "00000", tables | {name: change(tables[name])})
    return tmp_path / "broken"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("entity", lambda table: table.slice(1), "ends of triples"),
        ("triple", lambda table: table.slice(1), "absent there"),
        ("document", lambda table: table.drop_columns(["revision"]), "lacks the columns revision"),
        (
            "triple",
            lambda table: table.set_column(2, "predicate", pa.array(["LOVES"] * len(table))),
            "unknown predicate 'LOVES'",
        ),
    ],
)
def test_rows_that_cannot_be_are_refused(
    store: Store, tmp_path: Path, name: str, change: Callable[[pa.Table], pa.Table], said: str
) -> None:
    with pytest.raises(LoadError, match=said):
        load_folder(store, break_tables(tmp_path, name, change))


def test_unfinished_shards_are_left_alone(store: Store, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [small()])
    write_shard(folder / "shards" / "00001", Tables().state("PMID:7", KIT, "BINDS", ABL1).tables(), finished=False)
    assert load_folder(store, folder).shards == 1
    assert "PMID:7" not in publications(store, "title")


def test_folders_that_are_no_run(store: Store, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="found no folder `shards`"):
        load_folder(store, tmp_path)
    write_shard(tmp_path / "shards" / "00000", small().tables(), finished=False)
    with pytest.raises(LoadError, match="no shard is finished"):
        load_folder(store, tmp_path)
    write_shard(tmp_path / "shards" / "00001", small().tables())
    (tmp_path / "shards" / "00001" / "evidence.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(LoadError, match=r"00001/evidence\.parquet: not a readable table"):
        load_folder(store, tmp_path)


def test_what_was_loaded_last_is_not_compared_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = small().add_document("PMID:9", retracts=["PMID:3"]).leave_unlinked("PMID:2")
    first = load_folder(store, write_run(tmp_path / "run", [tables]))
    for row in tables.evidence.values():
        row["run_id"] = "run-2"
    again = write_run(tmp_path / "again", [tables])
    with monkeypatch.context() as patched:
        patched.setattr("graph.write.load.ShardConcepts", None)
        skipped = load_folder(store, again)
    assert (skipped.counters, skipped.tally["evidence"]["unchanged"]) == (
        Counters(),
        first.tally["evidence"]["written"],
    )
    store.execute_write("MATCH (m:Hypograph) SET m.loaded = null")
    compared = load_folder(store, again)
    assert (compared.counters, compared.tally) == (Counters(), skipped.tally)


def test_what_was_loaded_before_the_last_is_compared(store: Store, tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", [small()])
    load_folder(store, first)
    whole = hash_graph(store)
    load_folder(store, write_run(tmp_path / "second", [Tables().state("PMID:1", SRC, "BINDS", KIT)]))
    assert hash_graph(store) != whole
    assert load_folder(store, first).counters.total > 0
    assert hash_graph(store) == whole
    assert load_folder(store, first).counters == Counters()


@pytest.mark.parametrize(
    "by_hand",
    [
        "MATCH ()-[r:ENCODES]->() DELETE r",
        "MATCH (n:Protein) DETACH DELETE n",
        "MATCH (p:Publication {id: 'PMID:1'}) DETACH DELETE p",
    ],
)
def test_what_went_by_hand_is_missed_and_put_back(store: Store, tmp_path: Path, by_hand: str) -> None:
    folder = write_run(tmp_path / "run", [small()])
    load_folder(store, folder)
    counts = count_graph(store)
    assert store.execute_write(by_hand).total > 0
    assert load_folder(store, folder).counters.total > 0
    assert count_graph(store) == counts


def test_a_load_that_was_killed_leaves_no_note(store: Store, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [small()])
    load_folder(store, folder)
    assert read_loaded(store) is not None
    update = write_run(tmp_path / "update", [Tables().state("PMID:1", IMATINIB, "INHIBITS", KIT, revision=2)])
    with pytest.raises(QueryError, match="killed"):
        load_folder(_DiesAt(store, at_write=2), update)  # type: ignore[arg-type]
    assert read_loaded(store) is None
