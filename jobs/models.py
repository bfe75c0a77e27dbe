"""`hypograph models`: which models there are, what one is, and whether its folder is whole and works."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.model.describe import describe_model, find_models
from engine.model.hub import model_folder
from engine.train.annotated import CorpusError
from jobs.finetune_options import judged_option, run_option
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.output import format_answer
from jobs.settings import SHIPPED_MODEL

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_model = click.argument("model", required=False, type=click.Path(path_type=Path))
_COLUMNS = ("model", "revision", "mb", "parameters", "heads", "labels", "measured")


@click.group()
def command() -> None:
    """List, describe, check, graft and mix extractors."""


@command.command("list")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
@_as_json
def list_models(folders: Sequence[Path], as_json: bool) -> None:
    """List the shipped model and those at or below FOLDERS."""
    found = dict.fromkeys([SHIPPED_MODEL, *(model for folder in folders for model in find_models(folder))])
    rows = [_row(folder) for folder in found]
    print(format_answer(_COLUMNS, rows, format="json" if as_json else "table"))


def _row(folder: Path) -> dict[str, object]:
    try:
        about = describe_model(folder)
    except (CheckpointError, OSError) as fault:
        return {"model": str(folder), "revision": f"incomplete: {fault}"}
    return {
        "model": str(folder),
        "revision": about["revision"],
        "mb": round(about["bytes"] / 1e6, 1),
        "parameters": about["parameters"],
        "heads": len(about["mention_heads"]),
        "labels": len(about["labels"]),
        "measured": len(about["measured"]["splits"]) if about["measured"] else 0,
    }


@command.command()
@_model
@_as_json
def info(model: Path | None, as_json: bool) -> None:
    """Describe MODEL, a folder or a Hugging Face id; the shipped one by default."""
    with _faults_as_errors():
        about = describe_model(model_folder(model or SHIPPED_MODEL))
    print(json.dumps(about) if as_json else _as_text(about))


@command.command()
@_model
@_as_json
def verify(model: Path | None, as_json: bool) -> None:
    """Check that MODEL's files are whole and that it reads a sentence; exit code 1 if not."""
    from engine.model.verify import verify_model

    try:
        folder = model_folder(model or SHIPPED_MODEL)
    except CheckpointError as fault:
        raise click.ClickException(str(fault)) from fault
    checks = verify_model(folder)
    ok = all(check.ok for check in checks)
    if as_json:
        found = [{"what": check.what, "ok": check.ok, "message": check.message} for check in checks]
        print(json.dumps({"folder": str(folder), "ok": ok, "checks": found}))
    else:
        for check in checks:
            print(f"{'ok    ' if check.ok else 'FAILED'}  {check.what}: {check.message}")
        print(f"{folder} is {'whole and works' if ok else 'not usable'}")
    if not ok:
        for check in checks:
            if not check.ok:
                print(f"Error: {check.what}: {check.message}", file=sys.stderr)
        sys.exit(1)


@command.command("graft")
@click.argument("extractor", type=click.Path(path_type=Path))
@click.argument("out", type=LocalFolder())
@click.option("--pretrained", type=click.Path(path_type=Path), required=True, help="Encoder that `pretrain` left.")
@click.option("--base", type=click.Path(path_type=Path), required=True, help="Encoder that both of them started from.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.75,
    show_default=True,
    help="How much of what pretraining changed.",
)
def graft_encoder(extractor: Path, out: Path, pretrained: Path, base: Path, share: float) -> None:
    """Give EXTRACTOR what a pretraining changed in its encoder, and leave it in OUT for `finetune` to go on from."""
    from engine.model.graft import graft

    with _faults_as_errors():
        extractor, pretrained, base = _read_models(extractor, pretrained, base, out=out)
        graft(extractor, out, pretrained=pretrained, base=base, share=share)
    print(f"{out}: {describe_model(out)['revision']}")


@command.command("mix")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.argument("out", type=LocalFolder())
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="How much of SECOND.",
)
@click.option(
    "--relation-share",
    type=click.FloatRange(0, 1),
    help="How much of SECOND in the relation head; by default as elsewhere.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the corpora: choose thresholds anew on the documents that training carved out of them.",
)
def mix_extractors(
    first: Path, second: Path, out: Path, share: float, relation_share: float | None, data: Path | None
) -> None:
    """Average the weights of FIRST and SECOND, which was trained on from FIRST, and leave the extractor in OUT."""
    from engine.model.mix import mix

    with _faults_as_errors():
        first, second = _read_models(first, second, out=out)
        mix(first, second, out, share=share, relation_share=relation_share)
        if data is not None:
            from engine.train.rethreshold import rethreshold

            print(json.dumps(rethreshold(out, data)))
    print(f"{out}: {describe_model(out)['revision']}")


@command.command("trim")
@click.argument("extractor", type=click.Path(path_type=Path))
@click.argument("out", type=LocalFolder())
def trim_vocabulary(extractor: Path, out: Path) -> None:
    """Leave out of EXTRACTOR the word pieces that no English text needs, and leave the rest in OUT."""
    from engine.model.trim import trim

    with _faults_as_errors():
        (extractor,) = _read_models(extractor, out=out)
        left_out = trim(extractor, out)
    print(f"{out}: {describe_model(out)['revision']}, {left_out} word pieces left out")


