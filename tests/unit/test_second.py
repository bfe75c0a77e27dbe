"""The second reading: what is marked, what its change does to the encoder, which pairs it scores, and its training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from engine.extract import Extractor
from engine.model.checkpoint import open_network
from engine.model.config import ExtractorConfig
from engine.model.pairs import Pair, cut_context
from engine.model.predict import Document, Prediction, Predictor
from engine.model.second import MarkedBatch, mark_pair
from engine.model.special import special_ids
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.plan import is_carved
from engine.train.second import SecondSettings, train_second
from jobs.cli import main
from tests.tiny_model import HEADS, save_tiny_model, tiny_reader
from tests.unit.tiny_gold import write_tiny_gold

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=64, overlap_tokens=16)
CHEMICAL_GENE = CONFIG.type_pairs.index((CHEMICAL, GENE))
TEXT = "zinc or aspirin inhibits COX"
MENTIONS = [(Span(0, 4), CHEMICAL), (Span(8, 15), CHEMICAL), (Span(25, 28), GENE)]


def marked(pair: Pair, text: str = TEXT) -> str:
    """A marked pair as text, its markers by their numbers."""
    (words,) = tiny_reader().read([text])
    found = mark_pair(words, pair, CONFIG)
    vocabulary = {number: piece for piece, number in tiny_reader().tokenizer.get_vocab().items()}
    assert found.cues.shape[0] == len(found.ids) == len(found.marks) == len(found) - 2
    assert not found.cues[found.marks > 0].any(), "a marker has no cues"
    chemical, gene = (1 + 2 * CONFIG.entity_types.index(type) for type in (CHEMICAL, GENE))
    assert (found.marks[found.head], found.marks[found.tail]) == (chemical, gene)
    pieces = [
        f"<{mark}>" if mark else vocabulary[id]
        for id, mark in zip(found.ids.tolist(), found.marks.tolist(), strict=True)
    ]
    return " ".join(pieces).replace(" ##", "")


def test_a_marker_of_its_type_stands_before_and_behind_each_end() -> None:
    chemical, gene = (1 + 2 * CONFIG.entity_types.index(type) for type in (CHEMICAL, GENE))
    pair = Pair(0, 1, CHEMICAL_GENE, (2, 3), (4, 5), (0, 5))
    assert marked(pair) == f"zinc or <{chemical}> aspirin <{chemical + 1}> inhibits <{gene}> cox <{gene + 1}>"
    backwards = Pair(0, 1, CHEMICAL_GENE, (4, 5), (2, 3), (1, 5))
    assert marked(backwards) == f"or <{gene}> aspirin <{gene + 1}> inhibits <{chemical}> cox <{chemical + 1}>"
    neighbours = Pair(0, 1, CHEMICAL_GENE, (0, 2), (2, 3), (0, 3))
    assert marked(neighbours) == f"<{chemical}> zinc or <{chemical + 1}> <{gene}> aspirin <{gene + 1}>"
    shared = Pair(0, 1, CHEMICAL_GENE, (2, 3), (2, 3), (2, 3))
    assert sorted(marked(shared).split()) == sorted(
        ["aspirin", *(f"<{number}>" for number in (chemical, chemical + 1, gene, gene + 1))]
    )


def test_a_long_sentence_is_cut_around_the_pair() -> None:
    text = " ".join(["x"] * 100 + ["zinc", "y", "COX"] + ["z"] * 100)
    pair = Pair(0, 1, CHEMICAL_GENE, (100, 101), (102, 103), (0, 203))
    pieces = [piece for piece in marked(pair, text).split() if not piece.startswith("<")]
    assert len(pieces) == 64
    assert {"zinc", "cox"} <= set(pieces)
    assert cut_context((0, 203), (0, 1), (202, 203), 64) == (0, 203), "both ends stay"


def tiny_network(folder: Path, seed: int = 0) -> Any:
    network, config = open_network(folder, dtype=torch.float32, device="cpu")
    torch.manual_seed(seed)
    for parameter in network.second_reader.up:
        torch.nn.init.normal_(parameter, std=0.5)
    torch.nn.init.normal_(network.second_reader.label_out.weight, std=2.0)
    return network, config


def test_the_change_reads_the_same_beside_the_matrices_and_in_them(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    second, (words,) = network.second_reader, tiny_reader().read([TEXT])
    pair = mark_pair(words, Pair(0, 1, CHEMICAL_GENE, (2, 3), (4, 5), (0, 5)), config)
    batch = MarkedBatch.of([pair], special_ids(tiny_reader().tokenizer), torch.device("cpu"))
    before = {name: value.clone() for name, value in network.encoder.state_dict().items()}
    unchanged = second(network.encoder, network.cue_in, batch)
    with second.changing(network.encoder):
        beside = second(network.encoder, network.cue_in, batch)
    inside = second(second.changed(network.encoder), network.cue_in, batch)
    assert torch.allclose(beside, inside, atol=1e-4)
    assert not torch.allclose(beside, unchanged, atol=1e-2)
    assert torch.equal(second(network.encoder, network.cue_in, batch), unchanged), "nothing stays behind"
    assert all(torch.equal(value, before[name]) for name, value in network.encoder.state_dict().items())


def predict(network: Any, config: ExtractorConfig, *texts: str, **changed: Any) -> list[Prediction]:
    predictor = Predictor(network, tiny_reader(), replace(config, **changed), budget_tokens=256)
    return predictor.predict([Document(text, [Span(0, len(text))], MENTIONS) for text in texts])


def test_pairs_that_may_state_something_have_the_scores_of_both_readings(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    (first,) = predict(network, config, TEXT, second_share=0.0)
    (second,) = predict(network, config, TEXT, second_share=1.0, second_from=())
    (both,) = predict(network, config, TEXT, second_share=0.25, second_from=())
    assert np.allclose(both.scores, 0.75 * first.scores + 0.25 * second.scores, atol=1e-6)
    assert not np.allclose(first.scores, second.scores, atol=1e-3)
    asked = config.asked_labels()[[pair.type_pair for pair in second.pairs]]
    assert second.scores[asked].min() > 0
    assert second.scores[~asked].max() == 0, "labels of other types stay out of it"
    reached = first.scores.sum(axis=1)
    between = (float(np.sort(reached)[:2].mean()),) * len(config.type_pairs)
    (some,) = predict(network, config, TEXT, second_share=1.0, second_from=between)
    again = reached >= between[0]
    assert 0 < again.sum() < len(again)
    assert np.allclose(some.scores[again], second.scores[again], atol=1e-6)
    assert np.array_equal(some.scores[~again], first.scores[~again])
    never = tuple(2.0 if pair == (CHEMICAL, GENE) else 0.0 for pair in config.type_pairs)
    (others,) = predict(network, config, TEXT, second_share=1.0, second_from=never)
    of_types = np.array([config.type_pairs[pair.type_pair] == (CHEMICAL, GENE) for pair in others.pairs])
    assert np.array_equal(others.scores[of_types], first.scores[of_types])
    assert np.allclose(others.scores[~of_types], second.scores[~of_types], atol=1e-6)


def test_what_is_read_again_is_counted_apart(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    counts = []
    for lowest in (2.0, 0.0):
        again = replace(config, second_from=(lowest,) * len(config.type_pairs))
        predictor = Predictor(network, tiny_reader(), again, budget_tokens=256)
        (read,) = predictor.predict([Document(TEXT, [Span(0, len(TEXT))], MENTIONS)])
        counts.append(predictor.tokens)
    never, always = counts
    assert (never.pairs_again, never.real_again, never.padded_again) == (0, 0, 0)
    assert (never.real, never.padded) == (always.real, always.padded), "a document counts once"
    assert always.pairs_again == len(read.pairs) > 0
    assert always.real_again == len(read.pairs) * (always.real + 4), "a sentence of one window, and four markers"
    assert always.padded_again % 16 == 0
    assert 0 <= always.padded_again - always.real_again < 16 * len(read.pairs)


def test_in_bfloat16_too_what_is_read_together_does_not_change_the_scores(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    network = network.to(torch.bfloat16)
    longer = TEXT + " in rats that were given a longer life by it"
    (alone,) = predict(network, config, TEXT, second_from=())
    for others in ([longer], [longer, TEXT, TEXT], [TEXT] * 20):
        together = predict(network, config, *others, TEXT, second_from=())
        assert np.array_equal(alone.scores, together[-1].scores)


def test_both_orders_of_two_genes_are_read_again_or_neither(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    genes = [(Span(0, 4), GENE), (Span(8, 15), GENE)]
    document = [Document(TEXT, [Span(0, len(TEXT))], genes)]

    def read(**changed: Any) -> np.ndarray:
        predictor = Predictor(network, tiny_reader(), replace(config, **changed), budget_tokens=256)
        return predictor.predict(document)[0].scores

    first, second = read(second_share=0.0), read(second_share=1.0)
    low, high = sorted(first.sum(axis=1))
    assert low < high
    between = ((low + high) / 2,) * len(config.type_pairs)
    assert np.array_equal(read(second_share=1.0, second_from=between), second)
    above = (high + 0.01,) * len(config.type_pairs)
    assert np.array_equal(read(second_share=1.0, second_from=above), first)


def test_a_pair_too_long_for_a_window_keeps_its_first_scores(tmp_path: Path) -> None:
    network, config = tiny_network(save_tiny_model(tmp_path / "model", second_rank=2))
    (first,) = predict(network, config, TEXT, second_share=0.0)
    (short,) = predict(network, config, TEXT, second_share=1.0, second_from=(), max_tokens=8)
    (windowed,) = predict(network, config, TEXT, second_share=0.0, max_tokens=8)
    assert np.array_equal(short.scores, windowed.scores)
    assert len(short.scores) == len(first.scores)


SETTINGS = SecondSettings(
    passes={"bc5cdr": 2.0}, rank=2, micro_batch_tokens=400, checkpoint_every_steps=2, evaluations=1, carve_share=0.2
)
# One a document, of those that aren't carved out.
STATEMENTS = sum(not is_carved(f"PMID:{i}", SETTINGS.carve_share) for i in (*range(1, 61), 99))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny extractor, `first`, with room for whole documents, tiny corpora, and a training in two parts, `cut`."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("second")
    save_tiny_model(folder / "first", seed=3)
    write_tiny_gold(folder / "data")
    for cut in (2, None):
        train_second(folder / "first", folder / "cut", data=folder / "data", settings=SETTINGS, max_steps=cut)
    return folder


def test_a_cut_training_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    report = train_second(folder / "first", tmp_path / "whole", data=folder / "data", settings=SETTINGS)
    whole, cut = (load_file(path / "model.safetensors") for path in (tmp_path / "whole", folder / "cut"))
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    assert report["second"] == {"rank": 2, "statements": STATEMENTS}
    assert [sorted(row) for row in report["history"]] == [["balanced", "precise", "step"]]
    with pytest.raises(ValueError, match="other settings"):
        train_second(folder / "first", folder / "cut", data=folder / "data", settings=replace(SETTINGS, seed=5))


def test_it_leaves_the_first_reading_as_it_is_and_learns(folder: Path) -> None:
    first, both = (load_file(folder / name / "model.safetensors") for name in ("first", "cut"))
    assert all(torch.equal(value, both[name]) for name, value in first.items())
    assert {name.split(".")[0] for name in both.keys() - first.keys()} == {"second_reader"}
    assert any(float(value.abs().max()) > 0 for name, value in both.items() if ".up." in name)
    config = ExtractorConfig.load(folder / "cut")
    assert (config.second_rank, len(config.thresholds), len(config.balanced_thresholds)) == (2, 25, 25)
    assert max(config.thresholds) <= 1, (
        "what the first reading was taught it still knows, though INDUCES alone is taught here"
    )
    extractor = Extractor(model=folder / "cut", threads=1, dtype="float32")
    (found,) = extractor.predictor.predict([Document(TEXT, [Span(0, len(TEXT))], MENTIONS)])
    assert len(found.scores) == len(found.pairs) > 0


def test_the_model_says_that_it_has_one_and_how_it_was_trained(folder: Path) -> None:
    about = json.loads(CliRunner().invoke(main, ["models", "info", str(folder / "cut"), "--json"]).stdout)
    every = {" ".join(types): 0.0 for types in ExtractorConfig.load(folder / "cut").type_pairs}
    assert about["second_reading"] == {"rank": 2, "share": 0.5, "from": every}
    assert about["trained"][-1]["second"] == {"rank": 2, "statements": STATEMENTS}
    text = CliRunner().invoke(main, ["models", "info", str(folder / "cut")]).output
    assert "pairs: Chemical Gene from 0 on, " in text
    assert "; rank 2, weighs 0.5" in text
    assert "a second reading of rank 2" in text
    assert CliRunner().invoke(main, ["models", "verify", str(folder / "cut")]).exit_code == 0


def test_which_pairs_are_read_again_is_chosen_with_the_thresholds(folder: Path, tmp_path: Path) -> None:
    copytree(folder / "cut", tmp_path / "model")
    options = ["models", "rethreshold", str(tmp_path / "model"), "--data", str(folder / "data")]
    wrong = CliRunner().invoke(main, [*options, "--second-from", "Chemical Disease"])
    assert wrong.exit_code == 2
    assert "nothing like 'Chemical Gene=0.1'" in wrong.output
    unknown = CliRunner().invoke(main, [*options, "--second-from", "Disease Gene=0.1"])
    assert unknown.exit_code == 1
    assert "knows no Disease Gene" in unknown.output
    without = CliRunner().invoke(main, [*options[:2], str(folder / "first"), *options[3:], "--second-share", "0.7"])
    assert without.exit_code == 1
    assert "first knows no second reading" in without.output
    chosen = CliRunner().invoke(main, [*options, "--second-from", "Chemical Disease=.25", "--second-share", "0.75"])
    assert chosen.exit_code == 0, chosen.output
    config = ExtractorConfig.load(tmp_path / "model")
    read = dict(zip(config.type_pairs, config.second_from, strict=True))
    assert config.second_share == 0.75
    assert read.pop((CHEMICAL, DISEASE)) == 0.25
    assert set(read.values()) == {2.0}
    assert "pairs: Chemical Disease from 0.25 on;" in CliRunner().invoke(main, ["models", "info", options[2]]).output


def test_who_changes_the_weights_goes_on_without_it(folder: Path, tmp_path: Path) -> None:
    from engine.model.checkpoint import fresh_network

    config = ExtractorConfig.load(folder / "first")
    assert fresh_network(folder / "cut", config).second_reader is None
    mixed = CliRunner().invoke(main, ["models", "mix", *map(str, (folder / "first", folder / "cut", tmp_path / "out"))])
    assert mixed.exit_code == 0, mixed.output
    assert ExtractorConfig.load(tmp_path / "out").second_rank == 0
    assert (
        load_file(tmp_path / "out" / "model.safetensors").keys()
        == load_file(folder / "first" / "model.safetensors").keys()
    )


NO_OTHERS = [part for name in ("biored", "drugprot", "genia", "patterns") for part in ("--passes", f"{name}=0")]


def test_the_command_has_its_own_options(folder: Path, tmp_path: Path) -> None:
    options = ["--second", str(folder / "first"), str(tmp_path / "out"), "--data", str(folder / "data")]
    shown = CliRunner().invoke(main, ["finetune", "--second", "X", "--help"]).output
    assert "--rank" in shown
    assert "--task" not in shown
    unknown = CliRunner().invoke(main, ["finetune", *options, "--passes", "bc2gm=1"])
    assert unknown.exit_code == 2
    assert "no corpus 'bc2gm'" in unknown.output
    nothing = CliRunner().invoke(main, ["finetune", "--second", str(tmp_path), str(tmp_path / "out")])
    assert nothing.exit_code == 1
    assert "is no Hypograph extractor" in nothing.output


def test_a_corpus_that_the_model_has_no_labels_for_is_refused(folder: Path, tmp_path: Path) -> None:
    from engine.model.checkpoint import fresh_network, open_reader, save_network

    config = ExtractorConfig.load(folder / "first")
    fewer = replace(config, labels=tuple(label for label in config.labels if label[1] != DISEASE), thresholds=())
    save_network(fresh_network(folder / "first", fewer), fewer, open_reader(folder / "first"), tmp_path / "model")
    options = ["--second", str(tmp_path / "model"), str(tmp_path / "out"), "--data", str(folder / "data")]
    refused = CliRunner().invoke(main, ["finetune", *options, *NO_OTHERS])
    assert refused.exit_code == 1
    assert "annotates Chemical INDUCES Disease, for which the model has no head" in refused.output
