"""What the settings leave to the machine: how many extractors, and how many documents at once."""

from __future__ import annotations

import click
import pytest

from jobs.ray_session import Capacity, ray_session, resolve
from jobs.settings import Settings


@pytest.mark.parametrize(
    ("settings", "capacity", "actors"),
    [
        (Settings(), Capacity(cpus=2.0, gpus=0.0, memory_gb=15.0), 2),
        (Settings(), Capacity(cpus=32.0, gpus=0.0, memory_gb=200.0), 32),
        (Settings(), Capacity(cpus=32.0, gpus=0.0, memory_gb=16.5), 8),
        (Settings(), Capacity(cpus=32.0, gpus=0.0, memory_gb=1.0), 1),
        (Settings(), Capacity(cpus=3.0, gpus=0.0), 3),
        (Settings(extract_threads=4), Capacity(cpus=32.0, gpus=0.0, memory_gb=200.0), 8),
        (Settings(extract_actors=5), Capacity(cpus=2.0, gpus=0.0, memory_gb=4.0), 5),
        (Settings(), Capacity(cpus=32.0, gpus=2.0, memory_gb=4.0), 2),
        (Settings(device="cpu"), Capacity(cpus=6.0, gpus=2.0, memory_gb=99.0), 6),
    ],
)
def test_extractors_are_as_many_as_cores_memory_and_gpus_allow(
    settings: Settings, capacity: Capacity, actors: int
) -> None:
    assert resolve(settings, capacity).extract_actors == actors


def test_a_gpu_gets_more_documents_at_once_unless_it_is_told() -> None:
    gpu, cpu = Capacity(cpus=4.0, gpus=1.0), Capacity(cpus=4.0, gpus=0.0)
    assert [resolve(Settings(), capacity).batch_rows for capacity in (gpu, cpu)] == [1024, 128]
    assert resolve(Settings(batch_rows=7), gpu).batch_rows == 7


@pytest.mark.parametrize(
    ("settings", "kept_from"),
    [
        (Settings(), None),
        (Settings(doubtful_from=0.3), 0.3),
        (Settings(generate="m"), 0.2),
        (Settings(generate="m", verify_from=0.4), 0.4),
        (Settings(generate="m", verify=False, extract="COEXPRESSED_WITH"), None),
        (Settings(generate="m", doubtful_from=0.1), 0.1),
    ],
)
def test_relations_are_kept_for_a_verifier_from_where_it_verifies(settings: Settings, kept_from: float | None) -> None:
    assert resolve(settings, Capacity(cpus=2.0, gpus=0.0)).doubtful_from == kept_from


@pytest.mark.parametrize("fault", [ConnectionError("nobody answers"), ValueError("no such address")])
def test_an_address_of_no_cluster_is_told(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    import ray

    def refuse(**_: object) -> None:
        raise fault

    monkeypatch.setattr(ray, "is_initialized", lambda: False)  # the suite's own Ray
    monkeypatch.setattr(ray, "init", refuse)
    told = pytest.raises(click.ClickException, match=rf"^no Ray cluster at nowhere: {fault}")
    with told, ray_session(address="nowhere"):
        pass
