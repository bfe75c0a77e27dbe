"""Keeps what retraction notices say: their RETRACTS edges, and whether a publication is retracted.

A notice may come before, with or after the paper that it names, or cease to name it: `retracted` is computed from the
record's own flag and from the notices that are there, never switched. A paper that is not known yet is a bare
Publication; it goes when no notice names it any longer, for had the notices come in another order it would never have
been made. It knows nothing of how documents and evidence are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from graph.schema import STUB_REVISION
from graph.store import Store
from graph.write.batch import Tally, chunks
from graph.write.rows import Properties

_STUB: Final = {
    "revision": STUB_REVISION,
    "title": "",
    "publication_types": [],
    "retracted": False,
    "flagged": False,
    "deleted": False,
}

OnSettled = Callable[[Sequence[Properties]], None]


class RetractionWriter:
    """Writes notices; `on_settled` is handed the publications whose `retracted` changed, before it is written.

    Each has id, revision, title, and `retracted` as it will be.
    """

    def __init__(self, store: Store, tally: Tally, *, batch_rows: int, on_settled: OnSettled) -> None:
        self._store = store
        self._tally = tally
        self._batch_rows = batch_rows
        self._on_settled = on_settled

    def write_notices(self, notices: Iterable[tuple[str, str]], known: Sequence[str]) -> set[str]:
        """Bring the RETRACTS edges up to date: `notices` names notice and target, `known` documents had some before.

        Returns: the publications that a notice names or ceased to name.
        """
        before = {(notice, target) for notice, targets in self.read_targets(known).items() for target in targets}
        now = set(notices)
        added = [{"notice": notice, "target": target} for notice, target in sorted(now - before)]
        removed = [{"notice": notice, "target": target} for notice, target in sorted(before - now)]
        self._write_stubs(sorted({row["target"] for row in added}))
        pair = "UNWIND $rows AS row MATCH (n:Publication {id: row.notice}) MATCH (p:Publication {id: row.target}) "
        self._run_batches(f"{pair}MERGE (n)-[:RETRACTS]->(p)", added)
        self._run_batches(f"{pair}MATCH (n)-[r:RETRACTS]->(p) DELETE r", removed)
        # what is still named is looked at too: a killed load may have drawn the edge and gone no further
        return {target for _, target in before | now}

    def read_targets(self, notices: Sequence[str]) -> dict[str, list[str]]:
        """What each of these publications retracts; those that retract nothing are left out."""
        if not notices:
            return {}
        rows = self._store.execute(
            "UNWIND $ids AS id MATCH (n:Publication {id: id})-[:RETRACTS]->(p:Publication) "
            "RETURN n.id AS notice, p.id AS target",
            ids=list(notices),
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(str(row["notice"]), []).append(str(row["target"]))
        return found

    def _write_stubs(self, targets: Sequence[str]) -> None:
        rows = self._store.execute(
            "UNWIND $ids AS id MATCH (p:Publication {id: id}) RETURN p.id AS id", ids=list(targets)
        )
        present = {row["id"] for row in rows}
        self._run_batches(
            "UNWIND $rows AS row MERGE (p:Publication {id: row.id}) SET p += row",
            [{"id": target, **_STUB} for target in targets if target not in present],
        )

    def repair(self) -> None:
        """Settle every publication that a notice names, that is bare, or whose own flag is not `retracted`."""
        named = self._store.execute("MATCH (:Publication)-[:RETRACTS]->(p:Publication) RETURN DISTINCT p.id AS id")
        held = self._store.execute(
            "MATCH (p:Publication) WHERE p.retracted <> p.flagged OR p.revision = $stub RETURN p.id AS id",
            stub=STUB_REVISION,
        )
        self.settle({str(row["id"]) for row in (*named, *held)})

    def settle(self, ids: Iterable[str]) -> None:
        """Set `retracted` where a record's own flag or a notice says so; remove bare ones that no notice names."""
        changed: list[Properties] = []
        unnamed: list[Properties] = []
        for batch in chunks(sorted(ids), self._batch_rows):
            for row in self._store.execute(
                "UNWIND $ids AS id MATCH (p:Publication {id: id}) OPTIONAL MATCH (n:Publication)-[:RETRACTS]->(p) "
                "WITH p, count(n) AS notices RETURN p.id AS id, p.revision AS revision, p.title AS title, "
                "p.flagged AS flagged, p.retracted AS retracted, notices",
                ids=list(batch),
            ):
                retracted = bool(row["flagged"]) or bool(row["notices"])
                if row["revision"] == STUB_REVISION and not row["notices"]:
                    unnamed.append({"id": row["id"]})
                elif retracted != row["retracted"]:
                    known = {name: row[name] for name in ("id", "revision", "title")}
                    changed.append({**known, "retracted": retracted})
        if changed:
            self._on_settled(changed)
        self._run_batches("UNWIND $rows AS row MATCH (p:Publication {id: row.id}) DELETE p", unnamed)
        self._run_batches(
            "UNWIND $rows AS row MATCH (p:Publication {id: row.id}) SET p.retracted = row.retracted", changed
        )
        self._tally.count("retracted", changed=len(changed))

    def _run_batches(self, statement: str, rows: Sequence[Properties]) -> None:
        for batch in chunks(rows, self._batch_rows):
            self._store.execute_write(statement, rows=list(batch))
