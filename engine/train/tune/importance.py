"""Which settings mattered, from the trials themselves.

PED-ANOVA: how far a setting's values among the best quarter of the trials lie from those among all. It needs only
NumPy and few trials. Taken after the first part, which all trials have; those that went on are the good ones already.
Source: Watanabe, Bansal, Hutter 2023 (arXiv:2304.10255), as Optuna has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.train.tune.space import SPACE, Dimension
from engine.train.tune.trial import Trial

_BEST_SHARE: Final = 0.25
LEAST_TRIALS: Final = 8


def measure_importance(trials: Sequence[Trial], space: Sequence[Dimension] = SPACE) -> dict[str, float]:
    """Each setting's share of what made trials good after their first part, most important first.

    Empty if there are fewer than `LEAST_TRIALS` trials: of their best quarter nothing can be said.
    """
    import optuna

    if len(trials) < LEAST_TRIALS:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ranges = {dimension.name: dimension.distribution() for dimension in space}
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            optuna.trial.create_trial(params=dict(trial.values), distributions=ranges, value=trial.scores[0].score)
            for trial in trials
        ]
    )
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=_BEST_SHARE)
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: round(share, 4) for name, share in shares.items()}
