"""Writes publications and their evidence, and keeps the life cycle of documents.

A document row stands for all of its document: a higher revision replaces the evidence of a lower one, also by none;
a lower one that comes late is ignored; the same revision with other content (read by another model, say) replaces
what is there. A withdrawn document stays as a bare Publication with `deleted: true`, so that a late older revision
does not bring it back. A retraction notice is a RETRACTS edge, to a bare Publication if its target is not known yet.

A publication's hash is written last: a load that is killed leaves a document without a hash, and the next load
writes it again. Edges between entities are not touched here; the triples whose evidence changed are handed on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.schema import EVIDENCE_PROPERTIES
from graph.store import Store
from graph.write.batch import Tally, chunks
from graph.write.rows import (
    Properties,
    Triple,
    document_hash,
    evidence_properties,
    publication_properties,
    retraction_targets,
)

STUB_REVISION: Final = -1  # below every real one: a document known only because a notice names it
_STUB: Final = {
    "revision": STUB_REVISION,
    "title": "",
    "publication_types": [],
    "retracted": False,
    "flagged": False,
    "deleted": False,
}
_EVIDENCE_COLUMNS: Final = ", ".join(f"e.{name} AS {name}" for name in EVIDENCE_PROPERTIES)
# What is there has been read before, so no MERGE; named one by one, properties are stored twice as fast in kglite.
_CREATE_EVIDENCE: Final = (
    "UNWIND $rows AS row MATCH (p:Publication {id: row.doc_id}) CREATE (:Evidence {"
    + ", ".join(f"{name}: row.{name}" for name in EVIDENCE_PROPERTIES)
    + "})-[:IN]->(p)"
)


@dataclass(frozen=True, slots=True)
class _Document:
    publication: Properties
    targets: tuple[str, ...]
    evidence: list[Properties]
    hash: str

    @property
    def id(self) -> str:
        return str(self.publication["id"])


class DocumentWriter:
    """Writes documents; `touched` collects the triples whose evidence changed."""

    def __init__(self, store: Store, tally: Tally, *, batch_rows: int, before_change: Callable[[], None]) -> None:
        self._store = store
        self._tally = tally
        self._before_change = before_change
        self._batch_rows = batch_rows
        self.touched: dict[str, Triple] = {}

    def write(self, rows: Sequence[Properties], evidence: Iterable[Properties], triples: Mapping[str, Triple]) -> None:
        """Bring these documents and their evidence up to date.

        `before_change` is called before anything is written.
        """
        documents = _assemble(rows, evidence, triples)
        stored = self._read_publications([document.id for document in documents])
        outdated = [document for document in documents if self._is_outdated(document, stored.get(document.id))]
        self._tally.count("documents", written=len(outdated))
        if not outdated:
            return
        self._before_change()
        known = [document.id for document in outdated if document.id in stored]
        self._write_publications(outdated, stored)
        self._write_evidence(outdated, self._read_evidence(known))
        recheck = self._write_retractions(outdated, known) | set(known)
        self._settle_retracted(sorted(recheck))
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) SET p.hash = row.hash",
            [{"id": document.id, "hash": document.hash} for document in outdated],
        )

    def _is_outdated(self, document: _Document, stored: Properties | None) -> bool:
        revision = document.publication["revision"]
        if stored is not None and revision < stored["revision"]:
            self._tally.count("documents", superseded=1)
            return False
        if stored is not None and revision == stored["revision"] and document.hash == stored["hash"]:
            self._tally.count("documents", unchanged=1)
            self._tally.count("evidence", unchanged=len(document.evidence))
            return False
        return True

    def _read_publications(self, ids: Sequence[str]) -> dict[str, Properties]:
        rows = self._store.execute(
            "UNWIND $ids AS id MATCH (p:Publication {id: id}) "
            "RETURN p.id AS id, p.revision AS revision, p.hash AS hash",
            ids=list(ids),
        )
        return {str(row["id"]): row for row in rows}

    def _write_publications(self, documents: Sequence[_Document], stored: Mapping[str, Properties]) -> None:
        rows = []
        for document in documents:
            row = {**document.publication, "hash": None}
            if document.id not in stored:  # a known one may be retracted by a notice: settled below
                row["retracted"] = row["flagged"]
            rows.append(row)
        self._run_batches("UNWIND $rows AS row MERGE (p:Publication {id: row.id}) SET p += row", rows)

    def _read_evidence(self, doc_ids: Sequence[str]) -> dict[str, dict[str, Properties]]:
        found: dict[str, dict[str, Properties]] = defaultdict(dict)
        for batch in chunks(doc_ids, self._batch_rows):
            for row in self._store.execute(
                "UNWIND $ids AS id MATCH (p:Publication {id: id})<-[:IN]-(e:Evidence) "
                f"RETURN p.id AS doc_id, {_EVIDENCE_COLUMNS}",
                ids=list(batch),
            ):
                doc_id = str(row.pop("doc_id"))
                found[doc_id][str(row["id"])] = row
        return found

    def _write_evidence(self, documents: Sequence[_Document], stored: Mapping[str, Mapping[str, Properties]]) -> None:
        fresh: list[Properties] = []
        changed: list[Properties] = []
        obsolete: list[str] = []
        for document in documents:
            before = stored.get(document.id, {})
            now = {properties["id"]: properties for properties in document.evidence}
            for properties in (*before.values(), *now.values()):
                # all of them: the year or the retraction of their publication may have changed
                self.touch(properties["triple_id"], properties)
            fresh += [{"doc_id": document.id, **now[id_]} for id_ in now.keys() - before.keys()]
            changed += [now[id_] for id_ in now.keys() & before.keys() if before[id_] != now[id_]]
            obsolete += before.keys() - now.keys()
        self._run_batches(_CREATE_EVIDENCE, sorted(fresh, key=_id_of))
        self._run_batches(
            "UNWIND $rows AS row MATCH (e:Evidence {id: row.id}) SET e += row", sorted(changed, key=_id_of)
        )
        self._run_batches(
            "UNWIND $rows AS row MATCH (e:Evidence {id: row.id}) DETACH DELETE e",
            [{"id": id_} for id_ in sorted(obsolete)],
        )
        written = len(fresh) + len(changed)
        unchanged = sum(len(document.evidence) for document in documents) - written
        self._tally.count("evidence", written=written, unchanged=unchanged, removed=len(obsolete))

    def touch(self, triple_id: str, ends: Properties) -> None:
        """Note that the edge of this triple has to be computed again."""
        self.touched.setdefault(triple_id, Triple(ends["subject"], ends["predicate"], ends["object"]))

    def _write_retractions(self, documents: Sequence[_Document], known: Sequence[str]) -> set[str]:
        """Bring the RETRACTS edges of these documents up to date.

        Returns: the publications that a notice names or ceased to name.
        """
        rows = self._store.execute(
            "UNWIND $ids AS id MATCH (n:Publication {id: id})-[:RETRACTS]->(p:Publication) "
            "RETURN n.id AS notice, p.id AS target",
            ids=list(known),
        )
        before = {(str(row["notice"]), str(row["target"])) for row in rows}
        now = {(document.id, target) for document in documents for target in document.targets}
        added = [{"notice": notice, "target": target} for notice, target in sorted(now - before)]
        removed = [{"notice": notice, "target": target} for notice, target in sorted(before - now)]
        targets = sorted({row["target"] for row in added})
        present = self._read_publications(targets)
        self._run_batches(
            "UNWIND $rows AS row MERGE (p:Publication {id: row.id}) SET p += row",
            [{"id": target, **_STUB} for target in targets if target not in present],
        )
        pair = "UNWIND $rows AS row MATCH (n:Publication {id: row.notice}) MATCH (p:Publication {id: row.target}) "
        self._run_batches(f"{pair}MERGE (n)-[:RETRACTS]->(p)", added)
        self._run_batches(f"{pair}MATCH (n)-[r:RETRACTS]->(p) DELETE r", removed)
        # what is still named is looked at too: a killed load may have drawn the edge and gone no further
        return {target for _, target in before | now}

    def repair_retracted(self) -> None:
        """Settle every publication that a notice names, that is bare, or that is retracted by no word of its own."""
        named = self._store.execute("MATCH (:Publication)-[:RETRACTS]->(p:Publication) RETURN DISTINCT p.id AS id")
        held = self._store.execute(
            "MATCH (p:Publication) WHERE (p.retracted = true AND p.flagged = false) OR p.revision = $stub "
            "RETURN p.id AS id",
            stub=STUB_REVISION,
        )
        self._settle_retracted(sorted({str(row["id"]) for row in (*named, *held)}))

    def _settle_retracted(self, ids: Sequence[str]) -> None:
        """Set `retracted` where a record's own flag or a notice says so, and touch the triples of what changed.

        A bare publication that no notice names any longer goes: had the notices come in another order, it would
        never have been made.
        """
        changed: list[Properties] = []
        unnamed: list[Properties] = []
        for batch in chunks(ids, self._batch_rows):
            for row in self._store.execute(
                "UNWIND $ids AS id MATCH (p:Publication {id: id}) OPTIONAL MATCH (n:Publication)-[:RETRACTS]->(p) "
                "WITH p, count(n) AS notices RETURN p.id AS id, p.revision AS revision, p.flagged AS flagged, "
                "p.retracted AS retracted, notices",
                ids=list(batch),
            ):
                retracted = bool(row["flagged"]) or bool(row["notices"])
                if row["revision"] == STUB_REVISION and not row["notices"]:
                    unnamed.append({"id": row["id"]})
                elif retracted != row["retracted"]:
                    changed.append({"id": row["id"], "retracted": retracted})
        self._run_batches("UNWIND $rows AS row MATCH (p:Publication {id: row.id}) DELETE p", unnamed)
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) SET p.retracted = row.retracted", changed
        )
        for evidence in self._read_evidence([str(row["id"]) for row in changed]).values():
            for properties in evidence.values():
                self.touch(properties["triple_id"], properties)
        self._tally.count("retracted", changed=len(changed))

    def _run_batches(self, statement: str, rows: Sequence[Properties]) -> None:
        for batch in chunks(rows, self._batch_rows):
            self._store.execute_write(statement, rows=list(batch))


def _id_of(properties: Properties) -> str:
    return str(properties["id"])


def _assemble(
    rows: Sequence[Properties], evidence: Iterable[Properties], triples: Mapping[str, Triple]
) -> list[_Document]:
    by_document: dict[str, dict[str, Properties]] = defaultdict(dict)
    for row in evidence:
        properties = evidence_properties(row, triples[row["triple_id"]])
        by_document[row["doc_id"]][properties["id"]] = properties
    documents = []
    for row in rows:
        publication, targets = publication_properties(row), retraction_targets(row)
        own = [] if row["deleted"] else list(by_document[row["doc_id"]].values())
        documents.append(_Document(publication, targets, own, document_hash(publication, targets, own)))
    return documents
