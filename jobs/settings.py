"""The settings of a run, their defaults, and where else they may come from: YAML, then flags.

One frozen model, unknown keys refused, each field described with its unit; the command line's flags are made
from it, so a setting has one home. Secrets are no settings: they come from the environment, where they are used.
YAML holds values only, never class paths. This file knows nothing of what the settings do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from engine.model.config import PRECISE
from engine.read.files import FORMAT_NAMES
from engine.read.format import AUTO
from jobs.generator_options import GENERATOR, TaskSettings

SHIPPED_MODEL: Final = Path(__file__).parent.parent / "engine" / "weights" / "encoder"

METRICS_PORT: Final = Field(
    None, ge=1, le=65535, description="Port where Prometheus reads how far the run is, at /metrics; by default none."
)
METRICS_HOST: Final = Field("127.0.0.1", description="Address that --metrics-port listens on.")

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    FormatName = str
else:
    FormatName = Literal[FORMAT_NAMES]  # the choices are the readers that there are


class _ReaderSettings(BaseModel):
    """What reads documents, whoever hands them over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path = Field(SHIPPED_MODEL, description="The extractor: a folder, or a Hugging Face id.")
    lexicon: Path | None = Field(None, description="Lexicon file; the shipped one if not given.")
    names: Path | None = Field(None, description="Names of your own to link too: a TSV of name, type and id.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the extractor runs.")
    dtype: Literal["auto", "bfloat16", "float32"] = Field("auto", description="Number format of the extractor.")
    operating_point: Literal["precise", "balanced"] = Field(
        PRECISE,
        description="From which score on a relation counts: precise, for edges that are right, or balanced, of the "
        "best F1 on gold corpora, for those who would rather check more than miss much.",
    )


class Settings(TaskSettings, _ReaderSettings):
    """Settings of `hypograph extract` and `hypograph run`; those of the generative stage count where there is one."""

    format: FormatName = Field(AUTO, description="Format of the inputs; by default by each file's name and beginning.")
    batch_rows: int | None = Field(
        None,
        ge=1,
        description="Documents handed to a stage at once; by default 1,024 where extractors have GPUs, else 128.",
    )
    doubtful_from: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Keep relations of this score or more that don't reach their label's threshold in the row files, "
        "for `hypograph generate` to verify; by default none, and with --generate those from --verify-from.",
    )
    extract_actors: int | None = Field(
        None, ge=1, description="Extractor processes; by default one a GPU, else one a CPU core, as far as memory goes."
    )
    extract_threads: int = Field(1, ge=1, description="CPU threads of one extractor.")
    extract_gpus: float | None = Field(
        None, ge=0, description="GPUs of one extractor, fractions allowed; by default 1 where Ray has GPUs, else 0."
    )
    segment_actors: int | None = Field(None, ge=1, description="Sentence splitters; by default one for 8 CPU cores.")
    link_actors: int | None = Field(None, ge=1, description="Linkers; by default one for 4 CPU cores.")
    read_tasks: int | None = Field(None, ge=1, description="Files read at once; by default one for 2 CPU cores.")
    document_timeout_s: float = Field(
        600.0,
        gt=0,
        le=1e9,  # the system's alarm takes no more
        description="Seconds that reading, or a stage, may take over a batch, and then over each of its documents "
        "alone, before it counts as hanging.",
    )
    file_rows: int | None = Field(
        None,
        ge=1,
        description="Documents in one row file: what a killed run may lose; by default 1,024, of full texts 8 MiB.",
    )
    copy_to: str | None = Field(
        None,
        description="s3:// or gs:// prefix to copy the tables of finished shards to, each as soon as it is.",
    )
    shard_files: int = Field(1024, ge=1, description="Most input files in one shard.")
    shard_mb: int = Field(512, ge=1, description="Most input in one shard, in MiB as it lies on disk.")
    max_reject_share: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of rejected records, or of unanswered prompts, 0 to 1, above which the run ends with exit "
        "code 1.",
    )
    ray_address: str | None = Field(
        None, description="Ray cluster to join; by default RAY_ADDRESS, else a private one on this machine."
    )
    object_store_mb: int = Field(512, ge=80, description="Shared memory of a private Ray, in MiB.")
    generate: str | None = Field(
        None, description=f"Let a language model verify and add relations in the same run. {GENERATOR}"
    )
    wait_for_nodes: bool = Field(False, description="Start although the nodes are not there yet (autoscaling).")
    progress_s: float = Field(10.0, ge=0, description="Seconds between two lines of progress.")
    metrics_port: int | None = METRICS_PORT
    metrics_host: str = METRICS_HOST

    @property
    def kept_from(self) -> float | None:
        """The score from which relations below their threshold are kept for a verifier; None keeps none."""
        if self.doubtful_from is None and self.generate is not None and self.verify:
            return self.verify_from
        return self.doubtful_from


