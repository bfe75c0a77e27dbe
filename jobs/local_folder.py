"""A folder on the command line that is to be written: a local one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.storage import StorageError, is_remote, plain_path


class LocalFolder(click.Path):
    """The path of a folder, given as a path or by `file://`; other URIs are refused."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder's path. Raises: click.BadParameter for a URI of anything else, and for nothing (an unset $OUT)."""
        try:
            local = plain_path(str(value))
        except StorageError as error:
            self.fail(str(error), param, ctx)
        if not local:
            self.fail("expected the path of a folder, got an empty one", param, ctx)
        if is_remote(local):
            self.fail(
                f"{local.partition('://')[0]}://... is written by no command: a run goes on by renaming files, which "
                "object stores can't; give a local or mounted folder, and extract and run copy it by --copy-to",
                param,
                ctx,
            )
        return super().convert(local, param, ctx)


def refuse_overwriting(out: Path, *read: Path) -> None:
    """Check that OUT is none of the folders that are read. Raises: click.UsageError."""
    for folder in read:
        if folder.resolve() == out.resolve():
            raise click.UsageError(f"OUT {out} is read too, and would be written over: give another folder")
