"""`hypograph lexicon`: builds the lexicon from vocabularies, says what is in it, looks names up.

The building is in `engine/link/build.py`; this file reads flags and writes files.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from engine.link.lexicon import Lexicon  # else only inside the commands, so that --help stays light

_TYPES: Final = ("Gene", "Chemical", "Disease")


def _lexicon_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds what names a lexicon: its file, and the user's names."""
    for flag, text in (
        ("--names", "Names of your own that count too: a TSV of name, type and id."),
        ("--lexicon", "A lexicon other than the shipped one."),
    ):
        command = click.option(flag, type=click.Path(path_type=Path, dir_okay=False), help=text)(command)
    return command


@click.group()
def command() -> None:
    """Build the lexicon and look names up in it."""


@command.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder that holds vocab/, and gold/ and corpus/ to learn usage from.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="SPLIT|FILE",
    help="Teach nothing by these documents: CORPUS/SPLIT, or a .tsv with a column doc_id; repeatable.",
)
@click.option("--no-usage", is_flag=True, help="Compile the vocabularies alone.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write, .zst.")
def build(data: Path, without: tuple[str, ...], no_usage: bool, out: Path) -> None:
    """Compile the vocabularies, and how papers use their names, into one packed file."""
    from engine.link.archive import compress
    from engine.link.build import build_lexicon
    from engine.link.entry import VocabularyError
    from engine.link.usage import Usage, read_usage
    from engine.train.annotated import CorpusError
    from engine.train.pretrain.documents import TextError

    if no_usage and without:
        raise click.UsageError("--without says which documents don't teach; with --no-usage none do")
    begin = time.perf_counter()
    try:
        usage = Usage() if no_usage else read_usage(data, without=without)
        built = build_lexicon(data / "vocab", usage=usage)
    except (VocabularyError, FileNotFoundError, CorpusError, TextError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"compiled {built.counts['names']:,} names, compressing", err=True)
    packed = compress(built.packed)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    part.write_bytes(packed)
    part.replace(out)
    summary = {
        "out": str(out),
        "bytes": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "version": built.version,
        "counts": built.counts,
        "seconds": round(time.perf_counter() - begin, 1),
    }
    click.echo(json.dumps(summary))


@command.command()
@_lexicon_options
def info(lexicon: Path | None, names: Path | None) -> None:
    """Say the lexicon's version and counts."""
    from engine.link.lexicon import SHIPPED

    opened = _open(lexicon, names)
    click.echo(json.dumps({"path": str(lexicon or SHIPPED), "version": opened.version, "counts": opened.counts}))


@command.command()
@click.argument("name")
@click.option("--type", "type_", type=click.Choice(_TYPES), help="Only this type; default: all three.")
@_lexicon_options
def lookup(name: str, type_: str | None, lexicon: Path | None, names: Path | None) -> None:
    """Show what NAME may mean, best first, one JSON object a line; the last line says how many."""
    opened = _open(lexicon, names)
    found = 0
    for type in (type_,) if type_ else _TYPES:
        for candidate in opened.candidates(name, type):
            concept = opened.concept(candidate.concept_id)
            if concept is None:
                continue
            found += 1
            click.echo(
                json.dumps(
                    {
                        "id": concept.concept_id,
                        "type": concept.type,
                        "name": concept.name,
                        "by": candidate.surface,
                        "rank": candidate.rank,
                        "taxon": concept.taxon,
                        "synonyms": concept.synonyms[:10],
                        "xrefs": concept.xrefs,
                    },
                    ensure_ascii=False,
                )
            )
    if not found:
        near = [shown for shown, _ in opened.search(name, limit=5)]
        click.echo(f"no such name{'; names that start so: ' + ', '.join(near) if near else ''}", err=True)
    click.echo(json.dumps({"name": name, "found": found}))


def _open(path: Path | None, names: Path | None) -> Lexicon:
    from engine.link.archive import ArchiveError
    from engine.link.own_names import OwnNamesError, open_with_names

    try:
        return open_with_names(path, names)[0]
    except (ArchiveError, FileNotFoundError, OwnNamesError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    command()
