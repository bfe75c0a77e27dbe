"""What a graph was last loaded with, so that loading the same rows again costs no more than reading them.

A load that wrote notes in the graph a digest of the rows that it was given, what the graph holds since, and what it
counted. The note goes before anything else is written (`graph.schema.mark_settled`). So where a load finds the note of
its own rows, the graph is as a load of these rows left it, and loading again is known to write nothing. Rows are the
same wherever they lie, and whichever run read them.

What is not seen: a property that somebody changed by hand; a load that compares sees few of those either. Nodes and
relationships that came or went by hand are counted, and then it compares. It compares, too, where rows were cut into
other shards or come in another order, where the note is of some shards alone, and with other models' evidence beside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import pyarrow as pa

from graph.belief.fitted import FITTED
from graph.fingerprint import GraphCounts, count_graph
from graph.schema import SCHEMA_VERSION, read_loaded
from graph.store import Store
from graph.write.newest import NewestRows
from graph.write.shards import read_documents, read_table

Outcomes = dict[str, dict[str, int]]

_TABLES: Final = ("entity", "lexicon_edge", "triple", "evidence")
_NOT_WRITTEN: Final = "run_id"
_CHANGES: Final = ("written", "removed", "changed")


@dataclass(frozen=True, slots=True)
class LastLoad:
    """The digest of a load's rows, what the graph held after it, and what it counted."""

    digest: str
    counts: GraphCounts
    tally: Outcomes

    @classmethod
    def read(cls, store: Store) -> LastLoad | None:
        """What the graph notes; None if something was written since, or the load had to leave work for the next."""
        text = read_loaded(store)
        if text is None:
            return None
        noted = json.loads(text)
        return cls(noted["digest"], GraphCounts(**noted["counts"]), noted["tally"])

    @classmethod
    def of(cls, store: Store, digest: str, tally: Outcomes) -> LastLoad | None:
        """That of a load that ends now; None if loading the same again might do more."""
        if tally["lexicon_edges"].get("waiting") or tally["entities"].get("removed"):
            return None
        return cls(digest, count_graph(store), tally)

    def as_text(self) -> str:
        """The text that the graph notes."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def stands(self, store: Store, digest: str) -> bool:
        """Whether the graph is as a load of rows with this digest left it."""
        return digest == self.digest and count_graph(store) == self.counts

    def again(self) -> Outcomes:
        """What the same load counts when it is repeated: all that it wrote is there."""
        return {
            kind: _unwritten(outcomes) for kind, outcomes in self.tally.items() if kind != "edges"
        }  # none is touched


def _unwritten(outcomes: dict[str, int]) -> dict[str, int]:
    again = {outcome: 0 if outcome in _CHANGES else number for outcome, number in outcomes.items()}
    if "unchanged" in outcomes:
        again["unchanged"] += outcomes.get("written", 0)
    return again


def digest_of(shards: Sequence[Path], newest: NewestRows) -> str:
    """Thirty-two hexadecimal digits that change with any row of these shards, and with which of them count."""
    hash_ = hashlib.blake2b(digest_size=16)
    hash_.update(json.dumps([metadata.version("hypograph"), SCHEMA_VERSION, FITTED.version]).encode())
    for shard in shards:
        documents = newest.mark(read_documents(shard))
        _feed(hash_, documents.append_column("counts", newest.of(shard, documents)))
        for name in _TABLES:
            table = read_table(shard, name)
            _feed(hash_, table.drop_columns([_NOT_WRITTEN]) if _NOT_WRITTEN in table.column_names else table)
    return hash_.hexdigest()


def _feed(hash_: hashlib.blake2b, table: pa.Table) -> None:
    hash_.update(len(table).to_bytes(8, "big"))
    for batch in table.combine_chunks().to_batches():  # one, so that how the file was cut makes no difference
        hash_.update(batch.serialize())
