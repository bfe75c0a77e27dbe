"""Which number format a processor is faster at, by what Linux says of it."""

from __future__ import annotations

import pytest

from engine.model.checkpoint import multiplies_bfloat16_fast

INTEL, AMD = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2", "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2"


@pytest.mark.parametrize(
    ("cpuinfo", "fast"),
    [
        (f"{INTEL}\n", False),
        (f"{INTEL} avx512_bf16\n", True),
        (f"{INTEL} avx512_bf16 avx512_fp16 amx_bf16 amx_tile\n", True),
        (f"{INTEL} avx512_bf16 avx512_fp16\n", False),
        (f"{AMD} avx512f\n", False),
        (f"{AMD} avx512_bf16\n", True),
        (f"{AMD} avx512_bf16 avx512_fp16\n", True),
    ],
    ids=["avx2", "cooper lake", "amx", "amx hidden", "zen 3", "zen 4", "another's fp16"],
)
def test_bfloat16_is_computed_in_where_it_is_multiplied_faster(cpuinfo: str, fast: bool) -> None:
    assert multiplies_bfloat16_fast(cpuinfo) is fast
