"""Writes a subgraph of hypotheses as GraphML, or as KGX: `nodes.tsv` and `edges.tsv` in Biolink's terms.

KGX wants Biolink's categories, predicates and spelling of prefixes. An activity that goes up or down is `affects` with
qualifiers, as Biolink has it since version 3. What text mining says of a treatment doesn't tell studied from proven,
so TREATS is `treats_or_applied_or_studied_to_treat`. Predicted edges are marked `prediction`, and `negated` those that
sentences only deny. Our own type, sign, belief and counts stand in columns of their own, so that nothing is lost on
the way back.
Source: https://github.com/biolink/kgx/blob/master/specification/kgx-format.md, Biolink Model 4.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import networkx as nx

from graph.hypotheses.subgraph import PREDICTED

KNOWLEDGE_SOURCE: Final = "infores:hypograph"

CATEGORIES: Final = {
    "Gene": "biolink:Gene",
    "GeneFamily": "biolink:GeneFamily",
    "Chemical": "biolink:ChemicalEntity",
    "Disease": "biolink:Disease",
    "Phenotype": "biolink:PhenotypicFeature",
}
_DRUG_CATEGORY: Final = "biolink:Drug"

# Prefixes that Biolink writes in another way than Bioregistry; the rest stay as they are.
PREFIXES: Final = {
    "chebi": "CHEBI",
    "doid": "DOID",
    "drugbank": "DRUGBANK",
    "hgnc": "HGNC",
    "hp": "HP",
    "mesh": "MESH",
    "mondo": "MONDO",
    "ncbigene": "NCBIGene",
    "rgd": "RGD",
    "unii": "UNII",
    "uniprot": "UniProtKB",
}
_OWN_PREFIXES: Final = {theirs: ours for ours, theirs in PREFIXES.items()}

_CAUSES: Final = "biolink:causes"
# predicate, then the qualifiers: qualified_predicate, object_aspect, object_direction, causal_mechanism
PREDICATES: Final = {
    "INHIBITS": ("biolink:affects", _CAUSES, "activity", "decreased", "inhibition"),
    "ACTIVATES": ("biolink:affects", _CAUSES, "activity", "increased", "activation"),
    "AGONIST_OF": ("biolink:affects", _CAUSES, "activity", "increased", "agonism"),
    "ANTAGONIST_OF": ("biolink:affects", _CAUSES, "activity", "decreased", "antagonism"),
    "UPREGULATES": ("biolink:affects", _CAUSES, "activity_or_abundance", "increased", ""),
    "DOWNREGULATES": ("biolink:affects", _CAUSES, "activity_or_abundance", "decreased", ""),
    "REGULATES": ("biolink:affects", "", "activity_or_abundance", "", ""),
    "BINDS": ("biolink:directly_physically_interacts_with", "", "", "", ""),
    "SUBSTRATE_OF": ("biolink:is_substrate_of", "", "", "", ""),
    "PRODUCT_OF": ("biolink:produced_by", "", "", "", ""),
    "PART_OF": ("biolink:part_of", "", "", "", ""),
    "TREATS": ("biolink:treats_or_applied_or_studied_to_treat", "", "", "", ""),
    "INDUCES": ("biolink:contributes_to", "", "", "", ""),
    "ASSOCIATED_WITH": ("biolink:associated_with", "", "", "", ""),
    "PROMOTES": ("biolink:contributes_to", "", "", "", ""),
    "PROTECTS_FROM": ("biolink:associated_with_decreased_likelihood_of", "", "", "", ""),
    "INTERACTS_WITH": ("biolink:interacts_with", "", "", "", ""),
    "COEXPRESSED_WITH": ("biolink:coexpressed_with", "", "", "", ""),
    "COMBINED_WITH": ("biolink:related_to", "", "", "", ""),
}
_QUALIFIERS: Final = (
    "qualified_predicate",
    "object_aspect_qualifier",
    "object_direction_qualifier",
    "causal_mechanism_qualifier",
)
_EDGE_COLUMNS: Final = (
    *("id", "subject", "predicate", "object", "negated", *_QUALIFIERS),
    *("primary_knowledge_source", "knowledge_level", "agent_type", "publications", "hypograph_type"),
)
_NOT_XML: Final = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # form feeds, say


def _is_true(text: str) -> bool:
    return text == "True"


# Columns of our own: name of the attribute, and how to read it back.
_NODE_OWN: Final[dict[str, Callable[[str], Any]]] = {
    "label": str,
    "is_drug": _is_true,
    "degree": int,
    "betweenness": float,
    "community": int,
}
_EDGE_OWN: Final[dict[str, Callable[[str], Any]]] = {
    "sign": int,
    "belief": float,
    "n_for": int,
    "n_against": int,
    "n_speculated": int,
    "first_year": int,
    "last_year": int,
    "sentence": str,
    "against": str,
    "publications_against": str,
    "rank": int,
    "score": float,
    "n_paths": int,
}


def write_graphml(graph: nx.MultiDiGraph, path: Path) -> None:
    """Write GraphML; attributes keep their types. What XML has no place for in a text becomes a blank."""
    plain = graph.copy()
    for data in (item[-1] for items in (plain.nodes, plain.edges) for item in items(data=True)):
        data.update((name, _NOT_XML.sub(" ", text)) for name, text in data.items() if isinstance(text, str))
    partial = path.with_name(f"{path.name}.partial")
    nx.write_graphml(plain, partial)
    os.replace(partial, path)


def write_kgx(graph: nx.MultiDiGraph, folder: Path) -> None:
    """Write `nodes.tsv` and `edges.tsv` into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    nodes = [_node_row(id, data) for id, data in sorted(graph.nodes(data=True))]
    edges = [_edge_row(a, b, key, data) for a, b, key, data in sorted(graph.edges(data=True, keys=True), key=_by_key)]
    _write_tsv(folder / "nodes.tsv", ("id", "category", "name", *_NODE_OWN), nodes)
    _write_tsv(folder / "edges.tsv", (*_EDGE_COLUMNS, *_EDGE_OWN), edges)


