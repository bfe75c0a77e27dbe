"""What a name means: one concept of the lexicon, or none.

A name is looked up by itself, then by its safe variants; a disease by its words and its head too. Gene names are read
in the species that the document speaks of. A short form is read as the document defines it, else by what other texts
mean by it and the words around it (`senses.py`). Whatever stays ambiguous among names of the same rank means nothing.
Knows nothing of documents: it is told the species, the long form and the words.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.link.entry import ANNOTATED, CURATED, FULL_NAME, PREFERRED, SYNONYM, WEAK
from engine.link.families import PREFIX as FAMILY
from engine.link.families import members_among
from engine.link.genes import HUMAN, MOUSE, RAT
from engine.link.lexicon import Candidate, Lexicon
from engine.link.likest import CLOSEST, SEARCHED, likest, single_best
from engine.link.normalise import IDENTICAL, NEAR, bare, name_key
from engine.link.scores import FAMILY_PREFIX, kind_of
from engine.link.senses import Meaning, meanings, telling_words, weigh, words_of
from engine.link.species import OTHER
from engine.link.variants import heads, variants
from engine.link.words import plain_key, words_key
from engine.schema import DISEASE, ENTITY_TYPES

_MEMO: Final = 1 << 17
_SHORT_FORM: Final = re.compile(r"(?=.*[A-Z].*[A-Z0-9]|[A-Z])[A-Za-z0-9/+-]{2,7}s?\Z")
_PLURAL: Final = re.compile(r"[A-Za-z0-9/+-]*[A-Z0-9]{2,}s\Z")  # of a short form: "FGFRs"
_TOO_SHORT: Final = {"Gene": 3, "Chemical": 2, "Disease": 2}  # letters of a synonym that say too little by themselves
# How many texts' word a name of the lexicon is worth where an undefined short form is weighed.
_PRIOR: Final = {CURATED: 20.0, ANNOTATED: 20.0, PREFERRED: 4.0, FULL_NAME: 3.0, SYNONYM: 0.5, WEAK: 0.3}
_GENE_END: Final = re.compile(
    r"(?:kinases?|receptors?|proteins?|factors?|enzymes?|ligands?|channels?|transporters?|hormones?|genes?|molecules?"
    r"|antigens?|subunits?|interleukins?|interferons?|[a-z]{3,}(?<!dise)(?<!rele)(?<!incre)(?<!decre)ases?)"
    r"(?:[ -][A-Za-z0-9]{1,5})?\Z",
    re.IGNORECASE,
)
_PLAIN_WORDS: Final = re.compile(r"[A-Za-z][a-z]+(?:[ /-][a-z]+)+\Z")
_SPECIES: Final = (HUMAN, MOUSE, RAT)
_LEAST_SHARE: Final = 0.5
_UNHEARD_IF_DEFINED: Final = 6.0
_SHORTEST_LIKE: Final = 4  # letters of a name that may be taken for one that is spelt alike
_ALIKE: Final = 0.5  # share of words that two names have in common
_DENIED: Final = re.compile(r"\bnon[ -]?([a-z]{2,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A concept for a mention, and how it was found (see `scores.py`)."""

    concept_id: str
    how: str


