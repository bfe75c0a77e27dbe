"""What an update changed, as values: an edge or a publication before and after.

A load records them while it writes (`graph.write.record`), a comparison of two graphs finds them (`graph.diff`), and
both are the same lines of JSON. An edge was `added`, `removed` or `changed`, with its numbers before and after. A
publication was `added`, `removed`, `revised` (a higher revision), `reread` (the same revision, other content: another
model's, say), `withdrawn` or `restored`, with how much of its evidence came, went and changed; and, as a line of its
own, `retracted` or `reinstated`. This file knows nothing of stores.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from graph.errors import ChangesError
from graph.schema import SUPPORT_PROPERTIES

EDGE: Final = "edge"
PUBLICATION: Final = "publication"
SUMMARY: Final = "summary"  # the last line of a comparison, which is no change

Numbers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """An edge of text; `before` is None where it was added, `after` where it was removed."""

    change: str
    id: str
    subject: str
    predicate: str
    object: str
    subject_name: str
    object_name: str
    before: Numbers | None
    after: Numbers | None

    @property
    def size(self) -> float:
        """How far belief moved, 0 to 1; an absent edge counts as belief 0."""
        return round(abs(_belief(self.after) - _belief(self.before)), 6)


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """A publication; `evidence` counts what of its evidence was added, removed and changed."""

    change: str
    id: str
    title: str
    before: Numbers | None
    after: Numbers | None
    evidence: Mapping[str, int] | None = None


Change = EdgeChange | PublicationChange


def _belief(numbers: Numbers | None) -> float:
    return float(numbers["belief"]) if numbers else 0.0


def edge_change(before: Numbers | None, after: Numbers | None) -> str:
    """What happened to an edge that differs."""
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def publication_change(before: Numbers | None, after: Numbers | None) -> str:
    """What happened to a publication whose content differs; both have `revision` and `deleted`."""
    if before is None or after is None:
        return "added" if after else "removed"
    if before["deleted"] != after["deleted"]:
        return "withdrawn" if after["deleted"] else "restored"
    return "reread" if before["revision"] == after["revision"] else "revised"


def publication_state(publication: Numbers) -> Numbers:
    """What is told of a publication before and after."""
    return {"revision": publication["revision"], "deleted": publication["deleted"]}


def retraction(id_: str, title: str, *, retracted: bool) -> PublicationChange:
    """The line that tells that a publication is retracted, or is no longer."""
    change = "retracted" if retracted else "reinstated"
    return PublicationChange(change, id_, title, {"retracted": not retracted}, {"retracted": retracted})


def count_evidence(before: Mapping[str, Numbers], now: Mapping[str, Numbers]) -> dict[str, int]:
    """How much of a document's evidence, by id, comes, goes and changes."""
    return {
        "added": len(now.keys() - before.keys()),
        "removed": len(before.keys() - now.keys()),
        "changed": sum(before[id_] != now[id_] for id_ in now.keys() & before.keys()),
    }


def edge_numbers(properties: Numbers | None) -> Numbers | None:
    """What is told of an edge before and after: what was computed from its evidence."""
    return {name: properties[name] for name in SUPPORT_PROPERTIES} if properties else None


def kind_of(change: Change) -> str:
    """`edge` or `publication`."""
    return EDGE if isinstance(change, EdgeChange) else PUBLICATION


def to_json(change: Change) -> str:
    """One line of JSON, without a line break."""
    return json.dumps({"kind": kind_of(change), **asdict(change)}, ensure_ascii=False)


def read_changes(path: Path) -> Iterator[Change]:
    """The changes of a file that a load or a comparison recorded, in its order.

    Raises: ChangesError if it can't be read, or if a line is no change.
    """
    kinds: dict[str, type[Change]] = {EDGE: EdgeChange, PUBLICATION: PublicationChange}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    values = json.loads(line)
                    kind = values.pop("kind")
                    if kind != SUMMARY:
                        yield kinds[kind](**values)
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise ChangesError(f"{path}, line {number}: no change that a load recorded ({error!r})") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ChangesError(
            f"{path}: expected a file of changes, or two graphs to compare, OLD NEW ({error})"
        ) from error
