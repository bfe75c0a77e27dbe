"""Plain answers to the questions about ways through the graph: mechanisms, neighbours, hubs, cycles."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt
from typing import Any

from engine.schema import CHEMICAL, DISEASE, GENE, predicates_of
from tests.reference_base import E8, GENES, REGULATES, ROLES, SIGNED, Plain, Row, ranked, raw
from tests.small_graph import Edge

E12 = 1_000_000_000_000.0
PATH_LABELS = ("Gene", "GeneFamily", "Chemical", "Disease", "Phenotype")


def by_belief(pair: tuple[Edge, Any]) -> tuple[float, str]:
    return -pair[0].support.belief, pair[0].id


class PathAnswers(Plain):
    """Questions about ways through the graph."""

    def mechanism(self, drug: str, disease: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1, g1 in self.at(drug, predicates_of(CHEMICAL, GENE), min_belief) if self.is_a(drug, CHEMICAL) else []:
            for gene in self.as_human(g1) if self.is_a(g1, "Gene") else []:
                for one in self.genes_of(gene):
                    for r2, x in self.out(one, predicates_of(GENE, DISEASE), min_belief):
                        if x == disease:
                            reads = {1: "with", -1: "against", 0: "unsigned"}[r1.sign * r2.sign]
                            score = raw(r1, r2) / E8
                            row = (self.name(gene), gene, r1.predicate, r1.support.belief, r2.predicate,
                                   r2.support.belief, reads, score, *self.best([r1.id]),
                                   *self.best([r2.id]))  # fmt: skip
                            rows.append(((-score, gene, r1.id, r2.id), row))
        return ranked(rows, limit)

    def mechanism_two_genes(self, drug: str, disease: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1, g1 in self.out(drug, SIGNED, min_belief) if self.is_a(drug, CHEMICAL) else []:
            for r2, g2 in self.out(g1, REGULATES, min_belief):
                for r3, x in self.out(g2, ROLES, min_belief):
                    if x == disease:
                        score = raw(r1, r2, r3) / E12
                        reads = "against" if r1.sign * r2.sign * r3.sign < 0 else "with"
                        row = (self.name(g1), g1, self.name(g2), g2, r1.predicate, r2.predicate, r3.predicate, reads,
                               score, *(self.best([r.id])[1] for r in (r1, r2, r3)))  # fmt: skip
                        rows.append(((-score, r1.id, r2.id, r3.id), row))
        return ranked(rows, limit)

    def mechanism_conflicts(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for t, x in self.out(drug, ("TREATS",), min_belief):
            for r1, gene in self.out(drug, SIGNED, min_belief):
                for r2, y in self.out(gene, ROLES, min_belief):
                    if x == y and r1.sign * r2.sign > 0:
                        score = raw(r1, r2) / E8
                        row = (self.name(x), x, t.support.belief, self.name(gene), gene, r1.predicate, r2.predicate,
                               score)  # fmt: skip
                        rows.append(((-score, -t.support.belief, r1.id, r2.id), row))
        return ranked(rows, limit)

    def paths(self, first: str, second: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        stack: list[tuple[list[str], list[Edge]]] = [([first], [])] if first != second else []
        while stack:
            nodes, edges = stack.pop()
            if nodes[-1] == second:
                score = 1.0
                for e in edges:
                    score *= e.support.belief
                arrows = [f"{e.predicate} >" if e.subject == nodes[i] else f"< {e.predicate}"
                          for i, e in enumerate(edges)]  # fmt: skip
                row = (len(edges), [self.name(n) for n in nodes], nodes, arrows,
                       [e.support.belief for e in edges], score)  # fmt: skip
                rows.append(((len(edges), -score, "".join(e.id + " " for e in edges)), row))
            elif len(edges) < 3:
                for edge, other in self.at(nodes[-1], None, min_belief):
                    if other not in nodes:
                        stack.append(([*nodes, other], [*edges, edge]))
        return ranked(rows, limit)

    def links(self, first: str, second: str, min_belief: float, limit: int) -> list[Row]:
        ways: dict[str, list[tuple[int, str, str, Edge, Edge]]] = defaultdict(list)
        for r1, n in self.at(first, None, min_belief) if first != second else []:
            for r2, end in self.at(n, None, min_belief):
                if end == second:
                    ways[n].append((-raw(r1, r2), r1.id, r2.id, r1, r2))
        rows = []
        for n, found in ways.items():
            product, _, _, r1, r2 = min(found, key=lambda w: w[:3])
            degree = len({other for _, other in self.at(n, None, min_belief)})
            score = -product / E8 / sqrt(degree)
            row = (self.name(n), n, self.shown(n), degree, len(found), r1.predicate, r2.predicate, score)
            rows.append(((-score, n), row))
        return ranked(rows, limit)

    def upstream(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r2, y in self.into(gene, SIGNED, min_belief) if self.is_a(gene, *GENES) else []:
            for edges in [[r2], *([r1, r2] for r1, _ in self.into(y, SIGNED, min_belief))]:
                x, sign, score = edges[0].subject, 1, 1.0
                for e in edges:
                    sign, score = sign * e.sign, score * e.support.belief
                if x != gene:
                    via = self.name(y) if len(edges) == 2 else None
                    key = (len(edges), -score, x, "".join(e.id + " " for e in edges))
                    row = (self.name(x), x, self.shown(x), len(edges), via, "raises" if sign > 0 else "lowers",
                           [e.predicate for e in edges], score)  # fmt: skip
                    rows.append((key, row))
        return ranked(rows, limit)

    def downstream_diseases(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1, via in self.out(gene, REGULATES, min_belief) if self.is_a(gene, *GENES) else []:
            for r2, x in self.out(via, ROLES, min_belief):
                direct = [e.support.belief for e, y in self.out(gene, predicates_of(GENE, DISEASE)) if y == x]
                reads = "promotes" if r1.sign * r2.sign > 0 else "protects"
                score = raw(r1, r2) / E8
                row = (self.name(x), x, self.name(via), via, r1.predicate, r2.predicate, reads,
                       max(direct, default=None), score)  # fmt: skip
                rows.append(((-score, r1.id, r2.id), row))
        return ranked(rows, limit)

    def feedback_loops(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1 in self.of_concept(concept):
            a, b = r1.subject, r1.object
            if r1.predicate in REGULATES and a < b and r1.support.belief >= min_belief and self.is_a(a, *GENES):
                for r2, back in self.out(b, REGULATES, min_belief):
                    if back == a:
                        score = raw(r1, r2) / E8
                        kind = "positive" if r1.sign * r2.sign > 0 else "negative"
                        row = (self.name(a), a, self.name(b), b, r1.predicate, r2.predicate, kind, score)
                        rows.append(((-score, r1.id, r2.id), row))
        return ranked(rows, limit)

    def feed_forward_loops(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1, b in self.out(concept, SIGNED, min_belief):
            for r2, c in self.out(b, REGULATES, min_belief):
                for r3, end in self.out(concept, SIGNED, min_belief):
                    if end == c:
                        score = raw(r1, r2, r3) / E12
                        kind = "coherent" if r1.sign * r2.sign == r3.sign else "incoherent"
                        row = (self.name(b), b, self.name(c), c, r1.predicate, r2.predicate, r3.predicate, kind, score)
                        rows.append(((-score, r1.id, r2.id, r3.id), row))
        return ranked(rows, limit)

    def interaction_triangles(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        def partners(one: str) -> dict[str, float]:
            found: dict[str, float] = {}
            for e, other in self.at(one, ("BINDS", "INTERACTS_WITH"), min_belief) if self.is_a(one, *GENES) else []:
                if self.is_a(other, *GENES):
                    found[other] = max(found.get(other, 0.0), e.support.belief)
            return found

        mine, rows = partners(gene), []
        for a in mine:
            for b, between in partners(a).items():
                if a < b and b in mine:
                    score = mine[a] * mine[b] * between
                    rows.append(((-score, a, b), (self.name(a), a, self.name(b), b, mine[a], mine[b], between, score)))
        return ranked(rows, limit)

    def disease_bridges(self, first: str, second: str, min_belief: float, limit: int) -> list[Row]:
        def strongest(edges: list[tuple[Edge, str]]) -> dict[str, Edge]:
            best: dict[str, Edge] = {}
            for edge, other in sorted(edges, key=by_belief):
                if self.is_a(other, *GENES):
                    best.setdefault(other, edge)
            return dict(list(best.items())[:200])

        roles, rows = predicates_of(GENE, DISEASE), []
        ends = strongest(self.into(second, roles, min_belief))
        for g1, r1 in strongest(self.into(first, roles, min_belief)).items():
            for g2, r2 in strongest(self.at(g1, predicates_of(GENE, GENE), min_belief)).items():
                if g2 in ends:
                    score = raw(r1, r2, ends[g2]) / E12
                    row = (self.name(g1), g1, self.name(g2), g2, r1.predicate, r2.predicate, ends[g2].predicate, score)
                    rows.append(((-score, g1, g2), row))
        return ranked(rows, limit)

    def neighbours(self, id: str, least: float) -> set[str]:
        return {other for _, other in self.at(id, None, least)}

    def similar(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        mine = self.neighbours(concept, min_belief)
        shared = {
            e.id: sorted(mine & self.neighbours(e.id, min_belief))
            for e in self.graph.entities
            if e.id != concept and self.is_a(concept, e.label)
        }
        order = sorted((other for other in shared if shared[other]), key=lambda o: (-len(shared[o]), o))
        rows = []
        for other in order[:200]:
            theirs = self.neighbours(other, min_belief)
            jaccard = len(shared[other]) / len(mine | theirs)
            row = (self.name(other), other, len(shared[other]), len(theirs), jaccard,
                   [self.name(n) for n in shared[other][:5]])  # fmt: skip
            rows.append(((-jaccard, other), row))
        return ranked(rows, limit)

    def partner_proteins(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        ways: dict[str, list[Edge]] = defaultdict(list)
        for e, partner in self.at(gene, predicates_of(GENE, GENE), min_belief) if self.is_a(gene, *GENES) else []:
            if self.is_a(partner, "Gene"):
                ways[partner].append(e)
        rows = []
        for partner, edges in ways.items():
            e = min(edges, key=lambda e: (-e.support.belief, e.id))
            for protein in self.lexical(partner, "ENCODES"):
                row = (self.name(protein), protein, self.name(partner), partner, e.predicate, e.support.belief,
                       len({e.predicate for e in edges}), *self.best([e.id]))  # fmt: skip
                rows.append(((-e.support.belief, protein, partner), row))
        return ranked(rows, limit)

    def ortholog_evidence(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        def way(edge: Edge, one: str) -> str:
            both = edge.predicate in ("BINDS", "INTERACTS_WITH", "COEXPRESSED_WITH")
            return "both" if both else "out" if edge.subject == one else "in"

        rows = []
        for rodent in self.rodents[gene]:
            for e, other in self.at(rodent, None, min_belief):
                if other != gene:
                    direction = way(e, rodent)
                    human = [h.support.belief for h, end in self.at(gene, (e.predicate,))
                             if end in (other, *self.humans[other]) and way(h, gene) == direction]  # fmt: skip
                    belief = max(human, default=None)
                    row = (self.name(rodent), rodent, e.predicate, direction, self.name(other), other,
                           e.support.belief, belief, e.support.n_publications, *self.best([e.id]))  # fmt: skip
                    rows.append(((bool(human), -e.support.belief, e.id, rodent), row))
        return ranked(rows, limit)

    def family_diseases(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        roles = predicates_of(GENE, DISEASE)
        known = self.affirmed(self.out(gene, roles))
        found: dict[str, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for other in self.relatives(gene):
            for e, x in self.out(other, roles, min_belief):
                if x not in known:
                    found[x][other].append(e)
        rows = []
        for x, relatives in found.items():
            best = {o: min(edges, key=lambda e: (-e.support.belief, e.id)) for o, edges in relatives.items()}
            order = sorted(best, key=lambda o: (-best[o].support.belief, best[o].id))
            top = best[order[0]]
            n = sum(e.support.n_publications for edges in relatives.values() for e in edges)
            row = (self.name(x), x, len(order), [self.name(o) for o in order], top.predicate, top.support.belief, n)
            rows.append(((-len(order), -top.support.belief, x), row))
        return ranked(rows, limit)
