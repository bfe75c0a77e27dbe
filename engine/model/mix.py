"""Averages the weights of two extractors of one lineage, which is often better than either.

Source: model soups, Wortsman et al. 2022 (arXiv:2203.05482). Weights of models that were trained apart from the
beginning mean different things: their average knows nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.model.checkpoint import describe_start, open_first_reading, open_reader, open_tokenizer, save_network
from engine.model.config import CheckpointError


def mix(first: Path, second: Path, out: Path, *, share: float, relation_share: float | None = None) -> None:
    """Write to `out` an extractor with `share` of each weight of `second`, and the rest of `first`.

    `relation_share`: what the relation head gets of `second` instead, for it learns its few thousand examples by heart
    sooner than encoder and mention heads do. Thresholds and cues are those of `second`: see `rethreshold`.
    A second reading is left out: train it anew.
    Raises: CheckpointError naming the folders if the two differ in heads, labels, shapes or vocabulary.
    """
    network, config = open_first_reading(second)
    other, other_config = open_first_reading(first)
    weights, others = network.state_dict(), other.state_dict()
    reader = open_reader(second)
    if reader.tokenizer.get_vocab() != open_tokenizer(first).get_vocab():
        raise CheckpointError(f"{first} and {second} differ in vocabulary: their average means nothing")
    alike = (config.labels, config.mention_heads, config.classes) == (
        other_config.labels,
        other_config.mention_heads,
        other_config.classes,
    )
    if not alike or {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in others.items()}:
        raise CheckpointError(f"{first} and {second} differ in heads, labels or shapes: their average means nothing")
    for name, value in weights.items():
        if value.is_floating_point():
            of_second = relation_share if name.startswith("pair_reader.") and relation_share is not None else share
            value.lerp_(others[name], 1.0 - of_second)
    recorded = {"share": share, "relation_share": relation_share, "with": describe_start(first)}
    trained: dict[str, object] = {
        "start": describe_start(second),
        "mix": {name: value for name, value in recorded.items() if value is not None},
    }
    save_network(network, replace(config, trained=trained), reader, out)
