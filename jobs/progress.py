"""Progress on stderr: documents so far, rate, rejects, and the time left. It knows nothing of what is done to them."""

from __future__ import annotations

import sys
import time


class ProgressLine:
    """Prints a line every `every_s` seconds."""

    def __init__(self, expected: int, *, every_s: float) -> None:
        """`expected`: about how many documents there are."""
        self._expected = expected
        self._every_s = every_s
        self._started = self._printed = time.monotonic()
        self._rows = self._rejected = 0

    def leave_out(self, rows: int) -> None:
        """Counts off documents that an earlier call finished: they are not to come."""
        self._expected = max(0, self._expected - rows)

    def add(self, *, rows: int, rejected: int) -> None:
        """Counts documents that are finished, and prints if it is time."""
        self._rows += rows
        self._rejected += rejected
        if time.monotonic() - self._printed >= self._every_s:
            self._printed = time.monotonic()
            print(self.text(), file=sys.stderr, flush=True)

    def text(self) -> str:
        """What is printed."""
        seconds = max(1e-9, time.monotonic() - self._started)
        rate = self._rows / seconds
        total = max(self._expected, self._rows)
        left = f"{format_s((total - self._rows) / rate)} left" if self._rows else "no rate yet"
        return (
            f"{self._rows:,} of about {total:,} documents, {rate:,.1f}/s, {self._rejected:,} rejected, "
            f"{format_s(seconds)} gone, {left}"
        )


def format_s(seconds: float) -> str:
    """Seconds as `42 s`, `3 min 5 s` or `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
