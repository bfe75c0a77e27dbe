"""Names as annotators of abstracts use them: what "renal damage" or "toxicity" is in documents that teach.

A name goes to the concept that most of the documents give it that annotate it at all. Annotators of genes write a
member's id where a text names a family ("toll-like receptor"), and mean it for that document alone: what names a class
of genes has to be said so by several (`_Genes`). Knows nothing of how a document is linked. Trade-off: what a document
defines itself (a short form) teaches nothing, since the next one may define it otherwise, and neither do mentions with
several ids or of several names.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.link.abbreviations import find_abbreviations, long_form
from engine.link.composite import readings
from engine.link.entry import ANNOTATED, FULL_NAME, SYNONYM, WEAK, Entry, LexiconEdge, build_key
from engine.link.genes import HUMAN, RAT
from engine.link.gold import gold_ids
from engine.link.mesh import MeshTerm
from engine.link.normalise import singular
from engine.link.species import species_of
from engine.schema import DISEASE, GENE, TAGGED_AS
from engine.train.annotated import Annotated

_LEAST_SHARE: Final = 0.6
_SHORTEST: Final = 3
# Documents that must agree on a gene's name that is a class's by the lists, and on plain words or another gene's name.
_LEAST_FOR_CLASS: Final = 3
_LEAST_FOR_WORDS: Final = 2
_MEMBER = re.compile(
    r"(?P<stem>.+?)[ -]+(?:(?:subunit|type|member|isoform|class)[ -]+)?"
    r"(?:[0-9]+[A-Za-z]?|[A-Z]|[IVX]+|alpha|beta|gamma|delta|epsilon|zeta)(?:[ ,-].*)?\Z"
)


@dataclass(frozen=True, slots=True)
class _Carriers:
    """The concepts of a lexicon in the making, by the ids that annotators write."""

    by_id: Mapping[str, list[Entry]]
    mesh: Mapping[str, MeshTerm]

    def home(self, gold: str, type: str, key: str) -> Entry | None:
        """The concept that an id stands for: of several one that has the name, or is named as its MeSH term is."""
        held = [e for e in self.by_id.get(gold, ()) if TAGGED_AS.get(e.type) == type]
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

    def calls(self, gold: str, key: str) -> bool:
        """Whether MeSH itself calls the term of this id by the name."""
        term = self.mesh.get(gold.removeprefix("mesh:"))
        return term is not None and any(build_key(name) == key for name in (term.name, *term.synonyms))


def add_annotated(
    entries: list[Entry], edges: Iterable[LexiconEdge], mesh: Mapping[str, MeshTerm], documents: Sequence[Annotated]
) -> int:
    """Adds the names of gold mentions to their concepts; a rodent gene's to its human ortholog, if it has one.

    Where annotators give a term's id to the name of a subtype ("pancreatic cancer" and Pancreatic Neoplasms), the
    vocabulary's subtype keeps the name and takes the id as a cross-reference. A disease's own name stays its own where
    they write a subtype's id ("leukodystrophy" and Leukodystrophy, Metachromatic) or MeSH had no term for it ("tardive
    dyskinesia" and Dyskinesia, Drug-Induced), and the id becomes a cross-reference if MeSH has the name under it, or
    several documents do. Else it goes to another concept if several say so. Any other synonym elsewhere gives way.
    Returns: how many names were added or raised in rank.
    """
    by_id: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for identifier in {entry.concept_id, *entry.xrefs}:
            by_id[identifier].append(entry)
    by_concept = {e.concept_id: e for e in entries}
    _add_retired(by_concept, by_id, documents)
    carriers = _Carriers(by_id, mesh)
    said = _read_names(documents, carriers)
    kin = _Kin(edges)
    wanted = {(type, key) for _, type, name, _, _ in said for key in _keys(name, type)}
    holders = _holders(entries, wanted)
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    surfaces: dict[tuple[str, str], set[str]] = defaultdict(set)
    lumped: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # ids by documents; MeSH's word is worth several
    for _, type, name, concept, gold in sorted(said):
        key = next((key for key in _keys(name, type) if holders[type, key]), build_key(name))
        named = _own(type, holders[type, key])
        subtype = next((h for h in holders[type, key] if kin.is_below(h, concept)), None)
        general = next((h for h in named if kin.is_below(concept, h)), None)
        unfiled = next((h for h in named if concept not in named and not _is_filed(by_concept[h])), None)
        home = subtype or general or unfiled or kin.human(concept)
        if home == subtype or (home == general and carriers.calls(gold, key)):
            lumped[home, key][gold] += _LEAST_FOR_WORDS
        elif home == unfiled != general:
            lumped[home, key][gold] += 1
        votes[type, key][home] += 1
        surfaces[type, key].add(name)
    families = {build_key(n) for e in entries if e.type == "GeneFamily" for n, r in e.names.items() if r <= FULL_NAME}
    genes = _Genes(by_concept, {key for type, key in votes if type == "Gene"})
    added = 0
    for (type, key), count in sorted(votes.items()):
        concept, most = max(sorted(count.items()), key=lambda item: item[1])
        if most < _LEAST_SHARE * sum(count.values()):
            continue
        if type == "Gene" and (
            key in families or most < genes.least_documents(concept, key, surfaces[type, key], holders[type, key])
        ):
            continue
        named = _own(type, holders[type, key])
        if named and concept not in named and most < _LEAST_FOR_WORDS:
            continue
        by_concept[concept].xrefs |= {gold for gold, told in lumped[concept, key].items() if told >= _LEAST_FOR_WORDS}
        for other in holders[type, key]:
            if other != concept and kin.human(other) != kin.human(concept):
                _drop_synonyms(by_concept[other], key)
        for name in sorted(surfaces[type, key]):
            if by_concept[concept].names.get(name, 9) > ANNOTATED:
                by_concept[concept].add(name, ANNOTATED)
                added += 1
    return added


class _Genes:
    """How many documents it takes to believe that a name means one gene."""

    def __init__(self, by_concept: Mapping[str, Entry], wanted: set[str]) -> None:
        """`wanted`: keys of the names that will be asked for."""
        self._by_concept = by_concept
        self._members: dict[str, set[str]] = defaultdict(set)
        for entry in by_concept.values():
            if entry.type == "Gene" and entry.taxon == HUMAN:
                for name in entry.names:
                    member = _MEMBER.match(name)
                    if member is not None and (key := build_key(member["stem"])) in wanted:
                        self._members[key].add(entry.concept_id)

    def least_documents(self, concept: str, key: str, surfaces: Iterable[str], holders: Iterable[str]) -> int:
        """One, or several where it is a class's name, another gene's, or plain words that the gene isn't listed as."""
        if len(self._members[key]) > 1:
            return _LEAST_FOR_CLASS
        if concept in holders:
            return 1
        plain = not any(c.isdigit() or c.isupper() for name in surfaces for c in name[1:])
        anothers = any(self._by_concept[holder].type == "Gene" for holder in holders)
        return _LEAST_FOR_WORDS if plain or anothers else 1


