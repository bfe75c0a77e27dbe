"""What the plain computations of the answers share: a small graph, looked at through loops over its lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from engine.schema import AFFIRMED, NEGATED, SPECULATED
from tests.small_graph import Edge, Sentence, SmallGraph

DISEASES = ("Disease", "Phenotype")
GENES = ("Gene", "GeneFamily")
HIT = ("INHIBITS", "ACTIVATES", "AGONIST_OF", "ANTAGONIST_OF", "BINDS")
REGULATES = ("UPREGULATES", "DOWNREGULATES")
ROLES = ("PROMOTES", "PROTECTS_FROM")
BOTH = ("BINDS", "INTERACTS_WITH", "COEXPRESSED_WITH", "COMBINED_WITH")
RANK = {AFFIRMED: 0, SPECULATED: 1, NEGATED: 2}
SIGNED = ("INHIBITS", "ACTIVATES", "AGONIST_OF", "ANTAGONIST_OF", "UPREGULATES", "DOWNREGULATES")
E8 = 100_000_000.0

Row = tuple[Any, ...]


class Plain:
    """One graph as plain lists, and what the answers to several questions have in common."""

    def __init__(self, graph: SmallGraph) -> None:
        self.graph = graph
        self.entities = {e.id: e for e in graph.entities}
        self.publications = {p.id: p for p in graph.publications}
        self.edges = graph.edges()
        self.ends: dict[str, list[tuple[Edge, str]]] = defaultdict(list)
        for edge in self.edges:
            self.ends[edge.subject].append((edge, edge.object))
            self.ends[edge.object].append((edge, edge.subject))
        self.told: dict[str, list[Sentence]] = defaultdict(list)
        for sentence in graph.sentences:
            self.told[sentence.triple].append(sentence)
        self.humans: dict[str, list[str]] = defaultdict(list)
        self.rodents: dict[str, list[str]] = defaultdict(list)
        for subject, predicate, object_ in graph.lexicon:
            if predicate == "ORTHOLOG_OF":
                self.humans[subject].append(object_)
                self.rodents[object_].append(subject)

    # ---------------------------------------------------------------------------------- shared parts

    def label(self, id: str) -> str:
        return self.entities[id].label

    def name(self, id: str) -> str:
        return self.entities[id].name

    def best(self, triples: Iterable[str], assertion: str | None = None) -> tuple[str | None, str | None]:
        found = [s for s in self.standing(set(triples)) if assertion in (None, s.assertion)]
        found.sort(key=lambda s: (RANK[s.assertion], -s.score, s.id))
        return (found[0].text, found[0].publication) if found else (None, None)

    def touching(self, id: str, types: Iterable[str], labels: Iterable[str]) -> list[tuple[Edge, str]]:
        """Edges of these types between an entity and one of these labels, and the other end."""
        found = []
        for edge in self.edges:
            if edge.predicate in types:
                for one, other in ((edge.subject, edge.object), (edge.object, edge.subject)):
                    if one == id and self.label(other) in labels:
                        found.append((edge, other))
                    if edge.subject == edge.object:
                        break
        return found

    def as_human(self, gene: str) -> list[str]:
        return self.humans[gene] or [gene]

    def joined(self, groups: dict[Row, list[tuple[Edge, str]]], limit: int) -> list[tuple[Row, Row, list[str], Row]]:
        """Groups of edges with their joint numbers, best first: (key, numbers, orthologs, best sentence)."""
        out = []
        for key, members in groups.items():
            edges = [edge for edge, _ in members]
            years = [e.support.last_year for e in edges if e.support.last_year is not None]
            numbers = (
                max(e.support.belief for e in edges),
                sum(e.support.n_publications for e in edges),
                sum(e.support.n_negated for e in edges),
                max(years, default=None),
            )
            members = sorted(members, key=lambda m: (m[1], m[0].id))
            out.append((key, numbers, [m[1] for m in members], self.best(e.id for e in edges)))
        out.sort(key=lambda row: (-row[1][0], -row[1][1], row[0]))
        return out[:limit]

    def subtypes(self, disease: str, levels: int) -> set[str]:
        found, edge = {disease}, {disease}
        for _ in range(levels):
            edge = {s for s, p, o in self.graph.lexicon if p == "IS_A" and o in edge}
            found |= edge
        return found

    def of_concept(self, concept: str) -> list[Edge]:
        return [e for e in self.edges if concept in ("", e.subject, e.object)]

    def between(self, subject: str, object: str) -> list[Edge]:
        ones, others = (subject, *self.rodents[subject]), (object, *self.rodents[object])
        return [e for e in self.edges if (e.subject in ones and e.object in others)
                or (e.object in ones and e.subject in others)]  # fmt: skip

    def shown(self, id: str) -> str:
        """What an entity is, as people would say it."""
        return "Drug" if self.entities[id].drug else self.label(id)

    # ------------------------------------------------------------------- what the newer questions use

    def at(self, id: str, types: Iterable[str] | None = None, least: float = 0.0) -> list[tuple[Edge, str]]:
        """Edges of an entity of these types, or of all, and their other ends."""
        return [
            (edge, other) for edge, other in self.ends[id]
            if (types is None or edge.predicate in types) and edge.support.belief >= least
        ]  # fmt: skip

    def out(self, id: str, types: Iterable[str], least: float = 0.0) -> list[tuple[Edge, str]]:
        """Edges that begin at an entity."""
        return [(edge, other) for edge, other in self.at(id, types, least) if edge.subject == id]

    def into(self, id: str, types: Iterable[str], least: float = 0.0) -> list[tuple[Edge, str]]:
        """Edges that end at an entity."""
        return [(edge, other) for edge, other in self.at(id, types, least) if edge.object == id]

    def is_drug(self, id: str) -> bool:
        return id in self.entities and self.entities[id].drug

    def is_a(self, id: str, *labels: str) -> bool:
        return id in self.entities and self.label(id) in labels

    def belief(self, subject: str, predicate: str, object: str) -> float | None:
        found = [e.support.belief for e, _ in self.out(subject, (predicate,)) if e.object == object]
        return found[0] if found else None

    def affirmed(self, edges: Iterable[tuple[Edge, str]]) -> set[str]:
        """Other ends of those edges that a sentence affirms or guesses."""
        return {other for edge, other in edges if edge.support.n_evidence > edge.support.n_negated}

    def known(self, subject: str, predicate: str, object: str) -> bool:
        return self.belief(subject, predicate, object) is not None

    def genes_of(self, gene: str) -> list[str]:
        """A gene with its mouse and rat genes; nothing for what is no gene or family."""
        return [gene, *self.rodents[gene]] if self.is_a(gene, *GENES) else []

    def stated(self, one: str, other: str, predicate: str) -> float | None:
        """Belief of an undirected edge between two entities."""
        found = [e.support.belief for e, end in self.at(one, (predicate,)) if end == other]
        return max(found, default=None)

    def lexical(self, subject: str | None, predicate: str, object: str | None = None) -> list[str]:
        """The other ends of vocabulary edges, each once."""
        found = [
            (o if subject is not None else s) for s, p, o in self.graph.lexicon
            if p == predicate and (s == subject if subject is not None else o == object)
        ]  # fmt: skip
        return sorted(set(found))

    def families(self, gene: str) -> set[str]:
        """The families above a gene or family, up to four steps away."""
        found, last = set(), {gene} if self.is_a(gene, *GENES) else set()
        for _ in range(4):
            last = {f for one in last for type in ("MEMBER_OF", "IS_A") for f in self.lexical(one, type)}
            found |= last
        return found

    def members(self, family: str) -> set[str]:
        """What belongs to a gene family, families among it."""
        return {e.id for e in self.graph.entities if self.is_a(e.id, *GENES) and family in self.families(e.id)}

    def relatives(self, gene: str) -> list[str]:
        families = self.families(gene) if self.is_a(gene, "Gene") else set()
        return sorted({m for f in families for m in self.members(f) if self.is_a(m, "Gene")} - {gene})

    def standing(self, triples: Iterable[str]) -> list[Sentence]:
        """Sentences of these triples in publications that were not retracted."""
        return [s for triple in triples for s in self.told[triple] if not self.publications[s.publication].retracted]

    def year(self, sentence: Sentence) -> int:
        return self.publications[sentence.publication].year


def raw(*edges: Edge) -> int:
    """The product of beliefs as the questions form it: of whole ten-thousandths."""
    product = 1
    for edge in edges:
        product *= round(edge.support.belief * 10_000)
    return product


def ranked(rows: Iterable[tuple[Row, Row]], limit: int) -> list[Row]:
    """Rows in the order of their keys, which never tie."""
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])[:limit]]
