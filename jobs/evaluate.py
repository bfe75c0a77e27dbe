"""`hypograph evaluate`: strict scores of an extractor on annotated splits, as JSON, and its model card."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError


@click.command()
@click.argument("model", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--on",
    "splits",
    multiple=True,
    metavar="CORPUS/SPLIT",
    help="A split to score; repeatable [default: all reported splits].",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder that holds gold/.",
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Also write the figures here."
)
@click.option("--card", is_flag=True, help="Write MODEL/evaluation.json and MODEL/CARD.md from these figures.")
@click.option("--threads", type=int, default=None, help="CPU threads [default: all cores].")
def command(
    model: Path, splits: tuple[str, ...], data: Path, json_file: Path | None, card: bool, threads: int | None
) -> None:
    """Score MODEL on annotated documents: strict span F1 a type, relation F1 with gold mentions."""
    import torch

    from engine.model.checkpoint import fast_dtype, model_revision, open_network, open_reader
    from engine.model.predict import BUDGET_TOKENS, Predictor
    from engine.train.card import render_card
    from engine.train.corpora import REPORTED, read_corpus
    from engine.train.evaluate import score

    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        revision, reader = model_revision(model), open_reader(model)
        network, config = open_network(model, dtype=fast_dtype(device), device=device)
    except (ArchiveError, CheckpointError) as error:
        raise click.ClickException(str(error)) from error
    predictor = Predictor(network, reader, config, budget_tokens=BUDGET_TOKENS)
    figures: dict[str, object] = {}
    for name in splits or [f"{corpus}/{split}" for corpus, split in REPORTED]:
        corpus, _, split = name.partition("/")
        figures[name] = score(predictor, list(read_corpus(corpus, split, data=data))).as_dict()
        click.echo(f"{name} done", err=True)
    report = {"model_revision": revision, "dtype": str(fast_dtype(device)), "splits": figures}
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n")
    if card:
        (model / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")
        (model / "CARD.md").write_text(render_card(model, config, report))
    json.dump(report, sys.stdout)
    click.echo()


if __name__ == "__main__":
    command()
