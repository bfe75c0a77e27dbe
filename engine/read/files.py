"""Input paths to files, and a file to Arrow tables in exactly `SOURCE_ROW`. Needs no Ray, and a network only for URIs.

The format goes by the file's name and its beginning, or is given; gzip is recognised by its first bytes, whatever the
name says.
To add a format: write `engine/read/<format>.py` with a `FORMAT` and name it in `FORMATS`. Command line, settings and
the search in folders follow.
"""

from __future__ import annotations

import contextlib
import glob
import io
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from engine.read import (
    bioc_json,
    bioc_xml,
    delimited,
    jats,
    jsonl,
    medline,
    parquet,
    plain_text,
    pubmed_xml,
    pubtator,
    source_rows,
)
from engine.read.chunks import BrokenStreamError, ByteStream, as_utf8, read_chunks
from engine.read.format import AUTO, WATCH, Format, RestUnreadableError, Watch, describe_fault
from engine.read.rows import Row, reject_row
from engine.schema import SOURCE_ROW
from engine.storage import is_remote, list_remote, open_input, plain_path

# In the order in which they are asked for a file that several may be.
FORMATS: Final[tuple[Format, ...]] = (
    pubmed_xml.FORMAT,
    bioc_xml.FORMAT,
    jats.FORMAT,
    medline.FORMAT,
    pubtator.FORMAT,
    bioc_json.FORMAT,
    jsonl.FORMAT,
    delimited.FORMAT,
    source_rows.FORMAT,
    parquet.FORMAT,
    plain_text.FORMAT,
)
FORMAT_NAMES: Final = (AUTO, *(known.name for known in FORMATS))
TABLE_ROWS: Final = 256
# A table also ends at this many characters, so that a few very long documents do not make a very large one.
TABLE_TEXT_CHARS: Final = 4 << 20

HEAD_BYTES: Final = 1 << 16

# What a run writes, and the folder that it writes to (`engine.shards`).
_OUTPUT: Final = re.compile(
    r"(.*)/(?:run\.json|shards/\d{5,}/.+|input/(?:replay\.json|[^/]+\.rows\.parquet))", re.DOTALL
)
_ROW_FILE: Final = re.compile(r".*/(?:shards/\d{5,}/rows/[^/]+\.parquet|input/[^/]+\.rows\.parquet)", re.DOTALL)
_RUN_RECORD: Final = re.compile(rb'\s*\{\s*"run_id"\s*:')

_NO_COLUMN_HOLDS: Final = (pa.ArrowException, OverflowError, UnicodeError)

_log = logging.getLogger(__name__)


def find_format(path: str, head: bytes = b"") -> Format | None:
    """The format of a file by its name, and by its beginning where several may have that name or it has no ending.

    Returns: None for a format that we do not know.
    """
    name = path.rsplit("/", 1)[-1].lower().removesuffix(".gz")
    named = [known for known in FORMATS if name.endswith(known.suffixes)]
    possible = [known for known in FORMATS if "." not in name or name.endswith((*known.suffixes, *known.shared))]
    if possible and possible != named:
        beginning = _unpacked(head)
        named = [*(known for known in possible if known.shows(beginning)), *named]
    return named[0] if named else None


def _unpacked(head: bytes) -> bytes:
    chunks = as_utf8(read_chunks(io.BytesIO(head)))
    beginning = bytearray()
    with contextlib.suppress(BrokenStreamError):  # a head is always cut off
        while len(beginning) < HEAD_BYTES and (chunk := next(chunks, b"")):
            beginning += chunk
    return bytes(beginning)


def _is_known(path: str) -> bool:
    if find_format(path):
        return True
    with open_input(path) as stream:
        return find_format(path, stream.read(HEAD_BYTES)) is not None


def list_inputs(paths: Iterable[str], *, format: str = AUTO, out: Path | None = None) -> dict[str, int]:
    """Files for paths, folders (searched to any depth) and globs, local or remote, with their bytes, sorted by path.

    Local paths become absolute. A file of unknown format inside a folder or glob is left out, named in the log and
    counted there; one that was named itself stays, and reading it gives a row that says so. With a `format`
    that is not `auto` every file is taken to be of it. Hidden files are left out.
    No run reads what it writes itself: what lies in `out` is left out, named or not. So is what another run wrote
    inside a folder or glob; of that its row files are read if `format` is theirs.
    Raises: FileNotFoundError if a path or glob names nothing, or a file whose name is no UTF-8; StorageError if a
    remote store can't be asked.
    """
    named: dict[str, int] = {}
    found: dict[str, int] = {}
    for path in map(plain_path, paths):
        files = list_remote(path) if is_remote(path) else _list_local(path)
        (named if files.keys() == {path} or Path(path).is_file() else found).update(files)
    sizes = {**found, **named}
    beside = found.keys() - named.keys()
    if format == source_rows.FORMAT.name:
        beside = {file for file in beside if not _ROW_FILE.fullmatch(file)}
    left_out = _find_outputs(sizes, beside, out)
    unknown = [
        file for file in sorted(found.keys() - named.keys() - left_out) if format == AUTO and not _is_known(file)
    ]
    for file in unknown:
        _log.warning("left out, no known format: %s", file.encode(errors="backslashreplace").decode())
    if unknown:
        _log.warning("%d files left out: %s", len(unknown), _known_names())
    left_out.update(unknown)
    kept = {path: size for path, size in sorted(sizes.items()) if path not in left_out}
    if odd := next((path for path in kept if not _is_utf8(path)), None):
        raise FileNotFoundError(f"{odd!r}: the name of an input must be UTF-8, rename it")
    return kept


