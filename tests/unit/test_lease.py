"""The lease on a server's graph, against a node in memory and a clock that is set by hand."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest

from graph.errors import LeaseLost, QueryTimeout, StoreError
from graph.lease import CLAIM, GIVE_BACK, KEEP, LEASE_S, READ, Lease, Process

HERE = Process.this()
GONE = Process(HERE.host, HERE.machine, 2**22 + 1)  # above every pid that Linux gives
ELSEWHERE = Process("elsewhere", "another machine", HERE.pid)


class Server:
    """Does what the statements say to one node, by a clock of its own; sleeping moves it."""

    def __init__(self) -> None:
        self.node: dict[str, Any] = {}
        self.now_ms = 1_000_000
        self.asked: list[str] = []
        self.slept_s = 0.0

    def ask(self, cypher: str, values: dict[str, object], *, timeout_s: float | None = None) -> list[dict[str, Any]]:
        self.asked.append(cypher)
        is_own = bool(self.node) and self.node["token"] == values.get("token")
        if cypher == READ:
            return [{**self.node, "left_ms": self.node["until"] - self.now_ms}] if self.node else []
        if cypher == CLAIM:
            is_held = self.node and self.node["until"] >= self.now_ms
            if is_held and self.node["token"] not in values["tokens"]:  # type: ignore[operator]
                return []
            self.node = {name: values[name] for name in ("token", "host", "machine", "pid")}
            return self._renew(values, since=self.now_ms)
        if cypher == KEEP:
            return self._renew(values) if is_own else []
        if cypher == GIVE_BACK and is_own:
            self.node = {}
        return []

    def _renew(self, values: dict[str, object], **more: int) -> list[dict[str, Any]]:
        self.node |= {"until": self.now_ms + values["lease_ms"], **more}  # type: ignore[operator]
        return [{"token": values["token"]}]

    def hold(self, process: Process) -> None:
        held = {"token": f"of {process.pid}", "host": process.host, "machine": process.machine, "pid": process.pid}
        self.node = {**held, "since": self.now_ms, "until": self.now_ms + LEASE_S * 1000}

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.now_ms += round(seconds * 1000)


@pytest.fixture
def server() -> Server:
    return Server()


def lease_of(server: Server) -> Lease:
    return Lease(server.ask, sleep=server.sleep)


def test_it_is_held_meanwhile_and_given_back(server: Server) -> None:
    with lease_of(server) as lease:
        assert (server.node["host"], server.node["pid"]) == (HERE.host, HERE.pid)
        server.now_ms += 50_000
        with lease.guarding(server.ask):
            pass
        assert server.node["until"] == server.now_ms + LEASE_S * 1000, "a write renews it"
    assert server.node == {}
    assert server.slept_s == 0


def test_it_is_given_back_by_who_failed(server: Server) -> None:
    with pytest.raises(ValueError, match="broken"), lease_of(server):
        raise ValueError("broken")
    assert server.node == {}


def test_where_no_server_answers_any_longer_it_is_not_asked_again(server: Server) -> None:
    def fail() -> None:
        with lease_of(server):
            server.asked.clear()
            raise StoreError("the connection failed")

    with pytest.raises(StoreError):
        fail()
    assert server.asked == []


def test_of_a_process_that_is_gone_it_is_taken_over_at_once(server: Server) -> None:
    server.hold(GONE)
    with lease_of(server):
        assert server.node["pid"] == HERE.pid
    assert server.slept_s == 0


@pytest.mark.parametrize("process", [ELSEWHERE, HERE], ids=["elsewhere", "here"])
def test_of_any_other_it_is_waited_for_until_it_has_run_out(
    server: Server, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    server.hold(process)
    with caplog.at_level(logging.WARNING), lease_of(server):
        assert LEASE_S < server.slept_s <= LEASE_S + 2
        assert server.node["token"] != f"of {process.pid}"
    (message,) = (record.getMessage() for record in caplog.records)
    assert f"process {process.pid} on {process.host}, since 1970-01-01 00:16:40 UTC" in message


def test_who_was_taken_over_does_not_write_on_and_takes_nothing_back(server: Server) -> None:
    def write() -> None:
        with lease_of(server) as lease:
            server.hold(GONE)
            with lease.guarding(server.ask):
                pytest.fail("written without a lease")

    with pytest.raises(LeaseLost, match=f"process {GONE.pid} on {HERE.host}"):
        write()
    assert server.node["pid"] == GONE.pid


def test_one_that_ran_out_and_that_nobody_took_is_still_its_own(server: Server) -> None:
    with lease_of(server) as lease:
        server.now_ms += 3_600_000
        with lease.guarding(server.ask):
            assert server.node["until"] > server.now_ms


def test_behind_a_transaction_of_its_holder_it_is_asked_for_again(server: Server) -> None:
    busy = iter([True, False])

    def ask(cypher: str, values: dict[str, object], *, timeout_s: float | None = None) -> list[dict[str, Any]]:
        if timeout_s and next(busy):
            raise QueryTimeout("stopped at its time limit")
        return server.ask(cypher, values)

    server.hold(GONE)
    with Lease(ask, sleep=server.sleep):
        assert server.node["pid"] == HERE.pid
    assert server.slept_s > 0


def test_a_thread_renews_it(server: Server) -> None:
    with Lease(server.ask, lease_s=0.02):
        while KEEP not in server.asked:
            pass


def test_processes_that_run_or_that_are_not_of_this_machine_are_not_gone() -> None:
    assert GONE.is_gone()
    assert not any(process.is_gone() for process in (HERE, ELSEWHERE, Process(HERE.host, HERE.machine, os.getppid())))
    assert not Process(HERE.host, "another start of it", GONE.pid).is_gone()
