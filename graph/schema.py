"""The shape of the graph: labels, relationship types, properties, constraints and indexes, in one place.

The writer, the fingerprint and the documentation derive from these lists. Predicates come from `engine.schema`.
Every label or type that ends up in a statement comes from here, never from data.

    (:Gene)-[:ENCODES]->(:Protein), (:GeneFamily), (:Chemical), (:Chemical:Drug), (:Disease), (:Phenotype)
    (:Evidence)-[:IN]->(:Publication)-[:RETRACTS]->(:Publication)
    one typed relationship a triple between two entities, its numbers computed from the triple's evidence

A Publication stands for every document ever seen, so that an older revision that arrives late is recognised:
one with `deleted: true` was withdrawn, one with `revision: -1` is known only because a retraction notice names it.
This file knows nothing of rows or of how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.schema import LEXICON_PREDICATES, PREDICATES
from graph.belief.fitted import FITTED
from graph.errors import LoadError
from graph.store import Store

SCHEMA_VERSION: Final = 2

ENTITY_LABELS: Final = ("Gene", "Protein", "GeneFamily", "Chemical", "Disease", "Phenotype")
DRUG: Final = "Drug"  # a second label of some Chemicals
PUBLICATION: Final = "Publication"
EVIDENCE: Final = "Evidence"
META: Final = "Hypograph"  # one node that describes the graph; no part of its content
META_ID: Final = "graph"
CONTENT_LABELS: Final = (*ENTITY_LABELS, PUBLICATION, EVIDENCE)

IN: Final = "IN"
RETRACTS: Final = "RETRACTS"
TRIPLE_TYPES: Final = tuple(p.name for p in PREDICATES)
LEXICON_TYPES: Final = LEXICON_PREDICATES
CONTENT_TYPES: Final = (*TRIPLE_TYPES, *LEXICON_TYPES, IN, RETRACTS)

ENTITY_PROPERTIES: Final = ("id", "name", "synonyms", "xrefs", "taxon", "name_key", "synonym_keys", "hash")
PUBLICATION_PROPERTIES: Final = (
    "id",
    "revision",
    "title",
    "year",
    "journal",
    "publication_types",
    "retracted",
    "flagged",  # the record itself says retracted; `retracted` also heeds notices
    "deleted",
    "hash",  # of the record and its evidence; written last, so a document without one is unfinished
)
EVIDENCE_PROPERTIES: Final = (
    "id",
    "triple_id",
    "subject",
    "predicate",
    "object",
    "sentence",
    "section",
    "assertion",
    "score",
    "chance",  # that the sentence says this, of these concepts: see graph/belief/sentence.py
    "mention_score",
    "link_score",
    "assertion_score",
    "classifier_score",
    "verifier_score",
    "extractor",
    "model_revision",
    "head_text",
    "tail_text",
)
SUPPORT_PROPERTIES: Final = (
    "belief",
    "n_evidence",
    "n_publications",
    "n_negated",
    "n_speculated",
    "first_year",
    "last_year",
)
TRIPLE_PROPERTIES: Final = ("id", "sign", *SUPPORT_PROPERTIES)


@dataclass(frozen=True, slots=True)
class SchemaStatement:
    """One constraint or index; `store` names the only store that knows it, None means both."""

    text: str
    store: str | None = None


def properties_of(label: str) -> tuple[str, ...]:
    """The property names of a node with this label."""
    if label == PUBLICATION:
        return PUBLICATION_PROPERTIES
    return EVIDENCE_PROPERTIES if label == EVIDENCE else ENTITY_PROPERTIES


def schema_statements() -> tuple[SchemaStatement, ...]:
    """Constraints first, then the indexes that loading and asking rely on."""
    unique = [_unique(label) for label in (*CONTENT_LABELS, DRUG, META)]
    names = [_index(label, "name_key") for label in ENTITY_LABELS]
    others = [_index(EVIDENCE, "triple_id"), _index(PUBLICATION, "year")]
    # kglite can't replay its log after a kill where an index stands on a second label.
    drug_names = _index(DRUG, "name_key", store="neo4j")
    return (*unique, *names, drug_names, *others, _names_in_full_text())


def _unique(label: str) -> SchemaStatement:
    name = f"{label.lower()}_id"
    return SchemaStatement(f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")


def _index(label: str, property_: str, *, store: str | None = None) -> SchemaStatement:
    name = f"{label.lower()}_{property_}"
    return SchemaStatement(f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{property_})", store)


def _names_in_full_text() -> SchemaStatement:
    labels = "|".join(ENTITY_LABELS)
    text = f"CREATE FULLTEXT INDEX entity_names IF NOT EXISTS FOR (n:{labels}) ON EACH [n.name, n.synonyms]"
    return SchemaStatement(text, store="neo4j")


def apply_schema(store: Store) -> None:
    """Make sure of the constraints and indexes; on a graph that has them nothing is written.

    Raises: LoadError if the graph was written with another schema version, or its belief with other coefficients.
    """
    rows = store.execute(
        f"MATCH (m:{META} {{id: $id}}) RETURN m.schema_version AS version, m.belief_version AS belief", id=META_ID
    )
    if rows and rows[0]["version"] != SCHEMA_VERSION:
        raise LoadError(
            f"the graph has schema version {rows[0]['version']}, this program writes version {SCHEMA_VERSION}: "
            "load the Parquet output into a new graph"
        )
    if rows and rows[0]["belief"] != FITTED.version:
        raise LoadError(
            f"the belief of the graph's edges was computed with coefficients {rows[0]['belief']}, this program has "
            f"{FITTED.version}: load the Parquet output into a new graph"
        )
    for statement in schema_statements():
        if statement.store in (None, store.kind):
            store.execute_write(statement.text)
    if not rows:
        store.execute_write(
            f"MERGE (m:{META} {{id: $id}}) "
            "SET m.schema_version = $version, m.belief_version = $belief, m.settled = true",
            id=META_ID,
            version=SCHEMA_VERSION,
            belief=FITTED.version,
        )
