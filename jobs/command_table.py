"""The README's table of commands, made from what `--help` says. `python -m jobs.command_table` writes it there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from jobs.cli import main as cli

README: Final = Path(__file__).parent.parent / "README.md"
START: Final = "<!-- commands:start -->"
END: Final = "<!-- commands:end -->"


def command_table() -> str:
    """A Markdown table: usage of each command and the first sentence of its help."""
    rows = (f"| `{usage}` | {text} |" for usage, text in _walk("hypograph", cli, None))
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _walk(path: str, command: click.Command, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=path, parent=parent)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _walk(f"{path} {name}", child, None)
        return
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    required = (f"{p.opts[0]} {p.make_metavar(context)}" for p in command.params if _is_required_option(p))
    yield " ".join([path, *pieces, *required]), command.get_short_help_str(limit=200)


def _is_required_option(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.required


def put_table(readme: str, table: str) -> str:
    """`readme` with the table between the two markers.

    Raises: ValueError if it lacks a marker.
    """
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"the README lacks {START} or {END}")
    return f"{before}{START}\n{table}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(put_table(README.read_text(encoding="utf-8"), command_table()), encoding="utf-8")
