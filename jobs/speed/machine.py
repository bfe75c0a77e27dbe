"""The machine that a benchmark ran on, and the matrix peak that bounds it, measured in the same run.

Knows nothing of the project. The peak is the best of a few matrix products, not a vendor's figure: it tells how far
the encoder is from what this machine's library reaches, today, with whatever else is running.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

_PACKAGES: Final = ("hypograph", "torch", "transformers", "tokenizers", "ray", "pyarrow", "kglite", "neo4j")
_PEAK_SIZE: Final = 2048
_GPU_PEAK_SIZE: Final = 8192
_PROBE_SIZE: Final = 256


def describe_machine() -> dict[str, object]:
    """Processor, cores that this process may use, memory, system."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1e6, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def list_versions() -> dict[str, str]:
    """Versions of the packages that a figure depends on; a package that is not installed is left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def synchronise(device: torch.device) -> None:
    """Waits until a GPU has done what it was given; a CPU has."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure_matrix_peak(*, device: str = "cpu", seconds: float = 2.0) -> dict[str, float]:
    """GFLOP/s of a square matrix product in fp32 and bf16 on all cores, or on the GPU, each within about `seconds`.

    A processor without bf16 instructions may multiply bf16 hundreds of times slower than fp32: a small product is
    timed first, and the large one in bf16 is left out where it would not end in time.
    """
    import torch

    peaks: dict[str, float] = {}
    place = torch.device(device)
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        best = 0.0
        for size in (_PROBE_SIZE, _PEAK_SIZE if device == "cpu" else _GPU_PEAK_SIZE):
            matrix = torch.randn(size, size).to(place, dtype)  # (N, N)
            operations = 2.0 * size**3
            if name == "bf16" and best and operations / (best * 1e9) > seconds / 2:
                break
            ends = time.perf_counter() + seconds / 2
            for _ in range(50):
                start = time.perf_counter()
                torch.matmul(matrix, matrix)
                synchronise(place)
                best = max(best, operations / (time.perf_counter() - start) / 1e9)
                if time.perf_counter() > ends:
                    break
        peaks[name] = round(best, 2)
    return peaks


def _first(path: str, key: str) -> str | None:
    """The value of the first `key: value` line of a file of /proc."""
    file = Path(path)
    if not file.exists():
        return None
    for line in file.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return None
