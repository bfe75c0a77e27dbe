"""A model's name to its folder: a folder's path as it is, or a Hugging Face id fetched once into the hub's own cache.

A name that can be a path here never reaches the network: only `org/name` or `org/name@revision`, where no folder
`org` stands, is taken for an id. `HF_HUB_OFFLINE=1` opens what the cache holds and asks nobody. Knows nothing of what
is in the folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from engine.model.config import CheckpointError

_ID: Final = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w./-]+))?")
# What opening a folder reads. Most encoders on the hub also hold the same weights for other frameworks.
_FILES: Final = ("*.json", "*.txt", "*.model", "*.jinja", "*.md", "*.zst", "*.safetensors", "SHA256SUMS")
_OLD_WEIGHTS: Final = "pytorch_model*.bin"


def model_folder(name: str | Path) -> Path:
    """The folder of a model named by a folder's path or by a Hugging Face id, `org/name` or `org/name@revision`.

    Raises: CheckpointError if there is no such folder and the name is no id, or the hub or its cache doesn't give it.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    named = _ID.fullmatch(str(name))
    if named is None or folder.exists() or folder.parent.is_dir():
        what = "" if named is None else f": {folder.parent} is a folder here, so the hub wasn't asked"
        raise CheckpointError(f"no model {name}: neither a folder nor a Hugging Face id (org/name){what}")
    return _fetch(named["id"], named["revision"])


def _fetch(repo: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=list(_FILES)))
        if not any(folder.glob("*.safetensors")):
            folder = Path(snapshot_download(repo, revision=revision, allow_patterns=[*_FILES, _OLD_WEIGHTS]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError, ValueError) as fault:
        at = f" at {revision}" if revision else ""
        reason = f"no folder of that name, and the Hugging Face hub or its cache doesn't give it: {fault}"
        raise CheckpointError(f"no model {repo}{at}: {reason}") from fault
    return folder
