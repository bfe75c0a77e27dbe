"""Derives the flat tables (document, evidence, triple, entity, lexicon_edge, reject) from finished document rows.

Pure: Arrow in, Arrow out; the same rows give the same tables, whoever computed them and in whatever order.
It knows nothing of files, Ray or graphs. Rows become Python objects one batch at a time (about 10^4 rows/s on
a core), which is a few per cent of what the extractor costs, and keeps the rules readable.

Three rules decide what gets through:
- Of several rows with one `doc_id` only the newest counts: the highest revision, then the first in the input. A full
  text is retracted, too, and retracts, too, what the newest of the records that it stands above says.
- A row with errors gives rejects and nothing else, so that a failed revision never replaces a good one; but what
  the generator could not answer costs only its answer.
- A relation becomes a triple only if its predicate is one of `engine.schema` and both ends are linked, to two
  different concepts. Otherwise its evidence is kept with `triple_id` null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine import schema
from engine.link.families import members_among
from engine.schema import FULL_TEXT, Span

if TYPE_CHECKING:
    from engine.link.entry import LexiconEdge
    from engine.link.lexicon import Lexicon

ROW_KEY: Final = ("doc_id", "revision", "source_file", "record", "errors", "deleted", "retracted", "retracts")
_GAP: Final = " … "  # stands between two sentences that do not follow each other


def derive_tables(rows: pa.Table, *, lexicon: Lexicon, model_revision: str, run_id: str) -> dict[str, pa.Table]:
    """All flat tables of `rows`, in the schemas of `engine.schema.FLAT_TABLES`."""
    newest = mark_full_texts(rows.filter(pa.array(newest_rows(rows))), said_of_full_texts(rows))
    evidence = derive_evidence(newest, model_revision=model_revision, run_id=run_id)
    triple = derive_triples(evidence)
    entity, lexicon_edge = derive_entities(concepts_of(triple), lexicon=lexicon)
    return {
        "document": derive_documents(newest),
        "entity": entity,
        "lexicon_edge": lexicon_edge,
        "triple": triple,
        "evidence": evidence,
        "reject": derive_rejects(rows),
    }


def newest_rows(keys: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows count: no errors that cost the row, and the newest of their document.

    `keys` holds at least the columns `ROW_KEY`. Returns: a mask, shape (n_rows,).
    """
    failed = np.zeros(len(keys), dtype=np.bool_)
    failed[rows_of_costly_errors(keys["errors"])] = True
    good = pc.and_(pa.array(~failed), pc.is_valid(keys["doc_id"]))
    table = keys.select(["doc_id", "revision", "source_file", "record"])
    table = table.append_column("row", pa.array(np.arange(len(keys)))).filter(good)
    order = [("doc_id", "ascending"), ("revision", "descending"), ("source_file", "ascending")]
    table = table.sort_by([*order, ("record", "ascending"), ("row", "ascending")])
    mask = np.zeros(len(keys), dtype=np.bool_)
    if len(table):
        ids = table["doc_id"].combine_chunks()
        first = np.ones(len(table), dtype=np.bool_)
        first[1:] = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
        mask[table["row"].to_numpy()[first]] = True
    return mask


@dataclass(frozen=True, slots=True)
class SaidOfFullTexts:
    """What other rows say of full texts: the documents that are retracted, and what each of others retracts."""

    retracted: frozenset[str]
    retracts: Mapping[str, Sequence[str]]


def said_of_full_texts(keys: pa.Table) -> SaidOfFullTexts:
    """What of documents with a full text the newest record below it says, or another full text of it.

    `keys` as for `newest_rows`.
    """
    is_full_text = pc.greater_equal(keys["revision"], FULL_TEXT)
    doc_ids = set(keys["doc_id"].filter(is_full_text).to_pylist())
    if not doc_ids:
        return SaidOfFullTexts(frozenset(), {})
    records = keys.filter(pc.invert(is_full_text))
    newest = records.filter(pa.array(newest_rows(records)))
    good = np.ones(len(keys), dtype=np.bool_)
    good[rows_of_costly_errors(keys["errors"])] = False
    saying = pa.concat_tables([newest, keys.filter(pc.and_(is_full_text, pa.array(good)))])
    flagged = saying.filter(pc.and_not(saying["retracted"], saying["deleted"]))["doc_id"].to_pylist()
    naming = saying.filter(pc.and_not(pc.greater(pc.list_value_length(saying["retracts"]), 0), saying["deleted"]))
    retracts: dict[str, list[str]] = {}
    for doc_id, targets in zip(naming["doc_id"].to_pylist(), naming["retracts"].to_pylist(), strict=True):
        if doc_id in doc_ids:
            retracts[doc_id] = [*retracts.get(doc_id, ()), *targets]
    return SaidOfFullTexts(frozenset(doc_ids.intersection(flagged)), retracts)


