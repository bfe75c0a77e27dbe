"""What hypotheses are made of: concepts, the edges between them, and the degrees that damp a path. Pure, no store.

Genes of mouse and rat stand for their human ortholog, so that rodent evidence reaches human questions; of several
orthologs the one with the smallest id is taken. A degree counts edges as they are stated, before that merging, so
that a store can count it too: `read` asks for the degrees of a few concepts, the back-test counts all.

An edge counts for a degree if a publication affirms it. With a year, everything is computed from what was published
until then, belief included; a publication without a year then counts for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, PREDICATE_BY_NAME, TAGGED_AS
from graph.belief import Statement, Support, support_of
from graph.schema import DRUG

# Labels by the part that a concept plays in a path; a drug is a chemical too, and proteins have no text-mined edges.
KIND_BY_LABEL: Final = {label: kind for label, kind in TAGGED_AS.items() if label != DRUG}
KINDS: Final = (CHEMICAL, GENE, DISEASE)  # from what acts to what is acted on: the ends of a hypothesis in this order


@dataclass(frozen=True, slots=True)
class Concept:
    """A node that a path may run through."""

    id: str
    name: str
    label: str
    is_drug: bool = False

    @property
    def kind(self) -> str:
        """Chemical, Gene or Disease."""
        return KIND_BY_LABEL[self.label]


@dataclass(frozen=True, slots=True)
class Edge:
    """A triple with the support that it has (or had in a year)."""

    id: str
    subject: str
    predicate: str
    object: str
    support: Support

    @property
    def sign(self) -> int:
        """What more of the subject means for the object: +1, -1, or 0 where the predicate doesn't say."""
        return PREDICATE_BY_NAME[self.predicate].sign

    @property
    def n_affirmed(self) -> int:
        """Sentences that affirm it."""
        return self.support.n_evidence - self.support.n_negated - self.support.n_speculated


@dataclass(frozen=True, slots=True)
class Claim:
    """What one sentence says of a triple; `weight` is 0 to 1, `year` that of its publication."""

    triple: str
    subject: str
    predicate: str
    object: str
    assertion: str
    weight: float
    publication: str
    year: int | None
    reader: str = ""  # the model that found it
    sentence: int | None = None  # a hash of its text: a whole graph's claims are held at once


def edges_of(claims: Iterable[Claim], *, until: int | None = None) -> list[Edge]:
    """The edges that these claims make; with a year, those of that time, as they stood then."""
    by_triple: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if until is None or (claim.year is not None and claim.year <= until):
            by_triple[claim.triple].append(claim)
    edges = []
    for triple, known in by_triple.items():
        support = support_of(
            Statement(c.publication, c.assertion, c.weight, c.year, c.reader, c.sentence) for c in known
        )
        if support is not None:
            edges.append(Edge(triple, known[0].subject, known[0].predicate, known[0].object, support))
    return edges


class Network:
    """Concepts and edges, rodent genes merged into human ones; `degrees` by (id, kind), counted here if not given."""

    def __init__(
        self,
        concepts: Iterable[Concept],
        edges: Iterable[Edge],
        *,
        humans: Mapping[str, str] | None = None,
        degrees: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self._humans = humans or {}
        self.concepts = {concept.id: concept for concept in concepts}
        self._by_ends: dict[str, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        counted: dict[tuple[str, str], int] = defaultdict(int)
        for edge in edges:
            if edge.subject == edge.object or not {edge.subject, edge.object} <= self.concepts.keys():
                continue
            a, b = self.merged(edge.subject), self.merged(edge.object)
            if edge.n_affirmed:
                counted[a, self.concepts[edge.object].kind] += 1
                counted[b, self.concepts[edge.subject].kind] += 1
            if a != b:
                self._by_ends[a][b].append(edge)
                self._by_ends[b][a].append(edge)
        self._degrees = counted if degrees is None else degrees

    def merged(self, id: str) -> str:
        """The human gene that a rodent one stands for, if the network has it; any other concept is itself."""
        human = self._humans.get(id, id)
        return human if human in self.concepts else id

    def concept(self, id: str) -> Concept:
        """A concept by its id."""
        return self.concepts[id]

    def ids(self, kind: str) -> list[str]:
        """The merged concepts of a kind that have an edge, in the order of their ids."""
        return sorted(id for id in self._by_ends if self.concepts[id].kind == kind)

    def around(self, id: str) -> Mapping[str, list[Edge]]:
        """The edges of a merged concept, by the concept at their other end."""
        return self._by_ends.get(id, {})

    def between(self, a: str, b: str) -> list[Edge]:
        """The edges that join two merged concepts, in either direction."""
        return self._by_ends.get(a, {}).get(b, [])

    def degree(self, id: str, kind: str) -> int:
        """How many affirmed edges join a concept to concepts of a kind."""
        return self._degrees.get((id, kind), 0)

    def total_degree(self, id: str) -> int:
        """How many affirmed edges a concept has."""
        return sum(self.degree(id, kind) for kind in KINDS)

    def edges(self) -> list[Edge]:
        """Every edge once, in the order of its id."""
        found = {edge.id: edge for ends in self._by_ends.values() for edges in ends.values() for edge in edges}
        return [found[id] for id in sorted(found)]
