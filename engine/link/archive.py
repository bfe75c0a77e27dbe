"""One file of named arrays, packed with zstandard to ship: read whole if small, else unpacked once a machine and
memory-mapped by every reader.

Layout of a file: 8 bytes of magic, the length of a JSON head, the head, then each array at a 64-byte boundary.
What can be computed from the rest (`expand`) is not shipped but added on unpacking. Knows nothing of what the arrays
mean. Trade-off: unpacked it takes some seven times the room on disk, and in exchange opening costs milliseconds
and all processes of a machine share the pages.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MAGIC: Final = b"HYPOLEX1"
_ALIGN: Final = 64

Array = npt.NDArray[Any]


class ArchiveError(ValueError):
    """A file that is no archive, or a damaged one; the message names the file and what was expected."""


def pack(arrays: Mapping[str, Array], *, about: Mapping[str, object]) -> bytes:
    """The unpacked form of an archive: the same arrays and the same `about` give the same bytes."""
    placed: dict[str, dict[str, object]] = {}
    offset = 0
    for name in sorted(arrays):
        array = arrays[name]
        placed[name] = {"dtype": array.dtype.str, "length": len(array), "offset": offset}
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    head = json.dumps({"about": dict(about), "arrays": placed}, sort_keys=True).encode()
    body = bytearray(MAGIC + len(head).to_bytes(8, "little") + head)
    body += bytes(_padding(len(body)))
    for name in sorted(arrays):
        body += arrays[name].tobytes()
        body += bytes(_padding(len(body)))
    return bytes(body)


def compress(packed: bytes) -> bytes:
    """The shipped form: one zstandard frame, highest level, long matches; single-threaded, so always the same bytes."""
    import zstandard

    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27, enable_ldm=True)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(packed)


def decompress(shipped: bytes, *, source: str) -> bytes:
    """The unpacked form of a shipped archive. Raises: ArchiveError naming `source` if it is damaged."""
    import zstandard

    try:
        return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompress(shipped)
    except zstandard.ZstdError as error:
        raise ArchiveError(f"{source}: not a zstandard file or cut short ({error})") from error


def cache_folder() -> Path:
    """Where unpacked files live: `HYPOGRAPH_CACHE`, else `XDG_CACHE_HOME`/hypograph, else `~/.cache/hypograph`."""
    own = os.environ.get("HYPOGRAPH_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hypograph"


def unpack_once(shipped: Path, *, expand: Callable[[dict[str, Array]], dict[str, Array]], expanded: int) -> Path:
    """The unpacked twin of a shipped file, made on first use.

    Its name is the shipped bytes' sha256 with `expanded`, which stands for what `expand` adds.

    Several processes at once are safe: each writes a file of its own and renames it onto the same name.
    """
    shipped_bytes = shipped.read_bytes()
    target = cache_folder() / "lexicon" / f"{hashlib.sha256(shipped_bytes).hexdigest()[:32]}-{expanded}.lex"
    if target.exists():
        return target
    arrays, about = read_archive(decompress(shipped_bytes, source=str(shipped)), source=str(shipped))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".unpacking-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(pack(expand(arrays), about=about))
        Path(name).chmod(0o644)  # mkstemp makes it private; a shared cache may be read by others
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    return target


def open_archive(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read-only views into the mapped file, by name, and its `about`.

    Raises: ArchiveError if the file is not an archive of this layout, or is shorter than its head says.
    """
    with path.open("rb") as file:
        if file.read(8) != MAGIC:
            raise ArchiveError(f"{path}: expected the magic {MAGIC!r}; not an unpacked lexicon")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return read_archive(mapped, source=str(path))


def read_archive(data: bytes | mmap.mmap, *, source: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Views into an archive's bytes, by name, and its `about`; `source` is what an error message names.

    Raises: ArchiveError as for `open_archive`.
    """
    if data[:8] != MAGIC:
        raise ArchiveError(f"{source}: expected the magic {MAGIC!r}; not such an archive")
    length = int.from_bytes(data[8:16], "little")
    try:
        head = json.loads(data[16 : 16 + length])
    except ValueError as error:
        raise ArchiveError(f"{source}: the head is damaged ({error})") from error
    start = 16 + length + _padding(16 + length)
    arrays: dict[str, Array] = {}
    for name, place in head["arrays"].items():
        dtype, begin = np.dtype(place["dtype"]), start + place["offset"]
        if begin + place["length"] * dtype.itemsize > len(data):
            raise ArchiveError(f"{source}: array {name} reaches past the end of the file; unpack or build it again")
        arrays[name] = np.frombuffer(data, dtype=dtype, count=place["length"], offset=begin)
    return arrays, head["about"]


def _padding(length: int) -> int:
    return -length % _ALIGN
