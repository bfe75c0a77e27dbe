"""Which files PubMed offers: a folder's HTML listing and the checksum beside each file, to plain values.

Reads the listings of Apache (NCBI's own), nginx and Python's `http.server`; sizes and dates are taken where a listing
has them. Only names of PubMed's own form are taken, so that a listing can't name a path. Asks nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.fetch.errors import ChecksumError

_FILE: Final = re.compile(
    r'<a\s+href="(?:[^"]*/)?(?P<name>pubmed\d\dn\d{4,5}\.xml\.gz)"[^>]*>[^<]*</a>(?P<rest>[^<\n]*)'
)
_REST: Final = re.compile(r"\s*(?P<date>\d[\w-]+ \d\d:\d\d(?::\d\d)?)\s+(?P<size>[\d.]+)(?P<unit>[KMGT]?)\b")
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MD5: Final = re.compile(r"MD5\s*\((?P<name>[^)]*)\)\s*=\s*(?P<md5>[0-9a-fA-F]{32})\b")
_MD5SUM: Final = re.compile(r"(?P<md5>[0-9a-fA-F]{32})\s+\*?(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a listing. `listed` is its date and size as written there; both are empty if they aren't."""

    name: str
    url: str
    listed: str = ""
    about_bytes: int | None = None


def read_listing(page: str, *, url: str) -> list[ListedFile]:
    """The PubMed files that a listing names, by number; `url` is the folder's address."""
    found = {match["name"]: _listed_file(match, url) for match in _FILE.finditer(page)}
    return [found[name] for name in sorted(found)]


def _listed_file(match: re.Match[str], url: str) -> ListedFile:
    name = match["name"]
    rest = _REST.match(match["rest"])
    if rest is None:
        return ListedFile(name, url + name)
    size = round(float(rest["size"]) * _UNITS[rest["unit"]])
    return ListedFile(name, url + name, f"{rest['date']} {rest['size']}{rest['unit']}", size)


def read_md5(content: bytes, *, name: str) -> str:
    """The checksum of `name`, in lower case, from `MD5(name)= hex` or `hex  name`.

    Raises: ChecksumError if it isn't there.
    """
    text = content[:1000].decode("utf-8", errors="replace").strip()
    match = _MD5.fullmatch(text) or _MD5SUM.fullmatch(text)
    if match is None or match["name"].rsplit("/", 1)[-1] != name:
        raise ChecksumError(f"{name}.md5: expected `MD5({name})= ` and 32 hex digits, got {text[:100]!r}")
    return match["md5"].lower()
