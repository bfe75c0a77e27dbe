"""Chemicals and drugs: MeSH (public domain), ChEBI (CC BY 4.0), DrugBank's open vocabulary (CC0) and UNII names.

Knows nothing of genes or diseases. Terms of the vocabularies are joined, surest evidence first: Biomappings (CC0),
equal preferred names, CAS numbers, ChEBI's own DrugBank references, a preferred name that is the other's synonym,
and a salt's name ("Imatinib Mesylate") for its base. Trade-off: proteins and enzymes are genes to us, so they
are chemicals only where DrugBank lists them (insulin, trastuzumab, thrombin).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.link.diseases import is_disease, read_biomappings
from engine.link.drugs import is_drug
from engine.link.entry import FULL_NAME, PREFERRED, SYNONYM, Entry, LexiconEdge, build_key, read_table, split
from engine.link.merge import Clusters
from engine.link.mesh import MeshTerm
from engine.link.normalise import ate_to_acid
from engine.link.salts import base_of_salt

_ORDER: Final = ("mesh", "chebi", "drugbank")
_PROTEIN_TREES: Final = ("D12.776", "D08.811", "D05.500", "D13.444.600", "D13.444.735")
_HORMONE_TREES: Final = ("D06.472.699", "D12.644.400")  # peptide hormones, neuropeptides: chemicals though proteins
# Antigens and biomarkers, and placebos: no chemicals unless they stand elsewhere too.
_OTHER_TREES: Final = ("D23.050", "D23.101", "D26.660")
_LONGEST_CHEBI_NAME: Final = 48  # longer ones are systematic names that abstracts do not write
_LONGEST_NAME: Final = 80
_TAG = re.compile(r"\s*\[([^\]]*)\]\Z")
_UNII_NOISE = re.compile(r"IMPURITY|COMPONENT|\bE-\d|\bINS[ -]|FEMA|\bFDA|CONSTITUENT|;")
_GENE_PRODUCT = re.compile(r"\b(protein|gene|mRNA|microRNA)\b.*,|\bprotein\Z|, (human|mouse|rat|E coli)\Z")


@dataclass(slots=True)
class _Term:
    """One vocabulary's term for a chemical."""

    name: str
    synonyms: list[str]
    trees: tuple[str, ...] = ()
    cas: str = ""
    unii: str = ""
    tags: set[str] = field(default_factory=set)  # of UNII: INN, USAN, ...


# Joins that no cross-reference or shared name gives: MeSH's hormone is what DrugBank lists as "Insulin human".
_KNOWN_JOINS: Final = (("mesh:D007328", "drugbank:DB00030"),)


def is_chemical(term: MeshTerm) -> bool:
    """Whether a MeSH term is a chemical by its trees: chapter D, without proteins and enzymes that are no hormones."""
    places = [t for t in term.trees if t.startswith("D")]
    if all(t.startswith(_OTHER_TREES) for t in places):
        return False
    if _GENE_PRODUCT.search(term.name):
        return False
    return any(t.startswith(_HORMONE_TREES) for t in places) or not any(t.startswith(_PROTEIN_TREES) for t in places)


def build_chemicals(
    vocab: Path, mesh: dict[str, MeshTerm], curated: dict[str, set[str]]
) -> tuple[list[Entry], list[LexiconEdge]]:
    """Chemical and Drug entries, one a concept, and IS_A between MeSH descriptors."""
    terms = _terms(vocab, mesh)
    for curie, names in curated.items():
        if curie in terms:
            terms[curie].synonyms += sorted(names)
    clusters = Clusters(sorted(terms))
    for left, right in _pairs(vocab, terms):
        clusters.join(left, right)
    for left, right in _salt_pairs(terms):
        clusters.join(left, right, several=frozenset({"chebi"}))
    _drop_lone_proteins(terms, clusters, mesh)
    entries = {}
    for held in clusters.all():
        ids = [i for vocabulary in _ORDER for i in held.get(vocabulary, ()) if i in terms]
        if ids:
            entry = _entry(ids, terms)
            entries[entry.concept_id] = entry
    kept = _absorb(entries, terms)
    return [kept[i] for i in sorted(kept)], _mesh_edges(mesh, kept)


