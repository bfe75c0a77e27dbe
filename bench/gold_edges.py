"""The edges that the shipped pipeline makes of gold texts, each with its sentences and whether gold has it.

Texts are read as any others are: sentences, extraction, linking. What a corpus doesn't annotate is left out, and so is
evidence that no edge would rest on because an end isn't linked. Where a corpus names concepts (BC5CDR, BioRED) both ids
must be right; elsewhere gold mentions must lie where ours do, and the link is taken as given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from engine import schema
from engine.extract import Extractor
from engine.link.gold import Judge, gold_ids
from engine.link.linker import Linker
from engine.schema import NEGATED, SYMMETRIC
from engine.segment import Segmenter
from engine.tables import derive_evidence
from engine.train.annotated import Annotated, GoldMention
from engine.train.corpora.pubtator import concepts_of
from graph.belief import Kind, Sentence, Statement, weigh
from graph.belief.fitted import FITTED, Coefficients

BATCH_ROWS: Final = 64
NAMING: Final = frozenset({"bc5cdr", "biored"})  # corpora whose relations join concepts, not mentions


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """One piece of evidence; its link score is None where the link is taken as given.

    `text`: of its sentence, which several pieces may share. `says`: gold joins the names that it joins. `is_right`:
    also the concepts, where the corpus names them.
    """

    sentence: Sentence
    text: str
    says: bool
    is_right: bool


@dataclass(frozen=True, slots=True)
class GoldEdge:
    """An edge of one document, with the sentences that affirm or suppose it and with those that deny it."""

    doc_id: str
    asserting: tuple[GoldSentence, ...]
    denying: tuple[GoldSentence, ...]

    @property
    def is_said(self) -> bool:
        """Whether gold joins names that it joins."""
        return any(judged.says for judged in (*self.asserting, *self.denying))

    @property
    def is_right(self) -> bool:
        """Whether gold has it."""
        return any(judged.is_right for judged in (*self.asserting, *self.denying))

    def statements(self, *, by: Coefficients = FITTED) -> list[Statement]:
        """Its sentences as belief takes them."""
        return [
            Statement(self.doc_id, told.sentence.assertion, weigh(told.sentence, by=by), sentence=told.text)
            for told in (*self.asserting, *self.denying)
        ]


class GoldReader:
    """Reads gold texts with a model and a lexicon, in this process."""

    def __init__(self, model: Path, *, lexicon: Path | None, threads: int) -> None:
        linker = Linker(lexicon=lexicon)
        self._judge = Judge(linker.lexicon)
        self._stages = (Segmenter(), Extractor(model=model, threads=threads), linker)

    def read(self, documents: Sequence[Annotated]) -> Iterator[GoldEdge]:
        """The edges of the documents, one after another."""
        for start in range(0, len(documents), BATCH_ROWS):
            batch = documents[start : start + BATCH_ROWS]
            rows = pa.Table.from_pylist([source_row(d, n) for n, d in enumerate(batch)], schema=schema.SOURCE_ROW)
            for stage in self._stages:
                rows = stage(rows)
            grouped: dict[tuple[int, str], list[GoldSentence]] = {}
            for piece in derive_evidence(rows, model_revision="", run_id="").to_pylist():
                number = int(piece["doc_id"])
                if piece["triple_id"] and _annotates(batch[number], piece):
                    sentence = self._sentence(batch[number], piece)
                    grouped.setdefault((number, piece["triple_id"]), []).append(sentence)
            for (number, _), judged in grouped.items():
                denying = tuple(j for j in judged if j.sentence.assertion == NEGATED)
                yield GoldEdge(batch[number].doc_id, tuple(j for j in judged if j not in denying), denying)

    def _sentence(self, document: Annotated, piece: Mapping[str, Any]) -> GoldSentence:
        named = document.corpus in NAMING
        says = _lies_on_gold(document, piece, list(_gold_by_ends(document)))
        right = self._names_gold(document, piece) if named else says
        link_score = piece["head_link_score"] * piece["tail_link_score"] if named else None
        sentence = Sentence(
            kind=Kind(piece["head_type"], piece["predicate"], piece["tail_type"]),
            link_score=link_score,
            **{name: piece[name] for name in ("score", "mention_score", "assertion", "section")},
        )
        return GoldSentence(sentence, piece["sentence"], says, right)

    def _names_gold(self, document: Annotated, piece: Mapping[str, Any]) -> bool:
        ends = [(piece["head_id"], piece["head_type"]), (piece["tail_id"], piece["tail_type"])]
        for relation in document.concept_relations:
            if relation.predicate == piece["predicate"]:
                gold = [relation.head, relation.tail]
                orders = [gold, gold[::-1]] if relation.predicate in SYMMETRIC else [gold]
                if any(all(self._is(*end, name) for end, name in zip(ends, order, strict=True)) for order in orders):
                    return True
        return False

    def _is(self, concept_id: str, type: str, name: str) -> bool:
        return self._judge.right(concept_id, gold_ids(GoldMention(0, 0, type, name)))


def source_row(document: Annotated, number: int) -> dict[str, Any]:
    """An annotated document as reading a file would give it; its id is its number."""
    return {
        **dict.fromkeys(schema.SOURCE_ROW.names),
        "doc_id": str(number),
        "revision": 0,
        "title": document.text.partition("\n")[0] if "\n" in document.text else "",
        "text": document.text,
        "sections": [],
        "mesh": [],
        "errors": [],
        "record": number,
        "source_file": document.corpus,
    }


def _annotates(document: Annotated, piece: Mapping[str, Any]) -> bool:
    return piece["predicate"] in document.predicates.get((piece["head_type"], piece["tail_type"]), frozenset())


def _gold_by_ends(document: Annotated) -> Iterator[tuple[str, set[int], set[int]]]:
    """Gold relations as predicate and the mentions (numbers) that may stand at each end."""
    for relation in document.relations:
        yield relation.predicate, {relation.head}, {relation.tail}
    for stated in document.concept_relations:
        ends = [
            {n for n, mention in enumerate(document.mentions) if mention.concept and name in concepts_of(mention)}
            for name in (stated.head, stated.tail)
        ]
        yield stated.predicate, ends[0], ends[1]


def _lies_on_gold(
    document: Annotated, piece: Mapping[str, Any], gold: Sequence[tuple[str, set[int], set[int]]]
) -> bool:
    """Whether gold joins mentions of these types that overlap ours, whatever concepts they are taken for."""

    def beneath(end: str) -> set[int]:
        start, stop, type = (piece[f"{end}_{what}"] for what in ("start", "end", "type"))
        return {n for n, m in enumerate(document.mentions) if m.type == type and m.start < stop and start < m.end}

    head, tail = beneath("head"), beneath("tail")
    orders = [(head, tail), (tail, head)] if piece["predicate"] in SYMMETRIC else [(head, tail)]
    return any(
        predicate == piece["predicate"] and not first.isdisjoint(heads) and not last.isdisjoint(tails)
        for predicate, heads, tails in gold
        for first, last in orders
    )
