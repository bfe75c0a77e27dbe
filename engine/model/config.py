"""What a checkpoint says of itself: its heads, labels, classes, thresholds. Plain JSON, no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.assertion import SCOPE_ASSERTIONS
from engine.schema import SYMMETRIC, TYPE_PAIRS, predicates_of

CONFIG_FILE = "hypograph.json"
BIO = ("O", "B", "I")
FORMAT_VERSION = 2

# What thresholds are for: edges that are right, or as many of a text's relations as F1 asks for.
PRECISE: Final = "precise"
BALANCED: Final = "balanced"


@dataclass(frozen=True, slots=True)
class ExtractorConfig:
    """Shape and thresholds of an extractor; the defaults of `labels` and `symmetric` are those of `engine.schema`.

    `mention_heads`: one BIO tagger each. `labels`: the relation head's outputs, (head type, tail type, predicate).
    `symmetric`: the predicates that say the same in both orders. `classes`: the labels of which a sentence or a
    document gets one, by level. `thresholds`: one probability a label, `balanced_thresholds` the same for those who
    want to miss less and check more (`at`). `denied_threshold`: what the labels of a pair
    must reach together where the text denies (`decode.choose_labels`); without one a denied relation needs its label's
    threshold like any other. `pair_size`, `pair_layers`, `pair_attention_heads`: the relation head. `second_rank`,
    `second_size`: the second reading (`engine.model.second`), none with rank 0; `second_from`: for each of the type
    pairs what the labels must reach together in the first to be read again, above 1 never, and nothing where it is
    empty; `second_share`: what the second then weighs in the scores.
    `max_tokens`: tokens a window, special tokens included. `overlap_tokens`: shared by neighbouring windows.
    """

    mention_heads: tuple[str, ...]
    labels: tuple[tuple[str, str, str], ...] = tuple(
        (head, tail, predicate) for head, tail in TYPE_PAIRS for predicate in predicates_of(head, tail)
    )
    symmetric: tuple[str, ...] = SYMMETRIC
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    thresholds: tuple[float, ...] = ()
    balanced_thresholds: tuple[float, ...] = ()
    denied_threshold: float | None = None
    pair_size: int = 192
    pair_layers: int = 0
    pair_attention_heads: int = 4
    second_rank: int = 0
    second_size: int = 256
    second_from: tuple[float, ...] = ()
    second_share: float = 0.5
    max_tokens: int = 512
    overlap_tokens: int = 64
    format_version: int = FORMAT_VERSION
    trained: dict[str, object] = field(default_factory=dict)

    @property
    def entity_types(self) -> tuple[str, ...]:
        """The mention heads that mark mentions: all but the scopes of negation and speculation."""
        return tuple(head for head in self.mention_heads if head not in SCOPE_ASSERTIONS)

    @property
    def type_pairs(self) -> tuple[tuple[str, str], ...]:
        """The (head type, tail type) that some label joins, in the order of `labels`."""
        return tuple(dict.fromkeys((head, tail) for head, tail, _ in self.labels))

    @property
    def unordered_pairs(self) -> frozenset[tuple[str, str]]:
        """Type pairs of one type, all of whose labels are symmetric: two mentions are asked in one order only."""
        directed = {(head, tail) for head, tail, predicate in self.labels if predicate not in self.symmetric}
        return frozenset(pair for pair in self.type_pairs if pair[0] == pair[1] and pair not in directed)

    def threshold(self, label: int) -> float:
        """Probability from which label number `label` counts as stated."""
        return self.thresholds[label] if self.thresholds else 0.5

    def at(self, operating_point: str) -> ExtractorConfig:
        """The same with the thresholds of an operating point, `PRECISE` or `BALANCED`, as those that decide.

        Raises: CheckpointError if the model has none for it.
        """
        if operating_point == PRECISE:
            return self
        if not self.balanced_thresholds:
            raise CheckpointError(
                "the model has no balanced thresholds; `hypograph models rethreshold MODEL --data DATA` chooses them"
            )
        return replace(self, thresholds=self.balanced_thresholds)

    @property
    def read_again(self) -> dict[tuple[str, str], float]:
        """The types of pairs that the second reading reads, each with the chance of any relation from which on."""
        if not self.second_rank:
            return {}
        chances = zip(self.type_pairs, self.chances_to_read_again().tolist(), strict=True)
        return {types: chance for types, chance in chances if chance <= 1}

    def chances_to_read_again(self) -> np.ndarray:
        """`second_from`, 0 for all where it is empty; shape (n_type_pairs,)."""
        return np.array(self.second_from or (0.0,) * len(self.type_pairs), dtype=np.float64)

    def asked_labels(self) -> np.ndarray:
        """Which labels each type pair can state; shape (n_type_pairs, n_labels), bool."""
        pairs = self.type_pairs
        asked = [[(head, tail) == pair for head, tail, _ in self.labels] for pair in pairs]
        return np.array(asked, dtype=np.bool_).reshape(len(pairs), len(self.labels))

    def save(self, folder: Path) -> None:
        """Write `hypograph.json` into `folder`."""
        (folder / CONFIG_FILE).write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> ExtractorConfig:
        """Read `hypograph.json`.

        Raises: CheckpointError if the file is absent, damaged or of an unknown format.
        """
        path = folder / CONFIG_FILE
        if not path.is_file():
            raise CheckpointError(f"{folder} is no Hypograph extractor: it has no {CONFIG_FILE}")
        try:
            values = dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as fault:
            raise CheckpointError(f"{path} is damaged: {fault}") from fault
        if values.get("format_version") != FORMAT_VERSION:
            raise CheckpointError(
                f"{path}: format {values.get('format_version')!r}, this version reads {FORMAT_VERSION}"
            )
        try:
            values["mention_heads"] = tuple(values["mention_heads"])
            values["labels"] = tuple(tuple(label) for label in values["labels"])
            values["thresholds"] = tuple(values["thresholds"])
            values["balanced_thresholds"] = tuple(values.get("balanced_thresholds", ()))
            values["second_from"] = tuple(values.get("second_from", ()))
            values["symmetric"] = tuple(values.get("symmetric", SYMMETRIC))
            values["classes"] = {level: tuple(names) for level, names in dict(values.get("classes", {})).items()}
            config = cls(**values)
        except (KeyError, TypeError, ValueError) as fault:
            raise CheckpointError(f"{path} is damaged: {type(fault).__name__}: {fault}") from fault
        config._check_lengths(path)
        return config

    def _check_lengths(self, path: Path) -> None:
        for kind, thresholds in (("", self.thresholds), ("balanced ", self.balanced_thresholds)):
            if thresholds and len(thresholds) != len(self.labels):
                raise CheckpointError(f"{path}: {len(self.labels)} labels have {len(thresholds)} {kind}thresholds")
        if self.second_from and len(self.second_from) != len(self.type_pairs):
            raise CheckpointError(
                f"{path}: {len(self.type_pairs)} pairs of types have {len(self.second_from)} chances to be read again"
            )


def list_training_runs(trained: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a config says of each run that made its model, the first one first; `start` is what a run went on from."""
    runs: list[Mapping[str, Any]] = []
    while trained:
        runs.append(trained)
        trained = (trained.get("start") or {}).get("trained") or {}
    return runs[::-1]


class CheckpointError(ValueError):
    """A model folder is incomplete or of a format that this version doesn't know."""
