"""How papers use names: the annotated documents and the texts that a lexicon learns from, of the folder of data.

Texts are the documents of annotated corpora, abstracts, and full papers in passages. Knows nothing of lexicons.
Trade-off: no document of a reported split is read, by id or by title, nor any that the caller keeps for measuring.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
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
_TEXTS_ONLY: Final = (("drugprot", "train"),)  # its mentions have no ids
_PAPERS: Final = ("evidence_inference_fulltext.jsonl.gz", "craft_fulltext.jsonl.gz")
_ABSTRACTS: Final = ("abstracts_pmid.jsonl.gz", "abstracts_nopmid.jsonl.gz")
_PASSAGE_CHARS: Final = 1500  # of a full paper: about as long as an abstract, so that words are of the same weight

Passages = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Annotated documents, whose names teach, and the passages of texts, whose definitions of short forms do."""

    documents: Sequence[Annotated] = ()
    texts: Sequence[Passages] = ()


def read_usage(data: Path, *, without: Iterable[str] = ()) -> Usage:
    """What `data` (with gold/ and corpus/) holds, without reported splits; each document is there once.

    `without` names what else is kept for measuring: a split ("bc5cdr/dev") or a TSV with a column `doc_id`.
    Raises: CorpusError or TextError if something is missing or malformed.
    """
    kept = frozenset[str]().union(*(_ids(one, data) for one in without))
    named, unnamed = (list(_read(corpora, data)) for corpora in (_ANNOTATED, _TEXTS_ONLY))
    measured = DocumentIndex.of(document for document in [*named, *unnamed] if document.doc_id in kept)
    apart = (index_reported(data), measured)

    def may_teach(document: Annotated) -> bool:
        return not any(index.matches(document) for index in apart)

    documents, others = list(filter(may_teach, named)), list(filter(may_teach, unnamed))
    known = DocumentIndex.of([*documents, *others])
    papers, abstracts = ([data / "corpus" / name for name in names] for names in (_PAPERS, _ABSTRACTS))
    full = read_documents(papers, without=kept, like=(*apart, known))
    of_papers = DocumentIndex.of(Annotated(f"paper {n}", "papers", paper) for n, paper in enumerate(full))
    short = read_documents(abstracts, without=kept, like=(*apart, known, of_papers))
    texts = dict.fromkeys([*(document.text for document in [*documents, *others]), *short])
    return Usage(documents, [*((text,) for text in texts), *(tuple(passages(paper)) for paper in full)])


def passages(text: str, *, least_chars: int = _PASSAGE_CHARS) -> Iterator[str]:
    """Cut a text at line ends into passages, each the first that is long enough; what is left is the last."""
    held: list[str] = []
    for line in text.split("\n"):
        held.append(line)
        if sum(map(len, held)) >= least_chars:
            yield "\n".join(held)
            held = []
    if any(held):
        yield "\n".join(held)


def _read(corpora: Iterable[tuple[str, str]], data: Path) -> Iterator[Annotated]:
    for corpus, split in corpora:
        yield from read_corpus(corpus, split, data=data)


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
