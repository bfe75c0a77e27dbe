"""The generative stage of a run, whether it follows extraction or goes over a finished run: from settings to a stage.

What is asked and by which engine is settled before Ray starts; the pool, once it is known what Ray has. This file
knows nothing of shards or command lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine.generate.prompts import Choice, Offer, Sentence, ask_claim, ask_relations
from engine.generate.stage import PREFIX, UNANSWERED, Tasks
from engine.generate.triples import RelationType, open_relation_types
from engine.generate.verify import open_combination
from engine.pipeline import generative_stage
from engine.schema import GENERATE_STAGE
from engine.stage_actor import Stage
from jobs.generator_options import ChosenEngine, TaskSettings, check_room, choose_engine
from jobs.ray_session import Capacity
from jobs.run_record import CACHE_NAME


@dataclass(frozen=True, slots=True)
class Generation:
    """What is asked, which engine answers, and the settings that say so."""

    settings: TaskSettings
    chosen: ChosenEngine
    tasks: Tasks

    @property
    def revision(self) -> str:
        """What decides the answers besides the documents: the weights, and all that is asked of them."""
        sentence, offer = Sentence("", "S1", (Choice("E1", "", ""),)), Offer("S1", "E1", ("",), ("E1",))
        relations = ask_relations([sentence], [offer], {}, max_tokens=self.tasks.max_tokens)
        prompts = (ask_claim("", "").key, relations.key)
        wheres = [kind.only_where and kind.only_where.pattern for kind in self.tasks.types]  # a long one's repr is cut
        content = repr((self.chosen.revision, self.tasks, wheres, prompts))
        return f"{self.chosen.revision} {hashlib.blake2b(content.encode(), digest_size=6).hexdigest()}"

    @property
    def extractors(self) -> dict[str, str]:
        """The model revision behind the relations that it adds, by their extractor's name."""
        return {PREFIX + self.chosen.name: self.chosen.revision}

    @property
    def warning(self) -> str | None:
        """What a user should know of the scores before they are made."""
        if not self.settings.verify or self.tasks.combination.fitted:
            return None
        return (
            f"no coefficients were fitted for {self.chosen.name}: scores are joined by the default, and are no "
            "probabilities"
        )

    def build_stage(self, capacity: Capacity, *, out: Path, batch_rows: int, spare_gpus: float = 0.0) -> Stage:
        """The stage with its pool: a GPU, or several, an engine where Ray has them, less `spare_gpus` for others.

        Raises: click.ClickException if the pool doesn't fit.
        """
        gpus = float(self.settings.tensor_parallel) if self.chosen.in_process and capacity.gpus >= 1 else 0.0
        fit = int((capacity.gpus - spare_gpus) // gpus) if gpus else 1
        engines = self.settings.replicas or max(1, fit)
        if engines * gpus > capacity.gpus:
            raise click.ClickException(f"{engines} engines need {engines * gpus:g} GPUs and Ray has {capacity.gpus:g}")
        return generative_stage(
            open_engine=self.chosen.open,
            cache=(self.settings.cache or out / CACHE_NAME).absolute(),
            tasks=self.tasks,
            engines=engines,
            gpus=gpus,
            batch_rows=batch_rows,
        )

    def summarise(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """What a run's summary says of it, from the sums over its shards: the engine, and its unanswered prompts.

        A document that the stage could not take, so that its prompts were not counted, is one of them.
        """
        costs = result["stages"].get(GENERATE_STAGE, {})
        prompts = costs.get("verify_prompts", 0) + costs.get("extract_prompts", 0)
        rejects = {kind: n for kind, n in result["rejects"].items() if kind.startswith(f"{GENERATE_STAGE}: ")}
        lost = sum(rejects.values()) - rejects.get(f"{GENERATE_STAGE}: {UNANSWERED}", 0)
        return {
            "generator": self.chosen.name,
            "generator_revision": self.chosen.revision,
            "calibrated": self.tasks.combination.fitted,
            "unanswered_share": round((costs.get("rejected", 0) + lost) / max(1, prompts + lost), 6),
        }


def plan_generation(settings: TaskSettings, generator: str) -> Generation:
    """What the settings ask of a generator.

    Raises: click.UsageError for settings that can't be meant; click.ClickException for what is not there.
    """
    types = _relation_types(settings)
    chosen = choose_engine(settings, generator)
    check_room(chosen, settings, answer_tokens=settings.answer_tokens)
    try:
        combination = open_combination(chosen.name, **({"table": settings.combination} if settings.combination else {}))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    tasks = Tasks(
        generator=chosen.name,
        band=(settings.verify_from, settings.verify_to) if settings.verify else None,
        combination=combination,
        types=tuple(types),
        max_tokens=settings.answer_tokens,
        least_score=settings.least_score,
    )
    return Generation(settings, chosen, tasks)


def _relation_types(settings: TaskSettings) -> list[RelationType]:
    parts = (settings.extract or "").split(",")
    names = list(dict.fromkeys(name.strip() for name in parts if name.strip()))
    if not names and not settings.verify:
        raise click.UsageError("nothing to do: neither --verify nor --extract NAME")
    if settings.verify_from > settings.verify_to:
        raise click.UsageError(f"--verify-from {settings.verify_from} is above --verify-to {settings.verify_to}")
    try:
        return open_relation_types(names, **({"table": settings.relation_types} if settings.relation_types else {}))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
