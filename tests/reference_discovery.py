"""Plain answers to the questions of discovery: targets, selectivity, mechanisms, neighbours, diseases, combinations."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt
from typing import Any

from engine.schema import CHEMICAL, DISEASE, GENE, predicates_of
from tests.reference_base import DISEASES, GENES, HIT, REGULATES, ROLES, SIGNED, Plain, Row, ranked, raw
from tests.small_graph import Edge

E8, E12 = 100_000_000.0, 1_000_000_000_000.0
PATH_LABELS = ("Gene", "GeneFamily", "Chemical", "Disease", "Phenotype")


def by_belief(pair: tuple[Edge, Any]) -> tuple[float, str]:
    return -pair[0].support.belief, pair[0].id


class TargetAnswers(Plain):
    """Questions about drugs and their targets."""

    def hits(self, drug: str, least: float) -> dict[str, list[Edge]]:
        """Targets that a drug or chemical acts on directly, rodent genes as their human ones."""
        found: dict[str, list[Edge]] = defaultdict(list)
        if self.is_a(drug, CHEMICAL):
            for edge, gene in self.at(drug, HIT, least):
                if self.is_a(gene, *GENES):
                    for target in self.as_human(gene):
                        found[target].append(edge)
        return found

    def hitters(self, gene: str, least: float) -> dict[str, list[Edge]]:
        """Drugs and chemicals that act on a gene or its rodent genes."""
        found: dict[str, list[Edge]] = defaultdict(list)
        for one in self.genes_of(gene):
            for edge, other in self.at(one, HIT, least):
                if self.is_a(other, CHEMICAL):
                    found[other].append(edge)
        return found

    def off_targets(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        best = [
            min((-e.support.belief, -e.support.n_publications, e.id, t, e) for e in edges)
            for t, edges in self.hits(drug, min_belief).items()
        ]
        best.sort(key=lambda b: (b[0], b[1], b[3]))
        rows = []
        for _, _, _, target, e in best[1:][:limit]:
            main, main_target = best[0][4].support.belief, best[0][3]
            rows.append((self.name(target), target, e.predicate, e.support.belief, e.support.n_publications,
                         e.support.belief / main if main > 0 else None, self.name(main_target), main_target,
                         *self.best([e.id])))  # fmt: skip
        return rows

    def selectivity(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        relatives, rows = self.relatives(gene), []
        for drug, edges in self.hitters(gene, min_belief).items():
            if self.is_drug(drug) and relatives:
                belief = max(e.support.belief for e in edges)
                others = {t: max(e.support.belief for e in es) for t, es in self.hits(drug, min_belief).items()}
                hit = sorted((-b, t) for t, b in others.items() if t in relatives)
                margin = belief - (-hit[0][0] if hit else 0.0)
                row = (self.name(drug), drug, belief, len(relatives), len(hit), [self.name(t) for _, t in hit], margin)
                rows.append(((-margin, len(hit), drug), row))
        return ranked(rows, limit)

    def family_drugs(self, gene: str, min_members: int, min_belief: float, limit: int) -> list[Row]:
        found: dict[str, list[tuple[float, str]]] = defaultdict(list)
        members = self.lexical(None, "MEMBER_OF", gene) if self.is_a(gene, "GeneFamily") else []
        for member in members:
            for drug, edges in self.hitters(member, min_belief).items():
                if self.is_drug(drug):
                    found[drug].append((-max(e.support.belief for e in edges), member))
        rows = []
        for drug, hit in found.items():
            hit.sort()
            if len(hit) >= min_members:
                row = (self.name(drug), drug, len(hit), [self.name(m) for _, m in hit], -hit[0][0], -hit[-1][0])
                rows.append(((-len(hit), hit[0][0], drug), row))
        return ranked(rows, limit)

    def compare_drugs(self, first: str, second: str, min_belief: float, limit: int) -> list[Row]:
        best: list[dict[str, Edge]] = []
        if not (self.is_a(first, CHEMICAL) and self.is_a(second, CHEMICAL)):
            return []
        for drug in (first, second):
            mine: dict[str, list[Edge]] = defaultdict(list)
            for edge, gene in self.touching(drug, predicates_of(CHEMICAL, GENE), GENES):
                if edge.support.belief >= min_belief:
                    for target in self.as_human(gene):
                        mine[target].append(edge)
            best.append({t: min(edges, key=lambda e: (-e.support.belief, e.id)) for t, edges in mine.items()})
        rows = []
        for target in {*best[0], *best[1]}:
            one, two = best[0].get(target), best[1].get(target)
            held = "both" if one and two else "first" if one else "second"
            beliefs = [e.support.belief if e else None for e in (one, two)]
            key = (("both", "first", "second").index(held), -((beliefs[0] or 0.0) + (beliefs[1] or 0.0)), target)
            row = (self.name(target), target, held, one and one.predicate, beliefs[0], two and two.predicate,
                   beliefs[1])  # fmt: skip
            rows.append((key, row))
        return ranked(rows, limit)

    def safer_alternatives(self, drug: str, disease: str, min_belief: float, limit: int) -> list[Row]:
        pairs: dict[str, dict[str, int]] = defaultdict(dict)
        if not (self.is_a(drug, CHEMICAL) and self.is_a(disease, *DISEASES)):
            return []
        for r1, gene in self.at(drug, HIT, min_belief):
            for r2, other in self.at(gene, HIT, min_belief) if self.is_a(gene, *GENES) else []:
                if self.is_drug(other) and other != drug and r1.sign == r2.sign:
                    pairs[other][gene] = max(pairs[other].get(gene, 0), raw(r1, r2))
        rows = []
        for other, genes in pairs.items():
            harm = [e for e, x in self.out(other, ("INDUCES",)) if x == disease]
            if not harm or harm[0].support.belief < min_belief:
                shared = [self.name(g) for g in sorted(genes, key=lambda g: (-genes[g], g))]
                score = sum(genes.values()) / E8
                n_effects = len(self.out(other, ("INDUCES",), min_belief))
                row = (self.name(other), other, len(genes), shared, score,
                       harm[0].support.n_negated if harm else 0, n_effects)  # fmt: skip
                rows.append(((-score, -len(genes), other), row))
        return ranked(rows, limit)

    def target_safety(self, gene: str, min_drugs: int, min_belief: float, limit: int) -> list[Row]:
        drugs = [d for d in self.hitters(gene, min_belief) if self.is_drug(d)]
        found: dict[str, list[tuple[float, str, int]]] = defaultdict(list)
        for drug in drugs:
            for edge, x in self.out(drug, ("INDUCES",), min_belief):
                found[x].append((-edge.support.belief, drug, edge.support.n_publications))
        rows = []
        for x, causes in found.items():
            causes.sort()
            if len(causes) >= min_drugs:
                row = (self.name(x), x, len(causes), len(drugs), [self.name(c[1]) for c in causes], -causes[0][0],
                       sum(c[2] for c in causes))  # fmt: skip
                rows.append(((-len(causes), causes[0][0], x), row))
        return ranked(rows, limit)

    def gene_disease_drugs(self, gene: str, disease: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for one in self.genes_of(gene):
            for r1, drug in self.into(one, SIGNED, min_belief):
                for r2, x in self.out(drug, predicates_of(CHEMICAL, DISEASE), min_belief):
                    if self.is_drug(drug) and x == disease:
                        implied = {1: "PROMOTES", -1: "PROTECTS_FROM"}.get(r1.sign * r2.sign)
                        score = raw(r1, r2) / E8
                        row = (self.name(drug), drug, r1.predicate, r1.support.belief, r2.predicate,
                               r2.support.belief, implied, score, *self.best([r1.id]),
                               *self.best([r2.id]))  # fmt: skip
                        rows.append(((-score, r1.id, r2.id), row))
        return ranked(rows, limit)

    def target_chemicals(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for chemical, edges in self.hitters(gene, min_belief).items():
            if not self.is_drug(chemical):
                e = min(edges, key=lambda e: (-e.support.belief, e.id))
                hit = {g for _, g in self.at(chemical, HIT, min_belief) if self.is_a(g, *GENES)}
                row = (self.name(chemical), chemical, e.predicate, e.support.belief,
                       len(hit - set(self.genes_of(gene))), *self.best([e.id]))  # fmt: skip
                rows.append(((-e.support.belief, chemical), row))
        return ranked(rows, limit)

    def undrugged_genes(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        links: dict[str, list[Edge]] = defaultdict(list)
        if self.is_a(disease, *DISEASES):
            for edge, gene in self.into(disease, predicates_of(GENE, DISEASE), min_belief):
                if self.is_a(gene, "Gene"):
                    for human in self.as_human(gene):
                        links[human].append(edge)
        rows = []
        for gene, edges in links.items():
            hitters = self.hitters(gene, min_belief)
            if not any(self.is_drug(c) for c in hitters):
                e = min(edges, key=lambda e: (-e.support.belief, -e.support.n_publications, e.id))
                row = (self.name(gene), gene, e.predicate, e.support.belief, e.support.n_publications, len(hitters),
                       *self.best([e.id]))  # fmt: skip
                rows.append(((-e.support.belief, -e.support.n_publications, gene), row))
        return ranked(rows, limit)

    def drugs_of_partners(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        if not self.is_a(gene, *GENES):
            return []
        known = {other for _, other in self.at(gene, HIT) if self.is_drug(other)}
        ways: dict[str, list[tuple[int, str, str, Edge, Edge, str]]] = defaultdict(list)
        for r1, partner in self.at(gene, predicates_of(GENE, GENE), min_belief):
            for r2, drug in self.at(partner, HIT, min_belief) if self.is_a(partner, *GENES) else []:
                if self.is_drug(drug) and drug not in known:
                    ways[drug].append((-raw(r1, r2), r1.id, r2.id, r1, r2, partner))
        rows = []
        for drug, found in ways.items():
            product, _, _, r1, r2, partner = min(found, key=lambda w: w[:3])
            both = r1.predicate in ("BINDS", "INTERACTS_WITH", "COEXPRESSED_WITH")
            direction = "both" if both else "out" if r1.subject == gene else "in"
            n = len({w[5] for w in found})
            row = (self.name(drug), drug, r2.predicate, self.name(partner), partner, r1.predicate, direction, n,
                   -product / E8, *self.best([r2.id]), *self.best([r1.id]))  # fmt: skip
            rows.append(((product, -n, drug), row))
        return ranked(rows, limit)

    def counteracting_drugs(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        pairs: dict[str, dict[str, tuple[int, str, str, Edge, Edge]]] = defaultdict(dict)
        for r1, gene in self.out(drug, SIGNED, min_belief) if self.is_a(drug, CHEMICAL) else []:
            for r2, other in self.into(gene, SIGNED, min_belief):
                if self.is_drug(other) and other != drug and r1.sign * r2.sign < 0:
                    pair = (-raw(r1, r2), r1.id, r2.id, r1, r2)
                    pairs[other][gene] = min(pair, pairs[other].get(gene, pair), key=lambda p: p[:3])
        rows = []
        for other, genes in pairs.items():
            order = sorted(genes, key=lambda g: (genes[g][0], g))
            score = sum(-genes[g][0] for g in genes) / E8
            best = genes[order[0]]
            row = (self.name(other), other, len(genes), [self.name(g) for g in order], best[3].predicate,
                   best[4].predicate, score)  # fmt: skip
            rows.append(((-score, -len(genes), other), row))
        return ranked(rows, limit)


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
                             if end == other and way(h, gene) == direction]  # fmt: skip
                    belief = human[0] if human else None
                    row = (self.name(rodent), rodent, e.predicate, direction, self.name(other), other,
                           e.support.belief, belief, e.support.n_publications, *self.best([e.id]))  # fmt: skip
                    rows.append(((bool(human), -e.support.belief, e.id), row))
        return ranked(rows, limit)

    def family_diseases(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        roles = predicates_of(GENE, DISEASE)
        known = {x for _, x in self.out(gene, roles)}
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


class DiseaseAnswers(TargetAnswers):
    """Questions about diseases, harm, and drugs together."""

    def disease_drugs_harm(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for t, drug in self.into(disease, ("TREATS",), min_belief):
            if self.is_drug(drug):
                harm = sorted(
                    (-e.support.belief, x) for e, x in self.out(drug, ("INDUCES",), min_belief) if x != disease
                )
                row = (self.name(drug), drug, t.support.belief, len(harm), [self.name(x) for _, x in harm[:5]],
                       -harm[0][0] if harm else None, self.belief(drug, "INDUCES", disease))  # fmt: skip
                rows.append(((-t.support.belief, drug), row))
        return ranked(rows, limit)

    def remedies(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for r1, x in self.out(drug, ("INDUCES",), min_belief):
            for r2, other in self.into(x, ("TREATS",), min_belief):
                if self.is_drug(other) and other != drug:
                    score = raw(r1, r2) / E8
                    row = (self.name(x), x, r1.support.belief, self.name(other), other, r2.support.belief,
                           self.stated(drug, other, "INTERACTS_WITH"), score)  # fmt: skip
                    rows.append(((-score, x, other), row))
        return ranked(rows, limit)

    def disease_inducers(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for e, chemical in self.into(disease, ("INDUCES",), min_belief):
            s = e.support
            row = (self.name(chemical), chemical, self.shown(chemical), s.belief, s.n_publications, s.n_negated,
                   s.last_year, self.belief(chemical, "TREATS", disease), *self.best([e.id]))  # fmt: skip
            rows.append(((-s.belief, -s.n_publications, chemical), row))
        return ranked(rows, limit)

    def side_effect_targets(self, disease: str, min_drugs: int, min_belief: float, limit: int) -> list[Row]:
        inducers = sorted(d for _, d in self.into(disease, ("INDUCES",), min_belief) if self.is_drug(d))
        found: dict[str, list[str]] = defaultdict(list)
        for drug in inducers:
            for target in self.hits(drug, min_belief):
                found[target].append(drug)
        rows = []
        for target, drugs in found.items():
            everyone = sum(self.is_drug(d) for d in self.hitters(target, min_belief))
            if len(drugs) >= min_drugs:
                share = len(drugs) / everyone
                row = (self.name(target), target, len(drugs), len(inducers), everyone, share,
                       [self.name(d) for d in drugs])  # fmt: skip
                rows.append(((-len(drugs), -share, target), row))
        return ranked(rows, limit)

    def disease_drug_phenotypes(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        drugs = [d for _, d in self.into(disease, ("TREATS",), min_belief) if self.is_drug(d)]
        found: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
        for drug in drugs:
            for e, h in self.out(drug, ("TREATS", "INDUCES"), min_belief):
                if self.is_a(h, "Phenotype") and h != disease:
                    found[h, e.predicate].append((-e.support.belief, drug))
        rows = []
        for (h, relation), doing in found.items():
            doing.sort()
            row = (self.name(h), h, relation, len(doing), len(drugs), [self.name(d) for _, d in doing], -doing[0][0])
            rows.append(((-len(doing), doing[0][0], h, relation), row))
        return ranked(rows, limit)

    def shared_enzyme(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        types = ("SUBSTRATE_OF", *SIGNED)
        for r1, gene in self.out(drug, types, min_belief) if self.is_a(drug, CHEMICAL) else []:
            for r2, other in self.into(gene, types, min_belief):
                eaten = [r for r in (r1, r2) if r.predicate == "SUBSTRATE_OF"]
                if self.is_drug(other) and other != drug and len(eaten) == 1:
                    substrate, effect = (r1, r2) if eaten[0] is r1 else (r2, r1)
                    score = raw(r1, r2) / E8
                    row = (self.name(other), other, self.name(gene), gene, self.name(substrate.subject),
                           "rises" if effect.sign < 0 else "falls", effect.predicate,
                           self.stated(drug, other, "INTERACTS_WITH"), score, *self.best([substrate.id]),
                           *self.best([effect.id]))  # fmt: skip
                    rows.append(((-score, substrate.id, effect.id), row))
        return ranked(rows, limit)

    def treating(self, disease: str, least: float) -> dict[str, float]:
        if not self.is_a(disease, *DISEASES):
            return {}
        return {d: e.support.belief for e, d in self.into(disease, ("TREATS",), least) if self.is_drug(d)}

    def disease_combinations(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        treating, rows = self.treating(disease, min_belief), []
        for a in treating:
            for r, b in self.at(a, predicates_of(CHEMICAL, CHEMICAL), min_belief):
                if b in treating and a < b:
                    s = r.support
                    row = (self.name(a), a, self.name(b), b, r.predicate, s.belief, s.n_publications, treating[a],
                           treating[b], *self.best([r.id]))  # fmt: skip
                    rows.append(((-s.belief, -s.n_publications, r.id), row))
        return ranked(rows, limit)

    def combination_ideas(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        treating = self.treating(disease, min_belief)
        targets = {d: sorted({g for _, g in self.at(d, HIT, min_belief) if self.is_a(g, *GENES)}) for d in treating}
        rows = []
        for a in treating:
            for b in treating:
                apart = a < b and targets[a] and targets[b] and not set(targets[a]) & set(targets[b])
                if apart and all(other != b for _, other in self.at(a)):
                    score = treating[a] * treating[b]
                    row = (self.name(a), a, self.name(b), b, [self.name(g) for g in targets[a][:5]],
                           [self.name(g) for g in targets[b][:5]], score)  # fmt: skip
                    rows.append(((-score, a, b), row))
        return ranked(rows, limit)

    def disease_subtypes(self, disease: str, levels: int, min_belief: float, limit: int) -> list[Row]:
        level: dict[str, int] = {}
        for depth in range(levels, 0, -1):
            shallower = self.subtypes(disease, depth - 1)
            for x in self.subtypes(disease, depth) - shallower:
                level[x] = depth
        rows = []
        for x, depth in level.items():
            genes = {g for _, g in self.into(x, predicates_of(GENE, DISEASE), min_belief) if self.is_a(g, *GENES)}
            treating = self.treating(x, min_belief)
            inducing = self.into(x, ("INDUCES",), min_belief)
            counts = (len(genes), len(treating), len(inducing))
            rows.append(((-sum(counts), x), (self.name(x), x, depth, *counts)))
        return ranked(rows, limit)

    def sibling_drugs(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        known = {d for _, d in self.into(disease, ("TREATS",)) if self.is_drug(d)}
        siblings = {
            s for parent in self.lexical(disease, "IS_A") for s in self.lexical(None, "IS_A", parent) if s != disease
        }
        found: dict[str, list[tuple[float, str, int]]] = defaultdict(list)
        for sibling in siblings:
            for e, drug in self.into(sibling, ("TREATS",), min_belief):
                if self.is_drug(drug) and drug not in known:
                    found[drug].append((-e.support.belief, sibling, e.support.n_publications))
        rows = []
        for drug, treated in found.items():
            treated.sort()
            row = (self.name(drug), drug, len(treated), [self.name(t[1]) for t in treated], -treated[0][0],
                   sum(t[2] for t in treated), self.belief(drug, "INDUCES", disease))  # fmt: skip
            rows.append(((-len(treated), treated[0][0], drug), row))
        return ranked(rows, limit)


class DiscoveryAnswers(PathAnswers, DiseaseAnswers):
    """All of these."""
