"""Computes belief anew where it was computed with other coefficients: the chance of every sentence, then every edge.

It may be killed and repeated: the graph names the new coefficients only when all is done. What evidence says stays as
it is, so no run is needed. It knows nothing of rows that are loaded.
"""

from __future__ import annotations

from typing import Final

from graph.belief import Kind
from graph.belief.fitted import FITTED
from graph.read import node_pages
from graph.schema import EVIDENCE, META, META_ID
from graph.store import Store
from graph.write.batch import Tally
from graph.write.edges import EdgeWriter
from graph.write.entities import EntityWriter
from graph.write.rows import WEIGHED, evidence_chance

_COLUMNS: Final = ("id", "subject", "predicate", "object", "chance", *WEIGHED)


def reweigh(store: Store, *, batch_rows: int) -> None:
    """Bring the belief of a settled graph to this program's coefficients."""
    tally = Tally()
    entities = EntityWriter(store, tally, batch_rows=batch_rows, before_change=lambda: None)
    for page in node_pages(store, EVIDENCE, _COLUMNS, page_rows=batch_rows):
        labels = entities.labels_of(row[end] for row in page for end in ("subject", "object"))
        changed = []
        for row in page:
            kind = Kind(labels[row["subject"]], row["predicate"], labels[row["object"]])
            chance = evidence_chance(row, kind)
            if chance != row["chance"]:
                changed.append({"id": row["id"], "chance": chance})
        if changed:
            store.execute_write(
                f"UNWIND $rows AS row MATCH (e:{EVIDENCE} {{id: row.id}}) SET e.chance = row.chance", rows=changed
            )
    edges = EdgeWriter(store, tally, entities, batch_rows=batch_rows)
    edges.settle(edges.find_all(), on_progress=lambda done: None)
    store.execute_write(
        f"MATCH (m:{META} {{id: $id}}) SET m.belief_version = $version", id=META_ID, version=FITTED.version
    )
