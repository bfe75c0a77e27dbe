"""The Makefile: with which Pythons it makes the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("version", "taken"), [("3, 10", False), ("3, 11", True), ("3, 13", True), ("3, 14", False)])
def test_the_environment_is_made_with_a_python_that_the_project_runs_on(
    tmp_path: Path, version: str, taken: bool
) -> None:
    """A stand-in says that it is of this version, and makes nothing."""
    python = tmp_path / "python"
    told = f"import sys; sys.version_info = ({version}, 0); exec(sys.argv[1])"
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] || exit 7\nexec {sys.executable} -c \'{told}\' "$2"\n')
    python.chmod(0o755)
    target = tmp_path / "venv" / "bin" / "uv"
    made = subprocess.run(
        ["make", "-C", str(ROOT), f"PYTHON={python}", f"VENV={tmp_path / 'venv'}", str(target)],
        capture_output=True,
        text=True,
    )
    assert made.returncode != 0
    assert ("is needed: make PYTHON=python3.11" not in made.stdout) is taken
    assert ("Making the environment" in made.stdout) is taken