def _terms(vocab: Path, mesh: dict[str, MeshTerm]) -> dict[str, _Term]:
    terms: dict[str, _Term] = {}
    cas = dict(_mesh_cas(vocab))
    for identifier, term in mesh.items():
        if any(t.startswith("D") for t in term.trees) and not is_disease(term) and not _GENE_PRODUCT.search(term.name):
            synonyms = [s for s in term.synonyms if len(s) <= _LONGEST_NAME]
            terms[f"mesh:{identifier}"] = _Term(term.name, synonyms, term.trees, cas.get(identifier, ""))
    for curie, name, synonyms_text in read_table(vocab / "chebi.tsv.gz", ("chebi_id", "name", "synonyms")):
        if name and len(name) <= _LONGEST_CHEBI_NAME:
            terms[curie.lower()] = _Term(name, split(synonyms_text))
    columns = ("DrugBank ID", "Common name", "CAS", "UNII", "Synonyms")
    for identifier, name, number, unii, text in read_table(
        vocab / "drugbank_vocabulary.csv.gz", columns, delimiter=","
    ):
        synonyms = [s for s in split(text) if len(s) <= _LONGEST_NAME]
        terms[f"drugbank:{identifier}"] = _Term(name, synonyms, cas=number, unii=unii)
    _add_unii_names(vocab, terms)
    return terms


def _add_unii_names(vocab: Path, terms: dict[str, _Term]) -> None:
    for _, identifier, kind, raw in read_table(
        vocab / "unii_names_drugbank.tsv.gz", ("unii", "drugbank_id", "type", "name")
    ):
        term = terms.get(f"drugbank:{identifier}")
        if term is None or kind == "sys" or _UNII_NOISE.search(raw):
            continue
        tag = _TAG.search(raw)
        if tag:
            term.tags.add(tag.group(1))
        name = _TAG.sub("", raw)
        if 2 < len(name) <= _LONGEST_NAME:
            # UNII writes all names in capitals; only a brand is protected from meeting an English word.
            term.synonyms.append(name.title() if kind == "bn" and name.isalpha() else _calm(name))


def _calm(name: str) -> str:
    return name.lower() if len(name) > 5 and not any(c.isdigit() for c in name) else name


