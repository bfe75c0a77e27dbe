"""Diseases and phenotypes: MONDO (CC BY 4.0) first, with MeSH (public domain) and DOID (CC0) joined to it.

Knows nothing of genes or drugs. A MeSH term joins the MONDO term that names it as a cross-reference, unless another
plainly should; else the one that calls it by its preferred name and is called so by it, else the one that alone shares
most names, or alone has the same words in its preferred name; a DOID term likewise, or a MeSH term. The rest stay
concepts of their own.
Trade-off: where MeSH lumps what MONDO splits ("Breast Cancer" is an entry term of Breast Neoplasms), the MONDO terms
stay apart and share the MeSH id as a cross-reference. HPO is left out for its licence; signs and symptoms come from
MeSH.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.link.entry import FULL_NAME, PREFERRED, SYNONYM, WEAK, Entry, LexiconEdge, build_key, read_table, split
from engine.link.mesh import MeshTerm
from engine.link.words import words_of_name

_ROOTS: Final = frozenset({"mondo:0000001", "mondo:0700096", "mesh:D004194", "doid:4"})
# Signs and symptoms, pathological processes, and the manifestations that organ chapters list besides.
_PHENOTYPE_TREES: Final = ("C23.888", "C23.550", "C10.597", "C12.050.351.968.934", "C12.200.777.934", "C12.950.934")
# Symptoms of mind and behaviour that MeSH files under psychology, and injuries of function beside them.
_EXTRA_TREES: Final = ("F01.145.126", "F01.470.132", "F01.470.282", "F01.700", "F02.830.104")
_KEPT_XREFS: Final = {"DOID": "doid", "MESH": "mesh", "OMIM": "omim", "OMIMPS": "omim.ps", "Orphanet": "orphanet.ordo"}
# MONDO entries that a broader MeSH term is cross-referenced from or named like: read by a person, put below the term.
_NARROWER: Final = {
    "mesh:D000071078": "mondo:0017864",  # Stenosis, Pulmonary Vein: congenital pulmonary veins atresia or stenosis
    "mesh:D000096142": "mondo:0007963",  # Melanoma, Cutaneous Malignant: susceptibility to it, 1
    "mesh:D001289": "mondo:0005302",  # Attention Deficit Disorder with Hyperactivity: its inattentive type
    "mesh:D006130": "mondo:0015514",  # Growth Disorders: hereditary endocrine growth disease
    "mesh:D006950": "mondo:0007759",  # Hyperlipidemia, Familial Combined: LPL related
    "mesh:D007079": "mondo:0000709",  # Ileitis: Crohn ileitis
    "mesh:D008944": "mondo:0001298",  # Mitral Valve Insufficiency: congenital mitral valve insufficiency
    "mesh:D009212": "mondo:0000866",  # Myoglobinuria: hereditary myoglobinuria
    "mesh:D010014": "mondo:0043731",  # Osteolysis: lytic metastatic bone lesion
    "mesh:D012185": "mondo:0018848",  # Retroperitoneal Fibrosis: IgG4-related
    "mesh:D014860": "mondo:0001209",  # Warts: common wart
    "mesh:D018917": "mondo:0006649",  # Optic Neuropathy, Ischemic: anterior ischemic optic neuropathy
}
_MEANT: Final = {"mesh:D000096142": ["mondo:0005012"]}  # what such a term is, where no name tells: cutaneous melanoma
_CLEARLY_MORE: Final = 2  # names that a term shares with another entry beyond those it shares with the listed one
_GENERIC: Final = ("disease", "disorder", "infect", "neoplas", "cancer", "tumor", "syndrome", "condition")
# Synonyms that say more than the disease's name: statements of risk and of mutation, indexing notes.
_NO_NAME: Final = re.compile(
    r"susceptibility|protection against|resistance to|somatic|association with|modifier of|response to|\bNOS\b"
    r"|unspecified|obsolete|\(finding\)|included",
    re.IGNORECASE,
)
# "X, susceptibility to" tells that plain X beside it is what is risked, not what it is a risk of.
_RISK: Final = re.compile(r",? (?:susceptibility to|protection against|resistance to)\b", re.IGNORECASE)

_TUMOUR: Final = re.compile(r"neoplas|cancer|tumou?r|oma\b|malignan", re.IGNORECASE)
_TUMOUR_KIND: Final = re.compile(r"\b(?:malignant|(?:adeno)?carcinomas?)\b", re.IGNORECASE)


def is_disease(term: MeshTerm) -> bool:
    """Whether a MeSH term is a disease, sign or symptom by its trees."""
    return any(tree.startswith(("C", "F03", *_EXTRA_TREES)) for tree in term.trees)


def is_phenotype(term: MeshTerm) -> bool:
    """Whether all of a MeSH disease term's places are signs, symptoms, pathological processes or behaviour."""
    places = [t for t in term.trees if t.startswith(("C", "F03", *_EXTRA_TREES))]
    return bool(places) and all(t.startswith((*_PHENOTYPE_TREES, *_EXTRA_TREES)) for t in places)


