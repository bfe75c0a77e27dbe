"""Plain answers to the questions of support: what edges rest on, how it grew, and whom to distrust."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.schema import AFFIRMED, NEGATED, SPECULATED
from tests.reference_base import BOTH, Plain, Row, ranked
from tests.small_graph import Edge, Sentence


def count(sentences: Iterable[Sentence], *assertions: str) -> tuple[int, ...]:
    known = list(sentences)
    return tuple(n_different(s for s in known if s.assertion == a) for a in assertions)


def n_different(sentences: Iterable[Sentence]) -> int:
    """How many sentences these are: one that names its two ends several times is found several times."""
    return len({(s.publication, s.text) for s in sentences})


def each_once(sentences: Iterable[Sentence], *, by_assertion: bool = True) -> list[Sentence]:
    """What each sentence says of a triple, with the best of its scores and the first of its ids."""
    found: dict[tuple[str, ...], Sentence] = {}
    for s in sentences:
        key = (s.triple, s.publication, s.text, s.section or "", s.assertion if by_assertion else "")
        seen = found.get(key, s)
        found[key] = replace(seen, score=max(seen.score, s.score), id=min(seen.id, s.id))
    return list(found.values())


def strongest(sentences: Iterable[Sentence]) -> Sentence:
    return min(sentences, key=lambda s: (-s.score, s.id))


class SupportAnswers(Plain):
    """Questions about evidence."""

    def subject_to_object(self, e: Edge) -> Row:
        return self.name(e.subject), e.subject, e.predicate, self.name(e.object), e.object

    def named(self, e: Edge) -> Row:
        return self.name(e.subject), e.predicate, self.name(e.object)

    def selected(
        self, concept: str, keep: Callable[[Edge], bool], key: Callable[[Edge], Row], row: Callable[[Edge], Row],
        limit: int,
    ) -> list[Row]:  # fmt: skip
        edges = sorted((e for e in self.of_concept(concept) if keep(e)), key=key)
        return [(*self.subject_to_object(e), *row(e)) for e in edges[:limit]]

    def n_publications(self, e: Edge, *assertions: str) -> int:
        """Publications that state an edge in one of these ways."""
        return len({s.publication for s in self.standing([e.id]) if s.assertion in assertions})

    def single_paper_edges(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        def n_stating(e: Edge) -> int:
            return sum(count(self.standing([e.id]), AFFIRMED, SPECULATED))

        def row(e: Edge) -> Row:
            sentence, publication = self.best([e.id])
            year = self.publications[publication].year if publication else None
            return e.support.belief, n_stating(e), sentence, publication, year

        return self.selected(
            concept,
            lambda e: self.n_publications(e, AFFIRMED, SPECULATED) == 1 and e.support.belief >= min_belief,
            lambda e: (-e.support.belief, -n_stating(e), e.id),
            row,
            limit,
        )

    def speculated_edges(self, concept: str, limit: int) -> list[Row]:
        return self.selected(
            concept,
            lambda e: all(s.assertion == SPECULATED for s in self.standing([e.id])),
            lambda e: (-e.support.n_publications, -e.support.n_evidence, e.id),
            lambda e: (e.support.n_publications, e.support.n_evidence, *self.best([e.id])),
            limit,
        )

    def denied_edges(self, concept: str, limit: int) -> list[Row]:
        def keep(e: Edge) -> bool:
            found = {s.assertion for s in self.standing([e.id])}
            return NEGATED in found and AFFIRMED not in found

        return self.selected(
            concept,
            keep,
            lambda e: (-e.support.n_negated, e.support.n_speculated, e.id),
            lambda e: (e.support.n_negated, e.support.n_speculated, e.support.n_publications,
                       *self.best([e.id], NEGATED)),
            limit,
        )  # fmt: skip

    def stale_edges(self, concept: str, before: int, min_publications: int, min_belief: float, limit: int) -> list[Row]:
        def keep(e: Edge) -> bool:
            s = e.support
            return (
                s.last_year is not None
                and s.last_year < before
                and self.n_publications(e, AFFIRMED) >= min_publications
                and s.belief >= min_belief
            )

        return self.selected(
            concept,
            keep,
            lambda e: (-self.n_publications(e, AFFIRMED), e.support.last_year, -e.support.belief, e.id),
            lambda e: (e.support.belief, self.n_publications(e, AFFIRMED), e.support.first_year, e.support.last_year,
                       e.support.n_negated),
            limit,
        )  # fmt: skip

    def low_belief_edges(self, concept: str, min_publications: int, max_belief: float, limit: int) -> list[Row]:
        return self.selected(
            concept,
            lambda e: e.support.n_publications >= min_publications and e.support.belief <= max_belief,
            lambda e: (-e.support.n_publications, e.support.belief, e.id),
            lambda e: (e.support.belief, e.support.n_publications,
                       *count(self.standing([e.id]), AFFIRMED, SPECULATED, NEGATED)),
            limit,
        )  # fmt: skip

    def retraction_impact(self, concept: str, limit: int) -> list[Row]:
        there = {e.id for e in self.edges}
        held = {e.id for e in self.edges if e.support.n_evidence > e.support.n_negated}
        rows = []
        for p in self.graph.publications:
            told = [s for s in self.graph.sentences if s.publication == p.id and concept in ("", s.subject, s.object)]
            if p.retracted and told:
                triples = {s.triple for s in told}
                lost = len({s.triple for s in told if s.triple not in (there if s.assertion == NEGATED else held)})
                row = (p.id, p.title, p.year, n_different(told), len(triples), lost)
                rows.append(((-lost, -len(triples), p.id), row))
        return ranked(rows, limit)

    def of_entity(self, id: str) -> list[Sentence]:
        return self.standing({e.id for e, _ in self.at(id)})

    def claims_by_year(self, concept: str, limit: int) -> list[Row]:
        years: dict[int, list[Sentence]] = defaultdict(list)
        for s in self.of_entity(concept):
            years[self.year(s)].append(s)
        rows = []
        for year, told in years.items():
            new = sum(e.support.first_year == year for e, _ in self.at(concept))
            row = (
                year,
                len({s.publication for s in told}),
                n_different(told),
                *count(told, AFFIRMED, NEGATED, SPECULATED),
                new,
            )
            rows.append(((-year,), row))
        return ranked(rows, limit)

    def edge_history(self, subject: str, object: str, limit: int) -> list[Row]:
        rows = []
        for e in self.between(subject, object):
            years: dict[int, list[Sentence]] = defaultdict(list)
            for s in self.standing([e.id]):
                years[self.year(s)].append(s)
            for year, told in years.items():
                row = (*self.named(e), year, len({s.publication for s in told}),
                       *count(told, AFFIRMED, NEGATED, SPECULATED))  # fmt: skip
                rows.append(((-e.support.belief, e.predicate, e.id, year), row))
        return ranked(rows, limit)

    def first_publication(self, subject: str, object: str, limit: int) -> list[Row]:
        rows = []
        for e in self.between(subject, object):
            told = [s for s in self.standing([e.id]) if s.assertion == AFFIRMED]
            if told:
                oldest = min(told, key=lambda s: (self.year(s), -s.score, s.id))
                p = self.publications[oldest.publication]
                since = len({s.publication for s in told}) - 1
                row = (*self.named(e), p.id, p.title, p.year, p.journal, oldest.text, since)
                rows.append(((p.year, -e.support.belief, e.predicate, e.id), row))
        return ranked(rows, limit)

    def edge_journals(self, subject: str, object: str, limit: int) -> list[Row]:
        journals: dict[str, list[Sentence]] = defaultdict(list)
        for s in self.standing({e.id for e in self.between(subject, object)}):
            journals[self.publications[s.publication].journal or ""].append(s)
        rows = []
        for journal, told in journals.items():
            n, years = len({s.publication for s in told}), [self.year(s) for s in told]
            counts = count(told, AFFIRMED, NEGATED, SPECULATED)
            row = (journal, n, *counts, sorted({s.predicate for s in told}), min(years), max(years))
            rows.append(((-n, -counts[0], journal), row))
        return ranked(rows, limit)

    def sign_flips(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for old in self.of_concept(concept):
            for new, end in self.out(old.subject, {e.predicate for e in self.edges}, min_belief):
                last, first = old.support.last_year, new.support.first_year
                flipped = end == old.object and old.sign * new.sign < 0 and old.support.belief >= min_belief
                if flipped and last is not None and first is not None and last < first:
                    row = (self.name(old.subject), old.subject, self.name(end), end, old.predicate, last,
                           old.support.belief, new.predicate, first, new.support.belief)  # fmt: skip
                    rows.append(((-first, -new.support.belief, old.id, new.id), row))
        return ranked(rows, limit)

    def richest_publications(self, concept: str, limit: int) -> list[Row]:
        rows = []
        for p in self.graph.publications:
            told = [s for s in self.graph.sentences if s.publication == p.id and concept in ("", s.subject, s.object)]
            if told and not p.retracted:
                n_edges, n_concepts = (
                    len({s.triple for s in told}),
                    len({i for s in told for i in (s.subject, s.object)}),
                )
                row = (p.id, p.title, p.year, p.journal, n_edges, n_concepts, n_different(told))
                rows.append(((-n_edges, -n_concepts, p.id), row))
        return ranked(rows, limit)

    def reading_list(self, concept: str, since: int, limit: int) -> list[Row]:
        found: dict[str, list[Sentence]] = defaultdict(list)
        for s in self.of_entity(concept):
            if s.assertion == AFFIRMED and self.year(s) >= since:
                found[s.publication].append(s)
        rows = []
        for id, told in found.items():
            p, n = self.publications[id], len({s.triple for s in told})
            rows.append(((-n, -p.year, id), (id, p.title, p.year, p.journal, n, strongest(told).text)))
        return ranked(rows, limit)

    def rising_concepts(self, label: str, since: int, min_belief: float, limit: int) -> list[Row]:
        rows = []
        for entity in self.graph.entities:
            years = [e.support.first_year for e, _ in self.at(entity.id, None, min_belief)]
            known = [year for year in years if year is not None]
            new = sum(year >= since for year in known)
            if new and label in (entity.label, "Drug" if entity.drug else ""):
                share = new / len(known)
                rows.append(((-new, -share, entity.id), (entity.name, entity.id, new, len(known), share)))
        return ranked(rows, limit)

    def recent_evidence(self, concept: str, since: int, limit: int) -> list[Row]:
        rows = []
        for e, _ in self.at(concept):
            told = self.standing([e.id])
            new = [s for s in told if since == 0 or self.year(s) >= since]
            if new:
                top = strongest(new)
                before = n_different(told) - n_different(new)
                row = (*self.subject_to_object(e), n_different(new), before, *count(new, AFFIRMED, NEGATED), top.text,
                       top.publication)  # fmt: skip
                rows.append(((-n_different(new), before, e.id), row))
        return ranked(rows, limit)

    def profile(self, concept: str, min_belief: float, limit: int) -> list[Row]:
        groups: dict[tuple[str, str, str], list[tuple[float, str, str, Edge]]] = defaultdict(list)
        for e, other in self.at(concept, None, min_belief):
            direction = "both" if e.predicate in BOTH else "out" if e.subject == concept else "in"
            groups[e.predicate, direction, self.shown(other)].append((-e.support.belief, e.id, other, e))
        rows = []
        for (relation, direction, label), found in groups.items():
            top = min(found)
            n = sum(f[3].support.n_publications for f in found)
            disputed = sum(f[3].support.n_negated > 0 for f in found)
            row = (relation, direction, label, len(found), n, disputed, self.name(top[2]), -top[0])
            rows.append(((-len(found), -n, relation, direction, label), row))
        return ranked(rows, limit)

    def evidence_by_section(self, concept: str, limit: int) -> list[Row]:
        sections: dict[str, list[Sentence]] = defaultdict(list)
        for s in self.of_entity(concept):
            sections[s.section or ""].append(s)
        rows = []
        for section, told in sections.items():
            row = (section, n_different(told), len({s.publication for s in told}),
                   *count(told, AFFIRMED, NEGATED, SPECULATED))  # fmt: skip
            rows.append(((-n_different(told), section), row))
        return ranked(rows, limit)

    def evidence_by_extractor(self, concept: str, limit: int) -> list[Row]:
        found: dict[tuple[str, str], list[Sentence]] = defaultdict(list)
        finders: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for s in self.graph.sentences:
            if concept in ("", s.subject, s.object):
                found[s.extractor, s.revision].append(s)
                finders[s.triple].add((s.extractor, s.revision))
        rows = []
        for finder, told in found.items():
            triples, scores = {s.triple for s in told}, [s.score for s in told]
            sole = sum(len(finders[t]) == 1 for t in triples)
            row = (*finder, len(told), len(triples), sole, min(scores), max(scores))
            rows.append(((-len(told), *finder), row))
        return ranked(rows, limit)

    def weak_hubs(self, label: str, min_edges: int, limit: int) -> list[Row]:
        rows = []
        for entity in self.graph.entities:
            supports = [e.support for e, _ in self.at(entity.id)]
            single = [s.n_publications == 1 for s in supports]
            disputed = [s.n_negated > 0 for s in supports]
            unaffirmed = [s.n_negated + s.n_speculated == s.n_evidence for s in supports]
            weak = sum(any(marks) for marks in zip(single, disputed, unaffirmed, strict=True))
            wanted = label in (entity.label, "Drug" if entity.drug else "")
            if wanted and weak and len(supports) >= min_edges:
                share = weak / len(supports)
                row = (entity.name, entity.id, len(supports), sum(single), sum(disputed), sum(unaffirmed), share)
                rows.append(((-share, -len(supports), entity.id), row))
        return ranked(rows, limit)

    def ambiguous_names(self, label: str, limit: int) -> list[Row]:
        carriers: dict[str, set[str]] = defaultdict(set)
        for entity in self.graph.entities:
            if label in (entity.label, "Drug" if entity.drug else ""):
                for name in (entity.name, *entity.synonyms):
                    carriers[name.lower()].add(entity.id)
        rows = []
        for key, ids in carriers.items():
            if len(ids) > 1:
                n_edges = len({e.id for id in ids for e, _ in self.at(id)})
                row = (key, len(ids), sorted(ids), [self.name(id) for id in sorted(ids)], n_edges)
                rows.append(((-n_edges, -len(ids), key), row))
        return ranked(rows, limit)

    def surface_forms(self, concept: str, limit: int) -> list[Row]:
        forms: dict[str, list[Sentence]] = defaultdict(list)
        for s in self.of_entity(concept):
            if s.predicate not in BOTH:
                forms[s.head if s.subject == concept else s.tail].append(s)
        rows = []
        for form, told in forms.items():
            top = strongest(told)
            row = (form, n_different(told), len({s.publication for s in told}), len({s.triple for s in told}), top.text,
                   top.publication)  # fmt: skip
            rows.append(((-n_different(told), form), row))
        return ranked(rows, limit)
