"""A graph opened for reading from Python: the questions, Cypher of one's own, names, hypotheses.

    import graph

    with graph.open("out/demo/graph.kgl") as g:
        table = g.ask("drug-targets", drug="bicalutamide")
        frame = table.to_pandas()

It is a thin cover of `graph.ask`, `graph.names` and `graph.hypotheses`, and the servers stand on it too. It may be used
from several threads. The embedded store is the file as it was when it was opened: open it again to see later loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from graph.access.deadline import Deadline
from graph.access.table import Table, make_table
from graph.ask import LIMIT_ROWS, TIMEOUT_S, prepare, query_read_only, run_question
from graph.connect import open_store
from graph.fingerprint import GraphCounts, count_graph
from graph.hypotheses.find import Found, Search, find_hypotheses
from graph.names import LABELS, Entity, find_entities, nearest_names
from graph.questions import Question, all_questions, find_question
from graph.store import Answer

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Graph:
    """One open graph; a context manager. Every method only reads, within `timeout_s` seconds and `limit_rows` rows."""

    def __init__(self, uri: str, *, timeout_s: float = TIMEOUT_S, limit_rows: int = LIMIT_ROWS) -> None:
        self._store = open_store(uri, read_only=True)
        self._timeout_s = timeout_s
        self._limit_rows = limit_rows

    @property
    def kind(self) -> str:
        """`neo4j` or `kglite`."""
        return self._store.kind

    def questions(self) -> Mapping[str, Question]:
        """The named questions, with their parameters and columns."""
        return all_questions()

    def ask(self, question: str, /, **parameters: object) -> Table:
        """Answer a named question; names of things work as well as ids.

        Raises: QuestionError for the question or a parameter, UnknownName for a name, QueryTimeout.
        """
        asked = find_question(question)
        prepared = prepare(self._store, asked, parameters)
        answer = run_question(self._store, asked, prepared, timeout_s=self._timeout_s, limit_rows=self._limit_rows)
        return make_table(
            answer,
            about={column.name: column.about for column in asked.columns},
            question=asked.name,
            parameters=prepared.values,
            entities=prepared.entities,
        )

    def cypher(self, text: str, /, **parameters: object) -> Table:
        """Answer Cypher that only reads.

        Raises: ForbiddenCypher if it does more; QuestionError for a parameter that no store takes; QueryError if the
        store refuses it, QueryTimeout among them.
        """
        answer = query_read_only(
            self._store, text, timeout_s=self._timeout_s, limit_rows=self._limit_rows, parameters=parameters
        )
        return make_table(answer, parameters=parameters)

    def find(self, name: str, *, type: str = "concept") -> list[Entity]:
        """The entities that carry this id, name or synonym, the best first.

        `type` is drug, gene, disease or concept. Raises: QuestionError for another one.
        """
        return find_entities(self._store, name, type=type)

    def suggest(self, name: str, *, type: str = "concept") -> list[str]:
        """Names in the graph that this may be a slip of, nearest first, at most three."""
        return nearest_names(self._store, name.strip(), LABELS[type])

    def hypotheses(
        self, *, drug: str | None = None, target: str | None = None, disease: str | None = None, **search: Any
    ) -> Hypotheses:
        """Rank what paths of two steps suggest of one of the three, or what joins two of them.

        `search` is what `graph.hypotheses.find.Search` takes: find, effect, rank, until, limit, paths,
        min_belief, any_chemical, max_degree. Raises: QuestionError, UnknownName, QueryTimeout.
        """
        given = {"drug": drug, "target": target, "disease": disease}
        chosen = {end: name for end, name in given.items() if name is not None}
        store = Deadline(self._store, timeout_s=self._timeout_s)
        return Hypotheses(find_hypotheses(store, chosen, Search(**search)))

    def counts(self) -> GraphCounts:
        """Nodes by label and relationships by type."""
        return count_graph(self._store)

    def close(self) -> None:
        """Give the store back."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """Ranked hypotheses; `found` has the paths as objects."""

    found: Found

    def rows(self) -> list[dict[str, Any]]:
        """Everything as plain rows: ends, score, known edges, paths, each hop's best sentence for and against."""
        return self.found.rows()

    def table(self) -> Table:
        """One row a hypothesis; `via` names what lies between on the paths shown."""
        rows: list[dict[str, object]] = [
            {
                "rank": row["rank"],
                "subject": row["first"]["name"],
                "subject_id": row["first"]["id"],
                "predicate": row["predicate"],
                "object": row["last"]["name"],
                "object_id": row["last"]["id"],
                "score": row["score"],
                "agreement": row["agreement"],
                "n_paths": row["n_paths"],
                "via": [_middle(path) for path in row["paths"]],
            }
            for row in self.rows()
        ]
        return make_table(Answer(_COLUMNS, rows), entities=self.found.given)

    def to_pandas(self) -> pd.DataFrame:
        """The table as a data frame."""
        return self.table().to_pandas()

    def to_networkx(self) -> nx.MultiDiGraph:
        """The concepts and edges of the paths shown, and the predicted edges."""
        return self.found.subgraph()

    def to_svg(self, *, title: str = "") -> str:
        """A picture of that graph."""
        from graph.hypotheses.picture import as_svg  # networkx takes a while to import

        return as_svg(self.to_networkx(), title=title)

    def _repr_html_(self) -> str:
        """The table, for a notebook."""
        return self.table()._repr_html_()


_COLUMNS = (
    *("rank", "subject", "subject_id", "predicate", "object", "object_id"),
    *("score", "agreement", "n_paths", "via"),
)


def _middle(path: Mapping[str, Any]) -> str:
    """The name of what lies between the two ends of a path."""
    hop = path["hops"][0]
    return str(hop["object" if hop["forward"] else "subject"]["name"])
