"""Something is killed at a random point: all is there once, as if nothing had been, and little is redone.

A seed says when, and which of several processes: what reads, extracts or writes, the driver, a node, the process that
holds an embedded graph, a Neo4j server. Three runs are always made; three of each victim more are at night. What is
redone is held against what was under way, and what a row file held when a driver died is extracted no more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from graph.errors import ServerError
from graph.server import server_status, start_server, stop_server
from graph.server_lines import DEFAULT_LINE
from graph.store_neo4j import DATABASE_VARIABLE, PASSWORD_VARIABLE, USER_VARIABLE
from tests.ray import chaos_graph
from tests.ray.chaos import (
    BLOCK_ROWS,
    DOCUMENTS,
    FILE_ROWS,
    LIMIT_S,
    Moment,
    calls,
    check,
    durable,
    extractor,
    kill_worker,
    run,
    wait_for,
    wait_until_gone,
    write_input,
)
from tests.ray.chaos_graph import run_job

pytestmark = pytest.mark.ray

VICTIMS: Final = ("reader", "writer", "extractor", "driver", "node", "store", "server")
WORKING_NODES: Final = 2
NODE_MEMORY: Final = 128 << 20

DRIVER: Final = """
import sys
from pathlib import Path
import ray
from tests.ray.chaos import run
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="error")
run(Path(sys.argv[2]))
"""
LOADER: Final = """
import sys
from pathlib import Path
import ray
from tests.ray.chaos_graph import run_job
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="error")
result = run_job(Path(sys.argv[2]), sys.argv[3])
print(result.output, file=sys.stderr)
sys.exit(result.exit_code)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)])