def read_kgx(folder: Path) -> nx.MultiDiGraph:
    """The subgraph that `write_kgx` wrote."""
    graph = nx.MultiDiGraph()
    for row in _read_tsv(folder / "nodes.tsv"):
        own = {name: read(row[name]) for name, read in _NODE_OWN.items() if row[name]}
        graph.add_node(own_curie(row["id"]), name=row["name"], **own)
    for row in _read_tsv(folder / "edges.tsv"):
        own = {name: read(row[name]) for name, read in _EDGE_OWN.items() if row[name]}
        kind = PREDICTED if row["knowledge_level"] == "prediction" else "stated"
        if kind != PREDICTED:
            own["publications"] = row["publications"]
        ends = own_curie(row["subject"]), own_curie(row["object"])
        graph.add_edge(*ends, key=row["id"], kind=kind, predicate=row["hypograph_type"], **own)
    return graph


def biolink_curie(id: str) -> str:
    """An id with its prefix as Biolink spells it."""
    prefix, colon, local = id.partition(":")
    return f"{PREFIXES.get(prefix, prefix)}{colon}{local}"


def own_curie(id: str) -> str:
    """The id that Biolink's spelling stands for."""
    prefix, colon, local = id.partition(":")
    return f"{_OWN_PREFIXES.get(prefix, prefix)}{colon}{local}"


def _by_key(edge: tuple[str, str, str, Mapping[str, Any]]) -> tuple[str, str, str]:
    return edge[:3]


def _node_row(id: str, data: Mapping[str, Any]) -> dict[str, object]:
    category = _DRUG_CATEGORY if data["is_drug"] else CATEGORIES[data["label"]]
    return {"id": biolink_curie(id), "category": category, "name": data["name"], **_own(data, _NODE_OWN)}


def _edge_row(a: str, b: str, key: str, data: Mapping[str, Any]) -> dict[str, object]:
    predicate, *qualifiers = PREDICATES[data["predicate"]]
    is_predicted = data["kind"] == PREDICTED
    return {
        "id": key,
        "subject": biolink_curie(a),
        "predicate": predicate,
        "object": biolink_curie(b),
        "negated": "" if is_predicted or data["n_for"] or data["n_speculated"] else "true",
        **dict(zip(_QUALIFIERS, qualifiers, strict=True)),
        "primary_knowledge_source": KNOWLEDGE_SOURCE,
        "knowledge_level": "prediction" if is_predicted else "not_provided",
        "agent_type": "computational_model" if is_predicted else "text_mining_agent",
        "publications": data.get("publications", ""),
        "hypograph_type": data["predicate"],
        **_own(data, _EDGE_OWN),
    }


def _own(data: Mapping[str, Any], columns: Iterable[str]) -> dict[str, object]:
    return {name: data.get(name, "") for name in columns}


def _write_tsv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        # KGX has no quoting: what would break a line becomes a blank
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([" ".join(str(row[column]).split()) for column in columns] for row in rows)
    os.replace(partial, path)


def _read_tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
