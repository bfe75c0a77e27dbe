"""From what a person types to an entity of the graph: an id, a name or a synonym, upper or lower case alike.

An exact name beats one that differs in case, that beats a synonym; a gene beats its mouse and rat orthologs of the
same name. A protein stands for the gene that encodes it, where the edges of text are. What is still ambiguous is an
error with the candidates, what is unknown an error with the nearest names: nothing is guessed. It knows the keys that
the writer stores (`name_key`, `synonym_keys`), and no vocabulary.
The trade-off: synonyms are looked up by a scan of the label (measured: 60 to 90 ms for 50,000 genes).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from graph.errors import QuestionError, UnknownName
from graph.parameters import check_scalar, shown
from graph.store import Store

# In the order of preference where two entities carry the same name: text-mined edges sit on the Gene, not the Protein.
LABELS: Final = {
    "drug": ("Chemical",),
    "gene": ("Gene", "GeneFamily"),
    "disease": ("Disease", "Phenotype"),
    "concept": ("Gene", "GeneFamily", "Chemical", "Disease", "Phenotype", "Protein"),
}
_WAYS: Final = (("n.id = $text", 0), ("n.name_key = $key", 2), ("$key IN n.synonym_keys", 3))
_NEAR_LIMIT: Final = 3
_SCAN_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that a name stands for. `rank` says how well: 0 id, 1 exact name, 2 name, 3 synonym."""

    id: str
    name: str
    label: str
    rank: int


def resolve_name(store: Store, text: str, *, type: str) -> Entity:
    """The entity that `text` stands for among those that a parameter of this type takes.

    Raises: UnknownName if there is none, with the nearest names, or if there are several, with their ids.
    """
    wanted = text.strip()
    found = _find(store, wanted, LABELS[type], best_only=True)
    if not found:
        raise UnknownName(_unknown(store, wanted, type))
    found = [entity for entity in found if entity.rank == found[0].rank]
    for label in LABELS[type]:
        first = [entity for entity in found if entity.label == label]
        if first:
            found = first
            break
    if found[0].label == "Protein":
        found = _genes_of(store, found) or found
    if len(found) > 1:
        found = _without_orthologs(store, found)
    if len(found) > 1:
        listed = "; ".join(f"{entity.id} ({entity.name})" for entity in found[:8])
        raise UnknownName(f"{type} {shown(wanted)} is the name of {len(found)} entities, give the id: {listed}")
    return found[0]


def find_entities(store: Store, text: str, *, type: str = "concept") -> list[Entity]:
    """All entities of this type that `text` is an id, a name or a synonym of, the best first; [] if there is none.

    Raises: QuestionError for a type that there isn't, or a text that no store takes.
    """
    if type not in LABELS:
        raise QuestionError(f"no type {shown(type)}, expected one of {', '.join(LABELS)}")
    check_scalar("name", text)
    return _find(store, text.strip(), LABELS[type])


def _find(store: Store, text: str, labels: tuple[str, ...], *, best_only: bool = False) -> list[Entity]:
    """Best first. With `best_only` no worse way is tried: an id or a name is found by an index, a synonym by a scan."""
    found: dict[str, Entity] = {}
    for condition, rank in _WAYS:
        for entity in _look_up(store, text, labels, condition, rank):
            found.setdefault(entity.id, entity)
        if found and best_only:
            break
    if not found and ":" in text:
        return _find_id_in_any_case(store, text, labels)
    return sorted(found.values(), key=lambda entity: (entity.rank, entity.id))


def _look_up(store: Store, text: str, labels: tuple[str, ...], condition: str, rank: int) -> list[Entity]:
    found = []
    for label in labels:  # one look-up a label, so that each uses that label's index
        query = f"MATCH (n:{label}) WHERE {condition} RETURN n.id AS id, n.name AS name ORDER BY id"
        for row in store.execute(query, text=text, key=text.lower()):
            exact = 1 if rank == 2 and row["name"] == text else rank
            found.append(Entity(str(row["id"]), str(row["name"]), label, exact))
    return found


def _find_id_in_any_case(store: Store, text: str, labels: tuple[str, ...]) -> list[Entity]:
    prefix, _, local = text.partition(":")
    for spelling in (f"{prefix.lower()}:{local}", f"{prefix.lower()}:{local.upper()}"):
        for label in labels:
            query = f"MATCH (n:{label}) WHERE n.id = $text RETURN n.id AS id, n.name AS name"
            for row in store.execute(query, text=spelling):
                return [Entity(str(row["id"]), str(row["name"]), label, 0)]
    return []


def _genes_of(store: Store, proteins: list[Entity]) -> list[Entity]:
    """The genes that encode proteins which were all found equally well."""
    query = (
        "UNWIND $ids AS one MATCH (g:Gene)-[:ENCODES]->(:Protein {id: one}) "
        "RETURN DISTINCT g.id AS id, g.name AS name ORDER BY id"
    )
    rows = store.execute(query, ids=[protein.id for protein in proteins])
    return [Entity(str(row["id"]), str(row["name"]), "Gene", proteins[0].rank) for row in rows]


def _without_orthologs(store: Store, entities: list[Entity]) -> list[Entity]:
    """Those that are no ortholog of another one in the list."""
    query = "UNWIND $ids AS one MATCH (a:Gene {id: one})-[:ORTHOLOG_OF]->(b:Gene) RETURN a.id AS id, b.id AS human"
    ids = [entity.id for entity in entities]
    rodents = {row["id"] for row in store.execute(query, ids=ids) if row["human"] in ids}
    return [entity for entity in entities if entity.id not in rodents]


def _unknown(store: Store, text: str, type: str) -> str:
    near = nearest_names(store, text, LABELS[type])
    hint = f"did you mean {', '.join(repr(name) for name in near)}?" if near else "no name in it is near"
    return f"the graph has no {type} {shown(text)}; {hint}"


def nearest_names(store: Store, text: str, labels: tuple[str, ...]) -> list[str]:
    """Names in the graph that `text` may be a slip of, nearest first, at most three."""
    key = text.lower()
    names: dict[str, str] = {}
    for label in labels:
        # Only names that share the beginning or the end with the slip leave the store.
        query = (
            f"MATCH (n:{label}) WITH n, [n.name_key] + coalesce(n.synonym_keys, []) AS keys UNWIND keys AS key "
            "WITH n, key WHERE key STARTS WITH $start OR key ENDS WITH $end OR key CONTAINS $key "
            f"RETURN DISTINCT key, n.name AS name ORDER BY key, name LIMIT {_SCAN_LIMIT}"
        )
        for row in store.execute(query, start=key[:2], end=key[-4:], key=key):
            names.setdefault(str(row["key"]), str(row["name"]))
    near = get_close_matches(key, names, n=_NEAR_LIMIT, cutoff=0.75)
    if len(near) < _NEAR_LIMIT and len(key) > 3:
        longer = sorted(
            (name for name in names if key in name and name not in near), key=lambda name: (len(name), name)
        )
        near += longer[: _NEAR_LIMIT - len(near)]
    near.sort(key=lambda name: (-SequenceMatcher(None, key, name).ratio(), name))
    return [name if names[name].lower() == name else f"{name} ({names[name]})" for name in near]
