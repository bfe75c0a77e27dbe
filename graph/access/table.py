"""An answer with types: columns that say what they hold, rows to loop over, and the way to pandas.

A store says nothing of types, so a column's is read off its values: an empty answer's columns are of type null. Nodes
and relationships become small frozen objects. The trade-off: a column of a thousand numbers and one text is `mixed`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, overload

from graph.access.values import Node, Relationship, Row, TableError
from graph.names import Entity
from graph.store import Answer

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_NODE_KEYS: Final = {"labels", "properties"}
_RELATIONSHIP_KEYS: Final = {"type", "start", "end", "properties"}
_DTYPES: Final = {"int": "Int64", "float": "float64", "bool": "boolean", "string": "string"}
_SHOWN_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    `type` is string, int, float, bool, list, map, node, relationship, null (no value in it) or mixed; `about` is what
    the question's header says, empty for a reader's own Cypher.
    """

    name: str
    type: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table(Sequence[Row]):
    """The answer to a question, or to Cypher of a reader's own.

    `parameters` is what it ran with, `entities` what names were taken for, `truncated` whether the row limit cut it.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    truncated: bool = False
    warnings: tuple[str, ...] = ()
    question: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        """The row at this place, or rows of a slice."""
        return self.rows[index]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        """The rows, in the order of the answer."""
        return iter(self.rows)

    def column(self, name: str) -> list[Any]:
        """The values of one column. Raises: TableError for a column that there isn't."""
        self.find_column(name)
        return [row[name] for row in self.rows]

    def find_column(self, name: str) -> Column:
        """The column of this name. Raises: TableError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(f"no column {name!r}; there are {', '.join(column.name for column in self.columns)}")

    def to_pandas(self) -> pd.DataFrame:
        """A data frame with a dtype for each column's type; missing values stay missing, whole numbers whole.

        Its `attrs` say which question it answers, with what parameters.
        Raises: TableError without pandas.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise TableError("to_pandas needs pandas: install the extra `notebooks`") from error
        series = {c.name: pd.Series(self.column(c.name), dtype=_DTYPES.get(c.type, "object")) for c in self.columns}
        frame = pd.DataFrame(series, columns=[column.name for column in self.columns])
        frame.attrs = {"question": self.question, "parameters": dict(self.parameters)}
        return frame

    def to_networkx(
        self, *, subject: str | Entity | None = None, predicate: str | None = None, object: str | Entity | None = None
    ) -> nx.MultiDiGraph:
        """The answer as a graph; see `graph.access.network` for what becomes of which columns.

        Raises: TableError if the columns make no graph.
        """
        from graph.access.network import network_of  # networkx takes a while to import

        names = [column.name for column in self.columns]
        return network_of(names, self.rows, subject=subject, predicate=predicate, object=object)

    def _repr_html_(self) -> str:
        """The first rows, for a notebook."""
        head = "".join(f'<th title="{html.escape(c.about)}">{html.escape(c.name)}</th>' for c in self.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{_cell(row[column.name])}</td>' for column in self.columns)}</tr>"
            for row in self.rows[:_SHOWN_ROWS]
        )
        more = len(self.rows) - _SHOWN_ROWS
        note = f"<p>and {more:,} more</p>" if more > 0 else "<p>no rows</p>" if not self.rows else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def make_table(
    answer: Answer,
    *,
    about: Mapping[str, str] | None = None,
    question: str | None = None,
    parameters: Mapping[str, object] | None = None,
    entities: Mapping[str, Entity] | None = None,
) -> Table:
    """The store's answer as a table; `about` says what columns are."""
    rows = tuple({name: _typed(row[name]) for name in answer.columns} for row in answer.rows)
    columns = tuple(
        Column(name, _type_of(row[name] for row in rows), (about or {}).get(name, "")) for name in answer.columns
    )
    return Table(
        columns=columns,
        rows=rows,
        truncated=answer.truncated,
        warnings=answer.warnings,
        question=question,
        parameters=dict(parameters or {}),
        entities=dict(entities or {}),
    )


def _typed(value: Any) -> Any:
    """Nodes and relationships as objects, however deep."""
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _NODE_KEYS and isinstance(value["labels"], list) and isinstance(value["properties"], dict):
        return Node(tuple(value["labels"]), value["properties"])
    if value.keys() == _RELATIONSHIP_KEYS and isinstance(value["properties"], dict):
        return Relationship(value["type"], value["start"], value["end"], value["properties"])
    return {key: _typed(item) for key, item in value.items()}


def _type_of(values: Iterable[object]) -> str:
    kinds = {_kind(value) for value in values} - {"null"}
    if kinds == {"int", "float"}:
        return "float"
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "null")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "bool", int: "int", float: "float", str: "string", list: "list", dict: "map"}
    own = {Node: "node", Relationship: "relationship"}
    return names.get(type(value)) or own.get(type(value)) or "mixed"


def _cell(value: object) -> str:
    """A value as escaped HTML; a list's items one after the other, a path's nodes by their names among them."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, Node):
        value = value.properties.get("name", value.properties.get("id", ""))
    elif isinstance(value, Relationship):
        value = f"{value.start or ''} {value.type} {value.end or ''}".strip()
    return html.escape(f"{value:.3g}" if isinstance(value, float) else str(value))
