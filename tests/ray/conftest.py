"""One Ray cluster of 2 CPUs for all tests of this folder: it takes about 12 s to start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """Address of a private cluster on loopback; this process has joined it."""
    import ray

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "disabled")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        environment.setenv("RAY_worker_niceness", "0")
        environment.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)  # workers import the stand-ins
        context = ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=256 << 20,
            logging_level="warning",
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
        )
        yield context.address_info["gcs_address"]
        ray.shutdown()
