"""An abstract of a run, by its id, as sentences that know which of their words name a concept. Reads row files only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq

from engine.generate.translate import Sentence, name_mentions
from engine.link.lexicon import Lexicon
from engine.output import row_files
from engine.schema import Span, is_costly
from jobs.extract import open_lexicon
from jobs.run_record import read_record, read_shards

_COLUMNS = ["doc_id", "revision", "deleted", "text", "sentences", "mentions", "errors"]


def read_abstract(run: Path, document: str, *, lexicon: Path | None, names: Path | None) -> list[Sentence]:
    """The sentences of a document of a run, linked mentions with their concepts' preferred names.

    The parts of a list are left in its words: each of them alone would stand for the whole of "BRCA1/2".
    `document`: a PMID, or the id of a document without one. `lexicon` and `names`: what the run was linked with.
    Raises: click.ClickException if there is no such run or document, or it was linked with another lexicon.
    """
    wanted = f"PMID:{document}" if document.isdecimal() else document
    opened = open_lexicon(lexicon, names)
    linked_with = read_record(run)["lexicon_version"]
    if opened.version != linked_with:
        raise click.ClickException(
            f"{run} was linked with lexicon {linked_with}, this is {opened.version}: give its --lexicon and --names"
        )
    row = _newest_row(run, wanted)
    if row is None or not row["text"]:
        raise click.ClickException(f"{run} has no text of {wanted}")
    mentions = row["mentions"] or ()
    alone = [m for m in mentions if _stands_alone(m, mentions)]
    preferred = [(Span(m["start"], m["end"]), _preferred(opened, m["concept_id"])) for m in alone]
    named = [(span, name) for span, name in preferred if name is not None]
    spans = [Span(s["start"], s["end"]) for s in row["sentences"] or ()]
    return [name_mentions(row["text"], span, named) for span in spans]


def _newest_row(run: Path, doc_id: str) -> dict[str, Any] | None:
    """The document's row of the highest revision that no stage rejected."""
    found: dict[str, Any] | None = None
    for shard in read_shards(run):
        for path in row_files(shard.rows):
            for row in pq.read_table(path, columns=_COLUMNS, filters=[("doc_id", "=", doc_id)]).to_pylist():
                failed = any(map(is_costly, row["errors"] or ()))
                if not failed and (found is None or (row["revision"] or 0) > (found["revision"] or 0)):
                    found = row
    return None if found is None or found["deleted"] else found


def _stands_alone(mention: Mapping[str, Any], mentions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no other mention of its type shares its words, as the parts of a list ("BRCA1/2") do."""
    span = Span(mention["start"], mention["end"])
    others = (m for m in mentions if m is not mention and m["type"] == mention["type"])
    return not any(span.overlaps(Span(other["start"], other["end"])) for other in others)


def _preferred(lexicon: Lexicon, concept_id: str | None) -> str | None:
    concept = lexicon.concept(concept_id) if concept_id else None
    return concept.name if concept else None
