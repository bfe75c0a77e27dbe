"""Plain answers to the questions about drugs and their targets, diseases, harm, and drugs together."""

from __future__ import annotations

from collections import defaultdict

from engine.schema import CHEMICAL, DISEASE, GENE, predicates_of
from tests.reference_base import DISEASES, E8, GENES, HIT, SIGNED, Plain, Row, ranked, raw
from tests.small_graph import Edge


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

    def same_target(self, gene: str) -> set[str]:
        """A gene or family with its orthologs, what it belongs to, and what belongs to it."""
        found: set[str] = set()
        for human in self.as_human(gene):
            below = {human, *self.members(human)}
            found |= below | self.families(human) | {rodent for one in below for rodent in self.rodents[one]}
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
        members = self.members(gene) if self.is_a(gene, "GeneFamily") else set()
        for member in (m for m in members if self.is_a(m, "Gene")):
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
                if self.is_drug(other) and other != drug and r1.sign == r2.sign != 0:
                    pairs[other][gene] = max(pairs[other].get(gene, 0), raw(r1, r2))
        rows = []
        for other, genes in pairs.items():
            harm = [e for e, x in self.out(other, ("INDUCES",)) if x == disease]
            if disease not in self.affirmed(self.out(other, ("INDUCES",))):
                shared = [self.name(g) for g in sorted(genes, key=lambda g: (-genes[g], g))]
                score = sum(genes.values()) / E8
                n_effects = sum(x != disease for _, x in self.out(other, ("INDUCES",), min_belief))
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
            hits = (hit for one in (gene, *self.families(gene)) for g in self.genes_of(one) for hit in self.at(g, HIT))
            hitters = {c for c in self.affirmed(hits) if self.is_a(c, CHEMICAL)}
            if not any(self.is_drug(c) for c in hitters):
                e = min(edges, key=lambda e: (-e.support.belief, -e.support.n_publications, e.id))
                row = (self.name(gene), gene, e.predicate, e.support.belief, e.support.n_publications, len(hitters),
                       *self.best([e.id]))  # fmt: skip
                rows.append(((-e.support.belief, -e.support.n_publications, gene), row))
        return ranked(rows, limit)

    def drugs_of_partners(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        if not self.is_a(gene, *GENES):
            return []
        known = self.affirmed(hit for one in self.same_target(gene) for hit in self.at(one, HIT))
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
        targets = {d: sorted(self.hits(d, min_belief)) for d in treating}
        reach = {d: {f for g in targets[d] for f in (g, *self.families(g))} for d in treating}
        rows = []
        for a in treating:
            for b in treating:
                apart = a < b and targets[a] and targets[b] and reach[a].isdisjoint(targets[b])
                if apart and reach[b].isdisjoint(targets[a]) and b not in self.affirmed(self.at(a)):
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
        known = self.affirmed(self.into(disease, ("TREATS",)))
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
