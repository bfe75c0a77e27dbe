"""MeSH descriptors and supplementary concepts (public domain) with their places in the tree.

Knows nothing of what a tree is used for. A supplementary concept takes the trees of the headings it maps to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.link.entry import read_table, split


@dataclass(frozen=True, slots=True)
class MeshTerm:
    """One descriptor or supplementary concept; `mapped_to` is empty for a descriptor."""

    identifier: str
    name: str
    synonyms: tuple[str, ...]
    trees: tuple[str, ...]
    mapped_to: tuple[str, ...] = ()

    @property
    def supplementary(self) -> bool:
        """Whether it is a supplementary concept, which has no place in the tree of its own."""
        return bool(self.mapped_to)


def read_mesh(vocab: Path) -> dict[str, MeshTerm]:
    """All MeSH terms by identifier, descriptors first."""
    terms = {}
    for identifier, name, synonyms, trees in read_table(
        vocab / "mesh_descriptors.tsv.gz", ("mesh_id", "name", "synonyms", "tree_numbers")
    ):
        terms[identifier] = MeshTerm(identifier, name, tuple(split(synonyms)), tuple(split(trees)))
    for identifier, name, synonyms, mapped in read_table(
        vocab / "mesh_supp.tsv.gz", ("mesh_id", "name", "synonyms", "mapped_to")
    ):
        headings = tuple(m.strip().lstrip("*") for m in mapped.split(",") if m.strip())
        inherited = tuple(t for m in headings if m in terms for t in terms[m].trees)
        terms[identifier] = MeshTerm(identifier, name, tuple(split(synonyms)), inherited, headings or ("?",))
    return terms
