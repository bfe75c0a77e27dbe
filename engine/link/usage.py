"""How papers use names: the annotated documents and the abstracts that a lexicon learns from, of the folder of data.

Knows nothing of lexicons. Trade-off: no document of a reported split is read, by id or by title, nor any that the
caller keeps for measuring.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.train.annotated import Annotated, CorpusError
from engine.train.corpora import read_corpus
from engine.train.overlap import DocumentIndex
from engine.train.plan import index_reported
from engine.train.pretrain.documents import read_documents

_ANNOTATED: Final = (
    ("bc5cdr", "train"),
    ("bc5cdr", "dev"),
    ("ncbi-disease", "train"),
    ("ncbi-disease", "dev"),
    ("biored", "train"),
)
_ABSTRACTS: Final = ("abstracts_pmid.jsonl.gz", "abstracts_nopmid.jsonl.gz")


@dataclass(frozen=True, slots=True)
class Usage:
    """Annotated documents, whose names teach, and plain texts, whose definitions of short forms do."""

    documents: Sequence[Annotated] = ()
    texts: Sequence[str] = ()


def read_usage(data: Path, *, without: Iterable[str] = ()) -> Usage:
    """What `data` (with gold/ and corpus/) holds, without reported splits.

    `without` names what else is kept for measuring: a split ("bc5cdr/dev") or a TSV with a column `doc_id`.
    Raises: CorpusError or TextError if something is missing or malformed.
    """
    kept = frozenset[str]().union(*(_ids(one, data) for one in without))
    annotated = [document for corpus, split in _ANNOTATED for document in read_corpus(corpus, split, data=data)]
    measured = DocumentIndex.of(document for document in annotated if document.doc_id in kept)
    reported = index_reported(data)
    documents = [d for d in annotated if not reported.matches(d) and not measured.matches(d)]
    abstracts = [data / "corpus" / name for name in _ABSTRACTS]
    texts = read_documents(abstracts, without=kept, like=(reported, measured))
    return Usage(documents, texts)


def _ids(name: str, data: Path) -> frozenset[str]:
    if not name.endswith(".tsv"):
        corpus, _, split = name.partition("/")
        return frozenset(document.doc_id for document in read_corpus(corpus, split, data=data))
    try:
        with Path(name).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if "doc_id" not in (rows.fieldnames or ()):
                raise CorpusError(f"{name}: expected a table with a column doc_id")
            ids = [row["doc_id"] for row in rows]
    except OSError as fault:
        raise CorpusError(f"{name}: {fault.strerror}") from fault
    if None in ids:
        raise CorpusError(f"{name}, row {ids.index(None) + 1}: no doc_id")
    return frozenset(i if ":" in i else f"PMID:{i}" for i in ids)
