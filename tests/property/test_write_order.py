"""However documents are cut into shards, and in whatever order those are loaded, the graph is the same."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.schema import ASSERTIONS
from graph.counters import Counters
from graph.fingerprint import hash_graph
from graph.store import open_store
from graph.write import load_folder
from tests.tables import Tables, write_run

DOCUMENTS = tuple(f"PMID:{number}" for number in range(1, 5))
TRIPLES = (
    ("mesh:D000068877", "INHIBITS", "hgnc:76"),
    ("mesh:D000068877", "TREATS", "mondo:0011996"),
    ("mesh:D005947", "INDUCES", "mondo:0005148"),
    ("hgnc:6342", "BINDS", "hgnc:76"),
    ("hgnc:76", "BINDS", "hgnc:6342"),
    ("ncbigene:11350", "PROMOTES", "mondo:0011996"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a document."""

    triple: tuple[str, str, str]
    assertion: str
    score: float


@dataclass(frozen=True, slots=True)
class Version:
    """One revision of a document."""

    doc_id: str
    revision: int
    deleted: bool
    retracted: bool
    retracts: tuple[str, ...]
    said: tuple[Said, ...]

    def add_to(self, tables: Tables) -> None:
        """Write this version into a shard's tables."""
        for number, said in enumerate(self.said):
            tables.state(
                self.doc_id,
                *said.triple,
                revision=self.revision,
                at=100 * number,
                assertion=said.assertion,
                score=said.score,
            )
        tables.add_document(
            self.doc_id,
            revision=self.revision,
            deleted=self.deleted,
            retracted=self.retracted,
            retracts=list(self.retracts),
            year=2000 + self.revision,
        )


rarely = st.integers(0, 5).map(lambda number: number == 0)
versions = st.lists(
    st.builds(
        Version,
        doc_id=st.sampled_from(DOCUMENTS),
        revision=st.integers(1, 3),
        deleted=rarely,
        retracted=rarely,
        retracts=st.lists(st.sampled_from((*DOCUMENTS, "PMID:unseen")), max_size=1).map(tuple),
        said=st.lists(
            st.builds(Said, st.sampled_from(TRIPLES), st.sampled_from(ASSERTIONS), st.sampled_from((0.31, 0.62, 0.87))),
            max_size=3,
        ).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda version: (version.doc_id, version.revision),
)


# The same examples in every run; 200 others passed once, at a tenth of a second each.
@settings(max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions, st.integers(1, 4), st.randoms(use_true_random=False))
def test_shards_and_order_make_no_difference(known: list[Version], n_shards: int, rng: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        at_once = [Tables()]
        for version in known:
            version.add_to(at_once[0])
        with open_store(str(folder / "at_once.kgl")) as store:
            load_folder(store, write_run(folder / "at_once", at_once))
            expected = hash_graph(store)
        shards = [Tables(run_id="run-2") for _ in range(n_shards)]
        for version in known:
            version.add_to(rng.choice(shards))
        rng.shuffle(shards)
        with open_store(str(folder / "one_by_one.kgl")) as store:
            for number, shard in enumerate(shards):  # each in a folder of its own: nothing knows of the others
                load_folder(store, write_run(folder / f"run{number}", [shard]), batch_rows=2)
            assert hash_graph(store) == expected
            assert load_folder(store, folder / "at_once").counters == Counters()
