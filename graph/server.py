"""A private Neo4j Community server on the loopback address, for whoever has none: start, stop, look.

A server by URI that already runs, Docker, or a Java with the server's jars, whichever this machine has. Authentication
is off, which is tolerable only because the server listens on 127.0.0.1; the usage report is off too. Every user
of the same machine can reach it: it is for laptops and test machines, not for production.
This file knows nothing of our graph. An instance is one folder (data, logs, `server.json`); starting one that
runs gives back the running one. A start takes 5 s (5.26) to 10 s (2026) and 0.5 to 0.8 GB.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from graph.errors import ServerError
from graph.java import fetch_jars, find_java

logger = logging.getLogger(__name__)

URI_VARIABLE: Final = "HYPOGRAPH_NEO4J_URI"
START_LIMIT_S: Final = 600.0  # a start takes seconds, but minutes where other work has the cores
STOP_LIMIT_S: Final = 60.0
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Line:
    """A release line of Neo4j: the release that we start, the Javas that it runs on, and how."""

    release: str
    java: tuple[int, ...]
    main_class: str
    jvm_options: tuple[str, ...]


_OPENS: Final = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
)
LINES: Final = {
    "5.26": Line("5.26.0", (17, 21), "org.neo4j.server.CommunityEntryPoint", _OPENS),
    "2026": Line(
        "2026.09.0", (25,), "org.neo4j.server.Neo4jCommunity", (*_OPENS, "--add-modules=jdk.incubator.vector")
    ),
}
DEFAULT_LINE: Final = "5.26"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: a Java process of ours (`pid`), a container of ours, or a foreign one (neither)."""

    uri: str
    kind: str
    version: str
    home: str | None = None
    port: int | None = None
    pid: int | None = None
    container: str | None = None


def cache_folder() -> Path:
    """Where jars and instances live unless the caller says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hypograph" / "neo4j"


def default_home(line: str) -> Path:
    """The folder of a line's instance. Each line has its own, for a newer server's data can't be opened by an older."""
    return cache_folder() / line


def start_server(
    line: str = DEFAULT_LINE, *, home: Path | None = None, port: int = 0, heap_gb: float = 1.0, how: str = "auto"
) -> Server:
    """Start the instance of `home`, or give back the one that runs already; returns when it answers queries.

    `how` is auto (a server by URI, Docker, Java, in this order), docker or java; port 0 is a free one.
    Raises: ServerError that says what is missing.
    """
    uri = os.environ.get(URI_VARIABLE)
    if uri and how == "auto":
        return Server(uri, "external", _ask_version(uri))
    instance = (home or default_home(line)).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    with _locked(instance):
        running = _running(instance)
        if running:
            if running.version.split(".")[0] != LINES[line].release.split(".")[0]:
                raise ServerError(
                    f"{instance} runs Neo4j {running.version}, not {line}: stop it, or use another --home"
                )
            return running
        _claim(instance, line)
        server = _start_somehow(LINES[line], instance, port or _free_port(), heap_gb=heap_gb, how=how)
        _write_record(instance, server)
        return server


def stop_server(home: Path) -> bool:
    """Stop the instance of this folder, if it runs; its data stays. Returns: whether one ran."""
    instance = home.resolve()
    if not instance.is_dir():
        return False
    with _locked(instance):
        server = _running(instance)
        if server is None:
            return False
        if server.container:
            _docker("stop", server.container)
        elif server.pid is not None:
            _end_process(server.pid, instance)
        (instance / "server.json").unlink(missing_ok=True)
        return True


def server_status(home: Path) -> Server | None:
    """The instance of this folder, if it runs."""
    return _running(home.resolve())


# ------------------------------------------------------------------------------------------- starting


def _start_somehow(line: Line, instance: Path, port: int, *, heap_gb: float, how: str) -> Server:
    ways = {"docker": _start_docker, "java": _start_java}
    chosen = list(ways) if how == "auto" else [how]
    reasons = []
    for way in chosen:
        try:
            return ways[way](line, instance, port, heap_gb)
        except ServerError as error:
            reasons.append(f"- {way.capitalize()}: {error}")
    if how == "auto":
        reasons.insert(0, f"- a running server: set {URI_VARIABLE} to its bolt:// or neo4j:// address")
    raise ServerError(f"Neo4j {line.release} can't be started here:\n" + "\n".join(reasons))


def _start_java(line: Line, instance: Path, port: int, heap_gb: float) -> Server:
    java = find_java(line.java)
    jars = fetch_jars(line.release, cache_folder() / "jars", java=java)
    _write_configuration(instance, port)
    command = [str(java.executable), "-Xms256m", f"-Xmx{int(heap_gb * 1024)}m", *line.jvm_options]
    command += ["-cp", f"{jars}/*", line.main_class, *_arguments(instance), "--console-mode"]
    console = instance / "logs" / "console.log"
    logger.info("starting Neo4j %s on Java %d, port %d, log in %s", line.release, java.major, port, console)
    # The shell ends at once, so that the server belongs to no process of ours and outlives the command.
    script = '"$@" </dev/null >"$0" 2>&1 & echo $!'
    shell = ["/bin/sh", "-c", script, str(console), *command]
    done = subprocess.run(shell, stdout=subprocess.PIPE, text=True, check=True, start_new_session=True)
    pid = int(done.stdout)
    server = Server(f"bolt://{_LOOPBACK}:{port}", "java", line.release, str(instance), port, pid)
    # Written before it answers too, so that `down` finds a server whose start was interrupted.
    _write_record(instance, server)
    try:
        _wait_until_ready(server, lambda: _is_ours(pid, instance), console)
    except BaseException:
        _end_process(pid, instance)
        raise
    return server


