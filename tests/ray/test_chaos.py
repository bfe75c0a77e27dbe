"""Something is killed at a random point: each document is there once, as if nothing had been, and little is redone.

A seed says after how many documents, and which of several processes. One run with three kills is always made; twenty
more are at night, on a cluster of three nodes of which one may die.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.ray.chaos import BLOCK_ROWS, DOCUMENTS, FILE_ROWS, check, kill_worker, run, wait_for, write_input

pytestmark = pytest.mark.ray

# What may be extracted again: what was under way in what died. A block goes to an actor whole, and is done again whole.
MOST_REDONE: Final = {
    "reader": 0,
    "writer": 0,
    "extractor": BLOCK_ROWS,
    "driver": 2 * BLOCK_ROWS + 2 * FILE_ROWS,
    "node": 2 * BLOCK_ROWS + 2 * FILE_ROWS,
}
NODE_MEMORY: Final = 128 << 20

DRIVER: Final = """
import sys
from pathlib import Path
import ray
from tests.ray.chaos import run
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="error")
run(Path(sys.argv[2]))
"""


def start_driver(address: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", DRIVER, address, str(folder)])


def moment(random: Random) -> int:
    """After so many documents something dies: not before the first are written, nor when all is read."""
    return random.randrange(FILE_ROWS, DOCUMENTS // 2)


def tell(seed: int, disturbances: dict[str, int], redone: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows what was redone, and that it is no more than was under way."""
    with capsys.disabled():
        killed = ", ".join(f"{victim} after {after}" for victim, after in disturbances.items())
        sys.stdout.write(f"\nseed {seed}: killed {killed} of {DOCUMENTS} documents, {redone} redone\n")
    assert redone <= sum(MOST_REDONE[victim] for victim in disturbances)


def test_reader_extractor_and_driver_die_in_one_run(
    ray_cluster: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(0)
    disturbances = dict(zip(("reader", "extractor", "driver"), sorted(moment(random) for _ in range(3)), strict=True))
    write_input(tmp_path)
    with start_driver(ray_cluster, tmp_path) as driver:
        for victim, after in disturbances.items():
            wait_for(tmp_path, after, alive=lambda: driver.poll() is None)
            if victim == "driver":
                driver.kill()
            else:
                kill_worker(victim, tmp_path, random, alive=lambda: driver.poll() is None)
    run(tmp_path)
    tell(0, disturbances, check(tmp_path), capsys)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A head that does no work and two nodes that do it."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "disabled")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_worker_niceness", "0")
        environment.setenv("PYTHONPATH", str(Path.cwd()), prepend=":")
        head = {"num_cpus": 0, "object_store_memory": NODE_MEMORY, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        for _ in range(2):
            cluster.add_node(num_cpus=1, object_store_memory=NODE_MEMORY)
        yield cluster
        cluster.shutdown()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 21))
def test_anything_may_die_on_a_cluster(
    nodes: Any, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(seed)
    victim, after = list(MOST_REDONE)[seed % len(MOST_REDONE)], moment(random)
    write_input(tmp_path)
    with start_driver(nodes.address, tmp_path) as driver:
        wait_for(tmp_path, after, alive=lambda: driver.poll() is None)
        if victim == "driver":
            driver.kill()
        elif victim == "node":
            nodes.remove_node(random.choice(sorted(nodes.worker_nodes, key=str)), allow_graceful=False)
            nodes.add_node(num_cpus=1, object_store_memory=NODE_MEMORY)
        else:
            kill_worker(victim, tmp_path, random, alive=lambda: driver.poll() is None)
        assert driver.wait(timeout=300) == (-signal.SIGKILL if victim == "driver" else 0)
    if victim == "driver":
        with start_driver(nodes.address, tmp_path) as again:
            assert again.wait(timeout=300) == 0
    tell(seed, {victim: after}, check(tmp_path), capsys)