def mark_full_texts(rows: pa.Table, said: SaidOfFullTexts) -> pa.Table:
    """These rows with `retracted` and `retracts` of their full texts as it is said of them, too."""
    is_full_text = pc.greater_equal(rows["revision"], FULL_TEXT)
    marked = pc.and_(is_full_text, pc.is_in(rows["doc_id"], pa.array(said.retracted, pa.string())))
    named = pc.and_(is_full_text, pc.is_in(rows["doc_id"], pa.array(said.retracts, pa.string())))
    if pc.any(marked).as_py():
        rows = _with_column(rows, "retracted", pc.or_(rows["retracted"], marked))
    if pc.any(named).as_py():
        columns = (rows["doc_id"].to_pylist(), rows["retracts"].to_pylist(), named.to_pylist())
        retracts = [
            list(dict.fromkeys([*(own or ()), *(said.retracts[doc_id] if is_named else ())]))
            for doc_id, own, is_named in zip(*columns, strict=True)
        ]
        rows = _with_column(rows, "retracts", pa.array(retracts, pa.list_(pa.string())))
    return rows


def _with_column(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), values)


def rows_of_costly_errors(errors: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    """For each error that costs its document (`schema.is_costly`), its row."""
    stages = pc.struct_field(pc.list_flatten(errors), "stage")
    costly = pc.fill_null(pc.not_equal(stages, schema.GENERATE_STAGE), True)
    rows: np.ndarray[Any, np.dtype[np.int64]] = pc.list_parent_indices(errors).filter(costly).to_numpy()
    return rows


def derive_documents(rows: pa.Table) -> pa.Table:
    """The bibliographic columns, one row a document, tombstones included."""
    return rows.select(schema.DOCUMENT.names).cast(schema.DOCUMENT)


def derive_rejects(rows: pa.Table) -> pa.Table:
    """One row an error, with the record's own bytes where it could not be read."""
    failed = rows.filter(pc.greater(pc.fill_null(pc.list_value_length(rows["errors"]), 0), 0))
    columns = failed.select(["doc_id", "source_file", "record", "raw", "errors"]).to_pylist()
    rejects = [
        {name: row[name] for name in ("doc_id", "source_file", "record", "raw")} | error
        for row in columns
        for error in row["errors"]
    ]
    return pa.Table.from_pylist(rejects, schema=schema.REJECT)


# ------------------------------------------------------------------------------------------- evidence


def derive_evidence(
    rows: pa.Table, *, model_revision: str, run_id: str, generators: Mapping[str, str] | None = None
) -> pa.Table:
    """One row a relation of a document that states it; of two with one identity the higher score stays.

    `generators`: the model revision of each other extractor, by its name.
    """
    names = ["doc_id", "revision", "title", "text", "sections", "sentences", "mentions", "relations"]
    has_relations = pc.greater(pc.fill_null(pc.list_value_length(rows["relations"]), 0), 0)
    found: list[dict[str, Any]] = []
    for row in rows.select(names).filter(has_relations).to_pylist():
        best: dict[str, dict[str, Any]] = {}
        for relation in filterfalse(schema.is_kept_for_verifier, row["relations"]):
            revision = (generators or {}).get(relation["extractor"], model_revision)
            piece = _evidence_of(row, relation, revision, run_id)
            known = best.setdefault(piece["evidence_id"], piece)
            if known["score"] < piece["score"]:
                best[piece["evidence_id"]] = piece
        found.extend(best.values())
    return pa.Table.from_pylist(found, schema=schema.EVIDENCE)


def _evidence_of(row: dict[str, Any], relation: dict[str, Any], model_revision: str, run_id: str) -> dict[str, Any]:
    predicate = relation["predicate"]
    head, tail = (row["mentions"][relation[end]] for end in ("head", "tail"))
    if predicate in schema.SYMMETRIC and _order(tail) < _order(head):
        head, tail = tail, head
    subject, object_ = head["concept_id"], tail["concept_id"]
    linked = subject is not None and object_ is not None and subject != object_
    known = predicate in schema.PREDICATE_BY_NAME
    triple = schema.triple_id(subject, predicate, object_) if linked and known else None
    text = row["text"]
    sentences = sentences_of(row["sentences"], head, tail)
    identity = schema.evidence_id(
        doc_id=row["doc_id"],
        revision=row["revision"],
        predicate=predicate,
        head=Span(head["start"], head["end"]),
        tail=Span(tail["start"], tail["end"]),
        triple=triple,
        extractor=relation["extractor"],
        model_revision=model_revision,
    )
    return {
        "evidence_id": identity,
        "triple_id": triple,
        "doc_id": row["doc_id"],
        "revision": row["revision"],
        "predicate": predicate,
        **_end_of("head", head, text),
        **_end_of("tail", tail, text),
        "sentences": [{"start": span.start, "end": span.end} for _, span in sentences],
        "sentence": join_sentences(text, sentences),
        "section": _section_of(row, head["start"]),
        "assertion": relation["assertion"],
        "score": relation["score"],
        "assertion_score": relation["assertion_score"],
        "verifier_score": relation["verifier_score"],
        "mention_score": head["score"] * tail["score"],
        "extractor": relation["extractor"],
        "model_revision": model_revision,
        "run_id": run_id,
        "classifier_score": relation["classifier_score"],
    }


def _order(mention: dict[str, Any]) -> tuple[str, int, int]:
    return mention["concept_id"] or "", mention["start"], mention["end"]


def _end_of(end: str, mention: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        f"{end}_id": mention["concept_id"],
        f"{end}_text": text[mention["start"] : mention["end"]],
        f"{end}_type": mention["type"],
        f"{end}_start": mention["start"],
        f"{end}_end": mention["end"],
        f"{end}_link_score": mention["link_score"],
    }


def sentences_of(sentences: list[dict[str, int]], head: dict[str, Any], tail: dict[str, Any]) -> list[tuple[int, Span]]:
    """The sentences, with their numbers, that hold a part of one of two mentions."""
    ends = [Span(mention["start"], mention["end"]) for mention in (head, tail)]
    numbered = ((i, Span(s["start"], s["end"])) for i, s in enumerate(sentences or ()))
    return [(i, span) for i, span in numbered if any(span.overlaps(end) for end in ends)]


def join_sentences(text: str, sentences: list[tuple[int, Span]]) -> str:
    """Their text; an ellipsis stands where sentences between them are left out."""
    parts: list[str] = []
    previous: int | None = None
    for i, span in sentences:
        if previous is not None:
            parts.append(" " if i == previous + 1 else _GAP)
        parts.append(text[span.start : span.end])
        previous = i
    return "".join(parts)


def _section_of(row: dict[str, Any], offset: int) -> str | None:
    title = row["title"] or ""
    if offset < len(title) and row["text"].startswith(title):
        return schema.TITLE
    for section in row["sections"] or ():
        if section["start"] <= offset < section["end"]:
            label: str | None = section["label"]
            return label
    return None


# ---------------------------------------------------------------------------------- triples and entities


def derive_triples(evidence: pa.Table) -> pa.Table:
    """The distinct triples that `evidence` states, sorted by id."""
    linked = evidence.filter(pc.is_valid(evidence["triple_id"]))
    columns = [linked[name] for name in ("triple_id", "head_id", "predicate", "tail_id")]
    stated = pa.table(columns, names=schema.TRIPLE.names)
    return distinct(stated, by="triple_id").cast(schema.TRIPLE)


def distinct(table: pa.Table, *, by: str) -> pa.Table:
    """The first row of each value of `by`, sorted by it; rows that share it are taken to be equal."""
    others = [name for name in table.column_names if name != by]
    grouped = table.group_by(by, use_threads=False).aggregate([(name, "first") for name in others])
    return grouped.rename_columns([name.removesuffix("_first") for name in grouped.column_names]).sort_by(by)


def concepts_of(triple: pa.Table) -> set[str]:
    """Ids of all concepts that the triples join."""
    return set(triple["subject"].to_pylist()) | set(triple["object"].to_pylist())


def derive_entities(concepts: Iterable[str], *, lexicon: Lexicon) -> tuple[pa.Table, pa.Table]:
    """Entities and lexicon edges that a graph needs beside these concepts: `(entity, lexicon_edge)`.

    Edges are followed from subject to object: gene to protein, rodent gene to human gene, member to family,
    disease to broader disease. Families that were named bring their members too, those of families below them among
    these, because what is said of a family must be found by asking for a member. The closure of a union is the union
    of the closures, so shards can be derived one by one.
    Raises: KeyError if the lexicon lacks a concept that the rows were linked to.
    """
    reached = _with_members(concepts, lexicon)
    edges: set[tuple[str, str, str]] = set()
    todo = sorted(reached)
    while todo:
        for edge in _edges_from(todo.pop(), lexicon):
            edges.add((edge.subject, edge.predicate, edge.object))
            if edge.object not in reached:
                reached.add(edge.object)
                todo.append(edge.object)
    entity = pa.Table.from_pylist([_entity_of(i, lexicon) for i in sorted(reached)], schema=schema.ENTITY)
    rows = [dict(zip(schema.LEXICON_EDGE.names, edge, strict=True)) for edge in sorted(edges)]
    return entity, pa.Table.from_pylist(rows, schema=schema.LEXICON_EDGE)


def _edges_from(concept_id: str, lexicon: Lexicon) -> Iterator[LexiconEdge]:
    return (edge for edge in lexicon.edges(concept_id) if edge.subject == concept_id)


def _with_members(concepts: Iterable[str], lexicon: Lexicon) -> set[str]:
    reached = set(concepts)
    todo = list(reached)
    while todo:
        family = todo.pop()
        fresh = set(members_among(lexicon.edges(family), family)) - reached
        reached |= fresh
        todo += fresh
    return reached


def _entity_of(concept_id: str, lexicon: Lexicon) -> dict[str, Any]:
    concept = lexicon.concept(concept_id)
    if concept is None:
        raise KeyError(f"concept {concept_id!r} is in the rows but not in lexicon {lexicon.version}")
    return {
        "concept_id": concept.concept_id,
        "type": concept.type,
        "name": concept.name,
        "synonyms": list(concept.synonyms),
        "xrefs": list(concept.xrefs),
        "taxon": concept.taxon,
    }
