"""Finds hypotheses for names that a person gives: one concept asks what might go with it, two what joins them.

It puts together what the neighbours do: resolve the names, read the surroundings, rank the paths, fetch the sentences.
Every way into the graph asks here, so that the command line, Python, HTTP and MCP give the same ranking. It knows no
output format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from graph.errors import QuestionError, UnknownName
from graph.hypotheses.network import KIND_BY_LABEL, Concept, Network
from graph.hypotheses.paths import RANKINGS, Hypothesis, discover, edges_shown, explain
from graph.hypotheses.read import MAX_DEGREE, Quote, read_quotes, read_surroundings
from graph.hypotheses.report import hypothesis_rows
from graph.names import Entity, resolve_name
from graph.parameters import check_scalar, shown
from graph.store import Store

if TYPE_CHECKING:
    import networkx as nx

# What may be given and looked for, what names it takes, and what kind of concept that is.
TYPE_BY_END: Final = {"drug": "drug", "target": "gene", "disease": "disease"}
KIND_BY_END: Final = {"drug": KIND_BY_LABEL["Chemical"], "target": KIND_BY_LABEL["Gene"]} | {
    "disease": KIND_BY_LABEL["Disease"]
}
FOUND_BY_DEFAULT: Final = {"disease": "drug", "drug": "disease", "target": "drug"}
SIGN_BY_EFFECT: Final = {"any": None, "lowers": -1, "raises": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for, and how much of it. `until` is a year: only what was published until then is known.

    `rank`: `specific` puts first what few things join, `likely` what much is known of (see `paths.RANKINGS`).
    """

    find: str | None = None
    effect: str = "any"
    rank: str = "specific"
    until: int | None = None
    limit: int = 20
    paths: int = 3
    min_belief: float = 0.1
    any_chemical: bool = False
    max_degree: int = MAX_DEGREE

    def __post_init__(self) -> None:
        _check_choice("find", self.find, (None, *TYPE_BY_END))
        _check_choice("effect", self.effect, tuple(SIGN_BY_EFFECT))
        _check_choice("rank", self.rank, tuple(RANKINGS))
        for name in ("limit", "paths", "max_degree"):
            _check_number(name, getattr(self, name), least=1)
        if self.until is not None:
            _check_number("until", self.until, least=1)
        belief = self.min_belief
        if isinstance(belief, bool) or not isinstance(belief, int | float) or not 0.0 <= belief <= 1.0:
            raise QuestionError(f"min_belief is {shown(belief)}, expected a number from 0 to 1")


@dataclass(frozen=True, slots=True)
class Found:
    """Hypotheses and what they rest on; `passed_over` are neighbours that join everything."""

    given: dict[str, Entity]
    sought: str | None
    hypotheses: list[Hypothesis]
    network: Network
    quotes: dict[str, list[Quote]]
    passed_over: tuple[Concept, ...]
    paths: int

    def rows(self) -> list[dict[str, Any]]:
        """One plain row a hypothesis, with its first paths and their sentences."""
        return hypothesis_rows(self.hypotheses, self.network, self.quotes, paths=self.paths)

    def subgraph(self) -> nx.MultiDiGraph:
        """What the rows show, as a networkx graph."""
        from graph.hypotheses.subgraph import subgraph_of  # networkx takes a while to import

        return subgraph_of(self.hypotheses, self.network, paths=self.paths, quotes=self.quotes)


def what_is_sought(given: Mapping[str, str], find: str | None) -> str | None:
    """What is looked for around one given end, or None where two are joined.

    Raises: QuestionError if the ends don't make a question.
    """
    unknown = sorted(given.keys() - TYPE_BY_END.keys())
    if unknown or len(given) not in (1, 2):
        raise QuestionError("give one of drug, target and disease, or two of them")
    if len(given) == 2:
        if find is not None:
            raise QuestionError("find goes with one concept; two are joined with each other")
        return None
    (end,) = given
    if find == end:
        raise QuestionError(f"find {find}: pairs of two {find}s are not ranked")
    return find or FOUND_BY_DEFAULT[end]


def find_hypotheses(store: Store, given: Mapping[str, str], search: Search | None = None) -> Found:
    """Rank what paths of two steps say of the given names: of `drug`, `target` and `disease` one or two.

    Raises: QuestionError, UnknownName for what is asked; QueryTimeout past two minutes for one page of edges.
    """
    search = search or Search()
    sought = what_is_sought(given, search.find)
    if sought is None and search.effect != "any":
        raise QuestionError("effect goes with one concept; of two the paths of every direction are shown")
    for end, name in given.items():
        check_scalar(end, name)
    entities = {end: _resolve(store, end, str(name)) for end, name in given.items()}
    ids = [entity.id for entity in entities.values()]
    kind = None if sought is None else KIND_BY_END[sought]
    around = read_surroundings(store, ids, sought=kind, until=search.until, max_degree=search.max_degree)
    network, scoring = around.network, replace(RANKINGS[search.rank], min_belief=search.min_belief)
    merged = [network.merged(id) for id in ids]
    if kind is None:
        hypotheses = [explain(network, *merged, scoring=scoring)]
    else:
        hypotheses = discover(
            network,
            merged[0],
            kind,
            scoring=scoring,
            limit=search.limit,
            drugs_only=not search.any_chemical,
            sign=SIGN_BY_EFFECT[search.effect],
        )
    shown = {edge.id for edge in edges_shown(hypotheses, paths=search.paths)}
    quotes = read_quotes(store, shown, until=search.until)
    return Found(entities, sought, hypotheses, network, quotes, around.passed_over, search.paths)


def _resolve(store: Store, end: str, name: str) -> Entity:
    try:
        return resolve_name(store, name, type=TYPE_BY_END[end])
    except UnknownName as error:
        raise UnknownName(f"{end}: {error}") from error


def _check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        listed = ", ".join(str(choice) for choice in choices if choice is not None)
        raise QuestionError(f"{name} is {shown(value)}, expected one of {listed}")


def _check_number(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise QuestionError(f"{name} is {shown(value)}, expected a whole number from {least} up")
