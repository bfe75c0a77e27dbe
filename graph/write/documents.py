"""Writes publications and their evidence, and keeps the life cycle of documents.

A document row stands for all of its document: a higher revision replaces the evidence of a lower one, also by none, and
whatever models had read that; a lower one that comes late is ignored. The same revision with other content (read by
another model, say) replaces what is there, unless other models' evidence is to be kept: then it replaces that of
its own models, and a publication's hash is that of all evidence beside one another, in whatever order it came.
A withdrawn document stays as a bare Publication with `deleted: true`, so that a late older revision does not bring it
back. Notices are the affair of `retractions`; what they quote is no evidence, and doesn't come here.

A full text stands above every record of its paper, but not above what a record says of a retraction: it takes over the
flag of a record that it replaces, and what that retracts, and from a record that comes late all the same.

A document that is new to the graph is created whole, in one transaction with its hash and its evidence. Of all others,
and of one with more evidence than a batch holds, the hash is written last: a load that is killed leaves a document
without one, and the next load writes it again. Evidence that goes is removed before the new revision is written, so
that what is found beside a revision was read from it. Edges between entities are not touched here; the triples whose
evidence changed are handed on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.schema import FULL_TEXT
from graph.belief import Kind
from graph.read import evidence_of
from graph.schema import EVIDENCE_PROPERTIES, PUBLICATION_PROPERTIES
from graph.store import Store
from graph.write.batch import Tally, chunks, chunks_by_weight, values_of
from graph.write.record import ChangeRecorder
from graph.write.retractions import RetractionWriter
from graph.write.rows import (
    Properties,
    Triple,
    document_hash,
    evidence_chance,
    evidence_properties,
    publication_properties,
    retraction_targets,
)

# Each CREATE beside the MERGE for where the same was written already; see `Store.create`.
_PUBLICATION: Final = values_of(PUBLICATION_PROPERTIES, "row")
_EVIDENCE: Final = values_of(EVIDENCE_PROPERTIES, "row")
_STATED: Final = values_of(EVIDENCE_PROPERTIES, "stated")
_STATED_COLUMNS: Final = ", ".join(
    f"p.{name} AS {name}" for name in PUBLICATION_PROPERTIES if name not in ("retracted", "hash")
)
_ADD_DOCUMENTS: Final = (
    f"UNWIND $rows AS row CREATE (p:Publication {_PUBLICATION}) "
    f"WITH p, row UNWIND row.evidence AS stated CREATE (:Evidence {_STATED})-[:IN]->(p)",
    f"UNWIND $rows AS row MERGE (p:Publication {{id: row.id}}) SET p = {_PUBLICATION} WITH p, row "
    f"UNWIND row.evidence AS stated MERGE (e:Evidence {{id: stated.id}}) SET e = {_STATED} MERGE (e)-[:IN]->(p)",
)
_ADD_EVIDENCE: Final = (
    f"UNWIND $rows AS row MATCH (p:Publication {{id: row.doc_id}}) CREATE (:Evidence {_EVIDENCE})-[:IN]->(p)",
    "UNWIND $rows AS row MATCH (p:Publication {id: row.doc_id}) "
    f"MERGE (e:Evidence {{id: row.id}}) SET e = {_EVIDENCE} MERGE (e)-[:IN]->(p)",
)

EvidenceById = Mapping[str, Properties]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the graph is to hold it."""

    publication: Properties
    targets: tuple[str, ...]
    evidence: EvidenceById
    hash: str

    @property
    def id(self) -> str:
        """The document's id."""
        return str(self.publication["id"])

    def weighed(self, rows: Mapping[str, Properties]) -> Document:
        """The document with the chance of each piece of evidence that is among these rows, by id."""
        evidence = dict(self.evidence)
        for id_ in evidence.keys() & rows.keys():
            kind = Kind(rows[id_]["head_type"], evidence[id_]["predicate"], rows[id_]["tail_type"])
            evidence[id_] = {**evidence[id_], "chance": evidence_chance(evidence[id_], kind)}
        return replace(self, evidence=evidence)


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """What is to be done about a batch of documents.

    `new` are created whole: nothing of them is there, they are not too large for that, and they name no other document.
    `outdated` are written step by step. `named` are the concepts of the documents that are in force, written or there
    already; `before` is the evidence that the graph holds for those to be written.
    """

    new: list[Document]
    outdated: list[Document]
    stored: dict[str, Properties]
    before: dict[str, dict[str, Properties]]
    named: set[str]

    @property
    def written(self) -> list[Document]:
        """All that are to be written."""
        return [*self.new, *self.outdated]


