"""DrugProt: abstracts, entities and chemical-gene relations in three tab-separated files, and single sentences."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from engine.schema import CHEMICAL, GENE, Span, predicates_of
from engine.train.annotated import Annotated, CorpusError, GoldMention, GoldRelation, check_surface

CORPUS = "drugprot"
TYPES = {"CHEMICAL": CHEMICAL, "GENE": GENE, "GENE-Y": GENE, "GENE-N": GENE}

# SUBSTRATE_PRODUCT-OF states both directions of a reaction; the two AGONIST refinements are rarer than 0.3 %.
PREDICATES = {
    "INHIBITOR": ("INHIBITS",),
    "ACTIVATOR": ("ACTIVATES",),
    "AGONIST": ("AGONIST_OF",),
    "AGONIST-ACTIVATOR": ("AGONIST_OF",),
    "AGONIST-INHIBITOR": ("AGONIST_OF",),
    "ANTAGONIST": ("ANTAGONIST_OF",),
    "INDIRECT-UPREGULATOR": ("UPREGULATES",),
    "INDIRECT-DOWNREGULATOR": ("DOWNREGULATES",),
    "DIRECT-REGULATOR": ("BINDS",),
    "SUBSTRATE": ("SUBSTRATE_OF",),
    "PRODUCT-OF": ("PRODUCT_OF",),
    "SUBSTRATE_PRODUCT-OF": ("SUBSTRATE_OF", "PRODUCT_OF"),
    "PART-OF": ("PART_OF",),
}
_LEARNED = frozenset(p for names in PREDICATES.values() for p in names)
_ANNOTATED = {(CHEMICAL, GENE): _LEARNED & frozenset(predicates_of(CHEMICAL, GENE))}


def read_drugprot(abstracts: str, entities: str, relations: str, *, source: str) -> Iterator[Annotated]:
    """Yield one document an abstract, in the order of the abstracts file; `text` is title, newline, abstract.

    Raises: CorpusError naming `source` and the document.
    """
    entity_rows: dict[str, list[list[str]]] = defaultdict(list)
    for line in entities.splitlines():
        pmid, *cells = line.split("\t")
        entity_rows[pmid].append(cells)
    relation_rows: dict[str, list[list[str]]] = defaultdict(list)
    for line in relations.splitlines():
        pmid, *cells = line.split("\t")
        relation_rows[pmid].append(cells)
    for line in abstracts.splitlines():
        pmid, title, abstract = line.split("\t")
        text = f"{title}\n{abstract}"
        where = f"{source}, {pmid}"
        index: dict[str, int] = {}
        mentions: list[GoldMention] = []
        for name, kind, start, end, surface in entity_rows[pmid]:
            check_surface(text, int(start), int(end), surface, where=f"{where}, {name}")
            index[name] = len(mentions)
            mentions.append(GoldMention(int(start), int(end), TYPES[kind], name))
        gold: list[GoldRelation] = []
        for kind, first, second in relation_rows[pmid]:
            head, tail = first.removeprefix("Arg1:"), second.removeprefix("Arg2:")
            if head not in index or tail not in index:
                raise CorpusError(f"{where}: relation {kind} names an entity that is absent ({head}, {tail})")
            gold += [GoldRelation(index[head], index[tail], predicate) for predicate in PREDICATES[kind]]
        yield Annotated(
            doc_id=f"PMID:{pmid}",
            corpus=CORPUS,
            text=text,
            mentions=tuple(mentions),
            relations=tuple(gold),
            heads=frozenset({CHEMICAL, GENE}),
            predicates=_ANNOTATED,
        )


def read_drugprot_sentences(content: str, *, source: str) -> Iterator[Annotated]:
    """Yield single re-anchored sentences (JSONL). They were chosen for their relations, so no head learns from them.

    Raises: CorpusError naming `source` and the line.
    """
    for number, line in enumerate(content.splitlines(), start=1):
        row = json.loads(line)
        where = f"{source}, line {number}"
        index: dict[str, int] = {}
        mentions: list[GoldMention] = []
        for entity in row["entities"]:
            check_surface(row["text"], entity["start"], entity["end"], entity["text"], where=where)
            index[entity["id"]] = len(mentions)
            mentions.append(GoldMention(entity["start"], entity["end"], TYPES[entity["type"]], entity["id"]))
        gold = tuple(
            GoldRelation(index[relation["arg1"]], index[relation["arg2"]], predicate)
            for relation in row["relations"]
            for predicate in PREDICATES[relation["type"]]
        )
        yield Annotated(
            doc_id=f"PMID:{row['pmid']}",
            corpus=CORPUS,
            text=row["text"],
            mentions=tuple(mentions),
            relations=gold,
            predicates=_ANNOTATED,
            sentences=(Span(0, len(row["text"])),),
        )
