"""`hypograph evaluate`: measures an extractor, or the linker, on annotated splits; writes JSON, Markdown, SVG, card.

Figures go to files; on stdout stands the extractor's report as JSON, and of the linker's a table to read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError, list_training_runs
from engine.model.hub import model_folder
from jobs.output import format_answer

if TYPE_CHECKING:
    from engine.train.annotated import Annotated

_FILE = click.Path(path_type=Path, dir_okay=False)
EXTRACTION: Final = "extraction"
LINKING: Final = "linking"
_ONLY_FOR: Final = {
    EXTRACTION: ("splits", "picture_file", "errors", "carved", "card"),
    LINKING: ("part", "lexicon", "misses_file"),
}


def _read_task_option(context: click.Context, parameter: click.Parameter, value: str) -> str | Path:
    """One of the two words, or else a file."""
    if value in (EXTRACTION, LINKING):
        return value
    if not Path(value).is_file():
        raise click.BadParameter(f"{value} is neither {EXTRACTION!r} nor {LINKING!r} nor the TOML file of a task")
    return Path(value)


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
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
    callback=_read_task_option,
    metavar="TASK",
    default=EXTRACTION,
    show_default=True,
    help=f"What to score: {EXTRACTION}, {LINKING}, or the TOML file of a task, whose evaluation files are scored.",
)
@click.option(
    "--split",
    "part",
    type=click.Choice(["test", "dev"]),
    default="test",
    show_default=True,
    help=f"With --task {LINKING}: the reported splits, or those that choices are made on.",
)
@click.option(
    "--lexicon",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"With --task {LINKING}: a lexicon other than the shipped one.",
)
@click.option(
    "--misses", "misses_file", type=_FILE, help=f"With --task {LINKING}: write what went wrong here, as JSON lines."
)
@click.option("--json", "json_file", type=_FILE, help="Also write the figures here.")
@click.option("--markdown", "markdown_file", type=_FILE, help="Write the figures here as tables.")
@click.option("--picture", "picture_file", type=_FILE, help="Write F1 and calibration here as SVG.")
@click.option(
    "--errors",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Errors that are sampled of each kind a split.",
)
@click.option("--carved", is_flag=True, help="Score only what training carved out of the splits to choose thresholds.")
@click.option("--card", is_flag=True, help="Write MODEL/evaluation.json and MODEL/CARD.md from these figures.")
@click.option("--threads", type=click.IntRange(1), default=None, help="CPU threads [default: all cores].")
@click.pass_context
def command(
    context: click.Context,
    model: Path | None,
    splits: tuple[str, ...],
    data: Path,
    task: str | Path,
    part: str,
    lexicon: Path | None,
    misses_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    picture_file: Path | None,
    errors: int,
    carved: bool,
    card: bool,
    threads: int | None,
) -> None:
    """Score MODEL on annotated documents that it wasn't trained on, or the linker (`--task linking`).

    MODEL is an extractor's folder or Hugging Face id. Its mentions, relations, assertion and calibration are scored.
    Refuses a split of which a document, by id or by text, is among the model's training documents. `--carved` scores
    the part of a training split, or of a task's training files, that no step learned from; its figures are optimistic,
    since it chose the thresholds.

    Of the linker, gold mentions are scored by mention and by unique name, its scores' calibration and its speed; with
    MODEL also the ids that documents get end to end.
    """
    from engine.train.annotated import CorpusError
    from engine.train.leak import LeakError
    from engine.train.task import TaskError

    _refuse_options_of_other(LINKING if task == LINKING else EXTRACTION, context)
    try:
        if task == LINKING:
            report, misses = evaluate_links(model, part, data=data, lexicon=lexicon, threads=threads)
            _write_links(report, misses, json_file=json_file, markdown_file=markdown_file, misses_file=misses_file)
            return
        task_file = task if isinstance(task, Path) else None
        if model is None:
            raise click.UsageError("name the MODEL to score")
        if task_file and splits:
            raise click.UsageError("--task scores the task's own documents: leave out --on")
        if card and (carved or task_file):
            raise click.UsageError("--card: a model card reports the official splits, no carved documents and no task")
        if card and not model.is_dir():
            raise click.UsageError(f"--card writes into the model's folder, and {model} is none")
        model = model_folder(model)
        report = evaluate(model, splits, data=data, task_file=task_file, errors=errors, carved=carved, threads=threads)
    except (ArchiveError, CheckpointError, CorpusError, LeakError, TaskError) as fault:
        raise click.ClickException(str(fault)) from fault
    _write(report, model, json_file=json_file, markdown_file=markdown_file, picture_file=picture_file, card=card)


def _refuse_options_of_other(task: str, context: click.Context) -> None:
    """Refuse options that were given and say nothing for what is scored."""
    default = click.core.ParameterSource.DEFAULT
    for other, names in _ONLY_FOR.items():
        for option in context.command.params if other != task else ():
            if option.name in names and context.get_parameter_source(option.name) != default:
                raise click.UsageError(f"{option.opts[0]} says nothing for --task {task}: it is for {other}")


def _write(
    report: Mapping[str, Any],
    model: Path,
    *,
    json_file: Path | None,
    markdown_file: Path | None,
    picture_file: Path | None,
    card: bool,
) -> None:
    from engine.model.checkpoint import save_sums
    from engine.model.config import ExtractorConfig
    from engine.train.card import render_card
    from engine.train.evaluate import leave_out_errors
    from engine.train.measure.markdown import render_markdown
    from engine.train.measure.picture import draw_picture

    _write_files(
        (json_file, json.dumps(report, indent=1) + "\n"),
        (markdown_file, render_markdown(report)),
        (picture_file, draw_picture(report)),
    )
    if card:
        (model / "evaluation.json").write_text(json.dumps(leave_out_errors(report), indent=1) + "\n")
        (model / "CARD.md").write_text(render_card(model, ExtractorConfig.load(model), report))
        save_sums(model)
    json.dump(report, sys.stdout)
    click.echo()


def _write_files(*files: tuple[Path | None, str]) -> None:
    """Write each file that was asked for, and make the folder that it lies in."""
    for path, text in files:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


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
    from engine.model.config import ExtractorConfig
    from engine.train.annotated import CorpusError
    from engine.train.evaluate import SCHEMA, evaluate_split
    from engine.train.leak import check_heads, check_unseen
    from engine.train.measure.intervals import RESAMPLES, SEED
    from engine.train.measure.slices import count_names
    from engine.train.readings import open_predictor

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
    predictor, opened = open_predictor(model, threads=threads)
    taught = count_names(learned)
    figures = {}
    for name, documents in asked.items():
        figures[name] = evaluate_split(predictor, documents, names=taught, sampled_errors=errors)
        click.echo(f"{name} done", err=True)
    return {
        "schema": SCHEMA,
        **opened,
        "resamples": RESAMPLES,
        "seed": SEED,
        "training": {
            "corpora": sorted({document.corpus for document in training}),
            "documents": len(learned if carved else training),
            "carved": carved,
        },
        "splits": figures,
    }


def evaluate_links(
    model: Path | None, split: str, *, data: Path, lexicon: Path | None, threads: int | None
) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """Measure the linker on gold mentions and, if there is a model, on those that it finds.

    Returns: the report that `engine.link.evaluate` describes, and what went wrong.
    Raises: CheckpointError or ArchiveError if model or lexicon can't be opened; CorpusError if a file is absent;
    LeakError if the model learned from a document of the split.
    """
    from engine.link.evaluate import evaluate_linker

    report, misses = evaluate_linker(split, data=data, lexicon=lexicon)
    if model is not None:
        from engine.train.end_to_end import evaluate_documents

        found = evaluate_documents(model_folder(model), split, data=data, lexicon=lexicon, threads=threads)
        report["end_to_end"] = found
    return report, misses


def _write_links(
    report: Mapping[str, Any],
    misses: Sequence[Mapping[str, object]],
    *,
    json_file: Path | None,
    markdown_file: Path | None,
    misses_file: Path | None,
) -> None:
    from engine.link.report import SUMMARY_COLUMNS, render_links, summarise_links

    _write_files(
        (json_file, json.dumps(report, indent=1) + "\n"),
        (markdown_file, render_links(report)),
        (misses_file, "".join(json.dumps(miss) + "\n" for miss in misses)),
    )
    click.echo(format_answer(SUMMARY_COLUMNS, summarise_links(report), format="table"))


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
    """The same of a task. What earlier runs learned from counts too where their corpora are at hand.

    A model that the task trained says itself what of its files it learned from.
    """
    from engine.train.annotated import CorpusError
    from engine.train.leak import read_training_of
    from engine.train.plan import is_carved
    from engine.train.task import hash_labels, open_task, read_evaluation, read_training

    task = open_task(file)
    own = read_training(task)
    runs = [run for run in list_training_runs(trained) if (run.get("task") or {}).get("name") == task.name]
    if any(run["task"]["labels"] != hash_labels(own) for run in runs):
        raise CorpusError(f"{file}: [[train]] names other documents or labels than those that the model learned from")
    carve_share = min((run["settings"]["carve_share"] for run in runs), default=task.carve_share)
    earlier = read_training_of(trained, data=data) if (data / "gold").is_dir() else []
    if not earlier:
        click.echo(f"no corpora in {data}: only the task's own training files are checked", err=True)
    parts: tuple[list[Annotated], list[Annotated]] = ([], [])
    for document in own:
        parts[is_carved(document.doc_id, carve_share)].append(document)
    asked = {f"{task.name}/carved": parts[1]} if carved else {f"{task.name}/evaluate": read_evaluation(task)}
    return asked, own + earlier, parts[0] + earlier


if __name__ == "__main__":
    command()