def _mesh_cas(vocab: Path) -> Iterator[tuple[str, str]]:
    import gzip

    with gzip.open(vocab / "xrefs" / "mesh_cas_mappings.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            identifier, _, number = line.rstrip("\n").partition("\t")
            yield identifier, number


def _pairs(vocab: Path, terms: dict[str, _Term]) -> Iterator[tuple[str, str]]:
    """Pairs of terms that are one chemical, surest first; each step in the order of ids."""
    yield from _KNOWN_JOINS
    yield from sorted(
        (a, b)
        for a, b in (
            (a.replace("chebi:CHEBI:", "chebi:"), b.replace("chebi:CHEBI:", "chebi:"))
            for a, b in read_biomappings(vocab / "xrefs" / "biomappings_positive.sssom.tsv.gz")
        )
        if a < b and a in terms and b in terms
    )
    preferred: dict[str, list[str]] = {}
    synonyms: dict[str, list[str]] = {}
    by_cas: dict[str, list[str]] = {}
    for curie in sorted(terms, key=_priority):
        term = terms[curie]
        preferred.setdefault(build_key(term.name), []).append(curie)
        if term.cas:
            by_cas.setdefault(term.cas, []).append(curie)
        for key in {build_key(s) for s in term.synonyms}:
            synonyms.setdefault(key, []).append(curie)
    yield from _chains(preferred)
    for key in sorted(k for k in preferred if not k.endswith("ate")):  # "penicillin" of ChEBI is MeSH's "Penicillins"
        for other in preferred.get(key + "s", ()):
            yield other, preferred[key][0]
    for cas, chebi in sorted(_chebi_cas(vocab)):
        if chebi in terms:
            by_cas.setdefault(cas, []).append(chebi)
    yield from _chains(by_cas)
    for identifier, space, local, source in read_table(
        vocab / "xrefs" / "drugbank_mappings.tsv.gz", ("DRUGBANK_ID", "NAMESPACE", "ID", "SOURCE")
    ):
        if space == "CHEBI" and source == "chebi":
            yield f"drugbank:{identifier}", f"chebi:{local.removeprefix('CHEBI:')}"
    for key in sorted(preferred.keys() & synonyms.keys()):
        if len(synonyms[key]) == 1:
            for curie in preferred[key]:
                yield synonyms[key][0], curie


def _salt_pairs(terms: dict[str, _Term]) -> Iterator[tuple[str, str]]:
    """A MeSH term that only names the salt of a drug, with DrugBank's term for the drug."""
    in_mesh = {build_key(n) for c, t in terms.items() if c.startswith("mesh:") for n in (t.name, *t.synonyms)}
    drugs = {build_key(t.name): c for c, t in terms.items() if c.startswith("drugbank:")}
    for curie in sorted(c for c in terms if c.startswith("mesh:")):
        base = base_of_salt(terms[curie].name)
        if base is not None and build_key(base) in drugs and build_key(base) not in in_mesh:
            yield curie, drugs[build_key(base)]


def _priority(curie: str) -> tuple[int, int, str]:
    """MeSH descriptors, MeSH supplements, ChEBI, DrugBank: who comes first takes part in joins first."""
    return _ORDER.index(curie.partition(":")[0]), int(curie.startswith("mesh:C")), curie


def _chains(groups: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for key in sorted(groups):
        first = groups[key][0]
        for other in groups[key][1:]:
            yield first, other


def _chebi_cas(vocab: Path) -> Iterator[tuple[str, str]]:
    for cas, chebi in read_table(vocab / "xrefs" / "cas_to_chebi.tsv.gz", ("CAS", "CHEBI")):
        yield cas, f"chebi:{chebi.removeprefix('CHEBI:')}"


def _drop_lone_proteins(terms: dict[str, _Term], clusters: Clusters, mesh: dict[str, MeshTerm]) -> None:
    """Leaves out MeSH terms that are no chemical by their trees, save those that DrugBank lists."""
    for curie in [c for c in terms if c.startswith("mesh:")]:
        if not is_chemical(mesh[curie[5:]]) and "drugbank" not in clusters.held(curie):
            del terms[curie]


def _entry(ids: list[str], terms: dict[str, _Term]) -> Entry:
    members = [terms[i] for i in ids]
    drugbank = next((terms[i] for i in ids if i.startswith("drugbank:")), None)
    trees = members[0].trees
    names = {term.name for term in members}
    drug = drugbank is not None and is_drug(names, tags=drugbank.tags, trees=trees)
    head = members[0]
    if drugbank is not None and (base_of_salt(head.name) or "").lower() == drugbank.name.lower():
        head = drugbank  # the graph shows "imatinib", not "Imatinib Mesylate"
    entry = Entry(ids[0], "Drug" if drug else "Chemical", head.name)
    entry.add(head.name, PREFERRED)
    for curie, term in zip(ids, members, strict=True):
        entry.xrefs.add(curie)
        entry.add(term.name, FULL_NAME)
        for synonym in term.synonyms:
            entry.add(synonym, SYNONYM)
        if term.cas:
            entry.xrefs.add(f"cas:{term.cas}")
        if term.unii:
            entry.xrefs.add(f"unii:{term.unii}")
    return entry


def _absorb(entries: dict[str, Entry], terms: dict[str, _Term]) -> dict[str, Entry]:
    """Lets MeSH decide who owns a name: no other concept keeps a name that MeSH itself gives to one of its own.

    A ChEBI or DrugBank concept whose preferred name is a MeSH synonym, or a salt or an anion of what MeSH names, is
    folded into it.
    """
    owners: dict[str, list[str]] = {}
    for curie in sorted((c for c in entries if c.startswith("mesh:")), key=_priority):
        for key in sorted({build_key(n) for n in (terms[curie].name, *terms[curie].synonyms)}):
            owners.setdefault(key, []).append(curie)
    kept = {}
    for curie, entry in entries.items():
        own = (
            {build_key(n) for n in (terms[curie].name, *terms[curie].synonyms)} if curie.startswith("mesh:") else set()
        )
        home = None if own else _home(entry, owners)
        if home is not None and home in entries:
            entries[home].xrefs |= entry.xrefs
            entries[home].add(entry.name, SYNONYM)
            continue
        supplement = curie.startswith("mesh:C")
        entry.names = {
            n: r
            for n, r in entry.names.items()
            if n == entry.name
            or owners.get(build_key(n), [curie])[0] == curie
            or (build_key(n) in own and not supplement)
        }
        kept[curie] = entry
    return kept


def _home(entry: Entry, owners: dict[str, list[str]]) -> str | None:
    """The one MeSH concept that owns the name of a concept outside MeSH, or its base or acid."""
    base = base_of_salt(entry.name)
    keys = [build_key(entry.name), build_key(base) if base else None, ate_to_acid(build_key(base or entry.name))]
    for key in keys:
        homes = owners.get(key, []) if key else []
        if len(homes) == 1:
            return homes[0]
    return None


def _mesh_edges(mesh: dict[str, MeshTerm], entries: dict[str, Entry]) -> list[LexiconEdge]:
    at = {tree: i for i, t in mesh.items() if not t.supplementary for tree in t.trees if f"mesh:{i}" in entries}
    edges = set()
    for identifier, term in mesh.items():
        if f"mesh:{identifier}" in entries and not term.supplementary:
            for tree in term.trees:
                parent = at.get(tree.rpartition(".")[0])
                if parent is not None and parent != identifier:
                    edges.add(LexiconEdge(f"mesh:{identifier}", "IS_A", f"mesh:{parent}"))
    return sorted(edges)
