"""Keeps a record that hangs or kills its reader to itself, as `engine.stage_actor` does for the documents of a stage.

Ray starts a read task anew whose process died, without end. So the reader notes in a journal, table by table, where it
stands. After a death it goes through the table that was being read row by row, and notes each record:
- one that was being read at the second death is rejected (`read`, `crash` or `hang`) with its bytes;
- where the process died between two records, in cutting the file up, what is left of it is one reject
  (`crash_between`, `hang_between`), for nobody can say where the next record begins. So it is where it died
  thrice with no row in sight. If that doesn't help, no record is at fault, and the run ends.
A table that takes longer than `timeout_s`, and then a record that does, ends its process.

It knows no format: readers tell `WATCH` where they are. What it costs are two small file writes a table (0.2 ms).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pyarrow as pa

from engine.journal import Journal, judge_deaths
from engine.read.files import read_tables
from engine.read.format import WATCH, BadRecordError, RestUnreadableError
from engine.storage import open_input

READ_STAGE: Final = "read"
_REST_DEATHS: Final = 3  # in a table, with no row in sight, after which its file is given up
_MOST_DEATHS: Final = 6  # after which the run is


class ReadWatch:
    """Reads one file under watch. The journal is that of the read task, which finds it again after its death."""

    def __init__(
        self, journal: Journal, path: str, *, format: str, timeout_s: float | None, name: str | None = None
    ) -> None:
        """`name`: what the rows say that they are from, if not `path`."""
        self._journal = journal
        self._path, self._name, self._format, self._timeout_s = path, name or path, format, timeout_s
        self._deaths = journal.deaths()
        self._rows = self._records = 0
        self._first = 0
        self._table = ""
        self._closely = False
        self._alarm = ExitStack()

    def tables(self) -> Iterator[pa.Table]:
        """Yield the file's tables; nothing is in flight while the consumer has one."""
        with open_input(self._path) as stream:
            yield from self._watch(read_tables(stream, self._name, format=self._format))

    def _watch(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        while True:
            self._table = key = self._key("table", self._rows)
            self._first = self._rows
            self._closely = key in self._deaths
            if len(self._deaths.get(key, ())) >= _MOST_DEATHS:
                raise RuntimeError(
                    f"{self._name}, row {self._rows + 1}: whoever reads on dies or hangs, whatever it reads"
                )
            started = time.perf_counter()
            token = WATCH.set(self)
            try:
                self._note(key)
                table = next(tables, None)
            finally:
                self._alarm.close()
                WATCH.reset(token)
            rows = 0 if table is None else len(table)
            self._journal.finish(rows=rows, seconds=time.perf_counter() - started, counters={})
            if table is None:
                return
            yield table

    def before_record(self) -> None:
        """Raises: BadRecordError if reading the record ended a process before."""
        self._records += 1
        if self._closely:
            key = self._key("record", self._records)
            if key in self._deaths:
                raise BadRecordError(*self._judge(key, "record"))
            self._note(key)

    def after_record(self) -> None:
        """What comes now is between records."""
        if self._closely:
            self._note(self._key("between", self._rows))

    def before_row(self) -> None:
        """Raises: RestUnreadableError if looking for the row ended a process before."""
        if self._closely:
            key = self._key("between", self._rows)
            at_start = self._rows == self._first and len(self._deaths[self._table]) >= _REST_DEATHS
            if key in self._deaths or at_start:
                kind, message = self._judge(self._table if at_start else key, "place")
                raise RestUnreadableError(f"{kind}_between", f"what is left of the file can't be read: {message}")
            self._note(key)

    def after_row(self) -> None:
        """One more row is out, or there is none any longer; what comes now is no record's doing."""
        self._rows += 1
        if self._closely:
            self._note(self._table)

    def _note(self, key: str) -> None:
        """Write down what is in flight, and give it its time."""
        self._alarm.close()
        self._journal.begin([key])
        self._alarm.enter_context(self._journal.watched(self._timeout_s))

    def _judge(self, key: str, what: str) -> tuple[str, str]:
        # The death of the whole table before was its death too.
        return judge_deaths(["", *self._deaths[key]], self._timeout_s, what)

    def _key(self, what: str, number: int) -> str:
        return f"{self._name}\x1f{what}\x1f{number}"
