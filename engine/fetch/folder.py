"""A folder of fetched files: what was fetched and when, and which records are in it.

Beside the files lies `.fetch`, hidden so that a run over the folder reads the files alone: `manifest.json` (address,
size, MD5 and time of each file), `*.part` (what is half fetched), `*.bad` (what never matched its checksum),
`rejects.jsonl` (ids that gave no record) and `ids/` (the PMIDs of each file, 4 bytes a record, made anew when a file
changes). A file gets its final name only when it is whole. Asks nobody.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engine.fetch.errors import FolderError
from engine.output import atomic_path, write_json
from engine.read.chunks import BrokenStreamError, read_chunks

_RECORD: Final = re.compile(rb"<(?:MedlineCitation|BookDocument)\b[^>]*>\s*<PMID[^>]*>\s*(\d{1,9})\s*</PMID>")
_OVERLAP_BYTES: Final = 512  # longer than anything that _RECORD matches in PubMed
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of a file; `listed` is the listing's date and size, empty if there were none."""

    url: str
    bytes: int
    md5: str
    listed: str
    fetched: str


class FetchFolder:
    """The files of a folder and their manifest. Raises: FolderError if the manifest is no such thing; OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / ".fetch"
        self._manifest = self.state / "manifest.json"
        self.entries = self._read_manifest()

    def _read_manifest(self) -> dict[str, Entry]:
        try:
            content = json.loads(self._manifest.read_bytes())
            return {name: Entry(**entry) for name, entry in content["files"].items()}
        except FileNotFoundError:
            return {}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            reason = f"{self._manifest} is no manifest of `hypograph fetch` ({error})"
            raise FolderError(f"{reason}: remove it, and the checksums are compared again") from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folder and keeps other fetches out of it. Raises: FolderError if one is at work in it."""
        with contextlib.ExitStack() as stack:
            with self.writing():
                self.state.mkdir(parents=True, exist_ok=True)
                lock = stack.enter_context((self.state / "lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderError(f"{self.path}: another fetch is at work in this folder") from error
            self.entries = self._read_manifest()
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turns what the disk refuses inside the block into a FolderError that says what to do."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                reason = f"{self.path}: no space left on its disk; what has come is kept"
                raise FolderError(f"{reason}: make room and give the same command again") from error
            raise FolderError(f"{self.path} can't be written: {error}") from error

    def part(self, name: str, md5: str) -> Path:
        """Where the file of this checksum grows. Parts for another checksum, of a file that has changed, go."""
        part = self.state / f"{name}.{md5[:12]}.part"
        with self.writing():
            for old in self.state.glob(f"{name}.*.part"):
                if old != part:
                    old.unlink()
        return part

    def keep(self, part: Path, name: str, *, url: str, md5: str, listed: str = "") -> int:
        """Gives a file that is whole its final name and enters it in the manifest. Returns: its bytes."""
        with self.writing():
            with part.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(part, self.path / name)
            self.bad(name).unlink(missing_ok=True)
        return self.enter(name, url=url, md5=md5, listed=listed)

    def enter(self, name: str, *, url: str, md5: str, listed: str = "") -> int:
        """Enters a file that lies under its final name in the manifest. Returns: its bytes."""
        size = (self.path / name).stat().st_size
        self.entries[name] = Entry(url, size, md5, listed, datetime.now(UTC).isoformat(timespec="seconds"))
        with self.writing():
            write_json(self._manifest, {"format": 1, "files": {k: asdict(v) for k, v in sorted(self.entries.items())}})
        return size

    def bad(self, name: str) -> Path:
        """Where what never matched its checksum is kept, to be looked at."""
        return self.state / f"{name}.bad"

    def write_rejects(self, rejects: Sequence[Mapping[str, Any]]) -> Path:
        """Writes what gave no record, a JSON object a line, in place of what the last fetch left. Returns: the file."""
        path = self.state / "rejects.jsonl"
        with self.writing(), atomic_path(path) as temporary:
            temporary.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rejects), encoding="utf-8")
        return path

    def held_ids(self) -> set[int]:
        """PMIDs of all records in the folder's PubMed files, whoever put them there."""
        paths = {path for ending in ("*.xml", "*.xml.gz") for path in self.path.glob(ending) if path.is_file()}
        return {pmid for path in paths if not path.name.startswith(".") for pmid in self._ids_of(path)}

    def _ids_of(self, path: Path) -> array[int]:
        stat = path.stat()
        index = self.state / "ids" / f"{path.name}@{stat.st_size}-{stat.st_mtime_ns}"
        ids = array("I")
        with contextlib.suppress(FileNotFoundError):
            ids.frombytes(index.read_bytes())
            return ids
        ids.extend(_find_ids(path))
        if self.state.is_dir():  # a dry run leaves nothing
            with self.writing():
                index.parent.mkdir(exist_ok=True)
                for old in index.parent.glob(f"{glob.escape(path.name)}@*"):
                    old.unlink()
                with atomic_path(index) as temporary:
                    temporary.write_bytes(ids.tobytes())
        return ids


def _find_ids(path: Path) -> Iterator[int]:
    with path.open("rb") as stream, contextlib.suppress(BrokenStreamError):  # what comes before a break is good
        buffer = b""
        for chunk in read_chunks(stream):
            buffer += chunk
            yield from find_ids(buffer)
            buffer = buffer[-_OVERLAP_BYTES:]


def find_ids(xml: bytes) -> Iterator[int]:
    """Yield the PMIDs of the records in PubMed XML: theirs alone, not those that they refer to."""
    yield from (int(match[1]) for match in _RECORD.finditer(xml))


def md5_of(path: Path) -> str:
    """The MD5 of a file, in lower case hex. Of no file: of nothing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except FileNotFoundError:
        return hashlib.md5(usedforsecurity=False).hexdigest()