def build_diseases(vocab: Path, mesh: dict[str, MeshTerm]) -> tuple[list[Entry], list[LexiconEdge]]:
    """Disease and Phenotype entries with their IS_A edges."""
    entries, parents, mondo_of = _mondo(vocab)
    _add_biomappings(vocab, entries, mondo_of)
    by_name, by_title = _by_name(entries.values()), _by_title(entries.values())
    concept_of: dict[str, str] = {}  # `mesh:` and `doid:` ids to concepts
    terms = {i: t for i, t in mesh.items() if is_disease(t)}
    for identifier, term in terms.items():
        curie = f"mesh:{identifier}"
        narrower = _NARROWER.get(curie, "")
        if narrower in entries:
            entries[narrower].xrefs.discard(curie)
            others = [other for other in mondo_of.get(curie, ()) if other != narrower]
            mondo_of[curie] = others or [meant for meant in _MEANT.get(curie, ()) if meant in entries]
        home = _home(term, mondo_of.get(curie, []), entries, by_name, by_title, narrower=narrower)
        if home is None:
            home = Entry(curie, "Disease", term.name)
            home.add(term.name, PREFERRED)
            entries[curie] = home
        alone = home.concept_id == curie and any(t.startswith("C23.888") for t in term.trees)
        if alone or is_phenotype(term):
            home.type = "Phenotype"
        home.xrefs.add(curie)
        home.add(term.name, FULL_NAME)
        for name in term.synonyms:
            home.add(name, SYNONYM)
        concept_of[curie] = home.concept_id
        if narrower:
            parents.append((narrower, home.concept_id))
    _doid(vocab, entries, mondo_of, concept_of, parents)
    _share_mesh_ids(entries, terms, parents)
    edges = {LexiconEdge(child, "IS_A", parent) for child, parent in parents if child in entries and parent in entries}
    edges |= _mesh_edges(terms, concept_of, mesh)
    _demote_subtypes(entries, sorted(edges))
    for root in _ROOTS:
        if root in entries:
            entries[root].names = {entries[root].name: SYNONYM}
    return [entries[i] for i in sorted(entries)], sorted(e for e in edges if e.subject != e.object)


