"""A small graph as plain Python lists, by hand or at random, and its way into a store.

What the questions must answer is computed from these lists (`tests/reference_answers.py`), never from a store.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from engine.schema import (
    AFFIRMED,
    ASSERTIONS,
    CHEMICAL,
    DISEASE,
    GENE,
    NEGATED,
    PREDICATE_BY_NAME,
    SPECULATED,
    TYPE_PAIRS,
    predicates_of,
    triple_id,
)
from graph.belief import Statement, Support, support_of
from graph.schema import ENTITY_LABELS, apply_schema
from graph.store import Store


@dataclass(frozen=True)
class Entity:
    id: str
    label: str
    name: str
    synonyms: tuple[str, ...] = ()
    drug: bool = False


@dataclass(frozen=True)
class Publication:
    id: str
    year: int
    retracted: bool = False
    journal: str | None = None

    @property
    def title(self) -> str:
        return f"Title of {self.id}"


@dataclass(frozen=True)
class Sentence:
    """One piece of evidence."""

    id: str
    subject: str
    predicate: str
    object: str
    publication: str
    score: float
    text: str
    assertion: str = AFFIRMED
    section: str | None = "RESULTS"
    extractor: str = "encoder"
    revision: str = "r1"
    head: str = ""
    tail: str = ""

    @property
    def triple(self) -> str:
        return triple_id(self.subject, self.predicate, self.object)


@dataclass(frozen=True)
class Edge:
    id: str
    subject: str
    predicate: str
    object: str
    sign: int
    support: Support


@dataclass
class SmallGraph:
    entities: list[Entity] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    lexicon: list[tuple[str, str, str]] = field(default_factory=list)

    def entity(self, id: str) -> Entity:
        return next(e for e in self.entities if e.id == id)

    def publication(self, id: str) -> Publication:
        return next(p for p in self.publications if p.id == id)

    def edges(self) -> list[Edge]:
        """One edge a triple that a publication still stands behind."""
        groups: dict[str, list[Sentence]] = {}
        for sentence in self.sentences:
            groups.setdefault(sentence.triple, []).append(sentence)
        edges = []
        for triple, sentences in groups.items():
            standing = [(s, self.publication(s.publication)) for s in sentences]
            support = support_of(
                Statement(s.publication, s.assertion, s.score, p.year, sentence=s.text)
                for s, p in standing
                if not p.retracted
            )
            if support:
                first = sentences[0]
                predicate = PREDICATE_BY_NAME[first.predicate]
                ends = (first.subject, first.object)
                subject, object_ = sorted(ends) if predicate.symmetric else ends
                edges.append(Edge(triple, subject, first.predicate, object_, predicate.sign, support))
        return edges

    def load(self, store: Store) -> None:
        """Write the graph by plain statements, not through the project's own writer."""
        apply_schema(store)
        kinds: dict[str, list[dict[str, object]]] = {}
        for e in self.entities:
            row = {"id": e.id, "name": e.name, "synonyms": list(e.synonyms), "key": e.name.lower()}
            kinds.setdefault(f"{e.label}:Drug" if e.drug else e.label, []).append(
                row | {"keys": [synonym.lower() for synonym in e.synonyms]}
            )
        for labels, rows in kinds.items():
            store.execute_write(
                f"UNWIND $rows AS r CREATE (n:{labels}) SET n.id = r.id, n.name = r.name, n.synonyms = r.synonyms, "
                "n.name_key = r.key, n.synonym_keys = r.keys",
                rows=rows,
            )
        store.execute_write(
            "UNWIND $rows AS r MERGE (p:Publication {id: r.id}) SET p.year = r.year, p.retracted = r.retracted, "
            "p.journal = r.journal, p.title = r.title",
            rows=[
                {"id": p.id, "year": p.year, "retracted": p.retracted, "journal": p.journal, "title": p.title}
                for p in self.publications
            ],
        )
        told = [
            {"id": s.id, "triple": s.triple, "subject": s.subject, "predicate": s.predicate, "object": s.object}
            | {"publication": s.publication, "score": s.score, "text": s.text, "assertion": s.assertion}
            | {"section": s.section, "extractor": s.extractor, "revision": s.revision, "head": s.head, "tail": s.tail}
            for s in self.sentences
        ]
        store.execute_write(
            "UNWIND $rows AS r MERGE (e:Evidence {id: r.id}) SET e.triple_id = r.triple, e.subject = r.subject, "
            "e.predicate = r.predicate, e.object = r.object, e.score = r.score, e.chance = r.score, "
            "e.sentence = r.text, e.assertion = r.assertion, e.section = r.section, e.extractor = r.extractor, "
            "e.model_revision = r.revision, e.head_text = r.head, e.tail_text = r.tail",
            rows=told,
        )
        store.execute_write(
            "UNWIND $rows AS r MATCH (e:Evidence {id: r.id}) MATCH (p:Publication {id: r.publication}) "
            "MERGE (e)-[:IN]->(p)",
            rows=told,
        )
        for type in sorted({predicate for _, predicate, _ in self.lexicon}):
            ends = [(a, b, {}) for a, predicate, b in self.lexicon if predicate == type]
            self._relate(store, type, ends)
        edges = self.edges()
        for type in sorted({edge.predicate for edge in edges}):
            self._relate(store, type, [_as_relationship(edge) for edge in edges if edge.predicate == type])

    def _relate(self, store: Store, type: str, ends: list[tuple[str, str, dict[str, object]]]) -> None:
        any_label = "|".join(ENTITY_LABELS)
        store.execute_write(
            f"UNWIND $rows AS row MATCH (a:{any_label} {{id: row.a}}) MATCH (b:{any_label} {{id: row.b}}) "
            f"CREATE (a)-[r:{type}]->(b) SET r += row.properties",
            rows=[{"a": a, "b": b, "properties": properties} for a, b, properties in ends],
        )


