"""Protein families and complexes from FamPlex (CC0), and its hand-curated names for genes.

Knows nothing of diseases or chemicals, but hands on the names that FamPlex curated for them. Trade-off: complexes
are GeneFamily too, as text treats "NF-kappaB" and "PI3K" alike.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.link.entry import FULL_NAME, PREFERRED, SYNONYM, Entry, LexiconEdge, VocabularyError

PREFIX: Final = "fplx:"


def is_membership(predicate: str, object_: str) -> bool:
    """Whether the object of such an edge is a family that brings the subject: a member, or a family below it."""
    return predicate == "MEMBER_OF" or (predicate == "IS_A" and object_.startswith(PREFIX))


def members_among(edges: Iterable[LexiconEdge], family: str) -> list[str]:
    """What stands right below a family by these edges: genes, families and complexes; nothing below what is none."""
    return [e.subject for e in edges if e.object == family and is_membership(e.predicate, family)]


def build_families(vocab: Path, genes: list[Entry]) -> tuple[list[Entry], list[LexiconEdge], dict[str, set[str]]]:
    """GeneFamily entries with MEMBER_OF and IS_A edges; adds FamPlex's curated names to the human genes.

    Returns: also curated names of chemicals, by `mesh:` and `chebi:` id.
    """
    folder = vocab / "famplex"
    families = {}
    for (name,) in _rows(folder / "entities.csv", 1):
        entry = Entry(f"{PREFIX}{name}", "GeneFamily", name.replace("_", " "))
        entry.add(entry.name, PREFERRED)
        families[name] = entry
    by_symbol = {g.name: g for g in genes if g.concept_id.startswith("hgnc:")}
    by_accession = {x: g for g in by_symbol.values() for x in g.xrefs if x.startswith("uniprot:")}
    chemicals: dict[str, set[str]] = {}
    for text, space, identifier in _rows(folder / "grounding_map.csv", 3):
        if space == "FPLX" and identifier in families:
            families[identifier].add(text, FULL_NAME)
        elif space == "HGNC" and identifier in by_symbol:
            by_symbol[identifier].add(text, SYNONYM)
        elif space == "UP" and f"uniprot:{identifier}" in by_accession:
            by_accession[f"uniprot:{identifier}"].add(text, SYNONYM)
        elif space in {"MESH", "CHEBI"}:
            curie = f"{space.lower()}:{identifier.removeprefix('CHEBI:')}"
            chemicals.setdefault(curie, set()).add(text)
    for space, identifier, name in _rows(folder / "equivalences.csv", 3):
        if space == "MESH" and name in families:
            families[name].xrefs.add(f"mesh:{identifier}")
    edges = []
    for space, left, relation, right_space, right in _rows(folder / "relations.csv", 5):
        if right_space != "FPLX" or right not in families:
            continue
        if space == "HGNC" and left in by_symbol:
            edges.append(LexiconEdge(by_symbol[left].concept_id, "MEMBER_OF", f"{PREFIX}{right}"))
        elif space == "FPLX" and left in families:
            predicate = "IS_A" if relation == "isa" else "MEMBER_OF"
            edges.append(LexiconEdge(f"{PREFIX}{left}", predicate, f"{PREFIX}{right}"))
    return [families[name] for name in sorted(families)], edges, chemicals


def _rows(path: Path, columns: int) -> list[tuple[str, ...]]:
    if not path.is_file():
        raise VocabularyError(f"{path}: no such vocabulary file")
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row[:columns]) for row in csv.reader(file) if len(row) >= columns]
