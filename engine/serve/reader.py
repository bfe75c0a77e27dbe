"""The pipeline's stages as one Ray Serve deployment: what requests bring at the same time is read together.

The stages are `engine.pipeline`'s, built and checked as the batch job builds and checks them, here one after the other
in one process. A batch is counted in thousands of characters, not in documents: its seconds grow with its text.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import pyarrow as pa
from ray import serve

from engine.link.own_names import open_lexicon
from engine.pipeline import PipelineSettings, build_stages
from engine.serve.answers import answer_of
from engine.stage_actor import Actor, Isolator, Stage, check_result


@dataclass(frozen=True, slots=True)
class Part:
    """Documents of one request; `units` is what they count in a batch, at most a whole one."""

    rows: pa.Table
    units: int


def sum_units(parts: Sequence[Part]) -> int:
    """The size of a batch, for `serve.batch`."""
    return sum(part.units for part in parts)


class Reader:
    """Holds the model and the lexicon, and answers for parts of requests."""

    def __init__(
        self, *, settings: PipelineSettings, model_revision: str, batch_units: int, batch_wait_s: float
    ) -> None:
        self._stages = [
            Isolator(stage, partial(_run, stage, stage.actor(**stage.kwargs))) for stage in build_stages(settings)
        ]
        self._lexicon = open_lexicon(settings.lexicon, own=settings.own_names)
        self._name_of = lru_cache(maxsize=1 << 15)(self._find_name)
        self._model_revision = model_revision
        self.read.set_max_batch_size(batch_units)
        self.read.set_batch_wait_timeout_s(batch_wait_s)

    @serve.batch(batch_size_fn=sum_units)  # type: ignore[untyped-decorator]
    async def read(self, parts: list[Part]) -> list[list[bytes]]:
        """The documents' answers, as JSON, part by part. Called with one part; Serve gathers them to a list.

        Computes in a thread, so that new parts arrive and form the next batch meanwhile.
        """
        return await asyncio.to_thread(self.read_together, [part.rows for part in parts])

    def check_health(self) -> None:
        """Serve asks this every so often, and starts another reader in place of one that raises.

        Raises: RuntimeError if a stage is broken, by a device that has failed say.
        """
        if any(run.broken for run in self._stages):
            raise RuntimeError("a stage takes no document any more")

    def read_together(self, parts: Sequence[pa.Table]) -> list[list[bytes]]:
        """Read several tables of `SOURCE_ROW` as one; a document that a stage can't take has an error.

        Raises: SchemaError if a stage is broken.
        """
        table = pa.concat_tables(parts)
        for run in self._stages:
            table = run(table)
        answers = iter(
            json.dumps(
                answer_of(row, name_of=self._name_of, model_revision=self._model_revision), ensure_ascii=False
            ).encode()
            for row in table.to_pylist()
        )
        return [[next(answers) for _ in range(len(part))] for part in parts]

    def _find_name(self, concept_id: str) -> str | None:
        concept = self._lexicon.concept(concept_id)
        return concept.name if concept else None


def _run(stage: Stage, actor: Actor, table: pa.Table) -> pa.Table:
    return check_result(stage, table, actor(table))
