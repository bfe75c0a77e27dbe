"""However a history of documents is cut into days and shards, in whatever order it is loaded, the graph is the same."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.changes import Change, EdgeChange
from graph.connect import open_store
from graph.counters import Counters
from graph.diff import diff_edges, diff_publications
from graph.fingerprint import hash_graph
from graph.store import Store
from graph.write import load_folder
from tests.histories import MODELS, Day, Expected, Version, cut, versions
from tests.tables import write_run

# The same examples in every run.
repeatable = settings(
    max_examples=12, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
randoms = st.randoms(use_true_random=False)
places = st.lists(st.integers(0, 8), max_size=3)


@contextmanager
def scratch(*names: str) -> Iterator[tuple[Path, list[Store]]]:
    """A folder, and empty embedded graphs in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stores = [open_store(str(folder / f"{graph}.kgl")) for graph in names]
        try:
            yield folder, stores
        finally:
            for store in stores:
                store.close()


def hash_at_once(expected: Expected, store: Store, folder: Path) -> str:
    load_folder(store, write_run(folder / "at_once", [expected.tables()]))
    return hash_graph(store)


@repeatable
@given(versions, places, places, randoms)
def test_day_by_day_gives_what_reading_at_once_gives(
    known: list[Version], days: list[int], shards: list[int], rng: random.Random
) -> None:
    rng.shuffle(known)
    expected = Expected()
    with scratch("by_day", "at_once") as (folder, (store, other)):
        for number, part in enumerate(cut(known, days)):
            day = Day(cut(part, shards))
            day.load(store, day.write(folder / f"day{number}"))
            expected.load(day)
            expected.check(store)
        assert hash_graph(store) == hash_at_once(expected, other, folder)
        for again in folder.glob("day*"):  # old days, newer ones, the whole: nothing is written
            assert load_folder(store, again).counters == Counters()
        assert load_folder(store, folder / "at_once").counters == Counters()


@repeatable
@given(versions, st.lists(st.tuples(st.sampled_from(MODELS), st.booleans()), min_size=2, max_size=5), places, randoms)
def test_models_replace_one_another_or_stand_beside_one_another(
    known: list[Version], loads: list[tuple[str, bool]], shards: list[int], rng: random.Random
) -> None:
    expected = Expected()
    with scratch("by_day", "at_once") as (folder, (store, other)):
        for number, (model, keep) in enumerate(loads):
            day = Day(cut(rng.sample(known, rng.randint(1, len(known))), shards), model, keep)
            written = day.write(folder / f"day{number}")
            day.load(store, written)
            expected.load(day)
            expected.check(store)
            assert day.load(store, written).counters == Counters()
        assert hash_graph(store) == hash_at_once(expected, other, folder)


@repeatable
@given(versions, places, randoms)
def test_models_beside_one_another_come_in_any_order(known: list[Version], days: list[int], rng: random.Random) -> None:
    loads = [Day((part,), model, keep=True) for model in MODELS for part in cut(known, days)]
    with scratch("one", "other") as (folder, stores):
        written = [day.write(folder / f"day{number}") for number, day in enumerate(loads)]
        hashes = set()
        for store in stores:
            order = list(zip(loads, written, strict=True))
            rng.shuffle(order)
            for day, run in order:
                day.load(store, run)
            hashes.add(hash_graph(store))
        assert len(hashes) == 1


@settings(repeatable, max_examples=10)
@given(versions, places, st.sampled_from(MODELS))
def test_what_a_load_tells_is_what_comparing_the_graphs_finds(
    known: list[Version], days: list[int], second_model: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, part in enumerate(cut(known, days)):
            day = Day((part,), MODELS[0] if number == 0 else second_model)
            told: list[Change] = []
            with open_store(str(folder / "now.kgl")) as store:
                load_folder(store, day.write(folder / f"day{number}"), on_change=told.append)
            if number:
                with (
                    open_store(str(folder / "before.kgl"), read_only=True) as old,
                    open_store(str(folder / "now.kgl"), read_only=True) as new,
                ):
                    found: list[Change] = [
                        *diff_edges(old, new, page_rows=2),
                        *diff_publications(old, new, page_rows=2),
                    ]
                assert sorted(map(repr, _net(told))) == sorted(map(repr, found))
            shutil.copy(folder / "now.kgl", folder / "before.kgl")


def _net(told: list[Change]) -> list[Change]:
    """Without what was switched and switched back within the load."""
    flips = [c for c in told if c.change in ("retracted", "reinstated")]
    twice = {c.id for c in flips if sum(other.id == c.id for other in flips) % 2 == 0}
    once = {c.id: c for c in flips if c.id not in twice}
    rest = [c for c in told if c not in flips]
    assert len({(type(c), c.id) for c in rest}) == len(rest)
    assert all(c.before != c.after for c in rest if isinstance(c, EdgeChange))
    return [*rest, *once.values()]
