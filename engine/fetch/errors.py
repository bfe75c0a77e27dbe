"""What can go wrong while fetching.

    FetchError
    ├── UnreachableError   no answer, or a passing fault time and again: to be tried later
    ├── RefusedError       the server says no; `status` and the beginning of its `body`
    ├── ChecksumError      what came isn't what the checksum says, time and again
    └── FolderError        the folder can't be written, is full, or another fetch is at work in it

`PassingError` is none of them: it stays inside and is what `engine.fetch.client` tries again.
"""

from __future__ import annotations


class FetchError(Exception):
    """What ends a fetch, or one of its files."""


class UnreachableError(FetchError):
    """No answer, or a passing fault time and again."""


class RefusedError(FetchError):
    """The server says no."""

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class ChecksumError(FetchError):
    """What came isn't what the checksum says."""


class FolderError(FetchError):
    """The folder can't be used."""


class PassingError(Exception):
    """May go well the next time.

    `retry_after_s` is what the server asks for; `progress` says that this try brought something that is kept.
    """

    def __init__(self, message: str, *, retry_after_s: float = 0.0, progress: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.progress = progress
