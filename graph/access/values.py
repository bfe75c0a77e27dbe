"""What an answer's rows hold besides plain values, and the error of an answer that can't become what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import GraphError

Row = Mapping[str, Any]


class TableError(GraphError):
    """An answer that can't be turned into what was asked for."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph."""

    labels: tuple[str, ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship; `start` and `end` are its ends' ids, None where the answer doesn't hold the end itself."""

    type: str
    start: str | None
    end: str | None
    properties: Mapping[str, Any]
