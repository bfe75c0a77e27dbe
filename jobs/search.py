"""Runs a search's trials on Ray Tune, one core each: Optuna proposes settings, ASHA stops what falls behind.

It knows nothing of what a trial does. Ray keeps the search in a folder; one that was killed goes on from there, and
only its unfinished trials start anew.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.output import write_json

if TYPE_CHECKING:
    from engine.train.tune.proxy import Proxy
    from engine.train.tune.settings import TuneSettings
    from engine.train.tune.trial import PartScore, Trial

log = logging.getLogger(__name__)

_NAME: Final = "search"
_IDENTITY_FILE: Final = "identity.json"
_CONFIRMED_FILE: Final = "confirmed.json"


class SearchError(RuntimeError):
    """Trials that failed, or a folder that holds another search."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search and where it is kept. `gpus`: the share of a GPU that a trial takes; 0 computes on the CPU."""

    proxy: Proxy
    settings: TuneSettings
    folder: Path
    gpus: float

    def start_or_resume(self) -> bool:
        """Whether the folder holds this search already; marks it as this search's if it is empty.

        Raises: SearchError if it holds another one.
        """
        from engine.train.tune.space import SPACE

        identity = json.loads(
            json.dumps(
                {
                    "settings": asdict(self.settings),
                    "facts": dict(self.proxy.facts),
                    "space": [asdict(dimension) for dimension in SPACE],
                }
            )
        )
        path = self.folder / _IDENTITY_FILE
        if path.is_file():
            if json.loads(path.read_text(encoding="utf-8")) != identity:
                raise SearchError(f"{self.folder} holds a search of other settings or data; choose another OUT")
            return True
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(path, identity)
        return False


def run_search(search: Search) -> list[Trial]:
    """Run the trials that are still to run, inside a Ray session; returns all of them in the order of their start.

    Raises: SearchError.
    """
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.optuna import OptunaSearch

    from engine.train.tune.settings import REDUCTION
    from engine.train.tune.space import SPACE, default_values
    from engine.train.tune.trial import Trial

    settings = search.settings
    os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")  # of whose files Ray then says that they lack:
    logging.getLogger("ray.tune.analysis.experiment_analysis").setLevel(logging.ERROR)
    os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")  # which prints on stdout however quiet it is asked to be
    resumes = search.start_or_resume()
    work = tune.with_parameters(_run_trial, proxy=search.proxy, settings=settings, gpus=search.gpus)
    trainable = tune.with_resources(work, {"cpu": 1, "gpu": search.gpus})
    kept = str(search.folder / _NAME)
    if resumes and tune.Tuner.can_restore(kept):
        log.info("going on with the search in %s", search.folder)
        tuner = tune.Tuner.restore(kept, trainable, restart_errored=True)
    else:
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                num_samples=settings.trials,
                reuse_actors=False,  # a trial that was stopped keeps its memory for as long as its process lives
                search_alg=OptunaSearch(
                    {dimension.name: dimension.distribution() for dimension in SPACE},
                    metric="score",
                    mode="max",
                    points_to_evaluate=[default_values()],
                    seed=settings.seed,
                ),
                scheduler=ASHAScheduler(
                    time_attr="part",
                    metric="score",
                    mode="max",
                    grace_period=1,
                    reduction_factor=REDUCTION,
                    max_t=settings.parts[-1],
                ),
            ),
            run_config=tune.RunConfig(name=_NAME, storage_path=str(search.folder), verbose=0),
        )
    grid = tuner.fit()
    if grid.errors:
        raise SearchError(f"{len(grid.errors)} trials failed, the first with: {grid.errors[0]}")
    ended = [result for result in grid if result.metrics and result.metrics.get("done")]
    if len(ended) < settings.trials:
        raise SearchError(f"stopped after {len(ended)} of {settings.trials} trials; the same command goes on")
    found = (Trial(_read_number(r.metrics), _read(r.config), _read_history(r.metrics)) for r in ended)
    return sorted(found, key=lambda trial: trial.number)


def _run_trial(config: Mapping[str, float], *, proxy: Proxy, settings: TuneSettings, gpus: float) -> None:
    """One trial. The defaults report once, at their end, so that they are never stopped: all are held against them."""
    from ray import tune

    from engine.train.tune.space import default_values

    values = _read(config)
    history: list[PartScore] = []
    device = _begin(gpus)
    for score in proxy.train(values, proxy.searched, settings=settings, seed=settings.seed, device=device):
        history.append(score)
        log.info(
            "part %d of %d: score %.4f, %.0f s, %s", score.part, settings.parts[-1], score.score, score.seconds, values
        )
        if values != default_values() or score.part == settings.parts[-1]:
            tune.report({"part": score.part, "score": score.score, "history": [asdict(s) for s in history]})


def confirm(search: Search, values: Mapping[str, Mapping[str, float]]) -> dict[str, list[PartScore]]:
    """Train named settings again, with other seeds, inside a Ray session, and score them on the other documents.

    Finished runs are kept in the search's folder. Returns: for each name the scores at the end, a seed each.
    """
    import ray

    from engine.train.tune.trial import PartScore

    path = search.folder / _CONFIRMED_FILE
    done: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    seeds = range(search.settings.seed + 1, search.settings.seed + 1 + search.settings.confirmations)
    wanted = [(name, seed) for seed in seeds for name in values]
    proxy = ray.put(search.proxy)
    work = ray.remote(num_cpus=1, num_gpus=search.gpus)(_confirm_one)
    running = {
        work.remote(proxy, values[name], search.settings, seed, search.gpus): f"{name} {seed}"
        for name, seed in wanted
        if f"{name} {seed}" not in done
    }
    while running:
        (ready,), _ = ray.wait(list(running), num_returns=1)
        done[running.pop(ready)] = asdict(ray.get(ready))
        write_json(path, done)
    return {name: [PartScore(**done[f"{name} {seed}"]) for seed in seeds] for name in values if seeds}


def _confirm_one(
    proxy: Proxy, values: Mapping[str, float], settings: TuneSettings, seed: int, gpus: float
) -> PartScore:
    device, end = _begin(gpus), settings.parts[-1:]
    (last,) = proxy.train(values, proxy.others, settings=settings, seed=seed, device=device, parts=end)
    log.info("again with seed %d: score %.4f, %s", seed, last.score, values)
    return last


def _begin(gpus: float) -> str:
    """What a worker does first; returns the device that it computes on."""
    from jobs.worker_group import begin_work

    begin_work(1)
    return "cuda" if gpus else "cpu"


def _read(config: Mapping[str, float]) -> dict[str, float]:
    from engine.train.tune.space import read_values

    return read_values(config)


def _read_number(metrics: Mapping[str, Any]) -> int:
    """The trial's place in the order of starts, from 0; Ray's own list begins with what it took up again."""
    return int(metrics["experiment_tag"].partition("_")[0]) - 1


def _read_history(metrics: Mapping[str, Any]) -> list[PartScore]:
    from engine.train.tune.trial import PartScore

    return [PartScore(**score) for score in metrics["history"]]