def _as_relationship(edge: Edge) -> tuple[str, str, dict[str, object]]:
    support = {name: getattr(edge.support, name) for name in Support.__slots__}
    known = {name: value for name, value in support.items() if value is not None}
    return edge.subject, edge.object, {"id": edge.id, "sign": edge.sign, **known}


def hand_written() -> SmallGraph:
    """Imatinib and its surroundings: orthologs, a family, subtypes, an enzyme, denials, a retraction."""
    graph = SmallGraph()
    graph.entities = [
        Entity("mesh:D000068877", CHEMICAL, "Imatinib Mesylate", ("imatinib", "Gleevec", "STI-571"), drug=True),
        Entity("mesh:D000069439", CHEMICAL, "Dasatinib", ("Sprycel",), drug=True),
        Entity("mesh:D008687", CHEMICAL, "Metformin", ("Glucophage",), drug=True),
        Entity("mesh:D011794", CHEMICAL, "Quercetin"),
        Entity("drugbank:DB00001", CHEMICAL, "Lepirudin", ("twin",), drug=True),
        Entity("drugbank:DB00002", CHEMICAL, "Cetuximab", ("twin",), drug=True),
        Entity("hgnc:76", GENE, "ABL1", ("ABL", "c-Abl")),
        Entity("ncbigene:11350", GENE, "Abl1", ("c-Abl",)),
        Entity("rgd:1584969", GENE, "Abl1"),
        Entity("hgnc:6342", GENE, "KIT", ("CD117",)),
        Entity("hgnc:3236", GENE, "EGFR", ("ERBB1",)),
        Entity("hgnc:6018", GENE, "IL6", ("interleukin 6",)),
        Entity("ncbigene:16193", GENE, "Il6"),
        Entity("fplx:AMPK", "GeneFamily", "AMPK"),
        Entity("uniprot:P00519", "Protein", "ABL1_HUMAN", ("ABL1",)),
        Entity("uniprot:P10721", "Protein", "KIT_HUMAN"),
        Entity("mondo:0005059", DISEASE, "leukemia", ("leukaemia",)),
        Entity("mondo:0011996", DISEASE, "chronic myelogenous leukemia", ("CML",)),
        Entity("mondo:0011719", DISEASE, "gastrointestinal stromal tumor", ("GIST",)),
        Entity("mondo:0005148", DISEASE, "type 2 diabetes mellitus"),
        Entity("mondo:0005578", DISEASE, "arthritic joint disease", ("arthritis",)),
        Entity("hp:0000969", "Phenotype", "Edema", ("oedema",)),
        Entity("hgnc:2637", GENE, "CYP3A4"),
        Entity("fplx:TK", "GeneFamily", "tyrosine kinases"),
        Entity("mesh:D019821", CHEMICAL, "Simvastatin", drug=True),
        Entity("mesh:D012293", CHEMICAL, "Rifampin", drug=True),
        Entity("mesh:C498826", CHEMICAL, "Nilotinib", drug=True),
        Entity("mondo:0005089", DISEASE, "sarcoma"),
        Entity("mondo:0009807", DISEASE, "osteosarcoma"),
    ]
    graph.lexicon = [
        ("ncbigene:11350", "ORTHOLOG_OF", "hgnc:76"),
        ("rgd:1584969", "ORTHOLOG_OF", "hgnc:76"),
        ("ncbigene:16193", "ORTHOLOG_OF", "hgnc:6018"),
        ("hgnc:76", "ENCODES", "uniprot:P00519"),
        ("hgnc:6342", "ENCODES", "uniprot:P10721"),
        ("mondo:0011996", "IS_A", "mondo:0005059"),
        ("mondo:0011719", "IS_A", "mondo:0005089"),
        ("mondo:0009807", "IS_A", "mondo:0005089"),
        ("hgnc:76", "MEMBER_OF", "fplx:TK"),
        ("hgnc:6342", "MEMBER_OF", "fplx:TK"),
        ("hgnc:3236", "MEMBER_OF", "fplx:TK"),
    ]
    graph.publications = [
        Publication(f"PMID:{n}", 1998 + n, n == 9, None if n == 12 else f"Journal {n % 3}") for n in range(1, 13)
    ]
    imatinib, dasatinib, metformin, quercetin = (e.id for e in graph.entities[:4])
    simvastatin, rifampin, nilotinib = "mesh:D019821", "mesh:D012293", "mesh:C498826"
    told = [
        (imatinib, "INHIBITS", "hgnc:76", 1, 0.97, AFFIRMED),
        (imatinib, "INHIBITS", "hgnc:76", 2, 0.91, AFFIRMED),
        (imatinib, "INHIBITS", "hgnc:76", 3, 0.55, NEGATED),
        (imatinib, "INHIBITS", "ncbigene:11350", 4, 0.88, AFFIRMED),
        (imatinib, "INHIBITS", "rgd:1584969", 5, 0.66, SPECULATED),
        (imatinib, "BINDS", "hgnc:76", 6, 0.80, AFFIRMED),
        (imatinib, "BINDS", "ncbigene:11350", 6, 0.81, AFFIRMED),
        (imatinib, "INHIBITS", "hgnc:6342", 2, 0.93, AFFIRMED),
        (imatinib, "INHIBITS", "hgnc:3236", 7, 0.70, NEGATED),
        (imatinib, "TREATS", "mondo:0011996", 1, 0.99, AFFIRMED),
        (imatinib, "TREATS", "mondo:0011719", 8, 0.96, AFFIRMED),
        (imatinib, "INDUCES", "hp:0000969", 8, 0.85, AFFIRMED),
        (imatinib, "COMBINED_WITH", dasatinib, 10, 0.60, AFFIRMED),
        (metformin, "INTERACTS_WITH", imatinib, 11, 0.50, SPECULATED),
        (dasatinib, "INHIBITS", "hgnc:76", 7, 0.95, AFFIRMED),
        (dasatinib, "INHIBITS", "hgnc:6342", 7, 0.75, AFFIRMED),
        (quercetin, "INHIBITS", "hgnc:76", 12, 0.40, AFFIRMED),
        (quercetin, "DOWNREGULATES", "ncbigene:16193", 12, 0.71, AFFIRMED),
        (metformin, "ACTIVATES", "fplx:AMPK", 3, 0.92, AFFIRMED),
        (metformin, "DOWNREGULATES", "ncbigene:16193", 4, 0.83, AFFIRMED),
        (metformin, "UPREGULATES", "ncbigene:16193", 5, 0.42, AFFIRMED),
        (metformin, "TREATS", "mondo:0005148", 3, 0.98, AFFIRMED),
        ("hgnc:76", "PROMOTES", "mondo:0011996", 1, 0.94, AFFIRMED),
        ("hgnc:76", "PROMOTES", "mondo:0005059", 2, 0.72, AFFIRMED),
        ("ncbigene:11350", "PROMOTES", "mondo:0005059", 5, 0.77, AFFIRMED),
        ("hgnc:6342", "PROMOTES", "mondo:0011719", 8, 0.90, AFFIRMED),
        ("hgnc:6342", "ASSOCIATED_WITH", "mondo:0005059", 9, 0.90, AFFIRMED),
        ("hgnc:6018", "PROMOTES", "mondo:0005578", 6, 0.89, AFFIRMED),
        ("hgnc:6018", "ASSOCIATED_WITH", "mondo:0005148", 10, 0.65, AFFIRMED),
        ("hgnc:6018", "ASSOCIATED_WITH", "mondo:0005578", 9, 0.65, AFFIRMED),
        ("fplx:AMPK", "PROTECTS_FROM", "mondo:0005148", 3, 0.68, AFFIRMED),
        ("hgnc:6342", "UPREGULATES", "hgnc:76", 4, 0.58, AFFIRMED),
        ("hgnc:76", "BINDS", "hgnc:3236", 5, 0.62, AFFIRMED),
        ("hgnc:6342", "INTERACTS_WITH", "hgnc:3236", 11, 0.61, AFFIRMED),
        (dasatinib, "INDUCES", "mondo:0005578", 9, 0.77, AFFIRMED),
        (simvastatin, "SUBSTRATE_OF", "hgnc:2637", 2, 0.93, AFFIRMED),
        (imatinib, "INHIBITS", "hgnc:2637", 4, 0.81, AFFIRMED),
        (rifampin, "UPREGULATES", "hgnc:2637", 3, 0.90, AFFIRMED),
        (dasatinib, "TREATS", "mondo:0009807", 11, 0.82, AFFIRMED),
        (dasatinib, "TREATS", "mondo:0011719", 12, 0.64, AFFIRMED),
        (nilotinib, "INHIBITS", "hgnc:6342", 10, 0.74, AFFIRMED),
        (nilotinib, "INDUCES", "hp:0000969", 10, 0.88, AFFIRMED),
        (quercetin, "TREATS", "hp:0000969", 12, 0.47, AFFIRMED),
        (metformin, "TREATS", "hp:0000969", 6, 0.52, AFFIRMED),
        (metformin, "INDUCES", "mondo:0011719", 11, 0.31, SPECULATED),
        (metformin, "INDUCES", "mondo:0011719", 2, 0.44, NEGATED),
        (rifampin, "INDUCES", "mondo:0005148", 8, 0.63, AFFIRMED),
        (rifampin, "DOWNREGULATES", "hgnc:6018", 1, 0.73, AFFIRMED),
        (rifampin, "TREATS", "mondo:0011719", 7, 0.58, AFFIRMED),
        (rifampin, "ACTIVATES", "hgnc:6018", 10, 0.86, AFFIRMED),
        (rifampin, "TREATS", "mondo:0005578", 10, 0.55, AFFIRMED),
        (quercetin, "DOWNREGULATES", "hgnc:6342", 6, 0.52, AFFIRMED),
        ("hgnc:76", "DOWNREGULATES", "hgnc:6342", 7, 0.66, AFFIRMED),
        ("hgnc:6342", "BINDS", "hgnc:76", 12, 0.71, AFFIRMED),
        ("ncbigene:11350", "PROMOTES", "mondo:0009807", 8, 0.61, AFFIRMED),
        ("hgnc:3236", "ASSOCIATED_WITH", "mondo:0005578", 3, 0.57, AFFIRMED),
    ]
    graph.sentences = [
        Sentence(
            f"E:{i:03}",
            s,
            p,
            o,
            f"PMID:{n}",
            score,
            f'{s} {p} {o}, number {i}; 5\' β "quoted" \\ text.',
            a,
            **_found(i, graph.entity(s), graph.entity(o)),
        )
        for i, (s, p, o, n, score, a) in enumerate(told)
    ]
    graph.sentences += [  # PMID:1 names both twice in one sentence, and PMID:3 as well
        replace(graph.sentences[0], id="E:000b", score=0.6),
        replace(graph.sentences[2], id="E:002b", score=0.5),
    ]
    return graph


