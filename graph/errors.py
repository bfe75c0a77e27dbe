"""What can go wrong with a graph, as one tree of exceptions.

    GraphError
    ├── StoreError            the store cannot be opened or reached
    │   ├── StoreBusy         another process holds the embedded store for writing
    │   └── LeaseLost         another writer took the graph over from one that seemed to be gone
    ├── QueryError            the store refused or failed a statement
    │   ├── QueryTimeout      it ran past its time limit
    │   ├── ConstraintError   it would have broken a constraint
    │   └── ReadOnlyViolation it would have written where only reading is allowed
    ├── ForbiddenCypher       a reader's text does more than read, or calls what is not on our lists
    ├── QuestionError         no such question, or a parameter that is missing, unknown or of the wrong type
    │   └── UnknownName       a name that no entity of the graph carries, or that several carry; an edge it lacks
    ├── ServerError           a private Neo4j server could not be started or stopped
    ├── LoadError             rows that cannot become a graph: a broken folder, or rows that contradict each other
    └── ChangesError          two graphs that cannot be compared, or a record of changes that can't be read or written

Every message names what was expected, what came, and where. This file knows nothing of any driver: each store
translates its own exceptions into these.
"""

from __future__ import annotations


class GraphError(Exception):
    """Base of everything that `graph` raises on purpose."""


class StoreError(GraphError):
    """The store cannot be opened or reached."""


class StoreBusy(StoreError):  # noqa: N818
    """Another process holds the embedded store for writing."""


class LeaseLost(StoreError):  # noqa: N818
    """Another writer took the graph over from one that seemed to be gone."""


class QueryError(GraphError):
    """The store refused or failed a statement."""


class QueryTimeout(QueryError):  # noqa: N818
    """A query ran past its time limit."""


class ConstraintError(QueryError):
    """A write would have broken a constraint."""


class ReadOnlyViolation(QueryError):  # noqa: N818
    """A statement would have written through a store that was opened for reading."""


class LoadError(GraphError):
    """Rows that cannot become a graph."""


class ForbiddenCypher(GraphError):  # noqa: N818
    """A reader's text does more than read."""


class QuestionError(GraphError):
    """A question or one of its parameters is wrong."""


class UnknownName(QuestionError):  # noqa: N818
    """A name that no entity of the graph carries, or that several carry, or an edge that the graph lacks."""


class ServerError(GraphError):
    """A private Neo4j server could not be started or stopped."""


class ChangesError(GraphError):
    """Two graphs that cannot be compared, or a record of changes that can't be read or written."""
