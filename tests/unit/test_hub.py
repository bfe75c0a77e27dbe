"""A model's name to its folder: folders never reach the hub, ids do, and what fails says why. No network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.model.config import CheckpointError
from engine.model.hub import model_folder
from jobs.cli import main
from tests.tiny_model import save_tiny_model


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """What the hub is asked for; it knows org/model alone, in `tmp_path/hub`."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    calls: list[tuple[str, str | None, tuple[str, ...]]] = []

    def snapshot_download(repo: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        calls.append((repo, revision, tuple(allow_patterns)))
        if repo != "org/model":
            raise LocalEntryNotFoundError("no connection, and not in the cache")
        return str(tmp_path / "hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.chdir(tmp_path)
    return calls


def test_a_folder_is_itself_and_the_hub_is_not_asked(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "org" / "model").mkdir(parents=True)
    assert model_folder("org/model") == Path("org/model")
    assert model_folder(tmp_path / "org") == tmp_path / "org"
    assert asked == []


def test_an_id_is_fetched_with_its_revision(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "model.safetensors").touch()
    assert model_folder("org/model") == tmp_path / "hub"
    assert model_folder(Path("org/model@v1.2")) == tmp_path / "hub"
    assert [(repo, revision) for repo, revision, _ in asked] == [("org/model", None), ("org/model", "v1.2")]
    assert {"SHA256SUMS", "*.jinja", "*.model"} <= set(asked[0][2]), "templates and SentencePiece models too"
    assert not any("bin" in pattern for pattern in asked[0][2])


def test_older_weights_are_fetched_where_there_are_no_others(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    model_folder("org/model")
    assert ["pytorch_model*.bin" in patterns for _, _, patterns in asked] == [False, True]


@pytest.mark.parametrize("name", ["model", "/no/such/folder", "a/b/c", "../x/y", "org/", "org/na me"])
def test_what_is_neither_is_an_error_without_asking(asked: list[Any], name: str) -> None:
    with pytest.raises(CheckpointError, match="neither a folder nor a Hugging Face id"):
        model_folder(name)
    assert asked == []


def test_a_mistyped_path_in_a_folder_that_is_there_does_not_reach_the_hub(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(CheckpointError, match="runs is a folder here, so the hub wasn't asked"):
        model_folder("runs/modle")
    assert asked == []


def test_an_id_that_cannot_be_had_says_so(asked: list[Any]) -> None:
    with pytest.raises(CheckpointError, match=r"no model org/other at main: .*not in the cache"):
        model_folder("org/other@main")


def test_offline_the_hub_itself_opens_only_its_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real client: with the network switched off it must not be tried."""
    from huggingface_hub import constants

    def connect(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("socket.socket.connect", connect)
    with pytest.raises(CheckpointError, match="no model org/absent"):
        model_folder("org/absent")


@pytest.mark.parametrize("command", ["extract", "finetune", "pretrain", "evaluate"])
def test_commands_take_ids(asked: list[Any], tmp_path: Path, command: str) -> None:
    """The commands ask the hub for a model that is no folder, and end with the reason when it can't be had."""
    (tmp_path / "text.jsonl").write_text('{"id": "1", "text": "x"}\n')
    arguments = {
        "extract": ["text.jsonl", "--out", "out", "--model", "org/other"],
        "finetune": ["org/other", "out"],
        "pretrain": ["org/other", "out", "--text", "text.jsonl"],
        "evaluate": ["org/other"],
    }[command]
    result = CliRunner().invoke(main, [command, *arguments])
    assert result.exit_code == 1, result.output
    assert "no model org/other" in result.output
    assert [repo for repo, _, _ in asked] == ["org/other"]


def test_the_card_is_written_into_folders_only(asked: list[Any]) -> None:
    result = CliRunner().invoke(main, ["evaluate", "org/model", "--card"])
    assert (result.exit_code, asked) == (2, [])


def test_info_describes_a_model_of_the_hub(asked: list[Any], tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "hub")
    result = CliRunner().invoke(main, ["models", "info", "org/model"])
    assert result.exit_code == 0, result.output
    assert "bert, 2 layers of 32" in result.output
