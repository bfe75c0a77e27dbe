"""`cluster.yaml` against Ray's own schema and checks, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CLUSTER = Path(__file__).parents[2] / "cluster.yaml"


@pytest.fixture
def cluster() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(CLUSTER.read_text(encoding="utf-8"))
    return content


def test_rays_own_checks_accept_it(cluster: dict[str, Any]) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(cluster))


def test_rays_own_checks_would_refuse_an_unknown_key(cluster: dict[str, Any]) -> None:
    import jsonschema
    from ray.autoscaler._private.util import prepare_config, validate_config

    with pytest.raises(jsonschema.ValidationError, match="idle_timeout"):
        validate_config(prepare_config({**cluster, "idle_timeout": 5}))


def test_pools_scale_from_nothing_and_the_head_takes_no_work(cluster: dict[str, Any]) -> None:
    types = cluster["available_node_types"]
    head = types.pop(cluster["head_node_type"])
    assert head["resources"] == {"CPU": 0}
    assert {name: pool["min_workers"] for name, pool in types.items()} == dict.fromkeys(types, 0)
    gpus = {name: pool["resources"].get("GPU", 0) for name, pool in types.items()}
    assert gpus == {"cpu_reader": 0, "gpu_extractor": 1, "gpu_generator": 4}
    assert sum(pool["max_workers"] for pool in types.values()) <= cluster["max_workers"]


def test_the_head_has_a_job_server_and_asks_aws_with_the_python_that_ray_runs_in(cluster: dict[str, Any]) -> None:
    """Without them Ray starts no job server, and no worker ever comes: it says so in the head's log alone."""
    from ray.autoscaler._private.util import prepare_config

    assert any("make install" in command and "serve" in command for command in cluster["setup_commands"])
    installs = [command for command in prepare_config(cluster)["head_setup_commands"] if "boto3" in command]
    assert installs == ["~/hypograph/.venv/bin/python -m pip install boto3"]


def test_no_node_has_the_image_that_ray_would_choose_which_is_too_old(cluster: dict[str, Any]) -> None:
    images = {pool["node_config"].get("ImageId", "") for pool in cluster["available_node_types"].values()}
    assert not images & {"", "latest_dlami"}
