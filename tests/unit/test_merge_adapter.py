"""An adapter added to its model's weights: the same answers as laid over them, a folder of its own, or a refusal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.generate import merge
from engine.generate.adapter import Adapter, AdapterError, open_adapter
from engine.generate.merge import merge_adapter
from engine.generate.vllm_engine import generator_revision
from engine.train.generator.model import open_with_adapter, save_adapter
from engine.train.generator.settings import GeneratorSettings
from tests.tiny_llama import save_tiny_llama


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and an adapter over its last block whose weights are no longer zero."""
    folder = tmp_path_factory.mktemp("merge")
    llama = save_tiny_llama(folder / "llama", spread=0.1)
    model = open_with_adapter(llama, GeneratorSettings(rank=4, blocks=1)).float()
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    (folder / "mine").mkdir()
    save_adapter(model, folder / "mine", base_revision=generator_revision(llama), card="")
    torch.save(logits(model), folder / "expected.pt")
    return folder


def logits(model: Any) -> torch.Tensor:
    """What a model says after five tokens."""
    with torch.inference_mode():
        said: torch.Tensor = model.eval()(input_ids=torch.arange(5, 10)[None]).logits[0, -1]
    return said


def opened(folder: Path) -> Adapter:
    return open_adapter(folder, base_revision=generator_revision(folder.parent / "llama"))


def test_the_merged_model_answers_as_the_adapted_one(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    adapter = opened(folder / "mine")
    merged = tmp_path / "models" / "merged"
    merge_adapter(folder / "llama", adapter, merged)
    expected = torch.load(folder / "expected.pt")
    found = logits(AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32))
    plain = logits(AutoModelForCausalLM.from_pretrained(folder / "llama", dtype=torch.float32))
    assert torch.allclose(found, expected, atol=0.05), "as near as bfloat16 allows, where the CPU trains in it"
    assert not torch.allclose(plain, expected, atol=0.1)
    assert {path.name for path in merged.iterdir()} == {path.name for path in (folder / "llama").iterdir()}
    before = merged.stat().st_mtime_ns
    merge_adapter(folder / "llama", adapter, merged)
    assert merged.stat().st_mtime_ns == before, "it is made once"
    assert [path.name for path in merged.parent.iterdir()] == ["merged"], "nothing half made is left"


def test_the_first_of_two_at_once_gives_it_the_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = tmp_path / "merged"

    def meanwhile(model: Path, adapter: Adapter, made: Path) -> None:
        merged.mkdir()
        (merged / "config.json").write_text("first")
        (made / "config.json").write_text("second")

    monkeypatch.setattr(merge, "_merge", meanwhile)
    merge_adapter(folder / "llama", opened(folder / "mine"), merged)
    assert (merged / "config.json").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["merged"]


def test_what_is_no_plain_sum_is_refused(folder: Path, tmp_path: Path) -> None:
    other = folder / "other"
    shutil.copytree(folder / "mine", other)
    config = json.loads((other / "adapter_config.json").read_text())
    (other / "adapter_config.json").write_text(json.dumps({**config, "use_dora": True}))
    with pytest.raises(AdapterError, match="use_dora can't be merged"):
        merge_adapter(folder / "llama", opened(other), tmp_path / "merged")
    (other / "adapter_config.json").write_text(json.dumps(config))
    weights = load_file(other / "adapter_model.safetensors")
    embedding = {"base_model.model.model.embed_tokens.lora_embedding_A": torch.ones(4, 8)}
    save_file(weights | embedding, other / "adapter_model.safetensors")
    with pytest.raises(AdapterError, match=r"embed_tokens\.lora_embedding_A can't be merged"):
        merge_adapter(folder / "llama", opened(other), tmp_path / "merged")
    save_file(
        {name.replace("layers.1", "layers.7"): tensor for name, tensor in weights.items()},
        other / "adapter_model.safetensors",
    )
    with pytest.raises(AdapterError, match=r"is for layers that .*llama lacks, such as model\.layers\.7"):
        merge_adapter(folder / "llama", opened(other), tmp_path / "merged")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "pytorch_model.bin").write_bytes(b"weights")
    with pytest.raises(AdapterError, match=r"can't be added to .*old, which has no \*\.safetensors"):
        merge_adapter(tmp_path / "old", opened(folder / "mine"), tmp_path / "merged")
    assert [path.name for path in tmp_path.iterdir()] == ["old"], "nothing half made is left"
