"""What a search found: one JSON object, and the same as Markdown. Knows nothing of how the trials were run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import mean
from typing import Any, Final

from engine.train.measure.markdown import table
from engine.train.tune.importance import LEAST_TRIALS, measure_importance
from engine.train.tune.settings import TuneSettings
from engine.train.tune.space import SPACE, default_values, write_flags
from engine.train.tune.trial import PartScore, Trial, find_best, find_point

BEST, DEFAULTS = "best", "defaults"
Confirmations = Mapping[str, Sequence[PartScore]]
_LISTED: Final = 10


def build_report(
    trials: Sequence[Trial], confirmed: Confirmations, *, settings: TuneSettings, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that was measured.

    `confirmed`: for `BEST` and `DEFAULTS` what each seed's run came to on the other carved documents. Returns: `trials`
    in the order of their start, `best` and `defaults` among them, `gain` of the one over the other in the search,
    `confirmed` with its own `gain`, `importance`, and `flags` for `hypograph finetune`.
    """
    best, defaults = find_best(trials, settings.parts), find_point(trials, default_values())
    return {
        **facts,
        "settings": asdict(settings),
        "space": [{**asdict(dimension), "default": dimension.default} for dimension in SPACE],
        "best": _describe(best, settings),
        "defaults": _describe(defaults, settings),
        "gain": round(best.scores[-1].score - defaults.scores[-1].score, 4),
        "confirmed": _describe_confirmed(confirmed),
        "flags": write_flags(best.values),
        "importance": measure_importance(trials),
        "seconds": round(sum(t.scores[-1].seconds for t in trials) + _sum_seconds(confirmed)),
        "trials": [_describe(trial, settings) for trial in trials],
    }


def _describe(trial: Trial, settings: TuneSettings) -> dict[str, Any]:
    return {
        "number": trial.number,
        "whole": trial.is_whole(settings.parts),
        "values": dict(trial.values),
        "scores": [asdict(score) for score in trial.scores],
    }


def _describe_confirmed(confirmed: Confirmations) -> dict[str, Any] | None:
    if not confirmed:
        return None
    means = {name: mean(score.score for score in scores) for name, scores in confirmed.items()}
    return {
        **{name: [asdict(score) for score in scores] for name, scores in confirmed.items()},
        "means": {name: round(value, 4) for name, value in means.items()},
        "gain": round(means[BEST] - means[DEFAULTS], 4),
    }


def _sum_seconds(confirmed: Confirmations) -> float:
    return sum(score.seconds for scores in confirmed.values() for score in scores)


def render_markdown(report: Mapping[str, Any]) -> str:
    """The report to read, made of the JSON alone."""
    settings, trials = report["settings"], report["trials"]
    whole = [trial for trial in trials if trial["whole"]]
    ranked = sorted(whole, key=lambda trial: -trial["scores"][-1]["score"])[:_LISTED]
    flags = f"`{report['flags']}`" if report["flags"] else "none: the defaults are best"
    parts = [
        "# Search for settings\n",
        f"{len(trials)} trials of at most {settings['tokens']:,} padded word pieces each, {len(whole)} of which were "
        f"read to the end; {report['documents']:,} documents to learn from, {report['searched_documents']:,} carved "
        f"ones to score. Trials are short: these settings are what a long run should be tried with, not what "
        f"it is known to want.\n",
        f"Options for `hypograph finetune`: {flags}\n",
        "## The best and the defaults\n",
        table(
            ("", "mentions", "relations", "score"),
            [(name, *_cells(report[name]["scores"][-1])) for name in (BEST, DEFAULTS)],
        ),
        f"\nMentions: mean span F1 of the entity heads. Relations: micro-F1. Score: their mean. "
        f"In the search the best is {report['gain']:+.4f} from the defaults; it was chosen on these documents.\n",
        _render_confirmed(report),
        "## What mattered\n",
        _render_importance(report),
        f"## The best {len(ranked)} of the whole trials\n",
        table(
            ("trial", *(d["name"].replace("_", " ") for d in report["space"]), "score"),
            [
                (t["number"], *(f"{v:g}" for v in t["values"].values()), f"{t['scores'][-1]['score']:.4f}")
                for t in ranked
            ],
        ),
    ]
    return "\n".join(part for part in parts if part)


def _render_confirmed(report: Mapping[str, Any]) -> str:
    confirmed = report["confirmed"]
    if confirmed is None:
        return ""
    rows = [
        (name, *_mean_cells(confirmed[name]), ", ".join(f"{score['score']:.4f}" for score in confirmed[name]))
        for name in (BEST, DEFAULTS)
    ]
    return (
        f"## Both again, with other seeds, on {report['other_documents']:,} other carved documents\n\n"
        + table(("mean of seeds", "mentions", "relations", "score", "score of each seed"), rows)
        + f"\nThe best is {confirmed['gain']:+.4f} from the defaults. No choice was made on these documents.\n"
    )


def _render_importance(report: Mapping[str, Any]) -> str:
    if not report["importance"]:
        return f"With fewer than {LEAST_TRIALS} trials nothing can be said of this.\n"
    rows = [(name.replace("_", " "), f"{share:.3f}") for name, share in report["importance"].items()]
    return (
        table(("setting", "importance"), rows)
        + "\nPED-ANOVA after the first part of all trials: how far the best quarter's values lie from those of all. "
        "Shares of 1; `importance.svg` draws them.\n"
    )


def _cells(score: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(f"{score[name]:.4f}" for name in ("mentions", "relations", "score"))


def _mean_cells(scores: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    return _cells({name: mean(score[name] for score in scores) for name in ("mentions", "relations", "score")})
