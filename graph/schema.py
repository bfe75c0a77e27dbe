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

SCHEMA_VERSION: Final = 3  # what `graph.migrate` brings an older graph to

ENTITY_LABELS: Final = ("Gene", "Protein", "GeneFamily", "Chemical", "Disease", "Phenotype")
DRUG: Final = "Drug"  # a second label of some Chemicals
PUBLICATION: Final = "Publication"
EVIDENCE: Final = "Evidence"
META: Final = "Hypograph"  # one node that describes the graph; no part of its content
META_ID: Final = "graph"
CONTENT_LABELS: Final = (*ENTITY_LABELS, PUBLICATION, EVIDENCE)

STUB_REVISION: Final = -1  # below every real one: a document known only because a retraction notice names it

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

    name: str
    kind: str  # constraint, index or full-text index
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
    others = [_index(EVIDENCE, "triple_id"), _index(PUBLICATION, "year"), _index(PUBLICATION, "retracted")]
    # kglite can't replay its log after a kill where an index stands on a second label.
    drug_names = _index(DRUG, "name_key", store="neo4j")
    return (*unique, *names, drug_names, *others, _names_in_full_text())


def _unique(label: str) -> SchemaStatement:
    name = f"{label.lower()}_id"
    text = f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
    return SchemaStatement(name, "constraint", text)


def _index(label: str, property_: str, *, store: str | None = None) -> SchemaStatement:
    name = f"{label.lower()}_{property_}"
    text = f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{property_})"
    return SchemaStatement(name, "index", text, store)


def _names_in_full_text() -> SchemaStatement:
    labels = "|".join(ENTITY_LABELS)
    text = f"CREATE FULLTEXT INDEX entity_names IF NOT EXISTS FOR (n:{labels}) ON EACH [n.name, n.synonyms]"
    return SchemaStatement("entity_names", "full-text index", text, store="neo4j")


def statements_for(store: Store) -> tuple[SchemaStatement, ...]:
    """The constraints and indexes that a graph in this kind of store has."""
    return tuple(statement for statement in schema_statements() if statement.store in (None, store.kind))


def apply_statements(store: Store) -> None:
    """Make sure of the constraints and indexes.

    Not by `execute_write`: a server changes its schema in transactions of their own, in which no lease can be checked.
    """
    for statement in statements_for(store):
        store.execute(statement.text)


def read_version(store: Store) -> int | None:
    """The schema version that the graph was written with; None if nothing of ours is in it."""
    rows = store.execute(f"MATCH (m:{META} {{id: $id}}) RETURN m.schema_version AS version", id=META_ID)
    version = rows[0]["version"] if rows else None
    return version if isinstance(version, int) else None


def read_belief_version(store: Store) -> str | None:
    """Which coefficients the graph's belief was computed with; None where it doesn't say."""
    rows = store.execute(f"MATCH (m:{META} {{id: $id}}) RETURN m.belief_version AS version", id=META_ID)
    version = rows[0]["version"] if rows else None
    return version if isinstance(version, str) else None


def read_settled(store: Store) -> bool:
    """Whether every edge is up to date; false while a load writes, and after one that was killed."""
    rows = store.execute(f"MATCH (m:{META} {{id: $id}}) RETURN m.settled AS settled", id=META_ID)
    return bool(rows and rows[0]["settled"])


def read_loaded(store: Store) -> str | None:
    """What the graph notes of the load that wrote to it last (`graph.write.last`); None where it notes nothing."""
    rows = store.execute(f"MATCH (m:{META} {{id: $id}}) RETURN m.loaded AS loaded", id=META_ID)
    loaded = rows[0]["loaded"] if rows else None
    return loaded if isinstance(loaded, str) else None


def mark_settled(store: Store, *, settled: bool, loaded: str | None = None) -> None:
    """Note whether every edge is up to date, and what was loaded."""
    store.execute_write(
        f"MATCH (m:{META} {{id: $id}}) SET m.settled = $settled, m.loaded = $loaded",
        id=META_ID,
        settled=settled,
        loaded=loaded,
    )


def apply_schema(store: Store) -> None:
    """Make sure of the constraints and indexes; on a graph that has them nothing is written.

    Raises: LoadError if the graph was written with another schema version, or its belief with other coefficients.
    """
    version = read_version(store)
    if version is not None and version != SCHEMA_VERSION:
        hint = "`hypograph graph migrate` makes it current" if version < SCHEMA_VERSION else "use a newer program"
        raise LoadError(f"the graph has schema version {version}, this program writes version {SCHEMA_VERSION}: {hint}")
    belief = read_belief_version(store)
    if version is not None and belief != FITTED.version:
        raise LoadError(
            f"belief was computed with coefficients {belief}, this program has {FITTED.version}: "
            "`hypograph graph migrate` computes it anew"
        )
    apply_statements(store)
    if version is None:
        store.execute_write(
            f"MERGE (m:{META} {{id: $id}}) "
            "SET m.schema_version = $version, m.belief_version = $belief, m.settled = true",
            id=META_ID,
            version=SCHEMA_VERSION,
            belief=FITTED.version,
        )
