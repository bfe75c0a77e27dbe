"""Names as annotators of abstracts use them: what "renal damage" or "toxicity" is in documents that teach.

A name goes to the concept that most of the documents give it that annotate it at all. Knows nothing of how a document
is linked. Trade-off: what a document defines itself (a short form) teaches nothing, since the next one may define it
otherwise, and neither do mentions with several ids or of several names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.link.abbreviations import find_abbreviations
from engine.link.composite import readings
from engine.link.entry import ANNOTATED, FULL_NAME, WEAK, Entry, LexiconEdge, build_key
from engine.link.gold import gold_ids
from engine.link.mesh import MeshTerm
from engine.train.annotated import Annotated

_LEAST_SHARE: Final = 0.6
_SHORTEST: Final = 3
_FAMILY: Final = {"GeneFamily": "Gene", "Drug": "Chemical", "Phenotype": "Disease"}


@dataclass(frozen=True, slots=True)
class _Carriers:
    """The concepts of a lexicon in the making, by the ids that annotators write."""

    by_id: Mapping[str, list[Entry]]
    mesh: Mapping[str, MeshTerm]

    def home(self, gold: str, type: str, key: str) -> Entry | None:
        """The concept that an id stands for: of several one that has the name, or is named as its MeSH term is."""
        held = [e for e in self.by_id.get(gold, ()) if _FAMILY.get(e.type, e.type) == type]
        if len(held) < 2:
            return held[0] if held else None
        named = [e for e in held if any(build_key(n) == key for n in e.names)]
        if len(named) == 1:
            return named[0]
        term = self.mesh.get(gold.removeprefix("mesh:"))
        title = build_key(term.name) if term else ""
        return min(
            named or held,
            key=lambda e: (
                e.concept_id != gold,
                not any(r <= FULL_NAME and build_key(n) == title for n, r in e.names.items()),
                e.concept_id,
            ),
        )


def add_annotated(
    entries: list[Entry], edges: Iterable[LexiconEdge], mesh: Mapping[str, MeshTerm], documents: Sequence[Annotated]
) -> int:
    """Adds the names of gold mentions to their concepts; a rodent gene's to its human ortholog, if it has one.

    Returns: how many names were added or raised in rank.
    """
    by_id: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for identifier in {entry.concept_id, *entry.xrefs}:
            by_id[identifier].append(entry)
    carriers = _Carriers(by_id, mesh)
    by_concept = {e.concept_id: e for e in entries}
    _add_retired(entries, by_id, documents)
    human: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.predicate == "ORTHOLOG_OF":
            human[edge.subject].append(edge.object)
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    surfaces: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for document in documents:
        defined = find_abbreviations(document.text)
        said = set()
        for mention in document.mentions:
            name, gold = document.text[mention.start : mention.end], gold_ids(mention)
            key = build_key(name)
            too_short = min(len(name), len(key)) < _SHORTEST
            if len(gold) != 1 or too_short or _is_defined(name, defined) or readings(name, mention.type):
                continue
            home = carriers.home(gold[0], mention.type, key)
            if home is not None:
                said.add((mention.type, name, home.concept_id))
        for type, name, concept in said:
            group = human[concept][0] if len(human.get(concept, ())) == 1 else concept
            votes[type, build_key(name)][group] += 1
            surfaces[type, build_key(name)][name] += 1
    families = {build_key(n) for e in entries if e.type == "GeneFamily" for n, r in e.names.items() if r <= FULL_NAME}
    added = 0
    for (type, key), count in sorted(votes.items()):
        concept, most = max(sorted(count.items()), key=lambda item: item[1])
        if most < _LEAST_SHARE * sum(count.values()) or (type == "Gene" and key in families):
            continue
        for name in surfaces[type, key]:
            if by_concept[concept].names.get(name, 9) > ANNOTATED:
                by_concept[concept].add(name, ANNOTATED)
                added += 1
    return added


def _is_defined(name: str, defined: Mapping[str, str]) -> bool:
    return name in defined or (name.endswith("s") and name[:-1] in defined)


def _add_retired(entries: Sequence[Entry], by_id: dict[str, list[Entry]], documents: Sequence[Annotated]) -> None:
    """Gives ids that no vocabulary holds any more to the concept that goes by the names annotated with them.

    MeSH makes descriptors of supplementary concepts and retires their ids ("C069541", quetiapine), which annotators
    wrote down before.
    """
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted = {
        (mention.type, build_key(document.text[mention.start : mention.end]), gold[0])
        for document in documents
        for mention in document.mentions
        if len(gold := gold_ids(mention)) == 1 and gold[0] not in by_id
    }
    keys = {key for _, key, _ in wanted if len(key) > _SHORTEST}
    for entry in entries:
        for name, rank in entry.names.items():
            if rank < WEAK and (key := build_key(name)) in keys:
                named[_FAMILY.get(entry.type, entry.type), key].add(entry.concept_id)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for type, key, retired in wanted:
        if len(homes := named.get((type, key), ())) == 1:
            votes[retired].update(homes)
    by_concept = {e.concept_id: e for e in entries}
    for retired, count in sorted(votes.items()):
        home, _ = max(sorted(count.items()), key=lambda item: item[1])
        by_concept[home].xrefs.add(retired)
        by_id[retired] = [by_concept[home]]