def _find_outputs(files: Iterable[str], others: Collection[str], out: Path | None) -> set[str]:
    """Those of `files` that lie in `out`, and those of `others` that any run wrote."""
    holds_run = cache(_holds_run)
    own = {file for file in files if out is not None and not is_remote(file) and _lies_in(file, out)}
    foreign = {
        file for file in others if file not in own and (place := _OUTPUT.fullmatch(file)) and holds_run(place[1])
    }
    if own:
        _log.warning("%d files left out that lie in %s, the folder to write", len(own), out)
    if foreign:
        _log.warning("%d files left out that runs wrote: --format rows reads the row files of runs", len(foreign))
    return own | foreign


def _lies_in(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder.absolute()) or Path(os.path.realpath(file)).is_relative_to(folder.resolve())


def _holds_run(folder: str) -> bool:
    try:
        with open_input(f"{folder}/run.json") as stream:
            return _RUN_RECORD.match(stream.read(HEAD_BYTES)) is not None
    except FileNotFoundError:
        return False


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _list_local(path: str) -> dict[str, int]:
    if Path(path).is_file():
        return {str(Path(path).absolute()): Path(path).stat().st_size}
    matches = [path] if Path(path).is_dir() else glob.glob(path, recursive=True)
    if not matches:
        raise FileNotFoundError(f"no such file or folder, and no glob that matches: {path}")
    return {
        str(file.absolute()): file.stat().st_size
        for match in map(Path, matches)
        for file in (_files_in(match) if match.is_dir() else [match])
        if file.is_file()
    }


def _files_in(folder: Path) -> Iterator[Path]:
    """What is not hidden in a folder at any depth, also behind links to folders; a folder reached twice counts once."""
    waiting = [str(folder)]
    seen: set[str] = set()
    for top in waiting:
        for root, folders, names in os.walk(top, onerror=_tell_unread):
            if (real := os.path.realpath(root)) in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = [name for name in sorted(folders) if not name.startswith(".")]
            waiting += [link for name in folders if os.path.islink(link := os.path.join(root, name))]
            yield from (Path(root, name) for name in names if not name.startswith("."))


def _tell_unread(error: OSError) -> None:
    _log.warning("left out, can't be read: %s", error)


def read_file(path: str, *, format: str = AUTO) -> Iterator[pa.Table]:
    """Yield a file's documents as tables of at most `TABLE_ROWS` rows; `format` is one of `FORMAT_NAMES`.

    Raises: FileNotFoundError if there is no such file, StorageError if it can't be read to its end; whatever is wrong
    inside it comes as rows with `errors`.
    """
    with open_input(path) as stream:
        yield from read_tables(stream, path, format=format)


def read_tables(stream: ByteStream, path: str, *, format: str = AUTO) -> Iterator[pa.Table]:
    """Yield a stream's documents as tables; the same bytes give the same tables in every reading."""
    head = _read_head(stream)
    given = next((known for known in FORMATS if known.name == format), None)
    if given is None and format != AUTO:
        raise ValueError(f"format is {format!r}, expected one of {', '.join(FORMAT_NAMES)}")
    found = given or find_format(path, head)
    rows = found.read(_Rejoined(head, stream), path) if found else iter([_unknown_format(path)])
    watch = WATCH.get()
    if watch:
        rows = _tell(watch, rows, path)
    while batch := list(_take_batch(rows)):
        yield _to_table(batch)


def _tell(watch: Watch, rows: Iterator[Row], path: str) -> Iterator[Row]:
    """The rows up to where they may be read, and then a reject for the rest of the file."""
    record = 0
    while True:
        try:
            watch.before_row()
        except RestUnreadableError as error:
            yield reject_row(source_file=path, record=record + 1, kind=error.kind, reason=str(error), raw=b"")
            return
        row = next(rows, None)
        watch.after_row()
        if row is None:
            return
        record = max(record, row["record"])
        yield row


def _to_table(batch: list[Row]) -> pa.Table:
    """The rows as a table; a row that holds what no column can, a number of 30 digits say, becomes a reject."""
    try:
        return pa.Table.from_pylist(batch, schema=SOURCE_ROW)
    except _NO_COLUMN_HOLDS as error:
        if len(batch) > 1:
            return pa.concat_tables([_to_table([row]) for row in batch])
        (row,) = batch
        place = {"source_file": row["source_file"], "record": row["record"]}
        reject = reject_row(**place, kind="bad_value", reason=describe_fault(error), raw=b"")
        return pa.Table.from_pylist([reject], schema=SOURCE_ROW)


def _read_head(stream: ByteStream) -> bytes:
    """The first bytes, however few a stream hands out at once: what is guessed from them must not vary."""
    head = b""
    while len(head) < HEAD_BYTES and (chunk := stream.read(HEAD_BYTES - len(head))):
        head += chunk
    return head


class _Rejoined:
    """A stream that cannot seek, with the bytes that were read to look at it put back in front."""

    def __init__(self, head: bytes, stream: ByteStream) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The head first, then the stream."""
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._stream.read(size)


def _take_batch(rows: Iterator[Row]) -> Iterator[Row]:
    chars = 0
    for row in islice(rows, TABLE_ROWS):
        yield row
        chars += len(row["text"]) + len(row["raw"] or b"")
        if chars >= TABLE_TEXT_CHARS:
            return


def _unknown_format(path: str) -> Row:
    reason = f"no known format: {_known_names()}; --format says what it is"
    return reject_row(source_file=path, record=1, kind="unknown_format", reason=reason, raw=b"")


def _known_names() -> str:
    return (
        "known names end in " + ", ".join(suffix for known in FORMATS for suffix in known.suffixes) + ", also with .gz"
    )