def _start_docker(line: Line, instance: Path, port: int, heap_gb: float) -> Server:
    if shutil.which("docker") is None:
        raise ServerError("`docker` is not on PATH")
    _docker("info", "--format", "{{.ServerVersion}}")
    name = "hypograph-neo4j-" + hashlib.blake2b(str(instance).encode(), digest_size=4).hexdigest()
    data = instance / "docker-data"
    data.mkdir(exist_ok=True)
    settings = {
        "NEO4J_AUTH": "none",
        "NEO4J_dbms_usage__report_enabled": "false",
        "NEO4J_server_bolt_advertised__address": f"{_LOOPBACK}:{port}",
        "NEO4J_server_http_enabled": "false",
        "NEO4J_server_memory_heap_max__size": f"{int(heap_gb * 1024)}m",
        "NEO4J_server_memory_pagecache_size": "256m",
    }
    command = ["run", "--detach", "--rm", "--name", name, "--user", f"{os.getuid()}:{os.getgid()}"]
    command += ["--publish", f"{_LOOPBACK}:{port}:7687", "--volume", f"{data}:/data"]
    for key, value in settings.items():
        command += ["--env", f"{key}={value}"]
    logger.info("starting Neo4j %s in Docker, port %d", line.release, port)
    _docker(*command, f"neo4j:{line.release}-community")
    uri = f"bolt://{_LOOPBACK}:{port}"
    server = Server(uri, "docker", line.release, str(instance), port, container=name)
    _write_record(instance, server)
    try:
        _wait_until_ready(server, lambda: _container_runs(name), None)
    except BaseException:
        with contextlib.suppress(ServerError):
            _docker("stop", name)
        raise
    return server


def _write_configuration(instance: Path, port: int) -> None:
    folders = {name: instance / name for name in ("data", "logs", "run", "plugins", "import", "conf")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    lines = [f"server.directories.{name}={folder}" for name, folder in folders.items() if name != "conf"]
    lines += [
        f"server.bolt.listen_address={_LOOPBACK}:{port}",
        f"server.bolt.advertised_address={_LOOPBACK}:{port}",
        "server.http.enabled=false",
        "server.https.enabled=false",
        "dbms.security.auth_enabled=false",
        "dbms.usage_report.enabled=false",
        "server.memory.pagecache.size=256m",
    ]
    (folders["conf"] / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _arguments(instance: Path) -> tuple[str, str]:
    return f"--home-dir={instance}", f"--config-dir={instance / 'conf'}"


def _wait_until_ready(server: Server, is_alive: Callable[[], bool], console: Path | None) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        if not is_alive():
            tail = console.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:] if console else []
            raise ServerError("the server ended while it started\n" + "\n".join(tail))
        if _accepts(server.port):
            with contextlib.suppress(ServerError):
                _ask_version(server.uri)
                return
        time.sleep(0.2)
    raise ServerError(
        f"the server did not answer within {START_LIMIT_S:.0f} s" + (f"; see {console}" if console else "")
    )


def _accepts(port: int | None) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return port is not None and probe.connect_ex((_LOOPBACK, port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _ask_version(uri: str) -> str:
    """The version that a server states. Raises: ServerError if it does not answer."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    user, password = os.environ.get("HYPOGRAPH_NEO4J_USER"), os.environ.get("HYPOGRAPH_NEO4J_PASSWORD")
    try:
        with GraphDatabase.driver(
            uri, auth=(user, password or "") if user else None, max_transaction_retry_time=0.0, connection_timeout=10.0
        ) as driver:
            result = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0] AS version")
    except (DriverError, Neo4jError, ValueError) as error:
        raise ServerError(f"the server at {uri} does not answer: {error}") from error
    return str(result.records[0]["version"])


# -------------------------------------------------------------------------------------- what is running


def _claim(instance: Path, line: str) -> None:
    marker = instance / "line"
    if not marker.exists():
        marker.write_text(line + "\n", encoding="utf-8")
    owner = marker.read_text(encoding="utf-8").strip()
    if owner != line:
        raise ServerError(f"{instance} holds the data of Neo4j {owner}; give {line} a --home of its own")


def _running(instance: Path) -> Server | None:
    try:
        text = (instance / "server.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    server = Server(**json.loads(text))
    alive = _container_runs(server.container) if server.container else _is_ours(server.pid or 0, instance)
    return server if alive else None


def _write_record(instance: Path, server: Server) -> None:
    temporary = instance / ".server.json"
    temporary.write_text(json.dumps(asdict(server), indent=2) + "\n", encoding="utf-8")
    temporary.rename(instance / "server.json")


def _is_ours(pid: int, instance: Path) -> bool:
    """Whether this process is the server of this instance: a recorded pid may belong to another program by now."""
    if Path("/proc/self").exists():  # slim images have no `ps`
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return f"--home-dir={instance}".encode() in arguments
    done = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return f"--home-dir={instance} " in done.stdout


def _end_process(pid: int, instance: Path) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not _is_ours(pid, instance):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        end = time.monotonic() + STOP_LIMIT_S
        while time.monotonic() < end:
            if not _is_ours(pid, instance):
                return
            time.sleep(0.1)
    raise ServerError(f"process {pid} of {instance} does not end")


def _container_runs(name: str) -> bool:
    try:
        return _docker("inspect", "--format", "{{.State.Running}}", name) == "true"
    except ServerError:
        return False


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout or "it said nothing").strip().splitlines()
        raise ServerError(f"`docker {arguments[0]}` failed: {said[-1]}")
    return done.stdout.strip()


@contextlib.contextmanager
def _locked(instance: Path) -> Iterator[None]:
    with (instance / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