class DocumentWriter:
    """Writes documents; `touched` collects the triples whose evidence changed.

    With `keep_all_but`, revisions of models, the evidence of others for the same revision of a document is kept.
    """

    def __init__(
        self,
        store: Store,
        tally: Tally,
        *,
        batch_rows: int,
        keep_all_but: frozenset[str] | None = None,
        recorder: ChangeRecorder | None = None,
    ) -> None:
        self._store = store
        self._tally = tally
        self._batch_rows = batch_rows
        self._keep_all_but = keep_all_but
        self._recorder = recorder
        self._retractions = RetractionWriter(store, tally, batch_rows=batch_rows, on_settled=self._note_settled)
        self.touched: dict[str, Triple] = {}

    def plan(
        self, rows: Sequence[Properties], evidence: Sequence[Properties], triples: Mapping[str, Triple]
    ) -> DocumentPlan:
        """Compare these documents and their evidence with the graph; nothing is written."""
        documents = _assemble(rows, evidence, triples)
        stored = self._read_publications([document.id for document in documents])
        documents = self._with_stored_retractions(documents, stored)
        in_force = [document for document in documents if not self._is_superseded(document, stored)]
        outdated = [document for document in in_force if not _is_current(document, stored)]
        before = self._read_evidence([document.id for document in outdated if document.id in stored])
        joined = (self._with_other_models(document, stored, before) for document in outdated)
        outdated = [document for document in joined if not _is_current(document, stored)]
        stated = {row["evidence_id"]: row for row in evidence}
        outdated = [document.weighed(stated) for document in outdated]
        written = {document.id for document in outdated}
        unchanged = [document for document in in_force if document.id not in written]
        self._tally.count("documents", written=len(outdated), unchanged=len(unchanged))
        self._tally.count("evidence", unchanged=sum(len(document.evidence) for document in unchanged))
        named = {e[end] for document in in_force for e in document.evidence.values() for end in ("subject", "object")}
        new = [document for document in outdated if document.id not in stored and self._is_created_whole(document)]
        created = {document.id for document in new}
        outdated = [document for document in outdated if document.id not in created]
        return DocumentPlan(new, outdated, stored, before, named)

    def _is_created_whole(self, document: Document) -> bool:
        return not document.targets and _weight(document) <= self._batch_rows

    def apply(self, plan: DocumentPlan) -> None:
        """Write what `plan` found to be new or outdated; the concepts that it names must be in the graph."""
        known = [document.id for document in plan.outdated if document.id in plan.stored]
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) SET p.hash = row.hash",
            [{"id": id_, "hash": None} for id_ in known],
        )
        self._write_documents(plan)
        notices = [(document.id, target) for document in plan.outdated for target in document.targets]
        self._retractions.settle(self._retractions.write_notices(notices, known) | set(known))
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) SET p.hash = row.hash",
            [{"id": document.id, "hash": document.hash} for document in plan.outdated],
        )

    def find_overruled(self, rows: Sequence[Properties]) -> list[Document]:
        """The full texts in the graph, as they are to be, of which one of these records says a retraction more."""
        stored = self._read_publications([row["doc_id"] for row in rows])
        said: dict[str, list[Properties]] = {}
        for row in rows:
            said.setdefault(str(row["doc_id"]), []).append(row)
        ids = [id_ for id_, known in sorted(stored.items()) if known["revision"] >= FULL_TEXT and not known["deleted"]]
        overruled = []
        for known, targets in self._read_whole_publications(ids):
            forms = said[str(known["id"])]
            flagged = known["flagged"] or any(row["retracted"] for row in forms)
            retracts = tuple(sorted({*targets, *(target for row in forms for target in retraction_targets(row))}))
            if flagged != known["flagged"] or len(retracts) > len(targets):
                overruled.append(({**known, "flagged": flagged}, retracts))
        evidence = self._read_evidence([str(known["id"]) for known, _ in overruled])
        return [_document(known, targets, evidence.get(str(known["id"]), {})) for known, targets in overruled]

    def overrule(self, documents: Sequence[Document]) -> None:
        """Note of these documents, which are in the graph, what a record says of a retraction."""
        ids = [document.id for document in documents]
        if self._recorder:
            stored = self._read_publications(ids)
            for d in documents:
                self._recorder.document(d.publication, stored[d.id], before=d.evidence, now=d.evidence)
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) "
            "SET p.flagged = row.flagged, p.hash = CASE WHEN p.hash IS NOT NULL THEN row.hash END",
            [{"id": d.id, "hash": d.hash, "flagged": d.publication["flagged"]} for d in documents],
        )
        notices = [(document.id, target) for document in documents for target in document.targets]
        self._retractions.settle(self._retractions.write_notices(notices, ids) | set(ids))

    def repair_retracted(self) -> None:
        """Settle every publication that a killed load may have left with a wrong `retracted`."""
        self._retractions.repair()

    def _with_stored_retractions(
        self, documents: Sequence[Document], stored: Mapping[str, Properties]
    ) -> list[Document]:
        """The documents; full texts among them with the flag and the targets of what they replace."""
        above = {d.id for d in documents if d.id in stored and d.publication["revision"] >= FULL_TEXT}
        targets = self._retractions.read_targets(sorted(above))
        return [
            _with_retractions(document, stored[document.id], targets.get(document.id, ()))
            if document.id in above
            else document
            for document in documents
        ]

    def _is_superseded(self, document: Document, stored: Mapping[str, Properties]) -> bool:
        known = stored.get(document.id)
        superseded = known is not None and document.publication["revision"] < known["revision"]
        self._tally.count("documents", superseded=int(superseded))
        return superseded

    def _with_other_models(
        self, document: Document, stored: Mapping[str, Properties], before: Mapping[str, EvidenceById]
    ) -> Document:
        """The document with the evidence that other models found in this very revision."""
        known = stored.get(document.id)
        is_same = known is not None and known["revision"] == document.publication["revision"]
        if self._keep_all_but is None or not is_same or document.publication["deleted"]:
            return document
        others = {
            id_: properties
            for id_, properties in before.get(document.id, {}).items()
            if properties["model_revision"] not in self._keep_all_but
        }
        return _document(document.publication, document.targets, {**others, **document.evidence})

    def _read_publications(self, ids: Sequence[str]) -> dict[str, Properties]:
        rows = self._store.execute(
            "UNWIND $ids AS id MATCH (p:Publication {id: id}) RETURN p.id AS id, p.revision AS revision, "
            "p.hash AS hash, p.title AS title, p.flagged AS flagged, p.deleted AS deleted, p.retracted AS retracted",
            ids=list(ids),
        )
        return {str(row["id"]): row for row in rows}

    def _read_whole_publications(self, ids: Sequence[str]) -> list[tuple[Properties, list[str]]]:
        """Each of these publications as `publication_properties` made it, and what it retracts."""
        rows: list[dict[str, Any]] = self._store.execute(
            "UNWIND $ids AS id MATCH (p:Publication {id: id}) OPTIONAL MATCH (p)-[:RETRACTS]->(target:Publication) "
            "WITH p, target ORDER BY target.id WITH p, collect(target.id) AS targets "
            f"RETURN {_STATED_COLUMNS}, targets",
            ids=list(ids),
        )
        return [
            (publication_properties({**row, "doc_id": row["id"], "retracted": row["flagged"]}), row["targets"])
            for row in rows
        ]

    def _read_evidence(self, doc_ids: Sequence[str]) -> dict[str, dict[str, Properties]]:
        found: dict[str, dict[str, Properties]] = {}
        for batch in chunks(doc_ids, self._batch_rows):
            found |= evidence_of(self._store, batch)
        return found

    def _write_documents(self, plan: DocumentPlan) -> None:
        fresh: list[Properties] = []
        changed: list[Properties] = []
        obsolete: list[str] = []
        for document in plan.written:
            before, now = plan.before.get(document.id, {}), document.evidence
            for properties in (*before.values(), *now.values()):
                # all of them: the year or the retraction of their publication may have changed
                self._touch(properties)
            if self._recorder:
                self._recorder.document(document.publication, plan.stored.get(document.id), before=before, now=now)
        for document in plan.outdated:
            before, now = plan.before.get(document.id, {}), document.evidence
            fresh += [{"doc_id": document.id, **now[id_]} for id_ in now.keys() - before.keys()]
            changed += [now[id_] for id_ in now.keys() & before.keys() if before[id_] != now[id_]]
            obsolete += before.keys() - now.keys()
        self._run_batches(
            "UNWIND $rows AS row MATCH (e:Evidence {id: row.id}) DETACH DELETE e",
            [{"id": id_} for id_ in sorted(obsolete)],
        )
        self._create_documents(plan.new)
        self._write_publications(plan)
        for batch in chunks(sorted(fresh, key=_id_of), self._batch_rows):
            self._store.create(*_ADD_EVIDENCE, rows=list(batch))
        self._run_batches(
            "UNWIND $rows AS row MATCH (e:Evidence {id: row.id}) SET e += row", sorted(changed, key=_id_of)
        )
        written = len(fresh) + len(changed) + sum(len(document.evidence) for document in plan.new)
        unchanged = sum(len(document.evidence) for document in plan.written) - written
        self._tally.count("evidence", written=written, unchanged=unchanged, removed=len(obsolete))

    def _create_documents(self, documents: Sequence[Document]) -> None:
        for batch in chunks_by_weight(documents, self._batch_rows, _weight):
            rows = [
                {
                    **document.publication,
                    "retracted": document.publication["flagged"],
                    "hash": document.hash,
                    "evidence": list(document.evidence.values()),
                }
                for document in batch
            ]
            self._store.create(*_ADD_DOCUMENTS, rows=rows)

    def _write_publications(self, plan: DocumentPlan) -> None:
        rows = []
        for document in plan.outdated:
            row = {**document.publication, "hash": None}
            if document.id not in plan.stored:  # a known one may be retracted by a notice: settled afterwards
                row["retracted"] = row["flagged"]
            rows.append(row)
        self._run_batches("UNWIND $rows AS row MERGE (p:Publication {id: row.id}) SET p += row", rows)

    def _note_settled(self, changed: Sequence[Properties]) -> None:
        for evidence in self._read_evidence([str(row["id"]) for row in changed]).values():
            for properties in evidence.values():
                self._touch(properties)
        if self._recorder:
            self._recorder.retractions(changed)

    def _touch(self, evidence: Properties) -> None:
        """Note that the edge of this evidence's triple has to be computed again."""
        triple = Triple(evidence["subject"], evidence["predicate"], evidence["object"])
        self.touched.setdefault(evidence["triple_id"], triple)

    def _run_batches(self, statement: str, rows: Sequence[Properties]) -> None:
        for batch in chunks(rows, self._batch_rows):
            self._store.execute_write(statement, rows=list(batch))


