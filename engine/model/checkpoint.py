"""A model folder: weights in safetensors, the encoder's config, tokenizer, `hypograph.json`, card. Opens offline.

Weights are stored in bfloat16 (45 MB for 22 M parameters) and computed in what the machine is fast at.
"""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from engine.model.config import CONFIG_FILE, CheckpointError, ExtractorConfig

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from engine.model.network import ExtractorNetwork

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
_REVISION_FILES = (WEIGHTS_FILE, "config.json", TOKENIZER_FILE, CONFIG_FILE)


def model_revision(folder: Path) -> str:
    """Identity of a model: 12 hexadecimal digits of the SHA-256 over the files that decide its output.

    Raises: CheckpointError if one of them is missing.
    """
    digest = hashlib.sha256()
    for name in _REVISION_FILES:
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{folder} is no complete extractor: {name} is missing")
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def open_tokenizer(folder: Path) -> Tokenizer:
    """Open a folder's fast tokenizer, without truncation or padding."""
    from tokenizers import Tokenizer

    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise CheckpointError(f"{folder} has no {TOKENIZER_FILE}; a fast tokenizer is needed for its offsets")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def special_ids(tokenizer: Tokenizer) -> tuple[int, int, int]:
    """Ids of the classification, separator and padding tokens, in BERT's or RoBERTa's spelling."""
    found = []
    for names in (("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[PAD]", "<pad>")):
        ids = [identity for name in names if (identity := tokenizer.token_to_id(name)) is not None]
        if not ids:
            raise CheckpointError(f"the tokenizer has none of the special tokens {', '.join(names)}")
        found.append(ids[0])
    return found[0], found[1], found[2]


def fresh_network(encoder_folder: Path, config: ExtractorConfig) -> ExtractorNetwork:
    """A network to train. `encoder_folder`: a Hugging Face folder, which gets untrained heads, or an extractor's."""
    from transformers import AutoModel

    from engine.model.network import ExtractorNetwork

    if (encoder_folder / CONFIG_FILE).is_file():
        return _continued_network(encoder_folder, config)
    # Dropout inside the encoder leaves the fast attention path on a CPU, which made steps several times slower;
    # the heads keep theirs.
    encoder = AutoModel.from_pretrained(
        encoder_folder,
        local_files_only=True,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
        **_without_pooler(encoder_folder),
    )
    return ExtractorNetwork(encoder, config, encoder.config.hidden_size)


def describe_start(encoder_folder: Path) -> dict[str, object]:
    """What `fresh_network` starts from, for the record: an extractor's revision and training, or an encoder's name."""
    if (encoder_folder / CONFIG_FILE).is_file():
        before = ExtractorConfig.load(encoder_folder)
        return {"model_revision": model_revision(encoder_folder), "trained": before.trained}
    return {"encoder": json.loads((encoder_folder / "config.json").read_text()).get("_name_or_path", "")}


def _continued_network(folder: Path, config: ExtractorConfig) -> ExtractorNetwork:
    """A network that goes on from an extractor: its encoder, and the heads that the new config leaves alone."""
    import torch

    from engine.model.network import ExtractorNetwork

    source, before = open_network(folder, dtype=torch.float32, device="cpu")
    network = ExtractorNetwork(source.encoder, config, source.encoder_config.hidden_size)
    if before.mention_heads == config.mention_heads:
        network.mention_out.load_state_dict(source.mention_out.state_dict())
    shape = ("mention_heads", "labels", "pair_size", "pair_layers", "pair_attention_heads", "format_version")
    if all(getattr(before, name) == getattr(config, name) for name in shape):
        network.pair_reader.load_state_dict(source.pair_reader.state_dict())
    return network


def save_network(network: ExtractorNetwork, config: ExtractorConfig, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a complete model folder; weights go down as bfloat16."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().to(torch.bfloat16).contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    network.encoder_config.save_pretrained(folder)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    config.save(folder)


def open_network(folder: Path, *, dtype: torch.dtype, device: str) -> tuple[ExtractorNetwork, ExtractorConfig]:
    """Open a model folder for inference.

    Raises: CheckpointError if the folder is incomplete or its weights don't fit its config.
    """
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModel

    from engine.model.network import ExtractorNetwork

    config = ExtractorConfig.load(folder)
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS_FILE}")
    encoder_config = AutoConfig.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_config(encoder_config, **_without_pooler(folder))
    network = ExtractorNetwork(encoder, config, encoder_config.hidden_size)
    try:
        network.load_state_dict(load_file(path))
    except RuntimeError as fault:
        raise CheckpointError(f"{path} doesn't fit {folder / CONFIG_FILE}: {fault}") from fault
    return network.to(device=device, dtype=dtype).eval(), config


def fast_dtype(device: str, wanted: str = "auto") -> torch.dtype:
    """The type to compute in: bfloat16 on a GPU and on CPUs with bfloat16 units, else float32.

    A CPU without such units emulates bfloat16: measured 600 times slower than float32 on AVX2, so `auto` looks.
    """
    import torch

    if wanted != "auto":
        return {"bfloat16": torch.bfloat16, "float32": torch.float32}[wanted]
    if device != "cpu":
        return torch.bfloat16
    return torch.bfloat16 if _cpu_has_bfloat16() else torch.float32


def _cpu_has_bfloat16() -> bool:
    if platform.system() != "Linux":
        return False
    flags = Path("/proc/cpuinfo").read_text()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _without_pooler(folder: Path) -> dict[str, bool]:
    """BERT-like encoders carry a pooler that no head of ours reads; models that know no such option get none."""
    from transformers import AutoConfig

    model_type = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
    return {"add_pooling_layer": False} if model_type in {"bert", "roberta", "mpnet", "xlm-roberta"} else {}
