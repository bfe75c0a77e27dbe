"""Gold mentions for the linker: which splits, the ids that annotators gave, and whether a concept is one of them.

Gold ids are MeSH, OMIM and Entrez; a link is right if its concept's id, or one of its cross-references, is a gold id.
Knows nothing of linkers and models.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from engine.link.lexicon import Lexicon
from engine.schema import GENE
from engine.train.annotated import GoldMention

# Choices are made on `dev`; `test` holds the official splits that are reported.
SPLITS: Final = {
    "test": (("bc5cdr", "test"), ("ncbi-disease", "test"), ("biored", "dev")),
    "dev": (("bc5cdr", "dev"), ("ncbi-disease", "dev"), ("biored", "train")),
}
_NO_ID: Final = frozenset({"", "-", "-1"})


def gold_ids(mention: GoldMention) -> tuple[str, ...]:
    """The ids of a mention as CURIEs: none for one that its annotators found no id for, several for a composite."""
    parts = (part.strip().removeprefix("MESH:") for part in re.split(r"[|+,;]", mention.concept or ""))
    return tuple(dict.fromkeys(_curie(part, mention.type) for part in parts if part not in _NO_ID))


def _curie(part: str, type: str) -> str:
    if type == GENE:
        return f"ncbigene:{part}"
    return f"omim:{part[5:]}" if part.startswith("OMIM:") else f"mesh:{part}"


class Judge:
    """Tells right links from wrong ones, and gold ids that a concept of the lexicon carries from the others.

    The others are genes of other species, most rat genes by Entrez id, and ids that MeSH has retired since.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known: dict[str, frozenset[str]] = {}
        self._carried = lexicon.all_ids()

    def ids(self, concept_id: str) -> frozenset[str]:
        """The concept's id and cross-references."""
        if concept_id not in self._known:
            concept = self._lexicon.concept(concept_id)
            self._known[concept_id] = frozenset((concept_id, *(concept.xrefs if concept else ())))
        return self._known[concept_id]

    def carried(self, gold: Collection[str]) -> bool:
        """Whether a concept of the lexicon carries one of the gold ids."""
        return not self._carried.isdisjoint(gold)

    def right(self, concept_id: str, gold: Collection[str]) -> bool:
        """Whether the concept is one of the gold ids."""
        return not self.ids(concept_id).isdisjoint(gold)

    def kin(self, concept_id: str, gold: Collection[str]) -> str | None:
        """How a link that isn't right is related: a gene's ortholog, or the family that it belongs to."""
        names = {"ORTHOLOG_OF": "ortholog", "MEMBER_OF": "family"}
        for edge in self._lexicon.edges(concept_id):
            if edge.predicate not in names:
                continue
            other = edge.object if edge.subject == concept_id else edge.subject
            orthologs = {e.subject for e in self._lexicon.edges(other) if e.predicate == "ORTHOLOG_OF"}
            if any(self.right(related, gold) for related in {other, *orthologs}):
                return names[edge.predicate]
        return None
