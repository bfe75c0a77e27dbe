"""An instance of a private server as one folder: whose data it holds, what is recorded of it, who may change it now.

    HOME/line           the release line that the data belongs to
    HOME/server.json    the server that was started last, if it was not stopped
    HOME/.lock          held by whoever starts or stops it

It knows nothing of whether the recorded server still runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from graph.errors import ServerError

LOOPBACK: Final = "127.0.0.1"


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


def claim(instance: Path, line: str) -> None:
    """Give a new folder to this line. Raises: ServerError if it belongs to another."""
    marker = instance / "line"
    if not marker.exists():
        marker.write_text(line + "\n", encoding="utf-8")
    owner = marker.read_text(encoding="utf-8").strip()
    if owner != line:
        raise ServerError(f"{instance} holds the data of Neo4j {owner}; give {line} a --home of its own")


def read_record(instance: Path) -> Server | None:
    """The server that was recorded last, running or not."""
    try:
        text = (instance / "server.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Server(**json.loads(text))


def write_record(instance: Path, server: Server) -> None:
    """Record a server, so that it is found again by whoever looks into the folder."""
    temporary = instance / ".server.json"
    temporary.write_text(json.dumps(asdict(server), indent=2) + "\n", encoding="utf-8")
    temporary.rename(instance / "server.json")


def remove_record(instance: Path) -> None:
    """Forget the recorded server."""
    (instance / "server.json").unlink(missing_ok=True)


@contextlib.contextmanager
def locked(instance: Path) -> Iterator[None]:
    """Wait until no other process starts or stops this instance, and keep them waiting meanwhile."""
    with (instance / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
