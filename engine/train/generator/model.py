"""The model that an adapter is laid over, from a Hugging Face folder, and the adapter's way to a folder and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.generate.adapter import write_base
from engine.generate.chat import check_chat
from engine.generate.request import EngineUnavailableError
from engine.model.checkpoint import fast_dtype
from engine.model.config import CheckpointError
from engine.train.generator.settings import GeneratorSettings


def open_tokenizer(folder: Path) -> Any:
    """The model's own. Raises: CheckpointError if it has no chat template, or no token that ends an answer."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        check_chat(tokenizer, folder)
    except (OSError, ValueError, EngineUnavailableError) as error:
        raise CheckpointError(f"cannot train {folder}: {error}") from error
    if tokenizer.eos_token_id is None:
        raise CheckpointError(f"cannot train {folder}: its tokenizer names no end of a text")
    return tokenizer


def open_with_adapter(folder: Path, settings: GeneratorSettings) -> Any:
    """The model with a fresh adapter, which changes nothing yet: its weights stay as they are, the adapter's learn.

    Raises: CheckpointError if PEFT is not installed, the folder holds no causal language model, or its blocks are
    fewer than the settings ask for.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise CheckpointError("PEFT is not installed: `make install EXTRAS=train`") from error
    from transformers import AutoModelForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(settings.seed)
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=fast_dtype(device), local_files_only=True)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder} holds no causal language model: {error}") from error
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.scale * settings.rank,
        lora_dropout=settings.dropout,
        target_modules=_last_layers(model, settings.blocks) if settings.blocks else "all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model.to(device), config)


def _last_layers(model: Any, blocks: int) -> list[str]:
    """The linear layers of the model's last blocks, by their full names. Raises: CheckpointError."""
    count = model.config.num_hidden_layers
    if blocks > count:
        raise CheckpointError(f"the model has {count} blocks, and the last {blocks} are to learn")
    names = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    number = {name: next((int(part) for part in name.split(".") if part.isdigit()), -1) for name in names}
    return [name for name in names if number[name] >= count - blocks]


def adapter_state(model: Any) -> dict[str, Tensor]:
    """The adapter's weights."""
    from peft import get_peft_model_state_dict

    return dict(get_peft_model_state_dict(model, save_embedding_layers=False))


def set_adapter_state(model: Any, state: Mapping[str, Tensor]) -> None:
    """Put weights back that `adapter_state` gave."""
    from peft import set_peft_model_state_dict

    set_peft_model_state_dict(model, dict(state))


def save_adapter(model: Any, out: Path, *, base_revision: str, card: str) -> None:
    """Leave the adapter in a folder, as PEFT and vLLM read it; `card` is what its README says."""
    model.save_pretrained(out, save_embedding_layers=False)
    write_base(out, base_revision)
    (out / "README.md").write_text(card, encoding="utf-8")