class ServeSettings(_ReaderSettings):
    """Settings of `hypograph serve`."""

    host: str = Field("127.0.0.1", description="Address to listen on; there is no password, so think before 0.0.0.0.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    replicas: int | None = Field(None, ge=1, description="Readers; by default one a GPU, else one.")
    threads: int | None = Field(
        None, ge=1, description="CPU threads of one reader; by default the CPU cores, shared among the readers."
    )
    max_body_kb: int = Field(1024, ge=1, description="Largest body of a request, in KiB; above it 413.")
    max_documents: int = Field(100, ge=1, description="Most documents of a request; above it 413.")
    queue_kchars: int = Field(
        1024, ge=1, description="Text under way, in thousands of characters, above which more gets 503."
    )
    batch_kchars: int = Field(16, ge=1, description="Text read at once, in thousands of characters.")
    batch_wait_ms: float = Field(10.0, ge=0, description="How long a reader waits for more text to read at once.")
    timeout_s: float = Field(120.0, gt=0, description="Seconds after which a request is given up; then 504.")
    ray_address: str | None = Field(
        None, description="Ray cluster to join; by default RAY_ADDRESS, else a private one on this machine."
    )
    object_store_mb: int = Field(256, ge=80, description="Shared memory of a private Ray, in MiB.")


AnySettings = TypeVar("AnySettings", bound=BaseModel)


class SettingsError(click.UsageError):
    """A setting is unknown or its value is refused."""


def load_settings(*, config: Path | None, flags: Mapping[str, Any]) -> Settings:
    """The settings of a run, see `load`."""
    return load(Settings, config=config, flags=flags)


def load(kind: type[AnySettings], *, config: Path | None, flags: Mapping[str, Any]) -> AnySettings:
    """Defaults, overridden by the YAML file, overridden by the flags that were given (not None).

    Raises: SettingsError naming the file or flag, the setting and the reason.
    """
    values = _read_yaml(config) if config else {}
    values |= {name: value for name, value in flags.items() if value is not None}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        places = "; ".join(_explain(e, kind) for e in error.errors())
        raise SettingsError(f"settings{f' in {config} or flags' if config else ''}: {places}") from error


def _explain(error: ErrorDetails, kind: type[BaseModel]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"--{name.replace('_', '-')} must be given, here or in --config"
    if error["type"] == "extra_forbidden":
        near = get_close_matches(name, kind.model_fields, n=1)
        return f"{name}: no such setting" + (f", did you mean {near[0]}?" if near else "")
    return f"{name}: {error['msg']} (got {error['input']!r})"


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    if not isinstance(content or {}, dict):
        raise SettingsError(f"{path} must hold `setting: value` lines, not a {type(content).__name__}")
    return dict(content or {})


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the settings of a run to a click command, see `add_options`."""
    return add_options(Settings, command)


def add_options(kind: type[BaseModel], command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--config` and one flag a setting to a click command; it receives `config` and the settings' names."""
    for name, field in reversed(kind.model_fields.items()):
        command = _option(name, field)(command)
    config = click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="YAML file of settings; flags win over it.",
    )
    return config(command)


def _option(name: str, field: FieldInfo) -> Callable[[Callable[..., None]], Callable[..., None]]:
    kind = _plain_type(field.annotation)
    flag = "--" + name.replace("_", "-")
    text = field.description or ""
    if field.default is not None and not field.is_required():
        default = "the shipped one" if field.default == SHIPPED_MODEL else field.default
        text += f"  [default: {default}]"
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", name, default=None, help=text)
    if get_origin(kind) is Literal:
        return click.option(flag, name, type=click.Choice(get_args(kind)), help=text)
    return click.option(flag, name, type=click.Path(path_type=Path) if kind is Path else kind, help=text)


def _plain_type(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (kind for kind in get_args(annotation) if kind is not type(None))
    return annotation