class _Kin:
    """What edges say of two concepts: whether one is a kind of the other, and a rodent gene's human ortholog."""

    def __init__(self, edges: Iterable[LexiconEdge]) -> None:
        self._above: dict[str, list[str]] = defaultdict(list)
        self._human: dict[str, list[str]] = defaultdict(list)
        for edge in edges:
            if edge.predicate == "IS_A":
                self._above[edge.subject].append(edge.object)
            elif edge.predicate == "ORTHOLOG_OF":
                self._human[edge.subject].append(edge.object)

    def human(self, concept: str) -> str:
        """The one human ortholog, else the concept itself."""
        orthologs = self._human.get(concept, ())
        return orthologs[0] if len(orthologs) == 1 else concept

    def is_below(self, concept: str, other: str) -> bool:
        """Whether `concept` is a kind of `other`, through any number of steps."""
        seen, open_ends = {concept}, [concept]
        while open_ends:
            for above in self._above.get(open_ends.pop(), ()):
                if above == other:
                    return True
                if above not in seen:
                    seen.add(above)
                    open_ends.append(above)
        return False


def _read_names(documents: Sequence[Annotated], carriers: _Carriers) -> set[tuple[int, str, str, str, str]]:
    """(document's number, type, name, concept, gold id), once a document."""
    said = set()
    for number, document in enumerate(documents):
        defined = find_abbreviations(document.text)
        for mention in document.mentions:
            name, gold = document.text[mention.start : mention.end], gold_ids(mention)
            key = build_key(name)
            too_short = min(len(name), len(key)) < _SHORTEST
            if len(gold) != 1 or too_short or long_form(name, defined) is not None or readings(name, mention.type):
                continue
            home = carriers.home(gold[0], mention.type, key)
            if home is not None:
                said.add((number, mention.type, name, home.concept_id, gold[0]))
    return said


