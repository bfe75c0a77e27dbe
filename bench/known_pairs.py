"""Pairs that curated lists hold, as concept ids: drugs and their targets, genes and their diseases.

Sources, named in the data folder's own README: DrugCentral's drug-target table and UniProt's gene-disease table. They
measure and, by the half whose hash is even, fit belief; no extractor or lexicon learns from them.
A pair is as good as known if one end is a gene family with a member that is known with the other.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from engine.link.lexicon import Lexicon
from engine.schema import CHEMICAL, DISEASE, GENE

DRUG_TARGETS: Final = "facts/drug_target_drugcentral2023.tsv.gz"
GENE_DISEASES: Final = "facts/gene_disease_uniprot.tsv.gz"

# What DrugCentral calls a target: the drug acts on the protein itself.
ACTS_ON: Final = frozenset({"INHIBITS", "ACTIVATES", "AGONIST_OF", "ANTAGONIST_OF", "BINDS"})
CONCERNS: Final = frozenset({"PROMOTES", "PROTECTS_FROM", "ASSOCIATED_WITH"})
PREDICATES: Final[Mapping[tuple[str, str], frozenset[str]]] = {(CHEMICAL, GENE): ACTS_ON, (GENE, DISEASE): CONCERNS}


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Pairs of concept ids, chemical or gene first; `firsts` and `lasts` are the concepts that any pair speaks of."""

    pairs: frozenset[tuple[str, str]]
    firsts: frozenset[str]
    lasts: frozenset[str]

    def speaks_of(self, first: str, last: str) -> bool:
        """Whether both ends occur in known pairs, so that an unknown pair of them is one that a list might hold."""
        return first in self.firsts and last in self.lasts


def is_even(*ids: str) -> bool:
    """Whether a document or a pair belongs to the half that fits: by a hash of its ids, so that no list decides."""
    return sha256(" ".join(ids).encode()).digest()[0] % 2 == 0


def read_known_pairs(data: Path, lexicon: Lexicon) -> dict[tuple[str, str], KnownPairs]:
    """The known pairs by their types. Raises: FileNotFoundError naming the file that is missing."""
    by_xref = _concepts_by_xref(lexicon)
    drug_targets = {
        (drug, gene)
        for row in _rows(data / DRUG_TARGETS)
        for drug in lexicon.lookup(row["drug"], CHEMICAL)[:1]
        for gene in by_xref.get(f"uniprot:{row['uniprot']}", ())
    }
    gene_diseases = {
        (gene, disease)
        for row in _rows(data / GENE_DISEASES)
        for gene in by_xref.get(f"uniprot:{row['uniprot']}", ())
        for xref in row["xrefs"].split(",")
        for disease in by_xref.get(_curie(xref), ())
    }
    return {
        (CHEMICAL, GENE): _with_families(drug_targets, lexicon, gene_at=1),
        (GENE, DISEASE): _with_families(gene_diseases, lexicon, gene_at=0),
    }


def _curie(xref: str) -> str:
    prefix, _, local = xref.strip().partition(":")
    return f"{ {'MIM': 'omim', 'MeSH': 'mesh'}.get(prefix, prefix.lower()) }:{local}"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; name the folder that holds facts/ with --data")
    yield from csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8")), delimiter="\t")


def _concepts_by_xref(lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Genes by their protein's accession, diseases by their cross-references; proteins have no text-mined edges."""
    found: dict[str, set[str]] = defaultdict(set)
    for id, concept_id in lexicon.ids():
        if not concept_id.startswith("uniprot:"):
            found[id].add(concept_id)
    return found


def _with_families(pairs: set[tuple[str, str]], lexicon: Lexicon, *, gene_at: int) -> KnownPairs:
    """The pairs, and the same with each family in the place of its member."""
    wider = set(pairs)
    for pair in pairs:
        gene = pair[gene_at]
        families = {e.object for e in lexicon.edges(gene) if e.predicate == "MEMBER_OF" and e.subject == gene}
        wider |= {(pair[0], family) if gene_at else (family, pair[1]) for family in families}
    return KnownPairs(frozenset(wider), frozenset(a for a, _ in wider), frozenset(b for _, b in wider))