def _found(i: int, head: Entity, tail: Entity) -> dict[str, Any]:
    """Where and how the sentence of this number was found, and in which words: a name or one of the synonyms."""
    heads, tails = (head.name, *head.synonyms), (tail.name, *tail.synonyms)
    return {
        "section": (None, "RESULTS", "CONCLUSIONS", "RESULTS")[i % 4],
        "extractor": ("encoder", "encoder", "generator")[i % 3],
        "revision": f"r{i % 2}",
        "head": heads[i % len(heads)],
        "tail": tails[i % len(tails)],
    }


def at_random(seed: int, *, n_sentences: int = 400) -> SmallGraph:
    """A dense random graph: many ties, orthologs that have several humans, subtypes of subtypes."""
    dice = random.Random(seed)
    graph = SmallGraph()
    kinds = {
        "c": ("Chemical", 12),
        "g": ("Gene", 10),
        "m": ("Gene", 6),
        "f": ("GeneFamily", 2),
        "p": ("Protein", 8),
        "x": ("Disease", 8),
        "h": ("Phenotype", 3),
    }
    for letter, (label, count) in kinds.items():
        for i in range(count):
            synonyms = tuple(f"{letter} synonym {i} {j}" for j in range(dice.randrange(3)))
            synonyms += (f"shared {i % 4}",) if i % 3 == 1 else ()
            drug = letter == "c" and i % 3 > 0
            graph.entities.append(Entity(f"{letter}:{i}", label, f"{letter.upper()} {i}", synonyms, drug))
    ids = {letter: [f"{letter}:{i}" for i in range(count)] for letter, (_, count) in kinds.items()}
    graph.lexicon += [(m, "ORTHOLOG_OF", g) for m in ids["m"] for g in dice.sample(ids["g"], dice.choice([1, 1, 2]))]
    graph.lexicon += [(g, "ENCODES", p) for g in ids["g"] for p in dice.sample(ids["p"], dice.randrange(3))]
    graph.lexicon += [(ids["x"][i], "IS_A", parent) for i in range(1, 8) for parent in _some(dice, ids["x"][:i])]
    graph.lexicon += [(g, "MEMBER_OF", f) for g in ids["g"] for f in dice.sample(ids["f"], dice.choice([0, 1, 2]))]
    graph.lexicon.append(("f:0", "IS_A", "f:1"))
    graph.publications = [
        Publication(f"PMID:{n}", 1990 + n % 12, n % 10 == 0, f"Journal {n % 5}" if n % 5 else None) for n in range(60)
    ]
    ends = {CHEMICAL: ids["c"], GENE: ids["g"] + ids["m"] + ids["f"], DISEASE: ids["x"] + ids["h"]}
    for i in range(n_sentences):
        head, tail = dice.choice(TYPE_PAIRS)
        subject, object_ = dice.choice(ends[head]), dice.choice(ends[tail])
        if subject == object_:
            continue
        predicate = dice.choice(predicates_of(head, tail))
        publication = dice.choice(graph.publications).id
        score = dice.choice([0.5, 0.75, round(dice.random(), 3)])
        assertion = dice.choice([AFFIRMED, AFFIRMED, *ASSERTIONS])
        graph.sentences.append(
            Sentence(
                f"E:{i:04}",
                subject,
                predicate,
                object_,
                publication,
                score,
                f"Sentence {i}.",
                assertion,
                **_found(i, graph.entity(subject), graph.entity(object_)),
            )
        )
    _close_loops(graph, {*ends[GENE]})
    graph.sentences += _named_again(graph.sentences[::9], dice)
    return graph


def _named_again(sentences: Iterable[Sentence], dice: random.Random) -> Iterator[Sentence]:
    """What is found a second time in a sentence that names both ends twice, and not always read alike."""
    for sentence in sentences:
        assertion = dice.choice([sentence.assertion, sentence.assertion, NEGATED])
        yield replace(sentence, id=f"{sentence.id}b", score=round(dice.random(), 3), assertion=assertion)


def _close_loops(graph: SmallGraph, genes: set[str]) -> None:
    """Let some genes that are regulated regulate back, which chance alone seldom does."""
    regulations = ("UPREGULATES", "DOWNREGULATES")
    told = [s for s in graph.sentences if s.predicate in regulations and s.subject in genes][:6]
    graph.sentences += [
        Sentence(f"E:L{i}", s.object, regulations[i % 2], s.subject, s.publication, s.score, f"Loop {i}.")
        for i, s in enumerate(told)
    ]


def _some(dice: random.Random, items: Iterable[str]) -> list[str]:
    known = list(items)
    return dice.sample(known, min(len(known), dice.choice([1, 1, 2])))
