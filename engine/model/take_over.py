"""What a network takes over from an extractor that it goes on from: the encoder whole, and heads by their names.

So a model of other types keeps what it shares with its start, a tagger, a label, a class, and the rest is fresh. Where
nothing differs, everything is taken over. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from torch import Tensor, nn

from engine.model.config import BIO, ExtractorConfig
from engine.model.network import ExtractorNetwork, PairReader


def continue_network(source: ExtractorNetwork, config: ExtractorConfig) -> ExtractorNetwork:
    """A network of `config` around the encoder of `source`; heads that `source` has too begin as they are there.

    A relation head of another size or depth begins anew as a whole.
    """
    before = source.config
    network = ExtractorNetwork(source.encoder, config, source.encoder_config.hidden_size)
    network.cue_in.load_state_dict(source.cue_in.state_dict())
    if network.mention_out is not None and source.mention_out is not None:
        _copy_linear(network.mention_out, source.mention_out, config.mention_heads, before.mention_heads, rows=len(BIO))
        _copy_rows(network.transitions, source.transitions, config.mention_heads, before.mention_heads)
    shape = ("pair_size", "pair_layers", "pair_attention_heads")
    if all(getattr(before, name) == getattr(config, name) for name in shape):
        _take_over_pairs(network.pair_reader, source.pair_reader, config, before)
    for level in config.classes.keys() & before.classes.keys():
        now, then = network.class_out[level], source.class_out[level]
        _copy_linear(now, then, config.classes[level], before.classes[level])
    return network


def _take_over_pairs(
    reader: PairReader | None, source: PairReader | None, config: ExtractorConfig, before: ExtractorConfig
) -> None:
    if reader is None or source is None:
        return
    named = ("mention_type.", "type_pair.", "label_out.")
    shared = {name: value for name, value in source.state_dict().items() if not name.startswith(named)}
    reader.load_state_dict(shared, strict=False)
    no_mention = ("",)
    heads, heads_before = no_mention + config.mention_heads, no_mention + before.mention_heads
    _copy_rows(reader.mention_type.weight, source.mention_type.weight, heads, heads_before)
    _copy_rows(reader.type_pair.weight, source.type_pair.weight, config.type_pairs, before.type_pairs)
    _copy_linear(reader.label_out, source.label_out, config.labels, before.labels)


def _copy_linear(
    layer: nn.Module, source: nn.Module, names: Sequence[Hashable], before: Sequence[Hashable], *, rows: int = 1
) -> None:
    """Copy weights and biases of the outputs that both layers have; an output takes up `rows` rows."""
    for name, value in layer.named_parameters():
        _copy_rows(value, source.get_parameter(name), names, before, rows=rows)


def _copy_rows(
    value: Tensor, source: Tensor, names: Sequence[Hashable], before: Sequence[Hashable], *, rows: int = 1
) -> None:
    for place, name in enumerate(names):
        if name in before:
            at = before.index(name)
            value.data[rows * place : rows * (place + 1)] = source.data[rows * at : rows * (at + 1)]
