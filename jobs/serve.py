"""`hypograph serve`: the extractor behind an HTTP endpoint on Ray Serve, until it is told to stop."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import click

from engine.link.archive import ArchiveError
from engine.link.own_names import OwnNames, OwnNamesError, open_with_names
from engine.model.config import CheckpointError, ExtractorConfig
from engine.model.describe import describe_model
from engine.model.hub import model_folder
from engine.pipeline import PipelineSettings
from engine.serve.requests import Limits
from jobs.asgi import url_of
from jobs.ray_session import Capacity, ray_session, resolve
from jobs.run_record import code_revision
from jobs.settings import ServeSettings, Settings, add_options, load


@click.command()
@partial(add_options, ServeSettings)
def command(config: Path | None, **flags: Any) -> None:
    """Answer HTTP requests: text or XML in, mentions with ids and relations with sentences out.

    POST /extract takes JSON, {"text": ...} or {"documents": [...]}, or XML; GET /health and GET /model say how
    it is. Prints one JSON line when it answers, and stops on Ctrl-C or SIGTERM.
    """
    settings = load(ServeSettings, config=config, flags=flags)
    out = sys.stdout
    with redirect_stdout(sys.stderr), serving(settings) as ready:  # Ray prints what its workers say to stdout
        print(json.dumps({"command": "serve", **ready}), file=out, flush=True)
        wait_for_signal()
    print("stopped", file=sys.stderr)


@contextmanager
def serving(settings: ServeSettings) -> Iterator[dict[str, Any]]:
    """The endpoint, up for the length of the block.

    Yields: its address, the model's revision, the number of readers.
    Raises: click.ClickException if the model or lexicon can't be opened, or Ray Serve is missing or doesn't start.
    """
    try:
        from ray import serve

        from engine.serve.endpoint import APP, EndpointSettings, build_app
    except ImportError as fault:
        raise click.ClickException(f"{fault}: install the extra `serve` (make install EXTRAS=serve)") from fault
    folder, own_names, about = describe_served(settings)
    with ray_session(address=settings.ray_address, object_store_mb=settings.object_store_mb) as capacity:
        replicas, stages = _resolve_readers(settings, folder, capacity, own_names)
        door = EndpointSettings(
            limits=Limits(body_bytes=settings.max_body_kb << 10, documents=settings.max_documents),
            replicas=replicas,
            queue_units=settings.queue_kchars,
            batch_units=settings.batch_kchars,
            batch_wait_s=settings.batch_wait_ms / 1000,
            timeout_s=settings.timeout_s,
        )
        app = build_app(stages, settings=door, about=about)
        if serve.status().proxies:
            raise click.ClickException("Ray Serve runs on this Ray already, with an address of its own: stop it first")
        logs = {"log_level": "WARNING"}
        at = {"host": settings.host, "port": settings.port}
        try:
            try:
                serve.start(proxy_location="HeadOnly", http_options=at, logging_config=logs)
                serve.run(app, name=APP, route_prefix="/", logging_config=logs)
            except RuntimeError as fault:
                reason = str(fault).strip().rpartition("\n")[2]  # before it stands a worker's stack
                raise click.ClickException(f"the endpoint did not start: {reason}") from fault
            url = url_of(settings.host, settings.port)
            yield {"url": url, "model_revision": about["model"]["revision"], "readers": replicas}
        finally:
            serve.shutdown()


def describe_served(settings: ServeSettings) -> tuple[Path, OwnNames | None, dict[str, Any]]:
    """The model's folder, the user's names, and what GET /model says.

    Raises: click.ClickException if the model, the lexicon or the names can't be opened.
    """
    try:
        folder = model_folder(settings.model)
        ExtractorConfig.load(folder).at(settings.operating_point)
        model = {name: value for name, value in describe_model(folder).items() if name != "folder"}
        lexicon, own_names = open_with_names(settings.lexicon, settings.names)
    except (FileNotFoundError, ArchiveError, CheckpointError, OwnNamesError) as error:
        raise click.ClickException(str(error)) from error
    limits = {
        "max_body_bytes": settings.max_body_kb << 10,
        "max_documents": settings.max_documents,
        "timeout_s": settings.timeout_s,
    }
    about = {
        "model": model,
        "operating_point": settings.operating_point,
        "lexicon": {"version": lexicon.version, "counts": lexicon.counts},
        "code_revision": code_revision(),
        "limits": limits,
    }
    return folder, own_names, about


def _resolve_readers(
    settings: ServeSettings, folder: Path, capacity: Capacity, own_names: OwnNames | None
) -> tuple[int, PipelineSettings]:
    """How many readers there are, and what each is built with: one a GPU, or all cores for one.

    Raises: click.ClickException if Ray can't hold so many.
    """
    gpus = capacity.gpus >= 1 and settings.device != "cpu"
    replicas = settings.replicas or (int(capacity.gpus) if gpus else 1)
    threads = settings.threads or max(1, int(capacity.cpus) // replicas)
    shared = settings.model_dump(include={"lexicon", "device", "dtype", "operating_point"})
    run = Settings.model_validate({**shared, "model": folder, "extract_actors": replicas, "extract_threads": threads})
    stages = resolve(run, capacity, own_names=own_names)
    asked = {
        "CPUs": (replicas * stages.extract_cpus, capacity.cpus),
        "GPUs": (replicas * stages.extract_gpus, capacity.gpus),
    }
    for what, (need, there) in asked.items():
        if need > there:
            raise click.ClickException(
                f"{replicas} readers need {need:g} {what} and Ray has {there:g}: use fewer --replicas"
            )
    return replicas, stages


def wait_for_signal() -> None:
    """Returns when this process is asked to stop."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()


if __name__ == "__main__":
    command()