def _id_of(properties: Properties) -> str:
    return str(properties["id"])


def _weight(document: Document) -> int:
    """How many nodes it is."""
    return 1 + len(document.evidence)


def _is_current(document: Document, stored: Mapping[str, Properties]) -> bool:
    known = stored.get(document.id)
    return (
        known is not None and known["revision"] == document.publication["revision"] and known["hash"] == document.hash
    )


def _with_retractions(document: Document, known: Properties, targets: Sequence[str]) -> Document:
    """A full text with the flag and the targets of what it replaces."""
    flagged = document.publication["flagged"] or known["flagged"]
    retracts = tuple(sorted({*document.targets, *targets}))
    if document.publication["deleted"] or (flagged == document.publication["flagged"] and retracts == document.targets):
        return document
    return _document({**document.publication, "flagged": flagged}, retracts, document.evidence)


def _document(publication: Properties, targets: tuple[str, ...], evidence: EvidenceById) -> Document:
    return Document(publication, targets, evidence, document_hash(publication, targets, evidence.values()))


def _assemble(
    rows: Sequence[Properties], evidence: Iterable[Properties], triples: Mapping[str, Triple]
) -> list[Document]:
    by_document: dict[str, dict[str, Properties]] = defaultdict(dict)
    for row in evidence:
        properties = evidence_properties(row, triples[row["triple_id"]])
        by_document[row["doc_id"]][properties["id"]] = properties
    return [
        _document(
            publication_properties(row), retraction_targets(row), {} if row["deleted"] else by_document[row["doc_id"]]
        )
        for row in rows
    ]