def _mondo(vocab: Path) -> tuple[dict[str, Entry], list[tuple[str, str]], dict[str, list[str]]]:
    entries, parents, mondo_of = {}, [], dict[str, list[str]]()
    for curie, name, synonyms, xrefs, _, is_a in read_table(
        vocab / "mondo.tsv.gz", ("id", "name", "synonyms", "xrefs", "alt_ids", "is_a")
    ):
        if not name or name.lower().startswith("obsolete") or "OMIA:" in xrefs:  # OMIA: diseases of animals
            continue
        entry = Entry(curie.lower(), "Disease", name)
        entry.add(name, PREFERRED)
        for synonym in _names_among(split(synonyms), name):
            entry.add(synonym, SYNONYM)
        for xref in split(xrefs):
            space, _, local = xref.partition(":")
            if space in _KEPT_XREFS and local:
                kept = f"{_KEPT_XREFS[space]}:{local}"
                entry.xrefs.add(kept)
                mondo_of.setdefault(kept, []).append(entry.concept_id)
        parents += [(entry.concept_id, f"mondo:{p.split(':')[-1]}") for p in split(is_a)]
        entries[entry.concept_id] = entry
    return entries, parents, mondo_of


def _names_among(synonyms: Sequence[str], name: str) -> Iterator[str]:
    """The synonyms that name the disease: no statements, and not what it only raises the risk of.

    MONDO's "thrombophilia due to thrombin defect" has "venous thrombosis, protection against" and, from that, "venous
    thrombosis". A disease that shares a word with its risk's name is left there.
    """
    risked = {build_key(synonym[: told.start()]) for synonym in synonyms if (told := _RISK.search(synonym))}
    own = words_of_name(name)
    for synonym in synonyms:
        another = build_key(synonym) in risked and own.isdisjoint(words_of_name(synonym))
        if not another and not _NO_NAME.search(synonym):
            yield synonym


def _add_biomappings(vocab: Path, entries: dict[str, Entry], mondo_of: dict[str, list[str]]) -> None:
    path = vocab / "xrefs" / "biomappings_positive.sssom.tsv.gz"
    for left, right in read_biomappings(path):
        if left.startswith("mondo:") and left in entries and right.startswith(("mesh:", "doid:")):
            mondo_of.setdefault(right, [left])


def read_biomappings(path: Path) -> list[tuple[str, str]]:
    """Pairs of ids that Biomappings (CC0) holds for exact matches, each in both orders."""
    import gzip

    pairs = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))
        head = next(rows)
        subject, predicate, object_ = (head.index(c) for c in ("subject_id", "predicate_id", "object_id"))
        for row in rows:
            if row[predicate] == "skos:exactMatch":
                pairs += [(row[subject], row[object_]), (row[object_], row[subject])]
    return pairs


