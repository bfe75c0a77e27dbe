"""A model folder: weights in safetensors, encoder config, tokenizer, names, `hypograph.json`, card. Opens offline.

`SHA256SUMS` beside them (`sha256sum -c` reads it) tells which file was changed or damaged. Weights are stored in
bfloat16 (45 MB for 22 M parameters) and computed in what the machine is fast at.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from engine.model.config import CONFIG_FILE, CheckpointError, ExtractorConfig
from engine.model.cues import NAMES_FILE, NameList
from engine.model.text import WordReader

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from engine.model.network import ExtractorNetwork

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
SUMS_FILE = "SHA256SUMS"
REVISION_FILES = (WEIGHTS_FILE, "config.json", TOKENIZER_FILE, NAMES_FILE, CONFIG_FILE)
# What encoders of different kinds call them in their configs.
HIDDEN_DROPOUTS: Final = ("hidden_dropout_prob", "dropout", "embedding_dropout", "mlp_dropout")
ATTENTION_DROPOUTS: Final = ("attention_probs_dropout_prob", "attention_dropout")
# Their positions are counted from behind the padding's id.
_SHIFTED_POSITIONS: Final = ("roberta", "xlm-roberta", "camembert", "mpnet")


def model_revision(folder: Path) -> str:
    """Identity of a model: 12 hexadecimal digits of the SHA-256 over the files that decide its output.

    Raises: CheckpointError if one of them is missing, or the folder is of another format.
    """
    if (folder / CONFIG_FILE).is_file():
        ExtractorConfig.load(folder)
    digest = hashlib.sha256()
    for name in REVISION_FILES:
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{folder} is no complete extractor: {name} is missing")
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def save_sums(folder: Path) -> None:
    """Write the SHA-256 of the files that decide the model's output."""
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in REVISION_FILES)
    (folder / SUMS_FILE).write_text("".join(lines), encoding="ascii")


def read_sums(folder: Path) -> dict[str, str]:
    """File name to SHA-256; empty if the folder has no such file."""
    path = folder / SUMS_FILE
    if not path.is_file():
        return {}
    pairs = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {pair[1].removeprefix("*"): pair[0] for pair in pairs if len(pair) == 2}


def open_tokenizer(folder: Path) -> Tokenizer:
    """Open a folder's fast tokenizer, without truncation or padding. Raises: CheckpointError."""
    from tokenizers import Tokenizer

    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise CheckpointError(f"{folder} has no {TOKENIZER_FILE}; a fast tokenizer is needed for its offsets")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as fault:  # the tokenizers library raises nothing narrower
        raise CheckpointError(f"{path} is no tokenizer: {fault}") from fault
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def open_reader(folder: Path) -> WordReader:
    """Open an extractor's tokenizer and names.

    Raises: CheckpointError if one is missing; ArchiveError if the names are damaged.
    """
    if not (folder / NAMES_FILE).is_file():
        raise CheckpointError(f"{folder} is no complete extractor: {NAMES_FILE} is missing")
    return WordReader(open_tokenizer(folder), NameList.open(folder / NAMES_FILE))


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """An extractor's weights by their names. Raises: CheckpointError if their file is missing or damaged."""
    from safetensors.torch import load_file

    with _telling_damage(folder / WEIGHTS_FILE) as path:
        weights: dict[str, torch.Tensor] = load_file(path)
    return weights


def check_files(folder: Path) -> None:
    """Whether the files that a worker opens are whole, without reading the weights: a cut file is told by its length.

    Raises: CheckpointError; ArchiveError if the names are damaged.
    """
    from safetensors import safe_open

    open_reader(folder)
    with _telling_damage(folder / WEIGHTS_FILE) as path, safe_open(path, framework="numpy"):
        pass


