"""One writer at a time on a server: a lease on the node that describes the graph.

Who loads or migrates claims it, renews it meanwhile (in a thread, for it may read or compute for long), and gives it
back at the end. Who finds it taken says by whom, and waits. It is taken over at once where its holder was a process of
this machine that runs no longer, otherwise when it has run out; the server's clock alone tells.

What is guaranteed: a holder's writing transaction locks that node before anything else and then looks whose the lease
is, and a takeover locks it too. So nothing that a former holder sends is committed once the lease is another's, however
long it slept, and the new one sees whatever was committed before.

What isn't: that a holder keeps it. One that sleeps or can't reach its server for longer than the lease lasts may find
it taken over, and its next write fails. Nor that a takeover is quick: it waits for a transaction that the holder has
open, which a server ends when it sees the connection broken. Nor does it hold off who asks for none: statements by
hand, older programs, changes of constraints and indexes (they only name what is to be there, in a transaction of their
own).

It knows that one node, and no driver: it is handed what runs a statement. The trade-off: one more round trip for each
transaction.
"""

from __future__ import annotations

import functools
import logging
import os
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from graph.errors import GraphError, LeaseLost, QueryTimeout, StoreError
from graph.schema import META, META_ID

logger = logging.getLogger(__name__)

LEASE_S: Final = 60.0
_CLAIM_S: Final = 30.0
_POLL_S: Final = 1.0
_JOIN_S: Final = 5.0

_CONSTRAINT: Final = f"CREATE CONSTRAINT {META.lower()}_id IF NOT EXISTS FOR (n:{META}) REQUIRE n.id IS UNIQUE"
# A property is set before one is read: a lock on the node, under which what is read is what was committed last.
_LOCKED: Final = f"MATCH (m:{META} {{id: $id}}) SET m.lease_lock = true WITH m "
READ: Final = (
    f"MATCH (m:{META} {{id: $id}}) RETURN m.lease_token AS token, m.lease_host AS host, m.lease_machine AS machine, "
    "m.lease_pid AS pid, m.lease_since AS since, m.lease_until - timestamp() AS left_ms"
)
CLAIM: Final = (
    f"{_LOCKED.replace('MATCH', 'MERGE')}"
    "WHERE m.lease_token IS NULL OR m.lease_token IN $tokens OR m.lease_until < timestamp() "
    "SET m.lease_token = $token, m.lease_host = $host, m.lease_machine = $machine, m.lease_pid = $pid, "
    "m.lease_since = timestamp(), m.lease_until = timestamp() + $lease_ms RETURN m.lease_token AS token"
)
KEEP: Final = (
    f"{_LOCKED}WHERE m.lease_token = $token SET m.lease_until = timestamp() + $lease_ms RETURN m.lease_token AS token"
)
GIVE_BACK: Final = (
    f"{_LOCKED}WHERE m.lease_token = $token REMOVE m.lease_lock, m.lease_token, m.lease_host, m.lease_machine, "
    "m.lease_pid, m.lease_since, m.lease_until"
)

Run = Callable[[str, dict[str, object]], list[dict[str, Any]]]


class Ask(Protocol):
    """What runs a statement in a transaction of its own."""

    def __call__(
        self, cypher: str, values: dict[str, object], *, timeout_s: float | None = None
    ) -> list[dict[str, Any]]:
        """Run it and return its rows. Raises: QueryTimeout past the limit, if there is one."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process; `machine` tells where its pid means something: a machine since its last start, a container there."""

    host: str
    machine: str
    pid: int

    @classmethod
    def this(cls) -> Process:
        """The running one."""
        return cls(socket.gethostname(), _this_machine(), os.getpid())

    def is_gone(self) -> bool:
        """Whether it ran on this machine and runs no longer; what can't be known counts as running."""
        if (self.host, self.machine) != (socket.gethostname(), _this_machine()):
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # it runs, as another user
            pass
        return False


@functools.cache
def _this_machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not Linux
        return f"{uuid.getnode():x}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease: its random token, its process, since when, and how long still without renewal."""

    token: str
    process: Process
    since: datetime
    left_s: float

    @classmethod
    def of(cls, row: dict[str, Any]) -> Holder:
        """The holder that the graph's node names."""
        process = Process(row["host"], row["machine"], row["pid"])
        return cls(row["token"], process, datetime.fromtimestamp(row["since"] / 1000, UTC), row["left_ms"] / 1000)

    def __str__(self) -> str:
        return f"process {self.process.pid} on {self.process.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Lease:
    """The lease of one graph, held from `with` on."""

    def __init__(self, ask: Ask, *, lease_s: float = LEASE_S, sleep: Callable[[float], object] = time.sleep) -> None:
        self._ask = ask
        self._sleep = sleep
        self._renew_s = lease_s / 4
        self._token = secrets.token_hex(8)
        self._values: dict[str, object] = {"id": META_ID, "token": self._token, "lease_ms": round(lease_s * 1000)}
        self._done = threading.Event()
        self._renewer = threading.Thread(target=self._renew_until_done, name="graph lease", daemon=True)

    def __enter__(self) -> Self:
        self._wait_and_claim()
        self._renewer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._renewer.join(_JOIN_S)
        if isinstance(error, StoreError):
            return  # lost, or no server answers: it runs out by itself
        try:
            self._ask(GIVE_BACK, self._values)
        except GraphError as left:
            logger.warning("the graph's lease could not be given back, and runs out by itself: %s", left)

    @contextmanager
    def guarding(self, run: Run) -> Iterator[None]:
        """Make sure of the lease in a writing transaction before it writes; `run` runs a statement in it.

        Raises: LeaseLost if it is another's.
        """
        self._keep_or_raise(run)
        began = time.monotonic()
        yield
        if time.monotonic() - began > self._renew_s:  # none could renew it, for this transaction holds the node
            self._keep_or_raise(run)

    def _keep_or_raise(self, run: Run) -> None:
        if not run(KEEP, self._values):
            holder = self._read_holder(run)
            now = f"{holder} writes to it now" if holder else "its lease is gone"
            raise LeaseLost(
                f"the graph was taken over while this process slept or was cut off: {now}. "
                "The same command goes on where this one stopped"
            )

    def _wait_and_claim(self) -> None:
        if not self._ask(f"MATCH (m:{META} {{id: $id}}) RETURN m.id AS id", self._values):
            self._ask(_CONSTRAINT, {})  # for two that come first at once
        told = ""
        while True:
            holder = self._read_holder(self._ask)
            if (holder is None or holder.left_s < 0 or holder.process.is_gone()) and self._claim(holder):
                return
            if holder and holder.token != told:
                logger.warning("waiting for the graph: %s, writes to it", holder)
                told = holder.token
            self._sleep(_POLL_S)

    def _claim(self, gone: Holder | None) -> bool:
        tokens = [self._token, *([gone.token] if gone and gone.process.is_gone() else [])]
        process = Process.this()
        values = {"tokens": tokens, "host": process.host, "machine": process.machine, "pid": process.pid}
        try:
            return bool(self._ask(CLAIM, {**self._values, **values}, timeout_s=_CLAIM_S))
        except QueryTimeout:  # a transaction of its holder is not over
            return False

    def _read_holder(self, run: Run) -> Holder | None:
        rows = run(READ, self._values)
        return Holder.of(rows[0]) if rows and rows[0]["token"] else None

    def _renew_until_done(self) -> None:
        while not self._done.wait(self._renew_s):
            try:
                is_kept = bool(self._ask(KEEP, self._values))
            except GraphError:  # the server is away
                continue
            if not is_kept:
                return  # the next write says so