def _by_name(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Concepts by the key of a preferred name or synonym."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for key in sorted({build_key(n) for n in entry.names}):
            found.setdefault(key, []).append(entry.concept_id)
    return found


def _by_title(entries: Iterable[Entry]) -> dict[frozenset[str], list[str]]:
    """Concepts by the words of their preferred name."""
    found: dict[frozenset[str], list[str]] = {}
    for entry in entries:
        found.setdefault(words_of_name(entry.name), []).append(entry.concept_id)
    return found


def _home(
    term: MeshTerm,
    listed: list[str],
    entries: dict[str, Entry],
    by_name: dict[str, list[str]],
    by_title: dict[frozenset[str], list[str]],
    *,
    narrower: str,
) -> Entry | None:
    """The MONDO entry that a MeSH term joins: the cross-referenced one, of several the one that shares most names.

    `narrower`: the entry that it never joins, or "".

    Some cross-references are broader or plain wrong (Seizures: "visual epilepsy"): one that shares no name, not even
    in other words ("Hepatitis C": "viral hepatitis C"), and differs in a telling word is refused. It is taken off the
    MONDO entry unless that names a kind of the term ("benign prostatic hyperplasia" of Prostatic Hyperplasia).
    """
    names = (term.name, *term.synonyms)
    keys, words = {build_key(n) for n in names}, _word_sets(names)
    shared = {i: len(keys & {build_key(n) for n in entries[i].names}) for i in listed}
    worded = []
    for identifier in listed:
        other = entries[identifier]
        if shared[identifier] or term.supplementary or _telling(term.name) == _telling(other.name):
            continue
        del shared[identifier]
        others = _word_sets(other.names)
        if not words.isdisjoint(others):
            worded.append(identifier)
        elif not any(ours < theirs for ours in words for theirs in others):
            other.xrefs.discard(f"mesh:{term.identifier}")
    named = Counter(i for key in sorted(keys) for i in by_name.get(key, ()) if i != narrower)
    if shared:
        best_listed = max(sorted(shared), key=lambda i: shared[i])
        better = _better_home(entries[best_listed], named, keys, words, entries)
        if better is None:
            return entries[best_listed]
        for identifier in shared:
            entries[identifier].xrefs.discard(f"mesh:{term.identifier}")
        return better
    title = build_key(term.name)
    mutual = [i for i in named if build_key(entries[i].name) in keys and i in by_name.get(title, ())]
    free = [(n, i) for i, n in named.items() if not _mesh_ids(entries[i])]
    best = [i for n, i in free if n == max(free)[0]]
    titled = [i for i in by_title.get(words_of_name(term.name), ()) if i != narrower]
    home = next((some[0] for some in (mutual, best, worded, titled) if len(some) == 1), None)
    return None if home is None else entries[home]


def _better_home(
    listed: Entry, named: Counter[str], keys: set[str], words: set[frozenset[str]], entries: dict[str, Entry]
) -> Entry | None:
    """The entry that a term should have been cross-referenced from, if the listed one is another disease.

    MONDO's "chronic kidney disease" has Kidney Failure, Chronic, which no name of that term calls so; "end stage renal
    failure", without a MeSH id, has four names more in common with it, its preferred one among them. Left alone, the
    term that does mean chronic kidney disease finds its place taken. Several such are none.
    """
    if words_of_name(listed.name) in words:
        return None
    shared = named[listed.concept_id]
    better = [
        entries[i]
        for i, n in named.items()
        if n >= shared + _CLEARLY_MORE and build_key(entries[i].name) in keys and not _mesh_ids(entries[i])
    ]
    return better[0] if len(better) == 1 else None


def _mesh_ids(entry: Entry) -> set[str]:
    return {xref for xref in entry.xrefs if xref.startswith("mesh:")}


def _word_sets(names: Iterable[str]) -> set[frozenset[str]]:
    """Each name as the set of its words, in one form."""
    return {words for name in names if (words := words_of_name(name))}


def _telling(name: str) -> frozenset[str]:
    """The stems of a name's words that tell one disease from another."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return frozenset(w[:5] for w in words if not w.startswith(_GENERIC) and w not in {"of", "the", "and", "in"})


def _is_lumped(name: str, above: str) -> bool:
    """Whether a term says no more to an indexer than the one above it: the same site, and both are tumours or none."""
    return _site(name) == _site(above) and bool(_TUMOUR.search(name)) == bool(_TUMOUR.search(above))


def _site(name: str) -> frozenset[str]:
    """The telling words of a tumour's name without those for its kind."""
    return _telling(_TUMOUR_KIND.sub(" ", name))


def _doid(
    vocab: Path,
    entries: dict[str, Entry],
    mondo_of: dict[str, list[str]],
    concept_of: dict[str, str],
    parents: list[tuple[str, str]],
) -> None:
    """Joins DOID terms to MONDO, else to MeSH by cross-reference or name; what is left is an entry of its own."""
    raw_parents = []
    by_name, by_title = _by_name(entries.values()), _by_title(entries.values())
    for identifier, name, synonyms, xrefs, _, is_a in read_table(
        vocab / "doid.tsv.gz", ("id", "name", "synonyms", "xrefs", "alt_ids", "is_a")
    ):
        if not name or name.lower().startswith("obsolete"):
            continue
        curie = identifier.lower()
        mesh_ids = [f"mesh:{x[5:]}" for x in split(xrefs) if x.startswith("MESH:")]
        homes = mondo_of.get(curie) or [concept_of[m] for m in mesh_ids if m in concept_of]
        homes = homes or by_name.get(build_key(name)) or by_title.get(words_of_name(name), [])
        if len(homes) == 1:
            home = entries[homes[0]]
        elif homes:
            home = min((entries[h] for h in homes), key=lambda e: (build_key(e.name) != build_key(name), e.concept_id))
        else:
            home = entries.setdefault(curie, Entry(curie, "Disease", name))
            home.add(name, PREFERRED)
            raw_parents += [(curie, p.lower()) for p in split(is_a)]
        home.xrefs.add(curie)
        for synonym in (name, *split(synonyms)):
            if not _NO_NAME.search(synonym):
                home.add(synonym, SYNONYM)
        concept_of[curie] = home.concept_id
    parents += [(child, concept_of[parent]) for child, parent in raw_parents if parent in concept_of]


def _share_mesh_ids(entries: dict[str, Entry], terms: dict[str, MeshTerm], parents: list[tuple[str, str]]) -> None:
    """Gives a MONDO term without a MeSH id the id of the MeSH term that lumps it.

    That is the one that has the words of its preferred name as a name, or that of a parent of the same site: MeSH has
    Lung Neoplasms alone, where MONDO has "lung neoplasm" and, below it, "lung cancer", "lung carcinoma" and others.
    """
    lacking = [e for e in entries.values() if e.concept_id.startswith("mondo:") and not _mesh_ids(e)]
    titles = _by_title(lacking)
    for identifier, term in terms.items():
        for words in _word_sets((term.name, *term.synonyms)):
            for home in titles.get(words, ()):
                entries[home].xrefs.add(f"mesh:{identifier}")
    ids_lacking = {e.concept_id for e in lacking}
    steps = [
        (entries[child], entries[parent])
        for child, parent in parents
        if child in ids_lacking and parent in entries and _is_lumped(entries[child].name, entries[parent].name)
    ]
    grown = True
    while grown:  # from parents to children to theirs
        grown = False
        for below, above in steps:
            ids = _mesh_ids(above)
            if ids and not _mesh_ids(below):
                below.xrefs |= ids
                grown = True


def _demote_subtypes(entries: dict[str, Entry], edges: list[LexiconEdge]) -> None:
    """Where a term and a subtype of it go by one name at one rank, the name means the term: WEAK for the subtype."""
    above: dict[str, set[str]] = {}
    for edge in edges:
        above.setdefault(edge.subject, set()).add(edge.object)

    def ancestors(identifier: str) -> set[str]:
        found, open_ends = set[str](), list(above.get(identifier, ()))
        while open_ends:
            parent = open_ends.pop()
            if parent not in found:
                found.add(parent)
                open_ends += above.get(parent, ())
        return found

    holders: dict[str, list[str]] = {}
    for entry in entries.values():
        for key in {build_key(n) for n in entry.names}:
            holders.setdefault(key, []).append(entry.concept_id)
    for key in sorted(k for k, ids in holders.items() if len(ids) > 1):
        ids = holders[key]
        for identifier in ids:
            if ancestors(identifier) & set(ids):
                names = entries[identifier].names
                for name in [n for n, rank in names.items() if rank >= SYNONYM and build_key(n) == key]:
                    names[name] = WEAK


def _mesh_edges(terms: dict[str, MeshTerm], concept_of: dict[str, str], mesh: dict[str, MeshTerm]) -> set[LexiconEdge]:
    """IS_A by tree for MeSH terms that are concepts of their own."""
    at = {tree: i for i, t in terms.items() for tree in t.trees if not t.supplementary}
    edges = set()
    for identifier, term in terms.items():
        child = concept_of[f"mesh:{identifier}"]
        if not child.startswith("mesh:"):
            continue
        above = [at.get(tree.rpartition(".")[0]) for tree in term.trees] if not term.supplementary else term.mapped_to
        for parent in above:
            if parent is not None and f"mesh:{parent}" in concept_of:
                edges.add(LexiconEdge(child, "IS_A", concept_of[f"mesh:{parent}"]))
    return edges
