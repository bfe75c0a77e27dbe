"""Runs a private Neo4j server as a Java process of ours that outlives the command which started it.

It knows a process of ours by the instance's folder among its arguments, for a recorded pid may be another program's by
now. It finds Java and the jars through `java`, and knows nothing of Docker.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from graph.errors import ServerError
from graph.java import fetch_jars, find_java
from graph.server_instance import LOOPBACK, Server, cache_folder, write_record
from graph.server_lines import Line
from graph.server_probe import wait_until_ready

logger = logging.getLogger(__name__)

STOP_LIMIT_S: Final = 60.0
_PROC: Final = Path("/proc")
_EXEC_LIMIT_S: Final = 5.0  # while its program is read from a cold disk, a living process shows no arguments


def start_java(line: Line, instance: Path, port: int, heap_gb: float) -> Server:
    """Start the instance and return when it answers. Raises: ServerError that says what is missing."""
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
    server = Server(f"bolt://{LOOPBACK}:{port}", "java", line.release, str(instance), port, pid)
    # Written before it answers too, so that `down` finds a server whose start was interrupted.
    write_record(instance, server)
    try:
        wait_until_ready(server, lambda: is_ours(pid, instance), console)
    except BaseException:
        end_process(pid, instance)
        raise
    return server


def _write_configuration(instance: Path, port: int) -> None:
    folders = {name: instance / name for name in ("data", "logs", "run", "plugins", "import", "conf")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    lines = [f"server.directories.{name}={folder}" for name, folder in folders.items() if name != "conf"]
    lines += [
        f"server.bolt.listen_address={LOOPBACK}:{port}",
        f"server.bolt.advertised_address={LOOPBACK}:{port}",
        "server.http.enabled=false",
        "server.https.enabled=false",
        "dbms.security.auth_enabled=false",
        "dbms.usage_report.enabled=false",
        "server.memory.pagecache.size=256m",
    ]
    (folders["conf"] / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _arguments(instance: Path) -> tuple[str, str]:
    return f"--home-dir={instance}", f"--config-dir={instance / 'conf'}"


def is_ours(pid: int, instance: Path) -> bool:
    """Whether this process is the server of this instance: a recorded pid may belong to another program by now."""
    if _PROC.exists():  # slim images have no `ps`
        return f"--home-dir={instance}".encode() in _linux_arguments(pid)
    done = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return f"--home-dir={instance} " in done.stdout


def _linux_arguments(pid: int) -> list[bytes]:
    """What the process was started with; nothing if it has ended. Waits while it shows none because of an `exec`."""
    end = time.monotonic() + _EXEC_LIMIT_S
    while True:
        try:
            arguments = (_PROC / str(pid) / "cmdline").read_bytes()
            state = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return []
        if arguments or state in (b"Z", b"X") or time.monotonic() > end:
            return arguments.split(b"\0")
        time.sleep(0.005)


def end_process(pid: int, instance: Path) -> None:
    """Ask the process to end, then kill it, if it is the server of this instance.

    Raises: ServerError if it does not end.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not is_ours(pid, instance):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        end = time.monotonic() + STOP_LIMIT_S
        while time.monotonic() < end:
            if not is_ours(pid, instance):
                return
            time.sleep(0.1)
    raise ServerError(f"process {pid} of {instance} does not end")
