"""What one actor of a stage did and holds, in files that outlive its process.

    STAGE.ACTOR.json           seconds, rows and counters so far, and the documents in flight
    STAGE.ACTOR.stack          where its threads stood when the watchdog ended it
    STAGE.ACTOR.deathN.json    what it held at its Nth death, and where it hung, if it did
    clock.json                 what all calls that worked at the shard took, the killed ones too

The actor's id survives a restart, so a new process finds what the dead one held. It knows nothing of Ray or stages.
"""

from __future__ import annotations

import faulthandler
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from engine.output import write_json
from engine.storage import writing

JOURNAL_FOLDER: Final = "journal"  # in the folder of a shard
_WATCHERS: Final = ("stage_actor.py", "read/watch.py")  # whose threads are watched
_FRAME: Final = re.compile(r'File "([^"\n]+)", line (\d+) in (\S+)')


class Journal:
    """What one actor did and what it holds, as a small JSON file; and what the pool's actors held when they died."""

    def __init__(self, folder: Path, stage: str, actor_id: str) -> None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._stage, self._id = folder, stage, actor_id
        self._path = folder / f"{stage}.{actor_id}.json"
        self._state: dict[str, Any] = {"stage": stage, "rows": 0, "seconds": 0.0, "seconds_to_start": 0.0}
        self._counters_before: Mapping[str, float] = {}
        self._seen: tuple[Path, ...] = ()
        self._deaths: dict[str, list[str]] = {}
        self._stack = folder / f"{stage}.{actor_id}.stack"  # the watchdog writes here
        if self._path.exists():
            self._inherit()

    def _inherit(self) -> None:
        state = json.loads(self._path.read_text(encoding="utf-8"))
        held = state.pop("in_flight", [])
        self._state |= state
        self._counters_before = state.get("counters", {})
        if held:
            number = len(list(self._folder.glob(f"{self._stage}.{self._id}.death*.json")))
            place = find_place(self._stack.read_text(encoding="utf-8")) if self._stack.exists() else ""
            death = {"in_flight": held, "hung_at": place}
            write_json(self._folder / f"{self._stage}.{self._id}.death{number}.json", death)
            self.release()  # whoever dies again before his first batch holds nothing
            self._stack.unlink(missing_ok=True)

    @contextmanager
    def watched(self, timeout_s: float | None) -> Iterator[None]:
        """Ends the process, where its threads stand written down, if the block takes longer than `timeout_s`."""
        if timeout_s is None:
            yield
            return
        with writing(self._stack):
            file = self._stack.open("w", encoding="utf-8")
        with file:
            faulthandler.dump_traceback_later(timeout_s, exit=True, file=file)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()

    def add_start(self, seconds: float) -> None:
        """Adds what building the actor took; the sum is over all its starts."""
        self._state["seconds_to_start"] += seconds

    def deaths(self) -> Mapping[str, list[str]]:
        """For each document that was in flight when an actor of this stage died: where each hung, "" for a crash.

        In the order of time.
        """
        found = self._folder.glob(f"{self._stage}.*.death*.json")
        files = tuple(sorted(found, key=lambda path: (path.stat().st_mtime_ns, path)))  # names tell no order of actors
        if files != self._seen:
            self._deaths = {}
            for path in files:
                death = json.loads(path.read_text(encoding="utf-8"))
                for key in death["in_flight"]:
                    self._deaths.setdefault(key, []).append(death["hung_at"])
            self._seen = files
        return self._deaths

    def begin(self, keys: list[str]) -> None:
        """Notes the documents that are about to run."""
        write_json(self._path, {**self._state, "in_flight": keys})

    def release(self) -> None:
        """Notes that none is in flight."""
        write_json(self._path, {**self._state, "in_flight": []})

    def finish(self, *, rows: int, seconds: float, counters: Mapping[str, float]) -> None:
        """Notes that they came back, and what it took."""
        before = self._counters_before
        self._state["rows"] += rows
        self._state["seconds"] += seconds
        self._state["counters"] = {**before, **{name: before.get(name, 0) + n for name, n in counters.items()}}
        self.release()


class Clock:
    """The seconds that a shard took so far, over all calls that worked at it; a killed one's up to its last `save`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock.json"
        self._before = 0.0
        if self._path.exists():
            self._before = float(json.loads(self._path.read_text(encoding="utf-8"))["seconds"])
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds until now."""
        return self._before + time.monotonic() - self._started

    def save(self) -> None:
        """Notes them."""
        with writing(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._path, {"seconds": self.seconds})


def find_place(stack: str) -> str:
    """File, line and function that the working thread stood in, from what `faulthandler` wrote; "" if it wrote nothing.

    The stack of one thread is a block of lines `File "...", line N in name`, the innermost first.
    """
    blocks = [_FRAME.findall(block) for block in stack.split("Thread 0x")]
    ours = next((frames for frames in blocks if any(frame[0].endswith(_WATCHERS) for frame in frames)), None)
    frames = ours or next((frames for frames in blocks if frames), None)
    if not frames:
        return ""
    path, line, name = frames[0]
    return f"{path.rsplit('/', 1)[-1]}, line {line}, in {name}"


def judge_deaths(places: list[str], timeout_s: float | None, what: str) -> tuple[str, str]:
    """Kind and message of the error of what was held at these deaths: where each hung, "" for a crash."""
    if places[-1]:
        return "hang", f"it took longer than {timeout_s or 0:g} s alone, at {places[-1]}"
    return "crash", f"the process died {len(places)} times while it held this {what}"


def count_actors(folder: Path) -> dict[str, int]:
    """How many actors of each stage left a journal."""
    names = (path.name.split(".") for path in folder.glob("*.json"))
    return dict(Counter(parts[0] for parts in names if len(parts) == 3))  # STAGE.ACTOR.json; a death has a part more


def sum_journals(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds, seconds to start, rows and counters of each stage, over all its actors."""
    totals: dict[str, dict[str, float]] = {}
    for path in sorted(folder.glob("*.json")):
        state = json.loads(path.read_text(encoding="utf-8"))
        if "stage" in state:
            total = totals.setdefault(state["stage"], {})
            for name, value in {**state, **state.get("counters", {})}.items():
                if isinstance(value, int | float):
                    total[name] = total.get(name, 0) + value
    return totals
