"""Compiles the vocabularies into the lexicon: entries of each family, homonyms demoted, everything into arrays.

Knows nothing of documents. The names are sorted by key, and the keys themselves are not stored: a lookup
recomputes them on the some twenty names that its bisection touches. Same inputs, same bytes. Trade-off: surface
forms are kept (an exact-case match and a synonym list need them), which makes two thirds of the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.link.annotated import add_annotated
from engine.link.archive import Array, pack
from engine.link.chemicals import build_chemicals
from engine.link.curated import add_curated, drop_meaningless
from engine.link.diseases import build_diseases
from engine.link.entry import SYNONYM, WEAK, Entry, LexiconEdge, build_key
from engine.link.families import build_families
from engine.link.genes import add_mesh_names, build_genes
from engine.link.layout import DISEASES, LAYOUT, PREDICATES, TAXA, TYPES, expand, string_arrays
from engine.link.learn_points import learn_table
from engine.link.lexicon import Lexicon
from engine.link.mesh import read_mesh
from engine.link.normalise import NORMALISER
from engine.link.points import ROWS, SIZE
from engine.link.resolve import Resolver
from engine.link.senses import Sense, mine_senses
from engine.link.senses import to_arrays as senses_to_arrays
from engine.link.usage import Usage
from engine.link.words import words_of_name

_LONGEST_SYNONYM: Final = 100
_NONE: Final = Usage()


@dataclass(frozen=True, slots=True)
class Built:
    """A built lexicon: the unpacked file's bytes, and what is in it."""

    packed: bytes
    version: str
    counts: dict[str, int]


def build_lexicon(vocab: Path, *, usage: Usage = _NONE) -> Built:
    """Compiles the vocabularies in `vocab` (the folder `vocab` of the data), and what `usage` says of their names.

    Raises: VocabularyError if a file is missing or has other columns than expected.
    """
    mesh = read_mesh(vocab)
    genes, gene_edges = build_genes(vocab)
    add_mesh_names(genes, mesh)
    families, family_edges, curated = build_families(vocab, genes)
    diseases, disease_edges = build_diseases(vocab, mesh)
    chemicals, chemical_edges = build_chemicals(vocab, mesh, curated)
    entries = [*genes, *families, *diseases, *chemicals]
    demote_homonyms(entries)
    add_curated(entries)
    edges = [*gene_edges, *family_edges, *disease_edges, *chemical_edges]
    add_annotated(entries, edges, mesh, usage.documents)
    drop_meaningless(entries)
    arrays, counts = to_arrays(entries, edges)
    arrays |= learn_points(arrays)
    senses = _mine(usage, arrays, counts)
    arrays |= senses_to_arrays(senses, {e.concept_id: place for place, e in enumerate(_in_order(entries))})
    counts |= {"short forms": len(senses)}
    version = _version(arrays)
    about = {"version": version, "normaliser": NORMALISER, "layout": LAYOUT, "counts": counts}
    return Built(pack(arrays, about=about), version, counts)


def learn_points(arrays: dict[str, Array]) -> dict[str, Array]:
    """The table by which the names of diseases are points (`points`), from the names of each concept."""
    blank = np.zeros(ROWS * SIZE, np.int8)
    alone = expand({**arrays, **senses_to_arrays({}, {}), "point_table": blank})
    lexicon = Lexicon.of_arrays(alone, {"version": "", "counts": {}})
    names = [words_of_name(name) for name in lexicon.surfaces(alone["point_surface"])]
    disease = np.isin(alone["concept_type"][alone["posting_concept"]], DISEASES)
    disease &= alone["posting_rank"] != WEAK
    points = alone["point_of"][np.searchsorted(alone["near_surface"], alone["posting_surface"][disease])]
    of_concept: dict[int, dict[int, None]] = defaultdict(dict)
    for concept, point in zip(alone["posting_concept"][disease].tolist(), points.tolist(), strict=True):
        of_concept[concept][point] = None
    groups = [list(held) for held in of_concept.values() if len(held) > 1]
    return {"point_table": learn_table(names, groups).ravel()}