@contextlib.contextmanager
def _telling_damage(path: Path) -> Iterator[Path]:
    from safetensors import SafetensorError

    if not path.is_file():
        raise CheckpointError(f"{path.parent} has no {path.name}")
    try:
        yield path
    except SafetensorError as fault:
        raise CheckpointError(f"{path} is no whole safetensors file: {fault}") from fault


def fresh_network(encoder_folder: Path, config: ExtractorConfig, *, dropout: float = 0.0) -> ExtractorNetwork:
    """A network to train. `encoder_folder`: a Hugging Face folder, which gets untrained heads, or an extractor's.

    `dropout`: the share of hidden values that the encoder drops while it trains. Attention weights are never
    dropped: that leaves the fast attention path on a CPU, which made steps several times slower. A second reading isn't
    taken over.
    """
    from engine.model.network import ExtractorNetwork
    from engine.model.take_over import continue_network

    if (encoder_folder / CONFIG_FILE).is_file():
        return continue_network(open_first_reading(encoder_folder, dropout=dropout)[0], config)
    encoder = load_encoder(encoder_folder, dropout=dropout)
    return ExtractorNetwork(encoder, config, encoder.config.hidden_size)


def check_length(folder: Path, max_tokens: int) -> None:
    """Raises: CheckpointError if an encoder has fewer positions than tokens are to be read at once."""
    config = _open_encoder_config(folder, 0.0)
    limit = getattr(config, "max_position_embeddings", None)
    if limit is None:
        return
    limit -= config.pad_token_id + 1 if config.model_type in _SHIFTED_POSITIONS else 0
    if max_tokens > limit:
        raise CheckpointError(f"{folder} reads at most {limit} tokens at once, {max_tokens} are asked for")


def load_encoder(folder: Path, *, dropout: float = 0.0) -> PreTrainedModel:
    """A Hugging Face folder's encoder in float32, without heads; `dropout`: see `fresh_network`.

    Raises: CheckpointError if the folder holds none, or not all of one.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel

    config = _open_encoder_config(folder, dropout)
    try:
        encoder, found = AutoModel.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
            **_without_pooler(config),
        )
    except (OSError, ValueError, SafetensorError) as fault:
        raise CheckpointError(f"{folder} holds no encoder that the Transformers library opens: {fault}") from fault
    if missing := sorted(name for name in found["missing_keys"] if not name.startswith("pooler.")):
        raise CheckpointError(f"{folder} lacks {len(missing)} of the encoder's weights, {missing[0]} for one")
    return cast("PreTrainedModel", encoder)


def _open_encoder_config(folder: Path, dropout: float) -> Any:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as fault:
        raise CheckpointError(f"{folder} holds no encoder that the Transformers library opens: {fault}") from fault
    set_dropout(config, dropout)
    return config


def set_dropout(config: Any, dropout: float) -> None:
    """Let the encoder of a Hugging Face config drop such a share of hidden values, and no attention weights."""
    for name in (*HIDDEN_DROPOUTS, *ATTENTION_DROPOUTS):
        if hasattr(config, name):
            setattr(config, name, dropout if name in HIDDEN_DROPOUTS else 0.0)


def describe_start(encoder_folder: Path) -> dict[str, object]:
    """What `fresh_network` starts from, for the record, and to tell another start by.

    An extractor's revision and training, or an encoder's name and a hash of its weights.
    Raises: CheckpointError if the folder holds neither, or its config.json is damaged.
    """
    if (encoder_folder / CONFIG_FILE).is_file():
        before = ExtractorConfig.load(encoder_folder)
        return {"model_revision": model_revision(encoder_folder), "trained": before.trained}
    if not (encoder_folder / "config.json").is_file():
        raise CheckpointError(f"{encoder_folder} holds no encoder: it has no config.json")
    try:
        name = json.loads((encoder_folder / "config.json").read_text(encoding="utf-8")).get("_name_or_path", "")
    except (AttributeError, ValueError) as fault:
        raise CheckpointError(f"{encoder_folder / 'config.json'} is damaged: {fault}") from fault
    return {"encoder": name, "weights": hash_weights(encoder_folder)}


def hash_weights(folder: Path) -> str:
    """12 hexadecimal digits of the SHA-256 over a Hugging Face folder's weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin")):
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:12]