def _read_chances(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[tuple[str, str], float]:
    """Pairs of types, each with a chance."""
    chances = {}
    for value in values:
        found = re.fullmatch(r"(\S+) (\S+)=(1|0?\.\d+|0)", value)
        if found is None:
            raise click.BadParameter(f"{value!r} is nothing like 'Chemical Gene=0.1'")
        chances[found[1], found[2]] = float(found[3])
    return chances


@command.command("rethreshold")
@click.argument("model", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder of the corpora.",
)
@click.option(
    "--second-from",
    "second",
    multiple=True,
    callback=_read_chances,
    metavar="TYPES=CHANCE",
    help="Read pairs of these types again, 'Chemical Gene=0.1', from this chance of any relation on; repeatable.",
)
@click.option("--second-share", type=click.FloatRange(0, 1), help="What the second reading weighs.")
@run_option
@judged_option
def choose_thresholds_anew(
    model: Path,
    data: Path,
    second: dict[tuple[str, str], float],
    second_share: float | None,
    runs: tuple[Path, ...],
    judged: Path | None,
) -> None:
    """Choose the thresholds of the extractor in MODEL anew, on the documents that its trainings carved out."""
    from engine.train.rethreshold import rethreshold

    if runs and judged is None:
        raise click.UsageError("--run tells the documents of --judged: give both or neither")
    with _faults_as_errors():
        figures = rethreshold(
            model, data, second_from=second or None, second_share=second_share, runs=runs, judged=judged
        )
        print(json.dumps(figures))
    print(f"{model}: {describe_model(model)['revision']}")


@contextmanager
def _faults_as_errors() -> Iterator[None]:
    """Of a model or corpora that can't be used say why, without a traceback."""
    try:
        yield
    except (ArchiveError, CheckpointError, CorpusError, OSError) as fault:
        raise click.ClickException(str(fault)) from fault


def _read_models(*models: Path, out: Path) -> list[Path]:
    """Folders of the models that are read, none of which OUT may write over."""
    folders = [model_folder(model) for model in models]
    refuse_overwriting(out, *folders)
    return folders


def _as_text(about: dict[str, Any]) -> str:
    encoder = about["encoder"]
    lines = [
        f"folder      {about['folder']}",
        f"revision    {about['revision']}, format {about['format']}",
        f"size        {about['bytes'] / 1e6:.1f} MB, {about['parameters']:,} parameters",
        f"encoder     {encoder['model_type']}, {encoder['num_hidden_layers']} layers of {encoder['hidden_size']}, "
        f"windows of {about['max_tokens']} tokens",
        f"mentions    {', '.join(about['mention_heads'])}",
        f"relations   {len(about['labels'])} labels, from which probability on each counts as stated (above 1: never):",
        *(f"            {x['head']} {x['predicate']} {x['tail']}: {_thresholds(x)}" for x in about["labels"]),
        *(_second_lines(about["second_reading"])),
        *(f"classes     a {level} is one of {', '.join(names)}" for level, names in about["classes"].items()),
        f"training    {len(about['trained'])} runs, one after another:",
        *(f"            {_training_line(run)}" for run in about["trained"]),
    ]
    measured = about["measured"]
    if measured is None:
        lines.append("measured    no evaluation.json beside it: `hypograph evaluate --card` writes one")
    else:
        current = "" if measured["model_revision"] == about["revision"] else ", ANOTHER REVISION"
        lines.append(f"measured    F1, revision {measured['model_revision']}{current}, {measured['dtype']}:")
        for split, figures in measured["splits"].items():
            lines.append(f"            {split}: {', '.join(f'{name} {f1:.3f}' for name, f1 in figures.items())}")
    lines.append(f"card        {'CARD.md' if about['card'] else 'none'}")
    return "\n".join(lines)


def _second_lines(second: dict[str, Any] | None) -> list[str]:
    if second is None:
        return []
    pairs = ", ".join(f"{types} from {least:g} on" for types, least in second["from"].items()) or "none"
    return [f"read again  pairs: {pairs}; rank {second['rank']}, weighs {second['share']:g}"]


def _thresholds(label: dict[str, Any]) -> str:
    balanced = label["balanced_threshold"]
    return f"{label['threshold']:g}" + ("" if balanced is None else f", balanced {balanced:g}")


def _training_line(run: dict[str, Any]) -> str:
    start = f"from {run['from']}" if run["from"] else "from an encoder"
    if run["graft"]:
        return f"{start}, with {run['graft']:g} of what a pretraining changed in its encoder"
    if run["trim"]:
        return f"{start}, without {run['trim']:,} word pieces that no English text needs"
    if run["mix"]:
        return f"{start}, {run['mix']:g} of its weights, mixed with another's"
    counted = {"documents": "{:,} documents", "planned_tokens": "{:,} tokens planned", "step": "step {:,} the best"}
    if run["second"]:
        start += f", a second reading of rank {run['second']['rank']}"
    if run["relation_head"]:
        start += ", its relation head alone"
    counts = [text.format(run[name]) for name, text in counted.items() if run[name] is not None]
    corpora = ", ".join(f"{name} {n:g}" for name, n in (run["passes"] or {}).items())
    teacher = [f"taught by {run['teacher']}"] if run["teacher"] else []
    return ", ".join([start, *teacher, *counts, *([f"passes: {corpora}"] if corpora else [])])


if __name__ == "__main__":
    command()
