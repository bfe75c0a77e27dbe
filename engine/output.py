"""Writes what a shard leaves behind: row files as documents finish, then the flat tables derived from them.

The row files are the checkpoint. A shard that was killed half-way skips the records that they hold, found by
(source file, record, document). A file's name is the hash of those keys, so a write that is retried replaces
its own file and doubles nothing. Every file is written under a temporary name and renamed.
This file knows nothing of Ray, models or graphs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine import schema, tables
from engine.shards import Shard
from engine.storage import writing

if TYPE_CHECKING:
    from engine.link.lexicon import Lexicon

KEY_COLUMNS: Final = ("source_file", "record", "doc_id")
_BATCH_ROWS: Final = 2048
_COUNTED: Final = (
    "errors.list.element.stage",
    "mentions.list.element.start",
    "relations.list.element.classifier_score",
    "relations.list.element.verifier_score",
)


def row_keys(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """One 64-bit hash a row of what identifies a record within a run. Shape (n_rows,)."""
    columns = [rows[name].to_pylist() for name in KEY_COLUMNS]
    keys = ("\x1f".join(map(str, key)).encode() for key in zip(*columns, strict=True))
    digests = b"".join(hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype=np.int64)


def write_rows(rows: pa.Table, folder: Path) -> Path:
    """Writes finished document rows as one file, named by what it holds: the same rows replace their own file."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.blake2b(row_keys(rows).tobytes(), digest_size=12).hexdigest()
    path = folder / f"{name}.parquet"
    with atomic_path(path) as temporary:
        pq.write_table(rows.cast(schema.DOCUMENT_ROW), temporary, compression="zstd")
    return path


def finished_keys(folder: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Keys of the records that the row files of a shard already hold, sorted."""
    keys = [row_keys(pq.read_table(path, columns=list(KEY_COLUMNS))) for path in row_files(folder)]
    return np.unique(np.concatenate(keys)) if keys else np.empty(0, dtype=np.int64)


def row_files(folder: Path) -> list[Path]:
    """The row files of a shard, by name."""
    return sorted(folder.glob("*.parquet"))


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What document rows hold; `rejected` are rows with an error that costs more than an answer."""

    rows: int = 0
    rejected: int = 0
    mentions: int = 0
    relations: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def count_rows(rows: pa.Table) -> RowCounts:
    """Counts rows and what their lists hold; of relations, those that count as evidence."""
    relations = pc.list_flatten(rows["relations"])
    own, verifier = (pc.struct_field(relations, name) for name in ("classifier_score", "verifier_score"))
    kept_for_verifier = pc.and_(pc.is_valid(own), pc.is_null(verifier))
    return RowCounts(
        rows=len(rows),
        rejected=len(np.unique(tables.rows_of_costly_errors(rows["errors"]))),
        mentions=len(pc.list_flatten(rows["mentions"])),
        relations=len(relations) - (pc.sum(kept_for_verifier).as_py() or 0),
    )


def count_file(path: Path) -> RowCounts:
    """Counts what a row file holds; of each list one field is read."""
    with pq.ParquetFile(path) as file:
        return count_rows(file.read(columns=list(_COUNTED)))


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends without an error, and goes when it doesn't.

    Raises: StorageError naming `path` where the storage refuses.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        try:
            yield temporary
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes JSON so that a reader sees the old file or the new one, never half of it."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------ flat tables


def write_flat_tables(
    shard: Shard, *, lexicon: Lexicon, model_revision: str, run_id: str, generators: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Derives the flat tables of a finished shard, a batch of rows at a time. Returns: rows of each table.

    `generators`: the model revision of each extractor that is not the encoder, by its name.
    In memory at once: the keys of the shard's rows, its triples and its rejects.
    """
    files = row_files(shard.rows)
    keys = [pq.read_table(path, columns=list(tables.ROW_KEY)) for path in files]
    empty = schema.DOCUMENT_ROW.empty_table().select(list(tables.ROW_KEY))
    all_keys = pa.concat_tables([empty, *keys])
    newest, said = tables.newest_rows(all_keys), tables.said_of_full_texts(all_keys)
    triples = [schema.TRIPLE.empty_table()]
    rejects = [schema.REJECT.empty_table()]
    with ExitStack() as stack:
        documents, evidences = (
            stack.enter_context(_open_table(shard.folder, name)) for name in ("document", "evidence")
        )
        offset = 0
        seen: set[int] = set()
        for rows in _read_batches(files):
            kept = rows.filter(pa.array(newest[offset : offset + len(rows)]))
            offset += len(rows)
            evidence = tables.derive_evidence(kept, model_revision=model_revision, run_id=run_id, generators=generators)
            documents.write(tables.derive_documents(tables.mark_full_texts(kept, said)))
            evidences.write(evidence)
            triples.append(tables.derive_triples(evidence))
            rejects.append(tables.derive_rejects(_failed_first(rows, seen)))
        counts = {"document": documents.rows, "evidence": evidences.rows}
    triple = tables.distinct(pa.concat_tables(triples), by="triple_id").cast(schema.TRIPLE)
    entity, lexicon_edge = tables.derive_entities(tables.concepts_of(triple), lexicon=lexicon)
    small = {"entity": entity, "lexicon_edge": lexicon_edge, "triple": triple, "reject": pa.concat_tables(rejects)}
    for name, table in small.items():
        with _open_table(shard.folder, name) as writer:
            writer.write(table)
        counts[name] = len(table)
    return {name: counts[name] for name in schema.FLAT_TABLES}


def _failed_first(rows: pa.Table, seen: set[int]) -> pa.Table:
    """The rows with errors that are not among `seen`, to which they are added.

    A killed run's last write may still come while the next run does the same rows again, in another file.
    """
    failed = rows.filter(pc.greater(pc.fill_null(pc.list_value_length(rows["errors"]), 0), 0))
    mask = []
    for key in row_keys(failed).tolist():
        mask.append(key not in seen)
        seen.add(key)
    return failed.filter(pa.array(mask, pa.bool_()))


def _read_batches(files: Iterable[Path]) -> Iterator[pa.Table]:
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                yield pa.Table.from_batches([batch]).cast(schema.DOCUMENT_ROW)


class _TableWriter:
    """One flat table of a file that is being written, batch by batch."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self.rows = 0
        self._writer = writer

    def write(self, table: pa.Table) -> None:
        """Appends rows."""
        self._writer.write_table(table)
        self.rows += len(table)


@contextmanager
def _open_table(folder: Path, name: str) -> Iterator[_TableWriter]:
    """A writer of a flat table, under a temporary name until the block ends."""
    with (
        atomic_path(folder / f"{name}.parquet") as temporary,
        pq.ParquetWriter(temporary, schema.FLAT_TABLES[name], compression="zstd") as writer,
    ):
        yield _TableWriter(writer)