def save_network(network: ExtractorNetwork, config: ExtractorConfig, reader: WordReader, folder: Path) -> None:
    """Write a complete model folder; weights go down as bfloat16."""
    import torch
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().to(torch.bfloat16).contiguous() for name, value in network.state_dict().items()}
    # Not by `save_file`, whose file only its owner may read.
    (folder / WEIGHTS_FILE).write_bytes(save(state, metadata={"format": "pt"}))
    network.encoder_config.save_pretrained(folder)
    reader.tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    reader.names.save(folder / NAMES_FILE)
    config.save(folder)
    save_sums(folder)


def open_network(
    folder: Path, *, dtype: torch.dtype, device: str, dropout: float = 0.0
) -> tuple[ExtractorNetwork, ExtractorConfig]:
    """Open a model folder, ready for inference; `dropout` is for who trains it further, see `fresh_network`.

    Raises: CheckpointError if the folder is incomplete or its weights don't fit its config.
    """
    from transformers import AutoModel

    from engine.model.attention import read_windows_apart
    from engine.model.network import ExtractorNetwork

    config, weights = ExtractorConfig.load(folder), read_weights(folder)
    encoder_config = _open_encoder_config(folder, dropout)
    encoder = AutoModel.from_config(encoder_config, **_without_pooler(encoder_config))
    if device == "cpu":
        read_windows_apart(encoder)
    network = ExtractorNetwork(encoder, config, encoder_config.hidden_size)
    try:
        network.load_state_dict(weights)
    except RuntimeError as fault:
        raise CheckpointError(f"{folder / WEIGHTS_FILE} doesn't fit {folder / CONFIG_FILE}: {fault}") from fault
    return network.to(device=device, dtype=dtype).eval(), config


def open_first_reading(folder: Path, *, dropout: float = 0.0) -> tuple[ExtractorNetwork, ExtractorConfig]:
    """An extractor without its second reading, for who changes its weights, to which that is trained; float32, CPU."""
    import torch

    network, config = open_network(folder, dtype=torch.float32, device="cpu", dropout=dropout)
    network.second_reader, network.config = None, replace(config, second_rank=0, second_from=())
    return network, network.config


def fast_dtype(device: str, wanted: str = "auto") -> torch.dtype:
    """The type to compute in: bfloat16 on a GPU and on CPUs that multiply it faster, else float32."""
    import torch

    if wanted != "auto":
        return {"bfloat16": torch.bfloat16, "float32": torch.float32}[wanted]
    if device != "cpu":
        return torch.bfloat16
    fast = platform.system() == "Linux" and multiplies_bfloat16_fast(Path("/proc/cpuinfo").read_text())
    return torch.bfloat16 if fast else torch.float32


def multiplies_bfloat16_fast(cpuinfo: str) -> bool:
    """Whether a processor, by what Linux says of it, multiplies bfloat16 faster than float32.

    One without units for bfloat16 emulates it: measured 600 times slower than float32 on AVX2. AMD's AVX-512 units are
    four times as fast in it (906 and 217 GFLOP/s on two cores). Those of Intel's processors that have AVX-512 FP16 too
    are half as fast (165 and 321): there AMX tiles multiply bfloat16, which virtual machines often hide.
    """
    flags = set(cpuinfo.split())
    if "amx_bf16" in flags:
        return True
    return "avx512_bf16" in flags and not {"GenuineIntel", "avx512_fp16"} <= flags


def _without_pooler(config: Any) -> dict[str, bool]:
    """BERT-like encoders carry a pooler that no head of ours reads; models that know no such option get none."""
    return {"add_pooling_layer": False} if config.model_type in {"bert", "roberta", "mpnet", "xlm-roberta"} else {}
