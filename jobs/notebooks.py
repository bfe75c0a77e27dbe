"""Runs the notebooks of docs/notebooks and keeps what they show. `python -m jobs.notebooks` writes it into them.

They run on the graph of `hypograph demo`, or on another one that is named. What differs from machine to machine (times,
the kernel's version) is left out, so that the same graph gives the same file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from graph.connect import is_neo4j

FOLDER: Final = Path(__file__).parent.parent / "docs" / "notebooks"
DEMO_GRAPH: Final = Path("out/demo/graph.kgl")
_CELL_S: Final = 120


@click.command()
@click.option("--graph", default=str(DEMO_GRAPH), show_default=True, help="The graph they are run on.")
def command(graph: str) -> None:
    """Run the notebooks and write what they show into them."""
    if graph == str(DEMO_GRAPH) and not DEMO_GRAPH.exists():
        raise click.ClickException(f"{DEMO_GRAPH} is not there: `hypograph demo` makes it")
    for path in sorted(FOLDER.glob("*.ipynb")):
        write(path, execute(path, graph=graph))
        print(f"{path.name}: {path.stat().st_size:,} bytes", file=sys.stderr)


def execute(path: Path, *, graph: str) -> Any:
    """The notebook, run from the top in its folder on this graph; its file stays as it is.

    Raises: nbclient.exceptions.CellExecutionError, with the cell and what went wrong in it.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_CELL_S,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    at = graph if is_neo4j(graph) else str(Path(graph).resolve())
    client.execute(env={**os.environ, "HYPOGRAPH_GRAPH": at})
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def write(path: Path, notebook: Any) -> None:
    """Write a notebook, all of it or nothing."""
    import nbformat

    partial = path.with_name(f"{path.name}.partial")
    nbformat.write(notebook, partial)
    os.replace(partial, path)


if __name__ == "__main__":
    command()
