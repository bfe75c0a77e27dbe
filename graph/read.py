"""Reads that loads, comparisons and migrations share, in pages by key. It knows the schema's labels and no writer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from graph.schema import EVIDENCE_PROPERTIES
from graph.store import Store

_EVIDENCE_COLUMNS: Final = ", ".join(f"e.{name} AS {name}" for name in EVIDENCE_PROPERTIES)

Row = dict[str, Any]


def node_pages(store: Store, label: str, columns: Sequence[str], *, page_rows: int) -> Iterator[list[Row]]:
    """The nodes of a label in the order of their ids, in lists of at most `page_rows`; `columns` hold `id`."""
    returned = ", ".join(f"n.{name} AS {name}" for name in columns)
    after = ""
    while True:
        page = store.execute(
            f"MATCH (n:{label}) WHERE n.id > $after RETURN {returned} ORDER BY n.id LIMIT {page_rows}", after=after
        )
        if page:
            yield page
        if len(page) < page_rows:
            return
        after = str(page[-1]["id"])


def evidence_of(store: Store, doc_ids: Sequence[str]) -> dict[str, dict[str, Row]]:
    """The evidence of these documents, by document and by id."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in store.execute(
        "UNWIND $ids AS doc_id MATCH (p:Publication {id: doc_id})<-[:IN]-(e:Evidence) "
        f"RETURN doc_id, {_EVIDENCE_COLUMNS}",
        ids=list(doc_ids),
    ):
        found[str(row.pop("doc_id"))][str(row["id"])] = row
    return found