def _holders(entries: Iterable[Entry], wanted: set[tuple[str, str]]) -> dict[tuple[str, str], dict[str, int]]:
    """The concepts that go by a name already, with its rank there, best rank first."""
    keys = {key for _, key in wanted}
    found: dict[tuple[str, str], dict[str, int]] = {pair: {} for pair in wanted}
    for entry in entries:
        for name, rank in entry.names.items():
            pair = (TAGGED_AS.get(entry.type, ""), build_key(name))
            if rank < WEAK and pair[1] in keys and pair in found:
                found[pair][entry.concept_id] = min(rank, found[pair].get(entry.concept_id, WEAK))
    return {pair: dict(sorted(held.items(), key=lambda item: item[::-1])) for pair, held in found.items()}


def _own(type: str, holders: Mapping[str, int]) -> list[str]:
    """The diseases whose own name it is, not a synonym; none of other types."""
    return [concept for concept, rank in holders.items() if rank <= FULL_NAME] if type == DISEASE else []


def _keys(name: str, type: str) -> list[str]:
    """A name's own key, and a disease's in the singular: "pancreatic cancers" are what pancreatic cancer is."""
    key = build_key(name)
    one = singular(key) if type == DISEASE else None
    return [key] if one is None else [key, one]


def _is_filed(entry: Entry) -> bool:
    """Whether MeSH had a term for it when the annotators worked; newer terms have numbers of nine digits."""
    return any(re.match(r"mesh:[CD]\d{6}(?!\d{3})", one) for one in {entry.concept_id, *entry.xrefs})


def _drop_synonyms(entry: Entry, key: str) -> None:
    for name in [n for n, rank in entry.names.items() if rank >= SYNONYM and n != entry.name and build_key(n) == key]:
        del entry.names[name]


def _add_retired(
    by_concept: Mapping[str, Entry], by_id: dict[str, list[Entry]], documents: Sequence[Annotated]
) -> None:
    """Gives ids that no vocabulary holds to the concept that goes by the names annotated with them.

    MeSH makes descriptors of supplementary concepts and retires their ids ("C069541", quetiapine), which annotators
    wrote down before. Of genes, only rats' have no Entrez id in our lists; other ids that these lack are of other
    species.
    """
    rats = [e for e in by_concept.values() if e.taxon == RAT]
    others = [e for e in by_concept.values() if TAGGED_AS.get(e.type) != GENE]
    wanted = {
        (mention.type, build_key(document.text[mention.start : mention.end]), gold[0])
        for document in documents
        for of_rats in (_speaks_of_rats(document),)
        for mention in document.mentions
        if len(gold := gold_ids(mention)) == 1 and gold[0] not in by_id and (mention.type != GENE or of_rats)
    }
    holders = _holders([*rats, *others], {(type, key) for type, key, _ in wanted if len(key) > _SHORTEST})
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for type, key, retired in wanted:
        if len(homes := holders.get((type, key), {})) == 1:
            votes[retired].update(homes.keys())
    for retired, count in sorted(votes.items()):
        home, _ = max(sorted(count.items()), key=lambda item: item[1])
        entry = by_concept[home]
        entry.xrefs.add(retired)
        by_id[retired] = [entry]


def _speaks_of_rats(document: Annotated) -> bool:
    genes = [document.text[m.start : m.end] for m in document.mentions if m.type == GENE]
    return species_of(document.text, (), genes)[0] == RAT
