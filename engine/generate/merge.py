"""Adds a LoRA adapter to the weights that it was trained over, into a model's folder of its own.

vLLM lays an adapter over its model at run time, which its GPU kernels do for little; on a CPU it gathers the
adapter's rows for each token, and a prompt takes many times as long. There the sum is made once. Trade-off: the
merged model takes the base's room on disk, and rounds the sum to the base's number format.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.generate.adapter import CONFIG_FILE, WEIGHTS_FILE, Adapter, AdapterError

_PREFIX: Final = "base_model.model."
_A, _B = ".lora_A.weight", ".lora_B.weight"
# What makes of an adapter more than a sum of products; none of it is ours.
_UNKNOWN: Final = ("use_dora", "use_rslora", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "modules_to_save")


def merge_adapter(model: Path, adapter: Adapter, folder: Path) -> None:
    """Make the folder of the merged model, if it isn't there; the base's files of weights are read one by one.

    Several processes at once are safe: each makes a folder of its own, and the first gives it the name.
    Raises: AdapterError if the adapter isn't plain LoRA, or is for layers that the model lacks.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".merging-"))
    try:
        _merge(model, adapter, made)
        made.chmod(0o755)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _merge(model: Path, adapter: Adapter, made: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    config = json.loads((adapter.folder / CONFIG_FILE).read_text(encoding="utf-8"))
    told = [name for name in _UNKNOWN if config.get(name)]
    if told:
        raise AdapterError(f"{adapter.folder}: {', '.join(told)} can't be merged, only plain LoRA")
    products = load_file(adapter.folder / WEIGHTS_FILE)
    if not any(model.glob("*.safetensors")):
        raise AdapterError(f"{adapter.folder} can't be added to {model}, which has no *.safetensors")
    if odd := [name for name in products if not name.endswith((_A, _B))]:
        raise AdapterError(f"{adapter.folder}: {min(odd)} can't be merged, only plain LoRA of linear layers")
    left = {name.removeprefix(_PREFIX).removesuffix(_A) for name in products if name.endswith(_A)}
    for path in sorted(model.iterdir()):
        if path.suffix != ".safetensors":
            if path.is_file() and path.suffix != ".bin":
                shutil.copyfile(path, made / path.name)
            continue
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            about = file.metadata()
        for name in sorted(left & {name.removesuffix(".weight") for name in tensors}):
            weight = tensors[f"{name}.weight"]
            tensors[f"{name}.weight"] = (weight.float() + _delta(products, name, config)).to(weight.dtype)
            left.discard(name)
        save_file(tensors, made / path.name, metadata=about or {"format": "pt"})
    if left:
        raise AdapterError(f"{adapter.folder} is for layers that {model} lacks, such as {min(left)}")


def _delta(products: Mapping[str, Any], name: str, config: Mapping[str, Any]) -> Any:
    a, b = (products[f"{_PREFIX}{name}{end}"].float() for end in (_A, _B))
    return (float(config["lora_alpha"]) / int(config["r"])) * (b @ a)
