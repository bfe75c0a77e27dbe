"""Fixtures for all tests: where the data folder is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real corpora: HYPOGRAPH_DATA, else ../shared/data beside the checkout.

    Without it a test is skipped, but never where CI=true.
    """
    folder = Path(os.environ.get("HYPOGRAPH_DATA") or _DEFAULT).resolve()
    if (folder / "corpus").is_dir():
        return folder
    reason = f"no data folder at {folder}: set HYPOGRAPH_DATA to the folder that holds corpus/ and gold/"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
