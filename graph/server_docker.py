"""Runs a private Neo4j server as a Docker container, its port published on the loopback address only.

It knows nothing of Java.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
from pathlib import Path

from graph.errors import ServerError
from graph.server_instance import LOOPBACK, Server, write_record
from graph.server_lines import Line
from graph.server_probe import wait_until_ready

logger = logging.getLogger(__name__)


def start_docker(line: Line, instance: Path, port: int, heap_gb: float) -> Server:
    """Start the instance and return when it answers. Raises: ServerError that says what is missing."""
    if shutil.which("docker") is None:
        raise ServerError("`docker` is not on PATH")
    _docker("info", "--format", "{{.ServerVersion}}")
    name = "hypograph-neo4j-" + hashlib.blake2b(str(instance).encode(), digest_size=4).hexdigest()
    data = instance / "docker-data"
    data.mkdir(exist_ok=True)
    settings = {
        "NEO4J_AUTH": "none",
        "NEO4J_dbms_usage__report_enabled": "false",
        "NEO4J_server_bolt_advertised__address": f"{LOOPBACK}:{port}",
        "NEO4J_server_http_enabled": "false",
        "NEO4J_server_memory_heap_max__size": f"{int(heap_gb * 1024)}m",
        "NEO4J_server_memory_pagecache_size": "256m",
    }
    command = ["run", "--detach", "--rm", "--name", name, "--user", f"{os.getuid()}:{os.getgid()}"]
    command += ["--publish", f"{LOOPBACK}:{port}:7687", "--volume", f"{data}:/data"]
    for key, value in settings.items():
        command += ["--env", f"{key}={value}"]
    logger.info("starting Neo4j %s in Docker, port %d", line.release, port)
    _docker(*command, f"neo4j:{line.release}-community")
    uri = f"bolt://{LOOPBACK}:{port}"
    server = Server(uri, "docker", line.release, str(instance), port, container=name)
    write_record(instance, server)
    try:
        wait_until_ready(server, lambda: container_runs(name), None)
    except BaseException:
        with contextlib.suppress(ServerError):
            stop_container(name)
        raise
    return server


def container_runs(name: str) -> bool:
    """Whether a container of this name runs."""
    try:
        return _docker("inspect", "--format", "{{.State.Running}}", name) == "true"
    except ServerError:
        return False


def stop_container(name: str) -> None:
    """Stop the container. Raises: ServerError if Docker can't."""
    _docker("stop", name)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout or "it said nothing").strip().splitlines()
        raise ServerError(f"`docker {arguments[0]}` failed: {said[-1]}")
    return done.stdout.strip()