class Resolver:
    """Names to concepts over one lexicon; remembers what it was asked."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.resolve = lru_cache(maxsize=_MEMO)(lambda *asked: _told_apart(self._resolve(*asked)))
        self._alike: OrderedDict[str, Link | None] = OrderedDict()
        self._meanings = lru_cache(maxsize=_MEMO)(self._meanings_of)
        self._members = lru_cache(maxsize=_MEMO)(self._held_by)

    def resolve_alike(self, names: Iterable[str]) -> dict[str, Link | None]:
        """The disease whose names are most like each name that is no other's; its chance is in the way.

        Together they cost less than alone, and mean the same.
        """
        asked = dict.fromkeys(names)
        new = [name for name in asked if name not in self._alike]
        searched = [name for name in new if self._may_be_alike(name)]
        found = self.lexicon.candidates_alike(searched, searched=SEARCHED, closest=CLOSEST)
        told = dict(zip(searched, map(likest, found), strict=True))
        for name in new:
            best = told.get(name)
            link = None if best is None else Link(best[0], f"near:{min(9, int(best[1] * 10))}")
            self._alike[name] = None if link is None or self._is_opposite(name, link.concept_id) else link
        answers = {name: self._alike[name] for name in asked}
        while len(self._alike) > _MEMO:
            self._alike.popitem(last=False)
        return answers

    def weigh(self, name: str, type: str, species: tuple[str, ...], words: frozenset[int]) -> tuple[Link | None, bool]:
        """What a short form that the document doesn't define means by the document's words (see `senses.words_of`).

        Returns: the link or None, and whether there was anything to weigh; if not, `resolve` says what the name means.
        """
        choices = self._meanings(name, type)
        return (_told_apart(self._likeliest(choices, type, species, words)), True) if choices else (None, False)

    def concepts_of(self, short: str, long: str) -> tuple[str, str, str]:
        """What a short form with this long form means as a (human) gene, a chemical and a disease; "" for nothing.

        A long form that is no type's name may still agree with what the short form is a name of (`_agreeing`), and one
        that ends as genes do ("AMP-activated protein kinase") is the gene or family whose own symbol the short form is,
        unless that is spelled out in other words ("cyclooxygenase" is no "cytochrome c oxidase", though both are COX).
        """
        if _PLURAL.match(short) and not any(self.lexicon.candidates(short, type) for type in ENTITY_TYPES):
            short = short[:-1]
        found = [self._by_name(long, type, _SPECIES if type == "Gene" else ()) for type in ENTITY_TYPES]
        if not any(found):
            found = [self._agreeing(short, long, type, _SPECIES) for type in ENTITY_TYPES]
        gene, chemical, disease = (link.concept_id if link else "" for link in found)
        if not any(found) and _GENE_END.search(long):
            best = single_best(self._of_human(self.lexicon.candidates(short, "Gene")))
            if best is not None and best.rank <= FULL_NAME and best.case == IDENTICAL:
                coincides = short.isalpha() and self._is_spelled_otherwise(best.concept_id, long)
                gene = "" if coincides else best.concept_id
        return gene, chemical, disease

    def is_short_form(self, name: str) -> bool:
        """Whether a name looks like one whose meaning the words around it tell."""
        return _SHORT_FORM.match(name) is not None

    # ------------------------------------------------------------------------------------- inside

    def _resolve(self, name: str, type: str, species: tuple[str, ...], long: str | None) -> Link | None:
        if long is not None:
            by_long = self._by_name(long, type, species)
            if by_long is not None:
                family = self._family(name) if type == "Gene" and is_annotators(by_long) else None
                if family is not None:
                    return Link(family, "symbol")
                return Link(by_long.concept_id, "long:" + by_long.how)
            return self._agreeing(name, long, type, species) or self._by_symbol(name, long, type, species)
        return self._by_name(name, type, species)

    def _family(self, name: str) -> str | None:
        """The family whose own name this is; annotators write a member's id where a text names the family."""
        best = single_best(self._of_human(self.lexicon.candidates(name, "Gene")))
        return best.concept_id if best is not None and best.type == "GeneFamily" and best.rank <= FULL_NAME else None

    def _means_another(self, long: str, type: str) -> bool:
        """Whether a long form is by itself the name of something of another type."""
        others = (t for t in ENTITY_TYPES if t != type)
        return any(c.rank <= SYNONYM for other in others for c in self.lexicon.candidates(long, other))

    def _meanings_of(self, name: str, type: str) -> tuple[Meaning, ...]:
        """What an undefined short form may stand for, a plural as well; empty if the lexicon says it well enough."""
        senses = self.lexicon.senses(name)
        found = self.lexicon.candidates(name, type)
        if not senses and not found:
            return self._meanings(name[:-1], type) if _PLURAL.match(name) else ()
        if not senses:
            groups = self._groups(self._of_human(found) or found)
            best = single_best([held[0] for held in groups.values()])
            if best is not None and not _says_too_little(best, type):
                return ()
        return meanings(senses, type, self._listed(found), self._names_of)

    def _listed(self, found: Sequence[Candidate]) -> list[tuple[str, float]]:
        """What a name's candidates stand for: concept (of a gene's orthologs the human one) and prior."""
        return [(concept, _PRIOR[held[0].rank]) for concept, held in self._groups(found).items()]

    def _likeliest(
        self, choices: Sequence[Meaning], type: str, species: tuple[str, ...], words: frozenset[int]
    ) -> Link | None:
        shares = weigh(choices, words)
        share, likeliest = max(zip(shares, choices, strict=True), key=lambda pair: pair[0])
        concept = likeliest.concept_id
        if share < _LEAST_SHARE:
            share, concept = self._with_members(shares, choices)
        if not concept or share < _LEAST_SHARE:
            return None
        if type == "Gene" and concept.startswith(("hgnc:", "ncbigene:", "rgd:")):
            if species[0] == OTHER:
                return None
            twins = self._orthologs_in(concept, species[0])
            concept = twins[0] if len(twins) == 1 else concept
        return Link(concept, f"sense:{min(9, int(share * 10))}")

    def _with_members(self, shares: Sequence[float], choices: Sequence[Meaning]) -> tuple[float, str]:
        """The likeliest family, its members' shares with its own: a text that means either may be told to mean it."""
        told = {choice.concept_id: share for share, choice in zip(shares, choices, strict=True)}
        families = [concept for concept in told if concept.startswith(FAMILY)]
        together = [(sum(told.get(c, 0.0) for c in (f, *self._members(f))), f) for f in families]
        return max(together, default=(0.0, ""))

    def _by_name(self, name: str, type: str, species: tuple[str, ...]) -> Link | None:
        if len(bare(name)) < 2 and not name.rstrip(")").endswith("+"):
            return None  # one letter names too much, unless it is an ion's
        for kind, text, key in variants(name, type):
            found = self.lexicon.candidates(text, type, key=key)
            if found and type == "Disease" and kind != "exact":
                known = {c.concept_id for c in found}
                others = self.lexicon.candidates_by_words(words_key(text))
                found = (*found, *(c for c in others if c.concept_id not in known))
            if found:
                return self._choose(found, kind, type, species)
        return self._by_words(name) if type == "Disease" else None

    def _by_words(self, name: str) -> Link | None:
        """A disease by its set of words, as the plain disease of an organ, or by its last words."""
        for kind, words in (("words", words_key(name)), ("plain", plain_key(name))):
            link = self._disease(kind, self.lexicon.candidates_by_words(words))
            if link is not None:
                return link
        for head in heads(name):
            for _, text, key in variants(head, "Disease"):
                link = self._disease("head", self.lexicon.candidates(text, "Disease", key=key))
                if link is not None:
                    return None if self._is_denied(name, link.concept_id) else link
            link = self._disease("head-words", self.lexicon.candidates_by_words(words_key(head)))
            if link is not None:
                return None if self._is_denied(name, link.concept_id) else link
        return None

    def _is_denied(self, name: str, concept_id: str) -> bool:
        """Whether the concept is by its own name what this name is not ("non-atopic eczema", by its head "eczema")."""
        own = self._names_of(concept_id)[0]
        said = {word.lower() for word in re.findall(r"[A-Za-z]+", own)}
        return any(word.startswith(begin) for begin in _denied_in(name) - _denied_in(own) for word in said)

    def _is_opposite(self, name: str, concept_id: str) -> bool:
        """Whether one of the two is what the other is not ("non-alcoholic cirrhosis", alcoholic liver cirrhosis)."""
        own, *others = (_denied_in(one) for one in self._names_of(concept_id))
        denied = _denied_in(name)
        return not denied <= own.union(*others) if denied else bool(own)

    def _is_spelled_otherwise(self, concept_id: str, long: str) -> bool:
        """Whether the concept, or a family's member, has names of several words, and none shares a telling word."""
        held = (concept_id, *self._members(concept_id))
        spelled = [name for one in held for name in self._names_of(one) if " " in name]
        telling = telling_words(long)
        return bool(spelled) and not any(telling & telling_words(name) for name in spelled)

    def _may_be_alike(self, name: str) -> bool:
        """Whether a name is long enough to be like another, and no other's."""
        return len(bare(name)) >= _SHORTEST_LIKE and not self._means_another(name, DISEASE)

    def _disease(self, kind: str, found: Sequence[Candidate]) -> Link | None:
        best = single_best(found)
        return None if best is None or best.rank == WEAK else Link(best.concept_id, f"{kind}:{best.rank}:{best.case}")

    def _choose(self, found: Sequence[Candidate], kind: str, type: str, species: tuple[str, ...]) -> Link | None:
        """The one best candidate, or None if two are equally good or the best is a homonym."""
        if type == "Gene":
            return self._choose_gene(found, kind, species)
        best = single_best(found)
        if best is None or _says_too_little(best, type):
            return None
        return Link(best.concept_id, f"{kind}:{best.rank}:{best.case}")

    def _choose_gene(self, found: Sequence[Candidate], kind: str, species: tuple[str, ...]) -> Link | None:
        """The gene or family that the name means in any species, read in the document's species.

        A name means one group of orthologs (`_group`): the best rank that any of its genes has the name at decides,
        then whether that gene is of the document's species, then its letter case, then in how many species it is so.
        It means none where that gene has no twin in the species and another one of the species is called so too ("H1").
        """
        groups = self._groups(found)
        own = {species[0], ""}
        ranked = sorted(
            (min((c.rank, c.taxon not in own, c.case) for c in held), -len({c.taxon for c in held}), group)
            for group, held in groups.items()
        )
        if len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]:
            return None
        held = sorted(groups[ranked[0][2]], key=lambda c: (c.taxon not in own, c.rank, c.case))
        best = min(held, key=lambda c: (c.rank, c.taxon not in own, c.case))
        if _says_too_little(best, "Gene") or self._names_a_class(best, held):
            return None
        how = f"{kind}:{best.rank}:{best.case}"
        if held[0].taxon in own:
            return Link(held[0].concept_id, how)
        if species[0] == OTHER:
            return None
        for taxon in species:
            twins = self._orthologs_in(held[0].concept_id, taxon)
            if len(twins) == 1:
                return Link(twins[0], f"{how}:ortholog")
        if any(candidate.taxon in own for others in groups.values() for candidate in others):
            return None
        return Link(best.concept_id, f"{how}:ortholog")

    def _names_a_class(self, best: Candidate, held: Sequence[Candidate]) -> bool:
        """Whether plain words that end as genes do are a rodent gene's synonym and not the human one's.

        "receptor tyrosine kinase" (Tyro3), "serine protease" (C1s1): lists of rodents' names have the class under one
        member, which the lists of ours don't.
        """
        return (
            best.rank == SYNONYM
            and all(c.taxon in {MOUSE, RAT} for c in held)
            and _PLAIN_WORDS.match(best.surface) is not None
            and _GENE_END.search(best.surface) is not None
            and bool(self.lexicon.orthologs(best.concept_id))
        )

    def _groups(self, found: Sequence[Candidate]) -> dict[str, list[Candidate]]:
        """The candidates that are one gene in several species together, in their order."""
        groups: dict[str, list[Candidate]] = {}
        for candidate in found:
            groups.setdefault(self._group(candidate), []).append(candidate)
        return groups

    def _of_human(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The candidates of no species or of ours."""
        return [c for c in found if c.taxon in {HUMAN, ""}]

    def _group(self, candidate: Candidate) -> str:
        """A gene's group of orthologs, named by the human gene; what has no species is alone."""
        if candidate.taxon in {HUMAN, ""}:
            return candidate.concept_id
        return next(iter(self.lexicon.orthologs(candidate.concept_id)), candidate.concept_id)

    def _orthologs_in(self, concept_id: str, taxon: str) -> list[str]:
        """The genes of a species that are orthologs of this one, through the human gene."""
        humans = [concept_id] if concept_id.startswith("hgnc:") else list(self.lexicon.orthologs(concept_id))
        if taxon == HUMAN:
            return humans
        prefix = "ncbigene:" if taxon == MOUSE else "rgd:"
        edges = [e for human in humans for e in self.lexicon.edges(human) if e.predicate == "ORTHOLOG_OF"]
        return sorted({e.subject for e in edges if e.subject.startswith(prefix)})

    def _agreeing(self, name: str, long: str, type: str, species: tuple[str, ...]) -> Link | None:
        """A candidate for a short form whose long form is unknown, if the two agree.

        They do if one of the concept's names shares most words with the long form; never if that is by itself the name
        of something of another type.
        """
        if self._means_another(long, type):
            return None
        words = _words(long)
        found = self.lexicon.candidates(name, type)
        agreeing = [
            c
            for c in _of_species(found, type, species)
            if any(_overlap(words, _words(n)) >= _ALIKE for n in self._names_of(c.concept_id))
        ]
        best = single_best(agreeing)
        if best is not None:
            return Link(best.concept_id, "agreeing")
        said = words_of(long)
        listed = meanings((), type, self._listed(found), self._names_of, unheard=_UNHEARD_IF_DEFINED)
        choices = [choice for choice in listed if not choice.concept_id or not said.isdisjoint(choice.words)]
        if len(choices) > 1:
            link = self._likeliest(choices, type, species, said)
            if link is not None:
                return Link(link.concept_id, "agreeing-words")
        return None

    def _by_symbol(self, name: str, long: str, type: str, species: tuple[str, ...]) -> Link | None:
        """The concept whose official symbol a short form is, where that is too telling to be a coincidence.

        BICD2 for "Bicaudal D2", but not CAT; never if the long form is by itself the name of something of another type.
        """
        if self._means_another(long, type):
            return None
        found = self.lexicon.candidates(name, type)
        best = single_best(_of_species(found, type, species))
        telling = len(name) >= 4 and (any(c.isdigit() for c in name) or (best is not None and best.rank == CURATED))
        if best is not None and telling and best.rank <= PREFERRED and self._as_written(best, found) != NEAR:
            return Link(best.concept_id, "symbol")
        return None

    def _as_written(self, chosen: Candidate, found: Sequence[Candidate]) -> int:
        """How the letter case fits, in whichever species it fits best: people write a mouse's gene as the human one."""
        group = self._group(chosen)
        return min(c.case for c in found if c.rank == chosen.rank and self._group(c) == group)

    def _held_by(self, family: str) -> frozenset[str]:
        """The genes, families and complexes under a family, at every level; none under what is no family."""
        below = members_among(self.lexicon.edges(family), family) if family.startswith(FAMILY) else []
        return frozenset(below).union(*map(self._held_by, below))

    def _names_of(self, concept_id: str) -> tuple[str, ...]:
        concept = self.lexicon.concept(concept_id)
        return (concept.name, *concept.synonyms) if concept else ()


def _of_species(found: Iterable[Candidate], type: str, species: tuple[str, ...]) -> list[Candidate]:
    """The candidates of a type that, if they are genes, are of the first species or of none."""
    return [c for c in found if type != "Gene" or c.taxon in {species[0], ""}]


def _told_apart(link: Link | None) -> Link | None:
    """The link, its way marked if it leads to a family: gold annotations name members, so it's believed by itself."""
    if link is None or not link.concept_id.startswith(FAMILY):
        return link
    return Link(link.concept_id, FAMILY_PREFIX + kind_of(link.how))


def is_annotators(link: Link) -> bool:
    """Whether annotators' word alone gives the name this meaning (see `entry.ANNOTATED`)."""
    return f":{ANNOTATED}:" in link.how


def _says_too_little(best: Candidate, type: str) -> bool:
    """Whether the name is a homonym, or a synonym of so few letters that it needs a definition in the document.

    Of gene synonyms of up to three letters 40 % were linked right on BioRED train ("ANA", "CSR"), of four all.
    """
    name = bare(best.surface)
    return best.rank == WEAK or (best.rank == SYNONYM and name.isalpha() and len(name) <= _TOO_SHORT[type])


def _words(name: str) -> frozenset[str]:
    return frozenset(name_key(w) for w in name.replace("-", " ").replace(",", " ").split()) - {""}


def _denied_in(name: str) -> frozenset[str]:
    """How the words begin that "non" stands before."""
    return frozenset(begin.lower() for begin in _DENIED.findall(name))


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0