def _mine(usage: Usage, arrays: dict[str, Array], counts: dict[str, int]) -> dict[str, list[Sense]]:
    """The senses of short forms in the texts, linked by the lexicon as it is without them."""
    if not usage.texts:
        return {}
    alone = expand({**arrays, **senses_to_arrays({}, {})})
    resolver = Resolver(Lexicon.of_arrays(alone, {"version": "", "counts": counts}))
    return mine_senses(usage.texts, resolver.concepts_of)


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted((e for e in entries if e.names), key=lambda e: e.concept_id)


def demote_homonyms(entries: Iterable[Entry]) -> None:
    """Makes a short gene synonym WEAK where a disease or a chemical goes by it too ("LSD", "SMA", "TACE")."""
    taken: set[str] = set()
    genes = []
    for entry in entries:
        if entry.type in {"Gene", "GeneFamily"}:
            genes.append(entry)
        elif entry.type != "Protein":
            taken.update(n for n in entry.names if len(n) <= 6 and n.isalpha())
    for gene in genes:
        for name, rank in gene.names.items():
            if rank == SYNONYM and name in taken:
                gene.names[name] = WEAK


def to_arrays(entries: Sequence[Entry], edges: Iterable[LexiconEdge]) -> tuple[dict[str, Array], dict[str, int]]:
    """The lexicon as the arrays that ship (`layout.expand` makes the rest), and its counts by type and predicate.

    Concepts are in the order of their ids, surface forms in the order of (key, surface); postings are grouped by
    concept, its preferred name first, then by rank. Strings are UTF-8 in one blob with a length each.
    """
    entries = _in_order(entries)
    place = {e.concept_id: i for i, e in enumerate(entries)}
    if len(place) != len(entries):
        doubled = [c for c, n in Counter(e.concept_id for e in entries).items() if n > 1]
        raise ValueError(f"{len(doubled)} concept ids are given by two vocabularies, first {doubled[0]}")
    names = {n for e in entries for n in e.names if len(n) <= _LONGEST_SYNONYM or n == e.name}
    surfaces = sorted(names, key=lambda n: (build_key(n), n))
    surface_place = {s: i for i, s in enumerate(surfaces)}
    postings: list[tuple[int, int]] = []
    counts = []
    for entry in entries:
        order = sorted(entry.names.items(), key=lambda item: (item[0] != entry.name, item[1], item[0]))
        own = [(surface_place[name], rank) for name, rank in order if name in surface_place]
        postings += own
        counts.append(len(own))
    arrays: dict[str, Array] = {
        **string_arrays("concept_id", [e.concept_id for e in entries]),
        **string_arrays("surface", surfaces),
        **string_arrays("xref", ["\n".join(sorted(e.xrefs - {e.concept_id})) for e in entries]),
        "concept_type": np.array([TYPES.index(e.type) for e in entries], np.uint8),
        "concept_taxon": np.array([TAXA.index(e.taxon) for e in entries], np.uint8),
        "posting_count": np.array(counts, np.uint16),
        "posting_surface": np.array([surface for surface, _ in postings], np.uint32),
        "posting_rank": np.array([rank for _, rank in postings], np.uint8),
        **_edge_arrays(edges, place),
    }
    by_type = Counter(e.type for e in entries)
    kinds = Counter(PREDICATES[p] for p in arrays["edge_predicate"])
    return arrays, {**dict(sorted(by_type.items())), "names": len(surfaces), **dict(sorted(kinds.items()))}


def _edge_arrays(edges: Iterable[LexiconEdge], place: dict[str, int]) -> dict[str, Array]:
    rows = sorted(
        {
            (place[e.subject], PREDICATES.index(e.predicate), place[e.object])
            for e in edges
            if e.subject in place and e.object in place and e.subject != e.object
        }
    )
    table = np.array(rows, np.int64).reshape(-1, 3)
    return {
        "edge_subject": table[:, 0].astype(np.uint32),
        "edge_predicate": table[:, 1].astype(np.uint8),
        "edge_object": table[:, 2].astype(np.uint32),
    }


def _version(arrays: dict[str, Array]) -> str:
    """Sixteen hexadecimal digits over the arrays: the same lexicon has the same version wherever it is built."""
    return hashlib.blake2b(pack(arrays, about={"normaliser": NORMALISER}), digest_size=8).hexdigest()
