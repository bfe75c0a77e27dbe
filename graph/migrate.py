"""Brings a graph that an older program wrote to the schema and the belief of this one, one version at a time.

Each step leads from one version to the next, may be repeated, and is told in one line; the version is written after
the step, so a migration that is killed goes on where it was. A graph that a killed load left unsettled is migrated only
after that load was repeated, by the program that began it. This file knows nothing of rows.

    1 to 2  an index of retracted publications; concepts that nothing names any longer are removed, as a load of
            version 2 does and relies on
    2 to 3  edges count sentences: one that names both ends several times counted as often
    belief  where it was computed with other coefficients, or by version 1, which had none, it is computed anew
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from graph.belief.fitted import FITTED
from graph.errors import LoadError
from graph.schema import (
    META,
    META_ID,
    SCHEMA_VERSION,
    apply_statements,
    read_belief_version,
    read_settled,
    read_version,
)
from graph.store import Store
from graph.write.batch import Tally
from graph.write.load import BATCH_ROWS
from graph.write.reweigh import reweigh
from graph.write.sweep import Sweeper


@dataclass(frozen=True, slots=True)
class Step:
    """From version `start` to the next; None: from whatever coefficients to this program's."""

    start: int | None
    about: str
    run: Callable[[Store], None]

    @property
    def name(self) -> str:
        """What the step leads from and to."""
        return "belief" if self.start is None else f"version {self.start} to {self.start + 1}"


def _remove_unnamed(store: Store) -> None:
    Sweeper(store, Tally(), batch_rows=BATCH_ROWS).sweep_all()


def _reweigh(store: Store) -> None:
    reweigh(store, batch_rows=BATCH_ROWS)


VERSION_STEPS: Final = {
    1: Step(1, "index retracted publications, remove concepts that nothing names", _remove_unnamed),
    2: Step(2, "edges count sentences, each once", _reweigh),
}
BELIEF_STEP: Final = Step(None, "computed anew, with this program's coefficients", _reweigh)


def migrate(store: Store) -> Iterator[Step]:
    """Take the steps that the graph lacks, and yield each once it is done.

    Raises: LoadError if there is no graph, if it is newer than this program, or if a load is unfinished.
    """
    if read_version(store) is None:
        raise LoadError("there is no graph to migrate: `hypograph load` makes one")
    with store.writing():
        yield from _take_steps(store)


def _take_steps(store: Store) -> Iterator[Step]:
    version = read_version(store)  # again: a load or a migration may have been waited for
    if version is None:
        raise LoadError("the graph that was to be migrated is gone")
    if version > SCHEMA_VERSION:
        raise LoadError(f"the graph has schema version {version}, this program knows {SCHEMA_VERSION}: use a newer one")
    is_current = version == SCHEMA_VERSION and read_belief_version(store) == FITTED.version
    if not is_current and not read_settled(store):
        raise LoadError(
            "a load into the graph was not finished: repeat it with the program that began it, then migrate"
        )
    for start in range(version, SCHEMA_VERSION):
        step = VERSION_STEPS[start]
        apply_statements(store)
        step.run(store)
        store.execute_write(
            f"MATCH (m:{META} {{id: $id}}) SET m.schema_version = $version", id=META_ID, version=start + 1
        )
        yield step
    if read_belief_version(store) != FITTED.version:
        BELIEF_STEP.run(store)
        yield BELIEF_STEP
