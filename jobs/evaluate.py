"""`hypograph evaluate`: measures an extractor on annotated splits; writes JSON, Markdown, a picture, its model card."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.model.hub import model_folder

if TYPE_CHECKING:
    from engine.train.annotated import Annotated

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
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
    "--task",
    "task_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file of a task, whose evaluation files are scored instead.",
)
@click.option("--json", "json_file", type=_FILE, help="Also write the figures here.")
@click.option("--markdown", "markdown_file", type=_FILE, help="Write the figures here as tables.")
@click.option("--picture", "picture_file", type=_FILE, help="Write F1 and calibration here as SVG.")
@click.option("--errors", default=20, show_default=True, help="Errors that are sampled of each kind a split.")
@click.option("--carved", is_flag=True, help="Score only what training carved out of the splits to choose thresholds.")
@click.option("--card", is_flag=True, help="Write MODEL/evaluation.json and MODEL/CARD.md from these figures.")
@click.option("--threads", type=int, default=None, help="CPU threads [default: all cores].")
def command(
    model: Path,
    splits: tuple[str, ...],
    data: Path,
    task_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    picture_file: Path | None,
    errors: int,
    carved: bool,
    card: bool,
    threads: int | None,
) -> None:
    """Score MODEL on annotated documents that it wasn't trained on: mentions, relations, assertion, calibration.

    MODEL is an extractor's folder or Hugging Face id.
    Refuses a split of which a document, by id or by text, is among the model's training documents. `--carved` scores
    the part of a training split, or of a task's training files, that no step learned from; its figures are optimistic,
    since it chose the thresholds.
    """
    from engine.model.checkpoint import save_sums
    from engine.model.config import ExtractorConfig
    from engine.train.annotated import CorpusError
    from engine.train.card import render_card
    from engine.train.evaluate import leave_out_errors
    from engine.train.leak import LeakError
    from engine.train.measure.markdown import render_markdown
    from engine.train.measure.picture import draw_picture
    from engine.train.task import TaskError

    if task_file and splits:
        raise click.UsageError("--task scores the task's own documents: leave out --on")
    if card and (carved or task_file):
        raise click.UsageError("--card: a model card reports the official splits, no carved documents and no task")
    if card and not model.is_dir():
        raise click.UsageError(f"--card writes into the model's folder, and {model} is none")
    try:
        model = model_folder(model)
        report = evaluate(model, splits, data=data, task_file=task_file, errors=errors, carved=carved, threads=threads)
    except (ArchiveError, CheckpointError, CorpusError, LeakError, TaskError) as fault:
        raise click.ClickException(str(fault)) from fault
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n")
    if markdown_file is not None:
        markdown_file.write_text(render_markdown(report), encoding="utf-8")
    if picture_file is not None:
        picture_file.write_text(draw_picture(report), encoding="utf-8")
    if card:
        (model / "evaluation.json").write_text(json.dumps(leave_out_errors(report), indent=1) + "\n")
        (model / "CARD.md").write_text(render_card(model, ExtractorConfig.load(model), report))
        save_sums(model)
    json.dump(report, sys.stdout)
    click.echo()


def evaluate(
    model: Path,
    names: Sequence[str],
    *,
    data: Path,
    errors: int,
    carved: bool,
    threads: int | None,
    task_file: Path | None = None,
) -> dict[str, Any]:
    """Check that the splits, or the task's evaluation files, are no training documents, then measure them.

    Returns: the report that `engine.train.evaluate` describes.
    Raises: CheckpointError or ArchiveError if the model can't be opened or lacks a head that a split annotates;
    CorpusError if a split is unknown or a file absent; LeakError if training saw a document of a split; TaskError if
    the task's file can't be meant.
    """
    import torch

    from engine.model.checkpoint import fast_dtype, model_revision, open_network, open_reader
    from engine.model.config import ExtractorConfig
    from engine.model.predict import BUDGET_TOKENS, Predictor
    from engine.train.annotated import CorpusError
    from engine.train.evaluate import SCHEMA, evaluate_split
    from engine.train.leak import check_heads, check_unseen
    from engine.train.measure.intervals import RESAMPLES, SEED
    from engine.train.measure.slices import count_names

    about = ExtractorConfig.load(model)
    if task_file is not None:
        asked, training, learned = _read_task(task_file, about.trained, data=data, carved=carved)
    else:
        asked, training, learned = _read_splits(names, about.trained, data=data, carved=carved)
    for name, documents in asked.items():
        if not documents:
            raise CorpusError(f"{name}: no documents{' that training carved out' if carved else ''}")
        check_heads(name, documents, about)
        check_unseen(name, documents, learned if carved else training)
    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    revision, reader = model_revision(model), open_reader(model)
    network, config = open_network(model, dtype=fast_dtype(device), device=device)
    predictor = Predictor(network, reader, config, budget_tokens=BUDGET_TOKENS)
    taught = count_names(learned)
    figures = {}
    for name, documents in asked.items():
        figures[name] = evaluate_split(predictor, documents, names=taught, sampled_errors=errors)
        click.echo(f"{name} done", err=True)
    return {
        "schema": SCHEMA,
        "model_revision": revision,
        "dtype": str(fast_dtype(device)),
        "resamples": RESAMPLES,
        "seed": SEED,
        "training": {
            "corpora": sorted({document.corpus for document in training}),
            "documents": len(learned if carved else training),
            "carved": carved,
        },
        "splits": figures,
    }


def _read_splits(
    names: Sequence[str], trained: Mapping[str, Any], *, data: Path, carved: bool
) -> tuple[dict[str, list[Annotated]], list[Annotated], list[Annotated]]:
    """The documents to score by split, all training documents, and those that a step learned from."""
    from engine.train.corpora import REPORTED, read_corpus
    from engine.train.leak import read_training_of, split_carved

    asked: dict[str, list[Annotated]] = {}
    for name in names or [f"{corpus}/{split}" for corpus, split in REPORTED]:
        corpus, _, split = name.partition("/")
        read = list(read_corpus(corpus, split, data=data))
        asked[name] = split_carved(read, trained)[1] if carved else read
    training = read_training_of(trained, data=data)
    return asked, training, split_carved(training, trained)[0]


def _read_task(
    file: Path, trained: Mapping[str, Any], *, data: Path, carved: bool
) -> tuple[dict[str, list[Annotated]], list[Annotated], list[Annotated]]:
    """The same of a task. What earlier runs learned from counts too where their corpora are at hand."""
    from engine.train.leak import read_training_of
    from engine.train.plan import is_carved
    from engine.train.task import open_task, read_evaluation, read_training

    task = open_task(file)
    own = read_training(task)
    earlier = read_training_of(trained, data=data) if (data / "gold").is_dir() else []
    if not earlier:
        click.echo(f"no corpora in {data}: only the task's own training files are checked", err=True)
    parts: tuple[list[Annotated], list[Annotated]] = ([], [])
    for document in own:
        parts[is_carved(document.doc_id, task.carve_share)].append(document)
    asked = {f"{task.name}/carved": parts[1]} if carved else {f"{task.name}/evaluate": read_evaluation(task)}
    return asked, own + earlier, parts[0] + earlier


if __name__ == "__main__":
    command()
