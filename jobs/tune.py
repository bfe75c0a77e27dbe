"""`hypograph tune`: search for a fine-tuning's settings on Ray Tune; a killed search goes on by the same command."""

from __future__ import annotations

import json
import logging
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.train.annotated import CorpusError
from engine.train.tune.settings import TuneSettings
from jobs.finetune_options import data_option
from jobs.local_folder import LocalFolder

if TYPE_CHECKING:
    from jobs.search import Search

_DEFAULTS = TuneSettings()
REPORT_FILE = "report.json"
MARKDOWN_FILE = "report.md"
PICTURE_FILE = "importance.svg"


@click.command()
@click.argument("encoder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=LocalFolder())
@data_option
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=_DEFAULTS.trials,
    show_default=True,
    help="Settings to try; the first are the defaults.",
)
@click.option(
    "--tokens",
    type=click.IntRange(1),
    default=_DEFAULTS.tokens,
    show_default=True,
    help="Padded word pieces that a trial reads at most.",
)
@click.option(
    "--rungs",
    type=click.IntRange(1),
    default=_DEFAULTS.rungs,
    show_default=True,
    help="How often a trial is scored, each time after twice as many tokens; the worse half is stopped.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=_DEFAULTS.share,
    show_default=True,
    help="Share of the training documents that trials learn from.",
)
@click.option(
    "--documents",
    type=click.IntRange(1),
    default=_DEFAULTS.documents,
    show_default=True,
    help="Carved documents of each corpus that trials are scored on, at most.",
)
@click.option(
    "--confirmations",
    type=click.IntRange(0),
    default=_DEFAULTS.confirmations,
    show_default=True,
    help="Seeds with which the best and the defaults are trained again, and scored on other carved documents.",
)
@click.option(
    "--gpus", type=click.FloatRange(0), default=0.0, show_default=True, help="Share of a GPU for a trial; 0: CPU."
)
@click.option(
    "--lexicon",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lexicon whose names become cues [default: the shipped one].",
)
@click.option(
    "--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Seed of the trials and of what is proposed."
)
def command(encoder: Path, out: Path, data: Path, gpus: float, lexicon: Path | None, **options: Any) -> None:
    """Search for the settings with which `finetune` learns most from ENCODER, and leave a report in OUT.

    Each trial is a short training on one CPU core, scored on a part carved out of train. A search that was killed goes
    on by the same command.
    """
    from jobs.search import Search, SearchError

    if find_spec("optuna") is None:
        raise click.ClickException("the search needs Optuna: make install EXTRAS=train")
    # Ray would take the trials' lines for repetitions. It reads this when it is imported.
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")
    from engine.train.tune.proxy import prepare_proxy

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = TuneSettings(**options)
    out = out.absolute()
    try:
        proxy = prepare_proxy(
            encoder.absolute(),
            data=data.absolute(),
            lexicon=lexicon.absolute() if lexicon else None,
            settings=settings,
        )
        report = tune(Search(proxy, settings, out / ".training", gpus), out)
    except (ArchiveError, CheckpointError, CorpusError, SearchError) as error:
        raise click.ClickException(str(error)) from error
    scores = {name: report[name]["scores"][-1]["score"] for name in ("defaults", "best")}
    confirmed = report["confirmed"] and report["confirmed"]["means"]
    trials, seconds, flags = len(report["trials"]), report["seconds"], report["flags"]
    click.echo(json.dumps({"trials": trials, "seconds": seconds, **scores, "confirmed": confirmed, "flags": flags}))


def tune(search: Search, out: Path) -> dict[str, Any]:
    """Search, confirm, and write the report's files; returns the report.

    Raises: SearchError.
    """
    from engine.train.tune.picture import draw_importance
    from engine.train.tune.report import BEST, DEFAULTS, build_report, render_markdown
    from engine.train.tune.space import default_values
    from engine.train.tune.trial import find_best
    from jobs.ray_session import ray_session
    from jobs.search import confirm, run_search

    with ray_session():
        trials = run_search(search)
        best = find_best(trials, search.settings.parts)
        confirmed = confirm(search, {BEST: best.values, DEFAULTS: default_values()})
    report = build_report(trials, confirmed, settings=search.settings, facts=search.proxy.facts)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (MARKDOWN_FILE, render_markdown(report)),
        (PICTURE_FILE, draw_importance(report)),
        (REPORT_FILE, json.dumps(report, indent=1) + "\n"),
    ):
        (out / name).write_text(text, encoding="utf-8")
    return report


if __name__ == "__main__":
    command()
