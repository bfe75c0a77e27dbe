"""Private Ray clusters of 2 CPUs for the tests of this folder: one for all of them, as long as nobody keeps its CPUs.

A start takes about 12 s. A module that leaves actors or tasks behind fails, and the next one gets a new cluster.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

CPUS: Final = 2
TEST_LIMIT_S: Final = 300
FREE_LIMIT_S: Final = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that waits for a cluster for five minutes waits for ever."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TEST_LIMIT_S))


class Cluster:
    """A private cluster on loopback that this process has joined, started when it is asked for."""

    def __init__(self) -> None:
        self._address: str | None = None

    def address(self) -> str:
        """Where it listens."""
        import ray

        if self._address is None:
            context = ray.init(
                address="local",
                num_cpus=CPUS,
                include_dashboard=False,
                object_store_memory=256 << 20,
                logging_level="warning",
                log_to_driver=False,
                _node_ip_address="127.0.0.1",
            )
            self._address = context.address_info["gcs_address"]
        return self._address

    def taken_cpus(self) -> float:
        """CPUs that something still holds, after giving it some time to let go of them."""
        import ray

        end = time.monotonic() + FREE_LIMIT_S
        while True:
            gc.collect()  # Ray ends an actor when nothing refers to it
            taken: float = CPUS - ray.available_resources().get("CPU", 0.0)
            if not taken or time.monotonic() > end:
                return taken
            time.sleep(0.2)

    def stop(self) -> None:
        """End it with all that runs on it."""
        import ray

        ray.shutdown()
        self._address = None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of all modules."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "disabled")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        environment.setenv("RAY_worker_niceness", "0")
        environment.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)  # workers import the stand-ins
        started = Cluster()
        yield started
        started.stop()


@pytest.fixture(scope="module")
def ray_cluster(cluster: Cluster) -> Iterator[str]:
    """Address of the cluster. When the module's tests are done, all its CPUs are free."""
    yield cluster.address()
    taken = cluster.taken_cpus()
    if taken:
        cluster.stop()
        pytest.fail(f"{taken:g} CPUs are taken {FREE_LIMIT_S} s after the last test of this module")


@pytest.fixture(autouse=True)
def _let_go_of_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The log of a test holds the errors that Ray logs, their frames hold its actors, and these hold CPUs."""
    yield
    caplog.get_records("call").clear()
