"""Peak memory of a command and everything that it starts, sampled from /proc.

Shared pages are counted once, divided among those who map them (PSS), so the sum over Ray's processes is what the
machine really lends the job. Knows nothing of what the command does; a peak shorter than the interval can be missed.
"""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LEAST_LOOKS: Final = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a watched command ended: exit code, output, wall seconds; memory in bytes and processes at each look."""

    returncode: int
    stdout: str
    stderr: str
    seconds: float
    samples: tuple[tuple[int, int], ...]

    @property
    def peak_bytes(self) -> int:
        """The most memory that was seen."""
        return max(self.samples)[0]

    @property
    def processes(self) -> int:
        """How many processes there were at the peak."""
        return max(self.samples)[1]


def measure_growth(samples: Sequence[int]) -> float | None:
    """By what share memory grew from the first to the last tenth of the time at work, between medians.

    At work: from the first look to the last at which at least half of the usual peak (the ninth decile) was in use.
    None if these are fewer than 30, as too few to tell, or tell nothing.
    """
    if len(samples) < _LEAST_LOOKS:
        return None
    half = statistics.quantiles(samples, n=10)[-1] / 2
    above = [i for i, size in enumerate(samples) if size >= half]
    at_work = samples[above[0] : above[-1] + 1]
    if len(at_work) < _LEAST_LOOKS:
        return None
    tenth = len(at_work) // 10
    first, last = statistics.median(at_work[:tenth]), statistics.median(at_work[-tenth:])
    return round(last / first - 1, 4) if first else None


def run_watched(command: Sequence[str], *, env: Mapping[str, str] | None = None, interval: float = 0.5) -> Outcome:
    """Run a command to its end while sampling the memory of its whole process tree every `interval` seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    watcher = _Watcher(process.pid, interval)
    watcher.start()
    try:
        stdout, stderr = process.communicate()
    finally:
        seconds = time.perf_counter() - start
        watcher.stop()
    return Outcome(process.returncode, stdout, stderr, seconds, tuple(watcher.samples))


def measure_tree(root: int) -> tuple[int, int]:
    """Memory in bytes and number of the processes that descend from `root`, itself included."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent = _parent(entry)
            if parent is not None:
                children[parent].append(int(entry.name))
    total, count, todo = 0, 0, [root]
    while todo:
        pid = todo.pop()
        todo.extend(children[pid])
        size = _proportional_set_size(pid)
        total, count = total + size, count + (size > 0)
    return total, count


class _Watcher:
    """A thread that keeps the sums seen."""

    def __init__(self, root: int, interval: float) -> None:
        self.samples: list[tuple[int, int]] = []
        self._root = root
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.samples.append(measure_tree(self._root))
            if self._stopped.wait(self._interval):
                return


def _parent(entry: Path) -> int | None:
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None  # it ended between the listing and the reading
    return int(stat.rpartition(")")[2].split()[1])  # the name in parentheses may hold blanks


def _proportional_set_size(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
