"""The answer to each question, computed from plain lists: the slow and obvious way that every store must agree with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from engine.schema import AFFIRMED, CHEMICAL, DISEASE, GENE, NEGATED, SPECULATED, predicates_of
from tests.reference_base import DISEASES, GENES, SIGNED, Row
from tests.reference_paths import PathAnswers
from tests.reference_support import SupportAnswers, each_once, n_different
from tests.reference_targets import DiseaseAnswers
from tests.small_graph import Edge, Sentence


class Reference(PathAnswers, DiseaseAnswers, SupportAnswers):
    """Answers over one graph; a method for each question, named after it."""

    def answer(self, question: str, **parameters: Any) -> list[Row]:
        method: Callable[..., list[Row]] = getattr(self, question.replace("-", "_"))
        return method(**parameters)

    def drug_targets(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for edge, gene in self.touching(drug, predicates_of(CHEMICAL, GENE), GENES):
            if edge.support.belief >= min_belief:
                for target in self.as_human(gene):
                    groups[(target, edge.predicate)].append((edge, gene))
        return [
            (self.name(target), target, effect, *numbers, [g for g in genes if g != target], *best)
            for (target, effect), numbers, genes, best in self.joined(groups, limit)
        ]

    def target_drugs(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        rows: list[Row] = []
        for ones in ((gene, *self.rodents[gene]), sorted(self.families(gene))):
            groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
            for one in ones:
                family = one if one in self.families(gene) else ""
                for edge, other in self.touching(one, predicates_of(CHEMICAL, GENE), ("Chemical",)):
                    if edge.support.belief >= min_belief and self.entities[other].drug:
                        groups[(other, edge.predicate, family)].append((edge, one))
            rows += [
                (self.name(drug), drug, effect, self.name(family) if family else None, family or None, *numbers,
                 [g for g in genes if g not in (gene, family)], *best)
                for (drug, effect, family), numbers, genes, best in self.joined(groups, limit)
            ]  # fmt: skip
        return rows[:limit]

    def drug_proteins(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for edge, gene in self.touching(drug, predicates_of(CHEMICAL, GENE), ("Gene",)):
            if edge.support.belief >= min_belief:
                for human in self.as_human(gene):
                    for subject, predicate, protein in self.graph.lexicon:
                        if (subject, predicate) == (human, "ENCODES"):
                            groups[(protein, human, edge.predicate)].append((edge, gene))
        return [
            (self.name(protein), protein, self.name(gene), gene, effect, *numbers, *best)
            for (protein, gene, effect), numbers, _, best in self.joined(groups, limit)
        ]

    def gene_diseases(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for one in (gene, *self.rodents[gene]):
            for edge, disease in self.touching(one, predicates_of(GENE, DISEASE), DISEASES):
                if edge.support.belief >= min_belief:
                    groups[(disease, edge.predicate)].append((edge, one))
        return [
            (self.name(disease), disease, role, *numbers, [g for g in genes if g != gene], *best)
            for (disease, role), numbers, genes, best in self.joined(groups, limit)
        ]

    def disease_genes(self, disease: str, levels: int, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for subtype in self.subtypes(disease, levels):
            for edge, gene in self.touching(subtype, predicates_of(GENE, DISEASE), GENES):
                if edge.support.belief >= min_belief:
                    for human in self.as_human(gene):
                        groups[(human, edge.predicate, subtype)].append((edge, gene))
        return [
            (self.name(gene), gene, role, self.name(x), *numbers, [g for g in genes if g != gene], *best)
            for (gene, role, x), numbers, genes, best in self.joined(groups, limit)
        ]

    def disease_drugs(self, disease: str, levels: int, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for subtype in self.subtypes(disease, levels):
            for edge, drug in self.touching(subtype, ("TREATS",), ("Chemical",)):
                if edge.support.belief >= min_belief and self.entities[drug].drug:
                    groups[(drug, subtype)].append((edge, drug))
        return [
            (self.name(drug), drug, self.name(x), *numbers, *best)
            for (drug, x), numbers, _, best in self.joined(groups, limit)
        ]

    def drug_diseases(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        return self._plain(drug, ("TREATS",), DISEASES, min_belief, limit)

    def side_effects(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        return self._plain(drug, ("INDUCES",), DISEASES, min_belief, limit)

    def _plain(self, id: str, types: Iterable[str], labels: Iterable[str], min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for edge, other in self.touching(id, types, labels):
            if edge.support.belief >= min_belief:
                groups[(other,)].append((edge, other))
        rows = self.joined(groups, limit)
        return [(self.name(other), other, *numbers, *best) for (other,), numbers, _, best in rows]

    def drug_interactions(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for edge, other in self.touching(drug, predicates_of(CHEMICAL, CHEMICAL), ("Chemical",)):
            if edge.support.belief >= min_belief:
                groups[(other, edge.predicate)].append((edge, other))
        rows = self.joined(groups, limit)
        return [(self.name(other), other, type, *numbers, *best) for (other, type), numbers, _, best in rows]

    def gene_partners(self, gene: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[Row, list[tuple[Edge, str]]] = defaultdict(list)
        for edge, other in self.touching(gene, predicates_of(GENE, GENE), GENES):
            if edge.support.belief >= min_belief:
                both = edge.predicate in ("BINDS", "INTERACTS_WITH", "COEXPRESSED_WITH")
                direction = "both" if both else "out" if edge.subject == gene else "in"
                groups[(other, edge.predicate, direction)].append((edge, other))
        rows = self.joined(groups, limit)
        return [(self.name(o), o, type, way, *numbers, *best) for (o, type, way), numbers, _, best in rows]

    def edge_evidence(self, subject: str, object: str, predicate: str, limit: int) -> list[Row]:
        rows: list[tuple[Edge, Sentence]] = []
        for edge in self.between(subject, object):
            if predicate in ("", edge.predicate):
                rows += [(edge, s) for s in each_once(s for s in self.graph.sentences if s.triple == edge.id)]
        rows.sort(key=lambda r: (-r[0].support.belief, r[0].predicate, r[0].id, -r[1].score, r[1].id))
        return [
            (self.name(e.subject), e.predicate, self.name(e.object), e.support.belief, s.assertion, s.score, s.text,
             s.section, s.publication, self.publications[s.publication].year,
             self.publications[s.publication].retracted)
            for e, s in rows[:limit]
        ]  # fmt: skip

    def for_and_against(self, subject: str, object: str, limit: int) -> list[Row]:
        stances = {AFFIRMED: "for", NEGATED: "against", SPECULATED: "undecided"}
        order = {"for": 0, "against": 1, "undecided": 2}
        groups: dict[tuple[str, str], list[Sentence]] = defaultdict(list)
        edges = {e.id: e for e in self.between(subject, object)}
        for s in self.graph.sentences:
            if s.triple in edges and not self.publications[s.publication].retracted:
                groups[(s.triple, stances[s.assertion])].append(s)
        rows = []
        for (triple, stance), members in groups.items():
            e = edges[triple]
            members.sort(key=lambda s: (-s.score, s.id))
            years = [self.publications[s.publication].year for s in members]
            key = (-e.support.belief, e.predicate, e.id, order[stance])
            row = (self.name(e.subject), e.predicate, self.name(e.object), e.sign, stance, n_different(members),
                   len({s.publication for s in members}), min(years), max(years),
                   members[0].text, members[0].publication)  # fmt: skip
            rows.append((key, row))
        return [row for _, row in sorted(rows, key=lambda r: r[0])[:limit]]

    def _chains(self, min_belief: float) -> list[tuple[Edge, Edge, str]]:
        """Signed drug-gene edges joined to gene-disease edges over the human gene."""
        first = [e for e in self.edges if e.predicate in SIGNED and self.label(e.subject) == "Chemical"
                 and self.label(e.object) == "Gene" and e.support.belief >= min_belief]  # fmt: skip
        second = [e for e in self.edges if e.predicate in ("PROMOTES", "PROTECTS_FROM")
                  and self.label(e.subject) == "Gene" and e.support.belief >= min_belief]  # fmt: skip
        return [
            (r1, r2, gene)
            for r1 in first
            for r2 in second
            for gene in {*self.as_human(r1.object), r1.object} & {*self.as_human(r2.subject), r2.subject}
        ]

    def drugs_via_gene(self, disease: str, min_belief: float, limit: int) -> list[Row]:
        treating = self.affirmed(self.into(disease, ("TREATS",)))
        pairs: dict[tuple[str, str, str], list[tuple[int, str, str, Edge, Edge]]] = defaultdict(list)
        for r1, r2, gene in self._chains(min_belief):
            drug = self.entities[r1.subject]
            if r2.object == disease and drug.drug and drug.id not in treating and gene in self.as_human(r2.subject):
                direction = "against" if r1.sign * r2.sign < 0 else "with"
                product = round(r1.support.belief * 10_000) * round(r2.support.belief * 10_000)
                pairs[(drug.id, direction, gene)].append((-product, r1.id, r2.id, r1, r2))
        return self._ranked(pairs, limit, lambda drug, direction, n, score, genes, r1, r2: (
            self.name(drug), drug, direction, n, score, genes[0], r1.predicate, r2.predicate,
            *self.best([r1.id]), *self.best([r2.id])))  # fmt: skip

    def repurposing(self, drug: str, min_belief: float, limit: int) -> list[Row]:
        known = self.affirmed(self.out(drug, ("TREATS", "INDUCES")))
        pairs: dict[tuple[str, str, str], list[tuple[int, str, str, Edge, Edge]]] = defaultdict(list)
        for r1, r2, gene in self._chains(min_belief):
            opposite = r1.sign * r2.sign < 0
            if r1.subject == drug and opposite and r2.object not in known and gene in self.as_human(r1.object):
                product = round(r1.support.belief * 10_000) * round(r2.support.belief * 10_000)
                pairs[(r2.object, "", gene)].append((-product, r1.id, r2.id, r1, r2))
        return self._ranked(pairs, limit, lambda disease, _, n, score, genes, r1, r2: (
            self.name(disease), disease, n, score, genes, r1.predicate, r2.predicate,
            *self.best([r1.id]), *self.best([r2.id])))  # fmt: skip

    def _ranked(self, pairs: dict[Any, list[Any]], limit: int, row: Callable[..., Row]) -> list[Row]:
        groups: dict[tuple[str, str], list[tuple[int, str, Edge, Edge]]] = defaultdict(list)
        for (end, direction, gene), chains in pairs.items():
            product, _, _, r1, r2 = min(chains, key=lambda c: c[:3])
            groups[(end, direction)].append((product, gene, r1, r2))
        rows = []
        for (end, direction), best in groups.items():
            best.sort(key=lambda b: b[:2])
            score = sum(-b[0] for b in best) / 100_000_000
            genes = [self.name(b[1]) for b in best]
            key = (-score, -len(best), end, direction)
            rows.append((key, row(end, direction, len(best), score, genes, best[0][2], best[0][3])))
        return [r for _, r in sorted(rows, key=lambda r: r[0])[:limit]]

    def shared_neighbours(self, first: str, second: str, min_belief: float, limit: int) -> list[Row]:
        types = {*predicates_of(CHEMICAL, DISEASE), *predicates_of(GENE, DISEASE)}
        best: dict[str, tuple[Any, ...]] = {}
        for r1 in self.edges:
            for r2 in self.edges:
                if (r1.object == first and r2.object == second and r1.subject == r2.subject
                        and {r1.predicate, r2.predicate} <= types
                        and min(r1.support.belief, r2.support.belief) >= min_belief):  # fmt: skip
                    key = (-(r1.support.belief * r2.support.belief), r1.id, r2.id, r1, r2)
                    best[r1.subject] = min(best.get(r1.subject, key), key, key=lambda k: k[:3])
        rows = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
        return [
            (self.name(n), n, "Drug" if self.entities[n].drug else self.label(n),
             r1.predicate, r1.support.belief, r2.predicate, r2.support.belief)
            for n, (_, _, _, r1, r2) in rows[:limit]
        ]  # fmt: skip

    def newest_edges(self, concept: str, predicate: str, since: int, min_belief: float, limit: int) -> list[Row]:
        found = [
            e
            for e in self.of_concept(concept)
            if e.support.first_year is not None
            and e.support.first_year >= since
            and e.support.belief >= min_belief
            and predicate in ("", e.predicate)
        ]
        found.sort(key=lambda e: (-(e.support.first_year or 0), -e.support.belief, e.id))
        return [
            (self.name(e.subject), e.subject, e.predicate, self.name(e.object), e.object, e.support.first_year,
             e.support.belief, e.support.n_publications, e.support.n_negated, e.support.last_year, *self.best([e.id]))
            for e in found[:limit]
        ]  # fmt: skip

    def contradictions(self, concept: str, limit: int) -> list[Row]:
        rows = []
        for e in self.of_concept(concept):
            affirmed = e.support.n_evidence - e.support.n_negated - e.support.n_speculated
            if affirmed > 0 and e.support.n_negated > 0:
                rows.append(((-e.support.n_negated, -affirmed, e.id), e, affirmed))
        return [
            (self.name(e.subject), e.subject, e.predicate, self.name(e.object), e.object, e.support.belief, affirmed,
             e.support.n_negated, *self.best([e.id], AFFIRMED), *self.best([e.id], NEGATED))
            for _, e, affirmed in sorted(rows, key=lambda r: r[0])[:limit]
        ]  # fmt: skip

    def opposite_effects(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for up in self.of_concept(concept):
            for down in self.edges:
                if (up.subject, up.object) == (down.subject, down.object) and (up.sign, down.sign) == (1, -1):
                    beliefs = up.support.belief, down.support.belief
                    if min(beliefs) >= min_belief:
                        key = (-(beliefs[0] * beliefs[1]), up.subject, up.object, up.predicate, down.predicate)
                        row = (self.name(up.subject), up.subject, self.name(up.object), up.object,
                               up.predicate, beliefs[0], up.support.n_publications,
                               down.predicate, beliefs[1], down.support.n_publications)  # fmt: skip
                        rows.append((key, row))
        return [row for _, row in sorted(rows, key=lambda r: r[0])[:limit]]

    def publication_claims(self, publication: str, limit: int) -> list[Row]:
        found = each_once(s for s in self.graph.sentences if s.publication == publication)
        found.sort(key=lambda s: (-s.score, s.id))
        return [
            (self.name(s.subject), s.subject, s.predicate, self.name(s.object), s.object,
             s.assertion, s.score, s.text, s.section)
            for s in found[:limit]
        ]  # fmt: skip

    def hubs(self, label: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for entity in self.graph.entities:
            if label == entity.label or (label == "Drug" and entity.drug):
                edges = [e for e in self.edges if entity.id in (e.subject, e.object) and e.support.belief >= min_belief]
                others = {e.object if e.subject == entity.id else e.subject for e in edges}
                publications = sum(e.support.n_publications for e in edges)
                if edges:
                    rows.append((entity.name, entity.id, len(edges), len(others), publications))
        return sorted(rows, key=lambda r: (-r[2], r[1]))[:limit]

    def retracted_support(self, concept: str, limit: int) -> list[Row]:
        edges = {e.id: e for e in self.edges}
        found = [s for s in self.graph.sentences if self.publications[s.publication].retracted
                 and concept in ("", s.subject, s.object)]  # fmt: skip
        shown = sorted(each_once(found, by_assertion=False), key=lambda s: (s.publication, s.id))
        rows = []
        for s in shown[:limit]:
            left = edges[s.triple].support if s.triple in edges else None
            rows.append(
                (self.name(s.subject), s.predicate, self.name(s.object), left and left.belief,
                 left and left.n_publications, s.text, s.publication, self.publications[s.publication].year)
            )  # fmt: skip
        return rows

    def find(self, text: str, limit: int) -> list[Row]:
        rows = []
        for e in self.graph.entities:
            if any(text.lower() in name.lower() for name in (e.name, *e.synonyms)):
                ends = [(edge.subject, edge.object) for edge in self.edges]
                ends += [(s, o) for s, _, o in self.graph.lexicon]
                n = sum(e.id in pair for pair in ends)
                rows.append((e.name, e.id, self.shown(e.id), n, list(e.synonyms)))
        return sorted(rows, key=lambda r: (-r[3], r[1]))[:limit]
