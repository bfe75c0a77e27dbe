"""Fetches single records by their PMIDs from NCBI's E-utilities, `BATCH_IDS` in one request, and none twice.

A batch becomes a file of its own, `efetch-<hash of its ids>.xml.gz`, in the same XML as PubMed's own files. Ids whose
record any file of the folder holds are not asked for. E-utilities give no checksum: an answer counts as whole when it
ends as PubMed's XML ends. Ids that an answer leaves out are asked for once more, because the service now and then
forgets some; what is still missing is rejected by name. At most `MAX_REQUESTS_PER_S`, with or without an API key.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.fetch.client import Client
from engine.fetch.errors import PassingError, RefusedError
from engine.fetch.folder import FetchFolder, find_ids, md5_of

BATCH_IDS: Final = 200
MAX_REQUESTS_PER_S: Final = 3
RECORD_BYTES: Final = 14_000  # of XML as it comes; the mean of the 400 records in jobs/demo

_PMID: Final = re.compile(r"(?:PMID:?\s*)?0*([1-9]\d{0,8})", re.ASCII | re.IGNORECASE)
_SET_END: Final = re.compile(rb"(?:</Pubmed(?:Book)?ArticleSet>|<Pubmed(?:Book)?ArticleSet\s*/>)\s*\Z")
_END_BYTES: Final = 200
_NONE_FOUND: Final = b"ID list is empty"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no PMID."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class EUtils:
    """Where the E-utilities are and who asks; the key and the address are left out where they are empty."""

    url: str
    api_key: str = ""
    email: str = ""

    def form(self, ids: Iterable[int]) -> dict[str, str]:
        """What is posted to efetch."""
        form = {"db": "pubmed", "retmode": "xml", "tool": "hypograph", "id": ",".join(map(str, ids))}
        return form | {name: text for name, text in (("api_key", self.api_key), ("email", self.email)) if text}


@dataclass(slots=True)
class RecordReport:
    """What a fetch of records did: files written, their records and bytes, ids that PubMed doesn't give."""

    files: list[str] = field(default_factory=list)
    records: int = 0
    bytes: int = 0
    missing: list[int] = field(default_factory=list)


def read_ids(path: Path) -> tuple[list[int], list[BadLine]]:
    """The PMIDs of a file, one a line, `123` or `PMID:123`, each once; and the lines that hold none.

    Empty lines and what comes after `#` are passed over.
    """
    ids: dict[int, None] = {}
    bad: list[BadLine] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), start=1):
        text = line.partition("#")[0].strip()
        match = _PMID.fullmatch(text)
        if match:
            ids[int(match[1])] = None
        elif text:
            bad.append(BadLine(number, text[:200], "expected one PMID, a number of at most 9 digits"))
    return list(ids), bad


def fetch_records(
    client: Client,
    ids: Sequence[int],
    folder: FetchFolder,
    eutils: EUtils,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> RecordReport:
    """Fetches the records of `ids`, which the caller has freed of those in the folder, batch by batch.

    Raises: UnreachableError, RefusedError or FolderError; the batches that have come are kept.
    """
    report = RecordReport()
    left_out = _fetch_batches(client, ids, folder, eutils, report)
    if left_out:
        tell(f"{len(left_out)} ids gave no record: asking for them once more")
        report.missing = _fetch_batches(client, left_out, folder, eutils, report)
    return report


def _fetch_batches(
    client: Client, ids: Sequence[int], folder: FetchFolder, eutils: EUtils, report: RecordReport
) -> list[int]:
    """Returns: the ids that the answers left out."""
    left_out: list[int] = []
    for first in range(0, len(ids), BATCH_IDS):
        batch = ids[first : first + BATCH_IDS]
        xml = _ask(client, batch, eutils)
        found = set(find_ids(xml)) & set(batch)
        left_out += [pmid for pmid in batch if pmid not in found]
        if found:
            name = _file_name(found)
            report.bytes += _write(xml, name, folder, url=eutils.url)
            report.files.append(name)
            report.records += len(found)
    return left_out


def _ask(client: Client, ids: Sequence[int], eutils: EUtils) -> bytes:
    def attempt() -> bytes:
        try:
            with client.open(eutils.url + "efetch.fcgi", form=eutils.form(ids)) as answer:
                xml = b"".join(answer.chunks())
        except RefusedError as error:
            if error.status == 400 and _NONE_FOUND in error.body:
                return b""
            reason = f"{error}: {_excerpt(error.body, eutils)}"
            if error.status == 400 and b"<ERROR>" in error.body:  # how it relays faults of what is behind it
                raise PassingError(reason) from error
            raise RefusedError(reason, status=error.status, body=error.body) from error
        if not _SET_END.search(xml[-_END_BYTES:]):
            end = _excerpt(xml[-_END_BYTES:], eutils)
            raise PassingError(f"{eutils.url}: no whole PubMed XML, it ends in {end}")
        return xml

    return client.retry(attempt)


def _write(xml: bytes, name: str, folder: FetchFolder, *, url: str) -> int:
    part = folder.state / f"{name}.part"
    with folder.writing():
        part.write_bytes(gzip.compress(xml, mtime=0))
    return folder.keep(part, name, url=url, md5=md5_of(part))


def _file_name(ids: Iterable[int]) -> str:
    digest = hashlib.blake2b(" ".join(map(str, sorted(ids))).encode(), digest_size=8).hexdigest()
    return f"efetch-{digest}.xml.gz"


def _excerpt(body: bytes, eutils: EUtils) -> str:
    """What an error may show of a body: the service repeats the API key in its own errors."""
    text = " ".join(body.decode("utf-8", errors="replace").split())
    return repr((text.replace(eutils.api_key, "***") if eutils.api_key else text)[:160])