def tell(seed: int, killed: Sequence[str], redone: int, most: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows what was redone, and that it is no more than was under way."""
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}: killed {', '.join(killed)}: {redone} redone, at most {most}\n")
    assert redone <= most


class Disturbed:
    """A run whose parts die, and what each of them may cost."""

    def __init__(self, address: str, folder: Path, random: Random) -> None:
        self._address, self._folder, self._random = address, folder, random
        self.killed: list[str] = []
        self.most_redone = 0
        write_input(folder)
        self.driver = start(DRIVER, address, folder)

    def _alive(self) -> bool:
        return self.driver.poll() is None

    def kill_worker(self, victim: str, after: int) -> None:
        """A reader or a writer does nothing again that was extracted; an extractor is handed its block again."""
        wait_for(self._folder, after, alive=self._alive)
        kill_worker(victim, self._folder, self._random, alive=self._alive)
        self.killed.append(f"{victim} after {after} of {DOCUMENTS} documents")
        self.most_redone += BLOCK_ROWS if victim == "extractor" else 0

    def kill_driver(self, after: int) -> Moment:
        """Returns: how far the run was. What was in row files by then is not to be extracted again."""
        moment = self._wait_for_rows("driver", after)
        self.driver.kill()
        self.driver.wait()
        wait_until_gone(extractor(self._folder))
        self.most_redone += len(frozenset(calls(self._folder)) - moment.durable)  # its workers outlived it a little
        return moment

    def kill_node(self, after: int, nodes: Any) -> Moment:
        """Returns: how far the run was. Ray makes anew what lay on the node, and the block that was at work there.

        Of that block a part may have been in a row file, if it was just being written: Ray does a task again whole.
        """
        moment = self._wait_for_rows("node", after)
        nodes.remove_node(self._random.choice(list(nodes.worker_nodes)), allow_graceful=False)
        self.most_redone += len(moment.under_way) + BLOCK_ROWS
        return moment

    def _wait_for_rows(self, victim: str, after: int) -> Moment:
        wait_for(self._folder, after, alive=self._alive, what=durable)
        moment = Moment.now(self._folder)
        self.killed.append(f"{victim} when {len(moment.durable)} of {DOCUMENTS} documents were in row files")
        return moment


def some_rows(random: Random) -> int:
    """When so many documents are there something dies: not before the first are written, nor when all is read."""
    return random.randrange(FILE_ROWS, DOCUMENTS // 2)


def test_reader_extractor_and_driver_die_in_one_run(
    ray_cluster: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(0)
    disturbed = Disturbed(ray_cluster, tmp_path, random)
    early, later = sorted(some_rows(random) for _ in range(2))
    with disturbed.driver:
        disturbed.kill_worker("reader", early)
        disturbed.kill_worker("extractor", later)
        # so late that another extractor is at work
        moment = disturbed.kill_driver(random.randrange(DOCUMENTS // 2, 3 * DOCUMENTS // 4))
    run(tmp_path)
    assert not moment.handed_again(tmp_path), "what is in row files is extracted no more"
    tell(0, disturbed.killed, check(tmp_path), disturbed.most_redone, capsys)


def test_a_process_that_loads_an_embedded_graph_dies(
    ray_cluster: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chaos_graph.write_input(tmp_path)
    let_store_die(1, ray_cluster, tmp_path, capsys, go_on=lambda graph: run_job(tmp_path, graph).exit_code)


def let_store_die(
    seed: int, address: str, folder: Path, capsys: pytest.CaptureFixture[str], *, go_on: Callable[[str], int]
) -> None:
    """Kills the process that loads an embedded graph; `go_on` gives the same command again."""
    random, undisturbed, graph = Random(seed), chaos_graph.Undisturbed(folder), str(folder / "graph.kgl")
    after = random.randrange(1, undisturbed.changes)
    with start(LOADER, address, folder, graph) as loader:
        chaos_graph.wait_for_change(folder, after, random, alive=lambda: loader.poll() is None)
        loader.kill()
    assert loader.returncode == -signal.SIGKILL, "it was loading"
    assert go_on(graph) == 0
    killed = f"store after {after} of {undisturbed.changes} changes"
    tell(seed, [killed], undisturbed.check(folder, graph), 0, capsys)


def load(address: str, folder: Path, graph: str) -> int:
    """The command that loads, in a process of its own. Returns: its exit code."""
    with start(LOADER, address, folder, graph) as loader:
        return loader.wait(timeout=LIMIT_S)


def let_server_die(seed: int, address: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kills a Neo4j server while it is loaded and starts it again; the run waits for it, or the same one goes on."""
    random, undisturbed, home = Random(seed), chaos_graph.Undisturbed(folder), folder / "server"
    after = random.randrange(1, undisturbed.changes)
    begin = partial(start_server, DEFAULT_LINE, home=home, heap_gb=0.5, how="java")
    try:
        server = begin()
    except ServerError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    try:
        with start(LOADER, address, folder, server.uri) as loader:
            chaos_graph.wait_for_change(folder, after, random, alive=lambda: loader.poll() is None)
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            wait_until_gone(server.pid)
            assert server_status(home) is None
            assert begin(port=server.port or 0).uri == server.uri
            ended = loader.wait(timeout=LIMIT_S)
        assert ended == 0 or load(address, folder, server.uri) == 0
        killed = [f"server after {after} of about {undisturbed.changes} changes", "ended" if ended else "waited for it"]
        tell(seed, killed, undisturbed.check(folder, server.uri), 0, capsys)
    finally:
        stop_server(home)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster with a head that does no work; `fill_up` starts the nodes that do it."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "disabled")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_worker_niceness", "0")
        environment.setenv("RAY_health_check_period_ms", "500")  # of 5 that fail; by default a dead node costs 18 s
        environment.setenv("PYTHONPATH", str(Path.cwd()), prepend=":")
        head = {"num_cpus": 0, "object_store_memory": NODE_MEMORY, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        yield cluster
        cluster.shutdown()


def fill_up(nodes: Any) -> None:
    """Starts the nodes that an earlier test killed, or all."""
    while len(nodes.worker_nodes) < WORKING_NODES:
        nodes.add_node(num_cpus=1, object_store_memory=NODE_MEMORY)


def test_a_node_dies(nodes: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_up(nodes)
    let_part_die(2, "node", nodes, tmp_path, capsys)


def let_part_die(seed: int, victim: str, nodes: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kills a part of a run on a cluster of nodes; where it was the driver, another one goes on."""
    random = Random(seed)
    disturbed = Disturbed(nodes.address, folder, random)
    moment = None
    with disturbed.driver as driver:
        if victim == "driver":
            moment = disturbed.kill_driver(some_rows(random))
        elif victim == "node":
            moment = disturbed.kill_node(some_rows(random), nodes)
        else:
            disturbed.kill_worker(victim, some_rows(random))
        assert driver.wait(timeout=LIMIT_S) == (-signal.SIGKILL if victim == "driver" else 0)
    if victim == "driver":
        with start(DRIVER, nodes.address, folder) as again:
            assert again.wait(timeout=LIMIT_S) == 0
    if moment:
        again = moment.handed_again(folder)
        assert len(again) <= (BLOCK_ROWS if victim == "node" else 0)
        disturbed.killed.append(f"of which {len(again)} were extracted again")
    tell(seed, disturbed.killed, check(folder), disturbed.most_redone, capsys)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 1 + 3 * len(VICTIMS)))
def test_anything_may_die_on_a_cluster(
    nodes: Any, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, address = VICTIMS[seed % len(VICTIMS)], nodes.address
    fill_up(nodes)
    if victim in ("store", "server"):
        chaos_graph.write_input(tmp_path)
    if victim == "store":
        let_store_die(seed, address, tmp_path, capsys, go_on=lambda graph: load(address, tmp_path, graph))
    elif victim == "server":
        for name in (USER_VARIABLE, PASSWORD_VARIABLE, DATABASE_VARIABLE):
            monkeypatch.delenv(name, raising=False)
        let_server_die(seed, address, tmp_path, capsys)
    else:
        let_part_die(seed, victim, nodes, tmp_path, capsys)
