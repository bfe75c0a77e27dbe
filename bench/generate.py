"""Everything that is measured with a real instruct model, one after another: `make bench-generate`.

    python -m bench.generate --data DATA [--folder out/bench-generate] [--run RUN] [--steps N] [--record]

Assembles the model, measures the cascade with the model as it is, trains an adapter on what the shipped extractor is in
doubt of (`hypograph finetune --generator`), measures the cascade with it, and lets the model extract from a run's
documents. Each part keeps what it has done in the folder, so the same command goes on. On two cores it takes three
hours with half of the model's blocks in training; `--steps` makes that longer. The last line is one JSON object; exit
code 1 if a part fails, after all have run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click

from bench.__main__ import record, run_module
from bench.instruct_model import NAME, AssemblyError, assemble

ADAPTER: Final = "adapter"
# What two cores can bear: some 2,000 lessons in an hour.
_TRAINING: Final = (
    "--doubts-of=engine/weights/encoder",
    "--blocks=14",
    "--rate=1.5e-4",
    "--tree-tokens=512",
    "--trees=2",
    "--held-out-lessons=96",
    "--evaluations=1",
    "--checkpoint-every-steps=5",
)


def train_adapter(model: Path, folder: Path, data: Path, steps: int) -> None:
    """Train the adapter, or go on with it; nothing happens where it is done. Raises: CalledProcessError."""
    command = [sys.executable, "-m", "jobs.cli", "finetune", "--generator", str(model), str(folder)]
    command += ["--data", str(data), "--steps", str(steps), *_TRAINING]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("out/bench-generate"), show_default=True)
@click.option("--run", "extracted", type=click.Path(path_type=Path), help="Finished run to extract from.")
@click.option("--pairs", type=click.IntRange(1), default=2000, show_default=True, help="Doubtful relations at least.")
@click.option("--steps", type=click.IntRange(1), default=100, show_default=True, help="Steps of the training.")
@click.option("--record", "keep", is_flag=True, help="Keep the results under bench/results/.")
def main(data: Path, folder: Path, extracted: Path | None, pairs: int, steps: int, keep: bool) -> None:
    """Measure what a real instruct model adds."""
    try:
        model = str(assemble(folder / NAME))
    except AssemblyError as error:
        raise click.ClickException(str(error)) from error
    cache = ["--cache", str(folder / "answers.sqlite")]
    cascade = [model, "--data", str(data), "--pairs", str(pairs), *cache]
    results: dict[str, Any] = {}
    failed = []

    def measure(name: str, module: str, arguments: list[str]) -> None:
        code, results[name] = run_module(module, arguments)
        if code:
            failed.append(name)
        elif keep:
            record(name, results[name])

    measure("cascade", "cascade", [*cascade, "--fitted", str(folder / "fitted.toml")])
    try:
        train_adapter(folder / NAME, folder / ADAPTER, data, steps)
    except subprocess.CalledProcessError as error:
        failed.append(f"training, exit code {error.returncode}")
    else:
        adapter = ["--adapter", str(folder / ADAPTER)]
        measure("cascade-adapter", "cascade", [*cascade, *adapter, "--fitted", str(folder / "fitted-adapter.toml")])
    if extracted:
        measure("schema-answers", "schema_answers", [str(extracted), model, *cache])
    click.echo(json.dumps({"results": results, "failed": failed}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
